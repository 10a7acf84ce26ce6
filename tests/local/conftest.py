from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from local_client import Client

from tui.local.server import LocalSandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def make_sandbox() -> Iterator[Callable[..., Client]]:
    """Starts sandboxes with the options asked for and stops them all at the end."""
    clients: list[Client] = []

    def make(**options: object) -> Client:
        sandbox = LocalSandbox(**options)  # type: ignore[arg-type]
        sandbox.start()
        clients.append(Client(sandbox))
        return clients[-1]

    yield make
    for client in clients:
        client.http.close()
        client.sandbox.stop()


@pytest.fixture
def client(make_sandbox: Callable[..., Client]) -> Client:
    return make_sandbox()

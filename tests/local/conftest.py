from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from local_client import Client, wait_for

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
def fresh(make_sandbox: Callable[..., Client]) -> Client:
    """A client of a sandbox of its own, for tests that count processes or change the sandbox."""
    return make_sandbox()


@pytest.fixture(scope="package")
def shared() -> Iterator[Client]:
    with LocalSandbox() as sandbox:
        client = Client(sandbox)
        yield client
        client.http.close()


@pytest.fixture
def client(shared: Client) -> Iterator[Client]:
    """A client of a sandbox that other tests use as well; what a test leaves running is killed after it."""
    yield shared

    def is_quiet() -> bool:
        busy = [
            process
            for process in shared.list()
            if process["status"] == "running" or (process["managed"] or {}).get("status") == "backing_off"
        ]
        for process in busy:
            shared.kill(process["pid"])
            if process["managed"]:
                shared.signal(process["pid"], 9)
        return not busy

    wait_for(is_quiet)

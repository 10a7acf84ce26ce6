from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tui.core.profile import KeySource, Profile
from tui.io.connector import HttpConnection, HttpConnector
from tui.io.sandbox_api import HttpSandboxApi
from tui.local.server import LocalSandbox

TOKEN = "tl_apiKey_do_not_show_me"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
async def connect(home: Path) -> AsyncIterator[Callable[..., HttpConnection]]:
    """Connections that are closed after the test; with TOKEN unless told otherwise."""
    opened: list[HttpConnection] = []

    def make(token: str | None = TOKEN, environ: dict[str, str] | None = None, **fields: object) -> HttpConnection:
        if token is None:
            fields.setdefault("key_source", KeySource.NONE)
        profile = Profile(name="test", **fields)  # type: ignore[arg-type]
        connection = HttpConnector(environ or {}, home, home, token).connect(profile)
        opened.append(connection)
        return connection

    yield make
    for connection in opened:
        await connection.aclose()


@pytest.fixture
def api_of(connect: Callable[..., HttpConnection]) -> Callable[..., HttpSandboxApi]:
    """The API of the sandbox ``sb-1`` at a URL."""

    def make(url: str, **fields: object) -> HttpSandboxApi:
        connection = connect(sandbox="sb-1", sandbox_url=url, **fields)
        api = connection.sandbox_api(connection.direct_sandbox())
        assert isinstance(api, HttpSandboxApi)
        return api

    return make


@pytest.fixture(scope="module")
def local_sandbox() -> Iterator[LocalSandbox]:
    with LocalSandbox("box") as sandbox:
        yield sandbox

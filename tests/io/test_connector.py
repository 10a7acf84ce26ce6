"""Which server a profile leads to, with which headers, and the control plane's answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from byte_server import Asked, ByteServer, always, answer, in_turn

from tui.core.errors import AuthError, ConfigError, NotFoundError, NotRunning, ProtocolError
from tui.core.models import Sandbox
from tui.core.ports import Connection, Connector, ControlPlane, SandboxApi
from tui.core.profile import KeySource, Profile
from tui.io.connector import HttpConnection, HttpConnector
from tui.io.control_plane import PAGE_LIMIT

Connect = Callable[..., HttpConnection]
BOX = Sandbox("sb-1", "running")
INFO = answer(200, {"version": "1", "uptime_secs": 5, "running_processes": 1, "total_processes": 2})


def control(connection: HttpConnection) -> ControlPlane:
    assert connection.control is not None
    return connection.control


def test_it_fits_the_ports(connect: Connect, home: Path) -> None:
    connector: Connector = HttpConnector({}, home, home)
    connection: Connection = connect()
    api: SandboxApi = connection.sandbox_api(replace(BOX, sandbox_url="https://sb-1.sandbox.tensorlake.ai"))
    assert connector.credential_report()
    assert connection.profile.name == "test"
    assert (api.sandbox_id, api.origin) == ("sb-1", "https://sb-1.sandbox.tensorlake.ai")


async def headers_of(connection: HttpConnection, sandbox: Sandbox, server: ByteServer) -> dict[str, str]:
    status = await connection.sandbox_api(sandbox).daemon_status()
    assert (status.version, status.uptime_secs, status.running_processes, status.total_processes) == ("1", 5.0, 1, 2)
    return server.asked[-1].headers


async def test_on_this_machine_the_host_header_selects_the_sandbox(connect: Connect) -> None:
    async with ByteServer(always(INFO)) as server:
        for url in (server.url, server.url.replace("127.0.0.1", "localhost")):
            connection = connect(api_url="http://localhost:1", environ={})
            headers = await headers_of(connection, replace(BOX, sandbox_url=url, routing_hint="hint-7"), server)
            assert headers["host"] == "sb-1.local"
            assert headers["x-tensorlake-route-hint"] == "hint-7"
            assert "x-tensorlake-sandbox-id" not in headers


async def test_elsewhere_a_header_selects_it(connect: Connect) -> None:
    """Another address of this machine is elsewhere for this purpose."""
    async with ByteServer(always(INFO)) as server:
        url = server.url.replace("127.0.0.1", "127.0.0.2")
        listener = await asyncio.start_server(server._serve, "127.0.0.2", urlsplit(url).port)
        async with listener:
            headers = await headers_of(
                connect(api_url="http://localhost:1"), replace(BOX, sandbox_url=f"{url}/x"), server
            )
    assert headers["host"] == urlsplit(url).netloc
    assert headers["x-tensorlake-sandbox-id"] == "sb-1"
    assert server.asked[-1].target == "/api/v1/info"


async def test_on_this_machine_a_path_is_kept(connect: Connect) -> None:
    async with ByteServer(always(INFO)) as server:
        await connect().sandbox_api(replace(BOX, sandbox_url=f"{server.url}/proxy/")).daemon_status()
    assert server.asked[0].target == "/proxy/api/v1/info"


def test_the_order_of_the_ways_to_a_sandbox(connect: Connect) -> None:
    environ = {"TENSORLAKE_SANDBOX_PROXY_URL": "https://proxy.example"}
    given = replace(BOX, sandbox_url="https://given.example", ingress_endpoint="https://sandbox.r1.example:9443")
    routes = [
        (connect(environ=environ, sandbox_url="https://own.example"), given, "https://own.example"),
        (connect(environ=environ), given, "https://given.example"),
        (connect(environ=environ), replace(given, sandbox_url=None), "https://proxy.example"),
        (connect(), replace(given, sandbox_url=None), "https://sb-1.sandbox.r1.example:9443"),
    ]
    for connection, sandbox, expected in routes:
        assert connection.sandbox_api(sandbox).origin == expected
    with pytest.raises(NotRunning, match="suspended"):
        connect().sandbox_api(Sandbox("sb-1", "suspended"))


@pytest.mark.parametrize("url", ["http://far.example", "nonsense", "https://u:p@x.example", "ftp://x.example"])
def test_a_server_cannot_name_an_unsafe_address(connect: Connect, url: str) -> None:
    with pytest.raises(ProtocolError):
        connect().sandbox_api(replace(BOX, sandbox_url=url))


@pytest.mark.parametrize("identity", ["a b", "a\r\nx: y", "é", "", "-x", "a/b", "x" * 300])
def test_an_id_that_could_change_the_request_is_refused(connect: Connect, identity: str) -> None:
    with pytest.raises(ProtocolError):
        connect().sandbox_api(Sandbox(identity, "running", sandbox_url="https://x.example"))


def test_a_hint_that_is_no_header_is_refused(connect: Connect) -> None:
    with pytest.raises(ProtocolError):
        connect().sandbox_api(replace(BOX, sandbox_url="https://x.example", routing_hint="a\r\nb: c"))


async def test_a_url_of_the_profile_needs_no_control_plane(connect: Connect) -> None:
    async with ByteServer(always(INFO)) as server:
        connection = connect(sandbox_url=server.url)
        assert connection.control is None
        direct = connection.direct_sandbox()
        assert direct.state.may_be_contacted
        headers = await headers_of(connection, direct, server)
    assert headers["host"] == urlsplit(server.url).netloc
    assert connect(sandbox_url="https://box.sandbox.tensorlake.ai").direct_sandbox().id == "box"
    assert connect(sandbox_url="http://[::1]:9000").direct_sandbox().id == "1-9000"
    named = connect(sandbox_url="http://127.0.0.1:9", sandbox="mine").direct_sandbox()
    assert (named.id, named.label) == ("mine", "mine")
    with pytest.raises(ConfigError):
        connect().direct_sandbox()


def test_making_a_connection_needs_a_credential_where_the_server_is_not_here(home: Path) -> None:
    connector = HttpConnector({}, home, home)
    with pytest.raises(AuthError):
        connector.connect(Profile(name="p"))
    assert connector.connect(Profile(name="p", key_source=KeySource.NONE)).credential_source == "none"
    keyed = HttpConnector({"TENSORLAKE_API_KEY": "tl_apiKey_x"}, home, home)
    assert keyed.connect(Profile(name="p")).credential_source == "environment variable TENSORLAKE_API_KEY"


def page(*ids: str, cursor: str | None = None) -> bytes:
    items = [{"id": i, "status": "running"} for i in ids]
    return answer(200, {"sandboxes": items, "next_cursor": cursor, "prev_cursor": None})


async def test_all_pages_are_read(connect: Connect) -> None:
    async with ByteServer(in_turn(page("a", "b", cursor="c1/+="), page("b", "c", cursor="c2"), page("d"))) as server:
        found = await control(connect(api_url=server.url, namespace="my ns")).sandboxes()
    assert ([s.id for s in found.sandboxes], found.truncated, found.rejected) == (["a", "b", "c", "d"], False, 0)
    targets = [urlsplit(asked.target) for asked in server.asked]
    assert {t.path for t in targets} == {"/v1/namespaces/my%20ns/sandboxes"}
    assert [parse_qs(t.query).get("cursor") for t in targets] == [None, ["c1/+="], ["c2"]]


async def test_paging_has_an_end(connect: Connect) -> None:
    number = 0

    async def respond(_: Asked, writer: asyncio.StreamWriter) -> None:
        nonlocal number
        number += 1
        writer.write(page(f"s{number}", cursor=f"c{number}"))

    async with ByteServer(respond) as server:
        found = await control(connect(api_url=server.url)).sandboxes()
    assert (len(found.sandboxes), found.truncated) == (PAGE_LIMIT, True)
    async with ByteServer(always(page("a", cursor="same"))) as server:
        found = await control(connect(api_url=server.url)).sandboxes()
    assert (len(found.sandboxes), found.truncated, len(server.asked)) == (1, True, 2)


async def test_a_bad_sandbox_does_not_cost_the_list(connect: Connect) -> None:
    items = [{"id": "a", "status": "Running"}, 3, {"status": "x"}, {"sandbox_id": "b"}]
    for key in ("sandboxes", "items"):
        async with ByteServer(always(answer(200, {key: items}))) as server:
            found = await control(connect(api_url=server.url)).sandboxes()
        assert ([s.id for s in found.sandboxes], found.rejected) == (["a", "b"], 2)


async def test_the_archive_is_asked_when_it_is_gone(connect: Connect) -> None:
    archived = answer(200, {"id": "sb-1", "status": "terminated", "archived_at": 1770000000123})
    async with ByteServer(in_turn(answer(404, b"Sandbox not found", "text/plain"), archived)) as server:
        found = await control(connect(api_url=server.url)).sandbox("my box/é")
    assert (found.id, found.archived, found.status) == ("sb-1", True, "terminated")
    assert server.asked[0].target.endswith("/sandboxes/my%20box%2F%C3%A9")
    assert server.asked[1].target.endswith("/archived-sandboxes/my%20box%2F%C3%A9")
    async with ByteServer(in_turn(answer(404, b"Sandbox not found", "text/plain"), answer(404, b""))) as server:
        with pytest.raises(NotFoundError, match="Sandbox not found"):
            await control(connect(api_url=server.url)).sandbox("x")


async def test_what_is_no_sandbox(connect: Connect) -> None:
    for body in (b"[]", b"{}", b"<html>"):
        async with ByteServer(always(answer(200, body))) as server:
            with pytest.raises(ProtocolError):
                await control(connect(api_url=server.url)).sandbox("x")


async def test_requests_that_change_something_carry_what_was_asked(api_of: Callable[..., SandboxApi]) -> None:
    record = answer(200, {"pid": 1, "status": "running", "command": "x"})
    async with ByteServer(always(record)) as server:
        api = api_of(server.url)
        await api.signal("42", 15)
        await api.kill("42")
        await api.restart("..")
        await api.write_stdin("42", b"\x00raw\n")
        await api.close_stdin("42")
    asked = [(a.method, a.target.removeprefix("/api/v1/processes/"), a.body) for a in server.asked]
    assert asked == [
        ("POST", "42/signal", b'{"signal": 15}'),
        ("DELETE", "42", b""),
        ("POST", "%2E%2E/restart", b""),
        ("POST", "42/stdin", b"\x00raw\n"),
        ("POST", "42/stdin/close", b""),
    ]
    assert server.asked[2].headers["content-length"] == "0"
    assert json.loads(server.asked[0].body) == {"signal": 15}

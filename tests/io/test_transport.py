"""Requests against servers that answer byte for byte what a case needs."""

from __future__ import annotations

import asyncio
import logging
import shutil
import ssl
import subprocess
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from byte_server import Asked, ByteServer, always, answer, in_turn

from tui import __version__
from tui.core.errors import (
    ApiError,
    AuthError,
    ConflictError,
    ConnectionFailed,
    NotFoundError,
    NotRunning,
    ProtocolError,
    RateLimited,
    ServerError,
    TimedOut,
)
from tui.io import transport
from tui.io.aiohttp_transport import proxy_for
from tui.io.credentials import Credential, CredentialKind
from tui.io.hosts import KeyScope
from tui.io.transport import HttpClient

TOKEN = "tl_apiKey_do_not_show_me"


def credential(*urls: str, kind: CredentialKind = CredentialKind.API_KEY) -> Credential:
    scope = KeyScope(frozenset(urls))
    return Credential(TOKEN, kind, "org-1", "proj-1", urls[0], "default", "a test", scope)


@pytest.fixture
async def client() -> AsyncIterator[Callable[..., HttpClient]]:
    """Clients that never wait between attempts and note how long they would have."""
    made: list[HttpClient] = []

    def make(
        *urls: str, waits: list[float] | None = None, environ: dict[str, str] | None = None, **fields
    ) -> HttpClient:
        async def sleep(seconds: float) -> None:
            if waits is not None:
                waits.append(seconds)

        found = credential(*urls, **fields) if urls else None
        made.append(HttpClient(found, environ or {}, sleep=sleep, jitter=lambda: 1.0))
        return made[-1]

    yield make
    for one in made:
        await one.aclose()


@asynccontextmanager
async def serving(*answers: bytes) -> AsyncIterator[ByteServer]:
    async with ByteServer(in_turn(*answers)) as server:
        yield server


async def refused(client: HttpClient, url: str, method: str = "POST") -> ApiError:
    with pytest.raises(ApiError) as caught:
        await (client.get(url, what="the test") if method == "GET" else client.send(method, url, what="the test"))
    return caught.value


ERRORS = [
    (400, b"", ApiError),
    (401, {"error": "bad key"}, AuthError),
    (403, {"error": "no", "code": "PATH_TRAVERSAL"}, AuthError),
    (404, {"error": "gone", "code": "NOT_FOUND"}, NotFoundError),
    (405, b"", ApiError),
    (409, {"message": "taken"}, ConflictError),
    (429, {"error": "slow down"}, RateLimited),
    (500, {"error": "boom"}, ServerError),
    (502, {"error": "x", "code": "CONNECTION_REFUSED"}, ServerError),
    (503, {"error": "pending", "code": "SANDBOX_NOT_RUNNING"}, NotRunning),
    (503, {"error": "booting", "code": "SANDBOX_NOT_READY"}, NotRunning),
    (504, b"timed out", ServerError),
    (302, b"", ApiError),
]


@pytest.mark.parametrize(("status", "body", "kind"), ERRORS)
async def test_each_status_has_its_error(
    client: Callable[..., HttpClient], status: int, body: object, kind: type
) -> None:
    async with serving(answer(status, body)) as server:
        error = await refused(client(server.url), server.url)
    assert isinstance(error, kind)
    assert error.status == status
    assert error.code == (body.get("code", "") if isinstance(body, dict) else "")
    assert str(error).startswith("the test: ")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": "plain"}, "plain"),
        ({"error": {"message": "nested", "code": "C1"}}, "nested"),
        ({"message": "told"}, "told"),
        ({"detail": "detailed"}, "detailed"),
        ({"error_details": "details"}, "details"),
        ({"unrelated": 1}, "Reason"),
        (b'"quoted text"', "quoted text"),
        (b"first line\nsecond line", "first line"),
        (b"", "Reason"),
        (b"[1]", "Reason"),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
async def test_error_bodies_of_all_shapes(client: Callable[..., HttpClient], body: object, message: str) -> None:
    async with serving(answer(400, body)) as server:
        error = await refused(client(server.url), server.url)
    assert str(error).partition(" (HTTP")[0] == f"the test: {message}"


async def test_error_texts_are_made_harmless(client: Callable[..., HttpClient]) -> None:
    async with serving(answer(400, {"error": "a\x1b[2J\u202eb" + "x" * 5000, "code": "C\x07"})) as server:
        error = await refused(client(server.url), server.url)
    assert str(error).isprintable()
    assert len(str(error)) < 500


async def test_what_every_request_carries(client: Callable[..., HttpClient]) -> None:
    async with serving(answer(200, {})) as server:
        await client(server.url).get(f"{server.url}/a/b%20%2Fc", what="x", params={"q": "a b+c"})
    asked = server.asked[0]
    assert asked.headers["user-agent"] == f"boxscope/{__version__}"
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert asked.headers["accept-encoding"] == "identity"
    assert "x-forwarded-organization-id" not in asked.headers
    assert "cookie" not in asked.headers
    assert asked.target.startswith("/a/b%20%2Fc?q=a")


async def test_a_personal_token_travels_with_organisation_and_project(client: Callable[..., HttpClient]) -> None:
    async with serving(answer(200, {})) as server:
        await client(server.url, kind=CredentialKind.PAT).get(server.url, what="x")
    headers = server.asked[0].headers
    assert (headers["x-forwarded-organization-id"], headers["x-forwarded-project-id"]) == ("org-1", "proj-1")


async def test_no_credential_no_header(client: Callable[..., HttpClient]) -> None:
    async with serving(answer(200, {})) as server:
        await client().get(server.url, what="x")
    assert "authorization" not in server.asked[0].headers


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_error_and_carries_the_key_nowhere(
    client: Callable[..., HttpClient], status: int
) -> None:
    async with serving(answer(200, {})) as thief:
        target = thief.url.replace("127.0.0.1", "localhost") + "/steal?x=1"
        async with serving(answer(status, b"", location=target)) as server:
            error = await refused(client(server.url), server.url, "GET")
    assert thief.asked == []
    assert len(server.asked) == 1
    assert "localhost" in str(error)
    assert "redirect" in str(error)


async def test_the_key_never_goes_to_a_server_that_was_not_configured(client: Callable[..., HttpClient]) -> None:
    async with serving(answer(200, {})) as server:
        one = client("http://127.0.0.1:1")
        with pytest.raises(RuntimeError, match="may not be sent"):
            await one.get(server.url, what="x")
        assert server.asked == []
        one.admit(server.url)
        await one.get(server.url, what="x")
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_reads_are_repeated(client: Callable[..., HttpClient], status: int) -> None:
    waits: list[float] = []
    async with serving(answer(status), answer(status), answer(200, {"ok": 1})) as server:
        found = await client(server.url, waits=waits).get(server.url, what="x")
    assert found.body == b'{"ok": 1}'
    assert len(server.asked) == 3
    assert waits == [0.2, 0.4]


async def test_three_attempts_and_no_more(client: Callable[..., HttpClient]) -> None:
    async with serving(answer(502)) as server:
        await refused(client(server.url), server.url, "GET")
    assert len(server.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 500, 501])
async def test_what_will_not_change_is_asked_once(client: Callable[..., HttpClient], status: int) -> None:
    async with serving(answer(status)) as server:
        await refused(client(server.url), server.url, "GET")
    assert len(server.asked) == 1


async def test_a_sandbox_that_is_not_running_is_asked_once(client: Callable[..., HttpClient]) -> None:
    async with serving(answer(503, {"error": "x", "code": "SANDBOX_NOT_RUNNING"})) as server:
        assert isinstance(await refused(client(server.url), server.url, "GET"), NotRunning)
    assert len(server.asked) == 1


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_what_changes_something_is_sent_once(client: Callable[..., HttpClient], method: str, status: int) -> None:
    async with serving(answer(status, {"error": "x", "code": "PROXY_ERROR"})) as server:
        await refused(client(server.url), server.url, method)
    assert len(server.asked) == 1


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(
    ("status", "code"), [(503, "SANDBOX_UPSTREAM_ERROR"), (503, "SANDBOX_NOT_READY"), (502, "SANDBOX_UNREACHABLE")]
)
async def test_what_was_never_delivered_is_sent_again(
    client: Callable[..., HttpClient], method: str, status: int, code: str
) -> None:
    async with serving(answer(status, {"error": "x", "code": code}), answer(204, kind="")) as server:
        one = client(server.url)
        await (one.get(server.url, what="x") if method == "GET" else one.send(method, server.url, what="x"))
    assert [asked.method for asked in server.asked] == [method, method]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_a_connection_that_breaks_does_not_repeat_a_change(
    client: Callable[..., HttpClient], method: str
) -> None:
    """Also on a pooled connection, where the library would send a DELETE again by itself."""
    seen: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := (await reader.readuntil(b"\r\n\r\n")).decode():
            seen.append(head.partition(" ")[0])
            if seen[-1] != "GET":
                break
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        one = client(url)
        await one.get(url, what="x")
        with pytest.raises(ConnectionFailed):
            await one.send(method, url, what="x")
    assert seen == ["GET", method]


async def test_retry_after_is_honoured_within_bounds(client: Callable[..., HttpClient]) -> None:
    waits: list[float] = []
    async with serving(answer(429, retry_after="3"), answer(503, retry_after="2"), answer(200)) as server:
        await client(server.url, waits=waits).get(server.url, what="x")
    assert waits == [3.0, 2.0]
    async with serving(answer(429, retry_after="3600")) as server:
        error = await refused(client(server.url), server.url, "GET")
    assert isinstance(error, RateLimited)
    assert error.retry_after == 3600
    assert len(server.asked) == 1


async def test_nobody_listens(client: Callable[..., HttpClient], unused_tcp_port: int) -> None:
    waits: list[float] = []
    url = f"http://127.0.0.1:{unused_tcp_port}"
    with pytest.raises(ConnectionFailed, match="connection refused"):
        await client(url, waits=waits).get(url, what="x")
    assert len(waits) == 2


async def test_an_unknown_name(client: Callable[..., HttpClient]) -> None:
    url = "http://no-such-host.invalid"
    with pytest.raises(ConnectionFailed, match="cannot be resolved"):
        await client(url).get(url, what="x")


async def test_a_server_that_does_not_speak_tls(client: Callable[..., HttpClient]) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"220 no TLS here\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(ConnectionFailed):
            await client(url).get(url, what="x")


async def test_a_certificate_that_nobody_vouches_for(client: Callable[..., HttpClient], tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the certificate is made by the openssl command")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    files = ["-keyout", str(key), "-out", str(certificate)]
    what = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
    subprocess.run([openssl, "req", *what, *files], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    handler = ByteServer(always(answer(200)))
    server = await asyncio.start_server(handler._serve, "127.0.0.1", 0, ssl=context)
    async with server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(ConnectionFailed, match="not trusted"):
            await client(url).send("POST", url, what="x")
    assert handler.asked == []


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", ConnectionFailed),
        (b"SMTP ready\r\n\r\n", ProtocolError),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort", ConnectionFailed),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab", ConnectionFailed),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nab", ProtocolError),
        (b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 5\r\n\r\nwrong", ProtocolError),
    ],
)
async def test_broken_answers(client: Callable[..., HttpClient], data: bytes, kind: type) -> None:
    async with serving(data) as server:
        with pytest.raises(kind, match=r"^x: "):
            await client(server.url).get(server.url, what="x")


async def test_a_cut_answer_is_never_taken_for_a_whole_one(client: Callable[..., HttpClient]) -> None:
    whole = answer(200, {"processes": []})
    one = client()
    for at in range(len(whole)):
        async with ByteServer(always(whole[:at])) as server:
            with pytest.raises((ConnectionFailed, ProtocolError)):
                await one.send("POST", server.url, what="x")


async def test_a_server_that_says_nothing_times_out(
    client: Callable[..., HttpClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "READ_SECONDS", 0.05)
    silent = asyncio.Event()

    async def respond(_: Asked, __: asyncio.StreamWriter) -> None:
        await silent.wait()

    async with ByteServer(respond) as server:
        with pytest.raises(TimedOut):
            await client(server.url).get(server.url, what="x")
    assert len(server.asked) == 3


async def test_an_endless_body_is_cut_off(client: Callable[..., HttpClient]) -> None:
    async def respond(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    async with ByteServer(respond) as server:
        with pytest.raises(ProtocolError, match="longer than 1000000 bytes"):
            await client(server.url).get(server.url, what="x", max_bytes=1_000_000)


def test_a_quiet_stream_outlives_three_keep_alives_and_has_no_total_limit() -> None:
    """Trap T13: the default of httpx ends a quiet stream after five seconds."""
    assert transport.STREAM_TIMEOUTS.read == 45
    assert transport.STREAM_TIMEOUTS.connect == 10


async def test_the_token_is_nowhere_to_be_read(
    client: Callable[..., HttpClient], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = {"error": f"bad token {TOKEN}", "code": TOKEN}
    escaped = b'{"error": "' + "".join(f"\\u{ord(c):04x}" for c in TOKEN).encode() + b'"}'
    shown: list[str] = []
    for data in (answer(401, echo), answer(400, escaped), answer(500, f"no {TOKEN}".encode()), b"", b"junk\r\n\r\n"):
        async with serving(data) as server:
            one = client(server.url)
            with pytest.raises((ApiError, ConnectionFailed, ProtocolError)) as caught:
                await one.send("POST", server.url, what="x")
            error = caught.value
            shown += [
                str(error),
                repr(error),
                error.hint,
                *traceback.format_exception(error),
                repr(one),
                repr(vars(one)),
            ]
    shown += [caplog.text, repr(credential("http://127.0.0.1:1")), str(credential("http://127.0.0.1:1"))]
    assert len(shown) > 30
    assert TOKEN not in "\n".join(shown)


@pytest.mark.parametrize(
    ("url", "environ", "proxy"),
    [
        ("https://api.tensorlake.ai", {"https_proxy": "http://p:1"}, "http://p:1"),
        ("https://api.tensorlake.ai", {"HTTPS_PROXY": "p:1"}, "http://p:1"),
        ("https://api.tensorlake.ai", {"ALL_PROXY": "http://p:1"}, "http://p:1"),
        ("https://api.tensorlake.ai", {"http_proxy": "http://p:1"}, None),
        ("https://api.tensorlake.ai", {"https_proxy": "http://p:1", "no_proxy": "tensorlake.ai"}, None),
        ("https://api.tensorlake.ai", {"https_proxy": "http://p:1", "NO_PROXY": "*"}, None),
        ("http://127.0.0.1:80", {"http_proxy": "http://p:1"}, None),
        ("http://localhost", {"ALL_PROXY": "http://p:1"}, None),
        ("https://api.tensorlake.ai", {}, None),
    ],
)
def test_proxies_of_the_environment(url: str, environ: dict[str, str], proxy: str | None) -> None:
    assert proxy_for(httpx.URL(url), environ) == proxy


async def test_a_proxy_is_used_and_its_failure_said(client: Callable[..., HttpClient]) -> None:
    async with serving(answer(200, {"by": "proxy"})) as proxy:
        url = "http://somewhere.invalid"
        one = client(environ={"http_proxy": proxy.url})
        assert (await one.get(url, what="x")).body == b'{"by": "proxy"}'
        assert proxy.asked[0].target.startswith(url)
    async with serving(answer(407)) as proxy:
        with pytest.raises(ConnectionFailed, match="proxy"):
            await client(environ={"https_proxy": proxy.url}).send("POST", "https://a.invalid", what="x")
    assert proxy.asked[0].method == "CONNECT"

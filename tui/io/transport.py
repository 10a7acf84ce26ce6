"""The one place where requests are sent: timeouts, retries, the check of where a credential goes, errors.

The libraries below are loaded with the first request, in a thread, so that the first screen need not wait for them.

Wire facts: what may be repeated and when, of the API's section on failures; headers of its section on routing.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from tui import __version__
from tui.core.errors import ApiError, BoxscopeError, ConnectionFailed, ProtocolError, RateLimited
from tui.io.answers import NEVER_DELIVERED, Unavailable, error_from_answer
from tui.io.credentials import Credential
from tui.io.hosts import origin
from tui.io.http_errors import errors_mapped

if TYPE_CHECKING:
    import httpx

USER_AGENT: Final = f"boxscope/{__version__}"
MAX_CONNECTIONS: Final = 256
"""A follow holds its connection: far more than are followed at once, so that polling never waits for a free one."""


class Timeouts(NamedTuple):
    """Seconds until a step of a request is given up."""

    connect: float | None
    read: float | None
    write: float | None
    pool: float | None


READ_TIMEOUTS: Final = Timeouts(connect=5, read=5, write=5, pool=5)
SNAPSHOT_TIMEOUTS: Final = Timeouts(connect=10, read=30, write=10, pool=10)
STREAM_TIMEOUTS: Final = Timeouts(connect=10, read=45, write=10, pool=10)
"""45 s of silence are three missed keep-alives; a stream has no total limit."""
READ_SECONDS: Final = 5.0
SNAPSHOT_SECONDS: Final = 30.0
WRITE_SECONDS: Final = 30.0
ATTEMPTS: Final = 3
MAX_WAIT: Final = 5.0
"""A server that asks for a longer wait than this gets no further attempt; the caller is told."""
MAX_BODY: Final = 64 * 2**20
_ERROR_BODY: Final = 64 * 1024
_T = TypeVar("_T")


def _load(url: str) -> None:
    """Do what takes long before the first request to ``url`` and is not to hold the event loop."""
    from tui.io.aiohttp_transport import shared_ssl_context

    if url.startswith("https:"):
        shared_ssl_context()


def make_transport(environ: Mapping[str, str]) -> httpx.AsyncBaseTransport:
    """What carries the requests. ``httpx.AsyncHTTPTransport`` would do too, at several times the CPU."""
    from tui.io.aiohttp_transport import AiohttpTransport
    from tui.io.lean_http import httpx

    limits = httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=20, keepalive_expiry=15)
    return AiohttpTransport(limits, environ)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer with a 2xx status."""

    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)


class HttpClient:
    """Sends requests with one credential, and only to servers that this credential may be sent to."""

    def __init__(
        self,
        credential: Credential | None,
        environ: Mapping[str, str],
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._credential = credential
        self._scope = credential.scope if credential else None
        self._environ = environ
        self._transport = transport
        self._sleep = sleep
        self._jitter = jitter
        self._client: httpx.AsyncClient | None = None

    def admit(self, url: str) -> None:
        """Allow the credential to be sent to ``url`` too, because a server it may be sent to has named that one."""
        if self._scope is not None:
            self._scope = self._scope.with_origin(url)

    @property
    def has_credential(self) -> bool:
        """True when requests carry a credential."""
        return self._credential is not None

    async def get(
        self,
        url: str,
        *,
        what: str,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        max_bytes: int = MAX_BODY,
    ) -> Answer:
        """A light read: three attempts of five seconds. Raises ProtocolError where it exceeds ``max_bytes``."""

        async def attempt() -> Answer:
            return await self._whole(
                "GET", url, what, headers or {}, READ_TIMEOUTS, READ_SECONDS, params=params, max_bytes=max_bytes
            )

        return await self._repeated(attempt, _may_repeat_read)

    async def send(
        self,
        method: str,
        url: str,
        *,
        what: str,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """A request that changes something: sent again only where the proxy says that it was never delivered."""

        async def attempt() -> Answer:
            return await self._whole(
                method, url, what, headers or {}, SNAPSHOT_TIMEOUTS, WRITE_SECONDS, content=content, max_bytes=MAX_BODY
            )

        return await self._repeated(attempt, _was_never_delivered)

    @asynccontextmanager
    async def stream(
        self,
        url: str,
        *,
        what: str,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        timeouts: Timeouts = SNAPSHOT_TIMEOUTS,
        attempts: int = ATTEMPTS,
    ) -> AsyncIterator[httpx.Response]:
        """An answer whose body the caller reads, within ``errors_mapped``; ``attempts`` count until its head came."""

        async def attempt() -> httpx.Response:
            return await self._opened("GET", url, what, headers or {}, timeouts, SNAPSHOT_SECONDS, params=params)

        response = await self._repeated(attempt, _may_repeat_read, attempts)
        try:
            yield response
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _whole(
        self,
        method: str,
        url: str,
        what: str,
        headers: Mapping[str, str],
        timeouts: Timeouts,
        seconds: float,
        *,
        max_bytes: int,
        content: bytes | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        with errors_mapped(what, url):
            async with asyncio.timeout(seconds):
                response = await self._opened(
                    method, url, what, headers, timeouts, seconds, content=content, params=params
                )
                try:
                    body, complete = await _body(response, max_bytes)
                finally:
                    await response.aclose()
        if not complete:
            raise ProtocolError(f"{what}: the answer is longer than {max_bytes} bytes", where=what)
        return Answer(response.status_code, response.headers, body)

    async def _opened(
        self,
        method: str,
        url: str,
        what: str,
        headers: Mapping[str, str],
        timeouts: Timeouts,
        seconds: float,
        *,
        content: bytes | None = None,
        params: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The answer as soon as its head is there, with its status judged."""
        with errors_mapped(what, url):
            if self._client is None:
                await asyncio.to_thread(_load, url)
            request = self._open_client().build_request(
                method,
                url,
                headers={**headers, **self._authorization(url)},
                content=content,
                params=params,
                timeout=(timeouts.connect, timeouts.read, timeouts.write, timeouts.pool),
            )
            async with asyncio.timeout(seconds):
                response = await self._open_client().send(request, stream=True)
                if response.is_success:
                    return response
                try:
                    body, _ = await _body(response, _ERROR_BODY)
                finally:
                    await response.aclose()
        raise error_from_answer(
            response.status_code,
            response.reason_phrase,
            response.headers,
            body,
            what=what,
            source=self._credential.source_text if self._credential else "",
            secret=self._credential.token if self._credential else "",
        )

    def _authorization(self, url: str) -> dict[str, str]:
        """The headers with the credential. That each URL is admitted was settled where it was chosen."""
        if self._credential is None or self._scope is None:
            return {}
        if not self._scope.admits(url):
            raise RuntimeError(f"the credential may not be sent to {origin(url)}")
        return self._credential.headers()

    def _open_client(self) -> httpx.AsyncClient:
        if self._client is None:
            from tui.io.lean_http import httpx

            self._client = httpx.AsyncClient(
                transport=self._transport or make_transport(self._environ),
                follow_redirects=False,
                trust_env=False,  # proxies are the transport's; nothing else of the environment is wanted
                headers={"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "identity"},
            )
        return self._client

    async def _repeated(
        self,
        attempt: Callable[[], Awaitable[_T]],
        may_repeat: Callable[[BoxscopeError], bool],
        attempts: int = ATTEMPTS,
    ) -> _T:
        for number in range(1, attempts + 1):
            try:
                return await attempt()
            except (ConnectionFailed, ApiError) as error:
                wait = error.retry_after or 0.0 if isinstance(error, RateLimited | Unavailable) else 0.0
                if number == attempts or not may_repeat(error) or wait > MAX_WAIT:
                    raise
            await self._sleep(max(wait, self._jitter() * min(0.8, 0.2 * 2 ** (number - 1))))
        raise AssertionError("unreachable: the last attempt returns or raises")


def _may_repeat_read(error: BoxscopeError) -> bool:
    return isinstance(error, ConnectionFailed | RateLimited | Unavailable) or _was_never_delivered(error)


def _was_never_delivered(error: BoxscopeError) -> bool:
    return isinstance(error, ApiError) and error.status in (502, 503) and error.code in NEVER_DELIVERED


async def _body(response: httpx.Response, max_bytes: int) -> tuple[bytes, bool]:
    """The body up to ``max_bytes``, and whether that was all of it."""
    pieces: list[bytes] = []
    size = 0
    async for piece in response.aiter_bytes():
        pieces.append(piece)
        size += len(piece)
        if size > max_bytes:
            return b"".join(pieces)[:max_bytes], False
    return b"".join(pieces), True

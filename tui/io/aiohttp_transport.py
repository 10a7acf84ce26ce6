"""The transport below httpx: connections and HTTP/1.1 parsing by aiohttp, whose parser is written in C.

A follow stream arrives as one HTTP chunk per event, and httpx's own parser costs several microseconds of Python for
each of them. Everything else (request building, timeouts, decoding of bodies) stays httpx's. Errors of aiohttp pass
through as they are; ``transport.errors_mapped`` knows both families.

What differs from aiohttp's defaults, on purpose: no total timeout, no redirects, no cookies, no ``.netrc``, no second
sending of a DELETE, and bodies are handed on as they arrived.
"""

from __future__ import annotations

import functools
import ssl
from collections.abc import AsyncIterator, Mapping
from typing import cast
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # missing in typeshed

from yarl import URL

from tui.core.profile import is_loopback
from tui.io.lean_http import aiohttp, httpx

READ_BUFFER = 256 * 1024
"""Bytes that may wait unread before the connection is paused, halved: aiohttp pauses at twice this number."""


@functools.cache
def shared_ssl_context() -> ssl.SSLContext:
    """One context for all connections, because building one costs tens of milliseconds. Honours SSL_CERT_FILE."""
    return httpx.create_ssl_context()


def proxy_for(url: httpx.URL, environ: Mapping[str, str]) -> str | None:
    """The proxy that the environment names for ``url``; none for this machine itself and what ``no_proxy`` lists."""
    names = (f"{url.scheme}_proxy", "all_proxy")
    found = next((value for name in names for n in (name, name.upper()) if (value := environ.get(n))), None)
    if not found or is_loopback(url.host):
        return None
    excepted = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    if proxy_bypass_environment(url.host, {"no": excepted}):
        return None
    return found if "://" in found else f"http://{found}"


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Sends the requests of one ``httpx.AsyncClient`` through one aiohttp session, made with the first request."""

    def __init__(self, limits: httpx.Limits, environ: Mapping[str, str]) -> None:
        self._limits = limits
        self._environ = environ
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send ``request`` and return when the head of the answer is there."""
        timeout = request.extensions.get("timeout", {})
        proxy = proxy_for(request.url, self._environ)
        # A proxy may itself be reached by TLS.
        has_tls = request.url.scheme == "https" or (proxy is not None and proxy.startswith("https:"))
        connect, pool = timeout.get("connect"), timeout.get("pool")
        response = await self._open_session().request(
            request.method,
            URL(str(request.url), encoded=True),
            headers=request.headers.multi_items(),
            data=await request.aread() or None,
            allow_redirects=False,
            proxy=proxy,
            ssl=shared_ssl_context() if has_tls else True,
            timeout=aiohttp.ClientTimeout(
                connect=None if connect is None or pool is None else connect + pool,
                sock_connect=connect,
                sock_read=timeout.get("read"),
            ),
        )
        return httpx.Response(
            status_code=response.status,
            headers=cast("list[tuple[bytes, bytes]]", list(response.raw_headers)),
            stream=_Body(response),
            request=request,
            extensions={
                "http_version": b"HTTP/1.1",
                "reason_phrase": (response.reason or "").encode("latin-1", "replace"),
            },
        )

    async def aclose(self) -> None:
        """Close the session and its connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._limits.max_connections or 0, keepalive_timeout=self._limits.keepalive_expiry
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                read_bufsize=READ_BUFFER,
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            )
            # aiohttp sends DELETE again by itself where a pooled connection was closed in the meantime; there is no
            # public switch for that. The pid may have been given to another process by then.
            self._session._retry_connection = False  # noqa: SLF001
        return self._session


class _Body(httpx.AsyncByteStream):
    """The body of one answer, as it arrives: all that is there with each step, so that steps are few."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._response.content.iter_any():
            yield piece

    async def aclose(self) -> None:
        """Give the connection back where the body was read to its end, else close it."""
        if self._response.content.at_eof():
            self._response.release()
        else:
            self._response.close()

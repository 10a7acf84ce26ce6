"""Errors of httpx and aiohttp as errors of ours, in one context manager and nowhere else.

Both libraries are imported when there is an error to explain: loading them costs more than drawing the first screen.
"""

from __future__ import annotations

import errno
import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from tui.core.errors import BoxscopeError, ConfigError, ConnectionFailed, ProtocolError, TimedOut
from tui.core.text import one_line
from tui.io.hosts import origin

_Explained = Callable[[Exception, str], BoxscopeError]


def _no_route(error: Exception, server: str) -> BoxscopeError:
    reason = _os_reason(error)
    return ConnectionFailed(f"cannot connect to {server}{reason}", "is it running, and is the URL right?")


def _os_reason(error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    words = {errno.ECONNREFUSED: "connection refused", errno.ENETUNREACH: "network unreachable"}
    known = {errno.EHOSTUNREACH: "host unreachable", errno.ECONNRESET: "connection reset", errno.ETIMEDOUT: "timed out"}
    found = (words | known).get(number or 0)
    return f": {found}" if found else ""


@functools.cache
def _table() -> Mapping[type[Exception], _Explained]:
    """Foreign errors and what they mean. An error is explained by the row of its most specific class."""
    from tui.io.lean_http import aiohttp, httpx

    rows: tuple[tuple[type[Exception], _Explained], ...] = (
        (aiohttp.ServerTimeoutError, lambda _, s: TimedOut(f"no answer from {s} in time")),
        (aiohttp.ConnectionTimeoutError, lambda _, s: TimedOut(f"no connection to {s} in time")),
        (httpx.ConnectTimeout, lambda _, s: TimedOut(f"no connection to {s} in time")),
        (httpx.PoolTimeout, lambda _, s: TimedOut(f"no free connection to {s}")),
        (TimeoutError, lambda _, s: TimedOut(f"no answer from {s} in time")),
        (httpx.TimeoutException, lambda _, s: TimedOut(f"no answer from {s} in time")),
        (
            aiohttp.ClientConnectorDNSError,
            lambda _, s: ConnectionFailed(f"the name of {s} cannot be resolved", "check the URL and the network"),
        ),
        (
            aiohttp.ClientConnectorCertificateError,
            lambda _, s: ConnectionFailed(
                f"the certificate of {s} is not trusted", "SSL_CERT_FILE names further authorities"
            ),
        ),
        (aiohttp.ClientSSLError, lambda _, s: ConnectionFailed(f"no TLS connection to {s} can be made")),
        (
            aiohttp.ClientProxyConnectionError,
            lambda _, s: ConnectionFailed(f"the proxy on the way to {s} does not answer"),
        ),
        (aiohttp.ClientHttpProxyError, lambda _, s: ConnectionFailed(f"the proxy on the way to {s} refuses")),
        (httpx.ProxyError, lambda _, s: ConnectionFailed(f"the proxy on the way to {s} refuses")),
        (aiohttp.ClientConnectorError, _no_route),
        (httpx.ConnectError, _no_route),
        (aiohttp.ServerDisconnectedError, lambda _, s: ConnectionFailed(f"{s} closed the connection")),
        (aiohttp.ClientPayloadError, lambda _, s: ConnectionFailed(f"{s} broke off its answer")),
        (httpx.RemoteProtocolError, lambda _, s: ConnectionFailed(f"{s} broke off its answer")),
        (aiohttp.ClientResponseError, lambda _, s: ProtocolError(f"{s} does not speak HTTP", where=s)),
        (httpx.DecodingError, lambda _, s: ProtocolError(f"{s} sent a body that cannot be decompressed", where=s)),
        (aiohttp.InvalidURL, lambda _, s: ConfigError(f"not a usable URL: {s}")),
        (httpx.InvalidURL, lambda _, s: ConfigError(f"not a usable URL: {s}")),
        (httpx.UnsupportedProtocol, lambda _, s: ConfigError(f"not a usable URL: {s}")),
        (aiohttp.ClientConnectionError, lambda e, s: ConnectionFailed(f"the connection to {s} broke{_os_reason(e)}")),
        (httpx.TransportError, lambda _, s: ConnectionFailed(f"the connection to {s} broke")),
        (OSError, lambda e, s: ConnectionFailed(f"the connection to {s} broke{_os_reason(e)}")),
    )
    return dict(rows)


@contextmanager
def errors_mapped(what: str, url: str) -> Iterator[None]:
    """Turn errors of httpx and aiohttp into ours, here and nowhere else; ``what`` was asked of the server of ``url``.

    The foreign error is not chained: its attributes hold the request with its headers.
    """
    try:
        yield
    except Exception as error:
        # Which classes are meant is known only once their libraries are loaded; everything else passes through.
        table = _table()
        explained = next((table[cls] for cls in type(error).__mro__ if cls in table), None)
        if explained is None:
            raise
        found = explained(error, _server(url))
        found.args = (f"{what}: {found.message}",)
        found.message = f"{what}: {found.message}"
        raise found from None


def _server(url: str) -> str:
    try:
        return origin(url)
    except ValueError:
        return one_line(url, 100)

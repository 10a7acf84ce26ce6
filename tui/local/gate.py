"""What a request must bring before anything looks at it.

The server starts processes, so a web page in the user's browser must not be able to reach it: the Host header has to
name this server (DNS rebinding), an Origin header is refused, no CORS header is ever sent, and the token of this run is
demanded on every path.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from tui.local.responses import error_response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from tui.local.faults import Faults

BODY_LIMIT = 2 * 1024 * 1024
SANDBOX_PREFIX = "/api/v1/"


class Gate:
    """ASGI application around another one. ``hosts`` are the accepted values of the Host header, in lower case."""

    def __init__(self, app: ASGIApp, *, token: str, hosts: frozenset[str], faults: Faults) -> None:
        self._app = app
        self._authorization = f"Bearer {token}".encode()
        self._hosts = hosts
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request or pass it on."""
        if scope["type"] != "http":
            return
        refusal = self._refusal(scope, Headers(scope=scope))
        await (self._app if refusal is None else refusal)(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers) -> ASGIApp | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return error_response(421, "HOST_REFUSED", "the Host header does not name this sandbox")
        if "origin" in headers:
            return error_response(403, "ORIGIN_REFUSED", "requests from web pages are refused")
        if not self._is_authorized(headers.getlist("authorization")):
            challenge = {"WWW-Authenticate": "Bearer"}
            return error_response(401, "UNAUTHORIZED", "the token of this run is missing or wrong", challenge)
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length) > BODY_LIMIT:
            return error_response(413, "BODY_TOO_LARGE", f"the body is larger than {BODY_LIMIT} bytes")
        if scope["path"].startswith(SANDBOX_PREFIX):
            refused = self._faults.refusal_for_request()
            if refused is not None:
                return error_response(refused.status, refused.code, refused.message)
        return None

    def _is_authorized(self, values: list[str]) -> bool:
        return len(values) == 1 and secrets.compare_digest(values[0].encode("latin-1"), self._authorization)

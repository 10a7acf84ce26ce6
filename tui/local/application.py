"""The ASGI application of the sandbox, and the uvicorn server that runs it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from tui.core.errors import ApiError
from tui.local.control import ControlPlane
from tui.local.gate import Gate
from tui.local.responses import error_response
from tui.local.routes import SandboxRoutes

if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from tui.local.supervisor import Supervisor

LOG = logging.getLogger("tui.local")
HTTP_CODES = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}


def create_application(
    supervisor: Supervisor, *, token: str, sandbox_id: str, name: str, port: int, keep_alive: float
) -> ASGIApp:
    """Everything that the server offers, behind the gate."""
    control = ControlPlane(sandbox_id=sandbox_id, name=name, url=f"http://127.0.0.1:{port}", faults=supervisor.faults)
    application = Starlette(
        routes=SandboxRoutes(supervisor, keep_alive=keep_alive).routes() + control.routes(),
        exception_handlers={ApiError: _api_error, HTTPException: _http_error, Exception: _bug},
    )
    application.router.redirect_slashes = False
    local_names = {f"{label}.local" for label in (sandbox_id.lower(), name)}
    hosts = {f"127.0.0.1:{port}", f"localhost:{port}"} | local_names | {f"{host}:{port}" for host in local_names}
    return Gate(application, token=token, hosts=frozenset(hosts), faults=supervisor.faults)


def create_server(application: ASGIApp, on_ready: Callable[[], None]) -> uvicorn.Server:
    """A server that writes nothing to the terminal and calls ``on_ready`` when it listens."""
    config = uvicorn.Config(
        application,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    return _Server(config, on_ready)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._on_ready()


async def _api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return error_response(error.status, error.code, error.message)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(sorted(_methods(request)))
    return error_response(error.status_code, HTTP_CODES.get(error.status_code, "HTTP"), error.detail, headers)


def _methods(request: Request) -> set[str]:
    """What the path allows, over all routes: each knows its own methods only."""
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    matching = [route for route in routes if route.path_regex.match(request.url.path)]
    return {method for route in matching for method in route.methods or ()}


async def _bug(request: Request, error: Exception) -> Response:
    LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return error_response(500, "INTERNAL_ERROR", f"internal error: {type(error).__name__}")

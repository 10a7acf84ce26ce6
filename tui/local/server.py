"""The embedded sandbox: a real server for real processes of this machine, in a thread of its own.

It listens on 127.0.0.1 only and gives nobody anything without the token of this run. There is no isolation: processes
run as the user, and so do reads and writes of files.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import os
import secrets
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.core.errors import LocalServerError
from tui.local.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping
    from types import TracebackType
    from typing import Self, TypeVar

    from uvicorn import Server

    from tui.local.supervisor import Supervisor

    T = TypeVar("T")

LOG = logging.getLogger("tui.local")
LOG.addHandler(logging.NullHandler())
HOST = "127.0.0.1"
TOKEN_VARIABLE = "BOXSCOPE_SERVE_TOKEN"  # noqa: S105 - the name of a variable
LOG_LIMIT = 256 * 2**20
KEEP_ALIVE_SECONDS = 15.0
START_SECONDS = 20.0
STOP_SECONDS = 5.0


class LocalSandbox:
    """A sandbox on this machine, as a context manager or with ``start`` and ``stop``.

    ``token`` falls back to the environment variable ``BOXSCOPE_SERVE_TOKEN``, then to a random one. ``port`` 0 takes a
    free one. ``log_limit`` bounds each captured stream in bytes. ``faults`` may be changed while it runs. Methods may
    be called from any thread. Raises LocalServerError where the platform or the port does not allow it.
    """

    def __init__(
        self,
        name: str = "local",
        *,
        token: str | None = None,
        port: int = 0,
        faults: Faults | None = None,
        log_limit: int = LOG_LIMIT,
        keep_alive: float = KEEP_ALIVE_SECONDS,
    ) -> None:
        check_possible(name)
        self.name = name
        self.sandbox_id = f"local-{secrets.token_hex(4)}"
        self.token = token or os.environ.get(TOKEN_VARIABLE) or secrets.token_urlsafe(32)
        _check_token(self.token)
        self.faults = faults or Faults()
        self._asked_port = port
        self._log_limit = log_limit
        self._keep_alive = keep_alive
        self._port = 0
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: Server | None = None
        self._supervisor: Supervisor | None = None

    @property
    def port(self) -> int:
        """The port it listens on; 0 before the start."""
        return self._port

    @property
    def url(self) -> str:
        """Base of every path of the API."""
        return f"http://{HOST}:{self._port}"

    @property
    def directory(self) -> Path:
        """Where the captured output lies until the stop."""
        return self._running_supervisor().directory

    def start(self) -> None:
        """Listen; returns when requests are answered. Raises LocalServerError."""
        if self._thread is not None:
            raise LocalServerError("the embedded sandbox is running already")
        listener = _listen(self._asked_port)
        self._port = listener.getsockname()[1]
        ready: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._thread = threading.Thread(target=self._serve, args=(listener, ready), name="boxscope-local", daemon=True)
        self._thread.start()
        try:
            ready.result(START_SECONDS)
        except TimeoutError as error:
            raise LocalServerError(f"the embedded sandbox did not start within {START_SECONDS:.0f} s") from error
        except BaseException:
            self._thread.join()
            self._thread = None
            raise

    def stop(self) -> None:
        """End every process, remove the logs and stop listening; may be repeated."""
        thread, self._thread = self._thread, None
        if thread is None or self._loop is None or self._server is None:
            return
        try:
            self._call(self._end(), STOP_SECONDS)
        except TimeoutError as error:
            raise LocalServerError("the embedded sandbox did not stop in time") from error
        finally:
            self._server.should_exit = True
            thread.join(STOP_SECONDS)

    def start_process(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Start a process from the body of ``POST /processes``; gives its record. Raises ApiError as that does."""
        return self._call(self._start_process(dict(request)), START_SECONDS)

    def end_process(self, segment: str) -> dict[str, Any]:
        """Kill the process that a path segment means, if it still runs, and give its last record. Raises ApiError."""
        return self._call(self._end_process(segment), START_SECONDS)

    def write_token_file(self, path: str | os.PathLike[str]) -> None:
        """Write the token, readable for the user only, in place of whatever is there. Raises LocalServerError."""
        target = Path(path)
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        try:
            file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(file, "w") as stream:
                stream.write(f"{self.token}\n")
            temporary.replace(target)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise LocalServerError(f"the token file {target} cannot be written: {error.strerror}") from error

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"LocalSandbox(name={self.name!r}, sandbox_id={self.sandbox_id!r}, port={self._port})"

    def _serve(self, listener: socket.socket, ready: concurrent.futures.Future[None]) -> None:
        try:
            asyncio.run(self._main(listener, ready))
        # Whatever went wrong belongs to the thread that asked for the start; later failures are raised here.
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)
        finally:
            listener.close()

    async def _main(self, listener: socket.socket, ready: concurrent.futures.Future[None]) -> None:
        from tui.local.application import create_application, create_server
        from tui.local.supervisor import Supervisor

        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(_log_failure)
        self._supervisor = Supervisor(self.sandbox_id, self.faults, self._log_limit)
        try:
            application = create_application(
                self._supervisor,
                token=self.token,
                sandbox_id=self.sandbox_id,
                name=self.name,
                port=self._port,
                keep_alive=self._keep_alive,
            )
            self._server = create_server(application, lambda: ready.set_result(None))
            await self._server.serve(sockets=[listener])
        finally:
            await self._supervisor.shut_down()

    async def _end(self) -> None:
        await self._running_supervisor().shut_down()

    async def _start_process(self, request: dict[str, Any]) -> dict[str, Any]:
        from tui.local.requests import parse_start

        supervisor = self._running_supervisor()
        return supervisor.describe(supervisor.start(parse_start(request)))

    async def _end_process(self, segment: str) -> dict[str, Any]:
        supervisor = self._running_supervisor()
        run = supervisor.get(segment)
        if run.is_running:
            supervisor.kill(run)
            await run.exited.wait()
        return supervisor.describe(run)

    def _call(self, coroutine: Coroutine[Any, Any, T], seconds: float) -> T:
        if self._loop is None:
            coroutine.close()
            raise LocalServerError("the embedded sandbox has not been started")
        try:
            waiting = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        except RuntimeError as error:
            coroutine.close()
            raise LocalServerError("the embedded sandbox has stopped") from error
        return waiting.result(seconds)

    def _running_supervisor(self) -> Supervisor:
        if self._supervisor is None:
            raise LocalServerError("the embedded sandbox has not been started")
        return self._supervisor


def _log_failure(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Keep a bug in a callback off the terminal, which may show the dashboard."""
    LOG.error("%s", context.get("message"), exc_info=context.get("exception"))


def _listen(port: int) -> socket.socket:
    # asyncio turns off Nagle's algorithm only where the protocol is spelt out; without that every answer takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # On Linux and macOS this does not let two servers share the port; it skips the wait after an earlier one.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or error
        raise LocalServerError(f"cannot listen on {HOST}:{port}: {reason}", "Choose another port, or 0.") from error
    return listener


def check_possible(name: str) -> None:
    """Raise LocalServerError where the platform has no embedded sandbox, or it cannot be called ``name``."""
    if sys.platform == "win32":
        raise LocalServerError(
            "the embedded sandbox needs Linux or macOS", "On Windows, only remote sandboxes can be watched."
        )
    if not name or len(name) > 63 or not name.isascii() or not name.replace("-", "").isalnum() or name != name.lower():
        raise LocalServerError(
            f"{name!r} cannot be the name of a sandbox", "Use lower-case letters, digits and hyphens, at most 63."
        )


def _check_token(token: str) -> None:
    if not token.isascii() or not token.isprintable() or " " in token:
        raise LocalServerError("the token must consist of printable ASCII characters without spaces")

"""One child process from its start to its end: capture, signals, standard input, exit.

Facts given to clients: ``GET /api/v1/processes/{process}``. Everything here runs on the server's event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Any

from tui.core.errors import ApiError
from tui.local.capture import PipeCapture, PipeFeed
from tui.local.faults import StrictText
from tui.local.guardian import kill_marked
from tui.local.journal import Entry, Journal, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tui.local.output import StreamLog
    from tui.local.requests import StartRequest

MARK = "BOXSCOPE_PROCESS"
NEVER_INHERITED = frozenset({"BOXSCOPE_SERVE_TOKEN"})


def now_ms() -> int:
    """Milliseconds since the epoch, the unit of every time on the wire."""
    return time.time_ns() // 1_000_000


class Run:
    """One process. ``handle`` is its identity, as pids are used again; ``mark`` is found in its descendants.

    The constructor starts it and raises ApiError 500 ``SPAWN_FAILED`` where the system refuses.
    """

    def __init__(
        self,
        request: StartRequest,
        *,
        handle: int,
        mark: str,
        logs: Mapping[Stream, StreamLog],
        on_exit: Callable[[Run], None],
        oom_has_risen: Callable[[], bool],
        strict_text: bool = False,
    ) -> None:
        self.request = request
        self.handle = handle
        self.logs = logs
        self.journal = Journal()
        self.ended_at: int | None = None
        self.exit_code: int | None = None
        self.signal: int | None = None
        self.oom_killed = False
        self.exited = asyncio.Event()
        self.capture_died = False
        self.capture_error: str | None = None
        self._mark = f"{MARK}={mark}{handle}"
        self._on_exit = on_exit
        self._oom_has_risen = oom_has_risen
        self._kill_sent = False
        self._loop = asyncio.get_running_loop()
        self._strict = {stream: StrictText() for stream in Stream} if strict_text else {}
        self._feed: PipeFeed | None = None
        self._popen, files = _spawn(request, f"{mark}{handle}")
        self.os_pid = self._popen.pid
        self.pid = self.os_pid
        self.started_at = now_ms()
        if "stdin" in files:
            self._feed = PipeFeed(files["stdin"])
        self._captures = {
            stream: PipeCapture(files[stream.value], self._receiver(stream), self._closer(stream))
            for stream in Stream
            if stream.value in files
        }
        for stream in Stream:
            if stream not in self._captures:
                logs[stream].close()
        self._watch()

    @property
    def is_running(self) -> bool:
        """Whether the process has not been seen to end."""
        return self.ended_at is None

    @property
    def status(self) -> str:
        """``running``, ``exited``, ``signaled`` or ``oom_killed``."""
        if self.is_running:
            return "running"
        if self.oom_killed:
            return "oom_killed"
        return "exited" if self.signal is None else "signaled"

    @property
    def failed(self) -> bool:
        """Whether it ended other than with exit code 0."""
        return not self.is_running and self.exit_code != 0

    @property
    def stdin_writable(self) -> bool:
        """Whether standard input is a pipe that is still open."""
        return self.is_running and self._feed is not None and self._feed.is_open

    def describe(self, managed: dict[str, Any] | None) -> dict[str, Any]:
        """The process record of the wire, and why output could not be kept, if that happened."""
        return {
            "pid": self.pid,
            "handle": self.handle,
            "status": self.status,
            "exit_code": self.exit_code,
            "signal": self.signal,
            "oom_killed": self.oom_killed,
            "stdin_writable": self.stdin_writable,
            "command": self.request.command,
            "args": list(self.request.args),
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "managed": managed,
            "capture_error": self.capture_error,
        }

    def has_all_output(self, streams: tuple[Stream, ...]) -> bool:
        """Whether nothing more can come: the process has ended and every writer has closed the pipes."""
        return (not self.is_running or self.capture_died) and all(self.logs[stream].closed for stream in streams)

    def send_signal(self, number: int) -> None:
        """Signal the process group. Raises ApiError 400 ``NOT_RUNNING``."""
        if not self.is_running:
            raise ApiError(f"process {self.pid} is not running", status=400, code="NOT_RUNNING")
        self._kill_sent = self._kill_sent or number == signal.SIGKILL
        # The group may be gone, or be a zombie (EPERM on macOS), before the end has been seen here.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.os_pid, number)

    def kill(self) -> None:
        """SIGKILL to the process group and, on Linux, to descendants that left it. Nothing if it has ended."""
        if self.is_running:
            self.send_signal(signal.SIGKILL)
            # Reading all of /proc takes milliseconds.
            self._loop.run_in_executor(None, kill_marked, f"{self._mark}\0")

    def write_stdin(self, data: bytes) -> None:
        """Queue bytes for standard input. Raises ApiError 400 ``STDIN_NOT_WRITABLE``, 409 ``STDIN_FULL``."""
        if self._feed is None or not self.stdin_writable:
            raise ApiError("standard input is not a pipe, or closed", status=400, code="STDIN_NOT_WRITABLE")
        if not self._feed.has_room(len(data)):
            raise ApiError("the process does not read its standard input", status=409, code="STDIN_FULL")
        self._feed.write(data)

    def close_stdin(self) -> None:
        """Close standard input behind what is queued; may be repeated. Raises ApiError 400 ``STDIN_NOT_WRITABLE``."""
        if self._feed is None:
            raise ApiError("standard input is not a pipe", status=400, code="STDIN_NOT_WRITABLE")
        self._feed.close()

    def stop_capture(self) -> None:
        """Close the pipes, whoever still holds their other ends."""
        for capture in self._captures.values():
            capture.stop()

    def _receiver(self, stream: Stream) -> Callable[[bytes], None]:
        log = self.logs[stream]
        strict = self._strict.get(stream)

        def receive(data: bytes) -> None:
            goes_on = True
            if strict is not None:
                data, goes_on = strict.feed(data)
            before = log.stop
            try:
                log.append(data)
            except OSError as error:
                # A full disk. What is printed from here on is lost, so the stream ends rather than go on with a hole.
                self.capture_error = f"{stream.value} is not captured any more: {error.strerror}"
                goes_on = False
            if log.stop > before:
                self.journal.add(Entry(stream, log.stop, now_ms()))
            if not goes_on:
                self.capture_died = True
                self._captures[stream].stop()

        return receive

    def _closer(self, stream: Stream) -> Callable[[], None]:
        log = self.logs[stream]

        def close() -> None:
            before = log.stop
            log.close()
            if log.stop > before:
                self.journal.add(Entry(stream, log.stop, now_ms()))
            self.journal.wake()

        return close

    def _watch(self) -> None:
        pidfd_open = getattr(os, "pidfd_open", None)
        if pidfd_open is not None:
            try:
                file = pidfd_open(self.os_pid)
            except OSError:
                # Refused by some container runtimes; a thread does the same work.
                pass
            else:
                self._loop.add_reader(file, self._pidfd_ready, file)
                return
        threading.Thread(target=self._wait_in_thread, daemon=True).start()

    def _pidfd_ready(self, file: int) -> None:
        if self._popen.poll() is not None:
            self._loop.remove_reader(file)
            os.close(file)
            self._ended()

    def _wait_in_thread(self) -> None:
        self._popen.wait()
        # The loop is closed when the server stopped first.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._ended)

    def _ended(self) -> None:
        code = self._popen.returncode
        for capture in self._captures.values():
            capture.drain()
        if code < 0:
            self.signal = -code
            self.oom_killed = self.signal == signal.SIGKILL and not self._kill_sent and self._oom_has_risen()
        else:
            self.exit_code = code
        self.ended_at = max(now_ms(), self.started_at)
        if self._feed is not None:
            self._feed.abort()
        self.journal.wake()
        self.exited.set()
        self._on_exit(self)


def _spawn(request: StartRequest, mark: str) -> tuple[subprocess.Popen[bytes], dict[str, int]]:
    """Start the process in a session of its own; gives our ends of its pipes by name."""
    environment = {name: value for name, value in os.environ.items() if name not in NEVER_INHERITED}
    environment |= request.env
    environment[MARK] = mark
    ours: dict[str, int] = {}
    theirs: dict[str, int] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if request.stdin_pipe:
        theirs["stdin"], ours["stdin"] = os.pipe()
    if request.capture_stdout:
        ours["stdout"], theirs["stdout"] = os.pipe()
    if request.capture_stderr:
        ours["stderr"], theirs["stderr"] = os.pipe()
    try:
        popen = subprocess.Popen(
            [request.command, *request.args],
            stdin=theirs["stdin"],
            stdout=theirs["stdout"],
            stderr=theirs["stderr"],
            cwd=request.working_dir,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        for file in ours.values():
            os.close(file)
        reason = error.strerror or str(error)
        where = f" in {request.working_dir}" if request.working_dir and error.filename == request.working_dir else ""
        message = f"Failed to spawn process {request.command!r}{where}: {reason}"
        raise ApiError(message, status=500, code="SPAWN_FAILED") from error
    finally:
        for file in theirs.values():
            if file >= 0:
                os.close(file)
    return popen, ours

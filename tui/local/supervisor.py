"""The owner of all child processes of the sandbox: starts them, finds them, lists them, ends them."""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.core.errors import ApiError, LocalServerError
from tui.local import guardian
from tui.local.journal import Stream
from tui.local.managed import ManagedProcess
from tui.local.oom import OomCounter, find_counter_file
from tui.local.output import StreamLog
from tui.local.process import MARK, Run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.local.faults import Faults
    from tui.local.requests import StartRequest

RECORD_LIMIT = 1000
PID_LIMIT = 2**32
TERM_SECONDS = 0.4
KILL_SECONDS = 0.6
OOM_SECONDS = 1.0


class Supervisor:
    """All processes of one sandbox. Made, used and shut down on the server's event loop.

    ``log_limit`` bounds each stream of each process in bytes. Finished processes stay listed; beyond a thousand records
    the oldest finished ones are forgotten with their output.
    """

    def __init__(self, sandbox_id: str, faults: Faults, log_limit: int) -> None:
        self.faults = faults
        self._mark = f"{sandbox_id}:"
        self._log_limit = log_limit
        self._runs: dict[int, Run] = {}
        self._by_pid: dict[int, Run] = {}
        self._managed: dict[str, ManagedProcess] = {}
        self._owner: dict[int, ManagedProcess] = {}
        self._next_handle = 1
        self._is_closing = False
        self._oom = OomCounter(find_counter_file())
        self._oom_watcher: asyncio.Task[None] | None = None
        try:
            self._directory = Path(tempfile.mkdtemp(prefix="boxscope-"))
            self._guardian = self._start_guardian()
        except OSError as error:
            raise LocalServerError(f"the embedded sandbox has no place for its logs: {error}") from error

    @property
    def directory(self) -> Path:
        """Where the logs are kept until the server stops."""
        return self._directory

    def start(self, request: StartRequest) -> Run:
        """Start a process, managed where the request asks for it.

        Raises ApiError: 500 ``SPAWN_FAILED``, 409 ``NAME_TAKEN``, 503 ``STOPPING``.
        """
        if not request.is_managed:
            return self._start_run(request, None)
        name = request.name
        holder = self._managed.get(name) if name is not None else None
        if holder is not None and (holder.status != "stopped" or holder.run.is_running):
            raise ApiError(f"a managed process named {name!r} exists", status=409, code="NAME_TAKEN")
        managed = ManagedProcess(request, self._start_run)
        if name is not None:
            self._managed[name] = managed
        return managed.run

    def find(self, segment: str) -> Run | None:
        """The process that a path segment means: the latest holder of a pid, or a managed name's current run.

        Raises ApiError 400 ``INVALID_PID`` for a number that is no pid.
        """
        if segment.isascii() and segment.isdigit():
            if len(segment) > 10 or int(segment) >= PID_LIMIT:
                raise ApiError("a pid has at most 32 bits", status=400, code="INVALID_PID")
            return self._by_pid.get(int(segment))
        managed = self._managed.get(segment)
        return None if managed is None else managed.run

    def get(self, segment: str) -> Run:
        """As ``find``. Raises ApiError 404 ``NOT_FOUND``."""
        run = self.find(segment)
        if run is None:
            raise ApiError(f"no process {segment}", status=404, code="NOT_FOUND")
        return run

    def describe(self, run: Run) -> dict[str, Any]:
        """The process record of the wire."""
        managed = self._owner.get(run.handle)
        return run.describe(None if managed is None else managed.describe())

    def describe_all(self) -> list[dict[str, Any]]:
        """Records of all processes, of a managed one only its latest run; oldest first."""
        records = [self.describe(run) for run in self._listed()]
        if self.faults.random_order:
            random.shuffle(records)
        return records

    def count(self) -> tuple[int, int]:
        """How many processes run, and how many are listed."""
        listed = list(self._listed())
        return sum(run.is_running for run in listed), len(listed)

    def kill(self, run: Run) -> None:
        """End a process for good. Raises ApiError 500 ``NOT_RUNNING`` where it has finished."""
        managed = self._owner.get(run.handle)
        if managed is not None and managed.run is run:
            managed.stop()
            return
        if not run.is_running:
            raise ApiError(f"process {run.pid} has already finished", status=500, code="NOT_RUNNING")
        run.kill()

    async def restart(self, run: Run) -> Run:
        """Restart the managed process that a run belongs to. Raises ApiError 400 ``NOT_MANAGED``."""
        managed = self._owner.get(run.handle)
        if managed is None:
            raise ApiError("only a managed process can be restarted", status=400, code="NOT_MANAGED")
        if self._is_closing:
            raise _stopping()
        await managed.restart()
        return managed.run

    async def shut_down(self) -> None:
        """End every process and remove the logs; takes about a second at most. Nothing when repeated."""
        if self._is_closing:
            return
        self._is_closing = True
        if self._oom_watcher is not None:
            self._oom_watcher.cancel()
        for managed in self._owner.values():
            managed.disarm()
        running = [run for run in self._runs.values() if run.is_running]
        for run in running:
            run.send_signal(signal.SIGTERM)
        await _wait_for_end(running, TERM_SECONDS)
        for run in running:
            if run.is_running:
                run.send_signal(signal.SIGKILL)
        await asyncio.to_thread(guardian.kill_marked, f"{MARK}={self._mark}")
        await _wait_for_end(running, KILL_SECONDS)
        for run in self._runs.values():
            run.stop_capture()
            run.journal.wake()
        shutil.rmtree(self._directory, ignore_errors=True)
        self._dismiss_guardian()

    def _start_run(self, request: StartRequest, managed: ManagedProcess | None) -> Run:
        if self._is_closing:
            raise _stopping()
        handle = self._next_handle
        self._next_handle += 1
        reused = self._reusable() if self.faults.reuse_pids and managed is None else None
        directory = self._directory / str(handle)
        directory.mkdir(mode=0o700)
        new = {stream: StreamLog(directory, stream.value, self._log_limit) for stream in Stream}
        logs = new if reused is None else _reopened(reused)
        try:
            run = Run(
                request,
                handle=handle,
                mark=self._mark,
                logs=logs,
                on_exit=self._run_ended,
                oom_has_risen=self._oom.has_risen,
                strict_text=self.faults.dead_capture,
            )
        except ApiError:
            for log in logs.values():
                log.close()
            directory.rmdir()
            raise
        if reused is not None:
            run.pid = reused.pid
            del self._runs[reused.handle]
        self._runs[handle] = run
        self._by_pid[run.pid] = run
        if managed is not None:
            self._owner[handle] = managed
        self._note(f"+{run.os_pid}\n")
        self._forget_oldest()
        if self._oom_watcher is None and self._oom.is_available:
            self._oom_watcher = asyncio.get_running_loop().create_task(self._watch_oom())
        return run

    def _run_ended(self, run: Run) -> None:
        self._note(f"-{run.os_pid}\n")
        managed = self._owner.get(run.handle)
        if managed is not None and not self._is_closing:
            managed.run_ended(run)

    def _listed(self) -> Iterator[Run]:
        for run in self._runs.values():
            managed = self._owner.get(run.handle)
            if managed is None or managed.run is run:
                yield run

    def _reusable(self) -> Run | None:
        for run in self._runs.values():
            if run.handle not in self._owner and run.has_all_output(tuple(Stream)) and not run.is_running:
                return run
        return None

    def _forget_oldest(self) -> None:
        excess = len(self._runs) - RECORD_LIMIT
        for run in list(self._runs.values()) if excess > 0 else ():
            managed = self._owner.get(run.handle)
            is_current = managed is not None and managed.run is run and managed.status != "stopped"
            if run.is_running or is_current or not run.has_all_output(tuple(Stream)):
                continue
            self._forget(run)
            excess -= 1
            if excess <= 0:
                return

    def _forget(self, run: Run) -> None:
        del self._runs[run.handle]
        if self._by_pid.get(run.pid) is run:
            del self._by_pid[run.pid]
        managed = self._owner.pop(run.handle, None)
        # The name may have passed on to another process.
        is_current = managed is not None and managed.run is run
        if managed is not None and is_current and managed.name and self._managed.get(managed.name) is managed:
            del self._managed[managed.name]
        for log in run.logs.values():
            log.delete()
        shutil.rmtree(self._directory / str(run.handle), ignore_errors=True)

    async def _watch_oom(self) -> None:
        while True:
            await asyncio.sleep(OOM_SECONDS)
            self._oom.has_risen()

    def _start_guardian(self) -> subprocess.Popen[bytes] | None:
        if not sys.executable:
            return None
        script = str(Path(guardian.__file__))
        return subprocess.Popen(
            [sys.executable, "-I", "-S", script, str(self._directory), f"{MARK}={self._mark}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )

    def _note(self, line: str) -> None:
        if self._guardian is not None and self._guardian.stdin is not None:
            # Somebody killed the guardian, or a process outlived the stop; nothing else depends on this note.
            with contextlib.suppress(BrokenPipeError, ValueError):
                self._guardian.stdin.write(line.encode())

    def _dismiss_guardian(self) -> None:
        if self._guardian is None:
            return
        if self._guardian.stdin is not None:
            self._guardian.stdin.close()
        try:
            self._guardian.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self._guardian.kill()
            self._guardian.wait()


def _reopened(run: Run) -> dict[Stream, StreamLog]:
    for log in run.logs.values():
        log.reopen()
    return dict(run.logs)


def _stopping() -> ApiError:
    return ApiError("the sandbox is stopping", status=503, code="STOPPING")


async def _wait_for_end(runs: list[Run], seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            for run in runs:
                await run.exited.wait()

"""A managed process: one name over many runs, restarts with backoff, health checks.

Facts given to clients: the ``managed`` object of a process record. The policy is our own where the API leaves it open:
an unhealthy process is reported and never killed; a run that lasted longer than the longest backoff makes the next
delay start from the beginning; every restart counts, asked for or not.
"""

from __future__ import annotations

import asyncio
import secrets
import signal
from typing import TYPE_CHECKING, Any

from tui.core.errors import ApiError
from tui.local import health
from tui.local.process import now_ms
from tui.local.requests import RestartPolicy

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.local.process import Run
    from tui.local.requests import StartRequest


class ManagedProcess:
    """Keeps a process as its request wants it. ``start`` gives a new run or raises ApiError."""

    def __init__(self, request: StartRequest, start: Callable[[StartRequest, ManagedProcess], Run]) -> None:
        self.id = f"mp-{secrets.token_hex(6)}"
        self.request = request
        self.policy = request.restart or RestartPolicy()
        self.status = "starting"
        self.restart_count = 0
        self.health_status = "disabled" if request.health_check is None else "starting"
        self.health_failures = 0
        self.last_exit: dict[str, Any] | None = None
        self.last_error: str | None = None
        self.next_restart_at: int | None = None
        self._start = start
        self._failures = 0
        self._is_restarting = False
        self._restart_lock = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None
        self._watcher: asyncio.Task[None] | None = None
        self.run = start(request, self)
        self._started()

    @property
    def name(self) -> str | None:
        """The name that addresses it, if it has one."""
        return self.request.name

    def describe(self) -> dict[str, Any]:
        """The ``managed`` object of the wire."""
        check = self.request.health_check
        return {
            "id": self.id,
            "name": self.name,
            "status": self.status,
            "restart_count": self.restart_count,
            "restart": {
                "policy": self.policy.policy,
                "max_restarts": self.policy.max_restarts,
                "initial_backoff_ms": self.policy.initial_backoff_ms,
                "max_backoff_ms": self.policy.max_backoff_ms,
            },
            "health_check": None
            if check is None
            else {
                "type": check.type,
                "port": check.port,
                "path": check.path if check.type == "http" else None,
                "initial_delay_ms": check.initial_delay_ms,
                "interval_ms": check.interval_ms,
                "timeout_ms": check.timeout_ms,
                "failure_threshold": check.failure_threshold,
            },
            "health_status": self.health_status,
            "consecutive_health_failures": self.health_failures,
            "last_exit": self.last_exit,
            "last_error": self.last_error,
            "next_restart_at": self.next_restart_at,
        }

    def run_ended(self, run: Run) -> None:
        """React to the end of the current run."""
        self._stop_watching()
        self.last_exit = {
            "exit_code": run.exit_code,
            "signal": run.signal,
            "oom_killed": run.oom_killed,
            "ended_at": run.ended_at,
        }
        if self._is_restarting or self.status == "stopped":
            return
        assert run.ended_at is not None
        if run.ended_at - run.started_at > self.policy.max_backoff_ms:
            self._failures = 0
        self._restart_or_stop(failed=run.failed)

    def stop(self) -> None:
        """SIGTERM, SIGKILL after the grace period, and no restart. Raises ApiError 500 where it has stopped already."""
        if self.status == "stopped" and not self.run.is_running:
            raise ApiError(f"process {self.run.pid} has already finished", status=500, code="NOT_RUNNING")
        self.disarm()
        if self.run.is_running:
            self.run.send_signal(signal.SIGTERM)
            asyncio.get_running_loop().call_later(self.request.stop_grace_ms / 1000, self.run.kill)

    def disarm(self) -> None:
        """Start nothing again."""
        self._cancel_timer()
        self._stop_watching()
        self.status = "stopped"

    async def restart(self) -> None:
        """End the current run, if there is one, and start the next at once. Raises ApiError where that fails."""
        async with self._restart_lock:
            self._cancel_timer()
            self._is_restarting = True
            try:
                await self._end_run()
                self._failures = 0
                self.restart_count += 1
                self.run = self._start(self.request, self)
            except ApiError as error:
                self.last_error = error.message
                self.status = "stopped"
                raise
            finally:
                self._is_restarting = False
            self._started()

    async def _end_run(self) -> None:
        if not self.run.is_running:
            return
        self.run.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(self.request.stop_grace_ms / 1000):
                await self.run.exited.wait()
        except TimeoutError:
            self.run.kill()
            await self.run.exited.wait()

    def _restart_or_stop(self, *, failed: bool) -> None:
        if not self.policy.wants_restart(failed=failed, restarts=self.restart_count):
            self.status = "stopped"
            return
        self._failures += 1
        delay = self.policy.backoff_ms(self._failures)
        self.status = "backing_off"
        self.next_restart_at = now_ms() + delay
        self._timer = asyncio.get_running_loop().call_later(delay / 1000, self._restart_now)

    def _restart_now(self) -> None:
        self._timer = None
        self.next_restart_at = None
        self.restart_count += 1
        try:
            self.run = self._start(self.request, self)
        except ApiError as error:
            self.last_error = error.message
            self._restart_or_stop(failed=True)
        else:
            self._started()

    def _started(self) -> None:
        self.health_failures = 0
        check = self.request.health_check
        if check is None:
            self.status = "running"
            return
        self.status = "starting"
        self.health_status = "starting"
        self._watcher = asyncio.get_running_loop().create_task(health.watch(check, self._health_reported))

    def _health_reported(self, problem: str | None) -> None:
        check = self.request.health_check
        assert check is not None
        if problem is None:
            self.health_failures = 0
            self.health_status = "healthy"
            self.status = "running"
            return
        self.health_failures += 1
        self.last_error = f"health check failed: {problem}"
        if self.health_failures >= check.failure_threshold:
            self.health_status = "unhealthy"

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.next_restart_at = None

    def _stop_watching(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
            self._watcher = None

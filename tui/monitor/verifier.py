"""Compares one output with snapshots of the server's log, when that can prove something and at a bounded cost.

When a snapshot could prove something is the account's own judgement (``core.snapshot_timing``); this module wakes up at
the moments at which that can change: activity died down, the stream ended, the process ended, and once more a little
after that, since a process can be gone before the last of its output is stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tui.core.accounting import OutputAccount
from tui.core.backoff import Backoff
from tui.core.errors import BoxscopeError
from tui.core.models import Stream
from tui.core.ports import SandboxApi
from tui.core.snapshot_timing import COST, LEAST, QUIET, SnapshotClock
from tui.core.text import one_line
from tui.monitor.clock import Clock

SLACK = 0.05
"""Seconds by which a look is planned late, so that rounding does not make it a moment too early."""
AFTER_EXIT = 1.0
"""Seconds after the end of a process when its output is looked at once more."""


class Verifier:
    """Takes the snapshots of one output. ``on_settled`` is awaited when something may have changed by one."""

    def __init__(
        self,
        api: SandboxApi,
        ref: str,
        stream: Stream,
        account: OutputAccount,
        *,
        clock: Clock,
        backoff: Backoff,
        contactable: asyncio.Event,
        has_ended: Callable[[], bool],
        on_settled: Callable[[], Awaitable[None]],
    ) -> None:
        self._api, self._ref, self._stream, self._account = api, ref, stream, account
        self._clock, self._backoff, self._contactable = clock, backoff, contactable
        self._has_ended, self._on_settled = has_ended, on_settled
        self._wake = asyncio.Event()
        self._asking = asyncio.Lock()
        self._due_at: float | None = None
        self._active_at = float("-inf")
        self._ended_at: float | None = None
        self._asked_at: float | None = None
        self.last_cost = 0.0
        """Seconds that the last snapshot took."""
        self.is_current = False
        """True once a snapshot was read after the latest line."""
        self.error = ""

    def use(self, api: SandboxApi) -> None:
        """Ask through ``api`` from now on."""
        self._api = api

    @property
    def is_idle(self) -> bool:
        """True while no snapshot is planned."""
        return self._due_at is None

    def activity(self) -> None:
        """The stream was opened, or brought lines: look when it has been quiet for a while."""
        self.is_current = False
        self._active_at = self._clock.monotonic()
        self.plan(QUIET + SLACK)

    def process_ended(self) -> None:
        """The process was seen to have ended: look at once."""
        self._ended_at = self._clock.monotonic()
        self.plan(0.0)

    def plan(self, delay: float) -> None:
        """Look after ``delay`` seconds; a later plan replaces an earlier one, but never an urgent one."""
        due = self._clock.monotonic() + delay
        if self._due_at is None or delay > 0.0 or due < self._due_at:
            self._due_at = due
        self._wake.set()

    async def run(self) -> None:
        """At each planned moment ask the account whether a snapshot could prove something now. Runs until cancelled."""
        while True:
            wait = None if self._due_at is None else self._due_at - self._clock.monotonic()
            if wait is None or wait > 0:
                self._wake.clear()
                await (self._wake.wait() if wait is None else self._clock.wait(self._wake, wait))
                continue
            await self._contactable.wait()
            planned = self._due_at
            if self._account.snapshot_due(self._snapshot_clock()):
                answered = await self.take_snapshot()
                once_more = AFTER_EXIT if self._exit_is_fresh() else None
                again = once_more if answered else self._backoff.next_delay()
            else:
                again = self._cost_pause()
            if self._due_at == planned:
                self._due_at = None
                if again is not None:
                    self.plan(again)
            await self._on_settled()

    async def take_snapshot(self) -> bool:
        """Read a snapshot and settle the account with it; False when none was to be had, ``error`` then says why."""
        async with self._asking:
            finished = self._has_ended()
            received = self._account.buffer.appended_total
            self._asked_at = self._clock.monotonic()
            try:
                snapshot = await self._api.snapshot(self._ref, self._stream, held=self._account.snapshot_requested())
            except BoxscopeError as error:
                self._account.snapshot_failed()
                self.error = one_line(error.message)
                return False
            self.error = ""
            self.last_cost = self._clock.monotonic() - self._asked_at
            self.is_current = self._account.buffer.appended_total == received
            self._account.snapshot(snapshot, process_finished=finished)
        await self._on_settled()
        return True

    def _snapshot_clock(self) -> SnapshotClock:
        now = self._clock.monotonic()
        return SnapshotClock(
            quiet=now - self._active_at,
            since_exit=None if self._ended_at is None else now - self._ended_at,
            since_snapshot=None if self._asked_at is None else now - self._asked_at,
            download=self.last_cost,
        )

    def _exit_is_fresh(self) -> bool:
        """True when the last look came so soon after the end that the end of the output may not have been in it."""
        return (
            self._ended_at is not None and self._asked_at is not None and self._asked_at - self._ended_at < AFTER_EXIT
        )

    def _cost_pause(self) -> float | None:
        """Seconds until the cost rule allows the next snapshot; None where it does not stand in the way."""
        if self._asked_at is None:
            return None
        pause = self._asked_at + max(LEAST, COST * self.last_cost) - self._clock.monotonic()
        return pause if pause > 0 else None

"""One output stream of one process run: followed or polled, verified by snapshots, kept in an accounted buffer.

Two tasks share it. The reader takes lines from the follow stream, or from snapshots where following is not to be had.
The verifier compares with a snapshot when one is due: after activity has died down, at the end of the stream, at the
end of the process and once more a little later, since a process can be gone before the last of its output is stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tui.core.accounting import OutputAccount, StreamEnd
from tui.core.backoff import Backoff
from tui.core.blocks import BlockStore
from tui.core.buffer import LineBuffer
from tui.core.errors import (
    ApiError,
    BoxscopeError,
    ConnectionFailed,
    NotFoundError,
    NotRunning,
    ProtocolError,
    ServerError,
)
from tui.core.found import TracebackIndex
from tui.core.models import OutputSnapshot, Process, Stream, StreamBatch
from tui.core.ports import SandboxApi
from tui.core.profile import Transport
from tui.core.snapshot_timing import COST, LEAST, QUIET, SnapshotClock
from tui.core.streamstate import StreamState
from tui.core.text import one_line
from tui.core.tracebacks.detector import TracebackDetector
from tui.core.tracebacks.model import Traceback
from tui.core.verdict import Verdict
from tui.monitor.clock import Clock

SLACK = 0.05
"""Seconds by which a look is planned late, so that rounding does not make it a moment too early."""
AFTER_EXIT = 1.0
"""Seconds after the end of a process when its output is looked at once more."""
SLICE = 4096
"""Lines that are searched for tracebacks before the loop gets its turn."""
LONGEST_POLL = 60.0


class OutputMonitor:
    """Reads one stream of one run until that is over. ``on_news`` is called whenever something changed."""

    def __init__(
        self,
        api: SandboxApi,
        process: Process,
        stream: Stream,
        *,
        transport: Transport,
        contactable: asyncio.Event,
        confirm_contact: Callable[[], Awaitable[None]],
        clock: Clock,
        store: BlockStore,
        random_source: Callable[[], float],
        on_news: Callable[[], None],
        poll_interval: float,
    ) -> None:
        self._api = api
        self.process = process
        self.stream = stream
        self._transport = transport
        self._contactable = contactable
        self._confirm_contact = confirm_contact
        self._clock = clock
        self._backoff = Backoff(random_source)
        self._on_news = on_news
        self._poll_interval = poll_interval
        self._store = store
        self.buffer = LineBuffer(store)
        self.account = OutputAccount(self.buffer)
        self.found = TracebackIndex(TracebackDetector)
        self.state = StreamState.WAITING
        self.error = ""
        self.is_selected = False
        self.last_error = ""
        """Headline of the latest uncaught exception in this output, cleaned."""
        self.uncaught = 0
        """Uncaught-exception reports in this output."""
        self._searched_lines = 0
        self._searched_generation = 0
        self._has_error_news = False
        self._last_line_at: int | None = None
        self._active_at = float("-inf")
        self._is_gone = False
        self._ended_at: float | None = None
        self._asked_at: float | None = None
        self._download = 0.0
        self._verify = asyncio.Event()
        self._due_at: float | None = None
        self._verified = asyncio.Event()
        self._hurry = asyncio.Event()
        self._asking = asyncio.Lock()
        self.is_verified = False
        """True once a snapshot was read after the latest line."""

    # ---------------------------------------------------------------- what is known

    @property
    def verdict(self) -> Verdict:
        """What the account can vouch for."""
        return self.account.verdict

    @property
    def is_over(self) -> bool:
        """True when nothing more will come, and that has been verified as far as it can be."""
        return self.state.is_over and self._due_at is None

    async def wait_until_over(self) -> None:
        """Return when nothing more will come and all that came was verified."""
        while not self.is_over:
            self._verified.clear()
            await self._verified.wait()

    def silent_ms(self, now_ms: int) -> int | None:
        """How long the process has written nothing that we saw; None before the first line or without live times."""
        return None if self._last_line_at is None else now_ms - self._last_line_at

    def take_error_news(self) -> bool:
        """True once after each change of what is known of tracebacks."""
        news, self._has_error_news = self._has_error_news, False
        return news

    def process_seen(self, process: Process | None) -> None:
        """The process list was read again; None: it holds this run no more."""
        self._is_gone = process is None
        if process is None:
            return
        just_ended = process.is_finished and not self.process.is_finished
        self.process = process
        if just_ended:
            self._ended_at = self._clock.monotonic()
            self._plan(0.0)

    def retry(self) -> None:
        """Do not wait for the next attempt; read once more what has failed or ended."""
        self._hurry.set()
        self._plan(0.0)

    def close(self) -> None:
        """Give the disk space back."""
        self._store.close()

    # ---------------------------------------------------------------- the reader

    async def run(self) -> None:
        """Read until the stream is over, and again when that is asked for; expected errors become states.

        It returns only by being cancelled.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._verify_when_due())
            while True:
                self._hurry.clear()
                await self._read()
                await self._hurry.wait()
                if self.state is not StreamState.ENDED:
                    self._set_state(StreamState.WAITING)

    async def _read(self) -> None:
        if self._transport is not Transport.POLL:
            while not self.state.is_over:
                await self._contactable.wait()
                if not await self._follow_once():
                    break
        if not self.state.is_over:
            await self._poll()

    async def _follow_once(self) -> bool:
        """One connection. Returns False when following is not to be had here and polling should take over."""
        self._set_state(StreamState.RECONNECTING if self._backoff.failures else StreamState.CONNECTING)
        try:
            async with self._api.follow(self.process.ref, self.stream) as batches:
                self.account.stream_opened()
                async for batch in batches:
                    await self._take(batch)
            await self._stream_ended()
        except (ConnectionFailed, NotRunning) as error:
            self.account.stream_closed(StreamEnd.LOST)
            self.error = one_line(error.message)
        except (ProtocolError, ServerError, ApiError) as error:
            self.account.stream_closed(StreamEnd.FAILED)
            self.error = one_line(error.message)
            if self._transport is Transport.AUTO and self._is_refusal_to_follow(error):
                return False
            if isinstance(error, ApiError) and error.status in (401, 403):
                self._set_state(StreamState.FAILED)
                return True
        if not self.state.is_over:
            await self._pause_before_retry()
        return True

    @staticmethod
    def _is_refusal_to_follow(error: BoxscopeError) -> bool:
        """True where the server answered, and what it said about following will not change by asking again."""
        return isinstance(error, ProtocolError) or (
            isinstance(error, ApiError) and error.status in (404, 405, 406, 500, 501)
        )

    async def _pause_before_retry(self) -> None:
        self._set_state(StreamState.RECONNECTING)
        await self._clock.wait(self._hurry, self._backoff.next_delay())
        self._hurry.clear()
        await self._confirm_contact()

    async def _take(self, batch: StreamBatch) -> None:
        if self.state is not StreamState.FOLLOWING:
            self._set_state(StreamState.FOLLOWING)
        before = self.buffer.line_count
        self.account.stream_batch(batch)
        if self.buffer.line_count != before:
            self.is_verified = False
            self._backoff.reset()
            self._active_at = self._clock.monotonic()
            if batch.timestamps and batch.timestamps[-1]:
                self._last_line_at = batch.timestamps[-1]
            self._plan(QUIET + SLACK)
        await self._search()
        self._on_news()

    async def _stream_ended(self) -> None:
        """After ``eof``: did the process end, is it unknown, or did only the capture end?"""
        self.account.stream_closed(StreamEnd.EOF)
        self.error = ""
        state = StreamState.ENDED
        try:
            self.process_seen(await self._api.process(self.process.ref))
        except NotFoundError:
            if self.buffer.line_count == 0:
                state = StreamState.UNKNOWN_PROCESS
        except BoxscopeError:
            # The list will tell; the stream itself has ended properly.
            pass
        else:
            if not self.process.is_finished:
                state = StreamState.CAPTURE_ENDED
        await self._search(is_end=True)
        self._set_state(state)
        self._plan(0.0)

    async def _poll(self) -> None:
        """Snapshots instead of a stream; the wait grows with their cost and while nothing changes."""
        patience = 1.0
        while True:
            await self._contactable.wait()
            before = self.buffer.line_count
            began = self._clock.monotonic()
            finished = self.process.is_finished or self._is_gone
            if not await self._take_snapshot():
                await self._pause_before_retry()
                continue
            self._backoff.reset()
            if finished:
                await self._search(is_end=True)
                await self._stream_known_to_end()
                return
            self._set_state(StreamState.POLLING)
            cost = self._clock.monotonic() - began
            patience = 1.0 if self.buffer.line_count != before else min(4.0, patience * 2)
            self._verify.clear()
            await self._clock.wait(self._verify, min(LONGEST_POLL, max(self._poll_interval * patience, 10 * cost)))

    async def _stream_known_to_end(self) -> None:
        """The process is over and its log was read after that."""
        unknown = False
        if self.buffer.line_count == 0 and self._is_gone:
            try:
                await self._api.process(self.process.ref)
            except NotFoundError:
                unknown = True
            except BoxscopeError:
                # Whether it is known cannot be told now; "ended" claims less than "unknown".
                pass
        self._set_state(StreamState.UNKNOWN_PROCESS if unknown else StreamState.ENDED)
        self._plan(AFTER_EXIT)

    # ---------------------------------------------------------------- the verifier

    def _plan(self, delay: float) -> None:
        """A snapshot is due after ``delay`` seconds; a later plan replaces an earlier one, but never an urgent one."""
        due = self._clock.monotonic() + delay
        if self._due_at is None or delay > 0.0 or due < self._due_at:
            self._due_at = due
        self._verify.set()

    async def _verify_when_due(self) -> None:
        """At each planned moment ask the account whether a snapshot could prove something now."""
        while True:
            wait = None if self._due_at is None else self._due_at - self._clock.monotonic()
            if wait is None or wait > 0:
                if wait is None:
                    self._verified.set()
                self._verify.clear()
                await (self._verify.wait() if wait is None else self._clock.wait(self._verify, wait))
                continue
            await self._contactable.wait()
            planned = self._due_at
            if self.account.snapshot_due(self._snapshot_clock()):
                answered = await self._take_snapshot()
                following_look = AFTER_EXIT if self._exit_is_fresh() else None
                again = following_look if answered else self._backoff.next_delay()
            else:
                again = self._cost_pause()
            if self._due_at == planned:
                self._due_at = None
                if again is not None:
                    self._plan(again)
            self._on_news()

    def _snapshot_clock(self) -> SnapshotClock:
        now = self._clock.monotonic()
        return SnapshotClock(
            quiet=now - self._active_at,
            since_exit=None if self._ended_at is None else now - self._ended_at,
            since_snapshot=None if self._asked_at is None else now - self._asked_at,
            download=self._download,
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
        pause = self._asked_at + max(LEAST, COST * self._download) - self._clock.monotonic()
        return pause if pause > 0 else None

    async def _take_snapshot(self) -> bool:
        """Read a snapshot and settle the account with it; False when none was to be had."""
        async with self._asking:
            finished = self.process.is_finished
            received = self.buffer.appended_total
            self._asked_at = self._clock.monotonic()
            try:
                snapshot: OutputSnapshot = await self._api.snapshot(
                    self.process.ref, self.stream, held=self.account.snapshot_requested()
                )
            except BoxscopeError as error:
                self.error = one_line(error.message)
                return False
            self._download = self._clock.monotonic() - self._asked_at
            self.is_verified = self.buffer.appended_total == received
            self.account.snapshot(snapshot, process_finished=finished)
            await self._search()
        self._on_news()
        return True

    # ---------------------------------------------------------------- tracebacks

    async def _search(self, *, is_end: bool = False) -> None:
        """Look for tracebacks in what is new; from the start again where lines were inserted or replaced."""
        if self.buffer.generation != self._searched_generation:
            self._searched_generation = self.buffer.generation
            self._searched_lines = 0
            self.found.reset()
        while self._searched_lines < self.buffer.line_count:
            number = max(self._searched_lines, self.buffer.dropped_lines) + 1
            start = self.buffer.position_of_line(number)
            if start is None:
                break
            lines = self.buffer.raw_lines(start, start + SLICE)
            if not lines:
                break
            self.found.extend(lines)
            self._searched_lines = number - 1 + len(lines)
            if len(lines) >= SLICE:
                await asyncio.sleep(0)
                if self.buffer.generation != self._searched_generation:
                    return await self._search(is_end=is_end)
        if is_end:
            self.found.flush()
        self._note_errors()
        return None

    def _note_errors(self) -> None:
        uncaught: list[Traceback] = [block for block in self.found.all if not block.handled]
        headline = one_line(uncaught[-1].headline, 300) if uncaught else ""
        if len(uncaught) != self.uncaught or headline != self.last_error:
            self.uncaught, self.last_error = len(uncaught), headline
            self._has_error_news = True

    def _set_state(self, state: StreamState) -> None:
        if state is not self.state:
            self.state = state
            if state in (StreamState.FOLLOWING, StreamState.POLLING):
                self.error = ""
            self._on_news()

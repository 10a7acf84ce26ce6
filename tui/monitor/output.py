"""One output stream of one process run: followed or polled, verified by snapshots, kept in an accounted buffer.

Three tasks share it: the reader here, which takes lines from the follow stream, or from snapshots where following is
not to be had; the verifier, which compares what came with the server's log; and one that looks for tracebacks, at once
where little comes and behind the reader where much does.

Longer than other modules: the states of one stream, whose transitions make sense only beside each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from tui.core.accounting import OutputAccount, StreamEnd
from tui.core.backoff import Backoff
from tui.core.blocks import BlockStore
from tui.core.budget import DiskBudget
from tui.core.buffer import LineBuffer
from tui.core.errors import (
    ApiError,
    AuthError,
    BoxscopeError,
    ConnectionFailed,
    NotFoundError,
    NotRunning,
    ProtocolError,
)
from tui.core.found import TracebackIndex
from tui.core.models import Process, Stream, StreamBatch
from tui.core.ports import SandboxApi
from tui.core.profile import Transport
from tui.core.streamstate import StreamState
from tui.core.text import one_line
from tui.core.verdict import Verdict
from tui.monitor.clock import Clock
from tui.monitor.pacing import NewsPacing
from tui.monitor.traceback_search import TracebackSearch
from tui.monitor.verifier import AFTER_EXIT, Verifier

LONGEST_POLL = 60.0
"""Seconds between two polls at most."""
POLL_COST = 10.0
"""Multiple of its own duration that a poll must be apart from the next."""


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
        budget: DiskBudget,
        random_source: Callable[[], float],
        on_news: Callable[[], None],
        on_end: Callable[[], None],
        poll_interval: float,
    ) -> None:
        """``on_end`` is called when the server says that the stream is finished: the list is worth another look."""
        self._api = api
        self.process = process
        self.stream = stream
        self._transport = transport
        self._contactable = contactable
        self._confirm_contact = confirm_contact
        self._clock = clock
        self._backoff = Backoff(random_source)
        self._pacing = NewsPacing(on_news)
        self._on_end = on_end
        self._poll_interval = poll_interval
        self._last_line_at: int | None = None
        self._is_gone = False
        self._hurry = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None
        self.buffer = LineBuffer(store, budget=budget, on_dropped=lambda: self._pacing.lines_came(0))
        self.account = OutputAccount(self.buffer)
        self.tracebacks = TracebackSearch(self.buffer)
        self.state = StreamState.WAITING
        self._error = ""
        self._verifier = Verifier(
            api,
            process.ref,
            stream,
            self.account,
            clock=clock,
            backoff=Backoff(random_source),
            contactable=contactable,
            has_ended=lambda: self.process.is_finished,
            on_settled=self._settled,
        )

    # ---------------------------------------------------------------- what is known

    @property
    def verdict(self) -> Verdict:
        """What the account can vouch for."""
        return self.account.verdict

    @property
    def found(self) -> TracebackIndex:
        """The tracebacks in it."""
        return self.tracebacks.found

    @property
    def error(self) -> str:
        """What went wrong last, cleaned; empty while all is well."""
        return self._error or self._verifier.error

    @property
    def is_verified(self) -> bool:
        """True once a snapshot was read after the latest line, and all lines were looked through for tracebacks."""
        return self._verifier.is_current and not self.tracebacks.behind

    @property
    def is_over(self) -> bool:
        """True when nothing more will come, and that has been verified as far as it can be."""
        return self.state.is_over and self._verifier.is_idle and not self.tracebacks.behind

    @property
    def is_behind(self) -> bool:
        """True while lines wait to be looked through for tracebacks, or news of them to be told."""
        return self.tracebacks.behind > 0 or self._pacing.is_pending

    def silent_ms(self, now_ms: int) -> int | None:
        """How long the process has written nothing that we saw; None before the first line with a time."""
        return None if self._last_line_at is None else now_ms - self._last_line_at

    def process_seen(self, process: Process | None) -> None:
        """The process list was read again; None: it holds this run no more."""
        self._is_gone = process is None or process.key != self.process.key
        if process is None or self._is_gone:
            return
        process = _with_own_number(process, self.process)
        just_ended = process.is_finished and not self.process.is_finished
        self.process = process
        if just_ended:
            self._verifier.process_ended()
            self._hurry.set()
            if self.state is StreamState.CAPTURE_ENDED:
                # Its end was not known yet when the stream ended.
                self._set_state(StreamState.ENDED)

    def use(self, api: SandboxApi) -> None:
        """Read through ``api`` from the next request on: the way to the sandbox changed."""
        self._api = api
        self._verifier.use(api)

    def retry(self) -> None:
        """Do not wait for the next attempt; read once more what has failed or ended."""
        self._hurry.set()
        self._verifier.plan(0.0)

    def close(self) -> None:
        """Give the disk space back."""
        self._pacing.stop()
        self.buffer.close()

    # ---------------------------------------------------------------- the reader

    async def run(self) -> None:
        """Read until the stream is over, and again when that is asked for; expected errors become states.

        It returns only by being cancelled.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._verifier.run())
            tasks.create_task(self.tracebacks.keep_up(lambda: self._pacing.lines_came(0)))
            while True:
                self._reader = tasks.create_task(self._keep_reading())
                await asyncio.wait((self._reader,))
                if not self._reader.cancelled():
                    return
                # It was let go: the next reader waits for contact.
                self._set_state(StreamState.WAITING)

    async def _keep_reading(self) -> None:
        while True:
            await self._read()
            self._hurry.clear()
            await self._hurry.wait()
            if self.state is not StreamState.ENDED:
                self._set_state(StreamState.WAITING)

    def let_go(self) -> None:
        """Close the connection now; reading goes on when contact is allowed again."""
        if self._reader is not None and not self.state.is_over:
            self._reader.cancel()

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
            await self._follow()
        except asyncio.CancelledError:
            self.account.stream_closed(StreamEnd.LOST)
            raise
        except (ConnectionFailed, NotRunning) as error:
            self.account.stream_closed(StreamEnd.LOST)
            self._error = one_line(error.message)
        except AuthError as error:
            self.account.stream_closed(StreamEnd.FAILED)
            self._error = one_line(error.message)
            self._set_state(StreamState.FAILED)
        except (ProtocolError, ApiError) as error:
            self.account.stream_closed(StreamEnd.FAILED)
            self._error = one_line(error.message)
            if self._transport is Transport.AUTO and _is_refusal_to_follow(error):
                return False
        if not self.state.is_over:
            await self._pause_before_retry()
        return True

    async def _follow(self) -> None:
        """Read one connection to its end. Raises BoxscopeError."""
        async with self._api.follow(self.process.ref, self.stream) as batches:
            self.account.stream_opened()
            self._set_state(StreamState.FOLLOWING)
            self._verifier.activity()
            async for batch in batches:
                await self._take(batch)
        await self._stream_ended()

    async def _pause_before_retry(self) -> None:
        self._set_state(StreamState.RECONNECTING)
        await self._clock.wait(self._hurry, self._backoff.next_delay())
        self._hurry.clear()
        await self._confirm_contact()

    async def _take(self, batch: StreamBatch) -> None:
        before = self.buffer.line_count
        self.account.stream_batch(batch)
        if self.buffer.line_count != before:
            self._backoff.reset()
            self._verifier.activity()
            if batch.timestamps and batch.timestamps[-1]:
                self._last_line_at = batch.timestamps[-1]
        self.tracebacks.lines_came()
        self._pacing.lines_came(len(batch.lines))
        # The next batch may be there already; others have their turn before it.
        await asyncio.sleep(0)

    async def _stream_ended(self) -> None:
        """After ``eof``: did the process end, is it unknown, or did only the capture end?"""
        self.account.stream_closed(StreamEnd.EOF)
        self._on_end()
        self._error = ""
        await self.tracebacks.catch_up(is_end=True)
        is_known = await self._look_at_process()
        # Planned before the state says that the stream is over: until the look it is not the end of the account.
        self._verifier.plan(0.0)
        if is_known is False and self.buffer.line_count == 0:
            self._set_state(StreamState.UNKNOWN_PROCESS)
        elif is_known and not self.process.is_finished:
            self._set_state(StreamState.CAPTURE_ENDED)
        else:
            self._set_state(StreamState.ENDED)

    async def _look_at_process(self) -> bool | None:
        """Ask for the process itself, since output calls answer for unknown ones too. None: it could not be told."""
        try:
            self.process_seen(await self._api.process(self.process.ref))
        except NotFoundError:
            return False
        except BoxscopeError:
            return None
        return not self._is_gone

    async def _poll(self) -> None:
        """Snapshots instead of a stream; the wait grows with their cost and while nothing changes."""
        patience = 1.0
        while True:
            await self._contactable.wait()
            before = self.buffer.line_count
            is_last = self.process.is_finished or self._is_gone
            if not await self._verifier.take_snapshot():
                await self._pause_before_retry()
                continue
            self._backoff.reset()
            self._error = ""
            if is_last:
                # One snapshot shows a log, a second that nothing more comes.
                await self._clock.sleep(self._drain_time())
                await self._verifier.take_snapshot()
                await self._poll_ended()
                return
            self._set_state(StreamState.POLLING)
            patience = 1.0 if self.buffer.line_count != before else min(4.0, patience * 2)
            pause = max(self._poll_interval * patience, POLL_COST * self._verifier.last_cost)
            self._hurry.clear()
            await self._clock.wait(self._hurry, min(LONGEST_POLL, pause))

    def _drain_time(self) -> float:
        """Seconds until what was in the pipe when the process ended must have reached the log."""
        ended = self.process.ended_at
        since = (self._clock.now_ms() - ended) / 1000 if ended else 0.0
        return min(AFTER_EXIT, max(0.0, AFTER_EXIT - since))

    async def _poll_ended(self) -> None:
        """The process is over, or gone from the list, and its log was read after that."""
        await self.tracebacks.catch_up(is_end=True)
        is_unknown = self.buffer.line_count == 0 and self._is_gone and await self._look_at_process() is False
        self._set_state(StreamState.UNKNOWN_PROCESS if is_unknown else StreamState.ENDED)

    async def _settled(self) -> None:
        """A snapshot was taken into the account."""
        if self.state.is_over:
            await self.tracebacks.catch_up(is_end=True)
        else:
            self.tracebacks.lines_came()
        self._pacing.tell_now()

    def _set_state(self, state: StreamState) -> None:
        if state is not self.state:
            self.state = state
            if state in (StreamState.FOLLOWING, StreamState.POLLING):
                self._error = ""
            self._pacing.tell_now()


def _with_own_number(run: Process, before: Process) -> Process:
    """``run`` with the restart count that it had first: the server tells that of its managed process as it is now."""
    now, then = run.managed, before.managed
    if now is None or then is None or now.restart_count <= then.restart_count:
        return run
    return replace(run, managed=replace(now, restart_count=then.restart_count))


def _is_refusal_to_follow(error: BoxscopeError) -> bool:
    """True where the server answered, and what it said about following will not change by asking again."""
    return isinstance(error, ProtocolError) or (
        isinstance(error, ApiError) and error.status in (404, 405, 406, 500, 501)
    )

"""One watched sandbox over time: its status, our contact with it, its processes, and whose output is read.

The rule that shapes it: a request to a sandbox counts as activity, resets its idle clock and may wake it. So the status
comes from the control plane, and the sandbox itself is asked only while it is running and the user watches it. Where a
profile names the sandbox's URL there is no control plane to ask; naming it is taken as the wish to contact it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from tui.core.backoff import Backoff
from tui.core.blocks import BlockStore, MemoryBlocks
from tui.core.contact import Contact, ContactState
from tui.core.errors import (
    ApiError,
    AuthError,
    BoxscopeError,
    NotFoundError,
    NotRunning,
    RateLimited,
)
from tui.core.failures import Evidence, judge
from tui.core.models import Process, ProcessKey, ProcessList, Sandbox, SandboxStatus, Stream
from tui.core.ports import Connection, SandboxApi
from tui.core.processes import ProcessRow, in_order
from tui.core.profile import Profile, Watch
from tui.monitor.clock import Clock
from tui.monitor.events import Event, Listener, OutputChanged, ProcessesChanged, SandboxChanged
from tui.monitor.output import OutputMonitor
from tui.monitor.restarts import RestartCounter

CONTROL_INTERVAL = 10.0
"""Seconds between two looks at the control plane while the sandbox answers."""
IDLE_INTERVAL = 5.0
"""Seconds between two looks at the control plane while the sandbox may not be contacted."""
STALE_AFTER_MS = 10_000
"""Age of the last answer from which on states count as unknown."""
MAX_FOLLOWED = 32
"""Processes whose stderr is read without being selected."""


class SandboxMonitor:
    """Watches one sandbox through a connection until it is closed. Everything runs on one event loop."""

    def __init__(
        self,
        connection: Connection,
        target: str = "",
        *,
        clock: Clock | None = None,
        listener: Listener | None = None,
        new_store: Callable[[], BlockStore] = MemoryBlocks,
        random_source: Callable[[], float] = random.random,
    ) -> None:
        """``target`` is the id or name of the sandbox; empty: the one that the profile names."""
        self._connection = connection
        self._target = target or connection.profile.sandbox
        self._clock = clock or Clock()
        self._listeners: list[Listener] = [listener] if listener else []
        self._new_store = new_store
        self._random = random_source
        self._backoff = Backoff(random_source)
        self._api: SandboxApi | None = None
        self._wake = asyncio.Event()
        self._contactable = asyncio.Event()
        self._tasks: dict[tuple[ProcessKey, Stream], asyncio.Task[None]] = {}
        self._control_at = float("-inf")
        self._restarts = RestartCounter()
        self._signals_sent: dict[ProcessKey, int] = {}
        self._processes: tuple[Process, ...] = ()
        self._rows: list[ProcessRow] = []
        self._slow_down = 1.0
        self._listed_at = 0
        self._bug: BaseException | None = None
        self._selected: tuple[ProcessKey, Stream] | None = None
        self.sandbox: Sandbox | None = None
        self.contact = Contact()
        self.rejected_records = 0
        self.unknown_fields: set[str] = set()
        self.outputs: dict[tuple[ProcessKey, Stream], OutputMonitor] = {}
        self.has_listed = False
        """True once a process list has come."""

    # ---------------------------------------------------------------- what is known

    @property
    def profile(self) -> Profile:
        """The profile that is watched."""
        return self._connection.profile

    @property
    def credential_source(self) -> str:
        """Where the credential came from, in words."""
        return self._connection.credential_source

    @property
    def rows(self) -> list[ProcessRow]:
        """The processes as the list shows them, worst first."""
        return self._rows

    def row(self, key: ProcessKey) -> ProcessRow | None:
        """The row of one process; None where the list does not hold it."""
        return next((row for row in self._rows if row.key == key), None)

    def runs(self, process: Process) -> list[ProcessKey]:
        """The runs of a managed process whose output is held or can be read, oldest first."""
        found = {output.process.key for output in self.outputs.values() if output.process.lineage == process.lineage}
        found.update(known.key for known in self._processes if known.lineage == process.lineage)
        return sorted(found, key=lambda key: key.started_at)

    def find(self, text: str) -> ProcessRow | None:
        """The process that ``text`` names: a managed name (its latest run), or a pid (its latest holder)."""
        found = [row for row in self._rows if text in (row.process.name, str(row.process.pid))]
        return max(found, key=lambda row: row.process.started_at, default=None)

    def subscribe(self, listener: Listener) -> None:
        """Call ``listener`` with every event from now on."""
        self._listeners.append(listener)

    def _tell(self, event: Event) -> None:
        for listener in self._listeners:
            listener(event)

    # ---------------------------------------------------------------- the loop

    async def run(self) -> None:
        """Watch until cancelled; errors become contact states."""
        try:
            while True:
                delay = await self._look()
                self._judge_again()
                await self._clock.wait(self._wake, delay)
                self._wake.clear()
        finally:
            await self._stop_outputs()

    def refresh(self) -> None:
        """Look at once, whatever wait is under way."""
        self._control_at = float("-inf")
        self._slow_down = 1.0
        self._wake.set()

    def release(self) -> None:
        """Stop contacting the sandbox, so that it may go to sleep."""
        self._set_contact(ContactState.RELEASED)
        self._wake.set()

    def watch_again(self) -> None:
        """Contact it again, if it is running."""
        if self.contact.state is ContactState.RELEASED:
            self._set_contact(ContactState.CONNECTING)
            self.refresh()

    async def _look(self) -> float:
        """One round; returns the seconds until the next."""
        if self._bug is not None:
            raise self._bug
        if self._is_released():
            return IDLE_INTERVAL
        try:
            if not await self._status_allows_contact():
                return IDLE_INTERVAL
            api = self._api
            assert api is not None
            listing = await api.processes()
        except BoxscopeError as error:
            return self._failed(error)
        if self._is_released():
            return IDLE_INTERVAL
        self._backoff.reset()
        self._set_contact(ContactState.LIVE, answered=True)
        self._listed_at = self._clock.now_ms()
        self._take(listing)
        interval = self.profile.refresh_interval * self._slow_down
        self._slow_down = max(1.0, self._slow_down / 2)
        return interval

    def _is_released(self) -> bool:
        """The user can let go at any moment, also while an answer is awaited."""
        return self.contact.state is ContactState.RELEASED

    async def _status_allows_contact(self) -> bool:
        """Ask the control plane where that is due; True when the sandbox may be contacted, its API then being known."""
        control = self._connection.control
        if control is None:
            if self.sandbox is None:
                self.sandbox = self._connection.direct_sandbox()
                self._api = self._connection.sandbox_api(self.sandbox)
                self._tell(SandboxChanged())
            return True
        is_due = self._clock.monotonic() - self._control_at >= CONTROL_INTERVAL
        if self.sandbox is None or is_due or not self.contact.is_live:
            before = self.sandbox
            self.sandbox = await control.sandbox(before.id if before else self._target)
            self._control_at = self._clock.monotonic()
            if self._api is None or before is None or _route(before) != _route(self.sandbox):
                self._api = self._connection.sandbox_api(self.sandbox) if _may_contact(self.sandbox) else None
            if before != self.sandbox:
                self._tell(SandboxChanged())
        if _may_contact(self.sandbox):
            return True
        self._set_contact(_resting_state(self.sandbox.state), answered=True)
        return False

    def _failed(self, error: BoxscopeError) -> float:
        """Turn an error into a contact state; returns the seconds until the next attempt."""
        self._control_at = float("-inf")
        delay = self._backoff.next_delay()
        state = ContactState.OFFLINE
        if isinstance(error, AuthError):
            state, delay = ContactState.REFUSED, 30.0
        elif isinstance(error, NotFoundError) and self._connection.control is not None:
            state, delay = ContactState.GONE, 30.0
        elif isinstance(error, NotRunning) or (isinstance(error, ApiError) and error.code == "SANDBOX_NOT_READY"):
            state = ContactState.STARTING
        elif isinstance(error, RateLimited):
            self._slow_down = min(16.0, self._slow_down * 2)
            delay = max(delay, error.retry_after or 0.0, self.profile.refresh_interval * self._slow_down)
        self._set_contact(state, error=error, retry_in=delay)
        return delay

    def _set_contact(
        self,
        state: ContactState,
        *,
        answered: bool = False,
        error: BoxscopeError | None = None,
        retry_in: float | None = None,
    ) -> None:
        now = self._clock.now_ms()
        before = self.contact
        self.contact = Contact(
            state,
            now if answered else before.last_answer_at,
            error.message if error else "",
            error.hint if error else "",
            now + int(retry_in * 1000) if retry_in is not None else None,
        )
        if state is ContactState.LIVE:
            self._contactable.set()
        else:
            self._contactable.clear()
        if before.state is not state or before.error != self.contact.error:
            self._tell(SandboxChanged())

    # ---------------------------------------------------------------- processes

    def _take(self, listing: ProcessList) -> None:
        if listing.unchanged and self.has_listed:
            self._survey()
            return
        now = self._clock.now_ms()
        self.has_listed = True
        self.rejected_records = listing.rejected
        self._processes = listing.processes
        for process in listing.processes:
            self._restarts.see(process, now)
            self.unknown_fields.update(process.unknown_fields)
        by_key = {process.key: process for process in listing.processes}
        for (key, _), output in self.outputs.items():
            output.process_seen(by_key.get(key))
        self._survey()

    def _judge_again(self) -> None:
        """Recompute the rows; tell only where something visible changed."""
        now = self._clock.now_ms()
        is_lost = not self.contact.is_live and now - self._listed_at > STALE_AFTER_MS
        rows = in_order(self._row_of(process, now, is_lost=is_lost) for process in self._processes)
        if rows != self._rows or not self._rows:
            self._rows = rows
            self._tell(ProcessesChanged())

    def _row_of(self, process: Process, now: int, *, is_lost: bool) -> ProcessRow:
        output = self.outputs.get((process.key, Stream.STDERR))
        evidence = Evidence(
            uncaught=output.uncaught if output else 0,
            recent_restarts=self._restarts.recent(process, now),
            contact_lost=is_lost and not process.is_finished,
            signal_sent=self._signals_sent.get(process.key),
            silent_ms=output.silent_ms(now) if output else None,
        )
        verdict = judge(process, evidence, success_exit_codes=self.profile.success_exit_codes)
        return ProcessRow(process, verdict, output.last_error if output else "", evidence.uncaught)

    # ---------------------------------------------------------------- output

    def select(self, key: ProcessKey, stream: Stream = Stream.STDERR) -> OutputMonitor | None:
        """The output of one process, read from now on if it was not yet; None for a process not in the list."""
        row = self.row(key)
        chosen = (key, stream)
        if row is None and chosen not in self.outputs:
            return None
        if self._selected and self._selected != chosen and self._selected in self.outputs:
            self.outputs[self._selected].is_selected = False
        self._selected = chosen
        output = self.outputs.get(chosen) or (self._open_output(row.process, stream) if row else None)
        if output:
            output.is_selected = True
        return output

    def _survey(self) -> None:
        """Read the stderr of the processes that matter most, up to the bound."""
        if self.profile.watch is not Watch.LISTED or self._api is None:
            return
        by_interest = sorted(
            self._processes,
            key=lambda p: (not p.is_running, p.exit_code == 0 and not p.signal, -(p.ended_at or p.started_at)),
        )
        for process in by_interest[:MAX_FOLLOWED]:
            if (process.key, Stream.STDERR) not in self.outputs:
                self._open_output(process, Stream.STDERR)
        self._close_idle_outputs()

    def _open_output(self, process: Process, stream: Stream) -> OutputMonitor | None:
        if self._api is None:
            return None
        chosen = (process.key, stream)
        output = OutputMonitor(
            self._api,
            process,
            stream,
            transport=self.profile.transport,
            contactable=self._contactable,
            confirm_contact=self._confirm_contact,
            clock=self._clock,
            store=self._new_store(),
            random_source=self._random,
            on_news=lambda: self._output_news(chosen),
            poll_interval=self.profile.refresh_interval,
        )
        self.outputs[chosen] = output
        self._tasks[chosen] = asyncio.create_task(output.run(), name=f"{stream.value} of {process.pid}")
        self._tasks[chosen].add_done_callback(self._output_done)
        return output

    def _output_done(self, task: asyncio.Task[None]) -> None:
        """An output monitor turns expected errors into states; anything else must not vanish with its task."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self._bug = error
            self._wake.set()

    def _output_news(self, chosen: tuple[ProcessKey, Stream]) -> None:
        output = self.outputs.get(chosen)
        if output and output.take_error_news():
            self._judge_again()
        self._tell(OutputChanged(*chosen))

    async def _confirm_contact(self) -> None:
        """Before a stream is opened again: let the loop ask the control plane, and wait until contact is allowed."""
        self._control_at = float("-inf")
        if self.contact.is_live:
            self._contactable.clear()
            self._wake.set()
        await self._contactable.wait()

    def _close_idle_outputs(self) -> None:
        """Let go of outputs beyond twice the bound: those longest finished, never the selected one."""
        spare = len(self.outputs) - 2 * MAX_FOLLOWED
        if spare <= 0:
            return
        finished = [
            (output.process.ended_at or 0, chosen)
            for chosen, output in self.outputs.items()
            if chosen != self._selected and output.is_over
        ]
        for _, chosen in sorted(finished, key=lambda item: item[0])[:spare]:
            self._tasks.pop(chosen).cancel()
            self.outputs.pop(chosen).close()

    async def _stop_outputs(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._tasks.clear()
        for output in self.outputs.values():
            output.close()

    # ---------------------------------------------------------------- actions

    async def signal(self, key: ProcessKey, number: int) -> None:
        """Send a signal to the very run that ``key`` names. Raises BoxscopeError; NotFoundError where it is gone."""
        api, process = self._actionable(key)
        await api.signal(process.ref, number)
        self._signals_sent[key] = number
        self.refresh()

    async def kill(self, key: ProcessKey) -> None:
        """Kill it. That it had already ended is no failure. Raises BoxscopeError."""
        api, process = self._actionable(key)
        try:
            await api.kill(process.ref)
            self._signals_sent[key] = 9
        except ApiError as error:
            if error.status not in (404, 500) or not await self._has_ended(api, process):
                raise
        self.refresh()

    async def restart(self, key: ProcessKey) -> Process:
        """Restart a managed process. Raises BoxscopeError."""
        api, process = self._actionable(key)
        if not process.managed:
            raise NotFoundError(
                f"process {process.pid} is not managed",
                "only processes started with a restart policy can be restarted",
                status=404,
            )
        restarted = await api.restart(process.name or process.ref)
        self.refresh()
        return restarted

    async def write_stdin(self, key: ProcessKey, content: bytes) -> None:
        """Queue bytes for its standard input. Raises BoxscopeError."""
        api, process = self._actionable(key)
        await api.write_stdin(process.ref, content)

    def _actionable(self, key: ProcessKey) -> tuple[SandboxApi, Process]:
        row = self.row(key)
        if row is None or self._api is None:
            raise NotFoundError(f"process {key.pid} is no longer in the list", "press r to look again", status=404)
        return self._api, row.process

    @staticmethod
    async def _has_ended(api: SandboxApi, process: Process) -> bool:
        try:
            now = await api.process(process.ref)
        except NotFoundError:
            return True
        return now.key != process.key or now.is_finished


def _may_contact(sandbox: Sandbox) -> bool:
    return sandbox.state.may_be_contacted and not sandbox.archived


def _route(sandbox: Sandbox) -> tuple[object, ...]:
    return (sandbox.id, sandbox.sandbox_url, sandbox.ingress_endpoint, sandbox.routing_hint, _may_contact(sandbox))


def _resting_state(status: SandboxStatus) -> ContactState:
    """The contact state that fits a sandbox that may not be contacted."""
    if status in (SandboxStatus.PENDING, SandboxStatus.SNAPSHOTTING):
        return ContactState.STARTING
    return ContactState.OVER if status.is_over else ContactState.ASLEEP

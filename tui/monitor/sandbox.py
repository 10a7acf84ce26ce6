"""One watched sandbox over time: its status, our contact with it, its processes, and whose output is read.

The rule that shapes it: a request to a sandbox counts as activity, resets its idle clock and may wake it. So the status
comes from the control plane, and the sandbox itself is asked only while it is running and the user watches it. Where a
profile names the sandbox's URL there is no control plane to ask; naming it is taken as the wish to contact it.

Longer than other files: contact, list and permission to contact are one state machine, which must be read together.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable

from tui.core.backoff import Backoff
from tui.core.blocks import BlockStore, MemoryBlocks
from tui.core.budget import DiskBudget
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
from tui.core.profile import Profile
from tui.monitor.actions import Actions
from tui.monitor.clock import Clock
from tui.monitor.events import Event, Listener, OutputChanged, ProcessesChanged, SandboxChanged
from tui.monitor.output import OutputMonitor
from tui.monitor.outputs import Outputs
from tui.monitor.restarts import RestartCounter

CONTROL_INTERVAL = 10.0
"""Seconds between two looks at the control plane while the sandbox answers."""
IDLE_INTERVAL = 5.0
"""Seconds between two looks at the control plane while the sandbox may not be contacted."""
STALE_AFTER_MS = 10_000
"""Age of the last answer from which on states count as unknown."""


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
        budget: DiskBudget | None = None,
        random_source: Callable[[], float] = random.random,
    ) -> None:
        """``target`` is the id or name of the sandbox; empty: the one that the profile names.

        ``budget`` bounds the outputs of all sandboxes that share it; None: those of this one.
        """
        self._connection = connection
        self._target = target or connection.profile.sandbox
        self._clock = clock or Clock()
        self._listeners: list[Listener] = [listener] if listener else []
        self._backoff = Backoff(random_source)
        self._api: SandboxApi | None = None
        self._wake = asyncio.Event()
        self._contactable = asyncio.Event()
        self._control_at = float("-inf")
        self._restarts = RestartCounter()
        self._processes: tuple[Process, ...] = ()
        self._rows: list[ProcessRow] = []
        self._rows_by_pid: dict[int, list[ProcessRow]] = {}
        self._row_of_record: dict[int, ProcessRow] = {}
        self._judged: tuple[Process, ...] | None = None
        self._managed: set[int] = set()
        self._was_lost = False
        self._slow_down = 1.0
        self._listed_at = 0
        self._bug: BaseException | None = None
        self._outputs = Outputs(
            connection.profile,
            clock=self._clock,
            new_store=new_store,
            budget=budget or DiskBudget(),
            random_source=random_source,
            contactable=self._contactable,
            confirm_contact=self._confirm_contact,
            on_news=lambda key, stream: self._tell(OutputChanged(key, stream)),
            on_errors=self._judge_again,
            on_end=self._wake.set,
            on_bug=self._found_bug,
        )
        self.actions = Actions(self._actionable, self.refresh)
        """What can be done to its processes."""
        self.sandbox: Sandbox | None = None
        self.contact = Contact()
        self.rejected_records = 0
        self.unknown_fields: set[str] = set()
        self.has_listed = False
        """True once a process list has come."""

    # ---------------------------------------------------------------- what is known

    @property
    def profile(self) -> Profile:
        """The profile that is watched."""
        return self._connection.profile

    @property
    def api(self) -> SandboxApi | None:
        """The way to the sandbox; None while it may not be contacted."""
        return self._api if self.contact.is_live else None

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
        return next((row for row in self._rows_by_pid.get(key.pid, ()) if row.key == key), None)

    def runs(self, process: Process) -> list[ProcessKey]:
        """The runs of a managed process whose output is held or can be read, oldest first."""
        if process.managed is None:
            return [process.key]
        found = self._outputs.runs(process)
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
            await self._outputs.stop()

    def refresh(self) -> None:
        """Look at once, whatever wait is under way."""
        self._control_at = float("-inf")
        self._slow_down = 1.0
        self._wake.set()

    def release(self) -> None:
        """Stop contacting the sandbox, so that it may go to sleep."""
        self._set_contact(ContactState.RELEASED)
        self._outputs.let_go()
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
                self._use(self._connection.sandbox_api(self.sandbox))
                self._tell(SandboxChanged())
            return True
        is_due = self._clock.monotonic() - self._control_at >= CONTROL_INTERVAL
        if self.sandbox is None or is_due or not self.contact.is_live:
            before = self.sandbox
            self.sandbox = await control.sandbox(before.id if before else self._target)
            self._control_at = self._clock.monotonic()
            if self._api is None or before is None or _route(before) != _route(self.sandbox):
                self._use(self._connection.sandbox_api(self.sandbox) if _may_contact(self.sandbox) else None)
            if before != self.sandbox:
                self._tell(SandboxChanged())
        if _may_contact(self.sandbox):
            return True
        self._set_contact(_resting_state(self.sandbox.state), answered=True)
        if self.contact.state is ContactState.ASLEEP:
            self._outputs.let_go()
        return False

    def _use(self, api: SandboxApi | None) -> None:
        self._api = api
        self._outputs.use(api)

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
            return
        now = self._clock.now_ms()
        self.has_listed = True
        self.rejected_records = listing.rejected
        self._processes = listing.processes
        for process in listing.processes:
            known = self._row_of_record.get(id(process))
            if known is None or known.process is not process:
                self._restarts.see(process, now)
                self.unknown_fields.update(process.unknown_fields)
        self._outputs.take(listing.processes)

    def _judge_again(self) -> None:
        """Recompute the rows; tell only where something visible changed.

        With thousands of processes nearly all are as they were. Looked at again are those of which an output, a restart
        or a signal may tell more, those whose record is new, and all of them when contact was lost or found.
        """
        now = self._clock.now_ms()
        is_lost = not self.contact.is_live and now - self._listed_at > STALE_AFTER_MS
        is_new = self._processes is not self._judged or is_lost is not self._was_lost
        known = self._row_of_record if is_lost is self._was_lost else {}
        self._judged, self._was_lost = self._processes, is_lost
        if is_new:
            self._managed = {id(process) for process in self._processes if process.managed is not None}
        restless = self._managed.union(id(output.process) for output in self._outputs.held.values())
        if is_new:
            fresh: dict[int, ProcessRow] = {}
            for process in self._processes:
                identity = id(process)
                row = known.get(identity)
                # The row holds its record, so that an identity cannot have passed to another one.
                if row is None or row.process is not process or identity in restless:
                    row = self._row_of(process, now, is_lost=is_lost)
                fresh[identity] = row
        else:
            looked_at = {identity: known[identity] for identity in restless if identity in known}
            news = {
                identity: row
                for identity, before in looked_at.items()
                if (row := self._row_of(before.process, now, is_lost=is_lost)) != before
            }
            if not news:
                return
            fresh = known | news
        self._row_of_record = fresh
        rows = in_order(fresh.values())
        if rows != self._rows or not rows:
            self._rows = rows
            self._rows_by_pid = {}
            for row in rows:
                self._rows_by_pid.setdefault(row.process.pid, []).append(row)
            self._tell(ProcessesChanged())

    def _row_of(self, process: Process, now: int, *, is_lost: bool) -> ProcessRow:
        output = self.outputs.get((process.key, Stream.STDERR))
        evidence = Evidence(
            uncaught=output.tracebacks.uncaught if output else 0,
            recent_restarts=self._restarts.recent(process, now),
            contact_lost=is_lost and not process.is_finished,
            signal_sent=self.actions.signals_sent.get(process.key),
            silent_ms=output.silent_ms(now) if output else None,
        )
        verdict = judge(process, evidence, success_exit_codes=self.profile.success_exit_codes)
        return ProcessRow(process, verdict, output.tracebacks.headline if output else "", evidence.uncaught)

    # ---------------------------------------------------------------- output

    @property
    def outputs(self) -> dict[tuple[ProcessKey, Stream], OutputMonitor]:
        """The outputs that are held."""
        return self._outputs.held

    def select(self, key: ProcessKey, stream: Stream = Stream.STDERR) -> OutputMonitor | None:
        """The output of one process, read from now on if it was not yet; None for a process that is not known."""
        row = self.row(key)
        if row is not None:
            return self._outputs.select(row.process, stream)
        for either in (stream, stream.other):
            if held := self._outputs.get(key, either):
                return self._outputs.select(held.process, stream)
        return None

    def retain(self, processes: Iterable[Process], stream: Stream) -> list[OutputMonitor]:
        """The outputs of ``processes``, read from now on, and held until this is called again."""
        return self._outputs.retain(processes, stream)

    def _actionable(self, key: ProcessKey) -> tuple[SandboxApi, Process]:
        """The way to the very run that ``key`` names. Raises NotFoundError."""
        row = self.row(key)
        if row is None or self._api is None:
            raise NotFoundError(f"process {key.pid} is no longer in the list", "press r to look again", status=404)
        return self._api, row.process

    async def _confirm_contact(self) -> None:
        """Before a stream is opened again: let the loop ask the control plane, and wait until contact is allowed."""
        self._control_at = float("-inf")
        if self.contact.is_live:
            self._contactable.clear()
            self._wake.set()
        await self._contactable.wait()

    def _found_bug(self, error: BaseException) -> None:
        self._bug = error
        self._wake.set()


def _may_contact(sandbox: Sandbox) -> bool:
    return sandbox.state.may_be_contacted and not sandbox.archived


def _route(sandbox: Sandbox) -> tuple[object, ...]:
    return (sandbox.id, sandbox.sandbox_url, sandbox.ingress_endpoint, sandbox.routing_hint, _may_contact(sandbox))


def _resting_state(status: SandboxStatus) -> ContactState:
    """The contact state that fits a sandbox that may not be contacted."""
    if status in (SandboxStatus.PENDING, SandboxStatus.SNAPSHOTTING):
        return ContactState.STARTING
    return ContactState.OVER if status.is_over else ContactState.ASLEEP

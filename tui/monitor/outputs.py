"""The outputs of one sandbox that are read: the selected one, and those of the processes that matter most."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

from tui.core.blocks import BlockStore
from tui.core.budget import DiskBudget
from tui.core.models import Process, ProcessKey, Stream
from tui.core.ports import SandboxApi
from tui.core.profile import Profile, Watch
from tui.monitor.clock import Clock
from tui.monitor.output import OutputMonitor

MAX_FOLLOWED = 32
"""Processes whose stderr is read without being selected."""
MAX_HELD = 2 * MAX_FOLLOWED
"""Outputs that are held; beyond that, those that ended longest ago are let go."""

Chosen = tuple[ProcessKey, Stream]


class Outputs:
    """Opens and closes output monitors.

    It calls ``on_news`` with the key of an output that changed, ``on_errors`` when what is known of its tracebacks
    changed, ``on_end`` when a stream ended, and ``on_bug`` with an error that nobody expected.
    """

    def __init__(
        self,
        profile: Profile,
        *,
        clock: Clock,
        new_store: Callable[[], BlockStore],
        budget: DiskBudget,
        random_source: Callable[[], float],
        contactable: asyncio.Event,
        confirm_contact: Callable[[], Awaitable[None]],
        on_news: Callable[[ProcessKey, Stream], None],
        on_errors: Callable[[], None],
        on_end: Callable[[], None],
        on_bug: Callable[[BaseException], None],
    ) -> None:
        self._profile, self._clock, self._new_store, self._random = profile, clock, new_store, random_source
        self._contactable, self._confirm_contact = contactable, confirm_contact
        self._on_news, self._on_errors, self._on_end, self._on_bug = on_news, on_errors, on_end, on_bug
        self._budget = budget
        self._api: SandboxApi | None = None
        self._tasks: dict[Chosen, asyncio.Task[None]] = {}
        self._selected: Chosen | None = None
        self._retained: frozenset[Chosen] = frozenset()
        self.held: dict[Chosen, OutputMonitor] = {}

    def use(self, api: SandboxApi | None) -> None:
        """Read through ``api`` from now on."""
        self._api = api
        if api is not None:
            for output in self.held.values():
                output.use(api)

    def let_go(self) -> None:
        """Close every connection now: an open stream counts as activity of the sandbox."""
        for output in self.held.values():
            output.let_go()

    def get(self, key: ProcessKey, stream: Stream) -> OutputMonitor | None:
        """The output if it is read."""
        return self.held.get((key, stream))

    def select(self, process: Process, stream: Stream) -> OutputMonitor | None:
        """The output of ``process``, read from now on if it was not yet; None while there is no way to it."""
        self._selected = (process.key, stream)
        return self.held.get(self._selected) or self._open(process, stream)

    def retain(self, processes: Iterable[Process], stream: Stream) -> list[OutputMonitor]:
        """The outputs of ``processes``, read from now on, and held until this is called again."""
        wanted = {(process.key, stream): process for process in processes}
        self._retained = frozenset(wanted)
        outputs = (self.held.get(chosen) or self._open(process, stream) for chosen, process in wanted.items())
        return [output for output in outputs if output is not None]

    def runs(self, process: Process) -> set[ProcessKey]:
        """Runs of the same managed process whose output is held."""
        return {output.process.key for output in self.held.values() if output.process.lineage == process.lineage}

    def take(self, processes: Iterable[Process]) -> None:
        """The process list was read: tell the outputs, and read the stderr of what matters most, up to the bound."""
        processes = list(processes)
        if self.held:
            pids = {key.pid for key, _ in self.held}
            by_key = {process.key: process for process in processes if process.pid in pids}
            managed = {process.lineage: process for process in processes if process.managed is not None}
            for (key, _), output in self.held.items():
                record = by_key.get(key)
                successor = managed.get(output.process.lineage)
                if record is None and successor is not None and (ended := ended_run(output.process, successor)):
                    output.process_seen(ended)
                else:
                    output.process_seen(record)
        self.survey(processes)

    def survey(self, processes: Iterable[Process]) -> None:
        """Read the stderr of the processes that matter most; close what ended long ago and is beyond the bound."""
        if self._profile.watch is not Watch.LISTED or self._api is None:
            return
        by_interest = heapq.nsmallest(
            MAX_FOLLOWED,
            processes,
            key=lambda p: (not p.is_running, p.exit_code == 0 and not p.signal, -(p.ended_at or p.started_at)),
        )
        wanted = {(process.key, Stream.STDERR): process for process in by_interest}
        for chosen, process in wanted.items():
            if chosen not in self.held:
                self._open(process, Stream.STDERR)
        self._close_spare(keep=wanted.keys() | self._retained | {self._selected})

    def _open(self, process: Process, stream: Stream) -> OutputMonitor | None:
        if self._api is None:
            return None
        chosen = (process.key, stream)
        output = OutputMonitor(
            self._api,
            process,
            stream,
            transport=self._profile.transport,
            contactable=self._contactable,
            confirm_contact=self._confirm_contact,
            clock=self._clock,
            store=self._new_store(),
            budget=self._budget,
            random_source=self._random,
            on_news=lambda: self._news(chosen),
            on_end=lambda: None if process.is_finished else self._on_end(),
            poll_interval=self._profile.refresh_interval,
        )
        self.held[chosen] = output
        task = asyncio.create_task(output.run(), name=f"{stream.value} of {process.pid}")
        self._tasks[chosen] = task
        task.add_done_callback(self._done)
        return output

    def _news(self, chosen: Chosen) -> None:
        output = self.held.get(chosen)
        if output and output.tracebacks.take_news():
            self._on_errors()
        self._on_news(*chosen)

    def _done(self, task: asyncio.Task[None]) -> None:
        """An output monitor turns expected errors into states; anything else must not vanish with its task."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self._on_bug(error)

    def _close_spare(self, keep: Iterable[Chosen | None]) -> None:
        spare = len(self.held) - MAX_HELD
        if spare <= 0:
            return
        kept = set(keep)
        over = [
            (output.process.ended_at or 0, chosen)
            for chosen, output in self.held.items()
            if chosen not in kept and output.is_over
        ]
        for _, chosen in sorted(over, key=lambda item: item[0])[:spare]:
            self._tasks.pop(chosen).cancel()
            self.held.pop(chosen).close()

    async def stop(self) -> None:
        """Stop reading and give the disk space back."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._tasks.clear()
        for output in self.held.values():
            output.close()


def ended_run(run: Process, successor: Process) -> Process | None:
    """``run`` with its end filled in from the ``last_exit`` of the run that followed it; None where that tells nothing.

    A managed process is listed once, as its latest run; how the run before it ended is told there only.
    """
    before, after = run.managed, successor.managed
    if run.is_finished or before is None or after is None or after.last_exit is None:
        return None
    if after.restart_count != before.restart_count + 1:
        return None
    last = after.last_exit
    return replace(
        run,
        status="signaled" if last.signal is not None else "exited",
        exit_code=last.exit_code,
        signal=last.signal,
        oom_killed=last.oom_killed,
        ended_at=last.ended_at,
    )

"""The errors found in what is watched, as groups that are kept up to date while the outputs grow.

It listens to sandbox monitors and costs something only where an output has new tracebacks: then those are looked at,
and no others. The bound on one turn of the loop is :data:`SLICE` tracebacks; the rest follow in later turns.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial

from tui.core.buffer import LineBuffer
from tui.core.failures import Evidence as ProcessEvidence
from tui.core.failures import State, Verdict, judge
from tui.core.fingerprint import Level
from tui.core.group_members import Member, Source, exit_member, report_member
from tui.core.groups import ErrorGroup, ErrorGroups
from tui.core.models import Process, ProcessKey, Stream
from tui.core.tracebacks.model import Traceback
from tui.monitor.events import Event, OutputChanged, ProcessesChanged
from tui.monitor.output import OutputMonitor
from tui.monitor.sandbox import SandboxMonitor

SLICE = 20
"""Tracebacks that are grouped before the loop gets its turn, some 200 microseconds each."""
_OVERLAP = 16
"""Tracebacks before the latest that are looked at again: where several interleave, an earlier one may end later."""
_MEMBERS = 256
"""Latest occurrences of an output that are kept with their tracebacks; earlier ones are made again when asked for."""


@dataclass(slots=True)
class _Looked:
    """How far one output was looked through."""

    monitor: SandboxMonitor
    output: OutputMonitor
    version: int = -1
    resets: int = 0
    recent: deque[int] = field(default_factory=lambda: deque(maxlen=_OVERLAP))
    members: dict[int, tuple[Traceback, Member]] = field(default_factory=dict)
    is_planned: bool = False


class ErrorsFound:
    """Error groups over any number of sandboxes. ``on_news`` is called whenever they changed."""

    def __init__(
        self,
        *,
        muted: Iterable[str] = (),
        level: Level = Level.NORMAL,
        on_news: Callable[[], None] = lambda: None,
    ) -> None:
        self.groups = ErrorGroups(muted=muted, level=level)
        self._on_news = on_news
        self._looked: dict[Source, _Looked] = {}
        self._settled: set[ProcessKey] = set()
        self._monitors: list[SandboxMonitor] = []

    def watch(self, monitor: SandboxMonitor) -> None:
        """Keep the groups up to date with ``monitor``, beginning with what it has found already."""
        self._monitors.append(monitor)
        monitor.subscribe(partial(self._heard, monitor))
        for key, stream in list(monitor.outputs):
            self._heard(monitor, OutputChanged(key, stream))
        self._heard(monitor, ProcessesChanged())

    @property
    def is_behind(self) -> bool:
        """True while lines wait for a turn of the loop to be looked through, or tracebacks to be grouped."""
        if any(looked.is_planned for looked in self._looked.values()):
            return True
        return any(output.is_behind for monitor in self._monitors for output in monitor.outputs.values())

    def groups_for(self, key: ProcessKey) -> list[ErrorGroup]:
        """The groups that one run has a part in, newest failure first."""
        return self.groups.of_process(key)

    def member_of(self, key: ProcessKey, traceback: Traceback, stream: Stream = Stream.STDERR) -> Member | None:
        """The occurrence that a traceback of an output is; None where it is not known (yet)."""
        looked = self._looked.get(Source(key, stream))
        if looked is None:
            return None
        known = looked.members.get(traceback.start)
        if known is not None:
            return known[1]
        is_counted = traceback.start <= max(looked.recent, default=-1)
        return _member(looked.monitor, looked.output, traceback) if is_counted else None

    def group_of(self, key: ProcessKey, traceback: Traceback, stream: Stream = Stream.STDERR) -> ErrorGroup | None:
        """The group that a traceback of an output is in, at the present level; None where it is not known (yet)."""
        member = self.member_of(key, traceback, stream)
        return self.groups.group_of(member) if member else None

    def exit_group_of(self, process: Process, *, success_exit_codes: tuple[int, ...] = (0,)) -> ErrorGroup | None:
        """The group of a failure that printed no traceback."""
        return self.groups.group_of(exit_member(process, _verdict(process, success_exit_codes)))

    # ---------------------------------------------------------------- inside

    def _heard(self, monitor: SandboxMonitor, event: Event) -> None:
        before = self.groups.version
        if isinstance(event, OutputChanged):
            output = monitor.outputs.get((event.key, event.stream))
            if output is not None:
                self._look_through(monitor, output)
                self._settle(monitor, output.process)
        elif isinstance(event, ProcessesChanged):
            for row in monitor.rows:
                # Failing ones come first.
                if not row.verdict.state.is_failing:
                    break
                self._settle(monitor, row.process)
        if self.groups.version != before:
            self._on_news()

    def _look_through(self, monitor: SandboxMonitor, output: OutputMonitor) -> None:
        """Group the tracebacks of ``output`` that are new."""
        found, source = output.found, Source(output.process.key, output.stream)
        looked = self._looked.setdefault(source, _Looked(monitor, output))
        if looked.resets != found.resets:
            self.groups.forget(source)
            self._looked[source] = looked = _Looked(monitor, output, resets=found.resets)
        looked.output = output
        if looked.version == found.version or looked.is_planned:
            return
        still_open = found.open_block
        block = found.next_after(min(looked.recent, default=0) - 1)
        left, counted = SLICE, frozenset(looked.recent)
        while block is not None and left:
            if block is not still_open and block.start not in counted:
                self._count(monitor, output, looked, block)
                left -= 1
            if block is not still_open:
                looked.recent.append(block.start)
            block = found.next_after(block.start)
        if block is not None:
            looked.is_planned = True
            asyncio.get_running_loop().call_soon(self._go_on, monitor, source)
            return
        looked.version = found.version
        self._count_open(monitor, output, looked, still_open)

    def _go_on(self, monitor: SandboxMonitor, source: Source) -> None:
        looked = self._looked.get(source)
        if looked is not None and source.stream is not None:
            looked.is_planned = False
            self._heard(monitor, OutputChanged(source.process, source.stream))

    def _count(self, monitor: SandboxMonitor, output: OutputMonitor, looked: _Looked, block: Traceback) -> None:
        member = _member(monitor, output, block)
        self.groups.add(member)
        if not block.handled:
            self._has_report(output.process.key)
        looked.members[block.start] = (block, member)
        if len(looked.members) > _MEMBERS:
            del looked.members[next(iter(looked.members))]

    def _count_open(
        self, monitor: SandboxMonitor, output: OutputMonitor, looked: _Looked, block: Traceback | None
    ) -> None:
        """Count what is still being printed too: a process that hangs after its error prints nothing more."""
        source = Source(output.process.key, output.stream)
        if block is None:
            self.groups.set_open(source, None)
            return
        member = _member(monitor, output, block)
        looked.members[block.start] = (block, member)
        self.groups.set_open(source, member)
        if not block.handled:
            self._has_report(output.process.key)

    def _has_report(self, key: ProcessKey) -> None:
        self._settled.add(key)
        self.groups.forget(Source(key, None))

    def _settle(self, monitor: SandboxMonitor, process: Process) -> None:
        """Count a failure without a traceback, once its stderr was read to the end or cannot be."""
        key = process.key
        if key in self._settled:
            return
        verdict = _verdict(process, monitor.profile.success_exit_codes)
        if not verdict.state.is_failing or verdict.state in (State.RESTART_LOOP, State.UNHEALTHY):
            return
        output = monitor.outputs.get((key, Stream.STDERR))
        if output is not None and not output.state.is_over:
            return
        looked = self._looked.get(Source(key, Stream.STDERR))
        if output is not None and (looked is None or looked.version != output.found.version):
            self._look_through(monitor, output)
            if key in self._settled or (
                output.tracebacks.uncaught and self._looked[Source(key, Stream.STDERR)].is_planned
            ):
                return
        self._settled.add(key)
        self.groups.add(exit_member(process, verdict, sandbox=_label(monitor)))


def _verdict(process: Process, success_exit_codes: tuple[int, ...]) -> Verdict:
    """How this run ended, whatever the sandbox will do with it next."""
    run = replace(process, managed=None) if process.is_finished and process.managed else process
    return judge(run, ProcessEvidence(), success_exit_codes=success_exit_codes)


def _member(monitor: SandboxMonitor, output: OutputMonitor, block: Traceback) -> Member:
    return report_member(
        block,
        output.process,
        output.stream,
        timestamp=_time_of(output.buffer, block.end),
        sandbox=_label(monitor),
        own_paths=monitor.profile.own_paths,
    )


def _time_of(buffer: LineBuffer, line_index: int) -> int:
    """When a line came, ms; 0: unknown."""
    position = buffer.position_of_line(line_index + 1)
    return 0 if position is None else buffer.row(position).timestamp


def _label(monitor: SandboxMonitor) -> str:
    return monitor.sandbox.label if monitor.sandbox else ""

"""What the main screen shows: which process of the list, which run of it, which of its streams."""

from __future__ import annotations

from collections.abc import Hashable

from tui.core.models import Process, ProcessKey, Stream
from tui.core.processes import ProcessRow
from tui.monitor.output import OutputMonitor
from tui.monitor.sandbox import SandboxMonitor


class Selection:
    """Follows the cursor of the process list by lineage, never by row, and holds an older run that was chosen by hand.

    Methods that may change what is shown answer whether they did.
    """

    def __init__(self, monitor: SandboxMonitor) -> None:
        self._monitor = monitor
        self.lineage: Hashable = None
        """What the runs of the selected row have in common."""
        self._holds_run = False
        self.key: ProcessKey | None = None
        """The run that is shown; None before there is any."""
        self.stream = Stream.STDERR

    def is_of(self, row: ProcessRow) -> bool:
        """Whether a run of this row is shown."""
        return row.lineage == self.lineage

    def follow(self, row: ProcessRow, *, is_being_read: bool) -> bool:
        """Keep to the row under the cursor; its newest run takes over unless an older one is wanted or being read."""
        if self.is_of(row) and (self.key == row.key or self._holds_run or is_being_read):
            return False
        self.choose(row)
        return True

    def choose(self, row: ProcessRow) -> None:
        """Show the run that ``row`` stands for now."""
        self.lineage = row.lineage
        self._holds_run = False
        self.key = row.key

    def show(self, key: ProcessKey, stream: Stream | None = None) -> None:
        """Show this very run, also one that is listed no more."""
        if row := self._monitor.row(key):
            self.choose(row)
        self.key, self.stream = key, stream or self.stream

    def switch_stream(self) -> bool:
        """The other stream."""
        self.stream = self.stream.other
        return self.key is not None

    def step(self, step: int) -> bool:
        """An earlier (-1) or later (1) run of the same managed process."""
        process = self.process
        if process is None:
            return False
        runs = self._monitor.runs(process)
        wanted = runs.index(process.key) + step
        if not 0 <= wanted < len(runs):
            return False
        self._holds_run = wanted < len(runs) - 1
        self.key = runs[wanted]
        return True

    @property
    def process(self) -> Process | None:
        """The process of the run that is shown; its last known state where it is listed no more."""
        if self.key is None:
            return None
        if row := self._monitor.row(self.key):
            return row.process
        held = self.held_output
        return held.process if held else None

    @property
    def held_output(self) -> OutputMonitor | None:
        """What is shown, where it is being read already."""
        return self._held(self.stream)

    @property
    def other_output(self) -> OutputMonitor | None:
        """The other stream of the same run, where it is being read."""
        return self._held(self.stream.other)

    def _held(self, stream: Stream) -> OutputMonitor | None:
        return self._monitor.outputs.get((self.key, stream)) if self.key else None

    @property
    def place_among_runs(self) -> tuple[int, int]:
        """How many earlier and later runs of the same managed process are held."""
        process = self.process
        runs = self._monitor.runs(process) if process else []
        place = runs.index(process.key) if process and process.key in runs else 0
        return place, max(0, len(runs) - 1 - place)

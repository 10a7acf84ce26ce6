"""The output view over several outputs merged by time: each row with the process that wrote it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from tui.app.widgets.output_gutter import TIME_WIDTHS, UNKNOWN_TIMES, Origin, Times, time_text
from tui.app.widgets.output_view import OutputView
from tui.app.widgets.wrapping import width_of, window
from tui.core.merge import MergedRows
from tui.core.models import Process
from tui.core.rows import Row, RowKind
from tui.core.text import one_line

TINTS = 6
EMPHASES = ("", "bold", "underline", "italic", "reverse", "bold underline")
"""Laid over the tints, so that as many processes as can be merged are told apart, also without colours."""
ROOMY = 76
"""Cells of a view from which on labels hold names; in a narrower one they are process ids."""
PART = 3
"""Labels take up to one cell of so many; what is longer loses the end of its name, never of its process id."""


def origin_style(number: int) -> tuple[str, str]:
    """The name of the style of a source, and the emphasis laid over it."""
    return f"origin-{number % TINTS}", EMPHASES[number // TINTS % len(EMPHASES)]


class Label(NamedTuple):
    """What a source is called. No two of one view are called the same."""

    short: str
    long: str


def name_of(process: Process) -> str:
    """The short name of a process: its own, else its script's, else its program's."""
    name = process.name or next((arg for arg in process.args if "." in arg and not arg.startswith("-")), "")
    return one_line((name or process.command).rpartition("/")[2] or process.command, 60)


def labels_of(processes: Sequence[Process]) -> list[Label]:
    """Process ids and names; the run as well, where a process id was given twice."""
    given = Counter(process.pid for process in processes)
    labels = []
    for process in processes:
        short = f"{process.pid} run {process.run}" if given[process.pid] > 1 else str(process.pid)
        labels.append(Label(short, f"{short} {name_of(process)}"))
    return labels


class MergedView(OutputView):
    """Shows :class:`MergedRows`; :attr:`labels` are the names of the sources."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.labels: Sequence[Label] = ()
        self.set_reactive(OutputView.times, Times.CLOCK)

    def show_labels(self, labels: Sequence[Label]) -> None:
        """Name the sources."""
        if tuple(labels) != tuple(self.labels):
            self.labels = tuple(labels)
            self._strips.clear()
            self._relayout()

    def _label(self, number: int) -> str:
        if number >= len(self.labels):
            return ""
        short, long = self.labels[number]
        if self.size.width < ROOMY:
            return short
        room = max(width_of(short) + 1, self.size.width // PART)
        return long if width_of(long) <= room else long[: window(long, 0, room - 1)[1]].rstrip() + "…"

    def _origin_width(self) -> int:
        return max((width_of(self._label(number)) for number in range(len(self.labels))), default=0) + 2

    def _origin_of(self, row: Row) -> Origin | None:
        if not isinstance(self.buffer, MergedRows):
            return None
        number = self.buffer.source_of(row.row_id)
        return Origin(self._label(number), *origin_style(number))

    def written_before(self, row: Row, before: int) -> str:
        """What stands before a row in a file: its time, where times are shown, and its process, never shortened.

        ``before`` is the time of the row before it, in milliseconds.
        """
        assert isinstance(self.buffer, MergedRows)
        text = time_text(self.times, row.timestamp, before, epoch=self.epoch, zone=self.zone)
        if text.isspace() and row.kind is RowKind.LINE:
            text = f"{UNKNOWN_TIMES[self.times]:>{TIME_WIDTHS[self.times] - 1}} "
        label = self.labels[self.buffer.source_of(row.row_id)].long
        widest = max(width_of(label.long) for label in self.labels)
        return f"{text}{label}{' ' * (widest - width_of(label))}  "

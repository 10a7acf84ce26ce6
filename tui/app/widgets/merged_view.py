"""The output view over several outputs merged by time: each row with the process that wrote it."""

from __future__ import annotations

from collections.abc import Sequence

from tui.app.widgets.output_gutter import Origin, Times
from tui.app.widgets.output_view import OutputView
from tui.app.widgets.wrapping import width_of
from tui.core.blocks import Row
from tui.core.merge import MergedRows

STYLES = 6
"""Styles that tell processes apart; beyond that they repeat, and the label alone tells."""
ROOMY = 76
"""Cells of a view from which on labels hold names; in a narrower one they are process ids."""
LONGEST = 22


def origin_style(number: int) -> str:
    """The name of the style of a source."""
    return f"origin-{number % STYLES}"


class MergedView(OutputView):
    """Shows :class:`MergedRows`; :attr:`labels` are the short and the long name of each source."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.labels: Sequence[tuple[str, str]] = ()
        self.set_reactive(OutputView.times, Times.CLOCK)

    def show_labels(self, labels: Sequence[tuple[str, str]]) -> None:
        """Name the sources."""
        if tuple(labels) != tuple(self.labels):
            self.labels = tuple(labels)
            self._strips.clear()
            self._relayout()

    def _label(self, number: int) -> str:
        if number >= len(self.labels):
            return ""
        short, long = self.labels[number]
        label = long if self.size.width >= ROOMY else short
        return label if width_of(label) <= LONGEST else label[: LONGEST - 1] + "…"

    def _origin_width(self) -> int:
        return max((width_of(self._label(number)) for number in range(len(self.labels))), default=0) + 2

    def _origin_of(self, row: Row) -> Origin | None:
        if not isinstance(self.buffer, MergedRows):
            return None
        number = self.buffer.source_of(row.row_id)
        return Origin(self._label(number), origin_style(number))

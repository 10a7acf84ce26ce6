"""The margin of the output view as its scroll bar: where among all rows of the screen it stands, and the mouse on it.

Where lines wrap, rows of the screen are counted, not lines. They are measured beside the screen (``output_heights``),
and never while lines arrive or the terminal changes its size; the bar settles as they become known. What is drawn never
depends on it: the place of the reader is a row, not a number of rows.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from textual import events
from textual.worker import WorkType

from tui.app.widgets.output_heights import OutputHeights
from tui.app.widgets.output_painter import MARGIN
from tui.app.widgets.output_scroll import OutputScroll
from tui.app.widgets.reading_place import Spot
from tui.app.widgets.slices import in_slices
from tui.app.widgets.slim_scrollbar import top_for_cell
from tui.app.widgets.wrapping import wrap_offsets
from tui.core.search import Query
from tui.core.text import VIEW_LIMIT

MEASURE_SECONDS = 0.002
"""Longest time that is spent on measuring before keys and paints get their turn."""
PROGRESS_SECONDS = 0.1
"""So often the bar is painted while lines are being measured."""


class BarredOutput(OutputScroll, inherit_bindings=False):
    """An output with a scroll bar in its margin."""

    _heights: OutputHeights | None = None
    """None where lines do not wrap, or did not yet."""
    _measured_query: Query | None = None
    _dragging = False

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(name=name, id=id, classes=classes)
        self._more_lines = asyncio.Event()

    def _shown_otherwise(self) -> int | None:
        """The first ordinal whose row may be shown otherwise than when this was last asked, for other reasons than an
        edit; None where there is none."""
        return None

    def _fold_rows(self, start: int, stop: int) -> Iterable[int]:
        """Positions between two others of the rows that say something of a fold."""
        return ()

    # Rows of the screen

    @property
    def screen_rows(self) -> int:
        """Rows of the screen that the whole output takes; where lines wrap an estimate until all are measured."""
        return self._place.shown if self._heights is None or not self.wrap else self._heights.total

    @property
    def screen_rows_above(self) -> int:
        """Those above the top of the view."""
        top = self._place.top
        if self._heights is None or not self.wrap:
            return self._place.projection.rank(top.position)
        if self.is_following:
            return max(0, self._heights.total - self.size.height)
        return self._heights.before(top.position) + top.sub

    @property
    def is_measured(self) -> bool:
        """Whether :attr:`screen_rows` is exact."""
        return not self.wrap or (self._heights is not None and not self._heights.is_behind)

    def spot_at(self, line: int) -> Spot:
        """The place of row ``line`` of the screen, from 0."""
        if self._heights is not None and self.wrap:
            return self._heights.at(line)
        return Spot(self._place.projection.select(line, len(self.buffer)) or 0)

    def _first_row_from(self, line: int, total: int) -> int:
        """The position of the first row that begins at row ``line`` of ``total`` of the screen, or after it."""
        if line >= total:
            return len(self.buffer)
        spot = self.spot_at(line)
        return spot.position + (spot.sub > 0)

    # Measuring

    def _settle(self) -> None:
        super()._settle()
        if not self.wrap:
            return
        heights, changed = self._heights, self._shown_otherwise()
        if heights is None or heights.buffer is not self.buffer:
            heights = self._heights = OutputHeights(
                self.buffer, text_of=self._drawn_of, fold_heights=self._fold_heights
            )
        if self._measured_query is not self._query:
            # Heads of folded tracebacks are shortened but where something is found in them.
            self._measured_query, changed = self._query, 0
        look = (self.reveal, self.pretty, self._query if self.pretty else None)
        heights.sync(self._place.projection, self._text_width(), look, changed)
        if heights.is_behind:
            self._more_lines.set()

    def _drawn_of(self, raw: str) -> str | None:
        """What is drawn of a line that no fold is in; None where that is the line itself."""
        if len(raw) <= VIEW_LIMIT and raw.isprintable() and not (self.pretty and raw.lstrip()[:1] == "{"):
            return None
        return self._unfolded_text(raw)

    def _fold_heights(self, start: int, stop: int) -> list[tuple[int, int]]:
        width = self._text_width()
        return [
            (position, len(wrap_offsets(self._text_of(self.buffer.row(position)), width)) + 1)
            for position in self._fold_rows(start, stop)
        ]

    def watch_wrap(self) -> None:
        """Lines are measured while they wrap."""
        super().watch_wrap()
        if self.wrap:
            # Given as a function: a coroutine that is cancelled before it begins would be warned of.
            work: WorkType[None] = self._measure_lines
            self.run_worker(work, group="lines", exclusive=True)
            self._settle()
        else:
            self.workers.cancel_group(self, "lines")

    async def _measure_lines(self) -> None:
        told = 0.0
        async for is_done in in_slices(self._measure_step, self._more_lines, seconds=MEASURE_SECONDS):
            if is_done or time.monotonic() - told >= PROGRESS_SECONDS:
                told = time.monotonic()
                self.news()

    def _measure_step(self) -> bool:
        if self._heights is None:
            return False
        if self._heights.is_outdated:
            self._settle()
        return self._heights.step()

    def news(self) -> None:
        """What is beside the rows may have changed."""

    # The mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """The margin is a scroll bar."""
        if event.x >= self.size.width - MARGIN and self.screen_rows > self.size.height:
            event.stop()
            self._dragging = True
            self.capture_mouse()
            self._drag_to(event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag the thumb."""
        if self._dragging:
            event.stop()
            self._drag_to(event.y)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let the thumb go."""
        if self._dragging:
            event.stop()
            self._dragging = False
            self.release_mouse()

    def _drag_to(self, y: int) -> None:
        height = self.size.height
        self._settle()
        self._go_to(self.spot_at(top_for_cell(height, self.screen_rows, height, y)))

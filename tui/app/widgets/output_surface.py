"""The part of the output view that draws; where it stands is in ``output_scroll``, its keys are in ``output_view``.

How it stays cheap, for any number of rows: the place of the reader is a row id (``reading_place``); a frame asks the
buffer for the rows on screen and for nothing else; the strip of a row is kept by the row's id until something that
shows in it changes. Three things of Textual are bypassed, each measured to cost more than the rest of a frame
(``tests/benchmarks/bench_view.py``), and each held by a test in ``tests/app/test_output_view_textual.py``:

* ``render_lines`` is overridden, so that the very strips kept here reach the screen, their ANSI text with them;
* the scroll bar is drawn as the last column of the lines instead of being a widget;
* there is no virtual size and no layout when lines arrive (``output_scroll``).

Text selection needs offsets in the styles of the cells, which would make every strip unlike any other. Textual asks for
them through ``render_line`` only, for the line under the pointer; so only that method adds them.

It is long because news, frames and strips share the caches that make them cheap.
"""

from __future__ import annotations

import time
from collections.abc import Hashable
from datetime import tzinfo

from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.selection import Selection
from textual.strip import Strip

from tui.app.one_shot import after
from tui.app.widgets import output_palette
from tui.app.widgets.output_bar import BarredOutput
from tui.app.widgets.output_folds import FoldLine
from tui.app.widgets.output_gutter import Origin, Times, gutter_width
from tui.app.widgets.output_painter import Look, RowPainter, RowState
from tui.app.widgets.output_palette import resolve_palette
from tui.app.widgets.reading_place import Spot
from tui.app.widgets.scroll_margin import NO_BAR, margin_cells
from tui.core.folding import IsOwn
from tui.core.found import TracebackIndex
from tui.core.row_source import RowSource, TracebackSource
from tui.core.rows import Row
from tui.core.tracebacks.detector import TracebackDetector
from tui.core.tracebacks.model import Traceback

FRAME_SECONDS = 1 / 30
"""News is painted at once after a pause of this length, and otherwise once in it."""
CACHED_STRIPS = 512
"""About ten screens; each strip is several objects to the garbage collector."""


class OutputSurface(BarredOutput, inherit_bindings=False):
    """Draws the rows of a buffer from wherever the reader is."""

    COMPONENT_CLASSES = output_palette.COMPONENT_CLASSES
    DEFAULT_CSS = output_palette.DEFAULT_CSS

    def __init__(
        self,
        *,
        is_own: IsOwn = lambda frame, language: True,
        zone: tzinfo | None = None,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name for it
        classes: str | None = None,
    ) -> None:
        """``is_own`` tells the frames of the program from those of its libraries; ``zone`` is that of clock times."""
        super().__init__(name=name, id=id, classes=classes)
        self.is_own = is_own
        self.zone = zone
        self.found: TracebackSource = TracebackIndex(TracebackDetector)
        self.epoch = 0
        self._on_screen: list[tuple[Spot, Row]] | None = None
        self._frame_edition = self._edition()
        self._margin: list[int] = []
        self._strips: LRUCache[Hashable, Strip] = LRUCache(CACHED_STRIPS)
        self._painter: RowPainter | None = None
        self._drawn_size = Size(0, 0)
        self._painted_at = 0.0
        self._painted_state: tuple[object, ...] = ()
        self._painted_badge = ""
        self._has_news = False
        """News will be taken in a moment."""
        self._selected_start: int | None = None
        self._marks: set[int] = set()

    # What the subclass knows

    def _is_current_match(self, position: int) -> bool:
        """True when the row is the search hit that the view stands at."""
        return False

    def _is_chosen(self, row: Row, position: int) -> bool:
        """True when the row is selected with keys."""
        return False

    def _origin_of(self, row: Row) -> Origin | None:
        """Which of several outputs the row is of; None where there is one only."""
        return None

    def _origin_width(self) -> int:
        """Cells for what :meth:`_origin_of` says, a blank at the end included."""
        return 0

    def _has_match_between(self, first: int, stop: int) -> bool:
        """True when there is a search hit from one position to before another."""
        return False

    def _badge(self) -> str:
        """What is written over the end of the last line; empty for nothing."""
        return ""

    # News

    def news(self) -> None:
        """Something was added to the buffer or found in it. Cheap; may be called any number of times."""
        if self._has_news:
            return
        wait = self._painted_at + FRAME_SECONDS - time.monotonic()
        if wait <= 0:
            self._take_news()
        else:
            self._has_news = True
            after(self, wait, self._take_news)

    def _take_news(self) -> None:
        self._has_news = False
        self._painted_at = time.monotonic()
        self._settle()
        before, margin, badge = self._painted_state, self._margin, self._painted_badge
        after = self._frame_state()
        if after != before or self._on_screen is None:
            self._touch()
            return
        # The rows are the same: only what stands beside or over them may have changed.
        rows = [y for y, (one, other) in enumerate(zip(margin, self._margin, strict=True)) if one != other]
        if badge != self._painted_badge and self.size.height - 1 not in rows:
            rows.append(self.size.height - 1)
        if rows:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in rows))

    def _frame_state(self) -> tuple[object, ...]:
        """What the rows of a frame depend on besides the options: equal states mean equal rows."""
        top = self._place.top
        below = min(self._place.shown, self._place.projection.rank(top.position) + self.size.height)
        self._margin = self._margin_cells()
        self._painted_badge = self._badge()
        return (top, below, self.buffer.generation, self.found.version, self.size)

    def _touch(self) -> None:
        """Something visible changed: paint anew."""
        self._on_screen = None
        self.refresh()

    def _forget(self) -> None:
        """What rows look like changed: draw them anew."""
        self._painter = None
        self._touch()

    def _buffer_edited(self) -> None:
        """Strips are kept by row id, and a replaced row keeps its id."""
        self._strips.clear()

    def notify_style_update(self) -> None:
        """Theme or focus changed."""
        super().notify_style_update()
        self._painter = None

    # Options

    def action_toggle_wrap(self) -> None:
        """Wrap long lines, or not."""
        self.wrap = not self.wrap

    def action_cycle_times(self) -> None:
        """Show times in the next of the ways there are."""
        self.times = self.times.next

    def action_toggle_reveal(self) -> None:
        """Show control sequences, or not."""
        self.reveal = not self.reveal

    def action_toggle_pretty(self) -> None:
        """Show JSON lines as people read them, or as they were written."""
        self.pretty = not self.pretty

    def action_toggle_numbers(self) -> None:
        """Show line numbers, or not."""
        self.show_numbers = not self.show_numbers

    # The frame

    def _frame(self) -> list[tuple[Spot, Row]]:
        """What is on screen, from the top: asked of the buffer once, then kept until something changes."""
        size = self.size
        if size != self._drawn_size:
            # Here and not in an event, which would come after the first paint in the new size, and cause a second.
            self._drawn_size = size
            self._rewrap()
            self._painter = self._on_screen = None
        if self._on_screen is None:
            lines = self.buffer.line_count if self.show_numbers else None
            gutter = gutter_width(self.times, lines, self._origin_width())
            if gutter != self._gutter:
                self._gutter = gutter
                self._rewrap()
                self._painter = None
            self._settle()
            spots = self._place.visible(size.height)
            self._on_screen = self._last_frame = list(zip(spots, self._rows_at(spots), strict=True))
            self._frame_edition = self._edition()
            self._painted_state = self._frame_state()
        return self._on_screen

    def _rows_at(self, spots: list[Spot]) -> list[Row]:
        """The rows of ``spots``; of those that are not shown none is read."""
        known: dict[int, Row] = {}
        if spots and spots[-1].position - spots[0].position >= len(spots) and self._frame_edition == self._edition():
            # Far apart each row may cost the unpacking of a block.
            known = {spot.position: row for spot, row in self._last_frame}
        rows: list[Row] = []
        at = 0
        while at < len(spots):
            first = last = spots[at].position
            if first in known:
                rows.append(known[first])
                at += 1
                continue
            stop = at
            while stop < len(spots) and spots[stop].position <= last + 1:
                last = spots[stop].position
                stop += 1
            held = self.buffer.rows(first, last + 1)
            rows.extend(held[spot.position - first] for spot in spots[at:stop])
            at = stop
        return rows

    def _edition(self) -> tuple[RowSource, int]:
        """What positions of rows hold for."""
        return self.buffer, self.buffer.generation

    def _margin_cells(self) -> list[int]:
        dropped = self.buffer.dropped_lines

        def has_traceback(first: int, stop: int) -> bool:
            return self.found.begins_between(dropped + first, dropped + stop)

        total = self.screen_rows

        def position(line: int) -> int:
            return self._first_row_from(line, total)

        above, has_match = self.screen_rows_above, self._has_match_between
        return margin_cells(self.size.height, total, above, position, has_traceback, has_match)

    def _ready_painter(self) -> RowPainter:
        """The painter for the present look; strips that another one drew are forgotten."""
        filters = tuple(self.get_line_filters())
        painter = self._painter
        if painter is None or filters != painter.look.filters or painter.look.palette.base != self.rich_style:
            look = Look(
                palette=resolve_palette(self),
                width=self.size.width,
                gutter=self._gutter,
                x=self._x,
                line_count=self.buffer.line_count if self.show_numbers else None,
                times=self.times,
                epoch=self.epoch,
                zone=self.zone,
                reveal=self.reveal,
                colours=self.colours,
                pretty=self.pretty,
                query=self._query,
                is_own=self.is_own,
                filters=filters,
                background=self.background_colors[1],
                origins=self._origin_width(),
            )
            painter = self._painter = RowPainter(look)
            self._strips.clear()
        return painter

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of ``crop``: strips that are kept from frame to frame."""
        if self.styles.gutter.totals != (0, 0) or self.opacity != 1.0:
            return super().render_lines(crop)
        if self.parent is None:
            # It was removed, and has no styles any more; the screen is painted once again before it knows.
            return [Strip.blank(crop.width)] * crop.height
        frame, painter, selection = self._frame(), self._ready_painter(), self.text_selection
        strips = [self._strip(y, frame, painter, selection) for y in crop.line_range]
        if crop.column_span != (0, self._drawn_size.width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        """The line with the offsets that text selection asks for; see the top of this file."""
        frame, painter = self._frame(), self._ready_painter()
        if y >= len(frame):
            return painter.blank(NO_BAR)
        spot, row = frame[y]
        state = self._row_state(painter, spot, row, fold=self._fold_line(row))
        return painter.strip_with_offsets(row, state, spot.position + self._origin)

    def _strip(self, y: int, frame: list[tuple[Spot, Row]], painter: RowPainter, selection: Selection | None) -> Strip:
        cell = self._margin[y]
        if y >= len(frame):
            # Not kept: the next line will stand here.
            return painter.blank(cell, self._painted_badge if y == self._drawn_size.height - 1 else "")
        spot, row = frame[y]
        index = -1 if row.number is None else row.number - 1
        block = self.found.at(index) if index >= 0 else None
        is_selected = block is not None and block.start == self._selected_start
        is_current = self._query is not None and self._is_current_match(spot.position)
        is_marked = row.row_id in self._marks
        is_chosen = self._is_chosen(row, spot.position)
        span = selection.get_span(spot.position + self._origin) if selection is not None else None
        badge = self._painted_badge if y == self._drawn_size.height - 1 else ""
        fold = None if block is None else self._fold_line(row)
        if span is not None or badge:
            flags = (is_selected, is_current, is_marked, is_chosen)
            state = self._row_state(painter, spot, row, block, flags, fold, span)
            return painter.strip(row, state, cell, badge)
        role = None if block is None else (block.start, block.roles.get(index))
        key = (row.row_id, spot.sub, cell, role, is_selected, is_current, is_marked, is_chosen, fold)
        strip = self._strips.get(key)
        if strip is None:
            flags = (is_selected, is_current, is_marked, is_chosen)
            state = self._row_state(painter, spot, row, block, flags, fold)
            strip = self._strips[key] = painter.strip(row, state, cell)
        return strip

    def _row_state(
        self,
        painter: RowPainter,
        spot: Spot,
        row: Row,
        block: Traceback | None = None,
        flags: tuple[bool, bool, bool, bool] = (False, False, False, False),
        fold: FoldLine | None = None,
        span: tuple[int, int] | None = None,
    ) -> RowState:
        before, times = 0, painter.look.times
        if times is Times.GAP and spot.position > 0 and row.timestamp:
            before = self.buffer.row(spot.position - 1).timestamp
        breaks = self._breaks_of(row) if self._place.wraps else None
        return RowState(breaks, spot.sub, before, block, *flags, fold, span, self._origin_of(row))

"""The part of the output view that draws and scrolls; keys, search and copying are in ``output_view``.

How it stays cheap, for any number of rows: the place of the reader is a row id (``reading_place``); a frame asks the
buffer for the rows on screen and for nothing else; the strip of a row is kept by the row's id until something that
shows in it changes. Three things of Textual are bypassed, each measured to cost more than the rest of a frame
(``tests/benchmarks/bench_view.py``), and each held by a test in ``tests/app/test_output_view_textual.py``:

* ``render_lines`` is overridden, so that the very strips kept here reach the screen, their ANSI text with them;
* the scroll bar is drawn as the last column of the lines instead of being a widget;
* there is no virtual size to keep up to date, hence no layout when lines arrive. ``scroll_y`` mirrors the position of
  the top row, so that Textual's scrolling while text is being selected moves this view too.

Text selection needs offsets in the styles of the cells, which would make every strip unlike any other. Textual asks for
them through ``render_line`` only, for the line under the pointer; so only that method adds them.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Hashable
from datetime import tzinfo

from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from tui.app.widgets import output_palette
from tui.app.widgets.output_gutter import Times, gutter_width
from tui.app.widgets.output_lines import shown_text, suffix_of
from tui.app.widgets.output_painter import MARGIN, Look, RowPainter, RowState
from tui.app.widgets.output_palette import resolve_palette
from tui.app.widgets.reading_place import Anchor, ReadingPlace, Spot
from tui.app.widgets.scroll_margin import NO_BAR, margin_cells
from tui.app.widgets.wrapping import width_of, wrap_offsets
from tui.core.blocks import Row, RowKind
from tui.core.buffer import LineBuffer
from tui.core.found import TracebackIndex
from tui.core.search import Query
from tui.core.tracebacks.detector import TracebackDetector
from tui.core.tracebacks.model import Frame, Traceback

FRAME_SECONDS = 1 / 30
"""News is painted at once after a pause of this length, and otherwise once in it."""
CACHED_STRIPS = 512
"""About ten screens; each strip is several objects to the garbage collector."""


class OutputSurface(ScrollView, can_focus=True):
    """Draws the rows of a :class:`LineBuffer` from wherever the reader is, or its end."""

    COMPONENT_CLASSES = output_palette.COMPONENT_CLASSES
    DEFAULT_CSS = output_palette.DEFAULT_CSS

    is_following: reactive[bool] = reactive(True, init=False, repaint=False)
    """The view stays at the end as lines arrive."""
    wrap: reactive[bool] = reactive(False, init=False, repaint=False)
    """Long lines go on in the next row instead of beyond the edge."""
    show_numbers: reactive[bool] = reactive(False, init=False, repaint=False)
    times: reactive[Times] = reactive(Times.NONE, init=False, repaint=False)
    reveal: reactive[bool] = reactive(False, init=False, repaint=False)
    """Control characters and sequences are shown as symbols instead of being taken out."""
    colours: reactive[bool] = reactive(True, init=False, repaint=False)
    """The program's own colours are kept."""

    def __init__(
        self,
        *,
        is_own: Callable[[Frame], bool] = lambda frame: True,
        zone: tzinfo | None = None,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name for it
        classes: str | None = None,
    ) -> None:
        """``is_own`` tells the frames of the program from those of its libraries; ``zone`` is that of clock times."""
        super().__init__(name=name, id=id, classes=classes)
        self.is_own = is_own
        self.zone = zone
        self.buffer = LineBuffer()
        self.found = TracebackIndex(TracebackDetector)
        self.epoch = 0
        self._place = ReadingPlace(self._height_of)
        self._place.buffer = self.buffer
        self._x = 0
        self._generation = self.buffer.generation
        self._origin = 0
        self._on_screen: list[tuple[Spot, Row]] | None = None
        self._last_frame: list[tuple[Spot, Row]] = []
        self._margin: list[int] = []
        self._strips: LRUCache[Hashable, Strip] = LRUCache(CACHED_STRIPS)
        self._breaks: LRUCache[int, tuple[int, ...]] = LRUCache(4 * CACHED_STRIPS)
        self._painter: RowPainter | None = None
        self._gutter = 0
        self._top_character = (Spot(), 0)
        self._drawn_size = Size(0, 0)
        self._painted_at = 0.0
        self._painted_state: tuple[object, ...] = ()
        self._painted_badge = ""
        self._news_timer: Timer | None = None
        self._query: Query | None = None
        self._selected_start: int | None = None
        self._marks: set[int] = set()

    # What the subclass knows

    def _is_current_match(self, position: int) -> bool:
        """True when the row is the search hit that the view stands at."""
        return False

    def _has_match_between(self, low: float, high: float) -> bool:
        """True when there is a search hit between two shares of the rows."""
        return False

    def _badge(self) -> str:
        """What is written over the end of the last line; empty for nothing."""
        return ""

    def _buffer_edited(self) -> None:
        """Rows were changed, removed or dropped; the place is right again."""

    # News

    def news(self) -> None:
        """Something was added to the buffer or found in it. Cheap; may be called any number of times."""
        if self._news_timer is not None:
            return
        wait = self._painted_at + FRAME_SECONDS - time.monotonic()
        if wait <= 0:
            self._take_news()
        else:
            self._news_timer = self.set_timer(wait, self._take_news)

    def _take_news(self) -> None:
        self._news_timer = None
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
        total, top = len(self.buffer), self._place.top
        below = min(total, top.position + self.size.height)
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

    # The place

    def _settle(self) -> None:
        """Bring the place in accord with the buffer: after appends, edits, drops and resizes."""
        height = self.size.height
        if self._generation != self.buffer.generation:
            self._generation = self.buffer.generation
            self._strips.clear()
            self._breaks.clear()
            self._keep_rows_in_place()
            self._buffer_edited()
        if self.is_following:
            self._place.top = self._place.last_top(height)
        else:
            self._place.clamp(height)
        self._mirror()

    def _keep_rows_in_place(self) -> None:
        anchors = [Anchor(row.row_id, y - spot.sub) for y, (spot, row) in enumerate(self._last_frame)]
        at = self._place.restore(anchors)
        if at is not None:
            was = next(spot.position for spot, row in self._last_frame if row.row_id == self.buffer.id_at(at))
            self._origin += was - at
        elif self._last_frame:
            # Everything on screen is gone: the log was cut at its head, or replaced.
            self._place.top = Spot(min(self._place.top.position, max(0, len(self.buffer) - 1)))

    def _mirror(self) -> None:
        """Tell Textual where we are, without its layout or its watchers."""
        position = self._place.top.position
        # Textual scrolls by fractions of a row; those are its own business.
        if round(self.scroll_y) != position:
            self.set_reactive(Widget.scroll_y, float(position))
            self.set_reactive(Widget.scroll_target_y, float(position))

    def _go_to(self, spot: Spot) -> None:
        """Put ``spot`` at the top, as far as there is enough below it. Ends following when that moves the view."""
        before = self._place.top
        self._place.top = spot
        self._place.clamp(self.size.height)
        if self._place.top != before:
            self._mirror()
            self._touch()
            if self.is_following:
                self.is_following = False

    def scroll_rows(self, rows: int) -> None:
        """Move by rows of the screen; negative ones go up. Going up ends following, going down does not begin it."""
        self._settle()
        if rows < 0:
            self._go_to(self._place.back(self._place.top, -rows))
        elif not self.is_following:
            self._go_to(self._place.forward(self._place.top, rows))

    def reveal_position(self, position: int, rows_above: int = 3, rows: int = 1, character: int = 0) -> None:
        """Scroll so that ``rows`` rows from ``position`` on are on screen, if they are not, and stay there.

        Where lines wrap, that is the row of the screen with ``character`` in it.
        """
        self._settle()
        height = self.size.height
        first = Spot(position)
        if self.wrap and character:
            first = Spot(position, bisect_right(self._breaks_of(self.buffer.row(position)), character))
        shown = self._place.visible(height)
        if not shown or not (shown[0] <= first and first._replace(position=position + rows - 1) <= shown[-1]):
            self._go_to(self._place.back(first, min(rows_above, max(0, height - rows))))
        self.is_following = False

    def _pan_into_view(self, position: int, start: int, end: int) -> None:
        """Pan as little as shows the characters from ``start`` to before ``end``."""
        if self.wrap:
            return
        text = self._text_of(self.buffer.row(position))
        low, high = width_of(text[:start]), width_of(text[:end])
        room = self._text_width()
        if high <= room:
            self._pan_to(0)
        elif low <= self._x or high >= self._x + room:
            self._pan_to(max(0, low - room // 3))

    # Textual's own scrolling, mirrored

    @property
    def allow_vertical_scroll(self) -> bool:
        """True when there is more than fits."""
        return len(self.buffer) > self.size.height or self.wrap

    @property
    def max_scroll_y(self) -> int:
        """The greatest position of the top row."""
        return max(0, len(self.buffer) - (1 if self.wrap else self.size.height))

    def validate_scroll_y(self, value: float) -> float:
        """Bounds are kept by the place itself; Textual's would be applied before the place knows of a new size."""
        return max(0.0, value)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Textual scrolled (text is being selected beyond the edge): move by as much."""
        if round(new_value) != self._place.top.position and round(new_value) != round(old_value):
            self.scroll_rows(round(new_value) - round(old_value))

    def watch_scroll_x(self, old_value: float, new_value: float) -> None:
        """Panning is ours; see ``pan``."""

    def pan(self, cells: int) -> None:
        """Move sideways, no further than the longest line on screen needs."""
        if self.wrap:
            return
        widest = max((width_of(self._text_of(row)) for _, row in self._frame()), default=0)
        self._pan_to(min(self._x + cells, max(self._x if cells < 0 else 0, widest - self._text_width())))

    def _pan_to(self, cell: int) -> None:
        if max(0, cell) != self._x:
            self._x = max(0, cell)
            self._forget()

    # Options

    def watch_is_following(self) -> None:
        """Following begins at the end."""
        self._settle()
        self._touch()

    def watch_wrap(self) -> None:
        """The place is kept by its row."""
        self._place.wraps = self.wrap
        self._x = 0
        self._breaks.clear()
        self._settle()
        self._forget()

    def watch_show_numbers(self) -> None:
        """The text moves aside."""
        self._relayout()

    def watch_times(self) -> None:
        """The text moves aside."""
        self._relayout()

    def watch_reveal(self) -> None:
        """Lines change their length."""
        self._relayout()

    def watch_colours(self) -> None:
        """Only what rows look like changes."""
        self._forget()

    def _relayout(self) -> None:
        self._rewrap()
        self._settle()
        self._forget()

    def notify_style_update(self) -> None:
        """Theme or focus changed."""
        super().notify_style_update()
        self._painter = None

    # Text of rows

    def _text_width(self) -> int:
        return max(1, self.size.width - self._gutter - MARGIN)

    def _text_of(self, row: Row) -> str:
        line = shown_text(row, revealed=self.reveal, colours=False)
        return line.text + suffix_of(line)

    def _breaks_of(self, row: Row) -> tuple[int, ...]:
        """Where the row wraps."""
        if row.kind is not RowKind.LINE:
            return ()
        breaks = self._breaks.get(row.row_id)
        if breaks is None:
            breaks = self._breaks[row.row_id] = wrap_offsets(self._text_of(row), self._text_width())
        return breaks

    def _rewrap(self) -> None:
        """Rows wrap elsewhere: the character that began the top row of the screen stays in it."""
        top = self._place.top
        held = top.position < len(self.buffer)
        breaks = (self._breaks.get(self.buffer.id_at(top.position)) if held else None) or ()
        self._breaks.clear()
        # The row may begin earlier now; a further resize starts from the character that the reader chose.
        if self._top_character[0] != top:
            self._top_character = (top, breaks[min(top.sub, len(breaks)) - 1] if top.sub and breaks else 0)
        character = self._top_character[1]
        if character and self.wrap and held:
            now = self._breaks_of(self.buffer.row(top.position))
            self._place.top = Spot(top.position, bisect_right(now, character))
            self._top_character = (self._place.top, character)

    def _height_of(self, position: int) -> int:
        return len(self._breaks_of(self.buffer.row(position))) + 1

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
            gutter = gutter_width(self.times, self.buffer.line_count if self.show_numbers else None)
            if gutter != self._gutter:
                self._gutter = gutter
                self._rewrap()
                self._painter = None
            self._settle()
            spots = self._place.visible(size.height)
            rows: list[Row] = []
            if spots:
                first = spots[0].position
                held = self.buffer.rows(first, spots[-1].position + 1)
                rows = [held[spot.position - first] for spot in spots]
            self._on_screen = self._last_frame = list(zip(spots, rows, strict=True))
            self._painted_state = self._frame_state()
        return self._on_screen

    def _margin_cells(self) -> list[int]:
        dropped = self.buffer.dropped_lines
        lines = self.buffer.line_count - dropped

        def has_traceback(low: float, high: float) -> bool:
            return self.found.begins_between(dropped + int(low * lines), dropped + int(high * lines))

        top = self._place.top.position
        return margin_cells(self.size.height, len(self.buffer), top, has_traceback, self._has_match_between)

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
                query=self._query,
                is_own=self.is_own,
                filters=filters,
                background=self.background_colors[1],
            )
            painter = self._painter = RowPainter(look)
            self._strips.clear()
        return painter

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of ``crop``: strips that are kept from frame to frame."""
        if self.styles.gutter.totals != (0, 0) or self.opacity != 1.0:
            return super().render_lines(crop)
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
        return painter.strip_with_offsets(row, self._row_state(spot, row), spot.position + self._origin)

    def _strip(self, y: int, frame: list[tuple[Spot, Row]], painter: RowPainter, selection: Selection | None) -> Strip:
        cell = self._margin[y]
        if y >= len(frame):
            # Not kept: the next line will stand here.
            return painter.blank(cell)
        spot, row = frame[y]
        index = -1 if row.number is None else row.number - 1
        block = self.found.at(index) if index >= 0 else None
        is_selected = block is not None and block.start == self._selected_start
        is_current = self._query is not None and self._is_current_match(spot.position)
        is_marked = row.row_id in self._marks
        span = selection.get_span(spot.position + self._origin) if selection is not None else None
        badge = self._painted_badge if y == self._drawn_size.height - 1 else ""
        if span is not None or badge:
            state = self._row_state(spot, row, block, is_selected, is_current, is_marked, span)
            return painter.strip(row, state, cell, badge)
        role = None if block is None else (block.start, block.roles.get(index))
        key = (row.row_id, spot.sub, cell, role, is_selected, is_current, is_marked)
        strip = self._strips.get(key)
        if strip is None:
            state = self._row_state(spot, row, block, is_selected, is_current, is_marked)
            strip = self._strips[key] = painter.strip(row, state, cell)
        return strip

    def _row_state(
        self,
        spot: Spot,
        row: Row,
        block: Traceback | None = None,
        is_selected: bool = False,
        is_current: bool = False,
        is_marked: bool = False,
        span: tuple[int, int] | None = None,
    ) -> RowState:
        before = 0
        if self.times is Times.GAP and spot.position > 0 and row.timestamp:
            before = self.buffer.row(spot.position - 1).timestamp
        breaks = self._breaks_of(row) if self.wrap else None
        return RowState(breaks, spot.sub, before, block, is_selected, is_current, is_marked, span)

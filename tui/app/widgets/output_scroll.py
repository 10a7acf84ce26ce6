"""Where the output view is in its buffer: following, reading, wrapping, panning, and the mouse.

There is no virtual size to keep up to date, hence no layout when lines arrive. ``scroll_y`` mirrors the position of the
top row, so that Textual's scrolling while text is being selected moves this view too; both are held by tests in
``tests/app/test_output_view_textual.py``.

It is long because every option moves the text, and so is set where the place is kept.
"""

from __future__ import annotations

from bisect import bisect_right

from textual import events
from textual.cache import LRUCache
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.widget import Widget

from tui.app.widgets.output_folds import FoldLine
from tui.app.widgets.output_gutter import Times
from tui.app.widgets.output_lines import pretty_of, shown_text, suffix_of
from tui.app.widgets.output_painter import MARGIN
from tui.app.widgets.reading_place import Anchor, ReadingPlace, Spot
from tui.app.widgets.wrapping import width_of, wrap_offsets
from tui.core.buffer import LineBuffer
from tui.core.models import RawLine
from tui.core.row_source import RowSource
from tui.core.rows import Row, RowKind
from tui.core.search import Query

PAN_CELLS = 8
WHEEL_ROWS = 3
CACHED_BREAKS = 2048


class OutputScroll(ScrollView, can_focus=True, inherit_bindings=False):
    """Keeps a place in a :class:`LineBuffer`; what is there is drawn by :class:`OutputSurface`."""

    is_following: reactive[bool] = reactive(True, init=False, repaint=False)
    """The view stays at the end as lines arrive."""
    wrap: reactive[bool] = reactive(False, init=False, repaint=False)
    """Long lines go on in the next row instead of beyond the edge."""
    show_numbers: reactive[bool] = reactive(False, init=False, repaint=False)
    times: reactive[Times] = reactive(Times.NONE, init=False, repaint=False)
    reveal: reactive[bool] = reactive(False, init=False, repaint=False)
    """Control characters and sequences are shown as symbols instead of being taken out."""
    pretty: reactive[bool] = reactive(False, init=False, repaint=False)
    """Lines that are a JSON object are shown as people read them."""
    colours: reactive[bool] = reactive(True, init=False, repaint=False)
    """The program's own colours are kept."""

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(name=name, id=id, classes=classes)
        self.buffer: RowSource = LineBuffer()
        self._place = ReadingPlace(self._height_of)
        self._place.buffer = self.buffer
        self._generation = self.buffer.generation
        self._origin = 0
        self._last_frame: list[tuple[Spot, Row]] = []
        self._breaks: LRUCache[int, tuple[int, ...]] = LRUCache(CACHED_BREAKS)
        self._top_character = (Spot(), 0)
        self._gutter = 0
        self._x = 0
        self._query: Query | None = None

    # What the subclass does

    def _touch(self) -> None:
        """Something visible changed: paint anew."""
        self.refresh()

    def _forget(self) -> None:
        """What rows look like changed: draw them anew."""
        self._touch()

    def _frame(self) -> list[tuple[Spot, Row]]:
        """What is on screen, from the top."""
        return self._last_frame

    def _buffer_edited(self) -> None:
        """Rows were changed, removed or dropped; the place is right again."""

    def _project(self) -> bool:
        """Bring the projection of the place in accord with the buffer; True where other rows are shown than before,
        not only more at the end."""
        return False

    def _make_shown(self, position: int) -> bool:
        """Show a row that is folded away; False where it cannot be shown."""
        return self._place.projection.is_shown(position)

    def _fold_line(self, row: Row) -> FoldLine | None:
        """What is shown of a fold in the row."""
        return None

    # The place

    def _settle(self) -> None:
        """Bring the place in accord with the buffer: after appends, edits, drops and resizes."""
        height = self.size.height
        is_reprojected = self._project()
        if self._generation != self.buffer.generation:
            self._generation = self.buffer.generation
            self._breaks.clear()
            self._keep_rows_in_place()
            self._buffer_edited()
        elif is_reprojected:
            self._breaks.clear()
            self._keep_rows_in_place()
            self._touch()
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

        Where lines wrap, that is the row of the screen with ``character`` in it. A fold around it is opened.
        """
        self._settle()
        if not self._make_shown(position):
            return
        self._settle()
        height = self.size.height
        first = Spot(position)
        if self.wrap and character:
            first = Spot(position, bisect_right(self._breaks_of(self.buffer.row(position)), character))
        shown = self._place.visible(height)
        last = self._place.projection.select(self._place.projection.rank(position) + rows - 1, len(self.buffer))
        if not shown or not (shown[0] <= first and first._replace(position=last or position) <= shown[-1]):
            self._go_to(self._place.back(first, min(rows_above, max(0, height - rows))))
        self.is_following = False

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

    # Textual's own scrolling, mirrored

    @property
    def allow_vertical_scroll(self) -> bool:
        """True when there is more than fits."""
        return self._place.shown > self.size.height or self.wrap

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

    # The mouse

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel scrolls; with shift or ctrl it pans."""
        self._wheel(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel scrolls; with shift or ctrl it pans."""
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, direction: int) -> None:
        event.stop()
        event.prevent_default()
        if event.shift or event.ctrl:
            self.pan(direction * PAN_CELLS)
        else:
            self.scroll_rows(direction * WHEEL_ROWS)

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

    def watch_pretty(self) -> None:
        """Lines change their length."""
        self._relayout()

    def watch_colours(self) -> None:
        """The heads of folded tracebacks change their length."""
        self._relayout()

    def _relayout(self) -> None:
        self._rewrap()
        self._settle()
        self._forget()

    # Text of rows

    def _text_width(self) -> int:
        return max(1, self.size.width - self._gutter - MARGIN)

    def _text_of(self, row: Row) -> str:
        return self._drawn_text(row, self._fold_line(row))

    def _unfolded_text(self, raw: str) -> str:
        return self._drawn_text(Row(RowKind.LINE, RawLine(raw)), None)

    def _drawn_text(self, row: Row, fold: FoldLine | None) -> str:
        pretty = pretty_of(row, revealed=self.reveal, fold=fold, query=self._query) if self.pretty else None
        line = shown_text(row, revealed=self.reveal, colours=self.colours, fold=fold, pretty=pretty, query=self._query)
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

"""The table of the program: any number of rows at the cost of those on the screen, selected by key.

Base of the lists of sandboxes, processes and error groups. Sorting and filtering are done by whoever owns the rows; the
table is given the whole new list and finds out what that means for cursor, window and screen.

It draws whole lines itself (``render_lines``) beside an own scroll bar, which costs a fraction of Textual's
composition of a widget with its scroll bar. Two things that Textual does otherwise are done here in its stead: line
filters (NO_COLOR) are applied to the lines, and ``virtual_size`` is set without a layout of the screen. A frame or
padding around the table is still drawn by Textual, more slowly.

Longer than most files: state, drawing and input of one widget, which would only hand the widget to each other. What
could be taken out stands beside it in the ``table_…`` modules.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from typing import ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.app.widgets import table_messages, table_styles
from tui.app.widgets.slim_scrollbar import BarCell, slim_bar, top_for_cell
from tui.app.widgets.table_columns import Column, fit_text, text_width
from tui.app.widgets.table_paint import BAR, RowPainter
from tui.app.widgets.table_place import Place, settle
from tui.app.widgets.table_styles import TableStyles

RowT = TypeVar("RowT")

HEADER = 1
WHEEL_ROWS = 3


class VirtualTable(ScrollView, Generic[RowT], can_focus=True, inherit_bindings=False):
    """Rows of any type in columns.

    ``key`` names a row for good: the cursor and the marks belong to keys and stay on them when rows come, go or move.
    Keys must be unique, rows must be immutable and comparable with ``==``; a row that is equal is not drawn again.

    With ``sticky_first`` the cursor rests on the first row, whichever that is, until the user or :meth:`move_to` moves
    it for the first time.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = table_styles.COMPONENT_CLASSES
    DEFAULT_CSS = table_styles.DEFAULT_CSS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "cursor_down", "Down", show=False, id="table.down"),
        Binding("k,up", "cursor_up", "Up", show=False, id="table.up"),
        Binding("g,home", "cursor_first", "First", show=False, id="table.first"),
        Binding("G,end", "cursor_last", "Last", show=False, id="table.last"),
        Binding("ctrl+d", "half_page_down", "Half page down", show=False, id="table.half_down"),
        Binding("ctrl+u", "half_page_up", "Half page up", show=False, id="table.half_up"),
        Binding("pagedown", "page_down", "Page down", show=False, id="table.page_down"),
        Binding("pageup", "page_up", "Page up", show=False, id="table.page_up"),
        Binding("enter", "select_row", "Open", show=False, id="table.select"),
        Binding("space", "toggle_mark", "Mark", show=False, id="table.mark"),
    ]

    RowHighlighted = table_messages.RowHighlighted
    RowSelected = table_messages.RowSelected
    RowVanished = table_messages.RowVanished
    Marked = table_messages.Marked
    HeaderClicked = table_messages.HeaderClicked

    def __init__(
        self,
        columns: Sequence[Column[RowT]],
        key: Callable[[RowT], Hashable],
        *,
        empty_text: Sequence[str] = (),
        sticky_first: bool = True,
        can_mark: bool = True,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._key = key
        self._rows: Sequence[RowT] = ()
        self._painter = RowPainter(columns, key, has_marks=can_mark)
        self._empty_text = tuple(empty_text)
        self._cursor = -1
        self._is_pinned = sticky_first
        self._marked: frozenset[Hashable] = frozenset()
        self._styles: TableStyles | None = None
        self._seen_height = 0
        self._is_dragging_bar = False

    # What it shows

    @property
    def rows(self) -> Sequence[RowT]:
        """The rows in the order of the screen."""
        return self._rows

    @property
    def columns(self) -> tuple[Column[RowT], ...]:
        """All columns, hidden ones too."""
        return self._painter.columns

    @property
    def cursor_key(self) -> Hashable | None:
        """The key that the cursor is on; None when there are no rows."""
        return None if self._cursor < 0 else self._key(self._rows[self._cursor])

    @property
    def cursor_row(self) -> RowT | None:
        """The row that the cursor is on; None when there are no rows."""
        return None if self._cursor < 0 else self._rows[self._cursor]

    @property
    def marked(self) -> frozenset[Hashable]:
        """Keys of the marked rows. A mark goes with its row: see :meth:`markable`."""
        return self._marked

    def markable(self) -> Collection[Hashable]:
        """Keys of the rows that may be marked: of those in the table, unless a subclass knows of more."""
        return {self._key(row) for row in self._rows}

    def set_rows(self, rows: Sequence[RowT]) -> None:
        """Show ``rows``, the whole list in its new order. Where cursor and window go: :func:`table_place.settle`.

        A list is copied; any other sequence is kept, and must stay as it is.
        """
        old, new = self._rows, tuple(rows) if isinstance(rows, list) else rows
        old_key, old_place = self.cursor_key, Place(self._cursor, self._top)
        place = settle(old, new, self._key, old_place, self._body_height, pin_first=self._is_pinned)
        self._rows, self._cursor = new, place.cursor
        self._set_virtual_height()
        if self._top != place.top:
            self._scroll_to_row(place.top)
        if not new:
            self._painter.forget()
        self._refresh_changed(old, old_place)
        self._drop_marks()
        if place.is_lost and old_key is not None:
            self.post_message(self.RowVanished(self, old_key, self.cursor_key))
        if self.cursor_key != old_key:
            self.post_message(self.RowHighlighted(self, self.cursor_key))

    def set_columns(self, columns: Sequence[Column[RowT]]) -> None:
        """Show other columns of the same rows."""
        old = self._painter
        self._painter = RowPainter(columns, self._key, has_marks=old.has_marks)
        self._painter.set_sort(old.sort)
        self.refresh()

    def set_sort(self, column_key: str | None, *, descending: bool = False) -> None:
        """Put the sort arrow at a column, or nowhere. The rows come sorted from outside."""
        self._painter.set_sort(None if column_key is None else (column_key, descending))
        self.refresh()

    def set_empty_text(self, lines: Sequence[str]) -> None:
        """What stands in the middle while there are no rows; plain text."""
        if self._empty_text != tuple(lines):
            self._empty_text = tuple(lines)
            self.refresh()

    def move_to(self, key: Hashable) -> bool:
        """Put the cursor on ``key`` and bring it into view. False, and no change, when there is no such row."""
        for index, row in enumerate(self._rows):
            if self._key(row) == key:
                self._set_cursor(index)
                return True
        return False

    @property
    def is_at_rest(self) -> bool:
        """Whether the cursor rests on the first row, whichever that is, because nobody has moved it yet."""
        return self._is_pinned

    def rest_on_first(self) -> None:
        """Let the cursor rest on the first row again, until it is moved: other rows are about to be shown."""
        self._is_pinned = True
        self._scroll_to_row(0)

    def mark(self, keys: Iterable[Hashable]) -> None:
        """Mark the rows of these keys, and no others."""
        wanted = frozenset(keys)
        self._set_marked(wanted.intersection(self.markable()) if wanted else wanted)

    def clear_marks(self) -> None:
        """Unmark every row."""
        self._set_marked(frozenset())

    # Geometry. Row y of the screen: the header is 0, the first visible row is 1.

    @property
    def _top(self) -> int:
        return round(self.scroll_y)

    @property
    def _body_height(self) -> int:
        return max(0, self.size.height - HEADER)

    def _set_virtual_height(self) -> None:
        """Tell the scroll limits about the rows; only a table whose height depends on them needs a layout."""
        self.set_reactive(ScrollView.virtual_size, Size(self.size.width, len(self._rows) + HEADER))
        if self.styles.auto_dimensions:
            self.refresh(layout=True)

    def _scroll_to_row(self, top: int) -> None:
        self.scroll_target_y = self.scroll_y = top

    def _reveal(self, index: int) -> None:
        """Scroll as little as is needed to see row ``index``."""
        height = self._body_height
        if index < self._top:
            self._scroll_to_row(index)
        elif height and index >= self._top + height:
            self._scroll_to_row(index - height + 1)

    def on_resize(self) -> None:
        """Widths are found anew; a cursor that was in view stays in view."""
        was_visible = not self._seen_height or self._top <= self._cursor < self._top + self._seen_height
        self._seen_height = self._body_height
        self._painter.forget()
        self._set_virtual_height()
        self._scroll_to_row(self._top)
        if was_visible and self._cursor >= 0:
            self._reveal(self._cursor)
        self.refresh()

    # Drawing

    def notify_style_update(self) -> None:
        """Forget the styles: theme, focus or classes have changed."""
        super().notify_style_update()
        self._styles = None
        self._painter.forget_strips()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Let the columns fit the rows that have come into view, before any of them is drawn."""
        super().watch_scroll_y(old_value, new_value)
        self._measure()

    def _measure(self) -> bool:
        if not self.size.width:
            return False
        top = self._top
        return self._painter.measure(self._rows[top : top + self._body_height], self.size.width)

    def _refresh_changed(self, old: Sequence[RowT], place: Place) -> None:
        """Repaint the lines that differ from what ``old`` showed at ``place``; nothing if none does."""
        height, top = self._body_height, self._top
        if self._measure() or len(old) != len(self._rows) or place != Place(self._cursor, top):
            self.refresh()
            return
        changed = [
            y
            for y, (a, b) in enumerate(zip(old[top : top + height], self._rows[top : top + height], strict=True))
            if a is not b and a != b
        ]
        if changed:
            self.refresh(Region(0, HEADER + changed[0], self.size.width, changed[-1] - changed[0] + 1))

    def _refresh_rows(self, *indices: int) -> None:
        lines = [index - self._top for index in indices if 0 <= index - self._top < self._body_height]
        if lines:
            self.refresh(*(Region(0, HEADER + line, self.size.width, 1) for line in lines))

    @property
    def _table_styles(self) -> TableStyles:
        if self._styles is None:
            self._styles = TableStyles.resolve(self._component, has_focus=self.has_focus)
        return self._styles

    def _component(self, name: str) -> Style:
        return self.get_component_rich_style(f"virtual-table--{name}") if name else self.rich_style

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of ``crop``, kept strips as they are."""
        if self.styles.gutter.totals != (0, 0) or self.opacity < 1:
            return super().render_lines(crop)
        self._measure()
        bar = self._bar()
        strips = [self._line(y, bar) for y in crop.line_range]
        background = self.background_colors[1]
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        if crop.column_span != (0, self.size.width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        """One line, for a table in a frame."""
        self._measure()
        return self._line(y, self._bar())

    def _bar(self) -> list[BarCell]:
        return slim_bar(self._body_height, len(self._rows), self._body_height, self._top)

    def _line(self, y: int, bar: Sequence[BarCell]) -> Strip:
        styles = self._table_styles
        if y < HEADER:
            return self._painter.header(styles)
        line = y - HEADER
        index = self._top + line
        if index >= len(self._rows):
            return self._empty_line(line) if not self._rows else Strip.blank(self.size.width, self.rich_style)
        row = self._rows[index]
        return self._painter.row(
            row,
            styles,
            on_cursor=index == self._cursor,
            is_marked=bool(self._marked) and self._key(row) in self._marked,
            bar=bar[line] if bar else None,
        )

    def _empty_line(self, line: int) -> Strip:
        """A line of the empty table: the text stands in the middle, a little above the centre."""
        width = self.size.width
        first = max(0, (self._body_height - len(self._empty_text)) * 2 // 5)
        if not first <= line < first + len(self._empty_text):
            return Strip.blank(width, self.rich_style)
        text = fit_text(self._empty_text[line - first], min(width, text_width(self._empty_text[line - first])))
        left = (width - text_width(text)) // 2
        return Strip([Segment(fit_text(" " * left + text, width), self._table_styles.empty)], width)

    # Cursor and marks

    def _set_cursor(self, index: int) -> None:
        """Move the cursor on the user's or the screen's behalf; from now on it stays on its key."""
        if not self._rows:
            return
        self._is_pinned = False
        index = max(0, min(index, len(self._rows) - 1))
        old, self._cursor = self._cursor, index
        self._reveal(index)
        if old != index:
            self._refresh_rows(old, index)
            self.post_message(self.RowHighlighted(self, self.cursor_key))

    def _set_marked(self, marked: frozenset[Hashable]) -> None:
        if marked != self._marked:
            self._marked = marked
            self.refresh()
            self.post_message(self.Marked(self, marked))

    def _drop_marks(self) -> None:
        if self._marked:
            self._set_marked(self._marked.intersection(self.markable()))

    def action_cursor_down(self) -> None:
        """To the next row."""
        self._set_cursor(self._cursor + 1)

    def action_cursor_up(self) -> None:
        """To the previous row."""
        self._set_cursor(self._cursor - 1)

    def action_cursor_first(self) -> None:
        """To the first row."""
        self._set_cursor(0)

    def action_cursor_last(self) -> None:
        """To the last row."""
        self._set_cursor(len(self._rows) - 1)

    def action_half_page_down(self) -> None:
        """Half a window down."""
        self._page(self._body_height // 2)

    def action_half_page_up(self) -> None:
        """Half a window up."""
        self._page(-(self._body_height // 2))

    def action_page_down(self) -> None:
        """A window down."""
        self._page(self._body_height - 1)

    def action_page_up(self) -> None:
        """A window up."""
        self._page(1 - self._body_height)

    def _page(self, distance: int) -> None:
        """Move cursor and window together, so that the cursor keeps its line where it can."""
        self._scroll_to_row(self._top + distance)
        self._set_cursor(self._cursor + distance)

    def action_select_row(self) -> None:
        """Choose the row under the cursor."""
        if (key := self.cursor_key) is not None:
            self.post_message(self.RowSelected(self, key))

    def action_toggle_mark(self) -> None:
        """Mark the row under the cursor, or unmark it; the cursor stays."""
        if self._painter.has_marks and (key := self.cursor_key) is not None:
            self._is_pinned = False
            self._set_marked(self._marked ^ {key})

    # Mouse

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the window and leaves the cursor where it is."""
        self._wheel(event, WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the window and leaves the cursor where it is."""
        self._wheel(event, -WHEEL_ROWS)

    def _wheel(self, event: events.MouseEvent, rows: int) -> None:
        if len(self._rows) > self._body_height:
            event.stop()
            self._scroll_to_row(self._top + rows)

    def on_click(self, event: events.Click) -> None:
        """A click on a row moves the cursor there, a double click chooses the row, one on a title is passed on."""
        offset = event.get_content_offset(self)
        if offset is None or offset.x >= self.size.width - BAR:
            return
        index = self._top + offset.y - HEADER
        if offset.y < HEADER:
            column = self._painter.column_at(offset.x)
            if column is not None:
                self.post_message(self.HeaderClicked(self, column.key))
        elif index < len(self._rows):
            self._set_cursor(index)
            if event.chain == 2:
                self.action_select_row()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """The scroll bar can be clicked and dragged."""
        offset = event.get_content_offset(self)
        if offset is not None and offset.x >= self.size.width - BAR and offset.y >= HEADER:
            self._is_dragging_bar = True
            self.capture_mouse()
            self._drag_bar(offset.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow a drag of the scroll bar."""
        if self._is_dragging_bar:
            self._drag_bar(event.y - self.gutter.top)

    def on_mouse_up(self) -> None:
        """End a drag of the scroll bar."""
        if self._is_dragging_bar:
            self._is_dragging_bar = False
            self.release_mouse()

    def _drag_bar(self, y: int) -> None:
        height = self._body_height
        self._scroll_to_row(top_for_cell(height, len(self._rows), height, y - HEADER))

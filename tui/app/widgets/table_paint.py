"""Drawing the rows of a table: from cells to strips, with the column widths that the visible rows ask for.

Cost is bounded by what is visible: a row is rendered when it is first seen or no longer equal, and its strip is kept
until the row, a width or a style changes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.app.widgets.slim_scrollbar import BarCell
from tui.app.widgets.table_columns import GAP, Cell, Column, fit_columns, fit_text, text_width
from tui.app.widgets.table_styles import TableStyles

RowT = TypeVar("RowT")
EntryT = TypeVar("EntryT")

BAR = 1
"""Cells after the last column, kept free for the scroll bar so that nothing moves when it appears."""
CURSOR, CURSOR_BLURRED, MARK = "▌", "▏", "•"
ASCENDING, DESCENDING = "▲", "▼"
CACHED_ROWS = 512
GROWTH_SLACK = 1
"""Cells that a column grows beyond its need once it has been drawn, so that a counter does not push it every time."""


class RowPainter(Generic[RowT]):
    """Draws header and rows in the columns it was given; remembers what it has drawn."""

    def __init__(self, columns: Sequence[Column[RowT]], key: Callable[[RowT], Hashable], *, has_marks: bool) -> None:
        self.columns = tuple(columns)
        self.key = key
        self.has_marks = has_marks
        self.gutter = 3 if has_marks else 2
        """Cells before the first column: the cursor, the mark if rows can be marked, and a blank."""
        self.sort: tuple[str, bool] | None = None
        """Key of the column that the header names as sorted, and whether it is descending."""
        self.widths: tuple[int, ...] = ()
        """Cells of each column; 0 for a column that is hidden for want of room."""
        self._width = 0
        self._measured = [0] * len(self.columns)
        self._is_measured = False
        self._is_stale = True
        self._cells: dict[Hashable, tuple[RowT, tuple[Cell, ...]]] = {}
        self._strips: dict[Hashable, tuple[RowT, Strip]] = {}
        self._header: Strip | None = None

    def forget(self) -> None:
        """Forget rows and widths: after a resize, or when the table has become empty."""
        self._measured = [0] * len(self.columns)
        self._is_measured = False
        self._is_stale = True
        self._cells.clear()
        self.forget_strips()

    def forget_strips(self) -> None:
        """Forget what was drawn but not the widths: styles have changed."""
        self._strips.clear()
        self._header = None

    def measure(self, visible: Iterable[RowT], width: int) -> bool:
        """Let the columns fit ``visible`` rows in a widget of ``width`` cells. True when widths have changed.

        Between two calls of :meth:`forget` a column only grows.
        """
        for row in visible:
            self._cells_of(row)
        if not self._is_stale and width == self._width:
            return False
        self._is_stale = False
        self._is_measured = bool(self._cells)
        natural = [max(m, self._title_width(c)) for m, c in zip(self._measured, self.columns, strict=True)]
        widths = fit_columns(self.columns, natural, width - self.gutter - BAR)
        if widths == self.widths and width == self._width:
            return False
        self.widths, self._width = widths, width
        self.forget_strips()
        return True

    def set_sort(self, sort: tuple[str, bool] | None) -> None:
        """Show by which column the rows are sorted."""
        self.sort = sort
        self._is_stale = True
        self._header = None

    def _title_width(self, column: Column[RowT]) -> int:
        arrow = 2 if self.sort is not None and self.sort[0] == column.key else 0
        return text_width(column.title) + arrow

    def _cells_of(self, row: RowT) -> tuple[Cell, ...]:
        key = self.key(row)
        known = self._cells.get(key)
        if known is not None and (known[0] is row or known[0] == row):
            return known[1]
        cells = tuple(column.render(row) for column in self.columns)
        for i, (cell, column) in enumerate(zip(cells, self.columns, strict=True)):
            limits = column.width
            if limits.weight or limits.minimum == limits.maximum:
                continue
            width = text_width(cell.text)
            if width > self._measured[i] and (limits.maximum is None or self._measured[i] < limits.maximum):
                self._measured[i] = width + (GROWTH_SLACK if self._is_measured else 0)
                self._is_stale = True
        _remember(self._cells, key, (row, cells))
        return cells

    def row(self, row: RowT, styles: TableStyles, *, on_cursor: bool, is_marked: bool, bar: BarCell | None) -> Strip:
        """The strip of one row, scroll bar cell included."""
        cache_key = (self.key(row), on_cursor, is_marked, bar)
        known = self._strips.get(cache_key)
        if known is not None and (known[0] is row or known[0] == row):
            return known[1]
        palette = styles.cursor if on_cursor else styles.plain
        pen = _Pen(palette[""])
        if on_cursor:
            pen.write(CURSOR if styles.has_focus else CURSOR_BLURRED, styles.cursor_glyph)
        else:
            pen.blank(1)
        if is_marked:
            pen.write(MARK, styles.cursor_mark if on_cursor else styles.mark)
        pen.blank(self.gutter - (2 if is_marked else 1))
        is_first = True
        for cell, column, width in zip(self._cells_of(row), self.columns, self.widths, strict=True):
            if width:
                pen.blank(0 if is_first else GAP)
                pen.write(fit_text(cell.text, width, column.align), palette.get(cell.style, palette[""]))
                is_first = False
        strip = pen.strip(self._width, bar_segment(bar, styles) if bar else Segment(" ", palette[""]))
        _remember(self._strips, cache_key, (row, strip))
        return strip

    def header(self, styles: TableStyles) -> Strip:
        """The strip of the titles, with an arrow at the column that the rows are sorted by."""
        if self._header is None:
            self._header = self._draw_header(styles)
        return self._header

    def _draw_header(self, styles: TableStyles) -> Strip:
        pen = _Pen(styles.header)
        pen.blank(self.gutter)
        is_first = True
        for column, width in zip(self.columns, self.widths, strict=True):
            if not width:
                continue
            pen.blank(0 if is_first else GAP)
            is_first = False
            if self.sort is not None and self.sort[0] == column.key and width > 2:
                arrow = DESCENDING if self.sort[1] else ASCENDING
                title = fit_text(column.title, min(width - 2, text_width(column.title)))
                pen.write(fit_text(f"{title} {arrow}", width, column.align), styles.header_sorted)
            else:
                pen.write(fit_text(column.title, width, column.align), styles.header)
        return pen.strip(self._width, Segment(" ", styles.header))

    def column_at(self, x: int) -> Column[RowT] | None:
        """The column under cell ``x`` of a line."""
        left = self.gutter
        for column, width in zip(self.columns, self.widths, strict=True):
            if width:
                if left <= x < left + width:
                    return column
                left += width + GAP
        return None


class _Pen:
    """Collects text as segments; neighbours of one style become one segment, and blanks join what is before them."""

    def __init__(self, blank_style: Style) -> None:
        self.segments: list[Segment] = []
        self.blank_style = blank_style
        self._text: list[str] = []
        self._style = blank_style

    def write(self, text: str, style: Style) -> None:
        if style is not self._style:
            self._flush()
            self._style = style
        self._text.append(text)

    def blank(self, cells: int) -> None:
        self.write(" " * cells, self.blank_style)

    def _flush(self) -> None:
        text = "".join(self._text)
        if text:
            self.segments.append(Segment(text, self._style))
        self._text.clear()

    def strip(self, width: int, last: Segment) -> Strip:
        """What was written, padded or cropped so that ``last`` ends in cell ``width``."""
        self._flush()
        cells = sum(text_width(segment.text) for segment in self.segments)
        if cells < width - BAR:
            self.segments.append(Segment(" " * (width - BAR - cells), self.blank_style))
        elif cells > width - BAR:
            self.segments = list(Strip(self.segments, cells).crop(0, width - BAR))
        return Strip([*self.segments, last], width)


def bar_segment(bar: BarCell, styles: TableStyles) -> Segment:
    """The segment of one cell of the scroll bar."""
    style = styles.bar_mark if bar.is_mark else styles.bar_thumb if bar.is_thumb else styles.bar_track
    return Segment(bar.glyph, style)


def _remember(cache: dict[Hashable, EntryT], key: Hashable, entry: EntryT) -> None:
    """Store ``entry``; the oldest one goes when there are too many."""
    if len(cache) >= CACHED_ROWS and key not in cache:
        del cache[next(iter(cache))]
    cache[key] = entry

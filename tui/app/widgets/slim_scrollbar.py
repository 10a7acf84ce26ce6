"""A scroll bar of one column, as data: what stands in each of its cells, and which row a cell means.

Textual's own bar is a widget, and drawing it costs more than the page beside it. Here a view that draws its own lines
asks for the cells and appends them to the lines.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

TRACK = "│"
THUMB = "┃"
MARKED_TRACK = "┤"
MARKED_THUMB = "┫"


class BarCell(NamedTuple):
    """One cell of the bar. The glyphs differ, so that the bar can be read without colour."""

    glyph: str
    is_thumb: bool
    is_mark: bool


def slim_bar(height: int, total: int, window: int, top: int, marks: Collection[int] = ()) -> list[BarCell]:
    """The cells of a bar of ``height`` rows beside a view that shows ``window`` of ``total`` rows from row ``top``.

    ``marks`` are rows worth finding (errors, hits): each marks the cell it falls into. The list is empty when
    everything fits, for then there is nothing to scroll. The thumb is never shorter than one cell, and it touches an
    end of the bar only when the view does.
    """
    if height <= 0 or total <= window or window <= 0:
        return []
    first, length = thumb(height, total, window, top)
    marked = {min(height - 1, row * height // total) for row in marks if 0 <= row < total}
    cells = []
    for y in range(height):
        on_thumb, is_mark = first <= y < first + length, y in marked
        plain, with_mark = (THUMB, MARKED_THUMB) if on_thumb else (TRACK, MARKED_TRACK)
        cells.append(BarCell(with_mark if is_mark else plain, on_thumb, is_mark))
    return cells


def thumb(height: int, total: int, window: int, top: int) -> tuple[int, int]:
    """First cell and length of the thumb; the arguments are those of :func:`slim_bar`."""
    length = max(1, min(height, round(height * window / total)))
    last_top = total - window
    free = height - length
    top = max(0, min(top, last_top))
    first = round(free * top / last_top)
    if free >= 2 and 0 < top < last_top:
        first = max(1, min(first, free - 1))
    return first, length


def top_for_cell(height: int, total: int, window: int, y: int) -> int:
    """The top row of the view after a click on cell ``y``: the thumb's middle goes there."""
    if height <= 0 or total <= window:
        return 0
    _, length = thumb(height, total, window, 0)
    free = height - length
    if free <= 0:
        return 0
    first = max(0, min(free, y - length // 2))
    return round((total - window) * first / free)

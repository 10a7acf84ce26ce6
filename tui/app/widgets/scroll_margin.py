"""The margin at the right of the output: a scroll bar of one column, with marks for tracebacks and search hits.

It shares its geometry and glyphs with the tables' bar, so that both look alike.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntFlag

from tui.app.widgets.slim_scrollbar import MARKED_THUMB, MARKED_TRACK, THUMB, TRACK, thumb


class MarginCell(IntFlag):
    """What one cell of the margin says."""

    TRACK = 0
    THUMB = 1
    TRACEBACK = 2
    MATCH = 4
    BLANK = 8
    """Everything fits on the screen: there is nothing to scroll."""


def margin_cells(
    height: int,
    total: int,
    top: int,
    has_traceback: Callable[[float, float], bool],
    has_match: Callable[[float, float], bool],
) -> list[MarginCell]:
    """The cells beside ``height`` rows of a view that shows ``total`` rows from row ``top`` on.

    The two callables say whether there is one between two shares (0 to 1) of everything; each is asked once a cell.
    """
    if total <= height:
        return [MarginCell.BLANK] * height
    first, length = thumb(height, total, height, top)
    cells = []
    for y in range(height):
        low, high = y / height, (y + 1) / height
        cell = MarginCell.THUMB if first <= y < first + length else MarginCell.TRACK
        if has_traceback(low, high):
            cell |= MarginCell.TRACEBACK
        if has_match(low, high):
            cell |= MarginCell.MATCH
        cells.append(cell)
    return cells


def margin_glyph(cell: MarginCell) -> str:
    """The glyph of a cell; what is marked differs in shape, not only in colour."""
    if cell & MarginCell.BLANK:
        return " "
    if cell & MarginCell.TRACEBACK:
        return MARKED_THUMB if cell & MarginCell.THUMB else MARKED_TRACK
    if cell & MarginCell.MATCH:
        return "╋" if cell & MarginCell.THUMB else "┼"
    return THUMB if cell & MarginCell.THUMB else TRACK

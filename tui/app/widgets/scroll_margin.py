"""The margin at the right of the output: a scroll bar of one column, with marks for tracebacks and search hits.

It shares its geometry and glyphs with the tables' bar, so that both look alike.
"""

from __future__ import annotations

from collections.abc import Callable

from tui.app.widgets.slim_scrollbar import MARKED_THUMB, MARKED_TRACK, THUMB, TRACK, thumb

ON_TRACK, ON_THUMB, HAS_TRACEBACK, HAS_MATCH, NO_BAR = 0, 1, 2, 4, 8
"""What one cell of the margin says; the first two can go with the next two. NO_BAR: everything fits on the screen."""


def margin_cells(
    height: int,
    total: int,
    top: int,
    position: Callable[[int], int],
    has_traceback: Callable[[int, int], bool],
    has_match: Callable[[int, int], bool],
) -> list[int]:
    """The cells beside ``height`` rows of a view that shows ``total`` rows from row ``top`` on.

    ``position`` gives the position in the buffer of a shown row; the two others say whether there is one from one
    position to before another. Each is asked once a cell.
    """
    if total <= height:
        return [NO_BAR] * height
    first, length = thumb(height, total, height, top)
    cells = []
    high = position(0)
    for y in range(height):
        low, high = high, position((y + 1) * total // height)
        cell = ON_THUMB if first <= y < first + length else ON_TRACK
        if has_traceback(low, high):
            cell |= HAS_TRACEBACK
        if has_match(low, high):
            cell |= HAS_MATCH
        cells.append(cell)
    return cells


def margin_glyph(cell: int) -> str:
    """The glyph of a cell; what is marked differs in shape, not only in colour."""
    if cell & NO_BAR:
        return " "
    if cell & HAS_TRACEBACK:
        return MARKED_THUMB if cell & ON_THUMB else MARKED_TRACK
    if cell & HAS_MATCH:
        return "╋" if cell & ON_THUMB else "┼"
    return THUMB if cell & ON_THUMB else TRACK

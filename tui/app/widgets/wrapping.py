"""Cells and characters of one line: how wide it is, where it breaks, which characters fall into a window of cells.

Plain ASCII, which most output is, takes the short way: there a character is a cell.
"""

from __future__ import annotations

from rich.cells import cell_len, split_graphemes

BREAK_WITHIN = 3
"""A line breaks at a blank if there is one within the last third of the row, else between any two characters."""


def width_of(text: str) -> int:
    """Cells that ``text`` takes."""
    return len(text) if text.isascii() else cell_len(text)


def wrap_offsets(text: str, width: int) -> tuple[int, ...]:
    """Offsets (in characters) at which the second and each further row of ``text`` begins, in rows of ``width`` cells.

    A row is broken after a blank where one is near, so that copied columns stay readable and words whole.
    """
    if width <= 0:
        return ()
    if text.isascii():
        return _ascii_offsets(text, width)
    spans, cells = split_graphemes(text)
    if cells <= width:
        return ()
    offsets: list[int] = []
    start = used = 0
    for begin, _end, size in spans:
        if used + size > width and begin > start:
            blank = text.rfind(" ", max(start, begin - max(1, width // BREAK_WITHIN)), begin)
            start = blank + 1 if blank >= 0 else begin
            offsets.append(start)
            used = width_of(text[start:begin])
        used += size
    return tuple(offsets)


def _ascii_offsets(text: str, width: int) -> tuple[int, ...]:
    length, near = len(text), max(1, width // BREAK_WITHIN)
    if length <= width:
        return ()
    offsets: list[int] = []
    start = 0
    while length - start > width:
        end = start + width
        blank = text.rfind(" ", end - near, end)
        start = blank + 1 if blank >= 0 else end
        offsets.append(start)
    return tuple(offsets)


def window(text: str, start: int, width: int) -> tuple[int, int, int]:
    """The characters that lie wholly in ``width`` cells from cell ``start`` on.

    Gives first and last offset (exclusive), and the blank cells to put before them where a wide character is cut.
    """
    if text.isascii():
        return min(start, len(text)), min(start + width, len(text)), 0
    spans, cells = split_graphemes(text)
    if start >= cells:
        return len(text), len(text), 0
    first, last, lead, used = -1, 0, 0, 0
    for begin, end, size in spans:
        if used >= start and used + size <= start + width:
            if first < 0:
                first, lead = begin, used - start
            last = end
        used += size
        if used >= start + width:
            break
    return (0, 0, 0) if first < 0 else (first, last, lead)

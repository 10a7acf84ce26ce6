"""What goes to the clipboard: the text as the program wrote it, without what the screen adds or leaves out.

Escape sequences and control characters are left out, for what is copied is pasted into terminals, where they act.
While they are revealed on screen, the text is copied exactly.
"""

from __future__ import annotations

from collections.abc import Callable

from textual.selection import Selection

from tui.core.row_source import RowSource
from tui.core.rows import Row, RowKind
from tui.core.text import display_line, one_line
from tui.core.tracebacks.model import Traceback

MOST_ROWS = 200_000
"""Rows that are copied at once; a clipboard of many gigabytes helps nobody."""


def copied(raw: str, *, exact: bool) -> str:
    """One line for the clipboard; tabs stay tabs, and nothing is clipped."""
    raw = raw.rstrip("\r")
    if exact or raw.isprintable():
        return raw
    if "\r" in raw:
        raw = display_line(raw, limit=len(raw), colours=False).text
    return "\t".join(one_line(part, limit=len(part)) for part in raw.split("\t"))


def copied_block(buffer: RowSource, block: Traceback, *, exact: bool) -> str:
    """The whole traceback; empty where its lines were dropped."""
    numbers = block.lines or range(block.start, block.end + 1)
    if block.lines is None:
        first, last = buffer.position_of_line(block.start + 1), buffer.position_of_line(block.end + 1)
        if last is None:
            return ""
        lines = buffer.raw_lines(first or 0, last + 1)
    else:
        places = (buffer.position_of_line(number + 1) for number in numbers)
        lines = [buffer.row(place).text for place in places if place is not None]
    return "\n".join(copied(line, exact=exact) for line in lines)


def copied_selection(
    buffer: RowSource,
    selection: Selection,
    origin: int,
    shown: dict[int, str],
    exact: bool,
    passes: Callable[[int], bool] = lambda position: True,
) -> str:
    """The selected text. Whole lines are copied as written, parts of lines as shown in ``shown``, text by position.

    Lines in folds are copied too, but not those at positions that do not pass a filter.
    """
    last = len(buffer) - 1
    first = 0 if selection.start is None else max(0, selection.start.y - origin)
    stop = last if selection.end is None else min(last, selection.end.y - origin)
    parts: list[str] = []
    for position, row in enumerate(buffer.rows(first, min(stop + 1, first + MOST_ROWS)), first):
        span = selection.get_span(position + origin)
        if span is not None and row.kind is RowKind.LINE and passes(position):
            parts.append(_part(row, span, shown.get(position, ""), exact))
    return "\n".join(parts)


def _part(row: Row, span: tuple[int, int], shown: str, exact: bool) -> str:
    start, end = span
    if start <= 0 and (end < 0 or end >= len(shown)):
        return copied(row.text, exact=exact)
    return shown[start:] if end < 0 else shown[start:end]

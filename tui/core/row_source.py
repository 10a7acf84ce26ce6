"""What a view needs of the rows it shows, and of the tracebacks in them: one output, or several merged into one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from tui.core.models import RawLine
from tui.core.rows import Row
from tui.core.tracebacks.model import Traceback


class RowSource(Protocol):
    """Rows by position; the words are those of :class:`tui.core.buffer.LineBuffer`, which is one."""

    def __len__(self) -> int:
        """Rows held."""

    @property
    def generation(self) -> int:
        """Changes with everything that is no append."""

    @property
    def edits(self) -> int:
        """Changes of rows that were held before, dropping the oldest left out."""

    def first_edit_since(self, edits: int) -> int | None:
        """The first ordinal that may have changed since :attr:`edits` was that; None where none has."""

    @property
    def line_count(self) -> int:
        """The number of the last line."""

    @property
    def dropped_lines(self) -> int:
        """Lines that went from the head."""

    @property
    def dropped_rows(self) -> int:
        """Rows that went from the head: a position plus this is an ordinal."""

    def row(self, position: int) -> Row:
        """The row at ``position``. Raises IndexError."""

    def rows(self, start: int, stop: int) -> list[Row]:
        """The rows from ``start`` up to ``stop``, as far as there are any."""

    def raw_lines(self, start: int, stop: int) -> list[RawLine]:
        """Texts of the lines between two positions."""

    def texts(self, start: int, stop: int) -> list[str]:
        """Texts of all rows between two positions."""

    def marks(self, start: int, stop: int) -> list[int]:
        """Positions between two others of the rows that are no lines."""

    def id_at(self, position: int) -> int:
        """The id of the row at ``position``. Raises IndexError."""

    def position_of(self, row_id: int) -> int | None:
        """Where the row with ``row_id`` is now; None when it is gone."""

    def position_of_line(self, number: int) -> int | None:
        """Where the line with this 1-based number is; None when it is not held."""

    def iter_blocks(self, start_position: int = 0) -> Iterator[tuple[int, bytes]]:
        """Rows as UTF-8 lines, joined, with the position of the first of them, from ``start_position`` on."""

    def rows_of_block(self, position: int) -> int:
        """How many rows :meth:`iter_blocks` gives at once from ``position`` on. Raises IndexError."""


class TracebackSource(Protocol):
    """Tracebacks by line; the words are those of :class:`tui.core.found.TracebackIndex`, which is one."""

    def __len__(self) -> int:
        """How many are kept, those included that are still being printed."""

    @property
    def version(self) -> int:
        """Changes whenever an answer may have changed."""

    @property
    def completed(self) -> int:
        """Complete ones that are kept or were forgotten."""

    @property
    def forgotten(self) -> int:
        """Complete ones that are kept no more."""

    @property
    def all(self) -> Sequence[Traceback]:
        """Every kept one by its first line."""

    @property
    def starts(self) -> Sequence[int]:
        """The first lines of the complete ones that are kept, in order."""

    @property
    def resets(self) -> int:
        """Changes whenever they were found anew or numbered anew: until then a complete one stays as it is."""

    @property
    def open_start(self) -> int | None:
        """The first line of those that are still being printed; None where there is none."""

    def is_open(self, block: Traceback) -> bool:
        """Whether ``block`` is still being printed."""

    def at(self, line_index: int) -> Traceback | None:
        """The one that the line belongs to; the one that began last where several enclose it."""

    def next_after(self, line_index: int) -> Traceback | None:
        """The first one that begins after the line."""

    def previous_before(self, line_index: int) -> Traceback | None:
        """The last one that begins before the line."""

    def begins_between(self, first: int, last: int) -> bool:
        """True when one begins on a line from ``first`` to before ``last``."""


OVERLAP = 16
"""Tracebacks that can enclose one another: those of so many threads."""


def lines_before(rows: RowSource, position: int) -> int:
    """How many lines of the log stand before the row at ``position``."""
    position = max(0, position)
    if len(rows) == rows.line_count - rows.dropped_lines:
        return min(position, len(rows)) + rows.dropped_lines
    while position < len(rows):
        number = rows.row(position).number
        if number is not None:
            return number - 1
        position += 1
    return rows.line_count


def blocks_between(found: TracebackSource, first: int, last: int) -> Iterator[Traceback]:
    """The tracebacks that may have a line from ``first`` to before ``last``; those that began last come first, then
    the others by their first line."""
    block = found.previous_before(first)
    for _ in range(OVERLAP):
        if block is None:
            break
        if block.end >= first:
            yield block
        block = found.previous_before(block.start)
    block = found.next_after(first - 1)
    while block is not None and block.start < last:
        yield block
        block = found.next_after(block.start)

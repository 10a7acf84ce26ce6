"""The buffer of one output stream: the store that a view pulls rows from, of bounded memory and disk.

Goals: an append costs well under a microsecond a line; a page costs the same wherever it lies in a log of any length;
an edit costs the blocks it touches; memory does not grow with the log but for a small record per block.

A position counts the rows held now, from 0. A row id names one row for as long as it is held, whatever is inserted,
removed or dropped elsewhere; views keep a reader's place by it. A line number counts the lines of the log from 1 and
does not move when the oldest blocks are dropped.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from tui.core.block_list import BlockList
from tui.core.blocks import BlockStore, MemoryBlocks
from tui.core.budget import MAX_BYTES, DiskBudget
from tui.core.edit_log import EditLog
from tui.core.models import RawLine
from tui.core.packed_lines import PackedLines
from tui.core.rows import Row, RowKind, id_at, line_rows, rows_of, times_of

BLOCK_BYTES = 256 * 1024
BLOCK_ROWS = 16384


class LineBuffer:
    """Rows of one output stream, oldest first. Not to be shared between threads."""

    def __init__(
        self,
        store: BlockStore | None = None,
        *,
        max_bytes: int = MAX_BYTES,
        block_bytes: int = BLOCK_BYTES,
        block_rows: int = BLOCK_ROWS,
        budget: DiskBudget | None = None,
        on_dropped: Callable[[], None] = lambda: None,
    ) -> None:
        """``max_bytes`` bounds this buffer, ``budget`` all that share it; ``on_dropped`` tells of the latter only."""
        self._list = BlockList(
            MemoryBlocks() if store is None else store,
            max_bytes=max_bytes,
            block_bytes=block_bytes,
            block_rows=block_rows,
            budget=budget,
        )
        if budget is not None:
            budget.join(self._list, on_dropped)
        self._edits = EditLog()
        self.appended_total = 0
        """Rows ever appended: a cheap way to see that there is news."""

    # What it holds

    def __len__(self) -> int:
        """Rows held."""
        return self._list.rows

    @property
    def generation(self) -> int:
        """Changes with everything that is no append, so that what was derived from positions can be thrown away."""
        return self._edits.count + self._list.drops

    @property
    def edits(self) -> int:
        """Changes of lines that were held before; unlike :attr:`generation` it leaves dropping out, since lines keep
        their numbers when the oldest are dropped."""
        return self._edits.count

    def first_edit_since(self, edits: int) -> int | None:
        """The first ordinal (see :attr:`dropped_rows`) that may have changed since :attr:`edits` was that; None where
        none has. Rows before it are what they were."""
        return self._edits.first_since(edits)

    @property
    def line_count(self) -> int:
        """Lines of the log, those included that were dropped again: the number of the last line."""
        return self._list.tail.first_line + self._list.tail.lines

    @property
    def dropped_lines(self) -> int:
        """Oldest lines that were dropped to stay within ``max_bytes`` and the budget."""
        return self._list.blocks[0].first_line

    @property
    def dropped_rows(self) -> int:
        """Rows that went from the head, those that are no lines included: a position plus this is an ordinal, which
        stands for the same row until lines are edited (see :attr:`edits`)."""
        return self._list.blocks[0].first_row

    @property
    def byte_size(self) -> int:
        """Bytes of text and timestamps held."""
        return self._list.byte_size

    def row(self, position: int) -> Row:
        """The row at ``position``. Raises IndexError."""
        block, offset = self._list.locate(position)
        return self._list.unpacked(block).row(offset, block.first_line)

    def rows(self, start: int, stop: int) -> list[Row]:
        """The rows from ``start`` up to ``stop``, as far as there are any."""
        found: list[Row] = []
        for block, low, high in self._list.spans(start, stop):
            unpacked = self._list.unpacked(block)
            found.extend(unpacked.row(offset, block.first_line) for offset in range(low, high))
        return found

    def raw_lines(self, start: int, stop: int) -> list[RawLine]:
        """Texts of the lines between two positions; rows that are no lines are left out."""
        found: list[str] = []
        for block, low, high in self._list.spans(start, stop):
            found.extend(self._list.unpacked(block).lines(low, high))
        return found  # type: ignore[return-value]

    def texts(self, start: int, stop: int) -> list[str]:
        """Texts of all rows between two positions."""
        found: list[str] = []
        for block, low, high in self._list.spans(start, stop):
            found.extend(self._list.unpacked(block).texts[low:high])
        return found

    def timestamps(self, start: int, stop: int) -> array[int]:
        """Times of all rows between two positions, in milliseconds; 0: unknown."""
        found = array("q")
        for block, low, high in self._list.spans(start, stop):
            found.extend(self._list.unpacked(block).times[low:high])
        return found

    def marks(self, start: int, stop: int) -> list[int]:
        """Positions between two others of the rows that are no lines."""
        found: list[int] = []
        for block, low, high in self._list.spans(start, stop):
            offsets = sorted(at for at in block.marks or () if low <= at < high)
            found.extend(self._list.position(block, offset) for offset in offsets)
        return found

    def id_at(self, position: int) -> int:
        """The id of the row at ``position``. Raises IndexError."""
        block, offset = self._list.locate(position)
        return id_at(block.runs, offset)

    def position_of(self, row_id: int) -> int | None:
        """Where the row with ``row_id`` is now; None when it was removed or dropped."""
        found = self._list.locate_id(row_id)
        return None if found is None else self._list.position(*found)

    def position_of_line(self, number: int) -> int | None:
        """Where the line with this 1-based number is; None when it is dropped or not there yet."""
        if not self.dropped_lines < number <= self.line_count:
            return None
        blocks = self._list.blocks
        block = blocks[bisect_right(blocks, number - 1, key=lambda b: b.first_line) - 1]
        offset = number - 1 - block.first_line
        for at in sorted(block.marks or ()):
            if at <= offset:
                offset += 1
        return self._list.position(block, offset)

    def iter_blocks(self, start_position: int = 0, *, backwards: bool = False) -> Iterator[tuple[int, bytes]]:
        """Rows as UTF-8 lines with the position of the first of them, block by block, from ``start_position`` on.

        ``backwards`` gives the rows up to and with ``start_position``, newest block first. For scanning in slices:
        appends in between are seen; after any other change (see ``generation``) begin anew.
        """
        position = start_position
        while 0 <= position < len(self):
            block, offset = self._list.locate(position)
            first, rows, text = position - offset, block.rows, self._list.text(block)
            if backwards:
                yield first, text if offset == rows - 1 else b"\n".join(text.split(b"\n", offset + 1)[: offset + 1])
                position = first - 1
            else:
                yield position, text if not offset else text.split(b"\n", offset)[offset]
                position = first + rows

    def rows_of_block(self, position: int) -> int:
        """How many rows :meth:`iter_blocks` gives at once from the row at ``position`` on. Raises IndexError."""
        block, offset = self._list.locate(position)
        return block.rows - offset

    def complete_text(self, position: int) -> bytes | None:
        """The rows from ``position`` to the end of its block as UTF-8 lines, for reading much at once.

        None where that block is still being filled, or holds rows that are no lines. Raises IndexError.
        """
        block, offset = self._list.locate(position)
        if block.open is not None or block.marks:
            return None
        text = self._list.text(block)
        return text if not offset else text.split(b"\n", offset)[offset]

    # Appending

    def append(self, lines: Sequence[RawLine], timestamps: Sequence[int] | None = None) -> None:
        """Add lines at the end; ``timestamps`` (ms) runs parallel, 0 or None meaning unknown."""
        count = len(lines)
        if not count:
            return
        times = times_of(timestamps, count)
        rest: PackedLines | None = PackedLines.of(lines)
        self.appended_total += count
        held, start = self._list, 0
        while rest is not None:
            # A batch goes whole into a block that is not full yet, which so gets half as large again at most.
            room = held.block_bytes * 3 // 2 - held.tail.size
            if len(rest.text) >= room:
                room = held.block_bytes - held.tail.size
            free = held.block_rows - held.tail.rows
            if held.tail.rows and (room <= 0 or free <= 0):
                held.begin_block()
                continue
            fits, rest = rest.divided(room, free)
            if held.tail.rows and len(fits.text) > room:
                # Not even one line fits.
                held.begin_block()
            stop = start + len(fits)
            held.extend(fits, times[start:stop])
            start = stop

    def append_marker(self, kind: RowKind, text: str = "", count: int = 0) -> int:
        """Add a row that is no line at the end and return its id."""
        row_id = self._list.next_id
        self.appended_total += 1
        self._list.extend(PackedLines.of([RawLine(text)]), array("q", [0]), mark=(kind, count))
        return row_id

    # Editing

    def insert(self, position: int, lines: Sequence[RawLine], timestamps: Sequence[int] | None = None) -> None:
        """Put lines before the row at ``position``."""
        self.splice(position, 0, line_rows(lines, timestamps))

    def insert_marker(self, position: int, kind: RowKind, text: str = "", count: int = 0) -> int:
        """Put a row that is no line before the row at ``position`` and return its id."""
        row_id = self._list.next_id
        self.splice(position, 0, [Row(kind, RawLine(text), count=count)])
        return row_id

    def replace(
        self, position: int, count: int, lines: Sequence[RawLine], timestamps: Sequence[int] | None = None
    ) -> None:
        """Put lines in place of ``count`` rows. The first of them take over the ids of the rows they stand in for."""
        rows = line_rows(lines, timestamps)
        for at in range(min(count, len(rows))):
            rows[at] = replace(rows[at], row_id=self.id_at(position + at))
        self.splice(position, count, rows)

    def remove(self, position: int, count: int) -> None:
        """Take ``count`` rows away."""
        self.splice(position, count, ())

    def set_timestamps(self, position: int, timestamps: Sequence[int]) -> None:
        """Give the rows from ``position`` on the times when they were written."""
        if not timestamps:
            return
        block, offset = self._list.locate(position)
        stop = offset + len(timestamps)
        if block.open is not None and stop <= block.rows:
            block.open.times[offset:stop] = times_of(timestamps, len(timestamps))
            self._note_edit(position)
            return
        rows = self.rows(position, position + len(timestamps))
        self.splice(position, len(rows), [replace(row, timestamp=t) for row, t in zip(rows, timestamps, strict=True)])

    def splice(self, position: int, count: int, rows: Sequence[Row]) -> None:
        """Put ``rows`` in place of ``count`` rows; those with an id keep it, the others get new ones.

        An id may be given only to one row, and only if its present row is among those replaced. Raises IndexError
        where the rows to replace do not exist.
        """
        if position < 0 or count < 0 or position + count > len(self):
            raise IndexError(f"rows {position} to {position + count} of {len(self)}")
        if not count and not rows:
            return
        self._note_edit(position)
        held = self._list
        first, low = held.index_of(position)
        last, high = held.index_of(position + count - 1) if count else (first, low - 1)
        piece = held.unpacked(held.blocks[first]).slice(0, low)
        fresh, held.next_id = rows_of(rows, held.next_id)
        piece.extend(fresh)
        after = held.blocks[last]
        piece.extend(held.unpacked(after).slice(high + 1, after.rows))
        held.exchange(first, last + 1, piece)
        held.keep_bounds()

    def _note_edit(self, position: int) -> None:
        self._edits.note(position + self.dropped_rows)

    def close(self) -> None:
        """Give up what is held, disk space included."""
        self._list.close()

"""The blocks under a line buffer: sealing, lookup by row and by row id, a small cache, and the bound on their size."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from itertools import accumulate

from tui.core.blocks import Block, BlockStore
from tui.core.budget import DiskBudget
from tui.core.packed_lines import PackedLines
from tui.core.rows import RowKind, Rows, offset_of

CACHE_BYTES = 4 * 2**20
UNSTORED_BYTES = 64 * 2**20
"""Most bytes kept in memory of blocks that the store would not take."""


class BlockList:
    """Blocks in the order of their rows. The last one, ``tail``, is open; the others are sealed."""

    def __init__(
        self,
        store: BlockStore,
        *,
        max_bytes: int,
        block_bytes: int,
        block_rows: int,
        budget: DiskBudget | None = None,
    ) -> None:
        self.store = store
        self.block_bytes = block_bytes
        self.block_rows = block_rows
        self.tail = Block(Rows.empty(), 0)
        self.blocks = [self.tail]
        self.next_id = 0
        self.drops = 0
        """Number of times that oldest blocks were dropped."""
        self._max_bytes = max_bytes
        self._budget = budget
        self._sealed_bytes = 0
        self._unstored_bytes = 0
        # Every run of row ids by its first id, and the block that it lies in.
        self._run_starts = array("q")
        self._run_blocks: list[Block] = []
        self._cache: OrderedDict[Block, Rows] = OrderedDict()
        self._cached_bytes = 0

    @property
    def rows(self) -> int:
        """Rows held."""
        return self.tail.first_row + self.tail.rows - self.blocks[0].first_row

    @property
    def byte_size(self) -> int:
        """Bytes of text and timestamps held."""
        return self._sealed_bytes + self.tail.size

    # Looking up

    def index_of(self, position: int) -> tuple[int, int]:
        """Index of the block of a row and the row's offset in it; the end lies in the last block."""
        absolute = self.blocks[0].first_row + position
        if absolute >= self.tail.first_row:
            return len(self.blocks) - 1, absolute - self.tail.first_row
        index = bisect_right(self.blocks, absolute, key=lambda b: b.first_row) - 1
        return index, absolute - self.blocks[index].first_row

    def locate(self, position: int) -> tuple[Block, int]:
        """The block of the row at ``position`` and the row's offset in it. Raises IndexError."""
        if not 0 <= position < self.rows:
            raise IndexError(f"row {position} of {self.rows}")
        index, offset = self.index_of(position)
        return self.blocks[index], offset

    def locate_id(self, row_id: int) -> tuple[Block, int] | None:
        """The block of a row id and the row's offset in it, or None."""
        at = bisect_right(self._run_starts, row_id) - 1
        if at < 0:
            return None
        block = self._run_blocks[at]
        offset = offset_of(block.runs, row_id)
        return None if offset is None else (block, offset)

    def spans(self, start: int, stop: int) -> Iterator[tuple[Block, int, int]]:
        """Blocks and ranges of offsets that make up the rows from ``start`` up to ``stop``."""
        position, stop = max(start, 0), min(stop, self.rows)
        while position < stop:
            block, offset = self.locate(position)
            high = min(block.rows, offset + stop - position)
            yield block, offset, high
            position += high - offset

    def position(self, block: Block, offset: int) -> int:
        """Position of a row of ``block``."""
        return block.first_row - self.blocks[0].first_row + offset

    def unpacked(self, block: Block) -> Rows:
        """The rows of ``block``. Those of a sealed one are to be read only."""
        if block.open is not None:
            return block.open
        rows = self._cache.get(block)
        if rows is None:
            rows = block.unpack(self.store)
            self._remember(block, rows)
        else:
            self._cache.move_to_end(block)
        return rows

    def text(self, block: Block) -> bytes:
        """The rows of ``block`` as UTF-8 lines."""
        return block.open.text() if block.open is not None else block.record(self.store)[: block.text_size]

    # Growing

    def extend(self, lines: PackedLines, times: array[int], mark: tuple[RowKind, int] | None = None) -> None:
        """Add rows to the last block; with ``mark``, one row that is no line."""
        tail, rows = self.tail, self.tail.open
        if rows is None:
            raise AssertionError("the last block is sealed")
        if mark:
            rows.marks[len(rows)] = mark
            tail.marks = rows.marks
        if rows.add(lines, times, self.next_id):
            self._register(self.next_id, tail)
        self.next_id += len(lines)
        tail.rows += len(lines)
        tail.size += len(lines.text) + 1
        if tail.size >= self.block_bytes or tail.rows >= self.block_rows:
            self.begin_block()

    def begin_block(self) -> None:
        """Seal the last block and open a new one."""
        old = self.tail
        self.tail = Block(Rows.empty(), 0)
        self.tail.first_row = old.first_row + old.rows
        self.tail.first_line = old.first_line + old.lines
        self.blocks.append(self.tail)
        self._seal(old)
        self.keep_bounds()

    def keep_bounds(self) -> None:
        """Drop the oldest blocks, whole, while there is more than may be held."""
        drop = 0
        while drop < len(self.blocks) - 1 and (
            self.byte_size > self._max_bytes or self._unstored_bytes > UNSTORED_BYTES
        ):
            self._forget(self.blocks[drop])
            drop += 1
        if drop:
            del self.blocks[:drop]
            self.drops += 1
        if self._budget is not None:
            self._budget.keep()

    def drop_oldest(self) -> int:
        """Drop the oldest block, unless it is the open one, and return its bytes."""
        oldest = self.blocks[0]
        if oldest is self.tail:
            return 0
        freed = oldest.size
        self._forget(oldest)
        del self.blocks[0]
        self.drops += 1
        return freed

    # Editing

    def exchange(self, first: int, stop: int, piece: Rows) -> None:
        """Put ``piece`` in place of the blocks from ``first`` up to ``stop``."""
        old = self.blocks[first:stop]
        row, line = old[0].first_row, old[0].first_line
        holds_tail = stop == len(self.blocks)
        for block in old:
            self._forget(block)
        new = self._cut(piece)
        if holds_tail:
            new = new or [Block(Rows.empty(), 0)]
            self.tail = new[-1]
        self.blocks[first:stop] = new
        for block in self.blocks[first:]:
            block.first_row, block.first_line = row, line
            row += block.rows
            line += block.lines
        for block in new:
            for start, _ in block.runs:
                self._register(start, block)
            if block is not self.tail:
                self._seal(block)

    def _cut(self, piece: Rows) -> list[Block]:
        """``piece`` as open blocks of the usual size."""
        ends = list(accumulate(len(text) + 1 for text in piece.texts))
        blocks: list[Block] = []
        start = done = 0
        while start < len(ends):
            stop = min(max(bisect_right(ends, done + self.block_bytes), start + 1), start + self.block_rows)
            blocks.append(Block(piece.slice(start, stop), ends[stop - 1] - done))
            start, done = stop, ends[stop - 1]
        return blocks

    def _seal(self, block: Block) -> None:
        rows = block.seal(self.store)
        self._sealed_bytes += block.size
        if block.packed is not None:
            self._unstored_bytes += block.size
        self._remember(block, rows)

    def _forget(self, block: Block) -> None:
        if block.open is None:
            self._sealed_bytes -= block.size
            if block.packed is not None:
                self._unstored_bytes -= block.size
            if self._cache.pop(block, None) is not None:
                self._cached_bytes -= block.size
            block.free(self.store)
        for start, _ in block.runs:
            at = bisect_left(self._run_starts, start)
            del self._run_starts[at], self._run_blocks[at]

    def _register(self, start: int, block: Block) -> None:
        at = bisect_left(self._run_starts, start)
        self._run_starts.insert(at, start)
        self._run_blocks.insert(at, block)

    def _remember(self, block: Block, rows: Rows) -> None:
        self._cache[block] = rows
        self._cached_bytes += block.size
        while self._cached_bytes > CACHE_BYTES and len(self._cache) > 1:
            oldest, _ = self._cache.popitem(last=False)
            self._cached_bytes -= oldest.size

    def close(self) -> None:
        """Give up the cache and the store."""
        if self._budget is not None:
            self._budget.leave(self)
        self._cache.clear()
        self.store.close()

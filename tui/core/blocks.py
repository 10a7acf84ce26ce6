"""Rows of output packed into blocks, and where packed blocks are put.

A block holds some thousand rows. While it is open it is the batches that came; sealed, it is one run of bytes in a
store. So the garbage collector never sees a container with an entry per line of the log, and the memory needed for
a log of any size is that of its last block, a small cache and a fixed record per block.
"""

from __future__ import annotations

import zlib
from array import array
from typing import Protocol

from tui.core.rows import Marks, Rows


class BlockStore(Protocol):
    """Where sealed blocks go: memory, or a file of ``io.spool``."""

    def append(self, block: bytes) -> int | None:
        """Keep ``block`` and return what it is asked for with; None where it cannot be kept (the disk is full)."""

    def read(self, ref: int) -> bytes:
        """The block kept under ``ref``."""

    def free(self, ref: int) -> None:
        """Forget a block."""

    def close(self) -> None:
        """Forget all blocks. Nothing may be asked for afterwards."""


class MemoryBlocks:
    """Blocks kept in memory, compressed: log text shrinks to about a third."""

    def __init__(self) -> None:
        self._blocks: dict[int, bytes] = {}
        self._next = 0

    def append(self, block: bytes) -> int:
        """Keep ``block``."""
        ref = self._next
        self._next += 1
        self._blocks[ref] = zlib.compress(block, 1)
        return ref

    def read(self, ref: int) -> bytes:
        """The block kept under ``ref``."""
        return zlib.decompress(self._blocks[ref])

    def free(self, ref: int) -> None:
        """Forget a block."""
        del self._blocks[ref]

    def close(self) -> None:
        """Forget all blocks."""
        self._blocks.clear()


class Block:
    """One block of a buffer: where it begins, what it holds, and where its bytes are."""

    __slots__ = ("first_line", "first_row", "marks", "open", "packed", "ref", "rows", "runs", "size", "text_size")

    def __init__(self, rows: Rows, size: int) -> None:
        self.first_row = 0
        self.first_line = 0
        """Lines of the log before this block."""
        self.rows = len(rows)
        self.marks: Marks | None = rows.marks or None
        self.runs = rows.runs
        self.open: Rows | None = rows
        self.packed: bytes | None = None
        """The sealed bytes, where the store would not take them."""
        self.ref = -1
        self.text_size = 0
        self.size = size
        """Bytes taken; an estimate while open."""

    @property
    def lines(self) -> int:
        """Lines of the log in this block."""
        return self.rows - (len(self.marks) if self.marks else 0)

    def seal(self, store: BlockStore) -> Rows:
        """Give the bytes to ``store`` and return what was unpacked until now."""
        rows = self.open
        if rows is None:
            raise ValueError("sealed twice")
        text = rows.text()
        record = text + rows.times.tobytes() if any(rows.times) else text
        self.text_size, self.size = len(text), len(record)
        self.marks = rows.marks or None
        ref = store.append(record)
        if ref is None:
            self.packed = record
        else:
            self.ref = ref
        self.open = None
        return rows

    def record(self, store: BlockStore) -> bytes:
        """The sealed bytes."""
        return self.packed if self.packed is not None else store.read(self.ref)

    def unpack(self, store: BlockStore) -> Rows:
        """The rows of a sealed block, read anew."""
        record = self.record(store)
        times = array("q", record[self.text_size :] or bytes(8 * self.rows))
        return Rows.of_text(record[: self.text_size], times, self.marks or {}, self.runs)

    def free(self, store: BlockStore) -> None:
        """Give back what the store keeps for this block."""
        if self.ref >= 0:
            store.free(self.ref)
        self.ref, self.packed = -1, None

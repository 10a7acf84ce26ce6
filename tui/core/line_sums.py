"""How many rows of the screen the rows of an output take: sums by chunk, so that either is found from the other.

Rows are counted by ordinal (see ``LineBuffer.dropped_rows``). A chunk whose rows take one row of the screen each, or
none at all, costs nothing but its place in a list; any other keeps where its rows end. Finding costs two binary
searches, however many rows there are.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

CHUNK = 256
"""Rows of a chunk; the last one may hold fewer."""


class _Chunk(NamedTuple):
    rows: int
    total: int
    ends: array[int] | None
    """For each row the rows of the screen up to its end, within the chunk; None: one each, or none at all."""


class LineSums:
    """Rows of the screen of the rows up to :attr:`stop`, from the first chunk that is held on."""

    def __init__(self, first: int = 0) -> None:
        """``first`` is the first ordinal that will be asked for."""
        self._base = first // CHUNK
        self._chunks: list[_Chunk] = []
        self._before = array("q", [0])

    @property
    def stop(self) -> int:
        """The ordinal after the last row that is known."""
        held = len(self._chunks)
        return (self._base + held - 1) * CHUNK + self._chunks[-1].rows if held else self._base * CHUNK

    @property
    def total(self) -> int:
        """Rows of the screen of all that are known, those before the first chunk that is held left out."""
        self._sum_to(len(self._chunks))
        return self._before[-1]

    def put_plain(self, number: int, rows: int, *, shown: bool = True) -> None:
        """The ``rows`` of chunk ``number`` take one row of the screen each, or none where they are not ``shown``."""
        self._put(number, _Chunk(rows, rows if shown else 0, None))

    def put(self, number: int, heights: Sequence[int]) -> None:
        """The rows of chunk ``number`` take that many rows of the screen each; 0 for one that is not shown."""
        ends = array("Q", accumulate(heights))
        total = ends[-1] if ends else 0
        self._put(number, _Chunk(len(ends), total, array("H" if total < 1 << 16 else "I", ends)))

    def _put(self, number: int, chunk: _Chunk) -> None:
        index = number - self._base
        if index == len(self._chunks):
            self._chunks.append(chunk)
        else:
            self._chunks[index] = chunk
        del self._before[index + 1 :]

    def truncate(self, ordinal: int) -> None:
        """There are no rows from ``ordinal`` on any more."""
        if ordinal < self.stop:
            index = max(0, ordinal // CHUNK - self._base)
            del self._chunks[index:], self._before[index + 1 :]

    def forget_head(self, ordinal: int) -> None:
        """Rows before ``ordinal`` will not be asked for again."""
        gone = ordinal // CHUNK - self._base
        if gone > 0:
            del self._chunks[:gone]
            self._base += gone
            self._before = array("q", [0])

    def _sum_to(self, index: int) -> None:
        known = len(self._before)
        if known <= index:
            totals = (chunk.total for chunk in self._chunks[known - 1 :])
            sums = accumulate(totals, initial=self._before.pop())
            self._before.extend(sums)

    def before(self, ordinal: int) -> int:
        """Rows of the screen before the row at ``ordinal``, from the first chunk that is held on; ``ordinal`` is at
        most :attr:`stop`."""
        index, offset = divmod(ordinal - self._base * CHUNK, CHUNK)
        if index < 0:
            return 0
        self._sum_to(index)
        lines = self._before[index]
        if not offset:
            return lines
        chunk = self._chunks[index]
        if chunk.ends is None:
            return lines + (offset if chunk.total else 0)
        return lines + chunk.ends[offset - 1]

    def at(self, line: int) -> tuple[int, int]:
        """The ordinal of the row that row ``line`` of the screen belongs to, and which row of that it is. ``line``
        counts as in :meth:`before`. Raises IndexError."""
        if not 0 <= line < self.total:
            raise IndexError(f"row {line} of {self.total}")
        index = bisect_right(self._before, line) - 1
        chunk, left = self._chunks[index], line - self._before[index]
        first = (self._base + index) * CHUNK
        if chunk.ends is None:
            return first + left, 0
        offset = bisect_right(chunk.ends, left)
        return first + offset, left - (chunk.ends[offset - 1] if offset else 0)

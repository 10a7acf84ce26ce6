"""Which of several sources each row of their merged output comes from: one byte a row, and counts to find them by.

Every source keeps the order of its own rows. So the source of each row is all there is to know: row ``n`` of a source
is the one at which that source is named for the ``n``-th time.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right

MOST_SOURCES = 255
CHUNK = 1024
"""Rows between two places up to which the rows of each source are counted."""
NEAR = 64
"""So few rows are looked through one by one."""


class Interleaving:
    """The sources of merged rows, in their order."""

    def __init__(self) -> None:
        self._order = bytearray()
        # By source: its rows before each chunk, as far as they were counted.
        self._counts: list[array[int]] = []

    def __len__(self) -> int:
        return len(self._order)

    def add_source(self) -> int:
        """Room for one more source; gives its number. Raises ValueError where there are too many."""
        if len(self._counts) == MOST_SOURCES:
            raise ValueError("too many sources")
        known = len(self._counts[0]) if self._counts else 1
        self._counts.append(array("I", bytes(4 * known)))
        return len(self._counts) - 1

    def piece(self, start: int, stop: int) -> bytes:
        """The sources of the rows from ``start`` up to ``stop``."""
        return bytes(self._order[start:stop])

    def source_at(self, position: int) -> int:
        """The source of the row. Raises IndexError."""
        return self._order[position]

    def append(self, source: int, count: int) -> None:
        """``count`` rows of one source at the end."""
        self._order += bytes((source,)) * count

    def splice(self, start: int, stop: int, piece: bytes) -> None:
        """Put ``piece`` in place of the rows from ``start`` up to ``stop``."""
        self._order[start:stop] = piece
        known = start // CHUNK + 1
        for counts in self._counts:
            del counts[known:]

    def rank(self, source: int, position: int) -> int:
        """How many rows of ``source`` lie before ``position``."""
        chunk = position // CHUNK
        self._count_to(chunk)
        return self._counts[source][chunk] + self._order.count(source, chunk * CHUNK, position)

    def select(self, source: int, number: int) -> int | None:
        """The position of row ``number`` of ``source``, from 0; None where there are not so many."""
        self._count_to(len(self._order) // CHUNK)
        counts, order = self._counts[source], self._order
        chunk = bisect_right(counts, number) - 1
        left = number - counts[chunk]
        low, high = chunk * CHUNK, min(len(order), (chunk + 1) * CHUNK)
        while high - low > NEAR:
            middle = (low + high) // 2
            before = order.count(source, low, middle)
            if left < before:
                high = middle
            else:
                low, left = middle, left - before
        low = order.find(source, low, high)
        while left and low >= 0:
            low, left = order.find(source, low + 1, high), left - 1
        return low if low >= 0 else None

    def _count_to(self, chunk: int) -> None:
        """Count on up to where a chunk begins."""
        for source, counts in enumerate(self._counts):
            while len(counts) <= chunk:
                start = (len(counts) - 1) * CHUNK
                counts.append(counts[-1] + self._order.count(source, start, start + CHUNK))

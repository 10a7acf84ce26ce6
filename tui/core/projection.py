"""Which rows of a buffer a view shows: all but what is folded away, or only what a filter lets through.

A view asks for the next or the previous shown row and for the place of a row among the shown ones; each costs a binary
search, however many rows are hidden. Positions are those of the buffer; nothing is copied.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol


class Projection(Protocol):
    """The shown rows of a buffer of ``total`` rows."""

    def shown(self, total: int) -> int:
        """How many rows are shown."""

    def is_shown(self, position: int) -> bool:
        """Whether the row at ``position`` is shown."""

    def at_or_after(self, position: int, total: int) -> int | None:
        """The first shown row from ``position`` on; None where there is none."""

    def at_or_before(self, position: int) -> int | None:
        """The last shown row up to ``position``; None where there is none."""

    def rank(self, position: int) -> int:
        """How many shown rows lie before ``position``."""

    def select(self, rank: int, total: int) -> int | None:
        """The position of the shown row with ``rank`` shown rows before it; None where there is none."""


@dataclass(frozen=True, slots=True)
class Everything:
    """Every row is shown."""

    def shown(self, total: int) -> int:
        """All of them."""
        return total

    def is_shown(self, position: int) -> bool:
        """Always."""
        return True

    def at_or_after(self, position: int, total: int) -> int | None:
        """The position itself."""
        found = max(0, position)
        return found if found < total else None

    def at_or_before(self, position: int) -> int | None:
        """The position itself."""
        return position if position >= 0 else None

    def rank(self, position: int) -> int:
        """The position itself."""
        return position

    def select(self, rank: int, total: int) -> int | None:
        """The rank itself."""
        return rank if 0 <= rank < total else None


class Folded:
    """Every row but those of some hidden ranges. Ranges are given in order, do not touch and do not overlap."""

    def __init__(self, hidden: Iterable[tuple[int, int]]) -> None:
        """``hidden``: first and last position of each range, inclusive. Raises ValueError where not in order."""
        self._firsts = array("q")
        self._lasts = array("q")
        self._before = array("q", [0])
        for first, last in hidden:
            if first > last or (self._lasts and first <= self._lasts[-1] + 1):
                raise ValueError("hidden ranges must be in order and apart")
            self._firsts.append(first)
            self._lasts.append(last)
            self._before.append(self._before[-1] + last - first + 1)

    def _range_of(self, position: int) -> int | None:
        """Number of the hidden range that ``position`` is in."""
        at = bisect_right(self._firsts, position) - 1
        return at if at >= 0 and position <= self._lasts[at] else None

    def shown(self, total: int) -> int:
        """What is not hidden."""
        return self.rank(total)

    def is_shown(self, position: int) -> bool:
        """Whether it is in no hidden range."""
        return self._range_of(position) is None

    def at_or_after(self, position: int, total: int) -> int | None:
        """The position, or the row behind the range that hides it."""
        at = self._range_of(max(0, position))
        found = max(0, position) if at is None else self._lasts[at] + 1
        return found if found < total else None

    def at_or_before(self, position: int) -> int | None:
        """The position, or the row before the range that hides it."""
        at = self._range_of(position)
        found = position if at is None else self._firsts[at] - 1
        return found if found >= 0 else None

    def rank(self, position: int) -> int:
        """The position less what is hidden before it."""
        at = bisect_left(self._firsts, position)
        hidden = self._before[at]
        if at and self._lasts[at - 1] >= position:
            hidden -= self._lasts[at - 1] - position + 1
        return position - hidden

    def select(self, rank: int, total: int) -> int | None:
        """By bisection over the ranges."""
        if rank < 0:
            return None
        low, high = 0, len(self._firsts)
        while low < high:
            middle = (low + high) // 2
            if self._firsts[middle] - self._before[middle] <= rank:
                low = middle + 1
            else:
                high = middle
        found = rank + self._before[low]
        return found if found < total else None


class Filtered:
    """Only the rows whose positions were added, in rising order, as a filter found them."""

    def __init__(self, positions: Sequence[int] = ()) -> None:
        self._positions = array("q")
        self.extend(positions)

    def extend(self, positions: Iterable[int]) -> None:
        """Show these rows too; each lies behind all that were added before. Raises ValueError otherwise."""
        for position in positions:
            if self._positions and position <= self._positions[-1]:
                raise ValueError("positions must rise")
            self._positions.append(position)

    def shown(self, total: int) -> int:
        """How many of them there are."""
        return bisect_left(self._positions, total)

    def is_shown(self, position: int) -> bool:
        """Whether it was added."""
        at = bisect_left(self._positions, position)
        return at < len(self._positions) and self._positions[at] == position

    def at_or_after(self, position: int, total: int) -> int | None:
        """The next one that was added."""
        at = bisect_left(self._positions, position)
        return self._positions[at] if at < len(self._positions) and self._positions[at] < total else None

    def at_or_before(self, position: int) -> int | None:
        """The one before that was added."""
        at = bisect_right(self._positions, position) - 1
        return self._positions[at] if at >= 0 else None

    def rank(self, position: int) -> int:
        """How many were added below it."""
        return bisect_left(self._positions, position)

    def select(self, rank: int, total: int) -> int | None:
        """The one with that number."""
        if not 0 <= rank < len(self._positions) or self._positions[rank] >= total:
            return None
        return self._positions[rank]

"""Which rows of a buffer a view shows: all but what is folded away, or only what a filter lets through.

A view asks for the next or the previous shown row and for the place of a row among the shown ones; each costs a binary
search, however many rows are hidden. Positions are those of the buffer; nothing is copied.

It is long because each of the projections answers the same questions, side by side.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import lt
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

    def shown_ranges(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """The shown rows between two positions, as ranges in order: the first of each, and the one after its last."""


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

    def shown_ranges(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """All of them."""
        if start < stop:
            yield start, stop


class Folded:
    """Every row but those of some hidden ranges. Ranges are given in order, do not touch and do not overlap."""

    def __init__(self, hidden: Iterable[tuple[int, int]] = ()) -> None:
        """``hidden``: first and last position of each range, inclusive. Raises ValueError where not in order."""
        self._firsts = array("q")
        self._lasts = array("q")
        self._before = array("q", [0])
        self.extend(hidden)

    def extend(self, hidden: Iterable[tuple[int, int]]) -> None:
        """Hide these ranges too; each lies behind all that were given before. Raises ValueError otherwise."""
        for first, last in hidden:
            if first > last or (self._lasts and first <= self._lasts[-1] + 1):
                raise ValueError("hidden ranges must be in order and apart")
            self._firsts.append(first)
            self._lasts.append(last)
            self._before.append(self._before[-1] + last - first + 1)

    def ranges(self, start: int = 0) -> Iterator[tuple[int, int]]:
        """The hidden ranges from number ``start`` on."""
        return zip(self._firsts[start:], self._lasts[start:], strict=True)

    def range(self, number: int) -> tuple[int, int]:
        """One hidden range."""
        return self._firsts[number], self._lasts[number]

    def __len__(self) -> int:
        """How many ranges there are."""
        return len(self._firsts)

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

    def shown_ranges(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """What lies between the hidden ranges."""
        at = bisect_left(self._lasts, start)
        while at < len(self._firsts) and self._firsts[at] < stop:
            if start < self._firsts[at]:
                yield start, self._firsts[at]
            start = self._lasts[at] + 1
            at += 1
        if start < stop:
            yield start, stop


class Filtered:
    """Only the rows whose positions were added, in rising order, as a filter found them."""

    def __init__(self, positions: Sequence[int] = ()) -> None:
        self._positions = array("q")
        self._changed: int | None = None
        self.extend(positions)

    def take_changed(self) -> int | None:
        """The first row that may be shown otherwise than when this was last called; None where none may."""
        changed, self._changed = self._changed, None
        return changed

    def _note(self, position: int) -> None:
        self._changed = position if self._changed is None else min(self._changed, position)

    def extend(self, positions: Iterable[int]) -> None:
        """Show these rows too; each lies behind all that were added before. Raises ValueError otherwise."""
        added = array("q", positions)
        if added and (added[0] <= self.last or not all(map(lt, added, islice(added, 1, None)))):
            raise ValueError("positions must rise")
        if added:
            self._note(added[0])
        self._positions.extend(added)

    def truncate(self, position: int) -> None:
        """Forget the rows from ``position`` on."""
        self._note(position)
        del self._positions[bisect_left(self._positions, position) :]

    def run_start(self, position: int) -> int:
        """The first of the rows that were added one after the other up to ``position``; the one behind it where it was
        not added."""
        at = bisect_right(self._positions, position) - 1
        if at < 0 or self._positions[at] != position:
            return position + 1
        apart = position - at
        first = bisect_left(range(at + 1), apart, key=lambda index: self._positions[index] - index)
        return self._positions[first]

    @property
    def last(self) -> int:
        """The last row that was added; -1 where there is none."""
        return self._positions[-1] if self._positions else -1

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

    def shown_ranges(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Runs of those that were added."""
        first = last = -2
        for position in self._positions[self.rank(start) : self.rank(stop)]:
            if position != last + 1:
                if last >= 0:
                    yield first, last + 1
                first = position
            last = position
        if last >= 0:
            yield first, last + 1


class Both:
    """The rows that a filter lets through and that are not folded away."""

    def __init__(self, filtered: Filtered, folded: Folded) -> None:
        """Both are looked at as they are now; build anew when either was changed other than by adding at its end."""
        self._filtered = filtered
        self._folded = folded
        self._firsts = array("q")
        # Filtered rows that are hidden by the ranges before the one of that number.
        self._before = array("q", [0])

    def _catch_up(self) -> None:
        rank = self._filtered.rank
        for first, last in self._folded.ranges(len(self._firsts)):
            self._firsts.append(first)
            self._before.append(self._before[-1] + rank(last + 1) - rank(first))

    def shown(self, total: int) -> int:
        """What neither hides."""
        return self.rank(total)

    def is_shown(self, position: int) -> bool:
        """Whether neither hides it."""
        return self._filtered.is_shown(position) and self._folded.is_shown(position)

    def at_or_after(self, position: int, total: int) -> int | None:
        """By turns from one to the other until they agree."""
        at: int | None = position
        while at is not None and not (self._filtered.is_shown(at) and self._folded.is_shown(at)):
            at = self._filtered.at_or_after(at, total)
            at = None if at is None else self._folded.at_or_after(at, total)
        return at if at is None or at < total else None

    def at_or_before(self, position: int) -> int | None:
        """By turns from one to the other until they agree."""
        at: int | None = position
        while at is not None and not (self._filtered.is_shown(at) and self._folded.is_shown(at)):
            at = self._filtered.at_or_before(at)
            at = None if at is None else self._folded.at_or_before(at)
        return at

    def rank(self, position: int) -> int:
        """The rank among the filtered less what is folded before it."""
        self._catch_up()
        at = bisect_left(self._firsts, position)
        rank = self._filtered.rank
        if not at:
            return rank(position)
        first, last = self._folded.range(at - 1)
        within = rank(min(position, last + 1)) - rank(first)
        return rank(position) - self._before[at - 1] - within

    def select(self, rank: int, total: int) -> int | None:
        """By bisection over the filtered rows."""
        if rank < 0:
            return None
        low, high = 0, self._filtered.shown(total)
        while low < high:
            middle = (low + high) // 2
            position = self._filtered.select(middle, total)
            assert position is not None
            if self.rank(position + 1) <= rank:
                low = middle + 1
            else:
                high = middle
        return self._filtered.select(low, total)

    def shown_ranges(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """What is filtered of what is not folded."""
        for low, high in self._folded.shown_ranges(start, stop):
            yield from self._filtered.shown_ranges(low, high)


class Shifted:
    """Another projection, whose positions count from ``origin`` rows before the first that is held."""

    def __init__(self, inner: Projection, origin: int) -> None:
        self._inner = inner
        self._origin = origin
        self._gone = inner.rank(origin)

    def shown(self, total: int) -> int:
        """Those of them that are held."""
        return self._inner.shown(total + self._origin) - self._gone

    def is_shown(self, position: int) -> bool:
        """As the other."""
        return self._inner.is_shown(position + self._origin)

    def at_or_after(self, position: int, total: int) -> int | None:
        """As the other."""
        found = self._inner.at_or_after(max(0, position) + self._origin, total + self._origin)
        return None if found is None else found - self._origin

    def at_or_before(self, position: int) -> int | None:
        """As the other, if it is still held."""
        found = self._inner.at_or_before(position + self._origin)
        return None if found is None or found < self._origin else found - self._origin

    def rank(self, position: int) -> int:
        """As the other, from the first row that is held."""
        return self._inner.rank(position + self._origin) - self._gone

    def select(self, rank: int, total: int) -> int | None:
        """As the other, from the first row that is held."""
        if rank < 0:
            return None
        found = self._inner.select(rank + self._gone, total + self._origin)
        return None if found is None else found - self._origin

    def shown_ranges(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """As the other."""
        for low, high in self._inner.shown_ranges(start + self._origin, stop + self._origin):
            yield low - self._origin, high - self._origin

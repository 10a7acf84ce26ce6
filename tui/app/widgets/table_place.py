"""Where cursor and window of a table are after its rows have changed: decided by key, so that nothing jumps."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

RowT = TypeVar("RowT")


@dataclass(frozen=True, slots=True)
class Place:
    """Row of the cursor (-1 when there are no rows) and first visible row."""

    cursor: int = -1
    top: int = 0
    is_lost: bool = False
    """The row under the cursor is gone; the cursor is on a neighbour."""


def settle(
    old: Sequence[RowT],
    new: Sequence[RowT],
    key: Callable[[RowT], Hashable],
    place: Place,
    height: int,
    *,
    pin_first: bool = False,
) -> Place:
    """The place in ``new`` that corresponds to ``place`` in ``old``; ``height`` rows are visible.

    The cursor stays on its key. If that is gone it goes to the nearest old neighbour that still exists, the lower one
    first. With ``pin_first`` it is on the first row whatever its key.

    The window moves so that the cursor's row keeps its line on the screen; if the cursor was out of sight, the first
    visible row keeps its line. A window at the top with the cursor on the first row, or with the cursor out of sight,
    stays at the top: who looks at the head of a list wants to see what arrives there.
    """
    if not new:
        return Place(-1, 0, place.cursor >= 0)
    finder = _Finder(new, key)
    is_lost = False
    if pin_first or place.cursor < 0:
        cursor = 0
    else:
        found = finder.find(key(old[place.cursor]), place.cursor)
        is_lost = found is None
        cursor = _neighbour(old, finder, place.cursor) if found is None else found
    return Place(cursor, _top(old, finder, place, cursor, height, pin_first=pin_first), is_lost)


class _Finder:
    """Positions of keys: by a look where the key was, then by one scan; from the second scan on by a map."""

    def __init__(self, rows: Sequence[object], key: Callable[..., Hashable]) -> None:
        self.rows = rows
        self.key = key
        self._scans = 0
        self._positions: dict[Hashable, int] = {}

    def find(self, wanted: Hashable, guess: int) -> int | None:
        """Where ``wanted`` is; ``guess`` is where it was."""
        if guess < len(self.rows) and self.key(self.rows[guess]) == wanted:
            return guess
        self._scans += 1
        if self._scans == 1:
            for index, key in enumerate(map(self.key, self.rows)):
                if key == wanted:
                    return index
            return None
        if not self._positions:
            self._positions = {key: index for index, key in enumerate(map(self.key, self.rows))}
        return self._positions.get(wanted)


def _neighbour(old: Sequence[RowT], finder: _Finder, cursor: int) -> int:
    """Where the surviving row nearest to the vanished row ``cursor`` is now; without one, the same row number."""
    for distance in range(1, len(old)):
        for index in (cursor + distance, cursor - distance):
            if 0 <= index < len(old):
                found = finder.find(finder.key(old[index]), index)
                if found is not None:
                    return found
    return min(cursor, len(finder.rows) - 1)


def _top(old: Sequence[RowT], finder: _Finder, place: Place, cursor: int, height: int, *, pin_first: bool) -> int:
    """The first visible row, never past what fills the window."""
    last_top = max(0, len(finder.rows) - height)
    was_visible = place.top <= place.cursor < place.top + height
    if place.top == 0 and (pin_first or not was_visible or (place.cursor == 0 and cursor < height)):
        return 0
    if was_visible and not pin_first:
        return max(0, min(cursor - (place.cursor - place.top), last_top))
    for index in range(place.top, min(place.top + height, len(old))):
        found = finder.find(finder.key(old[index]), index)
        if found is not None:
            return max(0, min(found - (index - place.top), last_top))
    return min(place.top, last_top)

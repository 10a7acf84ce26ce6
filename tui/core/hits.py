"""Where a search found something: the ordinals of matching rows, ascending, collected from the reader's place onwards.

The scan begins at the row that the reader looks at, goes to the end, and then does what lies before; so there are two
ascending runs, and the answers are right for what has been scanned at any moment.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable

MOST = 4_000_000
"""Hits that are kept, eight bytes each; ``is_bounded`` tells when there were more."""


class Hits:
    """Ordinals of matching rows."""

    def __init__(self) -> None:
        self._before = array("q")
        self._after = array("q")
        self.is_bounded = False

    def __len__(self) -> int:
        return len(self._before) + len(self._after)

    def add_after(self, ordinals: Iterable[int]) -> None:
        """Hits behind all those after the start."""
        self._add(self._after, ordinals)

    def add_before(self, ordinals: Iterable[int]) -> None:
        """Hits behind those before the start, and before the start themselves."""
        self._add(self._before, ordinals)

    def _add(self, run: array[int], ordinals: Iterable[int]) -> None:
        if len(self) < MOST:
            run.extend(ordinals)
        else:
            self.is_bounded = True

    def truncate(self, ordinal: int) -> None:
        """Forget the hits from ``ordinal`` on."""
        for run in (self._before, self._after):
            del run[bisect_left(run, ordinal) :]

    def index(self, ordinal: int) -> int | None:
        """Which of the hits ``ordinal`` is, from 0; None where it is none."""
        shift = 0
        for run in (self._before, self._after):
            at = bisect_left(run, ordinal)
            if at < len(run) and run[at] == ordinal:
                return shift + at
            shift += len(run)
        return None

    def at_or_after(self, ordinal: int) -> int | None:
        """The first hit from ``ordinal`` on."""
        for run in (self._before, self._after):
            at = bisect_left(run, ordinal)
            if at < len(run):
                return run[at]
        return None

    def at_or_before(self, ordinal: int) -> int | None:
        """The last hit up to ``ordinal``."""
        for run in (self._after, self._before):
            at = bisect_right(run, ordinal)
            if at:
                return run[at - 1]
        return None

    def first(self) -> int | None:
        """The first of all."""
        run = self._before or self._after
        return run[0] if run else None

    def last(self) -> int | None:
        """The last of all."""
        run = self._after or self._before
        return run[-1] if run else None

    def any_between(self, first: int, stop: int) -> bool:
        """True when there is a hit from ``first`` to before ``stop``."""
        hit = self.at_or_after(first)
        return hit is not None and hit < stop

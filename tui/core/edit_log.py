"""Where rows were changed lately, so that whoever looked at them need look again only from there on."""

from __future__ import annotations

from collections import deque

KEPT_EDITS = 64
"""Edits whose place is remembered; who looks more seldom than that starts over."""


class EditLog:
    """Counts changes of rows that are no appends, and remembers where the latest were."""

    def __init__(self) -> None:
        self._places: deque[int] = deque(maxlen=KEPT_EDITS)
        self.count = 0
        """Edits so far."""

    def note(self, place: int) -> None:
        """Rows from ``place`` on may have changed."""
        self.count += 1
        self._places.append(place)

    def first_since(self, count: int) -> int | None:
        """The first place that may have changed since :attr:`count` was that; None where none has."""
        lately = self.count - count
        if lately <= 0:
            return None
        return 0 if lately > len(self._places) else min(list(self._places)[-lately:])

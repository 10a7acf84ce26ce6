"""The tracebacks of several merged outputs, with their lines numbered as the merged rows are."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace

from tui.core.merge import MergedRows
from tui.core.tracebacks.model import Traceback

OVERLAP = 16
"""Tracebacks before the nearest one that are looked at."""
NUMBERED = 256
"""Tracebacks that are kept as they were numbered last."""

_Place = tuple[int, int, int]
"""First merged line, number of the source, first line in the source."""


class MergedTracebacks:
    """A :class:`tui.core.row_source.TracebackSource` over those of the sources of ``rows``.

    Only where each begins is kept; it is numbered anew when it is asked for. Asked twice for the same one it gives
    equal objects, not always the same one.
    """

    def __init__(self, rows: MergedRows) -> None:
        self._rows = rows
        self._state: tuple[int, ...] = ()
        self._version = 0
        self._places: list[_Place] = []
        self._starts: list[int] = []
        self._known: dict[_Place, tuple[Traceback, Traceback]] = {}
        self._opened: list[_Place] = []
        self._completed = array("q")
        self._numbering: tuple[int, ...] = ()
        self.forgotten = 0
        self.resets = 0
        """How often they may have been numbered anew."""

    def _settle(self) -> None:
        sources = self._rows.sources
        versions = [source.found.version for source in sources]
        # Rows that were taken in may hold heads that were known already; without any nothing can change.
        taken = len(self._rows) if self._missing else 0
        state = (self._rows.generation, taken, *versions)
        if state != self._state:
            self._state = state
            self._look()

    _missing = 0
    """Tracebacks whose head was not taken in yet."""

    def _look(self) -> None:
        self._version += 1
        self._missing = 0
        places: list[_Place] = []
        self._opened = []
        sources = self._rows.sources
        for number, source in enumerate(sources):
            current = source.found.open_start
            for first in source.found.starts if current is None else (*source.found.starts, current):
                start = self._rows.position_in(number, first)
                if start is None:
                    self._missing += 1
                    continue
                places.append((start, number, first))
                if first == current:
                    self._opened.append(places[-1])
        places.sort()
        numbering = (self._rows.generation, *(source.found.resets for source in sources))
        if numbering != self._numbering:
            self._numbering = numbering
            self.resets += 1
            self._known.clear()
        self._places, self._starts = places, [place[0] for place in places]
        self._completed = array("q", (place[0] for place in places if place not in self._opened))
        self.forgotten = sum(source.found.forgotten for source in sources)

    def _own(self, place: _Place) -> Traceback:
        """The traceback at ``place`` as its source has it."""
        block = self._rows.sources[place[1]].found.next_after(place[2] - 1)
        if block is None:
            raise AssertionError("what is there is known")
        return block

    def _numbered(self, place: _Place) -> Traceback:
        """The traceback at ``place`` with merged line numbers."""
        block = self._own(place)
        known = self._known.get(place)
        if known is None or (known[0] is not block and known[0] != block):
            known = self._known[place] = (block, self._renumber(place[1], block, place[0]))
            if len(self._known) > NUMBERED:
                del self._known[next(iter(self._known))]
        return known[1]

    def _renumber(self, number: int, block: Traceback, start: int) -> Traceback:
        own = block.lines if block.lines is not None else range(block.start, block.end + 1)
        end = self._rows.position_in(number, block.end)
        if end is not None and end - start == block.end - block.start:
            moved = {line: start + line - block.start for line in own}
        else:
            places = {line: self._rows.position_in(number, line) for line in own}
            moved = {line: place for line, place in places.items() if place is not None}
        lines = tuple(moved.values())
        has_all = lines == tuple(range(lines[0], lines[-1] + 1))
        return replace(
            block,
            start=lines[0],
            end=lines[-1],
            lines=None if has_all else lines,
            frames=tuple(replace(frame, index=moved[frame.index]) for frame in block.frames if frame.index in moved),
            roles={moved[line]: role for line, role in block.roles.items() if line in moved},
        )

    def origin(self, block: Traceback) -> tuple[int, Traceback] | None:
        """The source that ``block`` is of, and the traceback as it is known there; None where it is none of these."""
        self._settle()
        at = bisect_left(self._starts, block.start)
        for place in self._places[at : at + OVERLAP]:
            if self._numbered(place) == block:
                return place[1], self._own(place)
        return None

    def __len__(self) -> int:
        self._settle()
        return len(self._places)

    @property
    def version(self) -> int:
        """Grows whenever an answer may have changed."""
        self._settle()
        return self._version

    @property
    def completed(self) -> int:
        """Complete ones that are kept or were forgotten."""
        self._settle()
        return len(self._places) - len(self._opened) + self.forgotten

    @property
    def all(self) -> Sequence[Traceback]:
        """Every kept one by its first line."""
        self._settle()
        return [self._numbered(place) for place in self._places]

    @property
    def open_start(self) -> int | None:
        """The first line of those that are still being printed."""
        self._settle()
        return min((start for start, *_ in self._opened), default=None)

    def is_open(self, block: Traceback) -> bool:
        """Whether ``block`` is still being printed."""
        self._settle()
        return any(place[0] == block.start and self._numbered(place) == block for place in self._opened)

    @property
    def starts(self) -> Sequence[int]:
        """The first lines of the complete ones that are kept, in order."""
        self._settle()
        return self._completed

    def at(self, line_index: int) -> Traceback | None:
        """The one that the line belongs to; the one that began last where several enclose it."""
        self._settle()
        nearest = bisect_right(self._starts, line_index)
        for place in reversed(self._places[max(0, nearest - OVERLAP) : nearest]):
            block = self._numbered(place)
            if block.start <= line_index <= block.end and (block.lines is None or line_index in block.lines):
                return block
        return None

    def next_after(self, line_index: int) -> Traceback | None:
        """The first one that begins after the line."""
        self._settle()
        at = bisect_right(self._starts, line_index)
        return self._numbered(self._places[at]) if at < len(self._places) else None

    def previous_before(self, line_index: int) -> Traceback | None:
        """The last one that begins before the line."""
        self._settle()
        at = bisect_left(self._starts, line_index) - 1
        return self._numbered(self._places[at]) if at >= 0 else None

    def begins_between(self, first: int, last: int) -> bool:
        """True when one begins on a line from ``first`` to before ``last``."""
        self._settle()
        at = bisect_left(self._starts, first)
        return at < len(self._starts) and self._starts[at] < last

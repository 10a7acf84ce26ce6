"""Filtering output: which lines a filter lets through, with lines around them and tracebacks whole.

A traceback passes or not as one: it passes where one of its lines does; turned round, where none of them holds the
text. The lines around what passes are shown too, as many as the filter says, and never a part of a traceback.
Rows that are no lines, such as gaps, are always shown: what is not known of the log is no matter of its text.

Rows are ordinals here (see ``LineBuffer.dropped_rows``).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import merge

from tui.core.levels import Level, level_of
from tui.core.projection import Filtered
from tui.core.search import PatternError, Query, compile_query, without_escapes

CONTEXTS = (0, 3, 10)
"""Lines around a match that are shown with it; a key goes from one to the next."""
LEVELS = (Level.NONE, Level.WARNING, Level.ERROR, Level.INFO)
"""Lowest levels that are shown; a key goes from one to the next."""
SLOW_PIECE = 16 * 1024


@dataclass(frozen=True, slots=True)
class LineFilter:
    """A compiled filter. Build one with :func:`compile_filter`."""

    pattern: str
    query: Query | None
    inverse: bool
    level: Level
    context: int

    @property
    def piece_bytes(self) -> int:
        """Bytes to scan between two looks at the clock."""
        if self.level or self.query is None:
            return SLOW_PIECE
        return min(self.query.piece_bytes, 128 * 1024) if self.inverse else self.query.piece_bytes

    def rows(self, block: bytes, count: int) -> tuple[Sequence[int], Sequence[int]]:
        """Offsets of the lines among the ``count`` of ``block`` (joined by line feeds) that pass by their text, and by
        level as well."""
        rows: Sequence[int] = range(count)
        if self.query is not None:
            rows = self.query.rows(block, count)
            if self.inverse:
                found = set(rows)
                rows = [row for row in range(count) if row not in found]
        if not self.level or not rows:
            return rows, rows
        lines = without_escapes(block).decode("utf-8", "surrogatepass").split("\n")
        return rows, [row for row in rows if level_of(lines[row]) >= self.level]


def compile_filter(
    text: str, *, regex: bool = False, inverse: bool = False, level: Level = Level.NONE, context: int = 0
) -> LineFilter:
    """The filter for ``text`` and ``level``; one of them may be missing.

    Raises PatternError when both are, or when ``text`` is no regular expression.
    """
    if not text and not level:
        raise PatternError("there is nothing to filter by", "type a word or choose a level")
    query = compile_query(text, regex=regex) if text else None
    return LineFilter(text, query, inverse and query is not None, level, context)


@dataclass(frozen=True, slots=True)
class Unit:
    """Rows that are shown together or not at all, a traceback; ``level`` is what it counts as."""

    first: int
    last: int
    level: Level


class FilteredRows:
    """The rows that a filter shows, as the output is scanned from its start.

    Rows are given by :meth:`take`. What a traceback that is not over yet may still change is shown too, but decided
    anew with every call of :meth:`settle`.
    """

    def __init__(self, line_filter: LineFilter) -> None:
        self.filter = line_filter
        self.shown = Filtered()
        self.scanned = 0
        """The ordinal after the last row that was given."""
        self._settled = 0
        self._until = -1
        self._by_text: list[int] = []
        self._passing: list[int] = []
        self._kept: list[int] = []

    @property
    def settled(self) -> int:
        """What lies before is decided."""
        return self._settled

    def take(
        self, first: int, count: int, by_text: Sequence[int], passing: Sequence[int], marks: Sequence[int] = ()
    ) -> None:
        """``count`` rows from ``first`` on: offsets of those that pass by their text, and by level as well; and of
        those that are no lines."""
        if marks:
            kept = set(marks)
            by_text = [row for row in by_text if row not in kept]
            passing = [row for row in passing if row not in kept]
            self._kept.extend(first + row for row in marks)
        self._by_text.extend(first + row for row in by_text)
        self._passing.extend(first + row for row in passing)
        self.scanned = first + count

    def rewind(self, ordinal: int) -> None:
        """Forget what was decided from ``ordinal`` on, and for its sake before it; :attr:`scanned` is from where on
        rows have to be given again. ``ordinal`` is not within a traceback."""
        ordinal = min(ordinal, self._settled)
        if self.filter.context:
            # A row that is not shown has nothing that passes near it: what is decided before it stands.
            ordinal = max(0, self.shown.run_start(ordinal - self.filter.context) - 1)
        self.shown.truncate(ordinal)
        self._by_text, self._passing, self._kept = [], [], []
        self.scanned = self._settled = ordinal
        self._until = min(self._until, self.shown.last)

    def settle(self, units: Callable[[int, int], Sequence[Unit]], open_from: int | None = None) -> None:
        """Decide what was given. ``units`` gives the complete tracebacks between two rows, in order and apart;
        ``open_from`` is where one begins that is not over."""
        self.shown.truncate(self._settled)
        known = units(max(0, self._settled - self.filter.context), self.scanned)
        limit = self.scanned if open_from is None else max(self._settled, min(self.scanned, open_from))
        if known and known[-1].first < limit <= known[-1].last:
            limit = max(self._settled, known[-1].first)
        self._until = self._decide(self._settled, limit, known)
        self._settled = limit
        self._by_text = self._by_text[bisect_left(self._by_text, limit) :]
        self._passing = self._passing[bisect_left(self._passing, limit) :]
        self._kept = self._kept[bisect_left(self._kept, limit) :]
        if limit < self.scanned:
            # Nothing before the limit may change any more, so that it need not be taken back.
            show = _Shower(self.shown, known, self.scanned, self._until, floor=limit)
            self._between(show, limit, self.scanned)

    def _decide(self, start: int, limit: int, units: Sequence[Unit]) -> int:
        """Show rows from ``start`` to before ``limit``; the row up to which those after it are shown as well."""
        show = _Shower(self.shown, units, limit, self._until)
        context, at = self.filter.context, start
        for unit in units:
            if not at <= unit.first < limit:
                continue
            self._between(show, at, unit.first)
            if self._passes(unit):
                show.span(unit.first - context, unit.last + context)
            else:
                show.rows(_between(self._kept, unit.first, min(unit.last + 1, limit)))
            at = unit.last + 1
        self._between(show, at, limit)
        return show.until

    def _between(self, show: _Shower, start: int, stop: int) -> None:
        """Show what passes from ``start`` to before ``stop``, where no traceback is."""
        passing, kept = _between(self._passing, start, stop), _between(self._kept, start, stop)
        context = self.filter.context
        if not context:
            show.rows(list(merge(passing, kept)) if kept else passing)
            return
        for row in passing:
            before = bisect_left(kept, row - context)
            show.rows(kept[:before])
            kept = kept[before:]
            show.span(row - context, row + context)
        show.rows(kept)

    def _passes(self, unit: Unit) -> bool:
        if unit.level < self.filter.level:
            return False
        found = len(_between(self._by_text, unit.first, unit.last + 1))
        if not self.filter.inverse:
            return found > 0
        return found + len(_between(self._kept, unit.first, unit.last + 1)) == unit.last - unit.first + 1


def _between(rows: Sequence[int], start: int, stop: int) -> Sequence[int]:
    """Those of ``rows``, which rise, from ``start`` to before ``stop``."""
    return rows[bisect_left(rows, start) : bisect_left(rows, stop)]


class _Shower:
    """Shows spans of rows, in order, that may overlap and reach beyond ``floor`` and ``limit``, which are not."""

    def __init__(self, shown: Filtered, units: Sequence[Unit], limit: int, until: int, *, floor: int = 0) -> None:
        self._shown = shown
        self._units = units
        self._firsts = [unit.first for unit in units]
        self._limit = limit
        self._floor = floor
        self.until = until
        if until > shown.last:
            self.span(shown.last + 1, until)

    def _unit_at(self, row: int) -> Unit | None:
        at = bisect_left(self._firsts, row + 1) - 1
        unit = self._units[at] if at >= 0 else None
        return unit if unit is not None and row <= unit.last else None

    def rows(self, rows: Sequence[int]) -> None:
        """Show single rows, in order; those that are shown already stay so."""
        self._shown.extend(rows[bisect_left(rows, self._shown.last + 1) :])

    def span(self, first: int, last: int) -> None:
        """Show the rows from ``first`` to ``last``, tracebacks at either end whole."""
        if self._units:
            head, tail = self._unit_at(first), self._unit_at(last)
            first = head.first if head else first
            last = tail.last if tail else last
        while self._shown.last > max(self.until, self._floor - 1, first - 1):
            # Behind all spans stands only what is no line; the span takes it in.
            self._shown.truncate(self._shown.last)
        start = max(first, self._shown.last + 1, self._floor)
        self._shown.extend(range(start, min(last + 1, self._limit)))
        self.until = max(self.until, last)

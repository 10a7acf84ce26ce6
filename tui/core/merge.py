"""Several outputs as one, merged by the times when their lines were written.

Every output keeps its own order. A line whose time is not known stands right after the line of the same output before
it, and so does one whose clock went back; the first lines of an output without times stand where its process began.
Equal times go by the order of the outputs. The lines of a traceback stay together, at the time of its first.

Nothing is copied: a row costs a byte for its output and eight for the time it stands at. What comes late is put where
it belongs, at the price of its own rows and of moving bytes; nothing else is looked at again.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tui.core.edit_log import EditLog
from tui.core.interleaving import Interleaving
from tui.core.merge_source import MergeSource
from tui.core.models import RawLine
from tui.core.rows import Row, RowKind

AT_ONCE = 1024
"""Rows that one call takes in; the rest is left to the next."""
PIECE = 4096
"""Rows that are scanned at once."""
ID_BITS = 8


class MergedRows:
    """A :class:`tui.core.row_source.RowSource` over several. Line numbers count the merged rows.

    Rows are taken in by :meth:`catch_up`. When a source changed otherwise than at its end, whatever is asked next
    first sees to it, so that no row is ever taken for another.
    """

    dropped_lines = 0
    dropped_rows = 0

    def __init__(self, sources: Sequence[MergeSource] = ()) -> None:
        self._order = Interleaving()
        self._sources: list[MergeSource] = []
        self._edits = EditLog()
        for source in sources:
            self.add(source)

    # Taking in

    def add(self, source: MergeSource) -> int:
        """Merge one more; gives its number. Raises ValueError where there are too many."""
        self._sources.append(source)
        return self._order.add_source()

    @property
    def sources(self) -> Sequence[MergeSource]:
        """What is merged, by number."""
        return self._sources

    @property
    def is_behind(self) -> bool:
        """Whether there are rows to take in."""
        return any(source.waiting for source in self._sources)

    @property
    def untimed(self) -> int:
        """Lines whose time is not known."""
        return sum(source.untimed for source in self._sources)

    def catch_up(self, most: int = AT_ONCE) -> None:
        """Take in up to ``most`` rows that were added to the sources."""
        self._follow_edits()
        for number, source in enumerate(self._sources):
            keys = source.take(most)
            if keys:
                self._insert(number, keys)
                source.keys.extend(keys)
                most -= len(keys)
            if most <= 0:
                return

    def _insert(self, number: int, keys: array[int]) -> None:
        """Put rows of one source where they belong; they rise, and lie behind all others of theirs."""
        before = self._places(number, keys[0])
        position = start = sum(before)
        if start == len(self._order):
            self._order.append(number, len(keys))
            return
        mine, pieces, done = bytes((number,)), bytearray(), 0
        while done < len(keys) and position < len(self._order):
            other = self._order.source_at(position)
            next_key = self._sources[other].keys[before[other]]
            side = bisect_right if number < other else bisect_left
            stop = side(keys, next_key, done)
            pieces += mine * (stop - done)
            done = stop
            if done < len(keys):
                before = self._places(number, keys[done], before)
                pieces += self._order.piece(position, sum(before))
                position = sum(before)
        pieces += mine * (len(keys) - done)
        self._order.splice(start, position, bytes(pieces))
        self._edits.note(start)

    def _places(self, number: int, key: int, low: Sequence[int] = ()) -> list[int]:
        """How many rows of each source stand before a new one of ``number`` with ``key``; at least ``low``."""
        places = []
        for other, source in enumerate(self._sources):
            if other == number:
                places.append(len(source.keys))
            else:
                side = bisect_right if other < number else bisect_left
                places.append(side(source.keys, key, low[other] if low else 0))
        return places

    def _follow_edits(self) -> None:
        """Take back what was changed in the sources, or belongs to a traceback that became known."""
        for number, source in enumerate(self._sources):
            kept = source.first_stale()
            if kept is not None:
                self._take_back(number, kept)
            gone = source.gone_now()
            if gone:
                end = self._order.select(number, gone - 1)
                assert end is not None
                self._order.splice(0, end + 1, self._order.piece(0, end + 1).translate(None, bytes((number,))))
                source.forget_head(gone)
                self._edits.note(0)

    def _take_back(self, number: int, kept: int) -> None:
        start = self._order.select(number, kept)
        if start is not None:
            rest = self._order.piece(start, len(self._order)).translate(None, bytes((number,)))
            self._order.splice(start, len(self._order), rest)
            self._edits.note(start)
        self._sources[number].forget_from(kept)

    def _settle(self) -> None:
        """Before an answer: where a source changed, its rows may stand elsewhere."""
        if any(source.is_edited for source in self._sources):
            self.catch_up()

    # Answers

    def __len__(self) -> int:
        self._settle()
        return len(self._order)

    @property
    def generation(self) -> int:
        """Changes with everything that is no append."""
        self._settle()
        return self._edits.count

    @property
    def edits(self) -> int:
        """The same."""
        return self.generation

    def first_edit_since(self, edits: int) -> int | None:
        """The first position that may have changed since :attr:`edits` was that; None where none has."""
        self._settle()
        return self._edits.first_since(edits)

    @property
    def line_count(self) -> int:
        """Rows, each of which counts as a line here."""
        return len(self)

    def source_of(self, row_id: int) -> int:
        """The number of the source that the row with ``row_id`` is of."""
        return row_id & ((1 << ID_BITS) - 1)

    def row(self, position: int) -> Row:
        """The row at ``position``. Raises IndexError."""
        if not 0 <= position < len(self):
            raise IndexError(f"row {position} of {len(self)}")
        return self.rows(position, position + 1)[0]

    def rows(self, start: int, stop: int) -> list[Row]:
        """The rows from ``start`` up to ``stop``, as far as there are any."""
        start, stop = max(0, start), min(stop, len(self))
        piece = self._order.piece(start, stop)
        pending = {
            number: iter(self._sources[number].rows.rows(*self._span(number, start, stop))) for number in set(piece)
        }
        found = []
        for position, number in enumerate(piece, start):
            row = next(pending[number])
            line = position + 1 if row.kind is RowKind.LINE else None
            found.append(replace(row, number=line, row_id=row.row_id << ID_BITS | number))
        return found

    def _span(self, number: int, start: int, stop: int) -> tuple[int, int]:
        """The rows of a source between two merged positions."""
        return self._order.rank(number, start), self._order.rank(number, stop)

    def raw_lines(self, start: int, stop: int) -> list[RawLine]:
        """Texts of the lines between two positions."""
        return [row.text for row in self.rows(start, stop) if row.kind is RowKind.LINE]

    def texts(self, start: int, stop: int) -> list[str]:
        """Texts of all rows between two positions."""
        start, stop = max(0, start), min(stop, len(self))
        piece = self._order.piece(start, stop)
        pending = {
            number: iter(self._sources[number].rows.texts(*self._span(number, start, stop))) for number in set(piece)
        }
        return [next(pending[number]) for number in piece]

    def marks(self, start: int, stop: int) -> list[int]:
        """Positions between two others of the rows that are no lines."""
        start, stop = max(0, start), min(stop, len(self))
        found: list[int] = []
        for number, source in enumerate(self._sources):
            rows = source.rows.marks(*self._span(number, start, stop))
            found.extend(at for row in rows if (at := self._order.select(number, row)) is not None)
        return sorted(found)

    def id_at(self, position: int) -> int:
        """The id of the row at ``position``. Raises IndexError."""
        if not 0 <= position < len(self):
            raise IndexError(f"row {position} of {len(self)}")
        number = self._order.source_at(position)
        return self._sources[number].rows.id_at(self._order.rank(number, position)) << ID_BITS | number

    def position_of(self, row_id: int) -> int | None:
        """Where the row with ``row_id`` is now; None when it is gone."""
        self._settle()
        number = self.source_of(row_id)
        place = self._sources[number].rows.position_of(row_id >> ID_BITS) if number < len(self._sources) else None
        return None if place is None else self._order.select(number, place)

    def position_in(self, number: int, line_index: int) -> int | None:
        """Where line ``line_index`` (from 0) of a source is; None where it is not held, or not taken in yet."""
        self._settle()
        place = self._sources[number].rows.position_of_line(line_index + 1)
        return None if place is None else self._order.select(number, place)

    def position_of_line(self, number: int) -> int | None:
        """The row with that number."""
        return number - 1 if 0 < number <= len(self) else None

    def iter_blocks(self, start_position: int = 0) -> Iterator[tuple[int, bytes]]:
        """Rows as UTF-8 lines with the position of the first of them, piece by piece."""
        while 0 <= start_position < len(self):
            stop = start_position + self.rows_of_block(start_position)
            yield start_position, "\n".join(self.texts(start_position, stop)).encode("utf-8", "surrogatepass")
            start_position = stop

    def rows_of_block(self, position: int) -> int:
        """How many rows :meth:`iter_blocks` gives at once from ``position`` on. Raises IndexError."""
        if not 0 <= position < len(self):
            raise IndexError(f"row {position} of {len(self)}")
        return min(PIECE - position % PIECE, len(self) - position)

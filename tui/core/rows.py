"""Rows of output: what one is, and many of them in the form in which a block of a buffer holds them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from tui.core.models import RawLine
from tui.core.packed_lines import PackedLines, split_lines

NEW_ID = -1
"""Row id of a row that has not been stored yet."""

_TIMESTAMP_LIMIT = 2**63 - 1


class RowKind(IntEnum):
    """What a row is. Only a LINE belongs to the log and has a number."""

    LINE = 0
    GAP = 1
    """Lines are missing here; the row's count tells how many, 0 meaning unknown."""
    MARKER = 2
    """A remark of ours, such as "connection lost"."""
    RESYNC = 3
    """From here on the server tells another log than before."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a view."""

    kind: RowKind
    text: RawLine
    timestamp: int = 0
    """Milliseconds since the epoch; 0: unknown."""
    number: int | None = None
    """1-based number of the line in the log; None for rows that are not lines."""
    row_id: int = NEW_ID
    count: int = 0
    """Missing lines of a GAP; 0: unknown."""


Marks = dict[int, tuple[RowKind, int]]
"""Offset in a block to kind and count, for the rows that are not lines."""
Runs = list[tuple[int, int]]
"""First id and length of each run of consecutive row ids, in the order of the rows."""


class Rows:
    """Consecutive rows. ``times`` runs parallel to ``texts``.

    They are kept as the bytes in which they came, and those are split only where single texts are asked for: most of
    a long log is never looked at.
    """

    __slots__ = ("_pieces", "_texts", "_unsplit", "marks", "runs", "times")

    def __init__(self, texts: list[str], times: array[int], marks: Marks, runs: Runs) -> None:
        self._texts = texts
        self._pieces = ["\n".join(texts).encode("utf-8", "surrogatepass")] if texts else []
        self._unsplit = len(self._pieces)
        """Pieces before this one are in ``_texts``."""
        self.times = times
        self.marks = marks
        self.runs = runs

    @classmethod
    def of_text(cls, text: bytes, times: array[int], marks: Marks, runs: Runs) -> Rows:
        """Rows of which all texts are in one piece. There is one at least."""
        rows = cls([], times, marks, runs)
        rows._pieces.append(text)
        return rows

    @classmethod
    def empty(cls) -> Rows:
        """No rows."""
        return cls([], array("q"), {}, [])

    def __len__(self) -> int:
        return len(self.times)

    @property
    def texts(self) -> list[str]:
        """The texts of all rows. Not to be changed."""
        if self._unsplit < len(self._pieces):
            for piece in self._pieces[self._unsplit :]:
                self._texts += split_lines(piece)
            self._unsplit = len(self._pieces)
        return self._texts

    def add(self, lines: PackedLines, times: array[int], first_id: int) -> bool:
        """Add rows at the end; True when their ids begin a run of their own."""
        self._pieces.append(lines.text)
        self.times.extend(times)
        return add_run(self.runs, first_id, len(lines))

    def slice(self, start: int, stop: int) -> Rows:
        """A copy of the rows from ``start`` up to ``stop``."""
        marks = {at - start: mark for at, mark in self.marks.items() if start <= at < stop}
        runs: Runs = []
        at = 0
        for first, length in self.runs:
            low, high = max(start, at), min(stop, at + length)
            if low < high:
                runs.append((first + low - at, high - low))
            at += length
        return Rows(self.texts[start:stop], self.times[start:stop], marks, runs)

    def extend(self, other: Rows) -> None:
        """Add the rows of ``other`` at the end."""
        shift = len(self)
        self._pieces += other._pieces
        self.times.extend(other.times)
        self.marks.update({at + shift: mark for at, mark in other.marks.items()})
        for first, length in other.runs:
            add_run(self.runs, first, length)

    def row(self, offset: int, first_line: int) -> Row:
        """The row at ``offset``, in a block before which ``first_line`` lines of the log lie."""
        mark = self.marks.get(offset)
        text, row_id = RawLine(self.texts[offset]), id_at(self.runs, offset)
        if mark:
            return Row(mark[0], text, self.times[offset], None, row_id, mark[1])
        number = first_line + offset + 1 - sum(at < offset for at in self.marks)
        return Row(RowKind.LINE, text, self.times[offset], number, row_id)

    def lines(self, start: int, stop: int) -> list[str]:
        """Texts of the lines among the rows from ``start`` up to ``stop``."""
        texts = self.texts[start:stop]
        if self.marks:
            return [text for at, text in enumerate(texts, start) if at not in self.marks]
        return texts

    def text(self) -> bytes:
        """All texts as UTF-8, one line each; lone surrogates survive."""
        return b"\n".join(self._pieces)


def rows_of(rows: Iterable[Row], first_new_id: int) -> tuple[Rows, int]:
    """``rows`` in packed form, and the next free row id. Rows without an id get ids from ``first_new_id`` on."""
    texts: list[RawLine] = []
    times, marks, runs = array("q"), Marks(), Runs()
    for offset, row in enumerate(rows):
        texts.append(row.text)
        times.append(bounded_time(row.timestamp))
        if row.kind is not RowKind.LINE:
            marks[offset] = (row.kind, row.count)
        row_id = row.row_id
        if row_id == NEW_ID:
            row_id = first_new_id
            first_new_id += 1
        add_run(runs, row_id, 1)
    packed = Rows.of_text(PackedLines.of(texts).text, times, marks, runs) if texts else Rows.empty()
    return packed, first_new_id


def line_rows(lines: Sequence[RawLine], timestamps: Sequence[int] | None) -> list[Row]:
    """``lines`` as rows without ids."""
    times = times_of(timestamps, len(lines))
    return [Row(RowKind.LINE, line, t) for line, t in zip(lines, times, strict=True)]


def add_run(runs: Runs, first: int, length: int) -> bool:
    """Add ids to ``runs``; True when they began a run of their own."""
    if runs and sum(runs[-1]) == first:
        runs[-1] = (runs[-1][0], runs[-1][1] + length)
        return False
    runs.append((first, length))
    return True


def id_at(runs: Runs, offset: int) -> int:
    """The row id at ``offset``."""
    for first, length in runs:
        if offset < length:
            return first + offset
        offset -= length
    raise IndexError(offset)


def offset_of(runs: Runs, row_id: int) -> int | None:
    """The offset of the row with ``row_id``, or None."""
    at = 0
    for first, length in runs:
        if first <= row_id < first + length:
            return at + row_id - first
        at += length
    return None


def bounded_time(timestamp: int) -> int:
    """``timestamp`` if it fits a 64-bit integer and is not negative, else 0 for unknown."""
    return timestamp if 0 <= timestamp <= _TIMESTAMP_LIMIT else 0


def times_of(timestamps: Sequence[int] | None, count: int) -> array[int]:
    """``timestamps`` as an array of ``count`` entries; None means that none is known."""
    if timestamps is None:
        return array("q", bytes(8 * count))
    if len(timestamps) != count:
        raise ValueError(f"{len(timestamps)} timestamps for {count} lines")
    try:
        return array("q", timestamps)
    except OverflowError:
        return array("q", map(bounded_time, timestamps))

"""One of several outputs that are merged: where its rows stand in time, and which of them have to be placed anew."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right, insort
from itertools import accumulate

from tui.core.buffer import LineBuffer
from tui.core.found import TracebackIndex

OVERLAP = 16
"""Tracebacks that can enclose one another: those of so many threads."""


class MergeSource:
    """Rows of one output with the times that they are merged by, ``keys``, in milliseconds, which never fall."""

    def __init__(self, rows: LineBuffer, found: TracebackIndex, *, began: int = 0) -> None:
        """``began`` is when the process began, in milliseconds; 0 where it is not known."""
        self.rows = rows
        self.found = found
        self.keys = array("q")
        """Of the rows that were taken in and are still held."""
        self._began = began
        self._gone = rows.dropped_rows
        self._edits = rows.edits
        self._version = -1
        self._completed = 0
        self._resets = found.resets
        self._last_start = -1
        self._open: tuple[int, int] | None = None
        # Runs of lines without a time, by ordinal, in order and apart.
        self._untimed_firsts = array("q")
        self._untimed_lasts = array("q")
        self._untimed = 0

    @property
    def waiting(self) -> int:
        """Rows to take in."""
        return len(self.rows) - len(self.keys) + self.rows.dropped_rows - self._gone

    @property
    def is_edited(self) -> bool:
        """Whether rows that were taken in may stand elsewhere, or be gone."""
        return self._edits != self.rows.edits or self._gone != self.rows.dropped_rows

    @property
    def untimed(self) -> int:
        """Lines that were taken in, and whose time is not known."""
        return self._untimed

    # Taking in

    def take(self, most: int) -> array[int]:
        """The keys of the next rows, ``most`` at most; whoever asks adds them to :attr:`keys`."""
        start = len(self.keys)
        stop = min(len(self.rows), start + most)
        if stop <= start:
            return array("q")
        times = self.rows.timestamps(start, stop)
        self._note_untimed(times, start)
        # A traceback stays with its first line.
        for first, last in self._blocks(start, stop):
            first = max(first + 1, start)
            held = min(last + 1, stop) - first
            if held > 0:
                times[first - start : first - start + held] = array("q", bytes(8 * held))
        keys = array("q", accumulate(times, max, initial=self.keys[-1] if self.keys else self._began))
        del keys[0]
        return keys

    def _note_untimed(self, times: array[int], start: int) -> None:
        if not times.count(0):
            return
        marks = set(self.rows.marks(start, start + len(times)))
        at = self._gone + start
        for position, time in enumerate(times, start):
            if not time and position not in marks:
                if self._untimed_lasts and self._untimed_lasts[-1] == at - 1:
                    self._untimed_lasts[-1] = at
                else:
                    self._untimed_firsts.append(at)
                    self._untimed_lasts.append(at)
                self._untimed += 1
            at += 1

    def _blocks(self, start: int, stop: int) -> list[tuple[int, int]]:
        """First and last position of the tracebacks with rows between two positions."""
        if not len(self.found):
            return []
        line = self._line_at(start)
        blocks, before = [], self.found.previous_before(line)
        for _ in range(OVERLAP):
            if before is not None:
                blocks.append(before)
                before = self.found.previous_before(before.start)
        blocks = [block for block in reversed(blocks) if block.end >= line]
        block = self.found.next_after(line - 1)
        spans: list[tuple[int, int]] = []
        while block is not None and ((first := self._position(block.start)) is None or first < stop):
            blocks.append(block)
            block = self.found.next_after(block.start)
        for each in blocks:
            first, last = self._position(each.start), self._position(each.end)
            spans.append((-1 if first is None else first, len(self.rows) - 1 if last is None else last))
        return spans

    def _line_at(self, position: int) -> int:
        """Lines of the log before the row at ``position``."""
        line = position + self.rows.dropped_lines
        if self.rows.line_count - self.rows.dropped_lines == len(self.rows):
            return line
        return line - len(self.rows.marks(0, position))

    def _position(self, line_index: int) -> int | None:
        return self.rows.position_of_line(line_index + 1)

    # What has to be placed anew

    def first_stale(self) -> int | None:
        """How many rows stay where they are, where not all do; to be followed by :meth:`forget_from`."""
        stale = len(self.keys)
        if self._edits != self.rows.edits:
            first = self.rows.first_edit_since(self._edits)
            self._edits = self.rows.edits
            stale = min(stale, max(0, (first or 0) - self._gone))
        if self._version != self.found.version:
            self._version = self.found.version
            stale = min([stale, *self._torn(stale)])
        return stale if stale < len(self.keys) else None

    def _torn(self, count: int) -> list[int]:
        """Numbers of rows, among the first ``count``, at which tracebacks begin whose rows were not placed together, or
        that are none any more."""
        torn = []
        # Positions count from what the source holds now; rows that went from its head are seen to later.
        found, shift = self.found, self.rows.dropped_rows - self._gone
        if self._open is not None:
            start, end = self._open
            now = found.at(start)
            if (now is None or now.start != start or now.end < end) and (at := self._position(start)) is not None:
                torn.append(at + shift)
        self._open = None
        if found.resets != self._resets or found.completed < self._completed:
            self._resets, self._last_start, self._completed = found.resets, -1, 0
        first_new, opened = bisect_right(found.starts, self._last_start), found.open_block
        if opened is not None and opened.start <= self._last_start:
            opened = None
        if self._completed + len(found.starts) - first_new != found.completed:
            # One that encloses others became known after them.
            first_new, opened = 0, found.open_block
        spans = list(zip(found.starts[first_new:], found.ends[first_new:], strict=True))
        current = None if opened is None else (opened.start, opened.end)
        if current is not None:
            insort(spans, current)
        self._completed = found.completed
        for start, end in spans:
            if (start, end) == current:
                self._open = current
            elif self._open is None:
                self._last_start = max(self._last_start, start)
            first, last = self._position(start), self._position(end)
            first = 0 if first is None else first
            last = len(self.rows) - 1 if last is None else last
            low, high = first + shift, min(last + shift, count - 1)
            if low < high and self.keys[low] != self.keys[high]:
                torn.append(low)
        return torn

    def forget_from(self, kept: int) -> None:
        """Rows from number ``kept`` on have to be taken in again."""
        del self.keys[kept:]
        end = self._gone + kept
        at = bisect_left(self._untimed_firsts, end)
        while len(self._untimed_firsts) > at:
            self._untimed -= self._untimed_lasts.pop() - self._untimed_firsts.pop() + 1
        if at and self._untimed_lasts[-1] >= end:
            self._untimed -= self._untimed_lasts[-1] - end + 1
            self._untimed_lasts[-1] = end - 1

    def gone_now(self) -> int:
        """How many of the rows that were taken in have gone from the head; 0 where none has."""
        gone = self.rows.dropped_rows - self._gone
        if gone and not self.keys:
            self.forget_head(gone)
            return 0
        return min(gone, len(self.keys))

    def forget_head(self, count: int) -> None:
        """The first rows have gone."""
        del self.keys[:count]
        self._gone = self.rows.dropped_rows
        at = 0
        while at < len(self._untimed_firsts) and self._untimed_firsts[at] < self._gone:
            last = min(self._untimed_lasts[at], self._gone - 1)
            self._untimed -= last - self._untimed_firsts[at] + 1
            if last < self._untimed_lasts[at]:
                self._untimed_firsts[at] = self._gone
                break
            at += 1
        del self._untimed_firsts[:at], self._untimed_lasts[:at]

"""The part of a line buffer that is known to be the log's, and how it grows.

The first ``settled`` lines of the buffer are lines of the log; those after it are only what was received. Lines of
which it is known that they come from the log's file are installed word for word after the settled ones. Alignment
with what stood there decides only which rows keep their ids and times, so the outcome is right however it goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tui.core.alignment import align, common_prefix
from tui.core.buffer import LineBuffer
from tui.core.models import RawLine
from tui.core.packed_lines import PackedLines
from tui.core.reconcile import WINDOW, after_line, install
from tui.core.rows import RowKind

LOG_CHANGED = RawLine("the log is not the one shown before: from here on its present content")


class SettledLog:
    """Keeps a line buffer true to a log. ``base`` is the index in the log of the first line that is wanted."""

    def __init__(self, buffer: LineBuffer, *, base: int) -> None:
        self.buffer = buffer
        self.base = base
        self.settled = 0
        """Lines of the buffer, from its first, that are the log's; dropped ones count."""
        self.index = base
        """Index in the log of the line after the settled ones."""
        self.cut = 0
        """Number of the line that may have been cut, being the last of a file that was written to; 0: none."""
        self.trailing = 0
        """Lines at the end that were installed without a later one having been held already."""
        self.repaired = 0
        self.resyncs = 0
        self.gaps: dict[int, int] = {}
        """Row ids of the gaps, and the number of lines that are missing there; 0: unknown."""
        self.is_proven = True
        """False once lines count as settled that could be compared with nothing."""
        self.is_mapped = True
        """False once indices in the log can no longer be told from numbers of lines."""
        self._fixed_gaps: set[int] = set()

    @property
    def rest(self) -> int:
        """Lines held that are not settled."""
        return self.buffer.line_count - self.settled

    @property
    def certain(self) -> int:
        """Settled lines without one that may have been cut."""
        return self.settled - (self.settled > 0 and self.settled == self.cut)

    @property
    def certain_index(self) -> int:
        """Index in the log of the line after the certain ones."""
        return self.index - (self.settled - self.certain)

    @property
    def edition(self) -> tuple[int, int, int]:
        """Differs whenever the lines do."""
        return (self.repaired, self.buffer.line_count, self.resyncs)

    def line_of(self, index: int) -> int:
        """Settled lines before the line with this index in the log."""
        return self.settled - (self.index - index)

    def last_certain(self, count: int) -> list[RawLine]:
        """Up to ``count`` lines at the end of the certain ones, as far as they are still held."""
        count = min(count, self.certain - self.buffer.dropped_lines)
        if count <= 0:
            return []
        start = after_line(self.buffer, self.certain - count)
        return self.buffer.raw_lines(start, after_line(self.buffer, self.certain))

    # Growing

    def take(self, lines: Sequence[RawLine], start: int, *, whole: bool, is_replay: bool = False) -> None:
        """``lines`` are those of the log from index ``start`` on: compare those held, install the others.

        ``whole``: the last of them cannot be cut. A replay goes on, so that only its very last line can be.
        """
        given, begin, base = lines, start, self.base
        if start < base:
            lines, start = lines[base - start :], base
        if is_replay and start < self.index <= start + len(lines):
            # A snapshot that was answered after the replay began may have ended in a line that this one has whole.
            self.loosen()
        if start > self.index:
            self._bridge(lines, start)
        overlap = min(self.index - start, len(lines))
        same = self._same(lines[:overlap], start, whole)
        if same < overlap:
            self.resync(self.line_of(start) + same)
            if self.base != base:
                if not is_replay:
                    self.take(given, begin, whole=whole)
                return
        lines = lines[same:]
        if not lines:
            return
        if self.cut == self.settled + 1:
            self._grow_cut_line(lines[0])
        cut, self.cut = self.cut, 0
        if whole or is_replay:
            self._install(lines)
        else:
            self._install(lines[:-1])
            if self._is_cut(lines[-1]):
                # What is held of this line is longer, and may be cut as well.
                self.cut = cut if cut == self.settled + 1 else 0
                return
            self._install(lines[-1:])
        if not whole:
            self.cut = self.settled

    def settle(self, count: int) -> None:
        """The next ``count`` lines are the log's as they stand."""
        self.settled += count
        self.index += count

    def loosen(self) -> None:
        """Let the line that may have been cut be compared again."""
        if self.cut and self.cut == self.settled:
            self.settle(-1)

    def keep_up(self) -> bool:
        """Follow what the buffer dropped; True if unsettled lines were among that. They are taken to be right."""
        beyond = self.buffer.dropped_lines - self.settled
        if beyond <= 0:
            return False
        self.settle(beyond)
        self.cut = 0
        self.is_proven = self.is_mapped = False
        return True

    def grow(self, number: int, line: RawLine, time: int = 0) -> None:
        """Complete the line with this number, which was cut."""
        position = self.buffer.position_of_line(number)
        if position is not None:
            row = self.buffer.row(position)
            self.buffer.splice(position, 1, [replace(row, text=line, timestamp=time or row.timestamp)])

    def set_times(self, number: int, times: Sequence[int]) -> None:
        """Times for the lines from this number on, unless a remark stands between them."""
        position = self.buffer.position_of_line(number)
        if position is not None and position + len(times) == after_line(self.buffer, number + len(times) - 1):
            self.buffer.set_timestamps(position, times)

    # Shrinking

    def resync(self, good: int) -> None:
        """Only the first ``good`` lines are still those of the log: what follows is another log."""
        good = max(good, 0)
        is_seen = self.buffer.line_count > good
        start = after_line(self.buffer, good)
        self._forget_gaps(start, len(self.buffer), fixed=True)
        self.buffer.remove(start, len(self.buffer) - start)
        self.settle(good - self.settled)
        if not good:
            self.base = self.index = 0
        self.cut = self.trailing = 0
        self.resyncs += 1
        if is_seen:
            self.buffer.append_marker(RowKind.RESYNC, LOG_CHANGED)

    def remove_rest(self, count: int) -> None:
        """Take away the first ``count`` lines that are not settled, as the log does not have them."""
        everything = count >= self.rest
        if count <= 0 and not everything:
            return
        start = after_line(self.buffer, self.settled)
        stop = len(self.buffer) if everything else after_line(self.buffer, self.settled + count)
        rows = self.buffer.rows(start, stop)
        self._forget_gaps(start, stop)
        keep = [row for row in rows if row.kind in (RowKind.MARKER, RowKind.RESYNC) or row.row_id in self._fixed_gaps]
        if len(keep) < len(rows):
            self.buffer.splice(start, len(rows), keep)
            self.repaired += max(count, 0)

    def add_gap(self, count: int, text: str = "") -> None:
        """Show at the end that ``count`` lines are missing; 0: unknown how many."""
        end = len(self.buffer)
        last = self.buffer.row(end - 1) if end else None
        if last and last.row_id in self.gaps and last.row_id not in self._fixed_gaps:
            total = last.count + count if last.count and count else 0
            self.buffer.splice(end - 1, 1, [replace(last, count=total)])
            self.gaps[last.row_id] = total
        else:
            self.gaps[self.buffer.append_marker(RowKind.GAP, text, count)] = count

    # Parts

    def _install(self, lines: Sequence[RawLine]) -> None:
        if not lines:
            return
        change = install(self.buffer, self.settled, lines, trailing=self.trailing, fixed=self._fixed_gaps)
        self.repaired += change.repaired
        self.trailing = change.trailing
        for row_id in change.filled:
            self.gaps.pop(row_id, None)
        self.settle(len(lines))

    def _same(self, lines: Sequence[RawLine], start: int, whole: bool) -> int:
        """How many of ``lines``, all of an index below ours, agree with what is held; dropped ones are taken to."""
        first = self.line_of(start)
        at = max(0, self.buffer.dropped_lines - first, -first)
        while at < len(lines):
            theirs = lines[at : at + WINDOW]
            stop = after_line(self.buffer, first + at + len(theirs))
            ours = self.buffer.raw_lines(after_line(self.buffer, first + at), stop)
            same = common_prefix(ours, theirs)
            at += same
            if same < len(theirs):
                cut = at == len(lines) - 1 and not whole and ours[same].startswith(theirs[same])
                return len(lines) if cut else at
        return len(lines)

    def _grow_cut_line(self, line: RawLine) -> None:
        """Complete the line that was cut, where ``line`` is it."""
        position = self.buffer.position_of_line(self.cut)
        if position is None:
            return
        held = self.buffer.row(position).text
        if held and line != held and line.startswith(held):
            self.grow(self.cut, line)

    def _is_cut(self, last: RawLine) -> bool:
        """True when we hold, unsettled, the whole of a line of which a snapshot had but the beginning."""
        position = self.buffer.position_of_line(self.settled + 1)
        if position is None or not last:
            return False
        held = self.buffer.row(position).text
        return held != last and held.startswith(last)

    def _bridge(self, lines: Sequence[RawLine], start: int) -> None:
        """The log now begins after what is settled: the server dropped lines in between, which we hold or miss."""
        begin = after_line(self.buffer, self.settled)
        held = self.buffer.raw_lines(begin, begin + 2 * WINDOW)
        matches = align(held, lines[:WINDOW])
        kept = matches[0].ours if matches else self.rest
        missing = start - self.index - kept
        self.settled += kept
        self.index = start
        self.is_proven = self.is_proven and not kept
        if missing > 0:
            row_id = self.buffer.insert_marker(after_line(self.buffer, self.settled), RowKind.GAP, "", missing)
            self.gaps[row_id] = missing
            self._fixed_gaps.add(row_id)

    def _forget_gaps(self, start: int, stop: int, *, fixed: bool = False) -> None:
        """The gaps between two positions are none any more; those the server made only if ``fixed``."""
        for row_id in [row_id for row_id in self.gaps if fixed or row_id not in self._fixed_gaps]:
            position = self.buffer.position_of(row_id)
            if position is not None and start <= position < stop:
                del self.gaps[row_id]
                self._fixed_gaps.discard(row_id)


def normal(lines: Sequence[RawLine]) -> PackedLines:
    """``lines`` without carriage returns at their ends: the live stream keeps one that the snapshot strips.

    Line feeds become what the buffer makes of them, so that comparing stays exact.
    """
    packed = PackedLines.of(lines)
    # Looking for one character is eight times as fast as looking for two, and most logs have none.
    if b"\r" in packed.text and (b"\r\n" in packed.text or packed.text.endswith(b"\r")):
        return PackedLines.of([RawLine(line.rstrip("\r")) for line in packed])
    return packed

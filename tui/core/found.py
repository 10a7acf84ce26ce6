"""The tracebacks found in one log, looked up by line: which block a line belongs to, which comes next.

The monitor feeds lines in order (:meth:`TracebackIndex.extend`); views only look things up. Lines are counted from 0
in the order they were fed, so line ``i`` of the log is the row with number ``i + 1``. Asked twice for the same complete
block it gives equal objects, not always the same one: all but the latest are kept packed.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Protocol

from tui.core.packed_tracebacks import MadeWhenAsked, PackedTracebacks
from tui.core.tracebacks.model import Traceback

KEPT = 65_536
"""Tracebacks that are kept; beyond that the oldest are forgotten, and counted."""
PACKED_BYTES = 16 * 2**20
"""Most bytes that they may take, for logs of very long ones."""
_OVERLAP = 16
"""Blocks before the nearest one that are looked at: output of several threads can interleave that many."""


class Detector(Protocol):
    """What the index needs of ``tui.core.tracebacks.detector.TracebackDetector``."""

    @property
    def next_index(self) -> int:
        """Number of lines fed so far."""

    def feed_many(self, lines: Sequence[str]) -> list[Traceback]:
        """Blocks that these lines completed."""

    def feed_text(self, text: bytes) -> list[Traceback]:
        """The same for lines of UTF-8 that line feeds divide."""

    def flush(self) -> list[Traceback]:
        """Blocks that are complete now that nothing follows."""

    def open_block(self) -> Traceback | None:
        """The block still being printed, as known so far."""


class TracebackIndex:
    """Owns a detector over one log and answers questions by line index."""

    def __init__(self, detector_factory: Callable[[], Detector], *, kept: int = KEPT) -> None:
        self._factory = detector_factory
        self._kept = kept
        self._detector = detector_factory()
        self._blocks = PackedTracebacks()
        self._starts, self._ends = array("q"), array("q")
        self._uncaught = array("q")
        """First lines of those that are kept and were not handled, in order."""
        self._uncaught_forgotten = 0
        self._open: Traceback | None = None
        self._open_is_known = True
        self._version = 0
        self.forgotten = 0
        """Blocks that were dropped because there were too many."""
        self.resets = 0
        """How often everything was forgotten; blocks found after that stand in another numbering of lines."""

    def extend(self, lines: Sequence[str]) -> list[Traceback]:
        """Feed the next lines of the log; gives the blocks that became complete."""
        return self._fed(self._detector.feed_many(lines)) if lines else []

    def extend_text(self, text: bytes) -> list[Traceback]:
        """As :meth:`extend`, of lines of UTF-8 that line feeds divide."""
        return self._fed(self._detector.feed_text(text))

    def _fed(self, complete: list[Traceback]) -> list[Traceback]:
        self._take(complete)
        self._open_is_known = False
        if complete:
            self._version += 1
        return complete

    def flush(self) -> list[Traceback]:
        """The log ended: what is still open is complete. Feeding may go on afterwards."""
        complete = self._detector.flush()
        self._take(complete)
        self._open_is_known = False
        self._version += 1
        return complete

    def reset(self) -> None:
        """Forget everything; the next line fed is line 0 again."""
        self._detector = self._factory()
        self._blocks = PackedTracebacks()
        self._starts, self._ends, self._uncaught = array("q"), array("q"), array("q")
        self._open, self._open_is_known = None, True
        self.forgotten = self._uncaught_forgotten = 0
        self.resets += 1
        self._version += 1

    def forget_before(self, line_index: int) -> None:
        """Drop the blocks that end before ``line_index``, because those lines are gone."""
        keep = bisect_left(self._starts, line_index)
        while keep and self._ends[keep - 1] >= line_index:
            keep -= 1
        if keep:
            self._forget(keep)
            self._version += 1

    def __len__(self) -> int:
        return len(self._blocks) + (self._current() is not None)

    @property
    def version(self) -> int:
        """Grows whenever an answer may have changed; views compare it."""
        self._current()
        return self._version

    @property
    def line_count(self) -> int:
        """Lines fed so far."""
        return self._detector.next_index

    @property
    def open_block(self) -> Traceback | None:
        """The block still being printed, as known so far."""
        return self._current()

    @property
    def completed(self) -> int:
        """Complete blocks that are kept or were dropped."""
        return len(self._blocks) + self.forgotten

    @property
    def open_start(self) -> int | None:
        """The first line of the block still being printed."""
        current = self._current()
        return None if current is None else current.start

    def is_open(self, block: Traceback) -> bool:
        """Whether ``block`` is still being printed."""
        return block is self._current()

    @property
    def all(self) -> Sequence[Traceback]:
        """Every kept block by its first line, the open one included: as of now, each unpacked when it is asked for."""
        current = self._current()
        if current is None:
            return _Blocks(self._blocks, len(self._blocks), None)
        return _Blocks(self._blocks, bisect_right(self._starts, current.start), current)

    @property
    def starts(self) -> Sequence[int]:
        """The first lines of the kept complete blocks, in order; not to be changed."""
        return self._starts

    @property
    def ends(self) -> Sequence[int]:
        """Their last lines, in the order of their first."""
        return self._ends

    @property
    def latest(self) -> Traceback | None:
        """The block that begins last."""
        return self.previous_before(self.line_count)

    @property
    def uncaught(self) -> int:
        """Blocks, the open one included, that tell of nothing that was handled; those are counted too that were
        dropped."""
        current = self._current()
        is_uncaught = current is not None and not current.handled
        return len(self._uncaught) + self._uncaught_forgotten + is_uncaught

    @property
    def latest_uncaught(self) -> Traceback | None:
        """The one of these that begins last."""
        start = self._uncaught[-1] if self._uncaught else -1
        current = self._current()
        if current is not None and not current.handled and current.start > start:
            return current
        return self._blocks[bisect_right(self._starts, start) - 1] if self._uncaught else None

    def at(self, line_index: int) -> Traceback | None:
        """The block that line ``line_index`` belongs to; the one that began last where several enclose it."""
        current = self._current()
        if current is not None and _holds(current, line_index):
            return current
        nearest = bisect_right(self._starts, line_index) - 1
        for at in range(nearest, max(-1, nearest - _OVERLAP), -1):
            if self._ends[at] >= line_index and _holds(block := self._blocks[at], line_index):
                return block
        return None

    def next_after(self, line_index: int) -> Traceback | None:
        """The first block that begins after line ``line_index``."""
        at = bisect_right(self._starts, line_index)
        current = self._current()
        is_last = at == len(self._starts)
        if current is not None and current.start > line_index and (is_last or current.start < self._starts[at]):
            return current
        return None if is_last else self._blocks[at]

    def previous_before(self, line_index: int) -> Traceback | None:
        """The last block that begins before line ``line_index``."""
        at = bisect_left(self._starts, line_index) - 1
        current = self._current()
        if current is not None and current.start < line_index and (at < 0 or current.start > self._starts[at]):
            return current
        return self._blocks[at] if at >= 0 else None

    def begins_between(self, first: int, last: int) -> bool:
        """True when a block begins on a line from ``first`` to before ``last``; for marks beside a scroll bar."""
        at = bisect_left(self._starts, first)
        if at < len(self._starts) and self._starts[at] < last:
            return True
        current = self._current()
        return current is not None and first <= current.start < last

    def _take(self, complete: list[Traceback]) -> None:
        for block in complete:
            at = bisect_right(self._starts, block.start)
            self._starts.insert(at, block.start)
            self._ends.insert(at, block.end)
            self._blocks.insert(at, block)
            if not block.handled:
                self._uncaught.insert(bisect_right(self._uncaught, block.start), block.start)
        surplus = len(self._blocks) - self._kept
        if surplus > 0:
            # A quarter at once, so that a flood of tracebacks does not move the whole list for every one.
            self._forget(min(len(self._blocks), surplus + self._kept // 4))
        elif self._blocks.packed_bytes > PACKED_BYTES:
            self._forget(len(self._blocks) // 4)

    def _forget(self, count: int) -> None:
        """Drop the first ``count`` blocks."""
        end = self._starts[count - 1]
        self.forgotten += count
        self._blocks.drop(count)
        del self._starts[:count], self._ends[:count]
        uncaught = bisect_right(self._uncaught, end)
        self._uncaught_forgotten += uncaught
        del self._uncaught[:uncaught]

    def _current(self) -> Traceback | None:
        if not self._open_is_known:
            known, self._open = self._open, self._detector.open_block()
            self._open_is_known = True
            if self._open is not known:
                self._version += 1
        return self._open


class _Blocks(MadeWhenAsked):
    """Complete blocks with the open one, if there is one, before the complete one at ``at``."""

    def __init__(self, complete: PackedTracebacks, at: int, current: Traceback | None) -> None:
        self._complete, self._at, self._current = complete, at, current

    def __len__(self) -> int:
        return len(self._complete) + (self._current is not None)

    def _block(self, at: int) -> Traceback:
        if self._current is None or at < self._at:
            return self._complete[at]
        return self._current if at == self._at else self._complete[at - 1]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


def _holds(block: Traceback, line_index: int) -> bool:
    """True when the line is the block's own."""
    if not block.start <= line_index <= block.end:
        return False
    if block.lines is None:
        return True
    at = bisect_left(block.lines, line_index)
    return at < len(block.lines) and block.lines[at] == line_index

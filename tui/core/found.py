"""The tracebacks found in one log, looked up by line: which block a line belongs to, which comes next.

The monitor feeds lines in order (:meth:`TracebackIndex.extend`); views only look things up. Lines are counted from 0
in the order they were fed, so line ``i`` of the log is the row with number ``i + 1``.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Protocol

from tui.core.tracebacks.model import Traceback

KEPT = 4096
"""Tracebacks that are kept with all their parts; beyond that the oldest are forgotten, and counted."""
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
        self._blocks: list[Traceback] = []
        self._starts: list[int] = []
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
        self._blocks, self._starts = [], []
        self._open, self._open_is_known = None, True
        self.forgotten = 0
        self.resets += 1
        self._version += 1

    def forget_before(self, line_index: int) -> None:
        """Drop the blocks that end before ``line_index``, because those lines are gone."""
        keep = bisect_left(self._starts, line_index)
        while keep and self._blocks[keep - 1].end >= line_index:
            keep -= 1
        if keep:
            self.forgotten += keep
            del self._blocks[:keep], self._starts[:keep]
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
    def all(self) -> list[Traceback]:
        """Every kept block by its first line, the open one included."""
        current = self._current()
        if current is None:
            return list(self._blocks)
        at = bisect_right(self._starts, current.start)
        return [*self._blocks[:at], current, *self._blocks[at:]]

    def at(self, line_index: int) -> Traceback | None:
        """The block that line ``line_index`` belongs to; the one that began last where several enclose it."""
        current = self._current()
        if current is not None and _holds(current, line_index):
            return current
        nearest = bisect_right(self._starts, line_index) - 1
        for at in range(nearest, max(-1, nearest - _OVERLAP), -1):
            if _holds(self._blocks[at], line_index):
                return self._blocks[at]
        return None

    def next_after(self, line_index: int) -> Traceback | None:
        """The first block that begins after line ``line_index``."""
        at = bisect_right(self._starts, line_index)
        closed = self._blocks[at] if at < len(self._blocks) else None
        current = self._current()
        if current is not None and current.start > line_index and (closed is None or current.start < closed.start):
            return current
        return closed

    def previous_before(self, line_index: int) -> Traceback | None:
        """The last block that begins before line ``line_index``."""
        at = bisect_left(self._starts, line_index) - 1
        closed = self._blocks[at] if at >= 0 else None
        current = self._current()
        if current is not None and current.start < line_index and (closed is None or current.start > closed.start):
            return current
        return closed

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
            self._blocks.insert(at, block)
        surplus = len(self._blocks) - self._kept
        if surplus > 0:
            # A quarter at once, so that a flood of tracebacks does not move the whole list for every one.
            surplus = min(len(self._blocks), surplus + self._kept // 4)
            self.forgotten += surplus
            del self._blocks[:surplus], self._starts[:surplus]

    def _current(self) -> Traceback | None:
        if not self._open_is_known:
            known, self._open = self._open, self._detector.open_block()
            self._open_is_known = True
            if self._open is not known:
                self._version += 1
        return self._open


def _holds(block: Traceback, line_index: int) -> bool:
    """True when the line is the block's own."""
    if not block.start <= line_index <= block.end:
        return False
    if block.lines is None:
        return True
    at = bisect_left(block.lines, line_index)
    return at < len(block.lines) and block.lines[at] == line_index

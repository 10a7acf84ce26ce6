"""Searching everything in the buffer beside the screen, in slices short enough not to be felt."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from tui.core.buffer import LineBuffer
from tui.core.hits import Hits
from tui.core.search import Query

SLICE_SECONDS = 0.004
"""Longest time spent before keys and paints get their turn; one block of the buffer is the least that is done."""
TAIL_ROWS = 2048
"""So many new rows are read row by row; more are scanned with the block they are in."""


class OutputSearch:
    """One query over one buffer.

    Hits are kept as ordinals: the position when the search began. ``dropped`` rows have gone from the head since then,
    so a position is its ordinal less that.
    """

    def __init__(self, query: Query, buffer: LineBuffer, start: int) -> None:
        self.query = query
        self.buffer = buffer
        self.hits = Hits()
        self.current: int | None = None
        """Ordinal of the hit that the view stands at."""
        self.is_complete = False
        self.dropped = 0
        self._start = max(0, min(start, len(buffer)))
        self._done = self._start
        self._early = 0
        self._more = asyncio.Event()
        self._generation = buffer.generation
        self._dropped_lines = buffer.dropped_lines
        self._last: tuple[int, int | None] | None = None

    def ordinal(self, position: int) -> int:
        """The ordinal of the row at ``position``."""
        return position + self.dropped

    def wake(self) -> None:
        """Rows may have been added."""
        if self._done < len(self.buffer) or self._generation != self.buffer.generation:
            self._more.set()

    def survives_edit(self) -> bool:
        """True when nothing was changed, or rows went from the head only; otherwise hits may stand elsewhere now."""
        if self._generation == self.buffer.generation:
            return True
        position = self.buffer.position_of(self._last[0]) if self._last else None
        if position is None or self._last is None or self.buffer.dropped_lines == self._dropped_lines:
            return False
        # Numbers of lines do not move when the head is dropped, but do when lines are added or taken away before them.
        if self._last[1] is None or self.buffer.row(position).number != self._last[1]:
            return False
        gone = self._done - 1 - position
        self.dropped += gone
        self._done -= gone
        self._start = max(0, self._start - gone)
        self._early = max(0, self._early - gone)
        self._generation, self._dropped_lines = self.buffer.generation, self.buffer.dropped_lines
        return True

    async def run(self) -> AsyncIterator[None]:
        """Scan from the start to the end, then what lies before, then what is added; yields after every slice.

        Ends when the buffer was edited so that the search has to begin anew (see :meth:`survives_edit`).
        """
        until = time.monotonic() + SLICE_SECONDS
        while self.survives_edit():
            if self._done < len(self.buffer):
                self._scan_after()
            elif self._early < self._start:
                self._scan_before()
            else:
                self.is_complete = True
                yield
                await self._more.wait()
                self._more.clear()
                continue
            if time.monotonic() >= until:
                yield
                await asyncio.sleep(0)
                until = time.monotonic() + SLICE_SECONDS

    def _scan_after(self) -> None:
        end = len(self.buffer)
        if end - self._done <= TAIL_ROWS:
            rows = self.buffer.rows(self._done, end)
            first, text = self._done, "\n".join(row.text for row in rows).encode("utf-8", "surrogatepass")
        else:
            first, text = next(self.buffer.iter_blocks(self._done))
        low, shift = self._done - first, first + self.dropped
        self.hits.add_after(shift + row for row in self.query.rows(text) if row >= low)
        self._done = first + text.count(b"\n") + 1
        last = self.buffer.row(self._done - 1)
        self._last = (last.row_id, last.number)

    def _scan_before(self) -> None:
        first, text = next(self.buffer.iter_blocks(self._early))
        low, high, shift = self._early - first, self._start - first, first + self.dropped
        self.hits.add_before(shift + row for row in self.query.rows(text) if low <= row < high)
        self._early = first + text.count(b"\n") + 1

"""Searching everything in the buffer beside the screen, in slices short enough not to be felt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from tui.app.widgets.slices import in_slices
from tui.core.hits import Hits
from tui.core.row_source import RowSource
from tui.core.search import Query

TAIL_ROWS = 2048
"""So many new rows are read row by row; more are scanned with the block they are in."""


class PendingBlock:
    """Text of one block from the row at ``position`` on, ``rows`` lines, scanned up to a place in it."""

    __slots__ = ("_at", "_text", "position", "rows")

    def __init__(self, position: int, rows: int, text: bytes) -> None:
        self.position = position
        self.rows = rows
        self._text = text
        self._at = 0

    def piece(self, size: int) -> tuple[bytes, int]:
        """The next lines, of about ``size`` bytes together, at least one; and how many they are."""
        end = len(self._text)
        if end - self._at > size:
            cut = self._text.rfind(b"\n", self._at, self._at + size)
            cut = self._text.find(b"\n", self._at + size) if cut < 0 else cut
            end = cut if cut >= 0 else end
        piece = self._text[self._at : end]
        # Counting line feeds costs as much as looking for a text, and is seldom needed.
        rows = self.rows if end == len(self._text) else piece.count(b"\n") + 1
        self._at = end + 1
        self.position += rows
        self.rows -= rows
        return piece, rows


def fetch_block(buffer: RowSource, position: int) -> PendingBlock:
    """The text from the row at ``position`` on: to the end if that is near, else to the end of its block."""
    end = len(buffer)
    if end - position <= TAIL_ROWS:
        texts = buffer.texts(position, end)
        return PendingBlock(position, len(texts), "\n".join(texts).encode("utf-8", "surrogatepass"))
    _, text = next(buffer.iter_blocks(position))
    return PendingBlock(position, buffer.rows_of_block(position), text)


class OutputSearch:
    """One query over one buffer.

    Hits are kept as ordinals: the position when the search began. ``dropped`` rows have gone from the head since then,
    so a position is its ordinal less that.
    """

    def __init__(self, query: Query, buffer: RowSource, start: int) -> None:
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
        self._pending: PendingBlock | None = None
        self._more = asyncio.Event()
        self._edits = buffer.edits
        self._dropped_rows = buffer.dropped_rows

    def ordinal(self, position: int) -> int:
        """The ordinal of the row at ``position``."""
        return position + self.dropped

    @property
    def is_up_to_date(self) -> bool:
        """True when everything that is held has been scanned."""
        return self.is_complete and self._done >= len(self.buffer)

    def wake(self) -> None:
        """Rows may have been added."""
        if self._done < len(self.buffer) or self._is_edited:
            self._more.set()

    @property
    def _is_edited(self) -> bool:
        return self._edits != self.buffer.edits or self._dropped_rows != self.buffer.dropped_rows

    def follow_edit(self) -> None:
        """Rows went from the head, or were changed: forget what was found in those, and scan them again."""
        if not self._is_edited:
            return
        gone = self.buffer.dropped_rows - self._dropped_rows
        first = self.buffer.first_edit_since(self._edits)
        self._edits, self._dropped_rows, self._pending = self.buffer.edits, self.buffer.dropped_rows, None
        self.dropped += gone
        self._done, self._start, self._early = (max(0, at - gone) for at in (self._done, self._start, self._early))
        if first is None:
            return
        position = max(0, first - self.buffer.dropped_rows)
        self.hits.truncate(self.ordinal(position))
        if self.current is not None and self.current >= self.ordinal(position):
            self.current = None
        self._done, self._start, self._early = (min(at, position) for at in (self._done, self._start, self._early))
        self.is_complete = False

    async def run(self) -> AsyncIterator[None]:
        """Scan from the start to the end, then what lies before, then what is added; yields after every slice."""
        async for is_done in in_slices(self._step, self._more):
            if is_done:
                self.is_complete = True
            yield

    def _step(self) -> bool:
        """Scan one piece; False where everything has been scanned."""
        self.follow_edit()
        if self._done < len(self.buffer):
            self._done = self._scan(self._done)
        elif self._early < self._start:
            self._early = self._scan(self._early, self._start)
        else:
            return False
        return True

    def _scan(self, position: int, stop: int | None = None) -> int:
        """Scan the next piece from ``position`` on, up to ``stop``; the position after it."""
        pending = self._pending
        if pending is None or pending.position != position or not pending.rows:
            pending = self._pending = fetch_block(self.buffer, position)
        first = pending.position
        piece, count = pending.piece(self.query.piece_bytes)
        shift = first + self.dropped
        rows = self.query.rows(piece, count)
        if stop is None:
            self.hits.add_after(shift + row for row in rows)
            return pending.position
        self.hits.add_before(shift + row for row in rows if first + row < stop)
        return min(pending.position, stop)

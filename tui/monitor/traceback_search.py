"""Looks for tracebacks in a buffer as it grows, and knows what the process list says of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from tui.core.buffer import LineBuffer
from tui.core.found import TracebackIndex
from tui.core.text import one_line
from tui.core.tracebacks.detector import TracebackDetector

SLICE = 256
"""Lines that are searched before the clock is looked at."""
PIECE = 16 * 1024
"""The same in bytes, where a whole block of the buffer can be searched."""
TURN = 0.004
"""Seconds of searching after which the loop gets its turn; reports cost many times what plain lines cost."""
SEARCHED_AT_ONCE = 512
"""Lines that are looked through as soon as they come, before they are shown."""
PAUSE = 0.1
"""Seconds of processor time for the reader between two turns while lines pour in."""
LONGEST_PAUSE = 0.1
"""Seconds that such a pause takes at most, and after which lines that came no longer count as pouring in."""
MAX_BEHIND = 2_000_000
"""Lines by which the search may be behind until the reader no longer has priority."""


class TracebackSearch:
    """Feeds the lines of ``buffer`` to a detector, from the start again where lines were inserted or replaced."""

    def __init__(self, buffer: LineBuffer) -> None:
        self._buffer = buffer
        self._lines = 0
        self._edits = 0
        self._text: bytes | None = None
        """The block that is being searched; the next line begins at byte ``_at`` of it."""
        self._at = 0
        self._version = -1
        self._has_news = False
        self._to_search = asyncio.Event()
        self._is_searching = False
        self._poured_at = float("-inf")
        self.found = TracebackIndex(TracebackDetector)
        self.headline = ""
        """Headline of the latest uncaught exception, cleaned."""
        self.uncaught = 0
        """Uncaught-exception reports found."""

    def take_news(self) -> bool:
        """True once after each change of headline or number."""
        news, self._has_news = self._has_news, False
        return news

    @property
    def behind(self) -> int:
        """Lines that are not searched yet; all of them after an edit."""
        if self._buffer.edits != self._edits:
            return max(1, self._buffer.line_count)
        return self._buffer.line_count - self._lines

    def search(self) -> int:
        """Search for one turn; the number of lines searched."""
        before, fed = self.behind, True
        turn_ends = time.perf_counter() + TURN
        while fed and time.perf_counter() < turn_ends:
            fed = self._feed_slice()
        self._note()
        return max(0, before - self.behind)

    def lines_came(self) -> None:
        """Look through what is new if that is little; else :meth:`keep_up` does it by and by."""
        if self.behind <= SEARCHED_AT_ONCE:
            self.search()
        elif self._is_searching:
            self._poured_at = asyncio.get_running_loop().time()
        if self.behind:
            self._to_search.set()

    async def keep_up(self, on_found: Callable[[], None]) -> None:
        """Look through what could not be looked through at once, until cancelled."""
        while True:
            self._is_searching = False
            await self._to_search.wait()
            self._to_search.clear()
            self._is_searching = True
            while self.behind:
                await self._let_reader_go_first()
                version = self.found.version
                self.search()
                if self.found.version != version or not self.behind:
                    on_found()

    async def _let_reader_go_first(self) -> None:
        """Return when the search may have a turn: at once, unless lines pour in."""
        clock = asyncio.get_running_loop().time
        worked, waited = time.process_time() + PAUSE, clock() + LONGEST_PAUSE
        await asyncio.sleep(0)
        while self.behind < MAX_BEHIND and clock() < min(waited, self._poured_at + LONGEST_PAUSE):
            if time.process_time() >= worked:
                break
            await asyncio.sleep(LONGEST_PAUSE / 10)

    async def catch_up(self, *, is_end: bool = False) -> None:
        """Search what is new; ``is_end``: nothing follows, so that what is still open is complete."""
        # Not waiting for anything: the loop gets its turn after each turn of the search.
        while self.behind and self.search():  # noqa: ASYNC110
            await asyncio.sleep(0)
        if is_end:
            self.found.flush()
        self._note()

    def _feed_slice(self) -> bool:
        """Feed one slice; False when everything was fed."""
        buffer = self._buffer
        if buffer.edits != self._edits:
            self._edits = buffer.edits
            self._lines, self._text = 0, None
            self.found.reset()
        if self._lines < buffer.dropped_lines:
            # The detector counts what it is fed, so lines that are no longer held are stood for by empty ones.
            self._text = None
            self.found.extend([""] * min(SLICE, buffer.dropped_lines - self._lines))
        elif self._text is not None:
            self._feed_piece(self._text)
        elif (start := buffer.position_of_line(self._lines + 1)) is None:
            return False
        elif (text := buffer.complete_text(start)) is not None:
            self._at = 0
            self._feed_piece(text)
        else:
            self.found.extend(buffer.raw_lines(start, start + SLICE))
        self._lines = self.found.line_count
        return self._lines < buffer.line_count

    def _feed_piece(self, text: bytes) -> None:
        """Feed some whole lines of a block, whose text is kept while there are more."""
        start = self._at
        end = text.find(b"\n", start + PIECE)
        self.found.extend_text(text[start:] if end < 0 else text[start:end])
        self._text, self._at = (None, 0) if end < 0 else (text, end + 1)

    def _note(self) -> None:
        if self.found.version == self._version:
            return
        self._version = self.found.version
        latest = self.found.latest_uncaught
        headline = one_line(latest.headline, 300) if latest else ""
        if self.found.uncaught != self.uncaught or headline != self.headline:
            self.uncaught, self.headline = self.found.uncaught, headline
            self._has_news = True

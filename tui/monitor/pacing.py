"""How often news of lines is passed on: at once while little comes, a few times a second while much does.

What is told is drawn, and a drawing costs as much as taking in some ten thousand lines. Nobody reads a flood, so it is
drawn seldom; its first lines and, soon after it ends, its last are shown in any case.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

MANY: Final = 1000
"""Lines since the last news from which on they are a flood."""
FLOOD_PAUSE: Final = 0.1
"""Seconds between two news in a flood."""
TORRENT: Final = 20_000
"""The same for a torrent, as when a large log is read from its beginning."""
TORRENT_PAUSE: Final = 0.25
PROCESSOR: Final = 0.1
"""Seconds of processor time between two news in a flood: on a busy machine drawing must not take what reading needs."""
LONGEST: Final = 1.0
"""Seconds after which news is told all the same."""
_SURE: Final = 0.005
LULL: Final = 0.04
"""Seconds without lines after which a flood is told to its end; streams deliver more often (``io.follow``)."""


class NewsPacing:
    """Calls ``tell`` for lines that came; news of other kinds are told with :meth:`tell_now`."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell = tell
        self._count = 0
        """Lines since the last news."""
        self._told_at = float("-inf")
        self._processor_then = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_pending(self) -> bool:
        """True while there is news that was not told yet."""
        return self._timer is not None

    def lines_came(self, count: int) -> None:
        """So many lines were added or looked through."""
        self._count += count
        if self._count < MANY:
            self.tell_now()
            return
        loop = asyncio.get_running_loop()
        now = loop.time()
        due = self._told_at + (FLOOD_PAUSE if self._count < TORRENT else TORRENT_PAUSE)
        has_worked = time.process_time() - self._processor_then >= PROCESSOR
        if now >= self._told_at + LONGEST or (now >= due and has_worked):
            self.tell_now()
            return
        self.stop()
        self._timer = loop.call_at(now + LULL, self._lull)

    def _lull(self) -> None:
        """Nothing came for a while, unless it is this process that had no time to take it: give that its turn."""
        self._timer = asyncio.get_running_loop().call_later(_SURE, self.tell_now)

    def tell_now(self) -> None:
        """There is news, all lines included that came until now."""
        self.stop()
        self._count = 0
        self._told_at = asyncio.get_running_loop().time()
        self._processor_then = time.process_time()
        self._tell()

    def stop(self) -> None:
        """Tell nothing more by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

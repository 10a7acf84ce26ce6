"""Time as the engine sees it; injected, so that tests need not wait."""

from __future__ import annotations

import asyncio
import time


class Clock:
    """The clock of this machine."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch, UTC."""
        return int(time.time() * 1000)

    def monotonic(self) -> float:
        """Seconds that only ever grow, for intervals."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Let ``seconds`` pass."""
        await asyncio.sleep(seconds)

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        """Wait for ``event``, at most ``seconds``; True when it came."""
        if event.is_set():
            return True
        waiter = asyncio.ensure_future(event.wait())
        timer = asyncio.ensure_future(self.sleep(max(0.0, seconds)))
        try:
            await asyncio.wait((waiter, timer), return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiter.cancel()
            timer.cancel()
        return event.is_set()

"""What the user feels as a freeze: how late a coroutine is woken that wants to run every two milliseconds."""

from __future__ import annotations

import asyncio
import time

PERIOD = 0.002


class Heartbeat:
    """Beats on the running loop from :meth:`start` to :meth:`stop`."""

    def __init__(self) -> None:
        self._late: list[float] = []
        self._slept_at = 0.0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to beat."""
        self._slept_at = time.monotonic()
        self._task = asyncio.get_running_loop().create_task(self._beat())

    def stop(self) -> tuple[float, float]:
        """Milliseconds by which it was late: at most, and in 99 of 100 beats."""
        assert self._task is not None
        self._task.cancel()
        # What was going on until now has held up a beat that can no longer come.
        late = sorted([*self._late, max(0.0, time.monotonic() - self._slept_at - PERIOD)])
        return late[-1] * 1000, late[min(len(late) - 1, len(late) * 99 // 100)] * 1000

    async def _beat(self) -> None:
        while True:
            self._slept_at = time.monotonic()
            await asyncio.sleep(PERIOD)
            self._late.append(time.monotonic() - self._slept_at - PERIOD)

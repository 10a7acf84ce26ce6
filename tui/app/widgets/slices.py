"""Work that is done beside the screen, in slices short enough not to be felt."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable

SLICE_SECONDS = 0.001
"""Longest time spent before keys and paints get their turn; one step is the least that is done."""


async def in_slices(
    step: Callable[[], bool], more: asyncio.Event, *, seconds: float = SLICE_SECONDS
) -> AsyncIterator[bool]:
    """Take steps until ``step`` answers that there was none to take, and again whenever ``more`` is set.

    Yields after every slice of ``seconds``: whether everything is done.
    """
    while True:
        until = time.monotonic() + seconds
        while is_busy := step():
            if time.monotonic() >= until:
                break
        yield not is_busy
        if is_busy:
            await asyncio.sleep(0)
        else:
            await more.wait()
            more.clear()

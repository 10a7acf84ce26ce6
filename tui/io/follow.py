"""From the pieces of an open follow stream to batches of lines, in step with the screen.

The socket is read by a task of its own, so that pieces gather while the previous batch is being handled. The first
line after a silence is delivered at once; in a flood a batch holds what came in a thirtieth of a second. Where the
consumer is slower than the stream, reading pauses and the connection holds the rest back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from tui.core.errors import StreamInterrupted
from tui.core.models import StreamBatch
from tui.io.sse import FollowParser

INTERVAL: Final = 0.033
MAX_LINES: Final = 2000
_SLICE: Final = 256 * 1024
_FULL: Final = 4 * _SLICE


class _Intake:
    """Pieces that were read and not yet parsed, bounded."""

    def __init__(self) -> None:
        self.has_news = asyncio.Event()
        self.has_plenty = asyncio.Event()
        self.ended = False
        self._has_room = asyncio.Event()
        self._pieces: list[bytes] = []
        self._size = 0

    async def fill(self, source: AsyncIterator[bytes]) -> None:
        """Read ``source`` to its end; an error of it ends this too and is raised by the task's result."""
        try:
            async for piece in source:
                self._pieces.append(piece)
                self._size += len(piece)
                self.has_news.set()
                if self._size >= _SLICE:
                    self.has_plenty.set()
                if self._size >= _FULL:
                    self._has_room.clear()
                    await self._has_room.wait()
        finally:
            self.ended = True
            self.has_news.set()
            self.has_plenty.set()

    def take(self) -> bytes:
        """All that is there; the socket is read on."""
        data = b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        self._has_room.set()
        if not self.ended:
            self.has_news.clear()
            self.has_plenty.clear()
        return data


@asynccontextmanager
async def batches_of(source: AsyncIterator[bytes], what: str) -> AsyncIterator[AsyncIterator[StreamBatch]]:
    """The batches of ``source``, read while the context is open.

    Iteration ends after the batch with ``eof``; it raises StreamInterrupted where ``source`` ends without one, and
    whatever ``source`` raises, both after all lines that came before.
    """
    intake = _Intake()
    reader = asyncio.create_task(intake.fill(source), name=f"read {what}")
    batches = _batches(intake, reader, what)
    try:
        yield batches
    finally:
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
        await batches.aclose()


async def _batches(intake: _Intake, reader: asyncio.Task[None], what: str) -> AsyncGenerator[StreamBatch, None]:
    parser = FollowParser()
    clock = asyncio.get_running_loop().time
    due = clock()
    while True:
        await intake.has_news.wait()
        if (remaining := due - clock()) > 0 and not intake.has_plenty.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(remaining):
                    await intake.has_plenty.wait()
        ended = intake.ended
        data = intake.take()
        for at in range(0, len(data), _SLICE):
            if at:
                await asyncio.sleep(0)
            for batch in _parts(parser.feed(data[at : at + _SLICE])):
                due = clock() + INTERVAL
                yield batch
            if parser.finished:
                return
        if ended:
            await reader
            raise StreamInterrupted(f"{what}: the stream ended without its end mark", "the process may still run")


def _parts(batch: StreamBatch) -> list[StreamBatch]:
    """``batch`` in parts of a bounded number of lines; none where there is nothing to tell."""
    size = len(batch.lines)
    if size <= MAX_LINES:
        return [batch] if size or batch.eof or batch.rejected else []
    starts = range(0, size, MAX_LINES)
    parts = [(batch.lines[at : at + MAX_LINES], batch.timestamps[at : at + MAX_LINES]) for at in starts]
    last = parts.pop()
    return [*(StreamBatch(*part) for part in parts), StreamBatch(*last, batch.eof, batch.rejected)]

"""Reads the pipe of a child process on the event loop, cheaply at any rate.

A quiet pipe is read the moment something arrives. While data comes in quick succession the pipe is left alone for a few
milliseconds at a time, so that a program which writes line by line costs a few hundred wake-ups a second and not one
per line; the kernel holds what arrives in between.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

READ_SIZE = 1024 * 1024
PIPE_SIZE = 1024 * 1024
PAUSE_SECONDS = 0.004
BURST_SECONDS = 0.002
FULL_READ = 64 * 1024


class PipeCapture:
    """Delivers everything written to a pipe to ``on_bytes``, and then calls ``on_end`` once.

    The end comes when every writer has closed the pipe, grandchildren included, or when ``stop`` is called.
    """

    def __init__(self, file: int, on_bytes: Callable[[bytes], None], on_end: Callable[[], None]) -> None:
        self._file = file
        self._on_bytes = on_bytes
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._last_read = 0.0
        self._resume: asyncio.TimerHandle | None = None
        os.set_blocking(file, False)
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            # The limit for one user may be used up; the default size works as well.
            with contextlib.suppress(OSError):
                fcntl.fcntl(file, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
        self._loop.add_reader(file, self._readable)

    def drain(self) -> None:
        """Take what is in the pipe now, and no more than fits a pipe: others may go on writing."""
        taken = 0
        while self._file >= 0 and taken < PIPE_SIZE:
            size = self._read_once()
            if not size:
                return
            taken += size

    def stop(self) -> None:
        """Close the read end; later writes of the program fail with EPIPE."""
        if self._file < 0:
            return
        if self._resume is not None:
            self._resume.cancel()
            self._resume = None
        self._loop.remove_reader(self._file)
        os.close(self._file)
        self._file = -1
        self._on_end()

    def _readable(self) -> None:
        size = self._read_once()
        if self._file < 0 or not size:
            return
        now = self._loop.time()
        if size < FULL_READ and now - self._last_read < PAUSE_SECONDS + BURST_SECONDS:
            self._loop.remove_reader(self._file)
            self._resume = self._loop.call_later(PAUSE_SECONDS, self._watch_again)
        self._last_read = now

    def _watch_again(self) -> None:
        self._resume = None
        if self._file >= 0:
            self._loop.add_reader(self._file, self._readable)
            self._readable()

    def _read_once(self) -> int:
        try:
            data = os.read(self._file, READ_SIZE)
        except BlockingIOError:
            return 0
        except OSError:
            # A pipe that cannot be read has nothing more to give.
            data = b""
        if not data:
            self.stop()
            return 0
        self._on_bytes(data)
        return len(data)


class PipeFeed:
    """Writes queued bytes to a child's standard input without ever blocking the event loop."""

    QUEUE_LIMIT = 8 * 1024 * 1024

    def __init__(self, file: int) -> None:
        self._file = file
        self._queue = bytearray()
        self._closing = False
        self._loop = asyncio.get_running_loop()
        os.set_blocking(file, False)

    @property
    def is_open(self) -> bool:
        """Whether more may be queued."""
        return self._file >= 0 and not self._closing

    def has_room(self, size: int) -> bool:
        """Whether ``size`` more bytes fit the queue; they do not when the program has stopped reading."""
        return len(self._queue) + size <= self.QUEUE_LIMIT

    def write(self, data: bytes) -> None:
        """Queue bytes and pass on what the pipe takes now."""
        self._queue += data
        self._flush()

    def close(self) -> None:
        """Close the pipe once the queue is empty."""
        self._closing = True
        self._flush()

    def abort(self) -> None:
        """Close the pipe now; what is queued is lost with the process that would have read it."""
        if self._file >= 0:
            self._loop.remove_writer(self._file)
            os.close(self._file)
            self._file = -1
        self._queue.clear()

    def _flush(self) -> None:
        if self._file < 0:
            return
        try:
            while self._queue:
                del self._queue[: os.write(self._file, self._queue[:65536])]
        except BlockingIOError:
            self._loop.add_writer(self._file, self._flush)
            return
        except OSError:
            self.abort()
            return
        self._loop.remove_writer(self._file)
        if self._closing:
            self.abort()

"""A file on disk for the blocks of a line buffer: readable by its owner only, and gone when it is closed."""

from __future__ import annotations

import os
import tempfile
from array import array
from bisect import bisect_left
from pathlib import Path

from tui.core.errors import ConfigError

_GRAIN = 4096
"""Blocks begin at multiples of this many bytes, so that the place of a freed one fits a later one."""


class SpoolFile:
    """Blocks in a nameless file of mode 0600. Satisfies :class:`tui.core.blocks.BlockStore`.

    The file is unlinked as soon as it is open, so that nothing is left behind even by a crash. Space of freed blocks
    is used again before the file grows. Raises ConfigError where ``directory`` cannot be written to.
    """

    def __init__(self, directory: Path) -> None:
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._fd, name = tempfile.mkstemp(prefix="spool-", dir=directory)
        except OSError as error:
            hint = "give another cache directory, or free some space"
            raise ConfigError(f"cannot keep output in {directory}: {error.strerror}", hint) from error
        Path(name).unlink()
        self._offsets = array("q")
        self._sizes = array("q")
        self._unused: list[int] = []
        """Refs of freed blocks, to be given out again."""
        self._holes: list[tuple[int, int]] = []
        """Start and length of the free places before the end, in order, never touching each other."""
        self._end = 0

    @property
    def file_size(self) -> int:
        """Bytes that the file takes, holes included."""
        return self._end

    def append(self, block: bytes) -> int | None:
        """Write ``block``; None where the disk is full or the file too large."""
        length = -(-len(block) // _GRAIN) * _GRAIN
        offset = self._take(length)
        try:
            self._write(block, offset)
        except OSError:
            self._give_back(offset, length)
            return None
        if self._unused:
            ref = self._unused.pop()
            self._offsets[ref], self._sizes[ref] = offset, len(block)
        else:
            ref = len(self._offsets)
            self._offsets.append(offset)
            self._sizes.append(len(block))
        return ref

    def read(self, ref: int) -> bytes:
        """Read a block. Raises ConfigError where the disk fails."""
        offset, size = self._offsets[ref], self._sizes[ref]
        parts: list[bytes] = []
        while size:
            try:
                part = os.pread(self._fd, size, offset)
            except OSError as error:
                raise ConfigError(f"cannot read kept output: {error.strerror}", "check the disk") from error
            if not part:
                raise ConfigError("cannot read kept output: the file is shorter than it was", "check the disk")
            parts.append(part)
            offset += len(part)
            size -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def free(self, ref: int) -> None:
        """Let the place of a block be used again."""
        self._give_back(self._offsets[ref], -(-self._sizes[ref] // _GRAIN) * _GRAIN)
        self._sizes[ref] = 0
        self._unused.append(ref)

    def close(self) -> None:
        """Close the file, which deletes it. Closing twice does nothing."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1

    def _write(self, block: bytes, offset: int) -> None:
        view = memoryview(block)
        while view:
            written = os.pwrite(self._fd, view, offset)
            offset += written
            view = view[written:]

    def _take(self, length: int) -> int:
        """A free place: the first hole that is long enough, else the end of the file."""
        for at, (start, room) in enumerate(self._holes):
            if room >= length:
                if room == length:
                    del self._holes[at]
                else:
                    self._holes[at] = (start + length, room - length)
                return start
        start = self._end
        self._end += length
        return start

    def _give_back(self, start: int, length: int) -> None:
        """Make a place free, joined with the free places beside it; at the end, the file shrinks."""
        if not length:
            return
        at = bisect_left(self._holes, (start, 0))
        if at < len(self._holes) and self._holes[at][0] == start + length:
            length += self._holes.pop(at)[1]
        if at and sum(self._holes[at - 1]) == start:
            start, before = self._holes.pop(at - 1)
            length += before
            at -= 1
        if start + length == self._end:
            self._end = start
            os.ftruncate(self._fd, start)
        else:
            self._holes.insert(at, (start, length))

"""Many tracebacks in little memory: in order, packed by the dozen, and unpacked when they are asked for.

A parsed traceback takes several thousand bytes in dozens of objects, packed among its like about a hundred and fifty.
The latest are left as they are, since they are what is looked at most.
"""

from __future__ import annotations

import marshal
import zlib
from abc import ABC, abstractmethod
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from typing import Any, overload

from tui.core.tracebacks.model import ExceptionPart, Frame, LineRole, Traceback

PACK = 32
"""Tracebacks that are packed together."""
FRESH = 64
"""Latest tracebacks that are not packed."""
UNPACKED = 8
"""Packs that are also kept unpacked once they were asked for."""

_APART = frozenset(("start", "end", "exception", "frames", "lines", "roles"))
_PLAIN = tuple(field.name for field in fields(Traceback) if field.name not in _APART)
_ROLES = tuple(LineRole)
_ROLE_NUMBERS = {role: number for number, role in enumerate(_ROLES)}


class MadeWhenAsked(Sequence[Traceback], ABC):
    """A list of tracebacks, each of which is made when it is asked for."""

    @abstractmethod
    def _block(self, at: int) -> Traceback:
        """The one at ``at``, which is a place in the list."""

    @overload
    def __getitem__(self, at: int) -> Traceback: ...

    @overload
    def __getitem__(self, at: slice) -> list[Traceback]: ...

    def __getitem__(self, at: int | slice) -> Traceback | list[Traceback]:
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(len(self)))]
        if not -len(self) <= at < len(self):
            raise IndexError(at)
        return self._block(at % len(self))

    def __iter__(self) -> Iterator[Traceback]:
        return (self[at] for at in range(len(self)))


class PackedTracebacks(MadeWhenAsked):
    """A list of tracebacks that grows at its end, seldom elsewhere, and shrinks at its head.

    Asked twice for the same one it gives equal objects, not always the same one.
    """

    def __init__(self) -> None:
        # Packs are told apart by the number of their first traceback, counted from the first that ever was here.
        self._firsts = array("q")
        self._packs: list[bytes] = []
        self._gone = 0
        self._fresh_at = 0
        self._fresh: list[Traceback] = []
        self._unpacked: OrderedDict[int, list[Traceback]] = OrderedDict()
        self.packed_bytes = 0
        """What the packs take."""

    def __len__(self) -> int:
        return self._fresh_at + len(self._fresh) - self._gone

    def _block(self, at: int) -> Traceback:
        number = self._gone + at
        if number >= self._fresh_at:
            return self._fresh[number - self._fresh_at]
        pack = bisect_right(self._firsts, number) - 1
        return self._pack(pack)[number - self._firsts[pack]]

    def insert(self, at: int, block: Traceback) -> None:
        """Put ``block`` before the one at ``at``."""
        number = self._gone + at
        if number >= self._fresh_at:
            self._fresh.insert(number - self._fresh_at, block)
        else:
            pack = bisect_right(self._firsts, number) - 1
            blocks = [*self._pack(pack)]
            blocks.insert(number - self._firsts[pack], block)
            for later in range(pack + 1, len(self._firsts)):
                self._firsts[later] += 1
            self._fresh_at += 1
            self._unpacked.clear()
            self.packed_bytes -= len(self._packs[pack])
            self._packs[pack] = packed(blocks)
            self.packed_bytes += len(self._packs[pack])
        while len(self._fresh) >= FRESH + PACK:
            self._firsts.append(self._fresh_at)
            self._packs.append(packed(self._fresh[:PACK]))
            self.packed_bytes += len(self._packs[-1])
            self._fresh_at += PACK
            del self._fresh[:PACK]

    def drop(self, count: int) -> None:
        """Forget the first ``count``."""
        self._gone += count
        if self._gone >= self._fresh_at:
            del self._fresh[: self._gone - self._fresh_at]
            self._fresh_at = self._gone
            packs = len(self._packs)
        else:
            packs = bisect_right(self._firsts, self._gone) - 1
        for pack in range(packs):
            self._unpacked.pop(self._firsts[pack], None)
            self.packed_bytes -= len(self._packs[pack])
        del self._firsts[:packs], self._packs[:packs]

    def _pack(self, pack: int) -> list[Traceback]:
        first = self._firsts[pack]
        blocks = self._unpacked.get(first)
        if blocks is None:
            blocks = self._unpacked[first] = unpacked(self._packs[pack])
            if len(self._unpacked) > UNPACKED:
                self._unpacked.popitem(last=False)
        else:
            self._unpacked.move_to_end(first)
        return blocks


def packed(blocks: Iterable[Traceback]) -> bytes:
    """``blocks`` as bytes for :func:`unpacked` of the same program."""
    return zlib.compress(marshal.dumps([_flat(block) for block in blocks]))


def unpacked(pack: bytes) -> list[Traceback]:
    """What was packed."""
    # These bytes never left this process.
    return [_restored(*flat) for flat in marshal.loads(zlib.decompress(pack))]  # noqa: S302


def _flat(block: Traceback) -> tuple[Any, ...]:
    """``block`` in tuples and numbers. Lines count from its first, so that equal reports look alike."""
    parts: list[ExceptionPart] = [block.exception]
    children: list[tuple[int, int]] = []
    # Parts lie in a list, each before what is below it: a chain may be longer than a call may be deep.
    for part in parts:
        children.append((len(part.causes), len(part.members)))
        parts += part.causes
        parts += part.members
    own = [frame for part in parts for frame in part.frames]
    numbers = {frame: number for number, frame in enumerate(dict.fromkeys((*block.frames, *own)))}
    start = block.start
    return (
        start,
        block.end - start,
        tuple(getattr(block, name) for name in _PLAIN),
        None if block.lines is None else tuple(line - start for line in block.lines),
        tuple((line - start, _ROLE_NUMBERS[role]) for line, role in block.roles.items()),
        tuple(
            (frame.file, frame.line, frame.function, frame.source, frame.index - start if frame.index >= 0 else None)
            for frame in numbers
        ),
        tuple(numbers[frame] for frame in block.frames),
        tuple(
            (part.type, part.message, part.notes, tuple(numbers[frame] for frame in part.frames), *below)
            for part, below in zip(parts, children, strict=True)
        ),
    )


def _restored(
    start: int,
    size: int,
    plain: tuple[Any, ...],
    lines: tuple[int, ...] | None,
    roles: tuple[tuple[int, int], ...],
    flat_frames: tuple[tuple[str | None, int | None, str | None, str, int | None], ...],
    printed: tuple[int, ...],
    flat_parts: tuple[tuple[str | None, str, tuple[str, ...], tuple[int, ...], int, int], ...],
) -> Traceback:
    frames = [
        Frame(file, line, function, source, -1 if index is None else index + start)
        for file, line, function, source, index in flat_frames
    ]
    # The last part is the last that has something above it, so what is below each is made before it.
    made: list[ExceptionPart] = []
    stop = len(flat_parts)
    for kind, message, notes, own, causes, members in reversed(flat_parts):
        at = stop - causes - members
        below = [made[len(flat_parts) - 1 - number] for number in range(at, stop)]
        stop = at
        part_frames = tuple(frames[number] for number in own)
        made.append(ExceptionPart(kind, message, notes, part_frames, tuple(below[:causes]), tuple(below[causes:])))
    return Traceback(
        start=start,
        end=start + size,
        exception=made[-1],
        frames=tuple(frames[number] for number in printed),
        lines=None if lines is None else tuple(line + start for line in lines),
        roles={line + start: _ROLES[number] for line, number in roles},
        **dict(zip(_PLAIN, plain, strict=True)),
    )

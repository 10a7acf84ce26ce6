"""The body of a whole-output snapshot, decoded while it arrives.

Wire facts: ``GET /processes/{p}/{stream}`` answers ``{"pid": n, "lines": ["...", ...], "line_count": n}`` with the
whole log, however long, and knows no ranges; the keys may come in any order. So what is already held is skipped without
decoding it: a :class:`Mark` of the previous body says after how many bytes a line ended, and the bytes before that
place, compared, say that this log still begins like that one.

An element of the array ends at an unescaped quote. ``","`` (or ``", "``) is a border between two of them unless its
first quote *opens* an element (the line ``,``): a cut that is wrong leaves a string open and cannot be decoded, so a
successful decode proves the cut.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, cast

import msgspec

from tui.core.errors import ProtocolError
from tui.core.models import RawLine
from tui.io.snapshot_head import array_start
from tui.io.wire import integer

SLICE: Final = 256 * 1024
"""Bytes decoded in one go; the caller lets the loop run in between."""
SENTINEL: Final = 4096
_MARK_EVERY: Final = 64 * 1024
_MARKS: Final = 16
_EDGE_LIMIT: Final = 64 * 1024
_BLANK: Final = b" \t\r\n"
_AFTER_ELEMENT: Final = (b",", b"]", b" ", b"\t", b"\r", b"\n")
_decode_strings = msgspec.json.Decoder(list[str]).decode


@dataclass(frozen=True, slots=True)
class Mark:
    """A place ``count`` lines and ``offset`` bytes after the bracket of the array; ``sentinel`` lies just before it."""

    count: int
    offset: int
    sentinel: bytes


class SnapshotBody:
    """Give it the bytes with :meth:`pieces`, decode each piece that this yields, and :meth:`finish`.

    ``skip`` is a mark of an earlier body of the same log. Where the bytes agree with it, ``first`` becomes its count
    and only later lines are decoded; where they do not, or end before it, ``disagrees`` says so and nothing is: the
    body must then be asked for again, since it was not kept. Raises ProtocolError for what is no such body.
    """

    def __init__(self, where: str, skip: Mark | None = None) -> None:
        self.lines: list[RawLine] = []
        self.first = 0
        self.dropped = 0
        self.disagrees = False
        self.marks: list[Mark] = []
        self._where = where
        self._skip = skip
        self._in_array = False
        self._after_array = False
        self._edge = bytearray()
        self._near = b""
        self._passed = 0
        self._buffer = bytearray()
        self._offset = 0
        self._border = b'","'
        self._searched = 0
        self._scanned = 0

    @property
    def is_complete(self) -> bool:
        """True once the end of the lines has come."""
        return self._after_array

    @property
    def is_skipping(self) -> bool:
        """True while the mark has not been reached."""
        return self._skip is not None

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """The parts of ``data`` that are to be decoded now; none of it while a known beginning is skipped."""
        if not self._in_array:
            data = self._after_head(data)
        if self._skip is not None and self._in_array:
            data = self._after_mark(self._skip, data)
        for at in range(0, len(data), SLICE):
            yield data[at : at + SLICE]

    def decode(self, piece: bytes) -> None:
        """Decode the lines that ``piece`` completes."""
        if self._after_array:
            self._keep_edge(piece)
            return
        self._buffer += piece
        self._take_many()
        self._take_singly()

    def finish(self, *, truncated: bool) -> None:
        """The body has ended, by itself or at a ceiling."""
        if truncated:
            return
        if self.is_skipping:
            self.disagrees = True
            return
        if not self._after_array:
            raise ProtocolError(f"{self._where}: the answer ended in the middle", where=self._where)
        rest = bytes(self._edge).strip()
        if len(rest) < _EDGE_LIMIT and rest != b"}":
            try:
                fields = json.loads(b"{" + rest.removeprefix(b","))
            except ValueError:
                raise ProtocolError(
                    f"{self._where}: the answer is not JSON after its lines", where=self._where
                ) from None
            self._read_fields(fields)

    def _after_head(self, data: bytes) -> bytes:
        """What follows the opening bracket of ``lines``; nothing while it has not come."""
        self._edge += data
        try:
            found = array_start(self._edge.decode("latin-1"))
        except ValueError as error:
            raise ProtocolError(f"{self._where}: {error}", "is this the right URL?", where=self._where) from None
        if found is None:
            if len(self._edge) > _EDGE_LIMIT:
                raise ProtocolError(
                    f"{self._where}: the answer holds no lines", "is this the right URL?", where=self._where
                )
            return b""
        fields, at, is_null = found
        self._read_fields(fields)
        rest = bytes(self._edge[at:])
        self._edge.clear()
        self._in_array = True
        if is_null:
            self._skip = None
            self._after_array = True
        return rest

    def _after_mark(self, skip: Mark, data: bytes) -> bytes:
        """What follows the mark, where the bytes before it agree; nothing before it is reached or where they do not."""
        self._passed += len(data)
        beyond = self._passed - skip.offset
        if beyond <= 0:
            self._near = data[-SENTINEL:] if len(data) >= SENTINEL else (self._near + data)[-SENTINEL:]
            return b""
        region = self._near + data
        at = len(region) - beyond
        if self.disagrees or not region.endswith(skip.sentinel, 0, at) or region[at : at + 1] not in _AFTER_ELEMENT:
            self.disagrees = True
            return b""
        self._skip = None
        self.first = skip.count
        self._offset = skip.offset
        self.marks.append(skip)
        return region[at:]

    def _take_many(self) -> None:
        """Decode up to the last border that has come, in one call."""
        start = max(0, self._searched - len(self._border) + 1)
        self._searched = len(self._buffer)
        cut = self._buffer.rfind(self._border, start)
        if cut <= 0 or not self._is_closing(cut):
            return
        strings = _strings(self._buffer[_leading(self._buffer) : cut + 1])
        if strings is not None:
            self._take(strings, cut + 1)

    def _take_singly(self) -> None:
        """Decode element by element what is left: the last one, unusual spacing, and the end of the array."""
        while True:
            skipped = _leading(self._buffer)
            if skipped:
                self._consume(skipped)
            if not self._buffer:
                return
            if self._buffer.startswith(b"]"):
                self._after_array = True
                self._keep_edge(bytes(self._buffer[1:]))
                self._buffer.clear()
                return
            if not self._buffer.startswith(b'"'):
                raise ProtocolError(f"{self._where}: a line is not a text", where=self._where)
            quote = self._closing(max(1, self._scanned))
            self._scanned = len(self._buffer) if quote < 0 else quote
            if quote < 0:
                return
            after = quote + 1
            while after < len(self._buffer) and self._buffer[after] in _BLANK:
                after += 1
            if after == len(self._buffer):
                return
            strings = _strings(self._buffer[: quote + 1])
            if strings is None or self._buffer[after] not in b",]":
                raise ProtocolError(
                    f"{self._where}: line {self.first + len(self.lines)} is not valid JSON", where=self._where
                )
            if self._buffer[quote : quote + 4] == b'", "':
                self._border = b'", "'
            self._take(strings, quote + 1)

    def _take(self, strings: list[str], end: int) -> None:
        self.lines += cast("list[RawLine]", strings)
        place = self._offset + end
        if place - (self.marks[-1].offset if self.marks else 0) >= _MARK_EVERY:
            sentinel = bytes(self._buffer[max(0, end - SENTINEL) : end])
            if len(sentinel) >= SENTINEL // 4:
                self.marks.append(Mark(self.first + len(self.lines), place, sentinel))
                if len(self.marks) > _MARKS:
                    # Every other one of the older half: many near the end, few far back, one near any place.
                    del self.marks[1 : _MARKS // 2 : 2]
        self._consume(end)

    def _consume(self, size: int) -> None:
        del self._buffer[:size]
        self._offset += size
        self._searched = max(0, self._searched - size)
        self._scanned = max(0, self._scanned - size)

    def _closing(self, start: int) -> int:
        quote = self._buffer.find(b'"', start)
        while quote >= 0 and not self._is_closing(quote):
            quote = self._buffer.find(b'"', quote + 1)
        return quote

    def _is_closing(self, quote: int) -> bool:
        """True when the quote is not escaped: an even number of backslashes stands before it."""
        at = quote
        while at > 0 and self._buffer[at - 1] == 0x5C:
            at -= 1
        return (quote - at) % 2 == 0

    def _keep_edge(self, piece: bytes) -> None:
        if len(self._edge) < _EDGE_LIMIT:
            self._edge += piece[:_EDGE_LIMIT]

    def _read_fields(self, fields: dict[str, object]) -> None:
        self.dropped = integer(fields.get("dropped_lines")) or self.dropped


def usable_mark(marks: Iterable[Mark], most: int) -> Mark | None:
    """The latest of ``marks`` that lies at or before line ``most``."""
    return max((mark for mark in marks if mark.count <= most), key=lambda mark: mark.count, default=None)


def _leading(buffer: bytearray) -> int:
    """Number of bytes between two elements at the beginning of ``buffer``."""
    at = 0
    while at < len(buffer) and buffer[at] in b", \t\r\n":
        at += 1
    return at


def _strings(piece: bytes | bytearray) -> list[str] | None:
    """The strings in ``piece``, comma-separated JSON; None where it is no such thing."""
    array = b"[" + piece + b"]"
    try:
        return _decode_strings(array)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    # Lone surrogates, raw control characters and bytes that are no UTF-8 are refused above; the lines can be shown.
    try:
        found = json.loads(array.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        return None
    return found if all(isinstance(item, str) for item in found) else None

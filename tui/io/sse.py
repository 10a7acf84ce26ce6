"""Bytes of a follow stream to lines of output, incrementally and without IO.

Wire facts: ``GET /processes/{p}/{stream}/follow``. Events are named ``output`` (a JSON object with ``line`` and
``timestamp``) and ``eof``; services in front of a sandbox add comments and heartbeat objects without a ``line``.

Server-sent events end their lines with LF, CRLF or CR and with nothing else: U+2028, U+0085 and form feeds are text.
JSON escapes CR and LF inside strings, so both can be normalised before an event is looked at.
"""

from __future__ import annotations

import json
from typing import Final, cast

import msgspec

from tui.core.errors import ProtocolError
from tui.core.models import RawLine, StreamBatch
from tui.core.packed_lines import PackedLines
from tui.io.plain_events import HEAD, plain_output
from tui.io.wire import milliseconds

MAX_EVENT_BYTES: Final = 64 * 2**20
_BOM: Final = b"\xef\xbb\xbf"
_BETWEEN: Final = b"\n\n" + HEAD
_MS_FROM: Final = 10**11
_MS_TO: Final = 10**14


class _Output(msgspec.Struct, gc=False):
    """The usual ``data`` of an ``output`` event; anything else takes the general path."""

    line: str
    timestamp: int | None = 0


_decode_one = msgspec.json.Decoder(_Output).decode
_decode_many = msgspec.json.Decoder(list[_Output]).decode


class FollowParser:
    """Feed it the bytes of one stream in any pieces; it gives the lines whose events are complete.

    The work is linear in the number of bytes, also for one line that arrives in many pieces.
    """

    def __init__(self, *, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max_event_bytes = max_event_bytes
        self._pieces: list[bytes] = []
        self._held = 0
        self._at_start = True
        self._after_cr = False
        self._finished = False

    @property
    def finished(self) -> bool:
        """True once the ``eof`` event was seen; what is fed after it is ignored."""
        return self._finished

    def feed(self, data: bytes) -> StreamBatch:
        """The lines completed by ``data``. Raises ProtocolError where one event exceeds the limit."""
        batch = StreamBatch([], [])
        if self._finished:
            return batch
        if self._at_start:
            data = self._without_bom(data)
        data = self._with_line_feeds(data)
        if not data:
            return batch
        spans = data[:1] == b"\n" and bool(self._pieces) and self._pieces[-1][-1:] == b"\n"
        if not spans and b"\n\n" not in data:
            self._hold(data)
            return batch
        whole = b"".join((*self._pieces, data)) if self._pieces else data
        cut = whole.rfind(b"\n\n")
        self._pieces.clear()
        self._held = 0
        if cut + 2 < len(whole):
            self._hold(whole[cut + 2 :])
        return self._events(whole[:cut])

    def _hold(self, data: bytes) -> None:
        self._pieces.append(data)
        self._held += len(data)
        if self._held > self._max_event_bytes:
            raise ProtocolError(
                f"one event of the stream is longer than {self._max_event_bytes} bytes",
                "a line without an end was written; it cannot be followed, only read as a snapshot",
                where="follow stream",
            )

    def _without_bom(self, data: bytes) -> bytes:
        """``data`` without a byte order mark, which may be cut; held back while that is undecided."""
        data = b"".join((*self._pieces, data))
        self._pieces.clear()
        self._held = 0
        if len(data) < len(_BOM) and _BOM.startswith(data):
            if data:
                self._pieces.append(data)
            return b""
        self._at_start = False
        return data.removeprefix(_BOM)

    def _with_line_feeds(self, data: bytes) -> bytes:
        """``data`` with CRLF and CR as LF; a CRLF that is cut between two pieces counts once."""
        if self._after_cr and data:
            self._after_cr = False
            data = data.removeprefix(b"\n")
        if b"\r" not in data:
            return data
        self._after_cr = data.endswith(b"\r")
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _events(self, whole: bytes) -> StreamBatch:
        if whole.startswith(HEAD):
            batch = _plain(whole) or _usual(whole)
            if batch is not None:
                return batch
        lines: list[RawLine] = []
        timestamps: list[int] = []
        rejected = 0
        for block in whole.split(b"\n\n"):
            name, data = _event(block)
            if name == b"eof":
                self._finished = True
                self._pieces.clear()
                break
            if not data:
                continue
            found = _output(data)
            if isinstance(found, _Output):
                lines.append(RawLine(found.line))
                timestamps.append(_timestamp(found.timestamp))
            elif found is _BAD and name in (b"", b"output", b"message"):
                rejected += 1
        return StreamBatch(PackedLines.of(lines), timestamps, self._finished, rejected)


def _plain(whole: bytes) -> StreamBatch | None:
    found = plain_output(whole)
    return None if found is None else StreamBatch(*found)


def _usual(whole: bytes) -> StreamBatch | None:
    """All of ``whole`` in one decode, where it consists of plain ``output`` events only; else None.

    The bytes between two such events become a comma, which makes the whole a JSON array. A line feed cannot occur
    inside a JSON string, so nothing else is replaced, and the count shows that no event held two documents.
    """
    array = b"[" + whole[len(HEAD) :].replace(_BETWEEN, b",") + b"]"
    try:
        found = _decode_many(array)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if len(whole) - len(array) + 2 - len(HEAD) != (len(found) - 1) * (len(_BETWEEN) - 1):
        return None
    timestamps = [
        0 if not (t := event.timestamp) else t if _MS_FROM <= t < _MS_TO else _timestamp(t) for event in found
    ]
    return StreamBatch(PackedLines.of(cast("list[RawLine]", [event.line for event in found])), timestamps)


def _event(block: bytes) -> tuple[bytes, bytes]:
    """Name and data of one event, by the general rules: comments, repeated ``data``, an optional blank."""
    name = b""
    data: list[bytes] = []
    for line in block.split(b"\n"):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value)
        elif field == b"event":
            name = value
    return name, b"\n".join(data)


_BAD: Final = object()
_NO_OUTPUT: Final = object()


def _output(data: bytes) -> object:
    """An ``_Output``, or ``_NO_OUTPUT`` for an object without a line, or ``_BAD`` for what makes no sense."""
    try:
        return _decode_one(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    # Lone surrogates, raw control characters and bytes that are no UTF-8 are refused above; the line can be shown.
    try:
        found = json.loads(data.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        return _BAD
    if not isinstance(found, dict):
        return _BAD
    line = found.get("line")
    if line is None:
        return _NO_OUTPUT
    return _Output(line, milliseconds(found.get("timestamp"))) if isinstance(line, str) else _BAD


def _timestamp(value: int | None) -> int:
    """ms since the epoch, 0 for unknown; other units are told by their magnitude."""
    return milliseconds(value) or 0

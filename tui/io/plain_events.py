"""The shortest way from a long run of ``output`` events to packed lines, for events as the servers write them.

Wire facts: ``GET /processes/{p}/{stream}/follow``. An event is ``event: output``, then ``data: `` and the JSON object
``{"line":"…","timestamp":…}`` without blanks. What stands between the texts of two such events becomes a line feed,
which a JSON string cannot hold, so that hundreds of lines cost a few calls instead of a few calls each. Only a line
with a backslash is decoded by itself. Whatever is written otherwise is left to ``sse``, which knows all that is legal.
"""

from __future__ import annotations

import functools
import re
from typing import Final

import msgspec

from tui.core.packed_lines import PackedLines
from tui.io.wire import milliseconds

HEAD: Final = b"event: output\ndata: "
OPENING: Final = HEAD + b'{"line":"'
_TIME: Final = b'","timestamp":'
_MOST_DIGITS: Final = 15
_BETWEEN: Final = re.compile(
    re.escape(_TIME) + rb"([0-9]{1,%d})\}\n\n" % _MOST_DIGITS + re.escape(OPENING),
)
_OFTEN: Final = 8
"""Where one line in so many has an escape, all are decoded at once."""
_decode: Final = msgspec.json.Decoder(str).decode


def plain_output(events: bytes) -> tuple[PackedLines, list[int]] | None:
    """Lines and times (ms, 0: unknown) of ``events``, without the blank line after the last; None where one is not
    plain."""
    end = events.rfind(_TIME)
    last = events[end + len(_TIME) : -1]
    if end < len(OPENING) or not events.startswith(OPENING) or not _is_time(last) or not events.endswith(b"}"):
        return None
    body = events[len(OPENING) : end]
    first = events.find(_TIME) + len(_TIME)
    if events.startswith(last + b"}", first):
        text, count = _between(last).subn(b"\n", body)
        times = [milliseconds(int(last)) or 0] * (count + 1)
    else:
        parts = _BETWEEN.split(body)
        text = b"\n".join(parts[::2])
        known = {digits: milliseconds(int(digits)) or 0 for digits in {*parts[1::2], last}}
        times = [known[digits] for digits in parts[1::2]]
        times.append(known[last])
    if text.count(b"\n") != len(times) - 1:
        return None
    try:
        plain = _unescaped(text, len(times))
        if plain is None:
            return None
        plain.decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return PackedLines(plain, len(times)), times


def _is_time(digits: bytes) -> bool:
    return digits.isdigit() and len(digits) <= _MOST_DIGITS


@functools.lru_cache(maxsize=8)
def _between(time: bytes) -> re.Pattern[bytes]:
    """What stands between two events of the same time. To replace it so is faster than ``bytes.replace``."""
    return re.compile(re.escape(_TIME + time + b"}\n\n" + OPENING))


def _unescaped(text: bytes, count: int) -> bytes | None:
    """``text`` with the escapes of JSON resolved; None where it holds a quotation mark that is not escaped, which
    shows that an event was not plain. Raises DecodeError."""
    at = text.find(b"\\")
    if at >= 0 and text.count(b"\\") * _OFTEN > count + _OFTEN:
        whole = _decode(b'"' + text.replace(b"\n", b"\\n") + b'"')
        return whole.encode() if whole.count("\n") == count - 1 else None
    pieces: list[bytes] = []
    done = 0
    while at >= 0:
        start = text.rfind(b"\n", done, at) + 1
        end = text.find(b"\n", at)
        if end < 0:
            end = len(text)
        line = _decode(b'"' + text[start:end] + b'"')
        pieces += text[done:start], line.replace("\n", "␤").encode()
        if b'"' in pieces[-2]:
            return None
        done = end
        at = text.find(b"\\", end)
    rest = text[done:]
    return None if b'"' in rest else b"".join((*pieces, rest))

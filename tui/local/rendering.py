"""Log bytes to JSON text, in bulk.

One call renders a block of many lines. Lines are cut at line feeds only, a carriage return directly before one is
removed, and everything else stays inside the line, U+2028 and lone carriage returns included. Bytes are never decoded
where that can be avoided: searching and replacing in bytes is several times faster than any escaping of text.
"""

from __future__ import annotations

import codecs
import re

# Below this length one search is cheaper than a look for each character; far above it, much dearer.
SHORT_TEXT = 4096
UNSAFE = re.compile(rb'[\x00-\x09\x0b-\x1f"\\]')
CONTROL = [code for code in range(0x20) if code != ord("\n")]
SHORT = {ord("\b"): b"\\b", ord("\f"): b"\\f", ord("\r"): b"\\r", ord("\t"): b"\\t", ord('"'): b'\\"'}
# The backslash comes first, as the others bring new ones.
ESCAPES = [(b"\\", b"\\\\")] + [(bytes([code]), SHORT.get(code, b"\\u%04x" % code)) for code in [ord('"'), *CONTROL]]


class LineRenderer:
    """Renders successive blocks of one stream; a line may go on from one block to the next.

    Each line is written as ``opening + escaped text + closing``, with ``between`` in place of ``closing + opening``
    where one line follows another inside a block. Invalid UTF-8 becomes U+FFFD.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._is_cut = False
        self._carriage_return = b""
        self._in_line = False

    def feed(self, block: bytes, opening: bytes, closing: bytes, between: bytes) -> bytes:
        """The text of ``block``. A block that ends with a line feed leaves no line open."""
        text = self._carriage_return + self._valid(block)
        self._carriage_return = b""
        if text.endswith(b"\r"):
            text, self._carriage_return = text[:-1], b"\r"
        if not text:
            return b""
        if b"\r" in text:
            text = text.replace(b"\r\n", b"\n")
        start = b"" if self._in_line else opening
        if text.endswith(b"\n"):
            self._in_line = False
            return b"".join((start, _escape(text[:-1]).replace(b"\n", between), closing))
        self._in_line = True
        return start + _escape(text).replace(b"\n", between)

    def _valid(self, block: bytes) -> bytes:
        if not self._is_cut and block.isascii():
            return block
        text = self._decoder.decode(block)
        self._is_cut = self._decoder.getstate()[0] != b""
        return text.encode()


def _escape(text: bytes) -> bytes:
    """Everything that JSON wants escaped, line feeds excepted."""
    if len(text) < SHORT_TEXT and not UNSAFE.search(text):
        return text
    for character, escaped in ESCAPES:
        if character in text:
            text = text.replace(character, escaped)
    return text

"""Log bytes to JSON text, in bulk.

One call renders a block of many lines. Lines are cut at line feeds only, a carriage return directly before one is
removed, and everything else stays inside the line, U+2028 and lone carriage returns included.
"""

from __future__ import annotations

import codecs
from json.encoder import encode_basestring


class LineRenderer:
    """Renders successive blocks of one stream; a line may go on from one block to the next.

    Each line is written as ``opening + escaped text + closing``, with ``between`` in place of ``closing + opening``
    where one line follows another inside a block.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._carriage_return = ""
        self._in_line = False

    def feed(self, block: bytes, opening: str, closing: str, between: str) -> str:
        """The text of ``block``. A block that ends with a line feed leaves no line open."""
        text = self._carriage_return + self._decoder.decode(block)
        self._carriage_return = ""
        if text.endswith("\r"):
            text, self._carriage_return = text[:-1], "\r"
        if not text:
            return ""
        if "\r\n" in text:
            text = text.replace("\r\n", "\n")
        complete = text.endswith("\n")
        start = "" if self._in_line else opening
        self._in_line = not complete
        body = escape_lines(text[:-1] if complete else text, between)
        return f"{start}{body}{closing}" if complete else f"{start}{body}"


def escape_lines(text: str, between: str) -> str:
    """JSON-escape every line of ``text`` without its quotation marks and join them with ``between``."""
    if "\\" not in text:
        # Without a backslash in the text, each escaped line feed in the result is a line boundary: one call for all.
        return encode_basestring(text)[1:-1].replace("\\n", between)
    return between.join([encode_basestring(line)[1:-1] for line in text.split("\n")])

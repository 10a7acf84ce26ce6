"""Searching output: what a query means, which rows of a block of lines it matches, and where in a line.

A query is compiled once. :meth:`Query.rows` scans a whole block of joined lines (what ``LineBuffer.iter_blocks``
gives) and never builds a string per line unless the query demands it; :meth:`Query.spans` finds the places to highlight
in a line that is on screen. Both look at the text without its escape sequences, so that a colour in the middle of a
word hides nothing and the digits of a colour are not found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tui.core.errors import BoxscopeError

LINE_LIMIT = 4096
"""Characters of one line that a regular expression is tried on. An expression may need time in the square of the
length, and nothing can stop it once it runs, so a line of many megabytes would stop the screen. Plain text is found
anywhere in a line."""
SPAN_LIMIT = 500
"""Highlighted places of one line."""

_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)|[ -/]*[0-~])")
# What may match a line feed, or means something else on a block than on a line: tried line by line.
_NEEDS_LINES = re.compile(r"\\[AZDWsnrx0-9uUN]|\(\?(?!:)|\[\^|[\n\r]")


class PatternError(BoxscopeError):
    """The pattern is no regular expression; ``position`` is the offset of the fault in it, where known."""

    def __init__(self, message: str, hint: str = "", position: int | None = None) -> None:
        super().__init__(message, hint)
        self.position = position


@dataclass(frozen=True, slots=True)
class Query:
    """A compiled search. Build one with :func:`compile_query`."""

    pattern: str
    is_regex: bool
    ignores_case: bool
    expression: re.Pattern[str]
    _scan: Callable[[bytes, int], Iterator[int]] = field(repr=False, compare=False)

    def rows(self, block: bytes, count: int) -> list[int]:
        """Offsets (0-based, ascending) of the matching lines among the ``count`` of ``block``, joined by line feeds."""
        return list(self._scan(without_escapes(block), count))

    @property
    def piece_bytes(self) -> int:
        """Bytes to scan between two looks at the clock: text is found fast, an expression may be slow on every line."""
        return 16 * 1024 if self.is_regex or not self.pattern.isascii() else 1024 * 1024

    def matches(self, text: str) -> bool:
        """True when the line ``text`` matches; ``text`` is without escape sequences."""
        return self.expression.search(text[:LINE_LIMIT]) is not None

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Places of the matches in ``text``, as (start, end) in characters; empty matches are left out."""
        found = []
        for match in self.expression.finditer(text[:LINE_LIMIT]):
            if match.end() > match.start():
                found.append(match.span())
                if len(found) == SPAN_LIMIT:
                    break
        return found


def compile_query(pattern: str, *, regex: bool = False, smart_case: bool = True) -> Query:
    """The query for ``pattern``. With ``smart_case`` a pattern without capital letters matches both cases.

    Raises PatternError when ``pattern`` is empty or no regular expression.
    """
    if not pattern:
        raise PatternError("there is nothing to search for", "type a word or an expression")
    ignores_case = smart_case and not _has_capitals(pattern, regex=regex)
    flags = re.MULTILINE | (re.IGNORECASE if ignores_case else re.NOFLAG)
    try:
        expression = re.compile(pattern if regex else re.escape(pattern), flags)
    except (re.error, RecursionError, OverflowError) as error:
        position = getattr(error, "pos", None)
        where = f" at character {position + 1}" if isinstance(position, int) else ""
        reason = getattr(error, "msg", "") or "it is too deep"
        raise PatternError(
            f"not a regular expression: {reason}{where}", "search for it as plain text (ctrl+r)", position
        ) from error
    return Query(pattern, regex, ignores_case, expression, _scanner(pattern, expression, regex, ignores_case))


def _has_capitals(pattern: str, *, regex: bool) -> bool:
    """True when the pattern asks for a capital letter; the letter of an escape such as ``\\S`` is none."""
    letters = re.sub(r"\\.", "", pattern, flags=re.DOTALL) if regex else pattern
    return letters != letters.lower()


def without_escapes(block: bytes) -> bytes:
    """``block`` as it reads on screen; line feeds stay where they are."""
    return block if b"\x1b" not in block else _ESCAPES.sub(b"", block)


def _scanner(
    pattern: str, expression: re.Pattern[str], regex: bool, ignores_case: bool
) -> Callable[[bytes, int], Iterator[int]]:
    """The cheapest way to scan a block for the query."""
    if regex:
        by_line = _NEEDS_LINES.search(pattern) is not None
        return lambda block, _: (_scan_lines if by_line or _has_long_line(block) else _scan_text)(block, expression)
    if "\n" in pattern:
        return lambda block, _: iter(())
    needle = pattern.encode("utf-8", "surrogatepass")
    if not ignores_case:
        return lambda block, count: _scan_bytes(block, needle, count)
    if needle.isascii():
        # Lower-casing bytes changes ASCII only, so the few letters beyond it that fold into ASCII are not found.
        lowered = needle.lower()
        return lambda block, count: _scan_bytes(block.lower(), lowered, count)
    return lambda block, _: _scan_text(block, expression)


def _scan_bytes(block: bytes, needle: bytes, rows: int) -> Iterator[int]:
    """Rows of ``block`` that hold ``needle``."""
    find, count = block.find, block.count
    row = counted = 0
    hit = find(needle)
    while hit >= 0:
        # Counting costs more than finding; from the nearer end it is less.
        if hit - counted <= len(block) - hit:
            row += count(b"\n", counted, hit)
        else:
            row = rows - 1 - count(b"\n", hit)
        yield row
        counted = find(b"\n", hit)
        if counted < 0:
            return
        hit = find(needle, counted)


def _scan_text(block: bytes, expression: re.Pattern[str]) -> Iterator[int]:
    """Rows whose text matches an expression that cannot match a line feed."""
    text = block.decode("utf-8", "surrogatepass")
    row = counted = position = 0
    while (match := expression.search(text, position)) is not None:
        start = match.start()
        row += text.count("\n", counted, start)
        counted = start
        yield row
        position = text.find("\n", start) + 1
        if not position:
            return


def _scan_lines(block: bytes, expression: re.Pattern[str]) -> Iterator[int]:
    """Rows whose text matches, tried one by one."""
    search = expression.search
    for row, line in enumerate(block.decode("utf-8", "surrogatepass").split("\n")):
        if search(line if len(line) <= LINE_LIMIT else line[:LINE_LIMIT]):
            yield row


def _has_long_line(block: bytes) -> bool:
    """True when a line of ``block`` may be longer than LINE_LIMIT; looks at a few places only."""
    position, size = 0, len(block)
    while position + LINE_LIMIT < size:
        end = block.rfind(b"\n", position, position + LINE_LIMIT)
        if end < 0:
            return True
        position = end + 1
    return False

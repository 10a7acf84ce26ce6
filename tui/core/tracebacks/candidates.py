"""Which lines could open a block at all: a test so cheap that most lines of a log cost nothing more.

A report is opened by its head or by one of its first frame lines. Unprefixed, these begin with characters
that log records rarely begin with; behind a prefix they still end in characters that log records rarely end
in, a colon or a bracket, or hold a character that these hardly hold. What passes is looked at for substrings
(``hints``) that the grammars name, and only then cleaned and matched.

The price: behind a prefix that begins with a digit or a bracket, a report of which no line near its head ends
so (R's, some single lines) is not seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_RECORD_STARTS = "0123456789{"
"""First characters of most log records: a time, a brace, a level. A bracket is looked at once more."""
STARTS_OF_RECORDS = frozenset(_RECORD_STARTS)
TELLING_ENDS = frozenset(":)>'\"\r {m+╮│_─^")
_MARKS = ("*", "#", "\t", "\x1b")
_KERNEL = ("]: segfault", "]: trap ", "]: general protection", "ut of memory")


class Candidates:
    """Finds the lines at which one of the given hints may open a block."""

    def __init__(self, hints: Iterable[str]) -> None:
        distinct = sorted(set(hints), key=len)
        # A hint that contains another one adds nothing.
        self._hints = tuple(
            hint for number, hint in enumerate(distinct) if not any(short in hint for short in distinct[:number])
        )

    def numbers(self, lines: Sequence[str]) -> list[int]:
        """Numbers of the candidate lines in ``lines``."""
        starts, ends = STARTS_OF_RECORDS, TELLING_ENDS
        hopeful = [number for number, line in enumerate(lines) if line and (line[-1] in ends or line[0] not in starts)]
        # Looking for one character in all lines at once costs a twentieth of looking line by line.
        text = "\n".join(lines)
        marks = [mark for mark in _MARKS if mark in text]
        if marks:
            marked = {number for mark in marks for number, line in enumerate(lines) if mark in line}
            hopeful = sorted(marked.union(hopeful))
        return [number for number in hopeful if self.is_hinted(lines[number])] if hopeful else hopeful

    def is_hinted(self, line: str) -> bool:
        """Whether ``line`` holds a hint; escapes may hide one."""
        if "\x1b" in line:
            return True
        hints = self._hints
        if line[:1] == "[" and line[-1] not in TELLING_ENDS and not any(mark in line for mark in _MARKS):
            # The kernel's lines are the only ones behind a bracket that nothing else gives away.
            hints = _KERNEL
        return holds(line, hints)


def holds(text: str, hints: tuple[str, ...]) -> bool:
    """Whether ``text`` holds one of ``hints``."""
    for hint in hints:  # noqa: SIM110  (a generator costs twice as much, and this runs for every candidate)
        if hint in text:
            return True
    return False

"""Which lines could open a block at all: a test so cheap that most lines of a log cost nothing more.

The grammars name substrings (``hints``) one of which every opening line holds. Thousands of lines are looked through
at once for *stems*: pieces such that every hint holds one. A set of up to :data:`MAX_STEMS` pieces of at least
:data:`MIN_STEM` bytes each is found by vector instructions, at about the cost of a bare loop over the lines; a shorter
piece or a larger set would cost several times that. Only lines that hold a stem are looked at one by one:

1. A record of the levels INFO, DEBUG and WARNING is passed over, unless it carries a header or a frame that is hardly
   ever anything else (:data:`_LOUD`): whole reports are logged line by line at such levels.
2. A line that begins like a record (with a time, a brace, a bracket) and ends in none of the characters in which heads
   and frames end must hold one of the few stems that say something there.
3. It must hold a hint.

The price: a report whose every line is logged at such a level is seen only if it has one of those.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

from ahocorasick_rs import BytesAhoCorasick, MatchKind

START = "\n"
"""What a hint begins with that must stand at the beginning of its line."""
MAX_STEMS = 64
MIN_STEM = 4
CARET = b"^"
"""The one hint that is too short for a stem; a single byte is found as fast."""
_LOUD = (
    b"Traceback (most recent call last):",
    *(b"\tat ", b"   at ", b"panic: ", b"panicked at ", b"goroutine ", b'Exception in thread "', b"Uncaught "),
    *(b"stack traceback:", b"CallStack (from ", b") called at ", b"eval {...} called at ", b"Execution halted"),
    *(b"== Invalid ", b"== Conditional jump ", b"== Use of uninit", b"== Process terminating "),
    *(
        b"Unhandled exception",
        b"Unhandled Exception:",
        b"PHP Fatal error: ",
        b"terminate called ",
        b"Sanitizer: ",
        b"** (",
        b":in `",
        b":in '",
    ),
)
_STARTS_OF_RECORDS = frozenset(b"0123456789{[")
_TELLING_ENDS = frozenset(b":)>'\"\r {m+^").union(ord(last) for last in "╮│_─".encode().decode("latin-1"))
_MARKS = tuple(mark.encode() for mark in ("\t", "*", "#", "❯"))
_HIDDEN = re.compile(
    rb"\x1b(?:\[[0-9:;<=>?]{0,64}[ -/]{0,4}[@-~]|\][^\x07\x1b\n]{0,2048}(?:\x07|\x1b\\)?|[()*+]\w)?"
    rb"|\x00|\x07|\xef\xbb\xbf"
)
"""Characters that may stand inside a hint, and are no part of the text."""
_STEMS = (
    "rror",
    "xcept",
    "anic",
    "race",
    " at ",
    "\tat ",
    " line ",
    'ile "',
    "(most",
    "utine ",
    ":in ",
    "fault",
    "Uncaught",
    "runtime: ",
    "halted",
    "Assertion",
)
_PIECES = {
    # Valgrind's lines begin with ``==PID== ``.
    "==": tuple(f"{digit}== " for digit in range(10)),
    # What opens at these holds the other piece too.
    "] {": ("rror",),
    "libc++abi": ("xcept",),
    "uri:classloader:": (" at ",),
    "] trap ": ("rror",),
    "]: trap ": ("rror",),
    "] general protection": ("rror",),
    "]: general protection": ("rror",),
    "^": (),
}
"""Pieces that stand for hints which are too short for a stem, or need none."""
_WEAK_STEMS = tuple(
    stem.encode()
    for stem in (
        *("rror", "xcept", "anic", " at ", " line ", "==", ":in ", "fault", "Uncaught", "SIG", "runtime: ", "halted"),
        *("free", "corrupt", "malloc", "ut of memory: Kill", "terminate called ", "has overflowed its stack"),
        *("    invoked from within", "    while executing", "WARNING: DATA RACE", " trap ", " general protection"),
        "Non-exhaustive patterns in ",
    )
)
"""Pieces that may be in the last or only line of a head behind a time; the other heads end tellingly."""


class Candidates:
    """Finds the lines at which one of the given groups of hints may open a block."""

    def __init__(self, families: Iterable[tuple[str, ...]]) -> None:
        self._by_hint: dict[str, tuple[int, ...]] = {}
        for number, hints in enumerate(families):
            for hint in hints:
                self._by_hint[hint] = (*self._by_hint.get(hint, ()), number)
        self._hints = tuple(self._by_hint)
        self._has_caret = CARET.decode() in self._by_hint

    @cached_property
    def stems(self) -> tuple[bytes, ...]:
        """The pieces that are looked for."""
        stems: dict[str, None] = {}
        for hint in self._hints:
            known = next((stem for stem in _STEMS if stem in hint), hint)
            stems.update(dict.fromkeys(_PIECES.get(hint, (known,))))
        return tuple(stem.encode() for stem in stems if not any(other in stem for other in stems if other != stem))

    # Made with the first line: building them is no part of the start of the program.

    @cached_property
    def _sieve(self) -> BytesAhoCorasick:
        return BytesAhoCorasick(self.stems, matchkind=MatchKind.LeftmostFirst)

    @cached_property
    def _all_hints(self) -> BytesAhoCorasick:
        return BytesAhoCorasick([hint.encode() for hint in self._hints])

    def starts(self, text: bytes) -> list[int]:
        """Where in ``text``, lines of UTF-8 divided by line feeds, the candidate lines begin, in their order."""
        text = b"\n" + text
        if b"\x1b" in text or b"\x00" in text:
            return self._starts_where_hidden(text)
        return [start for start, end in self._hits(text) if self._may_open(text[start:end])]

    def _starts_where_hidden(self, text: bytes) -> list[int]:
        """The same where escapes may stand inside the hints: what is looked through is the text without them."""
        bare = _HIDDEN.sub(b"", text)
        starts: list[int] = []
        at = start = 0
        for bare_start, bare_end in self._hits(bare):
            for _ in range(bare.count(b"\n", at, bare_start)):
                start = text.find(b"\n", start + 1)
            at = bare_start
            end = text.find(b"\n", start + 1)
            line = text[start : end if end >= 0 else len(text)]
            if self._may_open(bare[bare_start:bare_end], is_marked=b"\x1b" in line or b"\x00" in line):
                starts.append(start)
        return starts

    def _hits(self, text: bytes) -> list[tuple[int, int]]:
        """The lines of ``text`` that hold a stem: where the line feed before each is, and where it ends."""
        hits: list[tuple[int, int]] = []
        end = 0
        for _, at, _ in self._sieve.find_matches_as_indexes(text):
            if at >= end:
                start, end = _line_around(text, at)
                hits.append((start, end))
        at = text.find(CARET) if self._has_caret else -1
        if at >= 0:
            carets: set[tuple[int, int]] = set()
            while at >= 0:
                carets.add(around := _line_around(text, at))
                at = text.find(CARET, around[1])
            hits = sorted(carets.union(hits))
        return hits

    def _may_open(self, line: bytes, *, is_marked: bool = False) -> bool:
        """Whether ``line``, with the line feed before it, may open a block; ``is_marked``: it held an escape."""
        if (b"INFO" in line or b"DEBUG" in line or b" WARNING " in line) and not any(mark in line for mark in _LOUD):
            return False
        if (
            not is_marked
            and line[-1] not in _TELLING_ENDS
            and len(line) > 1
            and line[1] in _STARTS_OF_RECORDS
            and not any(mark in line for mark in _MARKS)
            and not any(stem in line for stem in _WEAK_STEMS)
        ):
            return False
        return bool(self._all_hints.find_matches_as_indexes(line))

    def families(self, line: str) -> list[int]:
        """Numbers of the groups of which ``line`` holds a hint, in their order."""
        text = (START + line).encode("utf-8", "surrogatepass")
        found: set[int] = set()
        for hint, _, _ in self._all_hints.find_matches_as_indexes(text, overlapping=True):
            found.update(self._by_hint[self._hints[hint]])
        return sorted(found)


def _line_around(text: bytes, at: int) -> tuple[int, int]:
    """The line of the byte at ``at``, or behind the line feed that is there: where its line feed is, and its end."""
    start = text.rfind(b"\n", 0, at + 1)
    end = text.find(b"\n", max(start + 1, at))
    return start, end if end >= 0 else len(text)

"""Which lines could open a block at all: a test so cheap that most lines of a log cost nothing more.

The grammars name substrings (``hints``) one of which every opening line holds. Looking for all of them in every line
would cost more than all the rest, so lines pass three sieves, each of a whole batch at once where that can be:

1. Records of the levels INFO, DEBUG and WARNING are passed over, unless they carry a Python header.
2. What is left is joined and looked at for *stems*: short pieces such that every hint holds one of them. A line that
   begins like a record (with a time, a brace, a bracket) and ends in none of the characters in which heads and frames
   end is looked at for the few stems that say something there.
3. Only lines that hold a stem are looked at one by one.

The price: a report whose every line is logged at such a level is seen only if it is Python's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

START = "\n"
"""What a hint begins with that must stand at the beginning of its line."""
_HEADER = "Traceback (most recent call last):"
STARTS_OF_RECORDS = frozenset("0123456789{[")
TELLING_ENDS = frozenset(":)>'\"\r {m+╮│_─^")
_HIDING = ("\x1b", "\x00")
"""Characters that may stand inside a hint, and are no part of the text."""
_MARKS = ("\t", "*", "#", "❯", *_HIDING)
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
    "==",
    "** ",
    "utine ",
    ":in ",
    "fault",
    "Uncaught",
    "SIG",
    "runtime: ",
    "halted",
)
_WEAK_STEMS = frozenset(
    (
        *("rror", "xcept", "anic", " at ", " line ", "==", ":in ", "fault", "Uncaught", "SIG", "runtime: ", "halted"),
        *("free", "corrupt", "malloc", "ut of memory: Kill", "terminate called ", "has overflowed its stack"),
        *("    invoked from within", "    while executing", "WARNING: DATA RACE", "]: trap ", "]: general protection"),
    )
)
"""Pieces that may be in the last or only line of a head behind a time; the other heads end tellingly."""


class Candidates:
    """Finds the lines at which one of the given groups of hints may open a block."""

    def __init__(self, families: Iterable[tuple[str, ...]]) -> None:
        by_stem: dict[str, list[int]] = {}
        for number, hints in enumerate(families):
            for hint in hints:
                stem = next((stem for stem in _STEMS if stem in hint), hint)
                known = by_stem.setdefault(stem, [])
                if number not in known:
                    known.append(number)
        self._by_stem = {stem: tuple(numbers) for stem, numbers in by_stem.items()}
        self._stems = tuple(self._by_stem)
        self._weak_stems = tuple(stem for stem in self._stems if stem in _WEAK_STEMS)

    def numbers(self, lines: Sequence[str]) -> list[int]:
        """Numbers of the candidate lines in ``lines``."""
        loud = [line for line in lines if "INFO" not in line and "DEBUG" not in line and " WARNING " not in line]
        if len(loud) < len(lines):
            # Looking in all lines at once costs a fraction of looking line by line.
            text = "\n".join(lines)
            if "(" in text and text.count(_HEADER) > "\n".join(loud).count(_HEADER):
                loud = [line for line in lines if not _is_quiet(line)]
        if not loud:
            return []
        hopeful = self._hopeful(loud)
        numbers: list[int] = []
        at = 0
        for line in hopeful:
            # An equal line before it would be hopeful itself, so this one comes next.
            at = lines.index(line, at)
            numbers.append(at)
            at += 1
        return numbers

    def _hopeful(self, loud: list[str]) -> list[str]:
        """Those of ``loud`` that hold a stem, in their order."""
        starts, ends = STARTS_OF_RECORDS, TELLING_ENDS
        weak = {line for line in loud if line and line[-1] not in ends and line[0] in starts}
        for mark in _MARKS if weak else ():
            weak = {line for line in weak if mark not in line}
        strong = [line for line in loud if line not in weak] if weak else loud
        found = _holding(strong, self._stems) | _holding(weak, self._weak_stems)
        return [line for line in loud if line in found] if found else []

    def families(self, line: str) -> list[int]:
        """Numbers of the groups of which ``line`` may hold a hint, in their order."""
        found: set[int] = set()
        line = START + line
        for stem in self._stems:
            if stem in line:
                found.update(self._by_stem[stem])
        return sorted(found)


def _is_quiet(line: str) -> bool:
    """Whether ``line`` is a record of a level at which only a Python header is looked for."""
    return ("INFO" in line or "DEBUG" in line or " WARNING " in line) and _HEADER not in line


def _holding(lines: Collection[str], stems: tuple[str, ...]) -> set[str]:
    """Those of ``lines`` that hold a stem, or a character that may hide one."""
    text = START + START.join(lines)
    present = tuple(stem for stem in (*stems, *_HIDING) if stem in text)
    return {line for line in lines if holds(START + line, present)} if present else set()


def holds(text: str, hints: tuple[str, ...]) -> bool:
    """Whether ``text`` holds one of ``hints``."""
    for hint in hints:  # noqa: SIM110  (a generator costs twice as much, and this runs for every candidate)
        if hint in text:
            return True
    return False

"""Which lines could open a block at all: a test so cheap that most lines of a log cost nothing more.

The grammars name substrings (``hints``) one of which every opening line holds. Looking for all of them in every line
would cost more than all the rest, so lines pass three sieves, each of a whole batch at once where that can be:

1. Records of the levels INFO and DEBUG are passed over, unless they carry a Python header.
2. What is left is joined and looked at for *stems*: short pieces such that every hint holds one of them. A line that
   begins like a record (with a time, a brace, a bracket) and ends in none of the characters in which heads and frames
   end is looked at for the few stems that say something there.
3. Only lines that hold a stem are looked at one by one.

The price: a report whose every line is logged as INFO is seen only if it is Python's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_QUIET = ("INFO", "DEBUG")
_HEADER = "(most recent call last)"
STARTS_OF_RECORDS = frozenset("0123456789{[")
TELLING_ENDS = frozenset(":)>'\"\r {m+╮│_─^")
_MARKS = ("\t", "*", "#", "❯", "\x1b")
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
        info, debug = _QUIET
        loud = [line for line in lines if info not in line]
        if len(loud) < len(lines):
            # One character in all lines at once costs a fraction of looking line by line.
            text = "\n".join(lines)
            header = _HEADER if "(" in text and _HEADER in text else None
            if not loud and header is None:
                return []
            numbers = [
                number
                for number, line in enumerate(lines)
                if (info not in line and debug not in line) or (header is not None and header in line)
            ]
        else:
            numbers = [number for number, line in enumerate(lines) if debug not in line or _HEADER in line]
        starts, ends = STARTS_OF_RECORDS, TELLING_ENDS
        weak = [number for number in numbers if (line := lines[number]) and line[-1] not in ends and line[0] in starts]
        if not weak:
            return self._holding(lines, numbers, self._stems)
        for mark in _MARKS:
            weak = [number for number in weak if mark not in lines[number]]
        passed = set(weak)
        strong = [number for number in numbers if number not in passed]
        found = self._holding(lines, strong, self._stems) + self._holding(lines, weak, self._weak_stems)
        return sorted(found)

    def families(self, line: str) -> list[int]:
        """Numbers of the groups of which ``line`` may hold a hint, in their order."""
        found: set[int] = set()
        for stem in self._stems:
            if stem in line:
                found.update(self._by_stem[stem])
        return sorted(found)

    @staticmethod
    def _holding(lines: Sequence[str], numbers: list[int], stems: tuple[str, ...]) -> list[int]:
        """Those of ``numbers`` whose lines hold a stem, or an escape that may hide one."""
        text = "\n".join([lines[number] for number in numbers])
        present = tuple(stem for stem in (*stems, "\x1b") if stem in text)
        if not present:
            return []
        return [number for number in numbers if holds(lines[number], present)]


def holds(text: str, hints: tuple[str, ...]) -> bool:
    """Whether ``text`` holds one of ``hints``."""
    for hint in hints:  # noqa: SIM110  (a generator costs twice as much, and this runs for every candidate)
        if hint in text:
            return True
    return False

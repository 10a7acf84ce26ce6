"""The sieve before the grammars: it may let lines through that open nothing, and must not lose one that could."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.tracebacks.candidates import _PIECES, MAX_STEMS, MIN_STEM, START, Candidates
from tui.core.tracebacks.detector import TracebackDetector
from tui.core.tracebacks.families import FAMILIES

HINTS = sorted({hint for family in FAMILIES for hint in family.hints})
FREE = [hint for hint in HINTS if hint not in _PIECES]
CANDIDATES = Candidates(family.hints for family in FAMILIES)
FILLER = st.text(st.sampled_from("ab é雪\t.,:"), max_size=12)
PLAIN = st.text(st.sampled_from("ab é雪"), max_size=12)


def lines_found(lines: list[str]) -> list[int]:
    text = "\n".join(lines).encode()
    return [text.count(b"\n", 0, start) for start in CANDIDATES.starts(text)]


def test_stems_are_few_and_long_enough_for_vector_instructions() -> None:
    assert len(CANDIDATES.stems) <= MAX_STEMS, "more stems make every line of every log several times as dear"
    assert [stem for stem in CANDIDATES.stems if len(stem) < MIN_STEM] == []


@given(st.lists(PLAIN, max_size=5), FILLER, st.sampled_from(FREE), PLAIN, st.lists(PLAIN, max_size=5))
def test_a_line_with_a_hint_is_found_wherever_it_stands(
    above: list[str], lead: str, hint: str, rest: str, below: list[str]
) -> None:
    line = hint.removeprefix(START) + rest if hint.startswith(START) else f"{lead}{hint}{rest}"
    assert lines_found([*above, line, *below]) == [len(above)]


@given(st.sampled_from([hint for hint in FREE if not hint.startswith(START)]), st.data())
def test_a_hint_is_found_around_escapes(hint: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(hint)))
    escape = data.draw(st.sampled_from(["\x1b[31m", "\x1b[0m", "\x1b[38;5;1m", "\x00", "\x1b]8;;x\x07"]))
    lines = ["first", "\x1b[1msecond\x1b[0m", f"{hint[:at]}{escape}{hint[at:]}", "last \x1b[2m"]
    assert lines_found(lines) == [2]


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("    ^", True),
        ("==12== Invalid read of size 4", True),
        ("libc++abi: terminating with uncaught exception of type std::logic_error: no", True),
        ("[  12.5] a[7]: trap divide error ip:4 sp:7 error:0 in a[4+1]", True),
        ("  load at uri:classloader:/jruby/kernel.rb:3", True),
        ("2026-11-24 INFO Error: of no interest", False),
        ("2026-11-24 DEBUG Traceback (most recent call last):", True),
        ("2026-11-24 INFO [main] \tat Agent.run(Agent.java:3)", True),
        ("2026-11-24 WARNING panic: no", True),
        ("2026-11-24 12:00:00 Caused by: nothing that ends like a head", False),
        ("nothing at all", False),
    ],
)
def test_what_is_looked_at(line: str, is_found: bool) -> None:
    assert lines_found(["above", line, "below"]) == ([1] if is_found else [])


def test_only_the_last_lines_are_kept_for_looking_back() -> None:
    detector = TracebackDetector()
    for count in (1, 3, 200, 40, 40):
        detector.feed_many([f"line {number}" for number in range(count)])
    detector.feed("ValueError: no")
    assert [number for number, _ in detector._recent][-2:] == [283, 284]
    assert detector._recent[0][0] == 285 - 64
    assert detector._recent[-2][1] == "line 39"

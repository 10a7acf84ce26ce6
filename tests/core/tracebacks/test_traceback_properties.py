"""What must hold for any input: no error, the same blocks for any cuts, bounded work and state."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.tracebacks import detector as detector_module
from tui.core.tracebacks.block import Block
from tui.core.tracebacks.detector import MAX_OPEN, TracebackDetector
from tui.core.tracebacks.grammar import MAX_RECENT, Verdict
from tui.core.tracebacks.model import Traceback
from tui.core.tracebacks.text import clean as cleaned

REAL_LINES = [
    line
    for text in (Path(__file__).parent / "data" / "runs.jsonl").read_text("utf-8").splitlines()
    for line in json.loads(text)["lines"]
]
PREFIXES = [
    "",
    "",
    "",
    "api | ",
    "[worker-3] ",
    "[worker-4] ",
    "2026-11-23 22:17:11,395 ",
    "  | ",
    "    | ",
    "\x1b[31m",
]

pieces = st.one_of(st.sampled_from(REAL_LINES), st.text(max_size=40), st.sampled_from(["", " ", "\t", "}", '"""', "^"]))
lines_of_output = st.lists(st.tuples(st.sampled_from(PREFIXES), pieces).map("".join), max_size=60)


@st.composite
def excerpts(draw: st.DrawFn) -> list[str]:
    """Stretches of real output in any order, with single lines between."""
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(REAL_LINES) - 1))
        prefix = draw(st.sampled_from(PREFIXES))
        lines += [prefix + line for line in REAL_LINES[start : start + draw(st.integers(1, 30))]]
        lines += draw(st.lists(pieces, max_size=3))
    return lines


def in_batches(lines: list[str], cuts: list[int]) -> list[Traceback]:
    detector = TracebackDetector()
    found: list[Traceback] = []
    previous = 0
    for cut in [*sorted(cut % (len(lines) + 1) for cut in cuts), len(lines)]:
        found += detector.feed_many(lines[previous:cut])
        previous = max(previous, cut)
    return found + detector.flush()


def line_by_line(lines: list[str]) -> list[Traceback]:
    detector = TracebackDetector()
    found = [block for line in lines for block in detector.feed(line)]
    assert detector.next_index == len(lines)
    return found + detector.flush()


@settings(max_examples=150, deadline=None)
@given(lines=lines_of_output, cuts=st.lists(st.integers(0, 100), max_size=5))
def test_any_lines_give_the_same_blocks_for_any_cuts(lines: list[str], cuts: list[int]) -> None:
    assert in_batches(lines, cuts) == line_by_line(lines)


@settings(max_examples=150, deadline=None)
@given(lines=excerpts(), cuts=st.lists(st.integers(0, 200), max_size=5))
def test_real_output_gives_the_same_blocks_for_any_cuts(lines: list[str], cuts: list[int]) -> None:
    assert in_batches(lines, cuts) == line_by_line(lines)


@settings(max_examples=150, deadline=None)
@given(lines=excerpts())
def test_blocks_lie_within_the_output_and_own_what_they_say(lines: list[str]) -> None:
    for block in line_by_line(lines):
        assert 0 <= block.start <= block.end < len(lines)
        own = set(block.lines or range(block.start, block.end + 1))
        assert {block.start, block.end} <= own
        assert set(block.roles) <= own
        assert all(frame.index in own for frame in block.frames)


HEADER, FRAME = "Traceback (most recent call last):", '  File "a.py", line 1, in f'
CONTEXT = "During handling of the above exception, another exception occurred:"
HOSTILE: dict[str, Callable[[int], list[str]]] = {
    "headers": lambda n: [HEADER] * n,
    "frames": lambda n: [FRAME] * n,
    "endless message": lambda n: [HEADER, FRAME, "ValueError: x", *["more text", "  indented", ""] * (n // 3)],
    "endless chain": lambda n: [HEADER, FRAME, "ValueError: x", "", CONTEXT, ""] * (n // 6),
    "unindented lines": lambda n: [HEADER, FRAME, "ValueError: x", *["text"] * n],
    "a stream a line": lambda n: [f"[worker-{number}] {HEADER}" for number in range(n)],
    "margins": lambda n: ["  " * (number % 90) + "| " + HEADER for number in range(n)],
    "separators": lambda n: ["    +---------------- 2 ----------------"] * n,
    "heads without frames": lambda n: ["TypeError: x", "panic: x", "    at f (a.js:1:1)", "text"] * (n // 4),
    "lone frames": lambda n: ["    at f (a.js:1:1)", "text", "\tat a.B.c(D.java:1)", "more"] * (n // 4),
    "go heads": lambda n: ["panic: x", "text"] * (n // 2),
    "boxes": lambda n: ["╭─ Traceback (most recent call last) ─╮", *["│ /a.py:1 in f │"] * n],
    "java causes": lambda n: ['Exception in thread "m" a.B: c', *["Caused by: a.B: c", "\t... 1 more"] * (n // 2)],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_output_costs_a_bounded_number_of_steps_a_line(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = {"offers": 0, "cleaned": 0}
    offer, clean = Block.offer, cleaned

    def counted_offer(self: Block, index: int, raw: str, text: str) -> Verdict:
        steps["offers"] += 1
        return offer(self, index, raw, text)

    def counted_clean(line: str) -> str:
        steps["cleaned"] += 1
        return clean(line)

    monkeypatch.setattr(Block, "offer", counted_offer)
    monkeypatch.setattr(detector_module, "clean", counted_clean)
    counts = []
    for size in (400, 1600):
        steps["offers"] = steps["cleaned"] = 0
        lines = HOSTILE[name](size)
        detector = TracebackDetector()
        detector.feed_many(lines)
        detector.flush()
        counts.append((steps["offers"] + steps["cleaned"]) / len(lines))
    assert counts[1] <= counts[0] * 1.5 + 2
    assert counts[1] <= 60


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_output_leaves_bounded_state(name: str) -> None:
    detector = TracebackDetector()
    for line in HOSTILE[name](600):
        detector.feed(line)
        assert len(detector._open) <= MAX_OPEN
        assert len(detector._recent) <= MAX_RECENT
        assert all(len(block.held) <= 40 for block in detector._open)


@pytest.mark.parametrize("line", ["a" * 10**6, "\x1b[" * 10**5, "x 1%\r" * 10**5, "at f (" * 10**5, "[a] " * 10**5])
def test_one_endless_line_is_looked_at_only_in_part(line: str) -> None:
    assert len(cleaned(line)) <= 8192
    detector = TracebackDetector()
    assert detector.feed_many([line, HEADER, FRAME, "KeyError: 1", line]) + detector.flush()

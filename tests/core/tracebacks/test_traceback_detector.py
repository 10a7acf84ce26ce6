"""The detector's own behaviour: what is open, what each line is for, where blocks begin and end."""

from __future__ import annotations

import pytest

from tui.core.tracebacks.detector import TracebackDetector
from tui.core.tracebacks.model import LineRole, Traceback
from tui.core.tracebacks.record import as_record

PLAIN = [
    "Traceback (most recent call last):",
    '  File "/srv/app/a.py", line 9, in <module>',
    "    average([])",
    '  File "/srv/app/b.py", line 20, in average',
    "    return sum(readings) / len(readings)",
    "           ~~~~~~~~~~~~~~^~~~~~~~~~~~~~~",
    "ZeroDivisionError: division by zero",
]
CHAIN = [
    *PLAIN,
    "",
    "During handling of the above exception, another exception occurred:",
    "",
    "Traceback (most recent call last):",
    '  File "/srv/app/a.py", line 11, in <module>',
    "    raise RuntimeError('no average') from None",
    "RuntimeError: no average",
]
GROUP = [
    "  + Exception Group Traceback (most recent call last):",
    '  |   File "/srv/app/g.py", line 3, in <module>',
    "  |     raise ExceptionGroup('outer', errors)",
    "  | ExceptionGroup: outer (2 sub-exceptions)",
    "  +-+---------------- 1 ----------------",
    "    | ValueError: first",
    "    | clean the funnel",
    "    +---------------- 2 ----------------",
    "    | Exception Group Traceback (most recent call last):",
    "    | ExceptionGroup: inner (1 sub-exception)",
    "    +-+---------------- 1 ----------------",
    "      | KeyError: 'deep'",
    "      +------------------------------------",
]
RECORD = "2026-11-23 22:17:11,395 [INFO] collect: going on"


def detect(lines: list[str]) -> list[Traceback]:
    detector = TracebackDetector()
    return detector.feed_many(lines) + detector.flush()


def test_indices_count_every_line_fed() -> None:
    detector = TracebackDetector()
    assert detector.next_index == 0
    detector.feed(RECORD)
    detector.feed_many([RECORD, "", RECORD])
    assert detector.next_index == 4
    detector.feed_many(iter(PLAIN))
    (block,) = detector.flush()
    assert (block.start, block.end) == (4, 10)


def test_every_line_of_a_python_report_has_its_role() -> None:
    (block,) = detect(CHAIN)
    assert block.roles == {
        0: LineRole.HEADER,
        1: LineRole.FRAME,
        2: LineRole.SOURCE,
        3: LineRole.FRAME,
        4: LineRole.SOURCE,
        5: LineRole.CARET,
        6: LineRole.EXCEPTION,
        8: LineRole.CHAIN,
        10: LineRole.HEADER,
        11: LineRole.FRAME,
        12: LineRole.SOURCE,
        13: LineRole.EXCEPTION,
    }


def test_frames_carry_source_and_place() -> None:
    (block,) = detect(PLAIN)
    frame = block.frames[1]
    assert (frame.file, frame.line, frame.function, frame.index) == ("/srv/app/b.py", 20, "average", 3)
    assert frame.source == "return sum(readings) / len(readings)"
    assert block.headline == "ZeroDivisionError: division by zero"


def test_causes_hang_below_the_exception_that_propagated() -> None:
    (block,) = detect(CHAIN)
    assert (block.type, block.message, block.chained) == ("RuntimeError", "no average", 1)
    (cause,) = block.exception.causes
    assert (cause.type, len(cause.frames)) == ("ZeroDivisionError", 2)
    assert block.cause_types == ("ZeroDivisionError",)


def test_members_of_a_group_form_a_tree() -> None:
    (block,) = detect(GROUP)
    assert block.is_group
    assert (block.start, block.end) == (0, len(GROUP) - 1)
    first, second = block.exception.members
    assert (first.type, first.message, first.notes) == ("ValueError", "first", ("clean the funnel",))
    assert second.type == "ExceptionGroup"
    (deep,) = second.members
    assert (deep.type, deep.message) == ("KeyError", "'deep'")


def test_the_open_block_is_seen_while_it_is_printed() -> None:
    detector = TracebackDetector()
    assert detector.open_block() is None
    detector.feed_many(PLAIN[:3])
    seen = detector.open_block()
    assert seen is not None
    assert (seen.start, seen.end, seen.type, seen.truncated) == (0, 2, None, True)
    detector.feed_many(PLAIN[3:])
    seen = detector.open_block()
    assert seen is not None
    assert (seen.end, seen.type) == (6, "ZeroDivisionError")
    (block,) = detector.flush()
    assert block == seen
    assert detector.open_block() is None


def test_looking_at_the_open_block_changes_nothing() -> None:
    watched, left_alone = TracebackDetector(), TracebackDetector()
    found: list[Traceback] = []
    for line in [*GROUP, RECORD, *CHAIN]:
        found += watched.feed(line)
        watched.open_block()
    expected = left_alone.feed_many([*GROUP, RECORD, *CHAIN])
    assert found + watched.flush() == expected + left_alone.flush()


def test_a_record_ends_the_block_and_is_no_part_of_it() -> None:
    blocks = detect([RECORD, *PLAIN, RECORD, RECORD, RECORD, RECORD, RECORD])
    assert [(block.start, block.end) for block in blocks] == [(1, 7)]


def test_a_header_behind_unfinished_output_is_found() -> None:
    lines = ["reading 50% " + PLAIN[0], *PLAIN[1:], "done"]
    (block,) = detect(lines)
    assert (block.start, block.end, len(block.frames)) == (0, 6, 2)


def test_a_header_behind_an_overwritten_line_is_found() -> None:
    lines = ["10%\r20%\r" + PLAIN[0], *PLAIN[1:]]
    (block,) = detect(lines)
    assert (block.start, block.end) == (0, 6)


def test_lines_of_another_thread_inside_are_left_out() -> None:
    lines = [*PLAIN[:3], RECORD, *PLAIN[3:]]
    (block,) = detect(lines)
    assert (block.start, block.end) == (0, 7)
    assert block.lines == (0, 1, 2, 4, 5, 6, 7)
    assert as_record(block)["lines"] == [0, 1, 2, 4, 5, 6, 7]


def test_workers_told_apart_only_by_a_number_stay_apart() -> None:
    lines = [f"[worker-{worker}] {line}" for line in PLAIN for worker in (3, 4)]
    blocks = sorted(detect(lines), key=lambda block: block.start)
    assert [(block.start, block.end, len(block.frames)) for block in blocks] == [(0, 12, 2), (1, 13, 2)]
    assert blocks[0].lines == tuple(range(0, 14, 2))


def test_a_lost_tail_is_said_to_be_lost() -> None:
    (block,) = detect(PLAIN[:5])
    assert (block.end, block.type, block.truncated) == (4, None, True)


def test_a_lost_head_still_gives_type_and_frames() -> None:
    (block,) = detect(PLAIN[2:])
    assert (block.start, block.end, block.type, len(block.frames)) == (0, 4, "ZeroDivisionError", 1)


@pytest.mark.parametrize(
    "lines",
    [
        ["ERROR TypeError: unsupported unit, value ignored", "INFO see Traceback section of the manual"],
        ["<string>:2: DeprecationWarning: humidity() is deprecated", "  warnings.warn('x')"],
        ['File "a.ml", line 1, characters 14-17:', '1 | let x : int = "a"', "Error: This expression has type string"],
        ["a.c:1:29: error: unknown type name", "    1 | int main(void)", "      |     ^~~~"],
        ["Stack (most recent call last):", *PLAIN[1:6], RECORD],
        ["(node:7) [DEP9] DeprecationWarning: old api", "    at f (/srv/a.js:3:9)", "    at g (/srv/a.js:4:9)"],
        ["Trace: where am i", "    at f (/srv/a.js:3:9)", "    at g (/srv/a.js:4:9)"],
        ["kernel panic: not really", "panic: only a word in a log", "fatal error: a.h: No such file or directory"],
        ["| sensor | last error |", "|--------|------------|", "| G1     | GaugeError |"],
        ["FAILED tests/test_wind.py::test_storm - KeyError: 'x'"],
        ["Use of uninitialized value $u in concatenation (.) or string at shelf.pl line 2."],
        ["Warning message:", "In f(y) : odd", "after"],
    ],
)
def test_look_alikes_are_no_reports(lines: list[str]) -> None:
    assert detect(lines) == []


def test_flush_leaves_a_detector_that_can_go_on() -> None:
    detector = TracebackDetector()
    detector.feed_many(PLAIN[:4])
    assert len(detector.flush()) == 1
    assert detector.next_index == 4
    found = detector.feed_many(PLAIN) + detector.flush()
    assert [(block.start, block.end) for block in found] == [(4, 10)]

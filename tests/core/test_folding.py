"""Folding of tracebacks: which lines go, what stands for them, and that no other row ever goes with them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.block_folds import BlockFolds, FoldMark
from tui.core.buffer import LineBuffer
from tui.core.folding import FoldState, plan
from tui.core.found import TracebackIndex
from tui.core.models import RawLine
from tui.core.rows import RowKind
from tui.core.tracebacks.detector import TracebackDetector
from tui.core.tracebacks.model import Frame, LineRole, Traceback
from tui.core.tracebacks.owncode import is_own as is_own_code

PYTHON = [
    "Traceback (most recent call last):",
    '  File "/workspace/agent.py", line 88, in main',
    "    run(plan)",
    "    ~~~^^^^^^",
    '  File "/usr/lib/python3/site-packages/httpx/_client.py", line 914, in send',
    "    response = self._send()",
    "               ^^^^^^^^^^^^",
    '  File "/usr/lib/python3/site-packages/anyio/_core.py", line 4, in open',
    "    return await connect()",
    '  File "/workspace/agent.py", line 41, in parse',
    '    return r["choices"][0]',
    "           ~^^^^^^^^^^^",
    "KeyError: 'choices'",
]
CHAINED = [
    "Traceback (most recent call last):",
    '  File "/usr/lib/python3/site-packages/httpx/_client.py", line 914, in send',
    "    a()",
    '  File "/usr/lib/python3/site-packages/httpx/_client.py", line 915, in receive',
    "    b()",
    "OSError: no route",
    "",
    "The above exception was the direct cause of the following exception:",
    "",
    "Traceback (most recent call last):",
    '  File "/workspace/agent.py", line 1, in <module>',
    "    main()",
    '  File "/usr/lib/python3/site-packages/anyio/_core.py", line 4, in open',
    "    c()",
    '  File "/usr/lib/python3/site-packages/anyio/_core.py", line 5, in close',
    "    d()",
    "RuntimeError: failed",
]
GO = [
    "panic: runtime error: index out of range [5] with length 3",
    "",
    "goroutine 1 [running]:",
    "main.process(...)",
    "\t/workspace/main.go:10",
    "net/http.(*conn).serve(0xc000)",
    "\t/usr/local/go/src/net/http/server.go:1995 +0x64",
    "net/http.(*Server).Serve()",
    "\t/usr/local/go/src/net/http/server.go:1996 +0x64",
    "main.main()",
    "\t/workspace/main.go:20 +0x1d",
    "exit status 2",
]
RUST = [
    "thread 'main' panicked at src/main.rs:4:5:",
    "boom",
    "stack backtrace:",
    "   0: rust_begin_unwind",
    "             at /rustc/abc/library/std/src/panicking.rs:600:5",
    "   1: core::panicking::panic_fmt",
    "             at /rustc/abc/library/core/src/panicking.rs:67:14",
    "   2: demo::main",
    "             at ./src/main.rs:4:5",
]
AFTER = [f"INFO step {at} done" for at in range(4)]
"""So many lines that it is certain that a block before them is over."""
JAVA = [
    'Exception in thread "main" java.lang.IllegalStateException: boom',
    "\tat com.acme.App.run(App.java:10)",
    "\tat java.base/java.lang.Thread.run(Thread.java:833)",
    "\tat java.base/java.util.Optional.get(Optional.java:143)",
    "Caused by: java.lang.NullPointerException: x",
    "\tat com.acme.App.go(App.java:1)",
    "\t... 2 more",
]


def is_own(frame: Frame, language: str) -> bool:
    return is_own_code(frame.file, (), language, frame.function)


def blocks_of(lines: list[str]) -> list[Traceback]:
    detector = TracebackDetector()
    return [*detector.feed_many(lines), *detector.flush()]


@pytest.mark.parametrize(
    ("lines", "ranges", "summaries"),
    [
        (PYTHON, [(5, 8)], ["+ 2 frames in httpx, anyio"]),
        (CHAINED, [(2, 4), (13, 15)], ["+ 2 frames in httpx", "+ 2 frames in anyio"]),
        (GO, [(6, 8)], ["+ 2 frames"]),
        (RUST, [(4, 6)], ["+ 2 frames in rust_begin_unwind, core"]),
        (JAVA, [(3, 3)], ["+ 2 frames in java.lang, java.util"]),
    ],
)
def test_runs_of_library_frames(lines: list[str], ranges: list[tuple[int, int]], summaries: list[str]) -> None:
    (block,) = blocks_of(lines)
    made = plan(block, is_own)
    assert made.hidden(FoldState.OWN) == ranges
    assert made.hidden(FoldState.ALL) == []
    named = [run.summary for run in made.runs]
    # What a frame without a package is called is the business of ``owncode``.
    assert [text.partition(" in ")[0] for text in named] == [text.partition(" in ")[0] for text in summaries]
    if lines in (PYTHON, CHAINED, JAVA):
        assert named == summaries


@pytest.mark.parametrize("lines", [PYTHON, CHAINED, GO, RUST, JAVA])
def test_of_a_head_only_the_first_line_and_the_exception_are_left(lines: list[str]) -> None:
    (block,) = blocks_of(lines)
    made = plan(block, is_own)
    gone = {at for first, last in made.hidden(FoldState.HEAD) for at in range(first, last + 1)}
    left = [line for at, line in enumerate(lines) if block.start <= at <= block.end and at not in gone]
    assert left[0] == lines[block.start]
    assert lines[made.exception] in left
    assert len(left) <= 2


def test_a_single_library_frame_stays() -> None:
    lines = [*PYTHON[:7], *PYTHON[9:]]
    (block,) = blocks_of(lines)
    made = plan(block, is_own)
    assert made.runs == ()
    assert made.states == (FoldState.ALL, FoldState.HEAD)


@given(st.data())
def test_runs_never_hide_heads_exceptions_or_own_frames(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 30))
    own = set(data.draw(st.sets(st.integers(0, size))))
    roles = {at: data.draw(st.sampled_from(list(LineRole))) for at in data.draw(st.sets(st.integers(0, size)))}
    indices = sorted(at for at, role in roles.items() if role is LineRole.FRAME)
    frames = tuple(Frame("/own.py" if at in own else "/lib.py", 1, "f", index=at) for at in indices)
    foreign = data.draw(st.sets(st.integers(1, size)))
    lines = tuple(at for at in range(size + 1) if at not in foreign) if foreign else None
    (exception,) = {block.exception for block in blocks_of(PYTHON)}
    block = Traceback("python", "python", 0, size, exception, frames, lines, roles)
    made = plan(block, lambda frame, language: frame.file == "/own.py")
    hidden = [at for first, last in made.hidden(FoldState.OWN) for at in range(first, last + 1)]
    kept = (LineRole.HEADER, LineRole.EXCEPTION, LineRole.CHAIN, LineRole.NOTE)
    assert not [at for at in hidden if roles.get(at) in kept or at in foreign or (at in own and at in indices)]
    for run in made.runs:
        assert run.frames == sum(run.first <= at <= run.last for at in indices if at not in foreign) >= 2


class Fed:
    """A buffer with the tracebacks found in it, and their folds."""

    def __init__(self, **bounds: int) -> None:
        self.buffer = LineBuffer(**bounds)
        self.found = TracebackIndex(TracebackDetector)
        self.folds = BlockFolds(is_own)

    def add(self, lines: list[str]) -> bool:
        self.buffer.append([RawLine(line) for line in lines])
        self.found.extend(lines)
        return self.folds.sync(self.buffer, self.found)

    @property
    def hidden(self) -> list[int]:
        """Hidden rows by position."""
        shift = self.buffer.dropped_rows
        return [at - shift for first, last in self.folds.hidden.ranges() for at in range(first, last + 1)]


def test_a_block_is_folded_when_it_is_complete_and_not_before() -> None:
    fed = Fed()
    fed.add(["start", *PYTHON[:-1]])
    assert fed.hidden == []
    fed.add([PYTHON[-1], *AFTER])
    assert fed.hidden == [6, 7, 8, 9]
    assert not fed.add([*PYTHON, *AFTER])
    assert fed.hidden == [6, 7, 8, 9, 23, 24, 25, 26]


def test_a_key_goes_through_the_states() -> None:
    fed = Fed()
    fed.add([*PYTHON, *AFTER])
    (block,) = fed.found.all
    seen = []
    for _ in range(4):
        mark = fed.folds.mark(block, 0)
        assert mark is not None
        seen.append((mark.glyph, mark.note, len(fed.hidden)))
        fed.folds.cycle(block)
        assert fed.folds.sync(fed.buffer, fed.found)
    assert seen == [
        ("▾", "2 library frames folded", 4),
        ("▾", "", 0),
        ("▸", "11 lines folded", 11),
        ("▾", "2 library frames folded", 4),
    ]


def test_a_run_is_opened_alone_and_a_hidden_line_is_shown() -> None:
    fed = Fed()
    fed.add([*CHAINED, *AFTER])
    (block,) = fed.found.all
    mark = fed.folds.mark(block, 1)
    assert mark is not None
    assert mark.note == "+ 2 frames in httpx"
    assert fed.folds.open_line(block, 3)
    fed.folds.sync(fed.buffer, fed.found)
    assert fed.hidden == [13, 14, 15]
    assert fed.folds.mark(block, 1) is None
    assert not fed.folds.open_line(block, 3)
    fed.folds.cycle(block)
    fed.folds.cycle(block)
    assert fed.folds.state_of(block) is FoldState.HEAD
    assert fed.folds.open_line(block, 14)
    fed.folds.sync(fed.buffer, fed.found)
    assert fed.hidden == [2, 3, 4]


def test_dropping_the_oldest_rows_moves_nothing() -> None:
    fed = Fed(max_bytes=4000, block_bytes=700)
    for at in range(60):
        fed.add([f"line {at}", *PYTHON, *AFTER])
        expected = Fed()
        expected.buffer, expected.found = fed.buffer, fed.found
        expected.folds._choices = dict(fed.folds._choices)
        expected.folds.sync(fed.buffer, fed.found)
        assert [p for p in fed.hidden if p >= 0] == [p for p in expected.hidden if p >= 0]
        first = fed.buffer.row(0).number
        assert first is not None
        head = fed.found.at(first - 1)
        if head is not None and head.start < first - 1:
            assert fed.folds.state_of(head) is FoldState.ALL
    assert fed.buffer.dropped_lines


def test_a_gap_inside_a_run_is_shown() -> None:
    fed = Fed()
    fed.add([*PYTHON, *AFTER])
    fed.buffer.insert_marker(7, RowKind.GAP, "", 3)
    assert fed.folds.sync(fed.buffer, fed.found)
    assert fed.hidden == [5, 6, 8, 9]


def test_tracebacks_that_were_forgotten_are_not_hidden() -> None:
    fed = Fed()
    fed.found = TracebackIndex(TracebackDetector, kept=4)
    for _ in range(12):
        fed.add([*PYTHON, *AFTER])
        for position in fed.hidden:
            number = fed.buffer.row(position).number
            assert number is not None
            assert fed.found.at(number - 1) is not None
    assert fed.found.forgotten


def test_very_many_tracebacks_are_looked_into_by_and_by() -> None:
    fed = Fed()
    lines = [*PYTHON, *AFTER] * 350
    fed.add(lines)
    turns = 1
    assert 0 < len(fed.hidden) < 350 * 4
    latest = fed.found.all[-1]
    assert fed.folds.mark(latest, latest.start) is None
    while fed.folds.is_behind:
        fed.folds.sync(fed.buffer, fed.found)
        turns += 1
    assert turns == 4
    assert len(fed.hidden) == 350 * 4
    fed.folds.set_default(folds_libraries=False)
    fed.folds.sync(fed.buffer, fed.found)
    assert (fed.hidden, fed.folds.is_behind) == ([], False)


def test_the_default_may_be_everything() -> None:
    fed = Fed()
    fed.folds.set_default(folds_libraries=False)
    fed.add([*PYTHON, *AFTER])
    assert fed.hidden == []


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["add", "cycle", "open", "default", "own"]), st.integers(0, 9)), max_size=12))
def test_rows_before_the_first_changed_one_are_shown_as_they_were(steps: list[tuple[str, int]]) -> None:
    fed = Fed(max_bytes=6000, block_bytes=900)
    before: dict[int, tuple[bool, FoldMark | None]] = {}
    for step, which in steps:
        blocks = [block for block in fed.found.all if not fed.found.is_open(block)]
        if step == "add" or not blocks:
            fed.add([f"line {which}", *(CHAINED if which % 2 else PYTHON), *AFTER[: which % (len(AFTER) + 1)]])
        elif step == "cycle":
            fed.folds.cycle(blocks[which % len(blocks)])
        elif step == "open":
            fed.folds.open_line(blocks[which % len(blocks)], blocks[which % len(blocks)].start + which)
        elif step == "default":
            fed.folds.set_default(folds_libraries=which % 2 == 0)
        else:
            fed.folds.set_own(lambda frame, language: False)
        fed.folds.sync(fed.buffer, fed.found)
        changed = fed.folds.take_changed()
        now: dict[int, tuple[bool, FoldMark | None]] = {}
        marked = [line for block in fed.found.all for line in fed.folds.marked_lines(block)]
        for row in fed.buffer.rows(0, len(fed.buffer)):
            assert row.number is not None
            line, block = row.number - 1, fed.found.at(row.number - 1)
            mark = None if block is None or fed.found.is_open(block) else fed.folds.mark(block, line)
            assert mark is None or line in marked
            now[line] = (fed.folds.hidden.is_shown(line), mark)
        for line, shown in now.items():
            if line in before and (changed is None or line < changed):
                assert shown == before[line]
        before = now

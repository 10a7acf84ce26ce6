"""Tracebacks of merged outputs: the same as in their own output, with the numbers of the merged lines."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.buffer import LineBuffer
from tui.core.found import TracebackIndex
from tui.core.merge import MergedRows
from tui.core.merge_source import MergeSource
from tui.core.merged_tracebacks import MergedTracebacks
from tui.core.models import RawLine
from tui.core.tracebacks.detector import TracebackDetector

TRACEBACK = ["Traceback (most recent call last):", '  File "/a.py", line 1, in f', "    g()", "ValueError: no"]


@given(st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.integers(1, 3)), min_size=1, max_size=30))
@settings(max_examples=80, deadline=None)
def test_each_traceback_holds_the_lines_that_it_holds_in_its_own_output(steps: list[tuple[int, bool, int]]) -> None:
    outputs = [(LineBuffer(), TracebackIndex(TracebackDetector)) for _ in range(3)]
    rows = MergedRows([MergeSource(*each) for each in outputs])
    merged = MergedTracebacks(rows)
    for clock, (number, is_traceback, step) in enumerate(steps):
        lines = TRACEBACK if is_traceback else [f"line {clock}"]
        buffer, found = outputs[number]
        buffer.append([RawLine(line) for line in lines], [10 * clock + step * at for at in range(len(lines))])
        found.extend(lines)
        rows.catch_up()
        check(rows, merged, outputs)
    for _, found in outputs:
        found.flush()
    rows.catch_up()
    check(rows, merged, outputs)
    assert merged.open_start is None


def check(rows: MergedRows, merged: MergedTracebacks, outputs: list[tuple[LineBuffer, TracebackIndex]]) -> None:
    blocks = merged.all
    assert len(blocks) == len(merged) == sum(len(found) for _, found in outputs)
    assert [block.start for block in blocks] == sorted(block.start for block in blocks)
    opened = [block for block in blocks if merged.is_open(block)]
    assert len(opened) == sum(found.open_block is not None for _, found in outputs)
    assert merged.completed == len(blocks) - len(opened)
    assert merged.open_start == min((block.start for block in opened), default=None)
    for block in blocks:
        assert block.lines is None
        number, own = merged.origin(block) or (-1, block)
        texts = outputs[number][0].texts(own.start, own.end + 1)
        assert rows.texts(block.start, block.end + 1) == texts
        assert {line - block.start: role for line, role in block.roles.items()} == {
            line - own.start: role for line, role in own.roles.items()
        }
        assert [frame.index - block.start for frame in block.frames] == [f.index - own.start for f in own.frames]
        assert all(merged.at(line) is block for line in range(block.start, block.end + 1))
        assert merged.next_after(block.start - 1) is block
        assert merged.previous_before(block.start + 1) is block
        assert merged.begins_between(block.start, block.start + 1)

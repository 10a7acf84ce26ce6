"""What a buffer tells those who derive something from its rows: texts, times, marks, and from where on it changed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.core.buffer import LineBuffer
from tui.core.edit_log import KEPT_EDITS
from tui.core.found import TracebackIndex
from tui.core.models import RawLine
from tui.core.row_source import blocks_between, lines_before
from tui.core.rows import RowKind
from tui.core.tracebacks.detector import TracebackDetector

edits = st.lists(
    st.tuples(st.sampled_from(["append", "insert", "remove", "mark", "times"]), st.integers(0, 60), st.integers(1, 5)),
    max_size=20,
)


@given(edits, edits)
def test_rows_before_the_first_edit_are_what_they_were(
    before: list[tuple[str, int, int]], after: list[tuple[str, int, int]]
) -> None:
    buffer = LineBuffer(block_rows=4)
    change(buffer, before)
    rows, seen = buffer.rows(0, len(buffer)), buffer.edits
    change(buffer, after)
    first = buffer.first_edit_since(seen)
    same = len(rows) if first is None else min(first, len(rows))
    assert [row.row_id for row in buffer.rows(0, same)] == [row.row_id for row in rows[:same]]
    assert buffer.timestamps(0, same).tolist() == [row.timestamp for row in rows[:same]]
    everything = buffer.rows(0, len(buffer))
    assert buffer.texts(0, len(buffer)) == [row.text for row in everything]
    assert buffer.timestamps(0, len(buffer)).tolist() == [row.timestamp for row in everything]
    assert buffer.marks(0, len(buffer)) == [at for at, row in enumerate(everything) if row.kind is not RowKind.LINE]


def change(buffer: LineBuffer, steps: list[tuple[str, int, int]]) -> None:
    for step, place, count in steps:
        at = min(place, len(buffer))
        lines = [RawLine(f"{step} {n}") for n in range(count)]
        if step == "append":
            buffer.append(lines, list(range(count)))
        elif step == "insert":
            buffer.insert(at, lines)
        elif step == "remove":
            buffer.remove(at, min(count, len(buffer) - at))
        elif step == "mark":
            buffer.insert_marker(at, RowKind.GAP, "", count)
        else:
            buffer.set_timestamps(at, list(range(1, count + 1))[: len(buffer) - at])


def test_of_edits_long_ago_the_place_is_not_known() -> None:
    buffer = LineBuffer()
    buffer.append([RawLine(str(at)) for at in range(9)])
    seen = buffer.edits
    for _ in range(KEPT_EDITS + 1):
        buffer.remove(8, 1)
        buffer.insert(8, [RawLine("x")])
    assert buffer.first_edit_since(seen) == 0
    assert buffer.first_edit_since(buffer.edits - 2) == 8
    assert buffer.first_edit_since(buffer.edits) is None


@given(edits)
def test_lines_before_a_row_are_counted(steps: list[tuple[str, int, int]]) -> None:
    buffer = LineBuffer(block_rows=4, max_bytes=120, block_bytes=30)
    change(buffer, steps)
    numbers = [row.number for row in buffer.rows(0, len(buffer))]
    for position in range(len(buffer) + 2):
        following = next((number for number in numbers[position:] if number is not None), buffer.line_count + 1)
        assert lines_before(buffer, position) == following - 1


@given(st.integers(0, 40), st.integers(1, 40))
def test_tracebacks_between_two_lines_are_those_with_a_line_there(first: int, length: int) -> None:
    found = TracebackIndex(TracebackDetector)
    lines = ["Traceback (most recent call last):", '  File "/a.py", line 1, in f', "    f()", "ValueError: x"]
    found.extend([*lines, "", "INFO"] * 5)
    wanted = [block for block in found.all if block.start < first + length and block.end >= first]
    assert sorted(blocks_between(found, first, first + length), key=lambda block: block.start) == wanted

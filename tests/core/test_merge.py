"""Several outputs merged by time: the same order however their lines arrive, and every answer fits it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.buffer import LineBuffer
from tui.core.found import TracebackIndex
from tui.core.interleaving import CHUNK, Interleaving
from tui.core.merge import MergedRows
from tui.core.merge_source import MergeSource
from tui.core.models import RawLine
from tui.core.rows import RowKind
from tui.core.tracebacks.detector import TracebackDetector

TRACEBACK = ("Traceback (most recent call last):", '  File "/a.py", line 1, in f', "    g()", "ValueError: no")


def output() -> tuple[LineBuffer, TracebackIndex]:
    return LineBuffer(block_rows=8), TracebackIndex(TracebackDetector)


def write(buffer: LineBuffer, found: TracebackIndex | None, *lines: tuple[str, int]) -> None:
    buffer.append([RawLine(text) for text, _ in lines], [time for _, time in lines])
    if found is not None:
        found.extend([text for text, _ in lines])


def expected(sources: list[tuple[LineBuffer, int]]) -> list[tuple[str, int]]:
    """The merge by its definition: texts and times."""
    keyed = []
    for number, (buffer, began) in enumerate(sources):
        key = began
        for at, row in enumerate(buffer.rows(0, len(buffer))):
            key = max(key, row.timestamp)
            keyed.append((key, number, at, row.text, row.timestamp))
    return [(text, time) for *_, text, time in sorted(keyed)]


def merged_rows(merged: MergedRows) -> list[tuple[str, int]]:
    while merged.is_behind:
        merged.catch_up(7)
    return [(row.text, row.timestamp) for row in merged.rows(0, len(merged))]


def check_answers(merged: MergedRows) -> None:
    """Every way of asking gives the same rows."""
    rows = merged.rows(0, len(merged))
    assert [merged.row(at) for at in range(len(merged))] == rows
    assert merged.texts(0, len(merged)) == [row.text for row in rows]
    blocks = list(merged.iter_blocks(0))
    assert b"\n".join(text for _, text in blocks).decode() == "\n".join(row.text for row in rows)
    for at, row in enumerate(rows):
        assert merged.id_at(at) == row.row_id
        assert merged.position_of(row.row_id) == at
        assert row.number in (None, at + 1)
    assert merged.marks(0, len(merged)) == [at for at, row in enumerate(rows) if row.kind is not RowKind.LINE]
    assert merged.untimed == sum(row.kind is RowKind.LINE and not row.timestamp for row in rows)


steps = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["append", "append", "append", "gap", "insert", "remove", "look", "times"]),
        st.lists(st.integers(0, 9), min_size=1, max_size=6),
        st.integers(0, 40),
    ),
    max_size=25,
)


@given(steps)
@settings(max_examples=150, deadline=None)
def test_any_arrival_gives_the_order_by_time(steps: list[tuple[int, str, list[int], int]]) -> None:
    outputs = [output() for _ in range(3)]
    began = (0, 3, 5)
    merged = MergedRows([MergeSource(*each, began=at) for each, at in zip(outputs, began, strict=True)])
    written = 0
    for number, step, times, place in steps:
        buffer, _ = outputs[number]
        at = min(place, len(buffer))
        lines = [RawLine(f"{number}.{written + i}") for i in range(len(times))]
        written += len(times)
        if step == "append":
            buffer.append(lines, times)
        elif step == "gap":
            buffer.append_marker(RowKind.GAP, "", 2)
        elif step == "insert":
            buffer.insert(at, lines, times)
        elif step == "remove":
            buffer.remove(at, min(len(times), len(buffer) - at))
        elif step == "times":
            buffer.set_timestamps(at, times[: len(buffer) - at])
        else:
            merged.catch_up(4)
            check_answers(merged)
    buffers = [buffer for buffer, _ in outputs]
    assert merged_rows(merged) == expected(list(zip(buffers, began, strict=True)))
    check_answers(merged)


@given(steps, st.integers(120, 400))
@settings(max_examples=60, deadline=None)
def test_rows_that_a_source_dropped_are_gone(steps: list[tuple[int, str, list[int], int]], room: int) -> None:
    outputs = [
        (LineBuffer(max_bytes=room, block_bytes=64, block_rows=4), TracebackIndex(TracebackDetector)) for _ in range(3)
    ]
    merged = MergedRows([MergeSource(*each) for each in outputs])
    for number, step, times, _ in steps:
        outputs[number][0].append([RawLine(f"{number} {time}") for time in times], times)
        if step == "look":
            merged.catch_up(3)
            check_answers(merged)
    while merged.is_behind:
        merged.catch_up(5)
    check_answers(merged)
    assert len(merged) == sum(len(buffer) for buffer, _ in outputs)
    for number, (buffer, _) in enumerate(outputs):
        rows = merged.rows(0, len(merged))
        own = [row.text for row in rows if merged.source_of(row.row_id) == number]
        assert own == buffer.texts(0, len(buffer))


def test_late_lines_are_put_in_their_place_and_only_what_follows_them_counts_as_edited() -> None:
    (first, first_found), (second, second_found) = output(), output()
    merged = MergedRows([MergeSource(first, first_found), MergeSource(second, second_found)])
    write(first, None, ("a", 10), ("b", 20), ("c", 30))
    merged.catch_up()
    before = merged.edits
    write(second, None, ("d", 40))
    merged.catch_up()
    assert merged.edits == before
    write(first, None, ("e", 35), ("f", 50))
    merged.catch_up()
    assert merged.texts(0, 9) == ["a", "b", "c", "e", "d", "f"]
    assert merged.first_edit_since(before) == 3


def test_lines_without_a_time_stay_behind_the_line_before_them() -> None:
    (first, first_found), (second, second_found) = output(), output()
    write(first, None, ("replayed", 0), ("a", 30), ("unknown", 0), ("b", 60))
    write(second, None, ("x", 10), ("y", 30), ("z", 50))
    merged = MergedRows([MergeSource(first, first_found, began=20), MergeSource(second, second_found)])
    merged.catch_up()
    assert merged.texts(0, 9) == ["x", "replayed", "a", "unknown", "y", "z", "b"]
    assert merged.untimed == 2
    assert [row.timestamp for row in merged.rows(1, 4)] == [0, 30, 0]


@pytest.mark.parametrize("is_known_before", [True, False])
def test_a_traceback_stays_together_at_the_time_of_its_first_line(is_known_before: bool) -> None:
    (first, first_found), (second, second_found) = output(), output()
    merged = MergedRows([MergeSource(first, first_found), MergeSource(second, second_found)])
    write(second, None, ("x", 11), ("y", 12), ("z", 20))
    write(first, first_found if is_known_before else None, *zip(TRACEBACK, (10, 11, 12, 13), strict=True), ("end", 0))
    merged.catch_up()
    if not is_known_before:
        assert merged.texts(0, 9) != [*TRACEBACK, "end", "x", "y", "z"]
        first_found.extend(first.texts(0, len(first)))
        merged.catch_up()
    assert merged.texts(0, 9) == [*TRACEBACK, "end", "x", "y", "z"]


def test_a_traceback_that_is_still_being_printed_stays_together_too() -> None:
    (first, first_found), (second, second_found) = output(), output()
    merged = MergedRows([MergeSource(first, first_found), MergeSource(second, second_found)])
    for at, text in enumerate(TRACEBACK):
        write(first, first_found, (text, 10 + 2 * at))
        write(second, second_found, (f"other {at}", 11 + 2 * at))
        merged.catch_up()
    merged.catch_up()
    assert merged.texts(0, 9) == [*TRACEBACK, "other 0", "other 1", "other 2", "other 3"]


def test_a_source_can_be_added_later() -> None:
    (first, first_found), (second, second_found) = output(), output()
    write(first, None, *((f"a{at}", 2 * at) for at in range(1, 2 * CHUNK)))
    merged = MergedRows([MergeSource(first, first_found)])
    assert len(merged_rows(merged)) == 2 * CHUNK - 1
    write(second, None, ("late", 1001))
    merged.add(MergeSource(second, second_found))
    merged_rows(merged)
    at = merged.texts(0, len(merged)).index("late")
    assert merged.texts(at - 1, at + 2) == ["a500", "late", "a501"]
    assert merged.source_of(merged.id_at(at)) == 1


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 700)), max_size=12), st.data())
@settings(max_examples=60, deadline=None)
def test_rows_are_found_by_their_source_and_number(runs: list[tuple[int, int]], data: st.DataObject) -> None:
    order, plain = Interleaving(), bytearray()
    for _ in range(4):
        order.add_source()
    for source, count in runs:
        order.append(source, count)
        plain += bytes((source,)) * count
        start = data.draw(st.integers(0, len(plain)))
        stop = data.draw(st.integers(start, min(len(plain), start + 50)))
        order.splice(start, stop, bytes((3, 1, 2)))
        plain[start:stop] = bytes((3, 1, 2))
        at = data.draw(st.integers(0, len(plain) - 1))
        source = plain[at]
        assert order.source_at(at) == source
        assert order.rank(source, at) == plain[:at].count(source)
        assert order.select(source, plain[:at].count(source)) == at
        assert order.select(source, plain.count(source)) is None

"""The line buffer against a plain list, however it is edited and however small its blocks are."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tui.core.blocks import MemoryBlocks
from tui.core.buffer import LineBuffer
from tui.core.models import RawLine
from tui.core.rows import Row, RowKind

texts = st.text(alphabet=st.sampled_from("ab é\udc80\ud800\r\x00\x85\u2028𝄞"), max_size=6).map(RawLine)
batches = st.lists(texts, max_size=12)
kinds = st.sampled_from([RowKind.GAP, RowKind.MARKER, RowKind.RESYNC])


@dataclass
class Expected:
    """A row of the model."""

    kind: RowKind
    text: str
    timestamp: int
    row_id: int
    count: int = 0


class BufferAgainstList(RuleBasedStateMachine):
    """Every operation done to a list as well."""

    @initialize(block_bytes=st.integers(1, 40), block_rows=st.integers(1, 8), bound=st.sampled_from([60, 400, 10**9]))
    def begin(self, block_bytes: int, block_rows: int, bound: int) -> None:
        self.store = MemoryBlocks()
        self.buffer = LineBuffer(self.store, max_bytes=bound, block_bytes=block_bytes, block_rows=block_rows)
        self.rows: list[Expected] = []
        self.gone: set[int] = set()
        self.lines_before = 0
        self.clock = 0

    def times(self, count: int) -> list[int]:
        self.clock += count
        return list(range(self.clock - count + 1, self.clock + 1))

    def take_over(self) -> None:
        """Follow what the buffer dropped at its bound, and learn the ids of new rows."""
        drop = len(self.rows) - len(self.buffer)
        assert drop >= 0
        for row in self.rows[:drop]:
            self.lines_before += row.kind is RowKind.LINE
            self.gone.add(row.row_id)
        del self.rows[:drop]
        held = {row.row_id for row in self.rows}
        for at, row in enumerate(self.rows):
            if row.row_id == -1:
                row.row_id = self.buffer.id_at(at)
                assert row.row_id not in held
                assert row.row_id not in self.gone

    @rule(lines=batches, timed=st.booleans())
    def append(self, lines: list[RawLine], timed: bool) -> None:
        times = self.times(len(lines)) if timed else [0] * len(lines)
        generation, appended, drops = self.buffer.generation, self.buffer.appended_total, len(self.buffer)
        self.buffer.append(lines, times if timed else None)
        self.rows += [Expected(RowKind.LINE, t, s, -1) for t, s in zip(lines, times, strict=True)]
        assert self.buffer.appended_total == appended + len(lines)
        if len(self.buffer) == drops + len(lines):
            assert self.buffer.generation == generation
        self.take_over()

    @rule(kind=kinds, text=texts, count=st.integers(0, 9))
    def append_marker(self, kind: RowKind, text: RawLine, count: int) -> None:
        row_id = self.buffer.append_marker(kind, text, count)
        self.rows.append(Expected(kind, text, 0, -1, count))
        self.take_over()
        assert not self.rows or self.rows[-1].row_id == row_id

    @rule(kind=kinds, text=texts, place=st.floats(0, 1))
    def insert_marker(self, kind: RowKind, text: RawLine, place: float) -> None:
        at = int(place * len(self.rows))
        self.buffer.insert_marker(at, kind, text, 3)
        self.rows.insert(at, Expected(kind, text, 0, -1, 3))
        self.take_over()

    @rule(lines=batches, place=st.floats(0, 1))
    def insert(self, lines: list[RawLine], place: float) -> None:
        at = int(place * len(self.rows))
        times = self.times(len(lines))
        self.buffer.insert(at, lines, times)
        self.rows[at:at] = [Expected(RowKind.LINE, t, s, -1) for t, s in zip(lines, times, strict=True)]
        self.take_over()

    @rule(lines=batches, place=st.floats(0, 1), share=st.floats(0, 1))
    def replace(self, lines: list[RawLine], place: float, share: float) -> None:
        at = int(place * len(self.rows))
        count = int(share * (len(self.rows) - at))
        kept = [row.row_id for row in self.rows[at : at + count]]
        self.gone.update(kept[len(lines) :])
        ids = kept + [-1] * len(lines)
        self.buffer.replace(at, count, lines)
        self.rows[at : at + count] = [Expected(RowKind.LINE, t, 0, i) for t, i in zip(lines, ids, strict=False)]
        self.take_over()

    @rule(place=st.floats(0, 1), share=st.floats(0, 1))
    def remove(self, place: float, share: float) -> None:
        at = int(place * len(self.rows))
        count = int(share * (len(self.rows) - at))
        self.gone.update(row.row_id for row in self.rows[at : at + count])
        generation = self.buffer.generation
        self.buffer.remove(at, count)
        assert (self.buffer.generation != generation) == (count > 0)
        del self.rows[at : at + count]

    @rule(place=st.floats(0, 1), share=st.floats(0, 1))
    def set_timestamps(self, place: float, share: float) -> None:
        at = int(place * len(self.rows))
        times = self.times(int(share * (len(self.rows) - at)))
        self.buffer.set_timestamps(at, times)
        for row, time in zip(self.rows[at:], times, strict=False):
            row.timestamp = time
        self.take_over()

    @rule(start=st.integers(-2, 40), length=st.integers(-1, 40))
    def read(self, start: int, length: int) -> None:
        stop = start + length
        window = self.rows[max(start, 0) : max(stop, 0)]
        assert [row.row_id for row in self.buffer.rows(start, stop)] == [row.row_id for row in window]
        assert self.buffer.raw_lines(start, stop) == [row.text for row in window if row.kind is RowKind.LINE]

    @rule(place=st.floats(0, 1))
    def scan(self, place: float) -> None:
        at = min(int(place * len(self.rows)), len(self.rows) - 1)
        if at < 0:
            return
        encoded = [row.text.encode("utf-8", "surrogatepass") for row in self.rows]
        position, found = at, []
        for first, text in self.buffer.iter_blocks(at):
            assert first == position
            found += text.split(b"\n")
            position = at + len(found)
        assert found == encoded[at:]
        back: list[bytes] = []
        for first, text in self.buffer.iter_blocks(at, backwards=True):
            back = text.split(b"\n") + back
            assert first == at + 1 - len(back)
        assert back == encoded[: at + 1]

    @invariant()
    def agree(self) -> None:
        if not hasattr(self, "buffer"):
            return
        found = self.buffer.rows(0, len(self.buffer))
        expected, number = [], self.lines_before
        for row in self.rows:
            number += row.kind is RowKind.LINE
            shown = number if row.kind is RowKind.LINE else None
            expected.append(Row(row.kind, RawLine(row.text), row.timestamp, shown, row.row_id, row.count))
        assert found == expected
        assert self.buffer.dropped_lines == self.lines_before
        assert self.buffer.line_count == number
        for at, row in enumerate(expected):
            assert self.buffer.row(at) == row
            assert self.buffer.position_of(row.row_id) == at
            assert self.buffer.id_at(at) == row.row_id
            if row.number is not None:
                assert self.buffer.position_of_line(row.number) == at
        assert all(self.buffer.position_of(row_id) is None for row_id in self.gone)
        assert self.buffer.position_of_line(self.lines_before) is None
        assert self.buffer.position_of_line(number + 1) is None
        assert self.buffer.position_of(10**9) is None

    @invariant()
    def keep_no_more_blocks_than_listed(self) -> None:
        if hasattr(self, "buffer"):
            assert len(self.store._blocks) == len(self.buffer._list.blocks) - 1


TestBufferAgainstList = BufferAgainstList.TestCase
TestBufferAgainstList.settings = settings(max_examples=50, stateful_step_count=20, deadline=None)


def numbered(count: int, start: int = 0) -> list[RawLine]:
    return [RawLine(f"line {at} of the log") for at in range(start, start + count)]


def test_line_feed_inside_a_line_cannot_shift_the_others() -> None:
    buffer = LineBuffer()
    buffer.append([RawLine("one\ntwo"), RawLine("three")])
    buffer.insert(0, [RawLine("\n")])
    assert buffer.raw_lines(0, 9) == ["␤", "one␤two", "three"]


def test_times_beyond_64_bits_are_unknown_and_their_number_is_checked() -> None:
    buffer = LineBuffer()
    buffer.append(numbered(2), [2**63, 5])
    assert [row.timestamp for row in buffer.rows(0, 2)] == [0, 5]
    with pytest.raises(ValueError, match="1 timestamps for 2 lines"):
        buffer.append(numbered(2), [1])


def test_positions_outside_are_refused() -> None:
    buffer = LineBuffer()
    buffer.append(numbered(3))
    for position in (-1, 3):
        with pytest.raises(IndexError):
            buffer.row(position)
    with pytest.raises(IndexError):
        buffer.remove(2, 2)


def test_one_large_append_is_cut_into_blocks_and_reads_back() -> None:
    buffer = LineBuffer(block_bytes=4096)
    lines = numbered(5000)
    buffer.append(lines, list(range(5000)))
    assert buffer.raw_lines(0, 5000) == lines
    assert buffer.row(4321).timestamp == 4321
    assert len(buffer._list.blocks) > 20


def test_a_line_larger_than_a_block_is_kept_whole() -> None:
    buffer = LineBuffer(block_bytes=100)
    long = RawLine("x" * 1000)
    buffer.append([RawLine("a"), long, RawLine("b")])
    assert buffer.raw_lines(0, 3) == ["a", long, "b"]


def test_the_bound_drops_the_oldest_and_keeps_numbers() -> None:
    buffer = LineBuffer(max_bytes=20_000, block_bytes=1000)
    for start in range(0, 10_000, 100):
        buffer.append(numbered(100, start))
    assert buffer.byte_size <= 20_000 + 2 * 1000
    assert buffer.dropped_lines > 9000
    first = buffer.row(0)
    assert first.number == buffer.dropped_lines + 1
    assert first.text == f"line {buffer.dropped_lines} of the log"
    assert buffer.line_count == 10_000


class FullStore(MemoryBlocks):
    """A store without room after its first blocks."""

    def append(self, block: bytes) -> int | None:  # type: ignore[override]
        return super().append(block) if self._next < 3 else None


def test_a_full_store_loses_nothing_until_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = LineBuffer(FullStore(), block_bytes=1000)
    buffer.append(numbered(1000))
    assert buffer.raw_lines(0, 1000) == numbered(1000)
    assert buffer.dropped_lines == 0
    monkeypatch.setattr("tui.core.block_list.UNSTORED_BYTES", 5000)
    buffer.append(numbered(1000, 1000))
    assert buffer.dropped_lines > 0
    assert buffer.raw_lines(0, 2000) == numbered(2000)[buffer.dropped_lines :]
    assert buffer.byte_size < 5000 + 3 * 2000


def test_memory_of_the_index_is_small_beside_the_log() -> None:
    buffer = LineBuffer()
    lines = [RawLine("x" * 99)] * 10_000
    for _ in range(20):
        buffer.append(lines)
    assert len(buffer._list.blocks) < 20 * 10_000 * 100 / 200_000
    assert len(buffer._list._run_starts) <= len(buffer._list.blocks)


def test_places_survive_edits_and_drops_elsewhere() -> None:
    buffer = LineBuffer(max_bytes=40_000, block_bytes=1000)
    buffer.append(numbered(1000))
    anchor = buffer.id_at(900)
    buffer.insert(10, numbered(300))
    buffer.remove(500, 20)
    buffer.append_marker(RowKind.GAP, "", 5)
    buffer.append(numbered(500, 1000))
    position = buffer.position_of(anchor)
    assert position is not None
    assert buffer.row(position).text == "line 900 of the log"

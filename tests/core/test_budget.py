"""Buffers that share a budget lose the oldest lines of the largest first, and know it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.core.accounting import OutputAccount
from tui.core.budget import DiskBudget
from tui.core.buffer import LineBuffer
from tui.core.models import RawLine, StreamBatch
from tui.core.verdict import describe

LINE = RawLine("x" * 99)


def test_the_largest_goes_first_and_the_small_one_stays_whole() -> None:
    budget, told = DiskBudget(20_000), []
    small = LineBuffer(budget=budget, block_bytes=1000, on_dropped=lambda: told.append("small"))
    large = LineBuffer(budget=budget, block_bytes=1000, on_dropped=lambda: told.append("large"))
    small.append([LINE] * 20)
    for _ in range(30):
        large.append([LINE] * 10)
    assert small.dropped_lines == 0
    assert large.dropped_lines > 0
    assert small.byte_size + large.byte_size <= 20_000
    assert "small" not in told
    assert "large" in told


def test_the_one_that_is_not_written_to_is_told_that_it_lost_lines() -> None:
    budget, told = DiskBudget(10_000), []
    resting = LineBuffer(budget=budget, block_bytes=1000, on_dropped=lambda: told.append(True))
    resting.append([LINE] * 90)
    account = OutputAccount(resting)
    growing = LineBuffer(budget=budget, block_bytes=1000)
    growing.append([LINE] * 40)
    assert told
    assert resting.dropped_lines > 0
    account.stream_batch(StreamBatch([RawLine("more")], [5]))
    assert f"{resting.dropped_lines} no longer kept" in describe(account.verdict)


def test_what_was_closed_counts_no_more() -> None:
    budget = DiskBudget(10_000)
    one, other = (LineBuffer(budget=budget, block_bytes=1000) for _ in range(2))
    one.append([LINE] * 80)
    one.close()
    other.append([LINE] * 80)
    assert other.dropped_lines == 0


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 40)), max_size=60))
def test_no_order_of_growth_exceeds_it_by_more_than_the_open_blocks(steps: list[tuple[int, int]]) -> None:
    budget = DiskBudget(5000)
    buffers = [LineBuffer(budget=budget, block_bytes=500) for _ in range(3)]
    written = [0, 0, 0]
    for which, count in steps:
        buffers[which].append([RawLine(f"line {written[which] + at}") for at in range(count)])
        written[which] += count
        assert sum(buffer.byte_size for buffer in buffers) <= 5000 + 3 * 750
    for buffer, total in zip(buffers, written, strict=True):
        assert buffer.line_count == total
        lines = buffer.raw_lines(0, len(buffer))
        assert lines == [f"line {at}" for at in range(buffer.dropped_lines, total)]

"""Sums of heights against a plain list of all rows of the screen."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.line_sums import CHUNK, LineSums

# Few heights a chunk, repeated: so that chunks are whole without drawing every row.
CHUNKS = st.lists(st.lists(st.sampled_from([0, 1, 1, 2, 5, 30]), min_size=1, max_size=4), max_size=4)


def whole(pattern: list[int], rows: int = CHUNK) -> list[int]:
    return (pattern * (rows // len(pattern) + 1))[:rows]


def put(sums: LineSums, number: int, heights: list[int]) -> None:
    if set(heights) <= {1} or set(heights) <= {0}:
        sums.put_plain(number, len(heights), shown=1 in heights)
    else:
        sums.put(number, heights)


def check(sums: LineSums, heights: list[int], first: int = 0) -> None:
    """``heights`` are those of all rows, those before the chunk of ``first`` included."""
    start = first // CHUNK * CHUNK
    spots = [(at, sub) for at in range(start, len(heights)) for sub in range(heights[at])]
    assert sums.total == len(spots)
    for line in {*range(0, len(spots), 97), *range(max(0, len(spots) - 3), len(spots))}:
        assert sums.at(line) == spots[line]
        at, sub = spots[line]
        assert sums.before(at) + sub == line
    before = 0
    for at in range(start, len(heights)):
        if at % 61 == 0:
            assert sums.before(at) == before
        before += heights[at]
    assert sums.before(len(heights)) == before
    with pytest.raises(IndexError):
        sums.at(len(spots))


@settings(deadline=None)
@given(CHUNKS, st.lists(st.sampled_from([0, 1, 3]), max_size=20), st.data())
def test_either_is_found_from_the_other(patterns: list[list[int]], tail: list[int], data: st.DataObject) -> None:
    sums, heights = LineSums(), [height for pattern in patterns for height in whole(pattern)]
    for number, pattern in enumerate(patterns):
        put(sums, number, whole(pattern))
    if tail:
        put(sums, len(patterns), tail)
        heights += tail
    assert sums.stop == len(heights)
    check(sums, heights)
    if patterns:
        number = data.draw(st.integers(0, len(patterns) - 1))
        heights[number * CHUNK : (number + 1) * CHUNK] = whole([2, 0])
        put(sums, number, whole([2, 0]))
        check(sums, heights)
        gone = data.draw(st.integers(0, len(patterns) * CHUNK))
        sums.forget_head(gone)
        check(sums, heights, gone)


def test_rows_at_the_end_are_forgotten_with_their_chunk() -> None:
    sums = LineSums()
    for number in range(3):
        sums.put(number, whole([2]))
    assert sums.total == 6 * CHUNK
    sums.truncate(CHUNK + 7)
    assert sums.stop == CHUNK
    assert sums.total == 2 * CHUNK
    sums.truncate(CHUNK + 7)
    put(sums, 1, [1, 1, 4])
    assert (sums.stop, sums.total) == (CHUNK + 3, 2 * CHUNK + 6)


def test_a_chunk_may_take_more_rows_than_two_bytes_count() -> None:
    sums = LineSums()
    sums.put(0, whole([300, 0, 299]))
    check(sums, whole([300, 0, 299]))
    sums.put(1, whole([4000, 2]))
    check(sums, [*whole([300, 0, 299]), *whole([4000, 2])])


def test_an_output_may_begin_in_the_middle() -> None:
    sums = LineSums(CHUNK * 5 + 9)
    assert sums.stop == CHUNK * 5
    sums.put(5, whole([3]))
    assert sums.at(3 * 9) == (CHUNK * 5 + 9, 0)
    assert sums.before(CHUNK * 5 + 9) == 27
    assert sums.before(7) == 0

"""Each projection against a plain list of the shown positions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.projection import Both, Everything, Filtered, Folded, Projection, Shifted


@st.composite
def folds(draw: st.DrawFn) -> tuple[int, Folded, list[int]]:
    total = draw(st.integers(0, 60))
    ranges: list[tuple[int, int]] = []
    position = draw(st.integers(0, 5))
    while position < total:
        last = min(total - 1, position + draw(st.integers(0, 8)))
        ranges.append((position, last))
        position = last + 2 + draw(st.integers(0, 8))
    hidden = {p for first, last in ranges for p in range(first, last + 1)}
    return total, Folded(ranges), [p for p in range(total) if p not in hidden]


@st.composite
def filters(draw: st.DrawFn) -> tuple[int, Filtered, list[int]]:
    total = draw(st.integers(0, 60))
    positions = sorted(draw(st.sets(st.integers(0, max(0, total - 1)))) if total else set())
    return total, Filtered(positions), positions


@st.composite
def both(draw: st.DrawFn) -> tuple[int, Both, list[int]]:
    total, folded, unfolded = draw(folds())
    positions = sorted(draw(st.sets(st.integers(0, max(0, total - 1)))) if total else set())
    return total, Both(Filtered(positions), folded), [p for p in positions if p in set(unfolded)]


@st.composite
def shifted(draw: st.DrawFn) -> tuple[int, Shifted, list[int]]:
    total, inner, shown = draw(st.one_of(folds(), filters(), both()))
    origin = draw(st.integers(0, total))
    return total - origin, Shifted(inner, origin), [p - origin for p in shown if p >= origin]


@given(
    st.one_of(
        folds(), filters(), both(), shifted(), st.integers(0, 30).map(lambda n: (n, Everything(), list(range(n))))
    )
)
def test_like_a_list_of_positions(case: tuple[int, Projection, list[int]]) -> None:
    total, projection, shown = case
    assert projection.shown(total) == len(shown)
    for position in range(-1, total + 2):
        if 0 <= position < total:
            assert projection.is_shown(position) == (position in shown)
            assert projection.rank(position) == sum(1 for p in shown if p < position)
            assert projection.at_or_before(position) == max((p for p in shown if p <= position), default=None)
        assert projection.at_or_after(position, total) == min((p for p in shown if p >= position), default=None)
    for rank in range(-1, len(shown) + 2):
        assert projection.select(rank, total) == (shown[rank] if 0 <= rank < len(shown) else None)


@pytest.mark.parametrize("ranges", [[(3, 2)], [(1, 2), (2, 3)], [(1, 2), (3, 4)], [(5, 6), (1, 2)]])
def test_ranges_out_of_order_are_refused(ranges: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="in order"):
        Folded(ranges)


def test_positions_out_of_order_are_refused() -> None:
    found = Filtered([3])
    with pytest.raises(ValueError, match="rise"):
        found.extend([3])


@given(filters(), st.integers(-1, 61))
def test_truncated_is_as_if_never_added(case: tuple[int, Filtered, list[int]], position: int) -> None:
    total, filtered, shown = case
    filtered.truncate(position)
    left = [p for p in shown if p < position]
    assert filtered.shown(total) == len(left)
    assert filtered.last == (left[-1] if left else -1)


def test_both_see_what_is_added_at_the_end() -> None:
    filtered, folded = Filtered([1, 2, 3]), Folded([(2, 2)])
    projection = Both(filtered, folded)
    assert projection.shown(10) == 2
    filtered.extend([5, 6, 7])
    folded.extend([(6, 8)])
    assert [projection.select(rank, 10) for rank in range(4)] == [1, 3, 5, None]


@given(
    st.one_of(
        folds(), filters(), both(), shifted(), st.integers(0, 30).map(lambda n: (n, Everything(), list(range(n))))
    ),
    st.integers(0, 60),
    st.integers(0, 60),
)
def test_shown_ranges_are_the_shown_rows_between_two(
    case: tuple[int, Projection, list[int]], start: int, stop: int
) -> None:
    total, projection, shown = case
    stop = min(stop, total)
    ranges = list(projection.shown_ranges(start, stop))
    assert [p for low, high in ranges for p in range(low, high)] == [p for p in shown if start <= p < stop]
    assert all(low < high for low, high in ranges)


def test_a_filter_tells_from_where_on_other_rows_are_shown() -> None:
    found = Filtered([3, 5])
    assert found.take_changed() == 3
    assert found.take_changed() is None
    found.extend([8, 9])
    found.truncate(9)
    assert found.take_changed() == 8

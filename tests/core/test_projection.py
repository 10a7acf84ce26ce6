"""Each projection against a plain list of the shown positions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.projection import Everything, Filtered, Folded, Projection


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


@given(st.one_of(folds(), filters(), st.integers(0, 30).map(lambda n: (n, Everything(), list(range(n))))))
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

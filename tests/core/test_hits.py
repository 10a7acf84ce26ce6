"""Hits of a search that was begun in the middle."""

from __future__ import annotations

from bisect import bisect_left

from hypothesis import given
from hypothesis import strategies as st

from tui.core.hits import Hits


@given(st.sets(st.integers(0, 60)), st.integers(0, 60), st.integers(0, 60), st.integers(0, 10))
def test_answers_agree_with_a_sorted_list(ordinals: set[int], start: int, asked: int, length: int) -> None:
    hits, every = Hits(), sorted(ordinals)
    cut = bisect_left(every, start)
    hits.add_after(every[cut:])
    hits.add_before(every[:cut])
    assert len(hits) == len(every)
    assert hits.first() == (every[0] if every else None)
    assert hits.last() == (every[-1] if every else None)
    assert hits.index(asked) == (every.index(asked) if asked in ordinals else None)
    assert hits.at_or_after(asked) == next((at for at in every if at >= asked), None)
    assert hits.at_or_before(asked) == next((at for at in reversed(every) if at <= asked), None)
    assert hits.any_between(asked, asked + length) == any(asked <= at < asked + length for at in every)

"""The diff by which held lines are found in the log."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.core.alignment import Match, align

few = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=40)


def check(ours: list[str], truth: list[str], matches: list[Match]) -> int:
    i = j = 0
    for match in matches:
        assert match.length > 0
        assert match.ours >= i
        assert match.truth >= j
        assert (match.ours, match.truth) != (i, j) or (i, j) == (0, 0)
        i, j = match.ours + match.length, match.truth + match.length
        assert ours[match.ours : i] == truth[match.truth : j]
    assert i <= len(ours)
    assert j <= len(truth)
    return sum(match.length for match in matches)


@given(ours=few, truth=few)
def test_matches_are_equal_rising_and_joined(ours: list[str], truth: list[str]) -> None:
    check(ours, truth, align(ours, truth))


@given(lines=few)
def test_equal_lines_match_as_one(lines: list[str]) -> None:
    assert align(lines, lines) == ([Match(0, 0, len(lines))] if lines else [])


@given(
    count=st.integers(0, 300),
    lost=st.sets(st.integers(0, 299)),
    doubled=st.sets(st.integers(0, 299)),
)
def test_unlike_lines_are_all_found(count: int, lost: set[int], doubled: set[int]) -> None:
    truth = [f"line {number}" for number in range(count)]
    ours = [line for at, line in enumerate(truth) if at not in lost for _ in range(1 + (at in doubled))]
    kept = len([at for at in range(count) if at not in lost])
    assert check(ours, truth, align(ours, truth)) == kept


def test_many_lines_that_repeat_align_past_losses_and_doubles() -> None:
    truth = [f"retry {number % 7} of {number % 11}" for number in range(8000)]
    ours = truth[:3000] + truth[3500:5000] + truth[4990:8000]
    assert check(ours, truth, align(ours, truth)) >= 7000


def test_lines_without_any_likeness_do_not_match() -> None:
    assert align(["x"] * 5000, ["y"] * 5000) == []

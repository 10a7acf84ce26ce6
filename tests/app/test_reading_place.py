"""The reader's place over a buffer, checked against a list of all rows of the screen."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from tui.app.widgets.reading_place import Anchor, ReadingPlace, Spot
from tui.core.buffer import LineBuffer
from tui.core.projection import Filtered

HEIGHTS = st.lists(st.integers(1, 5), min_size=1, max_size=20)


HIDDEN = st.sets(st.integers(0, 19))


def place_over(heights: list[int], wraps: bool, hidden: set[int] = frozenset()) -> tuple[ReadingPlace, list[Spot]]:  # type: ignore[assignment]
    buffer = LineBuffer()
    buffer.append([str(height) for height in heights])
    place = ReadingPlace(lambda position: int(buffer.row(position).text))
    place.buffer = buffer
    place.wraps = wraps
    shown = [at for at in range(len(heights)) if at not in hidden]
    if hidden:
        place.projection = Filtered(shown)
    spots = [Spot(at, sub) for at in shown for sub in range(heights[at] if wraps else 1)]
    return place, spots


@given(HEIGHTS, st.booleans(), HIDDEN, st.integers(0, 200), st.integers(0, 30))
def test_going_back_and_forward_counts_rows_of_the_screen(
    heights: list[int], wraps: bool, hidden: set[int], start: int, rows: int
) -> None:
    place, spots = place_over(heights, wraps, hidden)
    assume(spots)
    at = start % len(spots)
    assert place.back(spots[at], rows) == spots[max(0, at - rows)]
    assert place.forward(spots[at], rows) == spots[min(len(spots) - 1, at + rows)]


@given(HEIGHTS, st.booleans(), HIDDEN, st.integers(0, 200), st.integers(1, 12))
def test_the_visible_spots_are_consecutive_and_fill_the_screen(
    heights: list[int], wraps: bool, hidden: set[int], start: int, height: int
) -> None:
    place, spots = place_over(heights, wraps, hidden)
    assume(spots)
    assert place.last_top(height) == spots[max(0, len(spots) - height)]
    place.top = spots[start % len(spots)]
    place.clamp(height)
    first = min(start % len(spots), max(0, len(spots) - height))
    assert place.visible(height) == spots[first : first + height]


@given(HEIGHTS, st.booleans(), st.integers(0, 200), st.integers(1, 12), st.integers(0, 19), st.integers(1, 3))
def test_rows_put_in_above_do_not_move_what_is_read(
    heights: list[int], wraps: bool, start: int, height: int, where: int, count: int
) -> None:
    place, spots = place_over(heights, wraps)
    place.top = spots[start % len(spots)]
    buffer = place.buffer
    ids = [buffer.id_at(spot.position) for spot in place.visible(height)]
    anchors = [
        Anchor(row_id, y - spot.sub) for y, (row_id, spot) in enumerate(zip(ids, place.visible(height), strict=True))
    ]
    top_id, sub = ids[0], place.top.sub
    buffer.insert(min(where, place.top.position), ["2"] * count)
    assert place.restore(anchors) is not None
    assert buffer.id_at(place.top.position) == top_id
    assert place.top.sub == sub


def test_without_a_row_left_the_place_is_not_restored() -> None:
    place, _ = place_over([1, 1, 1], wraps=False)
    anchor = Anchor(place.buffer.id_at(1), 0)
    place.buffer.remove(1, 1)
    assert place.restore([anchor]) is None


def test_an_empty_buffer_has_a_place_too() -> None:
    place, _ = place_over([1], wraps=True)
    place.buffer = LineBuffer()
    place.clamp(5)
    assert place.top == place.last_top(5) == Spot()
    assert place.visible(5) == []


def test_a_top_that_is_hidden_gives_way_to_the_row_before_it() -> None:
    place, _ = place_over([1] * 20, wraps=False, hidden={5, 6, 7})
    place.top = Spot(6)
    place.clamp(4)
    assert place.visible(4) == [Spot(4), Spot(8), Spot(9), Spot(10)]


def test_where_nothing_is_shown_the_screen_is_empty() -> None:
    place, _ = place_over([1] * 20, wraps=False, hidden=set(range(20)))
    place.top = Spot(6)
    place.clamp(4)
    assert place.visible(4) == []

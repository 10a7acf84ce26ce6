"""Where cursor and window go when rows change: rules by example, and properties over any sequence of lists."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.app.widgets.table_place import Place, settle

HEIGHT = 5


def key(row: str) -> str:
    return row


def moved(old: str, new: str, cursor: int, top: int = 0, *, pin_first: bool = False) -> Place:
    return settle(old, new, key, Place(cursor, top), HEIGHT, pin_first=pin_first)


def test_the_first_rows_put_the_cursor_on_the_first_one() -> None:
    assert moved("", "abc", -1) == Place(0, 0)


def test_the_cursor_follows_its_key_when_the_order_turns() -> None:
    assert moved("abc", "cba", 0) == Place(2, 0)


def test_rows_above_the_cursor_leave_its_line_where_it_is() -> None:
    assert moved("abcdefghij", "XYabcdefghij", cursor=6, top=3) == Place(8, 5)


def test_rows_that_go_above_the_cursor_leave_its_line_where_it_is() -> None:
    assert moved("abcdefghijkl", "bdefghijkl", cursor=8, top=6) == Place(6, 4)


def test_at_the_top_with_the_cursor_on_the_first_row_new_rows_are_seen() -> None:
    assert moved("abcdefgh", "Xabcdefgh", cursor=0) == Place(1, 0)


def test_the_cursor_is_never_pushed_out_of_the_window_at_the_top() -> None:
    assert moved("abcdefgh", "STUVWXabcdefgh", cursor=0) == Place(6, 6)


def test_a_reader_who_scrolled_away_keeps_the_first_visible_row() -> None:
    assert moved("abcdefghijkl", "XYabcdefghijkl", cursor=0, top=4) == Place(2, 6)


def test_a_reader_who_scrolled_away_keeps_the_next_row_when_the_first_visible_one_goes() -> None:
    assert moved("abcdefghijkl", "Xabcdfghijkl", cursor=0, top=4) == Place(1, 4)


def test_a_vanished_row_hands_the_cursor_to_the_next_one() -> None:
    assert moved("abcde", "abde", cursor=2) == Place(2, 0, is_lost=True)


def test_a_vanished_last_row_hands_the_cursor_to_the_one_before() -> None:
    assert moved("abcde", "abcd", cursor=4) == Place(3, 0, is_lost=True)


def test_the_neighbour_is_found_by_key_wherever_it_went() -> None:
    assert moved("abcde", "dabe", cursor=2) == Place(0, 0, is_lost=True)


def test_when_nothing_survives_the_row_number_does() -> None:
    assert moved("abcde", "vwxyz", cursor=3) == Place(3, 0, is_lost=True)
    assert moved("abcde", "vw", cursor=3) == Place(1, 0, is_lost=True)


def test_no_rows_no_cursor() -> None:
    assert moved("abc", "", cursor=1) == Place(-1, 0, is_lost=True)
    assert moved("", "", cursor=-1) == Place(-1, 0, is_lost=False)


def test_a_pinned_cursor_stays_on_the_first_row() -> None:
    assert moved("abc", "cab", cursor=0, pin_first=True) == Place(0, 0)


def test_a_pinned_cursor_does_not_take_the_place_of_a_reader_who_scrolled() -> None:
    assert moved("abcdefghijkl", "XYabcdefghijkl", cursor=0, top=3, pin_first=True) == Place(0, 5)


lists = st.lists(st.integers(0, 30), unique=True, max_size=25)


@given(st.lists(lists, min_size=1, max_size=12), st.integers(0, 24), st.integers(0, 24), st.integers(1, 12))
def test_over_any_changes_a_present_key_keeps_the_cursor(
    history: list[list[int]], cursor: int, top: int, height: int
) -> None:
    rows = history[0]
    place = Place(min(cursor, len(rows) - 1), max(0, min(top, len(rows) - height)))
    for new in history[1:]:
        after = settle(rows, new, lambda row: row, place, height)
        assert 0 <= after.top <= max(0, len(new) - height)
        if not new:
            assert after.cursor == -1
        elif place.cursor >= 0 and rows[place.cursor] in new:
            assert new[after.cursor] == rows[place.cursor]
            assert not after.is_lost
        else:
            assert 0 <= after.cursor < len(new)
            assert after.is_lost == (place.cursor >= 0)
        rows, place = new, Place(after.cursor, after.top)


@given(lists, lists, st.integers(0, 24), st.integers(0, 24), st.integers(1, 12))
def test_a_visible_cursor_keeps_its_line_unless_an_end_of_the_list_forbids(
    old: list[int], new: list[int], cursor: int, top: int, height: int
) -> None:
    place = Place(min(cursor, len(old) - 1), max(0, min(top, len(old) - height)))
    if place.cursor < 0 or not new or not place.top <= place.cursor < place.top + height:
        return
    after = settle(old, new, lambda row: row, place, height)
    assert after.top <= after.cursor < after.top + height
    wanted = after.cursor - (place.cursor - place.top)
    last_top = max(0, len(new) - height)
    stays_at_head = place == Place(0, 0) and after.top == 0
    assert after.top == max(0, min(wanted, last_top)) or stays_at_head

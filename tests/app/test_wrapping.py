"""Widths, breaks and windows of one line."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.app.widgets.wrapping import width_of, window, wrap_offsets

# Rich counts a joiner that begins a text in two ways; nothing is known to write one.
TEXT = st.text(alphabet="ab 日本é\u0301👩\u200d🔬", max_size=60).map(lambda text: text.lstrip("\u200d"))


def pieces(text: str, width: int) -> list[str]:
    edges = [0, *wrap_offsets(text, width), len(text)]
    return [text[low:high] for low, high in pairwise(edges)]


def test_a_line_breaks_after_a_blank_that_is_near() -> None:
    assert pieces("hello wide world", 11) == ["hello wide ", "world"]
    assert pieces("a " + "b" * 20, 10) == ["a bbbbbbbb", "b" * 10, "bb"]


def test_what_fits_does_not_break() -> None:
    assert wrap_offsets("x" * 10, 10) == ()
    assert wrap_offsets("日" * 5, 10) == ()
    assert wrap_offsets("", 10) == ()
    assert wrap_offsets("abc", 0) == ()


@given(TEXT, st.integers(2, 20))
def test_pieces_are_the_line_and_none_is_too_wide(text: str, width: int) -> None:
    parts = pieces(text, width)
    assert "".join(parts) == text
    for part in parts:
        assert cell_len(part) <= width


@given(TEXT, st.integers(0, 40), st.integers(1, 20))
def test_a_window_never_shows_more_than_its_width(text: str, start: int, width: int) -> None:
    first, last, lead = window(text, start, width)
    shown = text[first:last]
    assert 0 <= lead <= 1
    assert lead + cell_len(shown) <= width
    if shown:
        assert cell_len(text[:first]) == start + lead


@given(st.text(alphabet="ab c", max_size=60), st.integers(0, 40), st.integers(1, 20))
def test_plain_text_takes_the_short_way_to_the_same(text: str, start: int, width: int) -> None:
    assert text[slice(*window(text, start, width)[:2])] == text[start : start + width]
    assert width_of(text) == cell_len(text)

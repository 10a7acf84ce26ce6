"""Column widths, clipping, and the cells of the scroll bar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.app.widgets.slim_scrollbar import MARKED_THUMB, MARKED_TRACK, THUMB, slim_bar, thumb, top_for_cell
from tui.app.widgets.table_columns import GAP, Cell, Column, Width, fit, fit_columns, fit_text, fixed, flex


def column(key: str, width: Width, priority: int = 1) -> Column[str]:
    return Column(key, key, Cell, width, priority=priority)


COLUMNS = (
    column("state", fit(8, 14), 0),
    column("name", fit(10, 24), 0),
    column("pid", fixed(7), 4),
    column("box", fit(6, 16), 2),
    column("error", flex(14, 40), 1),
    column("command", flex(14, weight=2), 5),
)
NATURAL = (11, 16, 5, 10, 10, 7)


def shown_at(width: int) -> list[str]:
    return [c.key for c, w in zip(COLUMNS, fit_columns(COLUMNS, NATURAL, width), strict=True) if w]


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (120, ["state", "name", "pid", "box", "error", "command"]),
        (80, ["state", "name", "pid", "box", "error", "command"]),
        (60, ["state", "name", "pid", "box", "error"]),
        (40, ["state", "name", "error"]),
        (30, ["state", "name"]),
        (5, ["state", "name"]),
    ],
)
def test_columns_go_by_priority(width: int, shown: list[str]) -> None:
    assert shown_at(width) == shown


def test_widths_at_120_columns() -> None:
    assert fit_columns(COLUMNS, NATURAL, 120) == (11, 16, 7, 10, 26, 40)


def test_what_fits_its_content_grows_in_order_of_priority() -> None:
    columns = (column("late", fit(2, 20), 2), column("first", fit(2, 20), 0))
    assert fit_columns(columns, (10, 10), 15) == (3, 10)


def test_a_fit_column_is_no_wider_than_its_content() -> None:
    assert fit_columns((column("a", fit(8, 14)),), (3,), 100) == (3,)


def test_the_last_flexible_column_takes_the_rest() -> None:
    columns = (column("a", flex(5)), column("b", flex(5)), column("c", flex(5)))
    assert fit_columns(columns, (0, 0, 0), 5 * 3 + 2 * GAP + 11) == (8, 9, 9)


widths = st.one_of(
    st.integers(1, 20).map(fixed),
    st.tuples(st.integers(1, 10), st.integers(10, 40)).map(lambda pair: fit(*pair)),
    st.integers(1, 20).map(flex),
)


@given(st.lists(st.tuples(widths, st.integers(0, 3), st.integers(0, 60)), min_size=1, max_size=8), st.integers(0, 200))
def test_columns_never_exceed_the_room_unless_those_that_must_stay_do(
    wishes: list[tuple[Width, int, int]], available: int
) -> None:
    columns = [column(str(i), width, priority) for i, (width, priority, _) in enumerate(wishes)]
    result = fit_columns(columns, [natural for _, _, natural in wishes], available)
    used = [w for w in result if w]
    total = sum(used) + GAP * max(0, len(used) - 1)
    if total > available:
        assert all(c.priority == 0 for c, w in zip(columns, result, strict=True) if w)
    assert all(w > 0 or c.priority > 0 for c, w in zip(columns, result, strict=True))


@given(st.text(max_size=40), st.integers(0, 30), st.sampled_from(["left", "right"]))
def test_fitted_text_has_exactly_the_width(text: str, width: int, align: str) -> None:
    text = "".join(char for char in text if char.isprintable())
    assert cell_len(fit_text(text, width, align)) == width  # type: ignore[arg-type]


def test_clipping_ends_in_an_ellipsis() -> None:
    assert fit_text("abcdef", 4) == "abc…"
    assert fit_text("abcd", 4) == "abcd"
    assert fit_text("日本語です", 6) == "日本 …"
    assert fit_text("日本", 6, "right") == "  日本"
    assert fit_text("7", 3, "right") == "  7"


@given(st.integers(1, 60), st.integers(0, 5000), st.integers(1, 60), st.integers(0, 5000))
def test_the_bar_fills_its_height_and_its_thumb_is_one_piece(height: int, total: int, window: int, top: int) -> None:
    cells = slim_bar(height, total, window, top)
    if total <= window:
        assert cells == []
        return
    assert len(cells) == height
    on = [y for y, cell in enumerate(cells) if cell.is_thumb]
    assert on
    assert on == list(range(on[0], on[-1] + 1))
    if top == 0:
        assert on[0] == 0
    if top >= total - window:
        assert on[-1] == height - 1


def test_the_thumb_leaves_an_end_as_soon_as_the_view_does() -> None:
    assert thumb(20, 10_000, 20, 1)[0] == 1
    first, length = thumb(20, 10_000, 20, 9_979)
    assert first + length == 19


def test_marks_change_the_glyph() -> None:
    cells = slim_bar(10, 100, 10, 0, marks=(3, 99, 100, -1))
    assert [cell.glyph for cell in cells if cell.is_mark] == [MARKED_THUMB, MARKED_TRACK]
    assert cells[0].is_thumb
    assert slim_bar(10, 100, 10, 0)[0].glyph == THUMB


@given(st.integers(1, 60), st.integers(1, 5000), st.integers(1, 60), st.integers(0, 59))
def test_a_click_in_the_bar_means_a_row_of_the_list(height: int, total: int, window: int, y: int) -> None:
    assert 0 <= top_for_cell(height, total, window, y) <= max(0, total - window)


def test_the_ends_of_the_bar_are_the_ends_of_the_list() -> None:
    assert top_for_cell(20, 1000, 20, 0) == 0
    assert top_for_cell(20, 1000, 20, 19) == 980

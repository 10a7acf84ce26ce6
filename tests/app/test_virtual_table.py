"""The table on a screen: keys, mouse, messages, what is painted, and the traps that Textual's DataTable falls into."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.color import Color
from textual import events, on
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.message import Message
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Static

from tui.app.widgets.table_columns import Cell, Column, fit, fixed, flex
from tui.app.widgets.table_messages import TableMessage
from tui.app.widgets.table_paint import CURSOR, CURSOR_BLURRED, MARK
from tui.app.widgets.virtual_table import VirtualTable


@dataclass(frozen=True, slots=True)
class Row:
    pid: int
    state: str = "running"
    command: str = "python -m worker"


KindT = TypeVar("KindT", bound=Message)

COLUMNS = (
    Column[Row](
        "state", "State", lambda row: Cell(row.state, "error" if row.state == "failed" else ""), fit(4, 12), "left", 0
    ),
    Column[Row]("pid", "Pid", lambda row: Cell(str(row.pid), "muted"), fit(3, 8), "right", 2),
    Column[Row]("box", "Sandbox", lambda row: Cell(f"sbx-{row.pid}", "accent"), fixed(12), "left", 1),
    Column[Row]("command", "Command", lambda row: Cell(row.command), flex(20), "left", 3),
)


class Recording(VirtualTable[Row]):
    """Remembers how often it was drawn, and which regions it wanted to be drawn again."""

    def __init__(self, *, sticky_first: bool, can_mark: bool) -> None:
        super().__init__(
            COLUMNS,
            lambda row: row.pid,
            empty_text=("No processes", "press r to look again"),
            sticky_first=sticky_first,
            can_mark=can_mark,
            id="table",
        )
        self.frames = 0
        self.refreshed: list[Region] = []

    def render_lines(self, crop: Region) -> list[Strip]:
        self.frames += 1
        return super().render_lines(crop)

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Recording:
        if hasattr(self, "refreshed"):
            self.refreshed.extend(regions or [Region(0, 0, *self.size)])
        super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        return self


class TableApp(App[None]):
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, *, sticky_first: bool = True, can_mark: bool = True, css: str = "") -> None:
        super().__init__()
        self.table = Recording(sticky_first=sticky_first, can_mark=can_mark)
        self.heard: list[TableMessage] = []
        if css:
            self.stylesheet.add_source(css, read_from=("test", "css"))

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        self.table.focus()

    @on(VirtualTable.RowHighlighted, "#table")
    @on(VirtualTable.RowSelected, "#table")
    @on(VirtualTable.RowVanished, "#table")
    @on(VirtualTable.Marked, "#table")
    @on(VirtualTable.HeaderClicked, "#table")
    def remember(self, message: TableMessage) -> None:
        self.heard.append(message)

    def of(self, kind: type[KindT]) -> list[KindT]:
        return [message for message in self.heard if isinstance(message, kind)]


def make(*pids: int) -> list[Row]:
    return [Row(pid) for pid in pids]


def lines(table: VirtualTable[Row]) -> list[str]:
    return [strip.text for strip in table.render_lines(Region(0, 0, *table.size))]


def screen_text(app: App[None]) -> list[str]:
    """What the compositor puts on the screen, not only what the table would answer."""
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


def cursor_line(table: VirtualTable[Row]) -> int:
    (line,) = [y for y, text in enumerate(lines(table)) if text.startswith((CURSOR, CURSOR_BLURRED))]
    return line


async def test_rows_given_before_the_table_is_mounted_are_shown() -> None:
    app = TableApp()
    app.table.set_rows(make(1, 2))
    assert app.table.move_to(2)
    async with app.run_test(size=(80, 10)):
        assert "sbx-2" in screen_text(app)[2]
        assert screen_text(app)[2].startswith(CURSOR)


async def test_header_and_cells_are_aligned() -> None:
    app = TableApp()
    async with app.run_test(size=(60, 6)):
        app.table.set_rows([Row(7, "failed"), Row(1234, "running", "x" * 100)])
        assert [text.rstrip() for text in lines(app.table)[:3]] == [
            "   State     Pid  Sandbox       Command",
            "▌  failed      7  sbx-7         python -m worker",
            "   running  1234  sbx-1234      " + "x" * 26 + "…",
        ]


@pytest.mark.parametrize(
    ("width", "titles"),
    [
        (120, ["State", "Pid", "Sandbox", "Command"]),
        (80, ["State", "Pid", "Sandbox", "Command"]),
        (60, ["State", "Pid", "Sandbox", "Command"]),
        (40, ["State", "Pid", "Sandbox"]),
        (26, ["State", "Sandbox"]),
        (12, ["State"]),
    ],
)
async def test_columns_drop_when_it_is_narrow(width: int, titles: list[str]) -> None:
    app = TableApp()
    async with app.run_test(size=(width, 6)):
        app.table.set_rows([Row(12345678)])
        assert lines(app.table)[0].split() == titles
        assert {len(text) for text in lines(app.table)} == {width}


async def test_columns_come_back_when_the_terminal_grows() -> None:
    app = TableApp()
    async with app.run_test(size=(28, 6)) as pilot:
        app.table.set_rows([Row(1)])
        await pilot.resize_terminal(100, 6)
        await pilot.pause()
        assert "Command" in screen_text(app)[0]


async def test_the_cursor_stays_on_its_key_when_the_order_turns() -> None:
    """DataTable leaves the cursor on the row number, and says nothing (trap T3)."""
    app = TableApp()
    async with app.run_test(size=(80, 10)) as pilot:
        app.table.set_rows(make(1, 2, 3))
        await pilot.press("j", "k")
        assert app.table.cursor_key == 1
        app.heard.clear()
        app.table.set_rows(make(3, 2, 1))
        await pilot.pause()
        assert app.table.cursor_key == 1
        assert screen_text(app)[3].startswith(CURSOR)
        app.table.set_rows(make(2, 1))
        await pilot.pause()
        assert app.table.cursor_key == 1
        assert app.heard == []


async def test_a_vanished_key_is_told_together_with_the_neighbour() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 10)) as pilot:
        app.table.set_rows(make(1, 2, 3))
        app.table.move_to(2)
        await pilot.pause()
        app.heard.clear()
        app.table.set_rows(make(1, 3))
        await pilot.pause()
        (vanished,) = app.of(VirtualTable.RowVanished)
        assert (vanished.key, vanished.neighbour) == (2, 3)
        (highlighted,) = app.of(VirtualTable.RowHighlighted)
        assert highlighted.key == 3
        assert app.table.cursor_row == Row(3)


async def test_when_all_rows_go_the_highlight_goes() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 10)) as pilot:
        app.table.set_rows(make(1))
        app.table.set_rows([])
        await pilot.pause()
        assert [message.neighbour for message in app.of(VirtualTable.RowVanished)] == [None]
        assert app.of(VirtualTable.RowHighlighted)[-1].key is None
        assert app.table.cursor_row is None
        await pilot.press("j", "enter", "space", "G", "pagedown")
        assert app.of(VirtualTable.RowSelected) == []


async def test_an_untouched_cursor_rests_on_the_first_row_until_it_is_moved() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 10)) as pilot:
        app.table.set_rows(make(5, 6))
        app.table.set_rows(make(1, 5, 6))
        assert app.table.cursor_key == 1
        await pilot.press("j")
        app.table.set_rows(make(0, 1, 5, 6))
        assert app.table.cursor_key == 5


async def test_without_sticky_first_even_an_untouched_cursor_stays_on_its_key() -> None:
    app = TableApp(sticky_first=False)
    async with app.run_test(size=(80, 10)):
        app.table.set_rows(make(5, 6))
        app.table.set_rows(make(1, 5, 6))
        assert app.table.cursor_key == 5


async def test_a_complete_new_list_moves_neither_cursor_nor_window() -> None:
    """Clearing and filling a DataTable puts both back to the top (trap T4)."""
    app = TableApp()
    async with app.run_test(size=(80, 21)) as pilot:
        app.table.set_rows(make(*range(1000)))
        app.table.move_to(500)
        await pilot.press("up", "up", "up")
        before = (app.table.cursor_key, app.table.scroll_y, cursor_line(app.table))
        app.table.set_rows([replace(row, state="exited") for row in app.table.rows])
        assert (app.table.cursor_key, app.table.scroll_y, cursor_line(app.table)) == before
        app.table.set_rows([*make(*range(2000, 2050)), *app.table.rows])
        assert (app.table.cursor_key, cursor_line(app.table)) == (before[0], before[2])


async def test_equal_rows_paint_nothing_and_a_changed_row_paints_its_line() -> None:
    """In DataTable any cell update, even to an equal value, drops every cached row (trap T5)."""
    app = TableApp()
    async with app.run_test(size=(80, 21)) as pilot:
        app.table.set_rows(make(*range(1000)))
        await pilot.pause()
        app.table.frames = 0
        app.table.refreshed.clear()
        app.table.set_rows(make(*range(1000)))
        app.table.set_rows([replace(row, state="failed") if row.pid == 900 else row for row in app.table.rows])
        await pilot.pause()
        assert (app.table.frames, app.table.refreshed) == (0, [])
        app.table.set_rows([replace(row, state="failed") if row.pid == 4 else row for row in app.table.rows])
        await pilot.pause()
        assert app.table.frames > 0
        assert app.table.refreshed == [Region(0, 5, 80, 1)]
        assert "failed" in screen_text(app)[5]


async def test_a_row_is_rendered_once_while_it_stays_equal() -> None:
    rendered: list[int] = []

    def counting(row: Row) -> Cell:
        rendered.append(row.pid)
        return Cell(row.command)

    app = TableApp()
    async with app.run_test(size=(80, 21)) as pilot:
        app.table.set_columns([Column("command", "Command", counting, flex(10))])
        app.table.set_rows(make(*range(1000)))
        await pilot.press("j", "k", "j", "k")
        app.table.set_rows(make(*range(1000)))
        await pilot.pause()
        assert sorted(rendered) == list(range(20))


@pytest.mark.parametrize("text", ["bad [/tag]", ":bug: [bold]x[/bold]", "[link=x]y", r"\[a]", "[@click=app.quit]q"])
async def test_text_that_looks_like_markup_is_shown_verbatim(text: str) -> None:
    """As a cell of a DataTable the first of these ends the app (trap T2)."""
    app = TableApp()
    async with app.run_test(size=(80, 6)) as pilot:
        app.table.set_rows([Row(1, command=text)])
        app.table.set_empty_text([text])
        await pilot.pause()
        assert text in screen_text(app)[1]
        app.table.set_rows([])
        await pilot.pause()
        assert any(text in line for line in screen_text(app))


async def test_cleaned_remote_text_sends_no_control_character() -> None:
    """The table trusts its caller to clean; what ``one_line`` lets through stays inert on the way (trap T1)."""
    from tui.core.text import one_line

    app = TableApp()
    async with app.run_test(size=(80, 6)) as pilot:
        app.table.set_rows([Row(1, command=one_line("a\x1b[2J\x1b]52;c;eA==\x07b\u202ec\r\n"))])
        await pilot.pause()
        assert all(char.isprintable() for line in screen_text(app) for char in line)


async def test_every_cell_has_a_background() -> None:
    """The line API paints none of its own (trap T17)."""
    app = TableApp()
    async with app.run_test(size=(60, 12)) as pilot:
        for rows in (make(), make(1, 2, 3), make(*range(50))):
            app.table.set_rows(rows)
            await pilot.pause()
            for strip in app.table.render_lines(Region(0, 0, *app.table.size)):
                assert strip.cell_length == 60
                assert all(segment.style and segment.style.bgcolor is not None for segment in strip)


async def test_wide_characters_keep_the_columns_aligned() -> None:
    app = TableApp()
    async with app.run_test(size=(60, 6)) as pilot:
        app.table.set_rows([Row(1, "日本語", "ワーカー" * 20), Row(2, "ok", "e\u0301tat 👩‍💻 x")])
        await pilot.pause()
        for strip in app.table.render_lines(Region(0, 0, *app.table.size)):
            assert strip.cell_length == 60
        text = lines(app.table)[1]
        assert "日本語" in text
        assert "…" in text


async def test_the_cursor_is_visible_without_colour_and_without_focus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = TableApp()
    async with app.run_test(size=(60, 6)) as pilot:
        app.table.set_rows([Row(1, "failed"), Row(2)])
        await pilot.press("j", "space")
        strips = app.table.render_lines(Region(0, 0, *app.table.size))
        assert strips[2].text.startswith(CURSOR + MARK)
        colours = [c for strip in strips for s in strip if s.style for c in (s.style.color, s.style.bgcolor) if c]
        assert colours
        assert all(is_grey(colour) for colour in colours)
        app.screen.set_focus(None)
        await pilot.pause()
        assert lines(app.table)[2].startswith(CURSOR_BLURRED + MARK)


def is_grey(colour: Color) -> bool:
    red, green, blue = colour.get_truecolor()
    return red == green == blue


async def test_focus_and_theme_change_the_cursor_line() -> None:
    app = TableApp()
    async with app.run_test(size=(60, 6)) as pilot:
        app.table.set_rows(make(1, 2))
        await pilot.pause()
        seen = {tuple(app.table.render_lines(Region(0, 1, 60, 1))[0])}
        app.screen.set_focus(None)
        await pilot.pause()
        seen.add(tuple(app.table.render_lines(Region(0, 1, 60, 1))[0]))
        app.theme = "textual-light"
        await pilot.pause()
        seen.add(tuple(app.table.render_lines(Region(0, 1, 60, 1))[0]))
        assert len(seen) == 3


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark", "ansi-light", "nord"])
async def test_text_on_the_cursor_line_never_has_the_colour_of_its_ground(theme: str) -> None:
    app = TableApp()
    async with app.run_test(size=(60, 6)) as pilot:
        app.theme = theme
        app.table.set_rows([Row(1, "failed")])
        await pilot.pause()
        for segment in app.table.render_lines(Region(0, 1, 60, 1))[0]:
            assert segment.style is not None
            assert segment.text.isspace() or segment.style.color != segment.style.bgcolor


@pytest.mark.parametrize(
    ("keys", "pid", "top"),
    [
        ("j", 1, 0),
        ("down", 1, 0),
        ("j j k", 1, 0),
        ("j j up", 1, 0),
        ("k", 0, 0),
        ("G", 99, 90),
        ("end", 99, 90),
        ("G g", 0, 0),
        ("G home", 0, 0),
        ("ctrl+d", 5, 5),
        ("ctrl+d ctrl+u", 0, 0),
        ("pagedown", 9, 9),
        ("pagedown pagedown pageup", 9, 9),
        ("G j", 99, 90),
    ],
)
async def test_keys_move_the_cursor(keys: str, pid: int, top: int) -> None:
    app = TableApp()
    async with app.run_test(size=(80, 11)) as pilot:
        app.table.set_rows(make(*range(100)))
        await pilot.press(*keys.split())
        assert (app.table.cursor_key, app.table.scroll_y) == (pid, top)
        assert app.of(VirtualTable.RowHighlighted)[-1].key == pid
        assert f"sbx-{pid} " in screen_text(app)[cursor_line(app.table)]


def test_every_binding_has_an_id_of_its_own() -> None:
    ids = [binding.id for binding in VirtualTable.BINDINGS if hasattr(binding, "id")]
    assert len(ids) == len(VirtualTable.BINDINGS) == len(set(ids))


async def test_enter_selects_the_key_under_the_cursor() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 10)) as pilot:
        app.table.set_rows(make(1, 2))
        await pilot.press("j", "enter")
        assert [message.key for message in app.of(VirtualTable.RowSelected)] == [2]


async def test_space_marks_and_a_mark_goes_with_its_row() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 10)) as pilot:
        app.table.set_rows(make(1, 2, 3))
        await pilot.press("space", "j", "space")
        assert app.table.marked == {1, 2}
        app.table.set_rows(make(3, 2))
        await pilot.pause()
        assert app.table.marked == {2}
        assert [y for y, text in enumerate(screen_text(app)) if MARK in text] == [2]
        await pilot.press("space")
        assert [message.keys for message in app.of(VirtualTable.Marked)] == [{1}, {1, 2}, {2}, set()]


async def test_a_table_without_marks_ignores_space_and_gains_a_column_of_room() -> None:
    app = TableApp(can_mark=False)
    async with app.run_test(size=(80, 10)) as pilot:
        app.table.set_rows(make(1))
        await pilot.press("space")
        assert app.table.marked == frozenset()
        assert lines(app.table)[1].startswith(CURSOR + " running")


async def test_move_to_refuses_an_unknown_key() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 10)):
        app.table.set_rows(make(1, 2))
        assert not app.table.move_to(3)
        assert app.table.cursor_key == 1


async def test_a_click_moves_the_cursor_and_a_double_click_selects() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 10)) as pilot:
        app.table.set_rows(make(1, 2, 3))
        await pilot.click(app.table, offset=(5, 3))
        assert app.table.cursor_key == 3
        assert app.of(VirtualTable.RowSelected) == []
        await pilot.click(app.table, offset=(5, 2), times=2)
        assert [message.key for message in app.of(VirtualTable.RowSelected)] == [2]
        await pilot.click(app.table, offset=(5, 8))
        assert app.table.cursor_key == 2


async def test_a_click_on_a_title_names_its_column() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 10)) as pilot:
        app.table.set_rows(make(1))
        await pilot.click(app.table, offset=(lines(app.table)[0].index("Sandbox") + 2, 0))
        await pilot.click(app.table, offset=(0, 0))
        assert [message.column_key for message in app.of(VirtualTable.HeaderClicked)] == ["box"]


async def wheel(pilot: Pilot[None], table: VirtualTable[Row], kind: type[events.MouseEvent]) -> None:
    await pilot._post_mouse_events([kind], table, offset=(5, 3))


async def test_the_wheel_moves_the_window_and_not_the_cursor() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 11)) as pilot:
        app.table.set_rows(make(*range(100)))
        await wheel(pilot, app.table, events.MouseScrollDown)
        assert (app.table.scroll_y, app.table.cursor_key) == (3, 0)
        assert not any(text.startswith(CURSOR) for text in screen_text(app))
        await wheel(pilot, app.table, events.MouseScrollUp)
        await wheel(pilot, app.table, events.MouseScrollUp)
        assert app.table.scroll_y == 0
        await wheel(pilot, app.table, events.MouseScrollDown)
        await pilot.press("j")
        assert (app.table.scroll_y, app.table.cursor_key) == (1, 1)


async def test_the_scroll_bar_appears_only_when_needed_and_can_be_clicked() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 11)) as pilot:
        app.table.set_rows(make(*range(10)))
        assert {text[-1] for text in lines(app.table)} == {" "}
        app.table.set_rows(make(*range(100)))
        assert [text[-1] for text in lines(app.table)] == [" ", "┃", *"│" * 9]
        await pilot.click(app.table, offset=(79, 10))
        assert app.table.scroll_y == 90
        assert app.table.cursor_key == 0
        assert lines(app.table)[-1][-1] == "┃"


async def test_the_scroll_bar_can_be_dragged() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 11)) as pilot:
        app.table.set_rows(make(*range(100)))
        await pilot.mouse_down(app.table, offset=(79, 1))
        await pilot.hover(app.table, offset=(40, 10))
        assert app.table.scroll_y == 90
        await pilot.mouse_up(app.table, offset=(40, 10))
        await pilot.hover(app.table, offset=(40, 1))
        assert app.table.scroll_y == 90


async def test_the_empty_text_stands_in_the_middle() -> None:
    app = TableApp()
    async with app.run_test(size=(41, 10)):
        app.table.set_rows([])
        shown = [text for text in screen_text(app)[1:] if text.strip()]
        assert [text.strip() for text in shown] == ["No processes", "press r to look again"]
        assert shown[1] == "press r to look again".center(41)


async def test_the_sort_arrow_stands_at_its_title() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 10)) as pilot:
        app.table.set_rows(make(1, 2))
        app.table.set_sort("pid", descending=True)
        await pilot.pause()
        assert "Pid ▼" in screen_text(app)[0]
        app.table.set_sort("pid")
        await pilot.pause()
        assert "Pid ▲" in screen_text(app)[0]
        app.table.set_sort(None)
        await pilot.pause()
        assert "▲" not in screen_text(app)[0]


async def test_columns_grow_with_a_little_slack_and_do_not_shrink_until_the_table_is_resized() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 10)) as pilot:

        def pid_right_edge() -> int:
            return lines(app.table)[0].index("Pid") + 3

        app.table.set_rows([Row(9)])
        edge = pid_right_edge()
        app.table.set_rows([Row(99999)])
        grown = pid_right_edge()
        assert grown == edge + 3
        app.table.set_rows([Row(999999)])
        assert pid_right_edge() == grown
        app.table.set_rows([Row(9)])
        assert pid_right_edge() == grown
        await pilot.resize_terminal(79, 10)
        await pilot.pause()
        assert pid_right_edge() == edge


async def test_columns_fit_the_rows_that_are_scrolled_into_view() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 11)) as pilot:
        app.table.set_rows([Row(pid) for pid in range(50)] + [Row(pid) for pid in range(100000, 100050)])
        await pilot.press("G")
        assert " 100049  " in screen_text(app)[-1]
        assert screen_text(app)[0].index("Sandbox") == screen_text(app)[-1].index("sbx-")


async def test_after_a_resize_the_cursor_is_still_in_view() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 30)) as pilot:
        app.table.set_rows(make(*range(100)))
        app.table.move_to(25)
        await pilot.resize_terminal(80, 8)
        await pilot.pause()
        assert "sbx-25" in screen_text(app)[cursor_line(app.table)]


async def test_a_table_in_a_frame_is_drawn_inside_it() -> None:
    app = TableApp(css="#table { border: round white; padding: 0 1; }")
    async with app.run_test(size=(60, 8)) as pilot:
        app.table.set_rows(make(1, 2))
        await pilot.press("j")
        text = screen_text(app)
        assert text[0].startswith("╭")
        assert text[3].startswith("│ " + CURSOR)
        await pilot.click(app.table, offset=(6, 2))
        assert app.table.cursor_key == 1
        assert screen_text(app)[2].startswith("│ " + CURSOR)


async def test_a_table_of_automatic_height_is_as_high_as_its_rows() -> None:
    app = TableApp(css="#table { height: auto; max-height: 5; }")
    async with app.run_test(size=(60, 20)) as pilot:
        app.table.set_rows(make(1, 2))
        await pilot.pause()
        assert app.table.size.height == 3
        app.table.set_rows(make(*range(10)))
        await pilot.pause()
        assert app.table.size.height == 5


async def test_what_covers_the_table_leaves_the_rest_of_its_lines() -> None:
    class Covered(TableApp):
        CSS = "Screen { layers: below above; } Static { layer: above; width: 4; height: 3; offset: 10 1; }"

        def compose(self) -> ComposeResult:
            yield from super().compose()
            yield Static("XXXX\n" * 3)

    app = Covered()
    async with app.run_test(size=(60, 6)) as pilot:
        app.table.set_rows(make(1, 2))
        await pilot.pause()
        whole = lines(app.table)[1]
        assert screen_text(app)[1] == whole[:10] + "XXXX" + whole[14:]


def edits() -> st.SearchStrategy[list[list[int]]]:
    return st.lists(st.lists(st.integers(0, 40), unique=True, max_size=30), min_size=2, max_size=8)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits(), st.lists(st.sampled_from(["j", "k", "G", "g", "pagedown", "ctrl+u"]), min_size=7, max_size=7))
async def test_over_any_edits_the_screen_shows_the_rows_and_the_cursor_its_key(
    history: list[list[int]], keys: list[str]
) -> None:
    app = TableApp(sticky_first=False)
    async with app.run_test(size=(60, 9)) as pilot:
        for pids, key in zip(history, keys, strict=False):
            before = app.table.cursor_key
            app.table.set_rows(make(*pids))
            await pilot.pause()
            if before in pids:
                assert app.table.cursor_key == before
            else:
                assert app.table.cursor_key in (pids or [None])
            top = round(app.table.scroll_y)
            wanted = [f"sbx-{pid}" for pid in pids[top : top + 8]]
            assert list(shown_boxes(app)) == wanted
            await pilot.press(key)


def shown_boxes(app: App[None]) -> Iterator[str]:
    for text in screen_text(app)[1:]:
        yield from (word for word in text.split() if word.startswith("sbx-"))

"""Copying from the output view: the program's text comes out, not cells of the screen."""

from __future__ import annotations

from output_support import TRACEBACK, Output, OutputApp, last, numbered, painted, press
from textual.geometry import Offset
from textual.selection import SELECT_ALL, Selection

from tui.app.widgets.output_copy import copied
from tui.app.widgets.output_messages import CopyRequested
from tui.core.buffer import LineBuffer
from tui.core.rows import RowKind

SIZE = (40, 12)


async def test_dragging_selects_text_of_the_lines() -> None:
    app = OutputApp(Output(["first line", "second\tline that is longer than the screen is wide", "third line"]))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "number_sign")
        gutter = app.view._gutter
        await pilot.mouse_down(app.view, offset=(gutter + 6, 0))
        await pilot.hover(app.view, offset=(gutter + 10, 1))
        await pilot.hover(app.view, offset=(gutter + 4, 2))
        await pilot.mouse_up(app.view, offset=(gutter + 4, 2))
        await painted(pilot)
        expected = "line\nsecond\tline that is longer than the screen is wide\nthird"
        assert app.screen.get_selected_text() == expected
        await press(pilot, "y")
        assert last(app, CopyRequested).text == expected


async def test_a_drag_from_the_gutter_begins_at_the_start_of_the_line() -> None:
    app = OutputApp(Output(["first line", "second"]))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "number_sign")
        await pilot.mouse_down(app.view, offset=(3, 0))
        await pilot.hover(app.view, offset=(app.view._gutter + 4, 0))
        await pilot.mouse_up(app.view, offset=(app.view._gutter + 4, 0))
        assert app.screen.get_selected_text() == "first"


async def test_part_of_a_wrapped_line_is_selected_by_character() -> None:
    text = "".join(chr(ord("a") + at % 26) for at in range(100))
    app = OutputApp(Output([text]))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "w")
        await pilot.mouse_down(app.view, offset=(1 + 10, 1))
        await pilot.hover(app.view, offset=(1 + 3, 2))
        await pilot.mouse_up(app.view, offset=(1 + 3, 2))
        assert app.screen.get_selected_text() == text[48:80]


async def test_selected_text_is_shown_as_such() -> None:
    app = OutputApp(Output(numbered(5)))
    async with app.run_test(size=SIZE) as pilot:
        await painted(pilot)
        plain = app.view.render_lines(app.view.size.region)[1]
        app.screen.selections = {app.view: Selection(Offset(0, 1), Offset(4, 1))}
        await painted(pilot)
        selected = app.view.render_lines(app.view.size.region)[1]
        assert selected.text == plain.text
        assert selected != plain
        app.screen.clear_selection()
        await painted(pilot)
        assert app.view.render_lines(app.view.size.region)[1] == plain


async def test_a_selection_stays_on_its_lines_while_others_are_dropped() -> None:
    buffer = LineBuffer(max_bytes=2500, block_bytes=300)
    app = OutputApp(Output(numbered(200), buffer))
    async with app.run_test(size=SIZE) as pilot:
        rows = await press(pilot, "b")
        await pilot.mouse_down(app.view, offset=(1, 2))
        await pilot.hover(app.view, offset=(len(rows[3]), 3))
        await pilot.mouse_up(app.view, offset=(len(rows[3]), 3))
        expected = "\n".join(rows[2:4])
        assert app.screen.get_selected_text() == expected
        app.output.add(numbered(150, 200))
        app.view.news()
        await painted(pilot)
        assert buffer.dropped_lines > 0
        assert app.screen.get_selected_text() == expected


async def test_everything_selected_is_everything_but_our_own_rows() -> None:
    app = OutputApp(Output(["one", "two"]))
    app.output.buffer.append_marker(RowKind.GAP, "", 3)
    app.output.add(["three"])
    async with app.run_test(size=SIZE) as pilot:
        await painted(pilot)
        selected = app.view.get_selection(SELECT_ALL)
        assert selected is not None
        assert selected[0] == "one\ntwo\nthree"


async def test_y_copies_a_line_whole_whatever_is_on_screen() -> None:
    long = "\tlong " + "x" * 10_000
    app = OutputApp(Output([long]))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "t", "number_sign", "y")
        assert last(app, CopyRequested).text == long
        assert last(app, CopyRequested).what == "line 1"


async def test_y_copies_the_exception_line_of_the_selected_traceback_and_capital_y_the_whole() -> None:
    app = OutputApp(Output([*numbered(5), *TRACEBACK, *numbered(50)]))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "g", "e", "y")
        assert last(app, CopyRequested).text == "KeyError: 'choices'"
        await press(pilot, "l", "w", "Y")
        assert last(app, CopyRequested).text == "\n".join(TRACEBACK)
        assert last(app, CopyRequested).what == "traceback"


async def test_capital_y_takes_the_traceback_on_screen_else_the_lines_on_screen() -> None:
    app = OutputApp(Output([*TRACEBACK, *numbered(100)]))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "g", "Y")
        assert last(app, CopyRequested).text == "\n".join(TRACEBACK)
        await press(pilot, "G", "Y")
        assert last(app, CopyRequested).text == "\n".join(numbered(12, 88))


async def test_escape_sequences_are_copied_only_while_they_are_revealed() -> None:
    raw = "\x1b[31mred\x1b[0m\tx\x1b]52;c;ZXZpbA==\x07\r"
    app = OutputApp(Output([raw]))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "y")
        assert last(app, CopyRequested).text == "red\tx"
        await press(pilot, "x", "y")
        assert last(app, CopyRequested).text == raw.rstrip("\r")


def test_a_line_with_states_is_copied_in_its_last() -> None:
    assert copied("10%\r20%\r30%", exact=False) == "30%"
    assert copied("crlf\r", exact=False) == "crlf"
    assert copied("tab\tkept\x00", exact=False) == "tab\tkept␀"

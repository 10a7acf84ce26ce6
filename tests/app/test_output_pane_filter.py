"""The filter line of the output pane: typed, turned round, by level, and ended."""

from __future__ import annotations

from test_monitor_screen import dashboard, process
from textual.widgets import Input

from tui.app.widgets.output_view import OutputView


async def test_a_filter_hides_lines_while_it_is_typed_and_esc_ends_it() -> None:
    async with dashboard(process(202)) as board:
        board.api.write("202", "job 1 done", "WARNING slow", "job 2 done", "ERROR no room")
        await board.press("tab")
        await board.sees("no room")
        await board.press("ampersand", *"job")
        await board.sees("2 lines pass, 2 hidden")
        assert "slow" not in board.shown()
        await board.press("enter")
        assert isinstance(board.app.focused, OutputView)
        await board.press("ampersand", "home", "exclamation_mark")
        await board.sees("slow")
        assert "job 2" not in board.shown()
        await board.press("escape")
        await board.sees("job 2")
        assert "hidden" not in board.shown()
        assert board.screen.query_one("#line-filter", Input).value == ""


async def test_a_filter_may_ask_for_a_level_only() -> None:
    async with dashboard(process(202)) as board:
        board.api.write("202", "job 1 done", "WARNING slow", "job 2 done", "ERROR no room")
        await board.press("tab")
        await board.sees("no room")
        await board.press("ampersand", "ctrl+l")
        await board.sees("filter warning+")
        await board.sees("2 lines pass, 2 hidden")
        await board.press("ctrl+l")
        await board.sees("1 line passes, 3 hidden")


async def test_a_search_goes_on_in_what_the_filter_leaves_and_both_end_one_by_one() -> None:
    async with dashboard(process(202)) as board:
        board.api.write("202", *(f"job {at} {'done' if at % 2 else 'failed'}" for at in range(10)))
        await board.press("tab")
        await board.sees("job 9")
        await board.press("ampersand", *"done", "enter")
        await board.sees("5 lines pass")
        await board.press("slash", *"job", "enter")
        await board.sees("10 matches")
        assert "failed" not in board.shown()
        await board.press("escape")
        await board.until(lambda: "matches" not in board.shown())
        assert "5 lines pass" in board.shown()
        await board.press("escape")
        await board.sees("failed")

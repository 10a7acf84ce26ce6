"""Selecting processes, and their outputs merged by time on one screen."""

from __future__ import annotations

from dashboard_support import Dashboard, dashboard, ended
from textual.widgets import Input

from tests.fakes import process
from tui.app.screens.merged import MergedScreen
from tui.app.screens.monitor import MonitorScreen
from tui.app.widgets.merged_pane import MergedPane

CLOCK = 1_800_000_000_000


async def merge(board: Dashboard, count: int) -> MergedPane:
    for _ in range(count):
        await board.press("space", "j")
    await board.until(lambda: len(board.table.marked) == count)
    await board.press("M")
    await board.until(lambda: isinstance(board.app.screen, MergedScreen))
    return board.app.screen.query_one(MergedPane)


def lines(pane: MergedPane) -> list[str]:
    return list(pane.rows.texts(0, len(pane.rows)))


async def test_selected_processes_are_marked_and_counted_until_esc() -> None:
    async with dashboard(process(2), process(3), process(4)) as board:
        await board.press("space", "j", "space")
        await board.sees("2 selected")
        assert board.shown().count("•") == 2
        board.api.listed = [process(1, **ended), *board.api.listed]
        await board.until(lambda: board.pids()[0] == 1)
        assert sorted(key.pid for key in board.table.marked) == [3, 4]
        await board.press("escape")
        await board.until(lambda: not board.table.marked)
        assert "selected" not in board.shown()


async def test_without_a_selection_nothing_is_merged() -> None:
    async with dashboard(process(2), process(3)) as board:
        await board.press("M")
        assert isinstance(board.app.screen, MonitorScreen)


async def test_what_a_filter_of_the_list_hides_stays_selected_and_what_is_gone_does_not() -> None:
    first, second, third = process(4, args=("one.py",)), process(3, args=("two.py",)), process(2, args=("two.py",))
    async with dashboard(first, second, third) as board:
        await board.press("space", "j", "space")
        await board.until(lambda: len(board.table.marked) == 2)
        await board.press("slash", *"two", "enter")
        await board.until(lambda: board.pids() == [3, 2])
        await board.sees("2 selected")
        board.api.listed = [first, third]
        await board.until(lambda: board.pids() == [2])
        await board.sees("1 selected")
        await board.press("M")
        await board.until(lambda: isinstance(board.app.screen, MergedScreen))
        await board.until(lambda: len(board.app.screen.query_one(MergedPane).outputs) == 1)
        assert board.app.screen.query_one(MergedPane).outputs[0].process.pid == 4


async def test_lines_of_the_selected_processes_come_merged_by_time_as_they_are_written() -> None:
    async with dashboard(process(2), process(3), process(4)) as board:
        board.api.write("4", "before anyone looked")
        await board.until(lambda: len(board.api.streams) == 3)
        pane = await merge(board, 2)
        board.api.write("4", "second", time=CLOCK + 2000)
        board.api.write("2", "of another")
        await board.sees("second")
        board.api.write("3", "first", time=CLOCK + 1000)
        board.api.write("3", "third", time=CLOCK + 3000)
        await board.sees("third")
        shown = board.shown()
        assert shown.index("before") < shown.index("first") < shown.index("second") < shown.index("third")
        assert "of another" not in shown
        first = next(line for line in shown.splitlines() if "first" in line)
        assert "3 " in first[: first.index("first")]
        assert "2 processes by time" in shown
        assert lines(pane)[-3:] == ["first", "second", "third"]


async def test_what_was_replayed_counts_as_without_a_time() -> None:
    async with dashboard(process(11, **ended), process(12, **ended)) as board:
        await board.until(lambda: board.pane.has_tracebacks)
        pane = await merge(board, 2)
        await board.sees("8 without a time")
        assert "--:--:--" in board.shown()
        assert len(pane.found) == 2
        await board.press("e")
        await board.until(lambda: pane.view.selected_traceback is not None)
        assert pane.view.selected_traceback == pane.found.all[0]


async def test_search_filter_and_the_way_back() -> None:
    async with dashboard(process(2), process(3)) as board:
        board.api.write("2", "needle here", "hay")
        board.api.write("3", "more hay")
        await merge(board, 2)
        await board.sees("more hay")
        await board.press("slash", *"needle", "enter")
        await board.sees("1 match")
        await board.press("escape", "ampersand")
        await board.until(lambda: isinstance(board.app.focused, Input))
        await board.press(*"needle", "enter")
        await board.sees("1 line passes, 2 hidden")
        await board.press("escape")
        await board.sees("more hay")
        await board.press("escape")
        await board.until(lambda: isinstance(board.app.screen, MonitorScreen))
        assert len(board.table.marked) == 2


async def test_a_small_screen_names_processes_by_their_ids() -> None:
    async with dashboard(process(2), process(3), size=(60, 15)) as board:
        board.api.write("2", "hello")
        await merge(board, 2)
        await board.sees("hello")
        line = next(line for line in board.shown().splitlines() if "hello" in line)
        assert line.index("hello") < 20

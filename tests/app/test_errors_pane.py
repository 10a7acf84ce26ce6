"""Error groups in the dashboard: equal errors, their levels, and where they lead."""

from __future__ import annotations

from dashboard_support import dashboard, ended

from tests.fakes import process
from tui.app.widgets.errors_pane import ErrorsPane


async def test_equal_errors_are_one_group_that_leads_to_its_latest_member() -> None:
    failing = [process(pid, **ended) for pid in (1, 12, 13)]
    async with dashboard(*failing, process(2), size=(160, 50)) as board:
        await board.sees("E-")
        await board.until(lambda: board.screen.query_one(ErrorsPane).selected is not None)
        await board.press("4")
        await board.until(lambda: board.screen.has_class("-on-errors"))
        group = board.screen.query_one(ErrorsPane).selected
        assert group is not None
        assert (group.headline, group.count) == ("KeyError: 'choices'", 3)
        await board.press("i")
        await board.sees(f"Why {group.short_id} is one group")
        await board.press("escape", "enter")
        await board.until(lambda: board.pane.view.has_focus)
        assert board.pane.view.selected_traceback is not None
        assert board.screen._selection.key == group.members[0].process.key


async def test_levels_of_groups() -> None:
    async with dashboard(process(1, **ended), size=(160, 50)) as board:
        await board.until(lambda: board.screen.query_one(ErrorsPane).selected is not None)
        await board.press("minus")
        await board.sees("coarse")
        await board.press("plus", "plus")
        await board.sees("fine")


async def test_no_errors_says_of_what_that_is_true() -> None:
    async with dashboard(process(2), size=(160, 50)) as board:
        await board.sees("No failing process")
        await board.sees("in what was watched since")

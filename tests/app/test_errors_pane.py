"""Error groups in the dashboard: equal errors, their levels, and where they lead."""

from __future__ import annotations

from dataclasses import replace

from dashboard_support import PROFILE, dashboard, ended

from tests.fakes import FakeProfiles, process
from tui.app.widgets.errors_pane import ErrorsPane
from tui.core.profile import Profile


async def test_equal_errors_are_one_group_that_leads_to_its_members() -> None:
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
        await board.sees("stderr:1")
        assert len(board.screen.query_one(ErrorsPane).table.rows) == 3
        await board.press("down", "enter")
        await board.until(lambda: board.pane.view.has_focus)
        assert board.pane.view.selected_traceback is not None
        assert board.screen._selection.key == group.members[1].process.key
        # The members are still there to go on from; escape leads back to the group.
        await board.press("4")
        await board.sees("stderr:1")
        await board.press("escape")
        assert board.screen.query_one(ErrorsPane).selected.fingerprint == group.fingerprint
        assert board.screen.pane == "errors"
        await board.press("escape")
        assert board.screen.pane == "processes"


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


async def test_a_muted_group_steps_back_stays_in_the_counts_and_is_remembered() -> None:
    profiles = FakeProfiles(PROFILE)
    async with dashboard(process(1, **ended), process(2), size=(160, 50), profiles=profiles) as board:
        await board.until(lambda: board.api.streams)
        board.api.write("2", "Traceback (most recent call last):", '  File "/w/b.py", line 1, in b')
        board.api.write("2", "ValueError: other", "INFO")
        await board.sees("2 groups")
        await board.press("4", "g")
        pane = board.screen.query_one(ErrorsPane)
        group = pane.selected
        await board.press("M")
        await board.sees("2 in all  1 muted")
        await board.sees("muted: KeyError")
        await board.sees("remembered in the profile prod")
        assert profiles.stored["prod"].ignore == (group.fingerprint.text,)
        # It is the last one now, and the cursor stayed on it.
        assert [row.group.is_muted for row in pane.table.rows] == [False, True]
        assert pane.selected.fingerprint == group.fingerprint
        block = board.pane.view.found.all[-1]
        assert board.pane.view.is_muted(block)
        await board.press("M")
        await board.sees("no longer muted")
        assert not board.pane.view.is_muted(block)
        assert profiles.stored["prod"].ignore == ()
        assert not any(row.group.is_muted for row in pane.table.rows)


async def test_without_a_saved_profile_it_is_muted_for_the_session() -> None:
    profiles = FakeProfiles(replace(PROFILE, name="prod", api_url="https://elsewhere.example"))
    async with dashboard(process(1, **ended), size=(160, 50), profiles=profiles) as board:
        await board.until(lambda: board.screen.query_one(ErrorsPane).selected is not None)
        await board.press("4", "M")
        await board.sees("for this session")
        await board.sees("1 muted")
        assert profiles.stored["prod"].ignore == ()


async def test_what_the_profile_ignores_is_muted_from_the_start() -> None:
    async with dashboard(process(1, **ended), size=(160, 50)) as board:
        await board.until(lambda: board.screen.query_one(ErrorsPane).selected is not None)
        short = board.screen.query_one(ErrorsPane).selected.short_id
    profile = Profile("prod", sandbox="box", refresh_interval=0.2, ignore=(short,))
    async with dashboard(process(1, **ended), size=(160, 50), profile=profile) as board:
        await board.sees("1 muted")


async def test_the_options_of_the_command_line_are_not_written_with_it() -> None:
    saved = replace(PROFILE, ignore=("v1:00000000",))
    profiles = FakeProfiles(saved)
    async with dashboard(
        process(1, **ended), size=(160, 50), profiles=profiles, profile=replace(saved, read_only=True)
    ) as board:
        await board.until(lambda: board.screen.query_one(ErrorsPane).selected is not None)
        await board.press("4", "M")
        await board.until(lambda: len(profiles.stored["prod"].ignore) == 2)
        assert not profiles.stored["prod"].read_only


async def test_the_key_does_nothing_to_errors_while_the_list_has_the_focus() -> None:
    profiles = FakeProfiles(PROFILE)
    async with dashboard(process(1, **ended), size=(160, 50), profiles=profiles) as board:
        await board.until(lambda: board.screen.query_one(ErrorsPane).selected is not None)
        await board.press("M")
        assert not board.screen.query_one(ErrorsPane).selected.is_muted


async def test_the_head_of_a_traceback_in_the_output_keeps_up_with_its_group() -> None:
    async with dashboard(process(2), process(3), size=(160, 50)) as board:
        await board.until(lambda: len(board.api.streams) >= 2)
        lines = ["Traceback (most recent call last):", '  File "/w/b.py", line 1, in b', "ValueError: other"]
        lines += ["INFO going on"] * 5
        board.api.write("2", *lines)
        await board.sees("×1")
        board.api.write("3", *lines)
        await board.sees("×2")
        await board.press("4", "M")
        await board.sees("×2  muted")

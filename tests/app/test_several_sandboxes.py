"""Several watched sandboxes in one session: what is shown, where keys lead, and who is asked."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from dashboard_support import PROFILE, TRACEBACK, Dashboard
from several_support import Fleet, fleet_of, several

from tests.fakes import FakeProfiles
from tui.app.screens.dialogs import ConfirmDialog
from tui.app.screens.monitor import MonitorScreen
from tui.app.screens.profiles import ProfilePicker
from tui.app.screens.sandboxes import SandboxPicker
from tui.app.screens.watched import SandboxesDialog
from tui.app.widgets.errors_pane import ErrorsPane
from tui.app.widgets.virtual_table import VirtualTable
from tui.core.errors import AuthError, ConnectionFailed
from tui.core.models import Stream


def status(board: Dashboard) -> str:
    return board.shown().split("\n")[0]


async def show(board: Dashboard, name: str) -> None:
    """Go to a sandbox by the list of sandboxes."""
    await board.press("1")
    await board.until(lambda: isinstance(board.app.screen, SandboxesDialog))
    table = board.app.screen.query_one(VirtualTable)
    await board.until(lambda: any(row.name == name for row in table.rows), name)
    table.move_to(next(row.key for row in table.rows if row.name == name))
    await board.press("enter")
    await board.until(lambda: isinstance(board.app.screen, MonitorScreen))


async def picker_is_there(board: Dashboard) -> None:
    await board.until(lambda: isinstance(board.app.screen, SandboxPicker))
    await board.sees("run-5")


def three() -> Fleet:
    """Of run-7 and run-6 fails the same, of run-5 nothing."""
    fleet = fleet_of("run-7", "run-6", "run-5", "spare")
    fleet.fail("run-7", 10)
    fleet.run("run-7", 2)
    for pid in (20, 21):
        fleet.fail("run-6", pid)
    fleet.run("run-6", 3)
    fleet.run("run-5", 4)
    return fleet


async def test_one_is_shown_and_the_others_are_told_of() -> None:
    async with several(three(), "run-7", "run-6", "run-5") as board:
        assert sorted(board.pids()) == [2, 10]
        await board.until(lambda: "run-7  1 of 3  2 failing elsewhere" in status(board))
        await board.press("1")
        await board.sees("3 watched")
        rows = board.app.screen.query_one(VirtualTable).rows
        assert [(row.name, row.failing, row.suspect, row.contact) for row in rows[:3]] == [
            ("run-7", 1, 0, "live"),
            ("run-6", 2, 0, "live"),
            ("run-5", 0, 0, "live"),
        ]
        await board.press("down", "enter")
        await board.until(lambda: sorted(board.pids()) == [3, 20, 21])
        assert "run-6  2 of 3  1 failing elsewhere" in status(board)


async def test_the_outputs_of_all_of_them_share_one_bound_on_disk() -> None:
    async with several(three(), "run-7", "run-6") as board:
        assert isinstance(board.app.screen, MonitorScreen)
        watched = board.app.screen._session.watched
        await board.until(lambda: all(each.monitor.outputs for each in watched))
        joined = set(board.app.screen._session._budget._holders)
        outputs = [output for each in watched for output in each.monitor.outputs.values()]
        assert len(outputs) == len(joined) > 2
        assert {output.buffer._list for output in outputs} == joined


async def test_with_one_sandbox_nothing_is_counted() -> None:
    async with several(three(), "run-7") as board:
        await board.sees("KeyError")
        assert " of 1" not in board.shown()
        assert "elsewhere" not in board.shown()


async def test_equal_errors_are_one_group_over_all_of_them() -> None:
    async with several(three(), "run-7", "run-6", "run-5") as board:
        pane = board.screen.query_one(ErrorsPane)
        await board.until(lambda: pane.selected is not None and pane.selected.count == 3)
        assert pane.selected.by_sandbox == {"run-7": 1, "run-6": 2}
        await board.press("4", "i")
        await board.sees("run-6 ×2  run-7 ×1")
        await board.press("escape", "z", "enter")
        await board.sees("SANDBOX")


async def test_a_member_in_another_sandbox_opens_there() -> None:
    fleet = three()
    fleet.run("run-6", 22)
    fleet.api("run-6").write("22", "INFO begin", "INFO go on", *TRACEBACK, "INFO alive")
    async with several(fleet, "run-7", "run-6") as board:
        pane = board.screen.query_one(ErrorsPane)
        await board.until(lambda: pane.selected is not None and pane.selected.count == 4)
        await board.press("4", "enter")
        wanted = next(row for row in pane.table.rows if row.member.process.pid == 22)
        pane.table.move_to((wanted.member.process.key, wanted.member.stream, wanted.member.line))
        await board.press("enter")
        await board.until(lambda: board.pane.view.has_focus)
        assert board.screen._session.current.label == "run-6"
        assert board.screen._selection.key == wanted.member.process.key
        assert board.cursor_pid == 22
        chosen = board.pane.view.selected_traceback
        assert chosen is not None
        assert chosen.start == 2
        await board.sees("INFO begin")


async def test_the_place_is_kept_in_each() -> None:
    fleet = three()
    async with several(fleet, "run-7", "run-6") as board:
        await board.until(lambda: ("2", Stream.STDERR) in fleet.api("run-7").streams)
        fleet.api("run-7").write("2", *(f"line {n}" for n in range(200)), stream=Stream.STDOUT)
        await board.until(lambda: board.cursor_pid == 10)
        await board.press("down", "space", "s")
        await board.sees("line 199")
        await board.press("tab", "g", "down")
        await board.sees("line 1")
        first = board.pane.output
        await show(board, "run-6")
        assert board.cursor_pid in (20, 21)
        assert board.screen._selection.stream is Stream.STDERR
        assert board.table.marked == frozenset()
        await board.sees("KeyError: 'choices'")
        await show(board, "run-7")
        assert board.cursor_pid == 2
        assert board.screen._selection.stream is Stream.STDOUT
        assert board.pane.output is first
        assert len(board.table.marked) == 1
        await board.sees("line 1")
        assert "line 199" not in board.shown()
        # It is a place to go on from.
        await board.press("2", "up")
        asked = fleet.api("run-7").asked_for("processes")
        await board.until(lambda: fleet.api("run-7").asked_for("processes") > asked + 2)
        assert board.cursor_pid == 10


async def test_a_sandbox_that_is_shown_later_begins_like_the_first() -> None:
    fleet = three()
    async with several(fleet, "run-7", "run-5") as board:
        await board.press("down")
        await show(board, "run-5")
        assert board.pids() == [4]
        # Nobody has moved the cursor here: it goes to the first failure, and stays on it.
        fleet.fail("run-5", 40)
        await board.until(lambda: len(board.table.rows) == 2 and board.cursor_pid == 40)
        fleet.fail("run-5", 41, ended_at=1_900_000_000_000)
        await board.until(lambda: len(board.table.rows) == 3)
        assert board.cursor_pid == 40


async def test_an_action_goes_to_the_sandbox_of_its_process() -> None:
    fleet = fleet_of("run-7", "run-6")
    for name in ("run-7", "run-6"):
        fleet.run(name, 2)
    async with several(fleet, "run-7", "run-6") as board:
        await board.press("a", "k")
        await board.until(lambda: isinstance(board.app.screen, ConfirmDialog))
        await board.sees("pid 2  in run-7")
        # The other one is shown by now: the dialog is still about the first.
        board.screen._show_sandbox(board.screen._session.watched[1])
        await board.press("y")
        await board.sees("process 2 of run-7 was told to die")
        assert fleet.api("run-7").asked_for("kill 2") == 1
        await board.press("a", "s", "enter")
        await board.sees("Send SIGTERM?")
        await board.sees("pid 2  in run-6")
        await board.press("y")
        await board.until(lambda: fleet.api("run-6").asked_for("signal 2 15"))
        assert (fleet.api("run-7").asked_for("signal"), fleet.api("run-6").asked_for("kill")) == (0, 0)


async def test_source_is_read_from_the_sandbox_of_the_process() -> None:
    fleet = three()
    source = {"run-7": b"one\ntwo\nseven()\n", "run-6": b"one\ntwo\nsix()\n"}
    for name, content in source.items():
        fleet.api(name).files["/workspace/agent.py"] = content
    async with several(fleet, "run-7", "run-6") as board:
        await board.until(lambda: board.pane.has_tracebacks)
        process = board.screen._selection.process
        frame = board.screen._frame()
        await show(board, "run-6")
        await board.until(lambda: board.pane.has_tracebacks)
        await board.sees("six()")
        # What was wanted of a process of the first while that was shown.
        board.screen._editing.open_copy(process, frame)
        await board.until(lambda: board.editor.opened)
        assert board.editor.opened[-1] == ("agent.py", source["run-7"], 3)
        await board.press("o")
        await board.until(lambda: len(board.editor.opened) == 2)
        assert board.editor.opened[-1] == ("agent.py", source["run-6"], 3)


async def test_what_is_not_watched_or_not_running_is_not_asked() -> None:
    fleet = fleet_of("run-7", "asleep", "spare", asleep="suspended")
    fleet.run("run-7", 2)
    fleet.run("spare", 5)
    async with several(fleet, "run-7", "asleep") as board:
        await board.press("1")
        await board.sees("not watched")
        rows = board.app.screen.query_one(VirtualTable).rows
        assert [(row.name, row.contact, row.is_watched) for row in rows] == [
            ("run-7", "live", True),
            ("asleep", "not contacted", True),
            ("spare", "not watched", False),
        ]
        asked = fleet.api("run-7").asked_for("processes")
        await board.until(lambda: fleet.api("run-7").asked_for("processes") > asked + 2)
        assert fleet.api("asleep").requests == []
        assert fleet.api("spare").requests == []
        # From now on it is.
        await board.press("G", "enter")
        await board.until(lambda: board.pids() == [5])
        await board.until(lambda: "spare  3 of 3" in status(board))
        assert fleet.api("asleep").requests == []


async def test_letting_go_is_of_the_one_that_is_shown() -> None:
    fleet = three()
    async with several(fleet, "run-7", "run-6") as board:
        await board.press("U")
        await board.sees("not watched")
        asked = len(fleet.api("run-7").requests)
        others = fleet.api("run-6").asked_for("processes")
        await board.until(lambda: fleet.api("run-6").asked_for("processes") > others + 2)
        assert len(fleet.api("run-7").requests) == asked
        await board.press("1")
        await board.sees("let go")
        await board.press("down", "enter")
        await board.sees("● live")
        assert len(fleet.api("run-7").requests) == asked


async def test_several_are_picked_from_the_list() -> None:
    fleet = three()
    async with several(fleet) as board:
        await picker_is_there(board)
        await board.press("space", "down", "down", "space")
        await board.sees("2 selected")
        assert all(not api.requests for api in fleet.apis.values())
        await board.press("enter")
        await board.until(lambda: isinstance(board.app.screen, MonitorScreen))
        session = board.screen._session
        await board.until(lambda: all(each.monitor.has_listed for each in session.watched))
        # In the order of their labels; the one under the cursor is shown.
        assert [each.label for each in session.watched] == ["run-7", "run-5"]
        assert session.current is session.watched[0]
        assert sum(bool(api.requests) for api in fleet.apis.values()) == 2
        assert len(board.connector.connections) == 2


async def test_leaving_closes_everything() -> None:
    async with several(three(), "run-7", "run-6", "run-5") as board:
        assert len(board.connector.connections) == 3
        await board.press("q")
        await board.until(lambda: not board.app.is_running)
    assert all(connection.closed for connection in board.connector.connections)


async def test_leaving_asks_for_the_process_of_the_first_one_wherever_it_is_pressed() -> None:
    fleet = fleet_of("run-7", "run-6")
    for name in ("run-7", "run-6"):
        fleet.run(name, 2)
    async with several(fleet, "run-7", "run-6", guard="2", initial="2") as board:
        await show(board, "run-6")
        fleet.api("run-6").listed = []
        await board.until(lambda: not board.table.rows)
        await board.press("q")
        await board.sees("It is still running")


async def test_the_palette_finds_processes_of_the_others() -> None:
    async with several(three(), "run-7", "run-6") as board:
        entries = {title: call for title, _, call in board.screen.palette_entries()}
        assert "Process 10: python job10.py" in entries
        entries["run-6  Process 3: python job3.py"]()
        await board.until(lambda: board.cursor_pid == 3)
        assert board.screen._session.current.label == "run-6"
        entries["Sandbox run-6"]()
        {title: call for title, _, call in board.screen.palette_entries()}["Sandbox run-7"]()
        await board.until(lambda: sorted(board.pids()) == [2, 10])


async def test_the_same_sandbox_under_two_names_is_watched_once() -> None:
    fleet = three()
    async with several(fleet, "run-7", "sbx-run-7", "run-6") as board:
        await board.sees("run-7 is watched already")
        session = board.screen._session
        assert [each.label for each in session.watched] == ["run-7", "run-6"]
        pane = board.screen.query_one(ErrorsPane)
        await board.until(lambda: pane.selected is not None and pane.selected.count == 3)
        await board.press("q")
        await board.until(lambda: not board.app.is_running)
    assert all(connection.closed for connection in board.connector.connections)


async def test_the_one_that_is_shown_stays_although_it_is_known_last() -> None:
    fleet = three()
    fleet.gates["run-7"] = asyncio.Event()
    async with several(fleet, "run-7", "sbx-run-7", "run-6") as board:
        await board.until(lambda: isinstance(board.app.screen, MonitorScreen))
        session = board.screen._session
        await board.until(lambda: all(each.monitor.has_listed for each in session.others))
        assert "run-7  1 of 3  3 failing elsewhere" in status(board)
        shown = session.current
        fleet.gates["run-7"].set()
        await board.sees("run-7 is watched already")
        await board.until(lambda: sorted(board.pids()) == [2, 10])
        assert session.current is shown
        assert [each.label for each in session.watched] == ["run-7", "run-6"]
        pane = board.screen.query_one(ErrorsPane)
        await board.until(lambda: pane.selected is not None and pane.selected.count == 3)
        await board.until(lambda: "run-7  1 of 2  2 failing elsewhere" in status(board))


async def test_a_mute_is_remembered_in_the_profiles_of_the_session() -> None:
    stage = replace(PROFILE, name="stage", sandbox="run-6", api_url="https://stage.example", ignore=("v1:00000000",))
    profiles = FakeProfiles(replace(PROFILE, sandbox="run-7"), stage)
    async with several(
        three(), "run-7", "run-6", profiles=profiles, used=[replace(PROFILE, sandbox="run-7"), stage]
    ) as board:
        pane = board.screen.query_one(ErrorsPane)
        await board.until(lambda: pane.selected is not None and pane.selected.count == 3)
        mark = pane.selected.fingerprint.text
        await board.press("4", "M")
        await board.sees("remembered in the profiles prod, stage")
        assert profiles.stored["prod"].ignore == (mark,)
        assert profiles.stored["stage"].ignore == ("v1:00000000", mark)
        await board.press("M")
        await board.until(lambda: profiles.stored["prod"].ignore == ())
        assert profiles.stored["stage"].ignore == ("v1:00000000",)


async def test_each_sandbox_is_shown_by_its_own_profile() -> None:
    locked = replace(PROFILE, sandbox="run-6", read_only=True, own_paths=("/workspace",))
    async with several(three(), "run-7", "run-6", used=[replace(PROFILE, sandbox="run-7"), locked]) as board:
        await show(board, "run-6")
        await board.press("a")
        await board.sees("the profile is read-only")
        await board.press("escape")
        assert board.pane.view.is_own is board.screen._session.current.is_own
        await show(board, "run-7")
        assert not board.screen._situation().read_only


async def test_lost_contact_with_one_leaves_the_others_alone() -> None:
    fleet = three()
    async with several(fleet, "run-7", "run-6") as board:
        sandbox = fleet.sandboxes_by_id["sbx-run-6"]
        fleet.sandboxes_by_id["sbx-run-6"] = replace(sandbox, status="suspended")
        board.screen._session.watched[1].monitor.refresh()
        await board.press("1")
        await board.sees("○ suspended")
        await board.sees("not contacted")
        assert board.screen._session.monitor.contact.is_live
        asked = len(fleet.api("run-6").requests)
        others = fleet.api("run-7").asked_for("processes")
        await board.until(lambda: fleet.api("run-7").asked_for("processes") > others + 2)
        assert len(fleet.api("run-6").requests) == asked


async def test_where_one_cannot_be_connected_to_none_is_watched() -> None:
    fleet = three()
    async with several(fleet) as board:
        await picker_is_there(board)
        board.connector.failure = AuthError("no credential was found", "set TENSORLAKE_API_KEY", status=401)
        await board.press("space", "down", "space", "enter")
        await board.sees("no credential was found")
        assert isinstance(board.app.screen, ProfilePicker)
        await board.until(lambda: all(connection.closed for connection in board.connector.connections))
    assert all(not api.requests for api in fleet.apis.values())


async def test_one_more_that_cannot_be_connected_to_is_said() -> None:
    fleet = three()
    async with several(fleet, "run-7") as board:
        board.connector.failure = AuthError("no credential was found", "set TENSORLAKE_API_KEY", status=401)
        await board.press("1")
        await board.sees("3 not watched")
        await board.press("G", "enter")
        await board.sees("no credential was found")
        assert [each.label for each in board.screen._session.watched] == ["run-7"]


async def test_a_control_plane_that_does_not_answer_leaves_the_watched_ones_in_the_list() -> None:
    fleet = three()
    async with several(fleet, "run-7", "run-6") as board:
        fleet.listing_failure = ConnectionFailed("the control plane does not answer")
        await board.press("1")
        await board.sees("the control plane does not answer")
        await board.sees("2 watched")
        fleet.listing_failure = None
        await board.press("r")
        await board.sees("2 not watched")
        await board.press("1")
        await board.until(lambda: isinstance(board.app.screen, MonitorScreen))


async def test_the_list_fits_every_terminal() -> None:
    async with several(three(), "run-7", "run-6", size=(40, 10)) as board:
        await board.press("1")
        await board.sees("run-6")
        await board.sees("esc close")
        await board.press("down", "enter")
        await board.until(lambda: board.screen._session.current.label == "run-6")

"""The dashboard on a fake sandbox: what keys do, what stays put, and what is said."""

from __future__ import annotations

from typing import Any

import pytest
from dashboard_support import PROFILE, TRACEBACK, dashboard, ended
from textual import events
from textual.theme import Theme
from textual.widgets import Input, OptionList, Static
from textual.worker import WorkerFailed

from tests.fakes import FakeApi, FakeConnector, FakeControl, FakeProfiles, interrupted, process
from tui.app.commands import COMMANDS, Situation
from tui.app.screens.dialogs import ChoiceDialog, ConfirmDialog, LineDialog, SignalDialog, TextDialog
from tui.app.screens.first_run import FirstRunScreen
from tui.app.screens.help import HelpScreen
from tui.app.screens.monitor import MonitorScreen
from tui.app.screens.profiles import ProfileForm, ProfilePicker
from tui.app.screens.sandboxes import SandboxPicker
from tui.app.themes import DARK, LIGHT
from tui.app.widgets.bars import StatusBar
from tui.app.widgets.output_view import OutputView
from tui.core.errors import AuthError, ConnectionFailed, NotFoundError
from tui.core.models import Managed, Sandbox, Stream
from tui.core.profile import KeySource, Profile, Transport


async def test_failures_come_first_and_their_traceback_is_shown() -> None:
    async with dashboard(process(1, **ended), process(2)) as board:
        assert board.pids() == [1, 2]
        await board.sees("KeyError: 'choices'")
        await board.sees("exit 1")
        await board.sees("confirmed by the sandbox")
        await board.sees("4 lines, complete")


async def test_the_cursor_stays_on_its_process_when_rows_move() -> None:
    async with dashboard(process(2), process(3)) as board:
        await board.press("j")
        chosen = board.cursor_pid
        board.api.listed = [process(1, **ended), *board.api.listed, process(4)]
        await board.until(lambda: len(board.table.rows) == 4)
        assert board.cursor_pid == chosen
        board.api.listed = [known for known in board.api.listed if known.pid != chosen]
        await board.until(lambda: len(board.table.rows) == 3)
        assert board.cursor_pid != chosen


async def test_an_action_is_for_the_process_that_was_chosen_when_its_dialog_opened() -> None:
    async with dashboard(process(2), process(3)) as board:
        chosen = board.cursor_pid
        await board.press("a", "k")
        await board.until(lambda: isinstance(board.app.screen, ConfirmDialog))
        assert f"pid {chosen}" in board.shown()
        board.api.listed = [process(1, **ended), process(9), *board.api.listed]
        await board.until(lambda: board.api.asked_for("processes") > 4)
        await board.press("y")
        await board.until(lambda: board.api.asked_for("kill"))
        assert board.api.asked_for(f"kill {chosen}") == 1


async def test_the_safe_answer_has_the_focus() -> None:
    async with dashboard(process(2)) as board:
        await board.press("a", "k")
        await board.until(lambda: isinstance(board.app.screen, ConfirmDialog))
        await board.press("enter")
        await board.until(lambda: isinstance(board.app.screen, MonitorScreen))
        assert board.api.asked_for("kill") == 0


async def test_a_signal_is_sent_after_its_name_was_confirmed() -> None:
    async with dashboard(process(2)) as board:
        await board.press("a", "s")
        await board.until(lambda: isinstance(board.app.screen, SignalDialog))
        await board.press("enter")
        await board.sees("Send SIGTERM?")
        await board.press("y")
        await board.until(lambda: board.api.asked_for("signal 2 15"))
        await board.sees("SIGTERM sent to process 2")


async def test_a_line_goes_to_stdin() -> None:
    async with dashboard(process(2, stdin_writable=True)) as board:
        await board.press("a", "i")
        await board.until(lambda: isinstance(board.app.screen, LineDialog))
        await board.press(*"yes", "enter")
        await board.until(lambda: board.api.asked_for("stdin 2 b'yes\\n'"))


async def test_gone_already_is_information() -> None:
    async with dashboard(process(2)) as board:
        board.api.failures["signal"] = NotFoundError("no such process", status=404)
        await board.press("a", "s", "enter")
        await board.sees("Send SIGTERM?")
        await board.press("y")
        await board.sees("process 2 is gone already")


async def test_read_only_offers_nothing_that_changes() -> None:
    async with dashboard(process(2), profile=Profile("prod", sandbox="box", read_only=True)) as board:
        await board.press("a")
        await board.until(lambda: isinstance(board.app.screen, ChoiceDialog))
        assert board.shown().count("the profile is read-only") == 4
        await board.press("k")
        assert isinstance(board.app.screen, ChoiceDialog)


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.keys], ids=lambda c: c.id)
async def test_every_command_works_by_key(command: Any) -> None:
    async with dashboard(process(1, **ended), process(2)) as board:
        await board.until(lambda: board.pane.has_tracebacks)
        called: list[str] = []
        method = f"action_{command.action}"
        if command.action.startswith("app."):
            setattr(board.app, f"action_{command.action[4:]}", lambda: called.append(command.id))
        else:
            setattr(board.screen, method, lambda: called.append(command.id))
        cannot = command.disabled_reason(board.screen._situation())
        if command.id == "output.open":
            # The table has Enter while it has the focus; the screen's binding is for the empty list.
            await board.press("enter")
            await board.until(lambda: board.screen.has_class("-on-output"))
            return
        for key in command.keys.split(","):
            await board.press(key)
        assert called == ([] if cannot else [command.id] * len(command.keys.split(",")))


async def test_every_command_that_can_be_used_is_in_the_palette() -> None:
    async with dashboard(process(1, **ended), process(2)) as board:
        await board.until(lambda: board.pane.has_tracebacks)
        titles = {title for title, _, _ in board.screen.palette_entries()}
        situation = board.screen._situation()
        wanted = {c.title for c in COMMANDS if not c.disabled_reason(situation) and not c.action.startswith("app.")}
        assert wanted <= titles
        assert any(title.startswith("Process 2") for title in titles)
        assert "Kill" not in titles, "a finished process is selected"


def test_every_command_says_why_it_cannot_be_used() -> None:
    for command in COMMANDS:
        reason = command.disabled_reason(Situation())
        assert reason is None or reason.strip()
        assert command.help
        if command.destructive:
            assert command.disabled_reason(Situation(process=process(1), read_only=True))
            assert not command.keys, "destructive commands have no key of their own"


async def test_panes_change_by_tab_and_escape_never_leaves() -> None:
    async with dashboard(process(1, **ended), process(2)) as board:
        assert board.screen.has_class("-on-processes")
        await board.press("tab")
        await board.until(lambda: board.pane.view.has_focus)
        await board.press("escape")
        await board.until(lambda: board.table.has_focus)
        await board.press("escape", "escape", "escape")
        assert board.app.is_running
        await board.press("enter")
        await board.until(lambda: board.pane.view.has_focus)
        await board.press("q")
        await board.until(lambda: board.table.has_focus)
        await board.press("q")
        await board.until(lambda: not board.app.is_running)


async def test_late_news_of_a_focus_that_moved_on_changes_nothing() -> None:
    async with dashboard(process(100)) as board:
        await board.sees("KeyError")
        assert board.screen.focused is board.table
        board.screen.post_message(events.DescendantFocus(board.pane.view))
        await board.press("q")
        assert board.app._exit


async def test_the_filter_hides_and_escape_clears_it() -> None:
    async with dashboard(process(1, **ended), process(22), process(3)) as board:
        await board.press("slash", *"job22", "enter")
        await board.until(lambda: board.pids() == [22])
        await board.sees("2 hidden")
        await board.press("slash", *"zzz", "enter")
        await board.sees("No process matches")
        await board.press("escape")
        await board.until(lambda: len(board.pids()) == 3)


async def test_what_ended_well_can_be_hidden() -> None:
    well = {"status": "exited", "exit_code": 0, "ended_at": 1_800_000_005_000}
    async with dashboard(process(2), process(3, **well)) as board:
        await board.press("A")
        await board.until(lambda: board.pids() == [2])
        await board.press("A")
        await board.until(lambda: board.pids() == [2, 3])


async def test_hostile_text_is_shown_and_harmless() -> None:
    hostile = process(5, command="run", args=("[/tag]", ":bug:", "[red]x", "[@click=app.quit]"))
    async with dashboard(hostile, size=(160, 50)) as board:
        board.api.write("5", "bad [/tag] \x1b[2J\x1b]52;c;aGk=\x07 :bug:")
        await board.sees("run [/tag] :bug: [red]x [@click=app.quit]")
        await board.sees("bad [/tag]  :bug:")
        assert "\x1b" not in board.shown()
        board.api.failures["kill"] = ConnectionFailed("failed [/b] :bug:")
        await board.press("a", "k")
        await board.until(lambda: isinstance(board.app.screen, ConfirmDialog))
        await board.press("y")
        await board.sees("failed [/b] :bug:")


async def test_output_goes_on_and_the_reader_stays() -> None:
    async with dashboard(process(2)) as board:
        await board.until(lambda: ("2", Stream.STDERR) in board.api.streams)
        board.api.write("2", *(f"line {n}" for n in range(200)))
        await board.sees("line 199")
        await board.press("tab", "g")
        await board.sees("line 0")
        board.api.write("2", *(f"line {n}" for n in range(200, 300)))
        await board.sees("↓ 100 new")
        assert "waiting" not in board.shown()
        assert "line 299" not in board.shown()
        await board.press("G")
        await board.sees("line 299")
        await board.sees("● live")


async def test_the_other_stream_is_one_key_away() -> None:
    async with dashboard(process(2)) as board:
        board.api.write("2", "on stdout", stream=Stream.STDOUT)
        await board.sees("Nothing on stderr")
        await board.press("s")
        await board.sees("on stdout")
        await board.press("s")
        await board.sees("Nothing on stderr")


async def test_a_frozen_picture_stays_while_lines_are_read() -> None:
    async with dashboard(process(2)) as board:
        await board.until(lambda: ("2", Stream.STDERR) in board.api.streams)
        await board.press("P")
        await board.sees("frozen")
        board.api.write("2", "while frozen")
        output = board.screen._session.output(process(2).key, Stream.STDERR)
        assert output is not None
        await board.until(lambda: len(output.buffer) == 1)
        assert "while frozen" not in board.shown()
        await board.press("P")
        await board.sees("while frozen")


async def test_a_new_run_takes_over_its_row_and_the_old_one_can_be_seen() -> None:
    def run(number: int) -> Any:
        return process(number, managed=Managed("m", name="agent", status="running", restart_count=number))

    async with dashboard(run(5)) as board:
        await board.until(lambda: ("5", Stream.STDERR) in board.api.streams)
        board.api.write("5", "from the first run")
        await board.sees("from the first run")
        board.api.listed = [run(6)]
        board.api.end_stream("5")
        await board.until(lambda: board.pids() == [6])
        await board.until(lambda: ("6", Stream.STDERR) in board.api.streams)
        board.api.write("6", "from the second run")
        await board.sees("from the second run")
        await board.press("left_square_bracket")
        await board.sees("from the first run")
        await board.press("right_square_bracket")
        await board.sees("from the second run")


async def test_a_reader_is_not_taken_to_a_new_run() -> None:
    def run(number: int) -> Any:
        return process(number, managed=Managed("m", name="agent", status="running", restart_count=number))

    async with dashboard(run(5)) as board:
        await board.until(lambda: ("5", Stream.STDERR) in board.api.streams)
        board.api.write("5", *(f"old {n}" for n in range(100)))
        await board.sees("old 99")
        await board.press("tab", "g")
        board.api.listed = [run(6)]
        await board.until(lambda: board.pids() == [6])
        await board.pilot.pause(0.3)
        assert "old 0" in board.shown()


@pytest.mark.parametrize("size", [(160, 50), (100, 30), (80, 24), (60, 15), (40, 10)])
async def test_the_screen_holds_together_at_every_size(size: tuple[int, int]) -> None:
    async with dashboard(process(1, **ended), process(2), size=size) as board:
        await board.sees("exit 1")
        one_at_a_time = size[0] < 80 or size[1] < 20
        if one_at_a_time:
            assert "KeyError: 'choices'" not in board.shown().replace("LAST ERROR", "") or board.table.display
            await board.press("tab")
        await board.sees("Traceback" if size[1] > 15 else "KeyError")
        lines = board.shown().split("\n")
        assert len(lines) == size[1]
        assert "help" in lines[-1]


async def test_a_terminal_that_is_too_small_says_what_it_needs() -> None:
    async with dashboard(process(2), size=(30, 8)) as board:
        await board.sees("at least 40")
        await board.pilot.resize_terminal(80, 24)
        await board.sees("running")


async def test_zoom_gives_the_pane_the_screen() -> None:
    async with dashboard(process(1, **ended), process(2)) as board:
        await board.press("tab", "z")
        await board.until(lambda: not board.table.region)
        await board.press("z")
        await board.until(lambda: bool(board.table.region))


async def test_states_are_told_without_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with dashboard(process(1, **ended), process(2)) as board:
        await board.sees("✗ exit 1")
        await board.sees("● running")
        await board.sees("▎")
        assert any("▎" in line and "KeyError" in line for line in board.shown().split("\n"))


async def test_lost_contact_is_told_and_dated() -> None:
    async with dashboard(process(2)) as board:
        board.api.failures["processes"] = ConnectionFailed("connection refused")
        await board.sees("offline")
        await board.sees("retry in")
        await board.sees("last answer")
        board.api.failures.clear()
        await board.press("r")
        await board.sees("● live")


async def test_a_refused_credential_is_explained() -> None:
    async with dashboard(ready=False) as board:
        board.api.failures["processes"] = AuthError("the key was refused", "run 'tl login'", status=401)
        await board.press("r")
        await board.sees("Not authorised")
        await board.sees("the key was refused")
        await board.sees("run 'tl login'")


@pytest.mark.parametrize(
    ("sandbox", "words"),
    [
        (Sandbox("sbx", "suspended", name="box"), "The sandbox sleeps"),
        (Sandbox("sbx", "pending", name="box", pending_reason="scheduling"), "box is pending: scheduling"),
        (
            Sandbox("sbx", "terminated", name="box", end_reason="Success(Timeout)"),
            "box is terminated: Success(Timeout)",
        ),
    ],
)
async def test_a_sandbox_that_is_not_running_is_not_contacted_and_says_so(sandbox: Sandbox, words: str) -> None:
    async with dashboard(control=FakeControl(sandbox), ready=False) as board:
        await board.sees(words)
        assert board.api.requests == []


async def test_no_processes_says_why() -> None:
    async with dashboard() as board:
        await board.sees("No processes")
        await board.sees("Shells and terminal sessions are not listed there")


async def test_an_unknown_process_is_no_silent_one() -> None:
    async with dashboard(process(2)) as board:
        board.api.listed = []
        board.api.end_stream("2")
        await board.sees("Unknown process")


async def test_letting_go_is_shown() -> None:
    async with dashboard(process(2)) as board:
        await board.press("U")
        await board.sees("not watched")
        asked = len(board.api.requests)
        await board.pilot.pause(0.6)
        assert len(board.api.requests) == asked
        await board.press("U")
        await board.sees("● live")


async def test_leaving_asks_where_it_would_kill() -> None:
    async with dashboard(process(2), guard="2", initial="2") as board:
        await board.press("q")
        await board.sees("It is still running")
        await board.press("escape")
        await board.until(lambda: isinstance(board.app.screen, MonitorScreen))
        board.api.listed = [process(2, **ended)]
        await board.sees("exit 1")
        await board.press("q")
        await board.until(lambda: not board.app.is_running)


async def test_help_lists_every_key_and_can_be_searched() -> None:
    async with dashboard(process(2), size=(100, 50)) as board:
        await board.press("question_mark")
        await board.until(lambda: isinstance(board.app.screen, HelpScreen))
        text = str(board.app.screen.query_one("#help-keys", Static).render())
        for command in COMMANDS:
            assert command.help.split(";")[0][:30] in " ".join(text.split()), command.id
        await board.press(*"freeze")
        await board.pilot.pause(0.1)
        await board.press("escape")
        await board.until(lambda: isinstance(board.app.screen, MonitorScreen))


async def test_details_tell_everything() -> None:
    async with dashboard(process(1, **ended)) as board:
        await board.press("d")
        await board.until(lambda: isinstance(board.app.screen, TextDialog))
        for words in ("exit code", "ended with exit code 1", "started", "stderr", "handle"):
            assert words in board.shown()


# Ways in


async def test_the_first_run_tells_where_it_looked() -> None:
    async with dashboard(profile=None, profiles=FakeProfiles()) as board:
        await board.until(lambda: isinstance(board.app.screen, FirstRunScreen))
        await board.sees("TENSORLAKE_API_KEY")
        await board.sees("not set")
        await board.press("q")
        await board.until(lambda: not board.app.is_running)


async def test_the_first_run_leads_to_the_sandboxes_of_a_key() -> None:
    async with dashboard(process(2), profile=None, profiles=FakeProfiles()) as board:
        await board.until(lambda: isinstance(board.app.screen, FirstRunScreen))
        await board.press("1")
        await board.until(lambda: isinstance(board.app.screen, SandboxPicker))
        await board.sees("box")
        assert board.connector.connections[0].profile.key_source is KeySource.ENV
        assert board.api.requests == [], "the list of sandboxes contacts none of them"
        await board.press("enter")
        await board.until(lambda: isinstance(board.app.screen, MonitorScreen))
        await board.until(lambda: board.pids() == [2])


async def test_the_demo_starts_from_the_first_run() -> None:
    api = FakeApi()
    api.listed = [process(3)]
    other = FakeConnector(api)

    async def start_demo() -> tuple[FakeConnector, Profile]:
        return other, PROFILE

    async with dashboard(profile=None, profiles=FakeProfiles(), start_demo=start_demo) as board:
        await board.until(lambda: isinstance(board.app.screen, FirstRunScreen))
        await board.press("3")
        await board.until(lambda: isinstance(board.app.screen, MonitorScreen))
        await board.until(lambda: board.pids() == [3])


async def test_a_profile_that_cannot_connect_leads_to_the_picker() -> None:
    async with dashboard(ready=False, profile=None, profiles=FakeProfiles(PROFILE)) as board:
        board.connector.failure = AuthError("no credential was found", "set TENSORLAKE_API_KEY", status=401)
        await board.until(lambda: isinstance(board.app.screen, ProfilePicker))
        await board.press("enter")
        await board.sees("no credential was found")
        assert isinstance(board.app.screen, ProfilePicker)


async def test_profiles_are_picked_added_and_made_default() -> None:
    profiles = FakeProfiles(PROFILE, broken={"old": "old.toml: line 3, column 7: bad"})
    async with dashboard(process(2), profiles=profiles) as board:
        await board.press("ctrl+o")
        await board.until(lambda: isinstance(board.app.screen, ProfilePicker))
        await board.sees("line 3, column 7")
        await board.press("n")
        await board.until(lambda: isinstance(board.app.screen, ProfileForm))
        await board.press(*"dev")
        board.app.screen.query_one("#field-sandbox", Input).value = "box"
        board.app.screen.query_one("#field-refresh_interval", Input).value = "soon"
        await board.press("ctrl+s")
        await board.sees("it must be a number of seconds")
        board.app.screen.query_one("#field-refresh_interval", Input).value = "0.5"
        board.app.screen.query_one("#field-api_key_env", Input).value = "tl_apiKey_secret123"
        await board.press("ctrl+s")
        await board.sees("looks like a secret")
        board.app.screen.query_one("#field-api_key_env", Input).value = "MY_KEY"
        await board.press("ctrl+s")
        await board.until(lambda: isinstance(board.app.screen, ProfilePicker))
        assert profiles.stored["dev"] == Profile(
            "dev", sandbox="box", refresh_interval=0.5, api_key_env="MY_KEY", transport=Transport.AUTO
        )
        options = board.app.screen.query_one(OptionList)
        options.highlighted = options.get_option_index("dev")
        await board.press("u")
        assert profiles.default == "dev"
        await board.press("enter")
        await board.until(lambda: isinstance(board.app.screen, MonitorScreen))
        await board.until(lambda: board.screen._session.monitor.profile.name == "dev")
        assert board.connector.connections[0].closed, "the connection of the profile before is closed"


async def test_a_bug_in_the_engine_ends_the_program_loudly() -> None:
    async def breaks() -> None:
        async with dashboard(process(2)) as board:
            board.api.failures["processes"] = ZeroDivisionError()  # type: ignore[assignment]
            await board.until(lambda: not board.app.is_running)

    with pytest.raises(WorkerFailed):
        await breaks()


async def test_a_broken_stream_changes_the_stream_state_only() -> None:
    async with dashboard(process(2)) as board:
        await board.until(lambda: ("2", Stream.STDERR) in board.api.streams)
        board.api.write("2", "before")
        await board.sees("before")
        board.api.end_stream("2", error=interrupted())
        await board.sees("reconnecting")
        await board.sees("● running")


async def test_the_status_bar_names_what_is_watched() -> None:
    async with dashboard(process(2), size=(120, 30)) as board:
        bar = str(board.screen.query_one(StatusBar).render())
        for words in (
            "boxscope",
            "prod",
            "box",
            "running",
            "2 cpu",
            "4,096 MB",
            "awake: held by us",
            "stderr live",
            "● live",
        ):
            assert words in bar
    async with dashboard(process(2), size=(44, 12)) as board:
        bar = str(board.screen.query_one(StatusBar).render())
        assert "box" in bar
        assert "● live" in bar


async def test_search_counts_and_goes_on() -> None:
    async with dashboard(process(2)) as board:
        await board.until(lambda: ("2", Stream.STDERR) in board.api.streams)
        board.api.write("2", *(f"job {n}" if n % 10 == 0 else f"line {n}" for n in range(100)))
        await board.sees("line 99")
        await board.press("tab", "slash", *"job", "enter")
        await board.sees("/10 matches")
        view = board.screen.query_one(OutputView)
        assert view.has_focus
        await board.press("escape")
        await board.until(lambda: "matches" not in board.shown())


async def test_a_search_can_be_an_expression_and_is_remembered() -> None:
    async with dashboard(process(2)) as board:
        await board.until(lambda: ("2", Stream.STDERR) in board.api.streams)
        board.api.write("2", *(f"job {n}" for n in range(30)))
        await board.sees("job 29")
        await board.press("tab", "slash", "ctrl+r")
        await board.sees("regex")
        for key in "job 1\\d$":
            await board.pilot.press({" ": "space", "\\": "backslash", "$": "dollar_sign"}.get(key, key))
        await board.sees("10 matches")
        await board.press("enter", "slash")
        board.screen.query_one("#search", Input).value = "("
        await board.sees("not a regular expression")
        await board.press("up")
        await board.sees("10 matches")


async def test_output_is_copied_and_saved_as_it_was_written() -> None:
    async with dashboard(process(1, **ended)) as board:
        await board.sees("KeyError")
        await board.press("tab", "e", "Y")
        await board.until(lambda: board.desktop.copied)
        assert board.desktop.copied == ["\n".join(TRACEBACK)]
        assert board.app.clipboard == "\n".join(TRACEBACK)
        await board.press("ctrl+s")
        await board.until(lambda: isinstance(board.app.screen, LineDialog))
        await board.press("enter")
        await board.sees("saved python-1-stderr.log")
        assert board.desktop.saved["python-1-stderr.log"].decode() == "\n".join([*TRACEBACK, ""])
        await board.press("ctrl+s")
        await board.until(lambda: isinstance(board.app.screen, LineDialog))
        await board.press("enter")
        await board.sees("exists already")


@pytest.mark.parametrize(("name", "theme"), [("", DARK), ("boxscope-light", LIGHT), ("no such theme", DARK)])
async def test_the_screen_wears_our_theme(name: str, theme: Theme) -> None:
    async with dashboard(process(2), theme=name) as board:
        assert theme.background is not None
        assert board.screen.background_colors[1].hex.lower() == theme.background
        board.app._use("boxscope-light")
        await board.pilot.pause()
        assert board.screen.background_colors[1].hex.lower() == LIGHT.background


async def test_a_search_leaves_the_words_of_the_stream_alone() -> None:
    async with dashboard(process(2)) as board:
        await board.until(lambda: ("2", Stream.STDERR) in board.api.streams)
        board.api.write("2", "job 1", "line 2")
        await board.sees("line 2")
        await board.press("tab", "slash", *"zzz")
        await board.sees("no match")
        await board.until(lambda: "● live" in board.shown().split("\n")[-2])

"""The dashboard in a real terminal: it opens, shows what failed, leaves, and tidies up."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path

import pytest
from terminal import Terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no ptys on Windows")

FAILURES = re.compile(r"✗ (SIGSEGV|exit 1)")


def first_process(screen: str) -> str:
    """The first row below the header of the process list."""
    lines = screen.splitlines()
    header = next(number for number, line in enumerate(lines) if "STATE" in line and "PID" in line)
    return lines[header + 1]


def test_demo_opens_shows_a_failure_and_its_traceback_and_leaves_nothing() -> None:
    with Terminal("demo", columns=120, lines=36) as terminal:
        screen = terminal.wait_for(FAILURES)
        assert FAILURES.search(first_process(screen)), screen
        # The selected process is the first one; a failed Python program shows where it failed.
        terminal.wait_for(re.compile(r'File ".*\.py", line \d+'))
        terminal.press("q")
        assert terminal.wait_exit() == 0
        terminal.assert_restored()
        terminal.assert_nothing_left()


def test_demo_folder_is_gone_afterwards(tmp_path: Path) -> None:
    with Terminal("demo", environment={"TMPDIR": str(tmp_path)}) as terminal:
        terminal.wait_for(FAILURES)
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
    assert list(tmp_path.iterdir()) == []


def test_run_shows_the_traceback_with_the_exit_code_and_exits_with_it() -> None:
    with Terminal("run", "--", sys.executable, "-c", "import nosuch", columns=100, lines=30) as terminal:
        terminal.wait_for("ModuleNotFoundError: No module named 'nosuch'")
        screen = terminal.wait_for("exit 1")
        # Its header, folded or as printed, and below it the frame.
        assert re.search(r'\bTraceback\b.*\n.*File "<string>", line 1, in <module>', screen), screen
        # The exception stands out from a plain line of the same traceback.
        assert terminal.colours_of("ModuleNotFoundError: No module") != terminal.colours_of('File "<string>"')
        terminal.press("q")
        assert terminal.wait_exit() == 1
        terminal.assert_restored()
        terminal.assert_nothing_left()


def test_run_gives_the_command_our_directory_and_environment(tmp_path: Path) -> None:
    program = "import os, sys; print(os.getcwd(), os.environ['COLOUR_OF_TEST'], file=sys.stderr); sys.exit(7)"
    with Terminal(
        "run", "--", sys.executable, "-c", program, cwd=tmp_path, columns=160, environment={"COLOUR_OF_TEST": "mauve"}
    ) as terminal:
        terminal.wait_for("exit 7")
        terminal.wait_for("mauve")
        assert tmp_path.name in terminal.text()
        terminal.press("q")
        assert terminal.wait_exit() == 7


def test_run_reports_a_signal_as_shells_do() -> None:
    program = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    with Terminal("run", "--", sys.executable, "-c", program) as terminal:
        terminal.wait_for("SIGKILL")
        terminal.press("q")
        assert terminal.wait_exit() == 128 + signal.SIGKILL


def test_leaving_while_the_command_runs_asks_and_then_kills_it() -> None:
    program = "import sys, time; print('at work', file=sys.stderr, flush=True); time.sleep(600)"
    with Terminal("run", "--", sys.executable, "-c", program) as terminal:
        terminal.wait_for(re.compile("^.{0,3}at work", re.MULTILINE))
        terminal.press("q")
        terminal.wait_for(re.compile("kill", re.IGNORECASE))
        assert terminal.process.poll() is None
        terminal.press("escape")
        terminal.wait_for(lambda screen: "at work" in screen and "kill it" not in screen.lower())
        assert terminal.process.poll() is None
        terminal.press("q")
        terminal.wait_for(re.compile("kill", re.IGNORECASE))
        terminal.press("y")
        assert terminal.wait_exit() == 128 + signal.SIGKILL
        terminal.assert_restored()
        terminal.assert_nothing_left()


@pytest.mark.parametrize(
    ("command", "code"),
    [("no-such-command-anywhere", 127), (os.path.join(os.sep, "etc", "passwd"), 126)],  # noqa: PTH118
)
def test_run_says_why_a_command_cannot_be_started(command: str, code: int) -> None:
    with Terminal("run", "--", command) as terminal:
        assert terminal.wait_exit() == code
        assert terminal.text().startswith("boxscope: ")
        terminal.assert_restored()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_in_order(number: signal.Signals) -> None:
    with Terminal("demo") as terminal:
        terminal.wait_for(FAILURES)
        terminal.send_signal(number)
        assert terminal.wait_exit() == 128 + number
        terminal.assert_restored()
        terminal.assert_nothing_left()


def test_even_a_kill_of_the_program_leaves_no_child() -> None:
    with Terminal("demo") as terminal:
        terminal.wait_for(FAILURES)
        terminal.process.kill()
        terminal.wait_exit()
        terminal.assert_nothing_left()


@pytest.mark.parametrize(("columns", "lines"), [(160, 50), (80, 24), (60, 15), (40, 10)])
def test_it_works_at_every_size(columns: int, lines: int) -> None:
    with Terminal("demo", columns=columns, lines=lines) as terminal:
        terminal.wait_for(re.compile("SIGSEGV|exit 1"))
        terminal.press("q")
        assert terminal.wait_exit() == 0
        terminal.assert_restored()


def test_a_resize_is_followed() -> None:
    with Terminal("demo", columns=120, lines=36) as terminal:
        terminal.wait_for(FAILURES)
        terminal.resize(80, 24)
        terminal.wait_for(lambda screen: "SIGSEGV" in screen and "q quit" in screen.splitlines()[-1])
        terminal.press("q")
        assert terminal.wait_exit() == 0
        terminal.assert_restored()


def test_no_colour_means_none() -> None:
    with Terminal("demo", environment={"NO_COLOR": "1"}) as terminal:
        terminal.wait_for(FAILURES)
        hues = {
            cell.fg for line in terminal.screen.buffer.values() for cell in line.values()
            if re.fullmatch("[0-9a-f]{6}", cell.fg) and not is_grey(cell.fg)
        }  # fmt: skip
        assert hues == set()
        terminal.press("q")
        assert terminal.wait_exit() == 0


def is_grey(colour: str) -> bool:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (0, 2, 4))
    return max(red, green, blue) - min(red, green, blue) <= 8


def test_without_a_profile_the_first_run_screen_opens() -> None:
    with Terminal() as terminal:
        terminal.wait_for("TENSORLAKE_API_KEY")
        terminal.press("q")
        assert terminal.wait_exit() == 0
        terminal.assert_restored()


def test_a_word_stands_there_until_the_dashboard_does() -> None:
    with Terminal("demo") as terminal:
        assert "boxscope is starting" in terminal.wait_for(re.compile("start"))
        terminal.wait_for(FAILURES)
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert "starting" not in terminal.text()


def test_the_word_makes_room_for_an_error() -> None:
    with Terminal("--profile", "nosuch") as terminal:
        assert terminal.wait_exit() == 4
        assert "starting" in terminal.received.decode()
        assert terminal.text().startswith("boxscope: ")


def test_commands_for_scripts_say_nothing_of_a_start() -> None:
    with Terminal("ps", "--help") as terminal:
        assert terminal.wait_exit() == 0
        assert "starting" not in terminal.received.decode()

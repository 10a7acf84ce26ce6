"""Opening source in an editor, in a real terminal: what the editor gets, and what the terminal is like afterwards."""

from __future__ import annotations

import json
import re
import signal
import sys
from pathlib import Path

import pytest
from terminal import Terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no ptys on Windows")

EDITOR = """\
import json, os, signal, sys, termios, time
path = sys.argv[-1]
modes = [oct(os.stat(each).st_mode & 0o777) for each in (path, os.path.dirname(path))]
cooked = bool(termios.tcgetattr(0)[3] & termios.ICANON)
with open(os.environ["SEEN"] + ".part", "w") as file:
    json.dump([sys.argv[1:], open(path).read(), modes, cooked], file)
os.rename(os.environ["SEEN"] + ".part", os.environ["SEEN"])
print("THE EDITOR IS OPEN", flush=True)
exec(os.environ.get("EDIT", "sys.stdin.readline()"))
"""
CRASHED = re.compile(r"Traceback .*E-[0-9a-f]{4}.*exit 1 at", re.DOTALL)
"""The traceback is found, grouped and drawn, and the end of its process is known."""
PROGRAM = "def main():\n    prices = {}\n    return prices['apples']\n\nmain()\n"


class Desk:
    """A crashing program, an editor that writes down what it was given, and where its copies go."""

    def __init__(self, folder: Path) -> None:
        self.program, self.seen, self.copies = folder / "shop.py", folder / "seen.json", folder / "tmp"
        self.program.write_text(PROGRAM)
        self.copies.mkdir()
        self.editor = folder / "nano"
        self.editor.write_text(f"#!{sys.executable}\n{EDITOR}")
        self.editor.chmod(0o700)

    def terminal(self, **environment: str) -> Terminal:
        return Terminal(
            "run", "--", sys.executable, str(self.program), columns=120, lines=36,
            environment={
                "EDITOR": str(self.editor), "VISUAL": "", "SEEN": str(self.seen), "TMPDIR": str(self.copies),
                "NO_COLOR": "", **environment,
            },
        )  # fmt: skip

    def copies_left(self) -> list[str]:
        return [path.name for path in self.copies.rglob("shop.py")]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def choose_agent(terminal: Terminal) -> None:
    """Go to the agent by the command palette; anew where it was restarted between finding and choosing it."""
    for _ in range(5):
        terminal.press(":")
        terminal.wait_for("Search for commands")
        terminal.press("agent.py")
        terminal.wait_for(re.compile(r"Process \d+: python agent.py"))
        terminal.press("enter")
        terminal.wait_for(lambda screen: "Process " not in screen and "Search for commands" not in screen)
        try:
            terminal.wait_for(re.compile(r"stderr +\d+ +agent run"), seconds=3)
        except AssertionError:
            continue
        return
    raise AssertionError(f"the agent cannot be chosen:\n{terminal.text()}")


def back(screen: str) -> bool:
    return "KeyError: 'apples'" in screen and "Processes" in screen and "THE EDITOR" not in screen


def test_the_source_of_the_frame_opens_in_the_editor_and_the_screen_comes_back(desk: Desk) -> None:
    with desk.terminal() as terminal:
        terminal.wait_for(CRASHED)
        terminal.press("o")
        terminal.wait_for("THE EDITOR IS OPEN")
        arguments, content, modes, cooked = json.loads(desk.seen.read_text())
        assert arguments[:-1] == ["--view", "+3"]
        assert Path(arguments[-1]).name == "shop.py"
        assert (content, modes, cooked) == (PROGRAM, ["0o400", "0o700"], True)
        assert desk.copies_left() == ["shop.py"]
        terminal.press("enter")
        terminal.wait_for(back)
        assert desk.copies_left() == []
        # Keys reach the dashboard again.
        terminal.press("?")
        terminal.wait_for("type to search")
        terminal.press("escape")
        terminal.wait_for(lambda screen: "type to search" not in screen)
        terminal.press("q")
        assert terminal.wait_exit() == 1
        terminal.assert_restored()
        terminal.assert_nothing_left()


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ("os.system('stty raw -echo'); os.write(1, b'\\x1b[?1049h\\x1b[?1003h\\x1b[?25l')", "exit 1"),
        ("os.system('stty raw -echo'); os.write(1, b'\\x1b[?1003h'); os.kill(os.getpid(), 9)", "ended with signal 9"),
        ("sys.exit(7)", "ended with exit code 7"),
        ("os.setpgid(0, 0); signal.signal(signal.SIGTTOU, signal.SIG_IGN); os.tcsetpgrp(0, os.getpid())", "exit 1"),
    ],
)
def test_whatever_the_editor_does_the_terminal_is_ours_again(desk: Desk, edit: str, words: str) -> None:
    with desk.terminal(EDIT=edit) as terminal:
        terminal.wait_for(CRASHED)
        terminal.press("o")
        terminal.wait_for(lambda screen: desk.seen.exists() and back(screen) and words in screen)
        assert desk.copies_left() == []
        terminal.press("q")
        assert terminal.wait_exit() == 1
        terminal.assert_restored()
        terminal.assert_nothing_left()


def test_an_interrupt_is_for_the_editor_alone(desk: Desk) -> None:
    edit = "signal.signal(signal.SIGINT, lambda *_: os._exit(0)); print('READY', flush=True); time.sleep(600)"
    with desk.terminal(EDIT=edit) as terminal:
        terminal.wait_for(CRASHED)
        terminal.press("o")
        terminal.wait_for("READY")
        terminal.press("ctrl+c")
        terminal.wait_for(back)
        terminal.press("q")
        assert terminal.wait_exit() == 1
        terminal.assert_restored()


def test_leaving_by_a_signal_while_the_editor_is_open_leaves_nothing(desk: Desk) -> None:
    with desk.terminal(EDIT="time.sleep(600)") as terminal:
        terminal.wait_for(CRASHED)
        terminal.press("o")
        terminal.wait_for("THE EDITOR IS OPEN")
        terminal.send_signal(signal.SIGTERM)
        assert terminal.wait_exit() == 128 + signal.SIGTERM
        terminal.assert_nothing_left()
        terminal.assert_restored()
        assert desk.copies_left() == []


def test_output_that_comes_while_the_editor_is_open_is_not_missed(desk: Desk) -> None:
    desk.program.write_text(
        "import sys, time, traceback\n"
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    traceback.print_exc()\n"
        "while not __import__('os').path.exists(sys.argv[1]):\n    time.sleep(0.02)\n"
        "print('meanwhile', file=sys.stderr, flush=True)\ntime.sleep(600)\n"
    )
    go = desk.copies / "go"
    terminal = Terminal(
        "run", "--", sys.executable, str(desk.program), str(go), columns=120, lines=36,
        environment={"EDITOR": str(desk.editor), "SEEN": str(desk.seen), "TMPDIR": str(desk.copies)},
    )  # fmt: skip
    with terminal:
        terminal.wait_for("ZeroDivisionError: division by zero")
        terminal.press("o")
        terminal.wait_for("THE EDITOR IS OPEN")
        go.touch()
        terminal.press("enter")
        terminal.wait_for(re.compile(r"meanwhile.*Processes|Processes.*meanwhile", re.DOTALL))


def test_without_an_editor_the_next_step_is_named(desk: Desk) -> None:
    with desk.terminal(EDITOR="") as terminal:
        terminal.wait_for(CRASHED)
        terminal.press("o")
        terminal.wait_for("no editor is set")
        terminal.wait_for("set VISUAL or EDITOR")
        terminal.press("q")
        assert terminal.wait_exit() == 1


def test_the_crash_loop_of_the_demo_is_one_group_with_its_source_and_opens_in_the_editor(desk: Desk) -> None:
    environment = {"EDITOR": str(desk.editor), "VISUAL": "", "SEEN": str(desk.seen), "TMPDIR": str(desk.copies)}
    with Terminal("demo", columns=160, lines=50, environment=environment) as terminal:
        # Several runs end with the same error: one group, counted.
        terminal.wait_for(re.compile(r"E-[0-9a-f]{4} +[2-9] .*PlanError"), seconds=40)
        choose_agent(terminal)
        terminal.press("5")
        # Now the run on screen is held, also where that is one which has yet to fail.
        for _ in range(5):
            # Its line, marked, from the file that the sandbox holds.
            terminal.wait_for(re.compile(r"▶ \d+ +document = json\.loads\(reply\)"), seconds=40)
            terminal.wait_for("read from the sandbox; the line is the one printed")
            terminal.press("o")
            try:
                terminal.wait_for("THE EDITOR IS OPEN", seconds=4)
            except AssertionError:
                continue
            break
        terminal.wait_for("THE EDITOR IS OPEN")
        arguments, content, _, _ = json.loads(desk.seen.read_text())
        number = int(arguments[-2].removeprefix("+"))
        assert Path(arguments[-1]).name == "planning.py"
        assert content.splitlines()[number - 1].strip() == "document = json.loads(reply)"
        terminal.press("enter")
        terminal.wait_for(lambda screen: "Failure" in screen and "THE EDITOR" not in screen)
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
        terminal.assert_restored()
        terminal.assert_nothing_left()
    assert list(desk.copies.iterdir()) == []

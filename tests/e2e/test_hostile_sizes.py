"""Output of hostile size and content, in a real terminal: usable at once, and nothing of it acts on the screen."""

from __future__ import annotations

import sys

import pytest
from terminal import Terminal

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="there are no ptys on Windows"),
    pytest.mark.timeout(300),
]


def watch(program: str) -> Terminal:
    return Terminal("run", "--", sys.executable, "-c", program, columns=100, lines=30)


def leave(terminal: Terminal) -> None:
    """From the output to the list, and out."""
    terminal.press("q")
    # The bar at the cursor of the list tells that it has the focus.
    terminal.wait_for("▌")
    terminal.press("q")


def test_a_million_lines() -> None:
    program = (
        "import sys\n"
        "for start in range(0, 1_000_000, 10_000):\n"
        "    sys.stderr.write(''.join(f'line {n} of the log\\n' for n in range(start, start + 10_000)))\n"
    )
    with watch(program) as terminal:
        terminal.wait_for("line 999999 of the log", seconds=120)
        terminal.press("tab")
        terminal.wait_for("▏")
        terminal.press("g")
        terminal.wait_for("line 0 of the log")
        terminal.press("G")
        terminal.wait_for("line 999999 of the log")
        terminal.press("/")
        terminal.wait_for("regular expression")
        for key in "line 500000 of":
            terminal.press("space" if key == " " else key)
        terminal.press("enter")
        terminal.wait_for("line 500003 of the log", seconds=60)
        terminal.wait_for("1,000,000 lines", seconds=60)
        leave(terminal)
        assert terminal.wait_exit() == 0
        terminal.assert_restored()


def test_one_line_of_fifty_megabytes() -> None:
    program = "import sys; sys.stderr.write('x' * 50_000_000 + '\\nafter the long line\\n')"
    with watch(program) as terminal:
        terminal.wait_for("after the long line", seconds=120)
        screen = terminal.wait_for("MB")
        assert "xxxxxxxx" in screen
        terminal.press("tab", "w")
        terminal.wait_for("after the long line")
        leave(terminal)
        assert terminal.wait_exit() == 0
        terminal.assert_restored()


def test_binary_garbage() -> None:
    program = (
        "import random, sys\n"
        "random.seed(7)\n"
        "out = sys.stderr.buffer\n"
        "out.write(random.randbytes(2_000_000))\n"
        "out.write(b'\\x1b[2J\\x1b[?1049l\\x1b]0;title\\x07\\x1bc\\x9b31m\\n')\n"
        "out.write(b'end of the garbage\\n')\n"
    )
    with watch(program) as terminal:
        screen = terminal.wait_for("end of the garbage", seconds=60)
        for words in ("Processes", "exit 0", "stderr", "help", "quit"):
            assert words in screen
        terminal.press("tab", "g", "x")
        terminal.wait_for("Processes")
        leave(terminal)
        assert terminal.wait_exit() == 0
        terminal.assert_restored()

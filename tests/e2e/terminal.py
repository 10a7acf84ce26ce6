"""A real terminal for the console script: a pty on one side, a terminal emulator that reads it on the other.

The program runs in a session of its own with the pty as its controlling terminal, as it would under a terminal window.
What it draws goes through pyte, so a test reads what a person would see.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyte

ROOT = Path(__file__).parent.parent.parent
KEYS = {
    "enter": "\r", "tab": "\t", "shift+tab": "\x1b[Z", "escape": "\x1b", "space": " ", "backspace": "\x7f",
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F",
    "pageup": "\x1b[5~", "pagedown": "\x1b[6~", "delete": "\x1b[3~", "f1": "\x1bOP",
    **{f"ctrl+{chr(96 + number)}": chr(number) for number in range(1, 27)},
}  # fmt: skip

# Modes that a program may switch on and must switch off again: mouse (1000, 1002, 1003, 1015, 1006), alternate screen
# (1049), bracketed paste (2004), focus reports (1004), in-band resize reports (2048).
PRIVATE_MODES = ("1000", "1002", "1003", "1006", "1015", "1049", "2004", "1004", "2048")
_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_KITTY = re.compile(rb"\x1b\[([<>])[0-9]*u")


def console_script() -> list[str]:
    """The installed command; the module where only the sources are there."""
    script = Path(sys.executable).parent / "boxscope"
    return [str(script)] if script.exists() else [sys.executable, "-m", "tui"]


class _Screen(pyte.Screen):
    """pyte's screen, deaf to what it would mistake for text: window operations and key protocols."""

    def report_device_status(self, *_: Any, **__: Any) -> None:
        """Cursor position requests are answered by nobody."""


class _Stream(pyte.ByteStream):
    """pyte's stream without the sequences that it cannot parse: those with private markers other than ``?``."""

    _foreign = re.compile(
        rb"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b\[\?[0-9;]*\$p|\x1b\[[0-9;]*\$[a-z]|\x1b[P_^][^\x1b]*\x1b\\"
    )

    def feed(self, data: bytes) -> None:
        super().feed(self._foreign.sub(b"", data))


class Terminal:
    """One run of ``boxscope ARGUMENTS`` in a terminal of ``columns`` times ``lines``. Use it as a context manager.

    At the end of a run that the test has seen through with :meth:`wait_exit`, :meth:`assert_restored` and
    :meth:`assert_nothing_left` tell whether the program has tidied up.
    """

    def __init__(
        self,
        *arguments: str,
        columns: int = 100,
        lines: int = 30,
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        program: Sequence[str] | None = None,
    ) -> None:
        self.columns, self.lines = columns, lines
        self.screen = _Screen(columns, lines)
        self.received = bytearray()
        self._stream = _Stream(self.screen)
        self._mark = f"BOXSCOPE_TEST_MARK={uuid.uuid4().hex}"
        self._ours, self._theirs = os.openpty()
        self._set_size(columns, lines)
        self.attributes_before = termios.tcgetattr(self._theirs)
        name, _, value = self._mark.partition("=")
        self.process = subprocess.Popen(
            [*(program or console_script()), *arguments],
            stdin=self._theirs,
            stdout=self._theirs,
            stderr=self._theirs,
            cwd=cwd or ROOT,
            env={
                **os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT), name: value,
                **(environment or {}),
            },
            start_new_session=True,
            preexec_fn=self._take_terminal,
        )  # fmt: skip

    def _take_terminal(self) -> None:
        """In the child: make the pty its controlling terminal, so that ctrl+c and hang-ups reach it."""
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def _set_size(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pid in self.marked_processes():
            os.kill(pid, signal.SIGKILL)
        os.close(self._ours)
        os.close(self._theirs)
        if error is not None:
            error.add_note("the screen was:\n" + self.text())

    # ---------------------------------------------------------------- what is on screen

    def text(self) -> str:
        """The screen as lines of text without the blanks behind them."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def row_of(self, text: str) -> int:
        """The first line of the screen that holds ``text``. Raises AssertionError."""
        for number, line in enumerate(self.screen.display):
            if text in line:
                return number
        raise AssertionError(f"{text!r} is not on screen:\n{self.text()}")

    def colours_of(self, text: str) -> set[str]:
        """The foreground colours of the first place on screen where ``text`` stands."""
        row = self.row_of(text)
        column = self.screen.display[row].index(text)
        return {self.screen.buffer[row][column + at].fg for at in range(len(text)) if not text[at].isspace()}

    def read(self, seconds: float) -> bool:
        """Take in what arrives within ``seconds``; False when nothing did."""
        ready, _, _ = select.select([self._ours], [], [], seconds)
        if not ready:
            return False
        try:
            content = os.read(self._ours, 65536)
        except OSError:
            return False
        self.received += content
        self._stream.feed(content)
        return bool(content)

    def wait_for(self, what: str | re.Pattern[str] | Callable[[str], bool], seconds: float = 20.0) -> str:
        """Read until the screen holds a text, matches an expression or satisfies a condition; gives the screen."""
        deadline = time.monotonic() + seconds
        while True:
            shown = self.text()
            if _holds(shown, what):
                return shown
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"not on screen within {seconds:g} s: {what}\n{shown}")
            if not self.read(min(left, 0.2)) and self.process.poll() is not None and not self.read(0):
                if _holds(self.text(), what):
                    return self.text()
                raise AssertionError(f"ended with {self.process.returncode} before {what} was on screen:\n{shown}")

    # ---------------------------------------------------------------- what a person does

    def press(self, *keys: str) -> None:
        """Press keys by name (``"tab"``, ``"ctrl+q"``); other words are typed."""
        for key in keys:
            os.write(self._ours, KEYS.get(key, key).encode())

    def resize(self, columns: int, lines: int) -> None:
        """Change the size of the window."""
        self.columns, self.lines = columns, lines
        self.screen.resize(lines, columns)
        self._set_size(columns, lines)

    def send_signal(self, number: int) -> None:
        """Send a signal to the program alone."""
        self.process.send_signal(number)

    def wait_exit(self, seconds: float = 20.0) -> int:
        """Read until the program has ended; gives its exit code."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            self.read(0.05)
            if time.monotonic() > deadline:
                raise AssertionError(f"still running after {seconds:g} s:\n{self.text()}")
        while self.read(0):
            pass
        return self.process.returncode

    # ---------------------------------------------------------------- what is left behind

    def assert_restored(self) -> None:
        """The terminal is as it was: line discipline, screen, cursor, mouse, keyboard."""
        assert termios.tcgetattr(self._theirs) == self.attributes_before, "the line discipline differs"
        on: dict[str, bool] = {}
        for numbers, letter in _MODE.findall(bytes(self.received)):
            for number in numbers.decode().split(";"):
                on[number] = letter == b"h"
        assert not [mode for mode in PRIVATE_MODES if on.get(mode)], f"left on: {on}"
        assert on.get("25", True), "the cursor is hidden"
        depth = 0
        for sign in _KITTY.findall(bytes(self.received)):
            depth += 1 if sign == b">" else -1
        assert depth <= 0, "the keyboard protocol is left on"

    def marked_processes(self) -> list[int]:
        """Processes that descend from the program, told by a mark that children inherit in their environment."""
        mark = self._mark.encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*") if Path("/proc").is_dir() else ():
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                continue
        return [pid for pid in found if pid != os.getpid()]

    def assert_nothing_left(self, seconds: float = 5.0) -> None:
        """Every process that came from the program is gone, at the latest after ``seconds``."""
        deadline = time.monotonic() + seconds
        while left := self.marked_processes():
            assert time.monotonic() < deadline, f"left behind: {left}"
            time.sleep(0.02)


def _holds(shown: str, what: str | re.Pattern[str] | Callable[[str], bool]) -> bool:
    if isinstance(what, str):
        return what in shown
    if isinstance(what, re.Pattern):
        return what.search(shown) is not None
    return what(shown)

"""How editors are told a file and a line."""

from __future__ import annotations

import pytest

from tui.core.editors import editor_command, words_of
from tui.core.errors import ConfigError

FILE = "/tmp/x/agent.py"


def argv(setting: str, line: int | None = 41, *, is_copy: bool = False) -> list[str]:
    return list(editor_command(words_of(setting, source="EDITOR"), FILE, line, is_copy=is_copy).argv)


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("vim", ["vim", "+41", FILE]),
        ("vim.basic", ["vim.basic", "+41", FILE]),
        ("/usr/bin/nvim -p", ["/usr/bin/nvim", "-p", "+41", FILE]),
        ("vi", ["vi", "+41", FILE]),
        ("nano", ["nano", "+41", FILE]),
        ("emacs -nw", ["emacs", "-nw", "+41", FILE]),
        ("emacs-nox", ["emacs-nox", "+41", FILE]),
        ("emacsclient -t -a ''", ["emacsclient", "-t", "-a", "", "+41", FILE]),
        ("kak", ["kak", "+41", FILE]),
        ("micro", ["micro", "+41", FILE]),
        ("less", ["less", "+41", FILE]),
        ("hx", ["hx", f"{FILE}:41"]),
        ("helix", ["helix", f"{FILE}:41"]),
        ("subl --wait", ["subl", "--wait", f"{FILE}:41"]),
        ("code --wait", ["code", "--wait", "--goto", f"{FILE}:41"]),
        ("code-insiders", ["code-insiders", "--goto", f"{FILE}:41"]),
        ('"C:\\\\Program Files\\\\Code.exe"', ["C:\\Program Files\\Code.exe", "--goto", f"{FILE}:41"]),
        ("pycharm", ["pycharm", "--line", "41", FILE]),
        ("env TERM=xterm nvim", ["env", "TERM=xterm", "nvim", "+41", FILE]),
        ("my-editor --fast", ["my-editor", "--fast", FILE]),
        ("my-editor -n {line} '{file}'", ["my-editor", "-n", "41", FILE]),
        ("code -g {file}:{line}:1", ["code", "-g", f"{FILE}:41:1"]),
    ],
)
def test_each_is_told_the_line_in_its_own_way(setting: str, expected: list[str]) -> None:
    assert argv(setting) == expected


def test_without_a_line_only_the_file_is_named() -> None:
    assert argv("vim", None) == ["vim", FILE]
    assert argv("hx", None) == ["hx", FILE]
    assert argv("ed {file}:{line}", None) == ["ed", f"{FILE}:1"]


def test_copies_are_opened_for_reading_where_the_editor_can() -> None:
    assert argv("nano", is_copy=True) == ["nano", "--view", "+41", FILE]
    assert argv("vi", is_copy=True) == ["vi", "-R", "+41", FILE]
    # A file of a sandbox must not set options of the editor.
    assert argv("nvim", is_copy=True) == ["nvim", "-R", "--cmd", "set nomodeline", "+41", FILE]


@pytest.mark.parametrize(
    ("setting", "takes_terminal", "waits"),
    [
        ("vim", True, True),
        ("emacsclient -t", True, True),
        ("emacsclient -n", True, False),
        ("code", False, False),
        ("code --wait", False, True),
        ("gvim", False, False),
        ("gvim -f", False, True),
        ("my-editor", True, False),
        ("code -g {file}:{line}", False, False),
    ],
)
def test_who_takes_the_terminal_and_who_tells_when_it_is_done(setting: str, takes_terminal: bool, waits: bool) -> None:
    command = editor_command(words_of(setting, source="EDITOR"), FILE, 1, is_copy=True)
    assert (command.takes_terminal, command.waits) == (takes_terminal, waits)


def test_a_file_name_with_braces_is_left_alone() -> None:
    command = editor_command(["ed", "{file}:{line}"], "/tmp/{line}/{file}", 7, is_copy=False)
    assert command.argv == ("ed", "/tmp/{line}/{file}:7")


def test_whether_the_line_was_told() -> None:
    assert editor_command(["vim"], FILE, 7, is_copy=False).knows_line
    assert not editor_command(["my-editor"], FILE, 7, is_copy=False).knows_line


def test_quotes_that_do_not_match_are_explained() -> None:
    with pytest.raises(ConfigError, match="EDITOR"):
        words_of("vim '", source="EDITOR")

"""The user's editor: which one, what it is given, and what is left of it."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from tui.core.errors import ConfigError
from tui.io.editor import LocalEditor

WRITES = """\
import json, os, sys
path = sys.argv[-1]
mode = oct(os.stat(path).st_mode & 0o777), oct(os.stat(os.path.dirname(path)).st_mode & 0o777)
json.dump([sys.argv[1:], open(path).read(), mode], open(os.environ["SEEN"], "w"))
sys.exit(int(os.environ.get("CODE", "0")))
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """An editor called ``vim`` that writes down what it was given."""
    path = tmp_path / "bin" / "vim"
    path.parent.mkdir()
    path.write_text(f"#!{sys.executable}\n{WRITES}")
    path.chmod(0o700)
    return path


@pytest.fixture(autouse=True)
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where copies go."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.setenv("SEEN", str(tmp_path / "seen.json"))
    return folder


def test_a_copy_is_private_and_goes_with_the_program(program: Path, copies: Path, tmp_path: Path) -> None:
    editor = LocalEditor({"EDITOR": str(program), "PATH": ""}, tmp_path)
    opened = editor.copy("agent.py", b"x = 1\n", 1)
    path = Path(opened.path)
    assert path.read_bytes() == b"x = 1\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    editor.close()
    assert list(copies.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "passwd"),
        ("a b\x1b[2J$(x).py", "a_b__2J__x_.py"),
        ("-rf", "-rf"),
        ("", "source"),
        ("..", "_"),
        ("n" * 400 + ".py", "n" * 97 + ".py"),
    ],
)
def test_the_name_of_a_copy_is_made_harmless(
    program: Path, copies: Path, tmp_path: Path, name: str, expected: str
) -> None:
    editor = LocalEditor({"EDITOR": str(program), "PATH": ""}, tmp_path)
    path = Path(editor.copy(name, b"", 1).path)
    assert path.name == expected
    assert path.parent.parent == copies
    editor.close()


async def test_it_is_told_the_file_and_the_line_and_the_copy_is_removed(
    program: Path, copies: Path, tmp_path: Path
) -> None:
    editor = LocalEditor({"EDITOR": f"{program} -u NONE", "PATH": ""}, tmp_path)
    opened = editor.copy("agent.py", b"x = 1\n", 41)
    await editor.run(opened)
    seen = (tmp_path / "seen.json").read_text()
    assert '"-u", "NONE", "-R", "--cmd", "set nomodeline", "+41"' in seen
    assert '"x = 1\\n"' in seen
    assert '["0o400", "0o700"]' in seen
    assert list(copies.iterdir()) == []


async def test_an_editor_that_fails_says_so_and_leaves_no_copy(
    program: Path, copies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODE", "3")
    editor = LocalEditor({"EDITOR": str(program), "PATH": ""}, tmp_path)
    with pytest.raises(ConfigError, match="vim ended with exit code 3"):
        await editor.run(editor.copy("agent.py", b"", 1))
    assert list(copies.iterdir()) == []


async def test_a_window_that_returns_at_once_keeps_its_copy(program: Path, copies: Path, tmp_path: Path) -> None:
    window = program.rename(program.with_name("gedit"))
    editor = LocalEditor({"EDITOR": str(window), "PATH": ""}, tmp_path)
    opened = editor.copy("agent.py", b"x = 1\n", 1)
    await editor.run(opened)
    assert Path(opened.path).read_bytes() == b"x = 1\n"
    editor.close()
    assert list(copies.iterdir()) == []


def test_the_setting_comes_before_visual_and_that_before_editor(program: Path, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f'default_profile = "p"\neditor = "{program} --at {{line}} {{file}}"\n')
    environ = {"VISUAL": f"{program} -v", "EDITOR": f"{program} -e", "PATH": ""}
    file = str(program)
    assert LocalEditor(environ, tmp_path).local(file, 7).command.argv == (file, "--at", "7", file)
    (tmp_path / "config.toml").unlink()
    assert LocalEditor(environ, tmp_path).local(file, 7).command.argv == (file, "-v", "+7", file)
    del environ["VISUAL"]
    assert LocalEditor(environ, tmp_path).local(file, None).command.argv == (file, "-e", file)


@pytest.mark.parametrize(
    ("environ", "config", "words"),
    [
        ({}, "", "no editor is set"),
        ({"EDITOR": "  "}, "", "no editor is set"),
        ({"EDITOR": "no-such-editor"}, "", "'no-such-editor' was not found"),
        ({"EDITOR": "vim '"}, "", "EDITOR cannot be read"),
        ({}, "editor = 3", "'editor' must be text"),
        ({}, "editor = ", "config.toml"),
    ],
)
def test_what_is_wrong_with_the_setting_is_said(
    tmp_path: Path, copies: Path, environ: dict[str, str], config: str, words: str
) -> None:
    if config:
        (tmp_path / "config.toml").write_text(config)
    with pytest.raises(ConfigError) as caught:
        LocalEditor({"PATH": "", **environ}, tmp_path).copy("agent.py", b"", 1)
    assert words in caught.value.message
    assert list(copies.iterdir()) == []


def test_the_home_folder_is_known_and_what_is_missing_is_named(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "agent.py").write_text("")
    editor = LocalEditor({"EDITOR": str(program), "PATH": ""}, tmp_path)
    assert editor.local("~/src/agent.py", 1).path == str(tmp_path / "src" / "agent.py")
    with pytest.raises(ConfigError, match=r"src/lib is not there"):
        editor.local("~/src/lib/deep/agent.py", 1)

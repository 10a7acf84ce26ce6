"""Clipboard programs and saved files."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tui.core.errors import ConfigError
from tui.io.desktop import LocalDesktop, clipboard_command


def program(folder: Path, name: str, body: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_text_reaches_the_clipboard_program_unchanged(tmp_path: Path) -> None:
    program(tmp_path, "xclip", f'cat > {tmp_path}/copied; echo "$@" > {tmp_path}/arguments')
    environ = {"DISPLAY": ":0", "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    assert await LocalDesktop(environ, tmp_path).copy("grüße\n\x1b[31m")
    assert (tmp_path / "copied").read_text() == "grüße\n\x1b[31m"
    assert (tmp_path / "arguments").read_text().strip() == "-selection clipboard"


async def test_a_program_that_fails_is_no_success(tmp_path: Path) -> None:
    program(tmp_path, "wl-copy", "exit 1")
    assert not await LocalDesktop({"WAYLAND_DISPLAY": "w", "PATH": str(tmp_path)}, tmp_path).copy("x")


@pytest.mark.parametrize("environ", [{}, {"DISPLAY": ":0", "SSH_CONNECTION": "x"}, {"DISPLAY": ":0", "PATH": "/none"}])
async def test_no_desktop_no_clipboard(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert clipboard_command(environ) is None
    assert not await LocalDesktop(environ, tmp_path).copy("x")


async def test_a_saved_file_is_private_and_whole(tmp_path: Path) -> None:
    path = await LocalDesktop({}, tmp_path).save("out.log", pieces(b"one\n", b"two\n"))
    assert Path(path).read_bytes() == b"one\ntwo\n"
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.log"]


async def test_an_existing_file_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "out.log").write_text("mine")
    with pytest.raises(ConfigError, match="exists already"):
        await LocalDesktop({}, tmp_path).save("out.log", pieces(b"x"))
    assert (tmp_path / "out.log").read_text() == "mine"


async def test_a_file_that_comes_into_being_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"x"
        (tmp_path / "out.log").write_text("mine")

    with pytest.raises(ConfigError, match="exists already"):
        await LocalDesktop({}, tmp_path).save("out.log", slow())
    assert (tmp_path / "out.log").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1


async def test_nothing_is_left_where_writing_fails(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x"
        raise OSError(28, "No space left on device")

    with pytest.raises(ConfigError, match="No space left"):
        await LocalDesktop({}, tmp_path).save("out.log", broken())
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ConfigError, match="cannot write"):
        await LocalDesktop({}, tmp_path).save("nowhere/out.log", pieces(b"x"))

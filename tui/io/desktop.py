"""The user's own machine: its clipboard, and files that the user asked for."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from tui.core.errors import ConfigError

PATIENCE = 2.0
"""Seconds that a clipboard program gets."""


class LocalDesktop:
    """Clipboard programs of the desktop, and files."""

    def __init__(self, environ: Mapping[str, str], cwd: Path) -> None:
        self._command = clipboard_command(environ)
        self._cwd = cwd

    async def copy(self, text: str) -> bool:
        """Hand ``text`` to the clipboard program. False where there is none, or it failed."""
        if self._command is None:
            return False
        try:
            program = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            return False
        try:
            async with asyncio.timeout(PATIENCE):
                await program.communicate(text.encode("utf-8", "surrogatepass"))
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                program.kill()
            return False
        return program.returncode == 0

    async def save(self, path: str, content: AsyncIterator[bytes]) -> str:
        """Write a new file, readable by this user only. Raises ConfigError; an existing file is never replaced."""
        target = self._free(path)
        name = ""
        try:
            with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
                name = file.name
                async for piece in content:
                    file.write(piece)
            # A link fails where the target has come into being meanwhile; a rename would replace it.
            os.link(name, target)
        except FileExistsError as error:
            raise ConfigError(f"{target} exists already", "choose another name; nothing was written") from error
        except OSError as error:
            raise ConfigError(f"cannot write {target}: {error.strerror}", "choose another folder") from error
        finally:
            with contextlib.suppress(OSError):
                os.unlink(name)  # noqa: PTH108 - no wait: it is one entry of a folder
        return str(target)

    def _free(self, path: str) -> Path:
        """Where ``path`` leads. Raises ConfigError where something is there already."""
        target = self._cwd / Path(path).expanduser()
        if target.exists():
            raise ConfigError(f"{target} exists already", "choose another name; nothing was written")
        return target


def clipboard_command(environ: Mapping[str, str]) -> tuple[str, ...] | None:
    """The program that takes text for the clipboard of this desktop; None over ssh and where there is no desktop.

    Over ssh the clipboard of the far machine is not the user's; the terminal's own way (OSC 52) reaches the right one.
    """
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        return None
    candidates: list[tuple[str, ...]] = []
    if sys.platform == "darwin":
        candidates.append(("pbcopy",))
    if environ.get("WAYLAND_DISPLAY"):
        candidates.append(("wl-copy",))
    if environ.get("DISPLAY"):
        candidates.extend([("xclip", "-selection", "clipboard"), ("xsel", "--clipboard", "--input")])
    if "WSL_DISTRO_NAME" in environ:
        candidates.append(("clip.exe",))
    for name, *options in candidates:
        if program := shutil.which(name, path=environ.get("PATH")):
            return (program, *options)
    return None

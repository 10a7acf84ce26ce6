"""The user's editor: files that are made for it, and the terminal while it has it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from tui.core.editors import EditorCommand, editor_command, words_of
from tui.core.errors import ConfigError
from tui.core.ports import EditorFile
from tui.io.paths import config_file, read_text

PREFIX = "boxscope-"
_RESET = b"\x1b[0m\x1b[?1049l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?1l\x1b>\x1b[?25h"
"""Colours, other screen, mouse, paste, keypad and cursor, as they are in a fresh terminal."""
_ODD = re.compile(r"[^A-Za-z0-9._+@-]")
_HINT = "set VISUAL or EDITOR, or editor in {path}"


class LocalEditor:
    """Implements ``core.ports.Editor`` with ``editor`` of ``config.toml``, else ``$VISUAL``, else ``$EDITOR``.

    Copies lie in folders that only this user can enter. One is removed when its editor has ended; where an editor
    does not tell when it is done with it, at the end of the program.
    """

    def __init__(self, environ: Mapping[str, str], config: Path) -> None:
        self._environ = environ
        self._config = config_file(config)
        self._copies: dict[str, tempfile.TemporaryDirectory[str]] = {}

    def copy(self, name: str, content: bytes, line: int | None) -> EditorFile:
        """Write a copy of a file called ``name`` for the editor. Raises ConfigError."""
        words = self._words()
        try:
            folder = tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True)
            path = Path(folder.name, _harmless(name))
            # Not to be written: an editor then says so, where changes would be lost without a word.
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
        except OSError as error:
            raise ConfigError(f"cannot write a copy for the editor: {error.strerror}", "check TMPDIR") from error
        self._copies[str(path)] = folder
        return EditorFile(str(path), editor_command(words, str(path), line, is_copy=True), is_copy=True)

    def local(self, path: str, line: int | None) -> EditorFile:
        """A file of this machine, which may begin with ``~``. Raises ConfigError where it is not there."""
        file = Path(path).expanduser()
        if not file.is_file():
            missing = next((folder for folder in reversed(file.parents) if not folder.is_dir()), file)
            raise ConfigError(f"{missing} is not there", "check path_map in the profile")
        return EditorFile(str(file), editor_command(self._words(), str(file), line, is_copy=False), is_copy=False)

    async def run(self, opened: EditorFile) -> None:
        """Run the editor until it ends, on the terminal where it takes that. Raises ConfigError where it fails."""
        command = opened.command
        try:
            if command.takes_terminal:
                with _terminal_kept():
                    code = await _ended(command, None)
            else:
                code = await _ended(command, asyncio.subprocess.DEVNULL)
        except OSError as error:
            self._remove(opened)
            raise ConfigError(f"cannot start {command.argv[0]}: {error.strerror}", self._hint) from error
        if command.waits or code:
            self._remove(opened)
        if code:
            how = f"exit code {code}" if code > 0 else f"signal {-code}"
            raise ConfigError(f"{Path(command.argv[0]).name} ended with {how}", self._hint)

    def close(self) -> None:
        """Remove every copy."""
        while self._copies:
            self._copies.popitem()[1].cleanup()

    @property
    def _hint(self) -> str:
        return _HINT.format(path=self._config)

    def _remove(self, opened: EditorFile) -> None:
        if folder := self._copies.pop(opened.path, None):
            folder.cleanup()

    def _words(self) -> tuple[str, ...]:
        """The editor that the user wants. Raises ConfigError where none is set, or it is not there."""
        settings = [(self._template(), f"editor in {self._config}")]
        settings.extend((self._environ.get(name, ""), name) for name in ("VISUAL", "EDITOR"))
        for setting, source in settings:
            if words := words_of(setting, source=source):
                if shutil.which(words[0], path=self._environ.get("PATH")) is None:
                    raise ConfigError(f"the editor '{words[0]}' was not found", f"check {source}")
                return words
        raise ConfigError("no editor is set", self._hint)

    def _template(self) -> str:
        import tomllib

        text = read_text(self._config)
        try:
            value = tomllib.loads(text or "").get("editor", "")
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{self._config}: {error}", "correct the file") from None
        if not isinstance(value, str):
            raise ConfigError(f"{self._config}: 'editor' must be text in quotes, not {value!r}")
        return value


def _harmless(name: str) -> str:
    """The last part of ``name`` without what could lead elsewhere, hide the file, or mean something to a shell."""
    return re.sub(r"^\.+", "_", _ODD.sub("_", name.rpartition("/")[2])[-100:]) or "source"


async def _ended(command: EditorCommand, stdio: int | None) -> int:
    """Start ``command`` and wait for its end; what it leaves unfinished when we are cancelled is ended too."""
    program = await asyncio.create_subprocess_exec(*command.argv, stdin=stdio, stdout=stdio, stderr=stdio)
    try:
        return await program.wait()
    except asyncio.CancelledError:
        if command.takes_terminal:
            with contextlib.suppress(ProcessLookupError):
                program.terminate()
        raise


@contextlib.contextmanager
def _terminal_kept() -> Iterator[None]:
    """Whatever is done to the terminal meanwhile, it is afterwards as it was; ctrl+c is for the editor alone."""
    if sys.platform == "win32" or not sys.stdin.isatty():
        yield
        return
    import termios

    descriptor = sys.stdin.fileno()
    attributes = termios.tcgetattr(descriptor)
    # A handler that does nothing, since what is ignored here would be ignored in the editor too.
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGQUIT)}
    try:
        yield
    finally:
        blocked = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        with contextlib.suppress(OSError, termios.error):
            if os.tcgetpgrp(descriptor) != os.getpgrp():
                os.tcsetpgrp(descriptor, os.getpgrp())
            termios.tcsetattr(descriptor, termios.TCSAFLUSH, attributes)
            os.write(sys.stdout.fileno(), _RESET)
        signal.signal(signal.SIGTTOU, blocked)
        for number, handler in before.items():
            signal.signal(number, handler)

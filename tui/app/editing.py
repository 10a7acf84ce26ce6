"""Opens source in the user's editor: a copy of the sandbox's file, or the file of this machine that stands for it.

While an editor has the terminal the dashboard draws nothing and goes on reading, so that no line is missed.
"""

from __future__ import annotations

from textual.app import SuspendNotSupported
from textual.screen import Screen

from tui.app.session import NOT_WATCHED, Session
from tui.core.errors import BoxscopeError
from tui.core.models import Process
from tui.core.path_map import local_path
from tui.core.ports import Editor, EditorFile
from tui.core.source import Staleness, candidates
from tui.core.text import one_line
from tui.core.tracebacks.model import Frame


class Editing:
    """Opens files over ``screen``; what cannot be opened is told with its reason."""

    def __init__(self, screen: Screen[None], session: Session, editor: Editor) -> None:
        self._screen, self._session, self._editor = screen, session, editor

    def open_copy(self, process: Process, frame: Frame) -> None:
        """Read the file of ``frame`` from the sandbox and open a copy of it at its line."""
        self._screen.run_worker(self._open_copy(process, frame), exclusive=True, group="editor")

    def open_local(self, process: Process, frame: Frame) -> None:
        """Open the file that the profile's ``path_map`` names for that of ``frame``."""
        self._screen.run_worker(self._open_local(process, frame), exclusive=True, group="editor")

    async def _open_copy(self, process: Process, frame: Frame) -> None:
        watched = self._session.of(process.key)
        found = await watched.sources.file(process, frame) if watched else NOT_WATCHED
        if isinstance(found, str):
            self._say("The source was not opened", found, is_error=True)
            return
        view = found.view(frame, process)
        try:
            opened = self._editor.copy(found.path.rpartition("/")[2], found.content, frame.line)
        except BoxscopeError as error:
            self._fail(error)
            return
        if await self._run(opened) and view.staleness in (Staleness.DIFFERS, Staleness.CHANGED):
            self._say(f"{found.path}, as it is in the sandbox now", view.reason)

    async def _open_local(self, process: Process, frame: Frame) -> None:
        watched = self._session.of(process.key)
        profile = (watched or self._session.current).profile
        paths = candidates(frame, process, profile.own_paths) if watched else NOT_WATCHED
        if isinstance(paths, str):
            self._say("The local file was not opened", paths, is_error=True)
            return
        local = next((path for remote in paths if (path := local_path(remote, profile.path_map))), None)
        if local is None:
            folder = paths[0].rpartition("/")[0] or "/"
            what = "is below no folder of the profile's path_map" if profile.path_map else "has no file on this machine"
            hint = f'add path_map = {{ "{folder}" = "~/…" }} to the profile'
            self._say(f"{paths[0]} {what}", hint, is_error=True)
            return
        try:
            opened = self._editor.local(local, frame.line)
        except BoxscopeError as error:
            self._fail(error)
        else:
            await self._run(opened)

    async def _run(self, opened: EditorFile) -> bool:
        """Run the editor; True when it did what it should."""
        command = opened.command
        failed: BoxscopeError | None = None
        name = opened.path.rpartition("/")[2]
        if not command.knows_line:
            self._say(f"{name} is opened at its beginning", "set editor in config.toml to say how a line is given")
        if not command.takes_terminal:
            until = "it is removed when you leave boxscope" if opened.is_copy and not command.waits else ""
            self._say(f"Opened {'a copy of ' if opened.is_copy else ''}{name}", until)
            self._screen.run_worker(self._in_window(opened))
        else:
            failed = await self._on_terminal(opened)
        if failed is not None:
            self._fail(failed)
        return failed is None

    async def _in_window(self, opened: EditorFile) -> None:
        if (failed := await self._failure_of(opened)) is not None:
            self._fail(failed)

    async def _on_terminal(self, opened: EditorFile) -> BoxscopeError | None:
        app = self._screen.app
        failed: BoxscopeError | None = None
        try:
            with app.batch_update(), app.suspend():
                # Nothing may be raised in here: the terminal would not be taken back.
                failed = await self._failure_of(opened)
        except SuspendNotSupported:
            return BoxscopeError("this terminal cannot be handed to an editor", "use an editor with its own window")
        return failed

    async def _failure_of(self, opened: EditorFile) -> BoxscopeError | None:
        try:
            await self._editor.run(opened)
        except BoxscopeError as error:
            return error
        return None

    def _fail(self, error: BoxscopeError) -> None:
        self._say(error.message, error.hint, is_error=True)

    def _say(self, text: str, more: str = "", *, is_error: bool = False) -> None:
        lines = [one_line(part, 300) for part in (text, more) if part]
        self._screen.notify("\n".join(lines), severity="error" if is_error else "information", markup=False)

"""The dialogs between a key and an action on a process. The process is captured before its dialog opens."""

from __future__ import annotations

from textual.content import Content
from textual.screen import Screen

from tui.app import commands
from tui.app.commands import BY_ID, Situation
from tui.app.screens.dialogs import ConfirmDialog, LineDialog, SignalDialog, actions_dialog, target_text
from tui.app.session import Session
from tui.core.models import Process


class ProcessDialogs:
    """Opens dialogs over ``screen`` and passes what the user decides to ``session``."""

    def __init__(self, screen: Screen[None], session: Session) -> None:
        self._screen = screen
        self._session = session

    def open_menu(self, process: Process, situation: Situation) -> None:
        """The actions menu; what cannot be done says why."""

        def chosen(command_id: str | None) -> None:
            if command_id:
                self.begin(BY_ID[command_id].action, process)

        self._screen.app.push_screen(actions_dialog(self._target(process), commands.menu(), situation), chosen)

    def begin(self, action: str, process: Process | None) -> None:
        """Open the dialog of ``action`` (``signal``, ``kill``, ``restart`` or ``write_stdin``)."""
        if process is None:
            return
        key, session, push = process.key, self._session, self._screen.app.push_screen
        target = self._target(process)
        if action == "signal":
            push(SignalDialog(target), lambda number: session.signal(key, number) if number else None)
        elif action == "kill":
            dialog = ConfirmDialog("Kill this process and its group?", target, "Kill")
            push(dialog, lambda yes: session.kill(key) if yes else None)
        elif action == "restart":
            dialog = ConfirmDialog("Restart this process?", target, "Restart")
            push(dialog, lambda yes: session.restart(key) if yes else None)
        elif action == "write_stdin":
            ask = LineDialog("Write a line to its standard input", target, "the line")
            push(ask, lambda text: session.write_stdin(key, text) if text is not None else None)

    def ask_to_leave(self, process: Process) -> None:
        """Leave, if that may kill ``process``."""
        app = self._screen.app
        dialog = ConfirmDialog(
            "It is still running. Leaving kills it.", self._target(process), "Kill and leave", no="Stay"
        )
        app.push_screen(dialog, lambda yes: app.exit() if yes else None)

    def _target(self, process: Process) -> Content:
        return target_text(process, self._session.sandbox_name(process.key))

"""The dialogs that explain or carry evidence away: details, reasons of a group, saved output."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import tzinfo

from textual.content import Content
from textual.screen import Screen

from tui.app.facts import process_facts
from tui.app.group_facts import group_facts
from tui.app.notices import notice_of
from tui.app.saving import saved_bytes
from tui.app.screens.dialogs import LineDialog, TextDialog
from tui.app.session import Session
from tui.core.errors import BoxscopeError
from tui.core.format import count
from tui.core.groups import ErrorGroup
from tui.core.models import Process
from tui.core.ports import Desktop
from tui.monitor.output import OutputMonitor


class Triage:
    """Opens dialogs over ``screen`` about what ``session`` knows."""

    def __init__(self, screen: Screen[None], session: Session, desktop: Desktop, zone: tzinfo | None) -> None:
        self._screen, self._session, self._desktop, self._zone = screen, session, desktop, zone

    def open_details(self, process: Process) -> None:
        """Everything known about a process."""
        monitor = (self._session.of(process.key) or self._session.current).monitor
        facts = process_facts(process, monitor.row(process.key), monitor, self._zone)
        if box := self._session.sandbox_name(process.key):
            facts.insert(0, ("sandbox", box))
        self._screen.app.push_screen(TextDialog(f"Process {process.pid}", facts))

    def open_group(self, group: ErrorGroup) -> None:
        """Why errors are one group."""
        facts = group_facts(group, self._zone)
        self._screen.app.push_screen(TextDialog(f"Why {group.short_id} is one group", facts))

    def save(self, process: Process, output: OutputMonitor) -> None:
        """Ask for a name and save the output as it was written."""
        name = process.name or process.short_command_line.partition(" ")[0]
        what = f"{count(output.buffer.line_count, 'line')} as they were written"
        self.save_as(f"{name}-{process.pid}-{output.stream.value}.log", what, lambda: saved_bytes(output.buffer))

    def save_as(self, suggested: str, what: str, content: Callable[[], AsyncIterator[bytes]]) -> None:
        """Ask for a name and save ``content``, which ``what`` describes in a few words."""

        def named(path: str | None) -> None:
            if path:
                self._screen.run_worker(self._write(path, content()))

        dialog = LineDialog("Save output to", Content(what), "path of a new file", value=suggested)
        self._screen.app.push_screen(dialog, named)

    async def _write(self, path: str, content: AsyncIterator[bytes]) -> None:
        try:
            saved = await self._desktop.save(path, content)
        except BoxscopeError as error:
            self._screen.notify(notice_of(error), severity="error", markup=False)
        else:
            self._screen.notify(f"saved {saved}", markup=False)

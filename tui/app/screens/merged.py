"""The output of several processes in one, merged by time."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import tzinfo
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tui.app.group_facts import group_label
from tui.app.screens.line import LineScreen
from tui.app.session import Session
from tui.app.widgets.bars import key_hint
from tui.app.widgets.merged_pane import MergedPane
from tui.app.widgets.output_messages import LineRequested
from tui.core.folding import own_by
from tui.core.models import Process, ProcessKey, Stream
from tui.core.tracebacks.model import Traceback
from tui.monitor.outputs import MAX_FOLLOWED

KEYS = (
    ("esc", "back"), ("/", "search"), ("&", "filter"), ("e", "next error"), ("G", "follow"), ("t", "times"),
    ("w", "wrap"), ("enter", "fold"), ("v", "select"), ("y", "copy"),
)  # fmt: skip


class MergedScreen(Screen[None]):
    """Follows the newest run of each of the processes that were selected; a new run is merged as well."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Back", show=False),
        Binding("q", "close", "Back", show=False),
        Binding("slash", "find", "Search", show=False),
    ]

    def __init__(self, session: Session, lineages: Sequence[Hashable], stream: Stream, zone: tzinfo | None) -> None:
        super().__init__()
        self._session, self._stream, self._zone = session, stream, zone
        self._lineages = list(lineages)
        self._processes: dict[ProcessKey, Process] = {}
        self._left_out = 0
        """Runs that are not merged, for there are too many."""
        self._is_shown = False

    def compose(self) -> ComposeResult:
        """The pane and its keys."""
        yield MergedPane(self._stream, zone=self._zone, is_own=own_by(self._session.monitor.profile.own_paths))
        yield Static(Content("  ").join(key_hint(key, word) for key, word in KEYS), id="merged-keys")

    def on_mount(self) -> None:
        """Merge what there is."""
        self._pane.merged_view.label_of = self._label_of
        self._is_shown = True
        self.processes_changed()
        self._pane.focus_view()

    def on_unmount(self) -> None:
        """The outputs need not be held any more."""
        self._is_shown = False
        self._session.monitor.retain((), self._stream)

    @property
    def _pane(self) -> MergedPane:
        return self.query_one(MergedPane)

    def _label_of(self, traceback: Traceback) -> str:
        """The group of a traceback, for its head."""
        origin = self._pane.found.origin(traceback)
        if origin is None:
            return ""
        number, block = origin
        key = self._pane.outputs[number].process.key
        return group_label(self._session.errors.group_of(key, block, self._stream))

    def processes_changed(self) -> None:
        """The list was read again: there may be new runs."""
        if not self._is_shown:
            return
        wanted = set(self._lineages)
        known = len(self._processes), self._left_out
        rows = [row for row in self._session.monitor.rows if row.lineage in wanted]
        for row in rows:
            if len(self._processes) < MAX_FOLLOWED:
                self._processes.setdefault(row.key, row.process)
        self._left_out = sum(row.key not in self._processes for row in rows)
        if (len(self._processes), self._left_out) == known and len(self._pane.outputs) == len(self._processes):
            return
        outputs = self._session.monitor.retain(self._processes.values(), self._stream)
        self._pane.show(outputs, self._left_out)

    def output_changed(self) -> None:
        """Lines were added."""
        if self._is_shown:
            self._pane.news()

    @on(LineRequested)
    def _show_line(self, event: LineRequested) -> None:
        event.stop()
        self.app.push_screen(LineScreen(event.row))

    def action_find(self) -> None:
        """Type what to look for."""
        self._pane.open_search()

    def action_cancel(self) -> None:
        """End the search or the filter; without one, go back."""
        if not self._pane.close_search():
            self.action_close()

    def action_close(self) -> None:
        """Back to the list."""
        self.dismiss(None)

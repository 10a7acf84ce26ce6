"""The output of several processes in one, merged by time."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from datetime import tzinfo
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from tui.app.commands import BY_ID
from tui.app.direct_drawing import PromptScreen, draw_directly
from tui.app.editing import Editing
from tui.app.group_facts import group_label
from tui.app.saving import saved_bytes
from tui.app.screens.line import LineScreen
from tui.app.session import Session
from tui.app.triage import Triage
from tui.app.widgets.bars import key_hint
from tui.app.widgets.merged_pane import MergedPane
from tui.app.widgets.output_messages import LineRequested
from tui.app.widgets.output_surface import OutputSurface
from tui.core.fingerprint import deciding_frame
from tui.core.format import count
from tui.core.groups import ErrorGroup
from tui.core.models import Process, ProcessKey, Stream
from tui.core.tracebacks.model import Frame, Traceback
from tui.monitor.outputs import MAX_FOLLOWED

KEYS = (
    ("esc", "back"), ("e", "next error"), ("i", "why"), ("o", "source"), ("s", "stdout/stderr"), ("/", "search"),
    ("&", "filter"), ("G", "follow"), ("t", "times"), ("w", "wrap"), ("enter", "fold"), ("y", "copy"), ("P", "freeze"),
    ("ctrl+s", "save"), ("?", "help"),
)  # fmt: skip
SHARED = (
    "app.help", "display.freeze", "process.why", "output.stream", "source.open", "source.local", "output.save",
)  # fmt: skip
"""Commands of the main screen that are the same here, by their ids."""


class Place(NamedTuple):
    """Where the user wants to go from here: a run, its stream, and the first line of a traceback in it."""

    key: ProcessKey
    stream: Stream
    line: int | None


class MergedScreen(PromptScreen[Place | None]):
    """Follows the newest run of each of the processes that were selected; a new run is merged as well."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Back", show=False),
        Binding("q", "close", "Back", show=False),
        Binding("slash", "find", "Search", show=False),
        *(BY_ID[name].binding() for name in SHARED),
    ]

    def __init__(
        self,
        session: Session,
        lineages: Sequence[Hashable],
        stream: Stream,
        zone: tzinfo | None,
        *,
        editing: Editing,
        triage: Triage,
    ) -> None:
        super().__init__()
        draw_directly(self, OutputSurface)
        self._session, self._stream, self._zone = session, stream, zone
        self._watched = session.current
        self._editing, self._triage = editing, triage
        self._lineages = list(lineages)
        self._processes: dict[ProcessKey, Process] = {}
        self._left_out = 0
        """Runs that are not merged, for there are too many."""
        self._is_shown = False

    def compose(self) -> ComposeResult:
        """The pane and its keys."""
        yield MergedPane(self._stream, zone=self._zone, is_own=self._watched.is_own)
        yield Static(Content("  ").join(key_hint(key, word) for key, word in KEYS), id="merged-keys")

    def on_mount(self) -> None:
        """Merge what there is."""
        view = self._pane.merged_view
        view.label_of, view.is_muted = self._label_of, self._is_muted
        self._is_shown = True
        self.processes_changed()
        self._pane.focus_view()

    def on_unmount(self) -> None:
        """The outputs need not be held any more."""
        self._is_shown = False
        self._watched.monitor.retain((), self._stream)

    @property
    def _pane(self) -> MergedPane:
        return self.query_one(MergedPane)

    # What is said of tracebacks

    def _group_of(self, traceback: Traceback) -> ErrorGroup | None:
        origin = self._pane.origin_of(traceback)
        if origin is None:
            return None
        output, block = origin
        return self._session.errors.group_of(output.process.key, block, output.stream)

    def _label_of(self, traceback: Traceback) -> str:
        """The group of a traceback, for its head."""
        return group_label(self._group_of(traceback))

    def _is_muted(self, traceback: Traceback) -> bool:
        group = self._group_of(traceback)
        return group is not None and group.is_muted

    # News

    def processes_changed(self) -> None:
        """The list was read again: there may be new runs."""
        if not self._is_shown or self._pane.is_frozen:
            return
        wanted = set(self._lineages)
        known = len(self._processes), self._left_out
        rows = [row for row in self._watched.monitor.rows if row.lineage in wanted]
        for row in rows:
            if len(self._processes) < MAX_FOLLOWED:
                self._processes.setdefault(row.key, row.process)
        self._left_out = sum(row.key not in self._processes for row in rows)
        if (len(self._processes), self._left_out) == known and len(self._pane.outputs) == len(self._processes):
            return
        self._show()

    def _show(self) -> None:
        outputs = self._watched.monitor.retain(self._processes.values(), self._stream)
        self._pane.show(self._stream, outputs, self._processes, self._left_out)

    def output_changed(self) -> None:
        """Lines were added."""
        if self._is_shown:
            self._pane.news()

    @on(LineRequested)
    def _show_line(self, event: LineRequested) -> None:
        event.stop()
        self.app.push_screen(LineScreen(event.row))

    # Commands

    def action_help(self) -> None:
        """Open the help screen."""
        self.app.push_screen("help")

    def action_freeze(self) -> None:
        """Hold the picture still, or let go."""
        self._pane.is_frozen = not self._pane.is_frozen
        self.processes_changed()
        self._pane.news()

    def action_switch_stream(self) -> None:
        """stderr or stdout, of all that are merged."""
        self._stream = self._stream.other
        self._pane.is_frozen = False
        self._show()

    def action_edit(self) -> None:
        """Open a copy of the source at the telling frame of the traceback at hand."""
        self._open(self._editing.open_copy)

    def action_edit_local(self) -> None:
        """Open the file of this machine that stands for the source at that frame."""
        self._open(self._editing.open_local)

    def _open(self, way: Callable[[Process, Frame], None]) -> None:
        block = self._pane.current_traceback
        origin = None if block is None else self._pane.origin_of(block)
        if origin is None:
            self.notify("there is no traceback here", markup=False)
            return
        frame = deciding_frame(origin[1], self._watched.profile.own_paths)
        if frame is None:
            self.notify("this traceback names no file", markup=False)
        else:
            way(origin[0].process, frame)

    def action_why(self) -> None:
        """Leave for the process that wrote the row under the cursor, and for why it failed."""
        place = self._pane.current_place
        if place is not None:
            output, block = place
            self.dismiss(Place(output.process.key, output.stream, None if block is None else block.start))

    def action_save(self) -> None:
        """Save the merged rows as they are shown."""
        rows = self._pane.rows
        what = f"{count(len(rows), 'line')} of {count(len(self._pane.outputs), 'output')}, each with its process"
        before = self._pane.merged_view.written_before
        self._triage.save_as(f"merged-{self._stream.value}.log", what, lambda: saved_bytes(rows, before))

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

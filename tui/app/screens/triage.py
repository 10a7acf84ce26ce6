"""The part of the main screen that explains failures: the panes of error groups and of the failure, and their keys."""

from __future__ import annotations

from collections.abc import Callable

from textual import on

from tui.app.editing import Editing
from tui.app.failure import show_failure
from tui.app.group_facts import group_label
from tui.app.screens.switching import SwitchingScreen
from tui.app.triage import Triage
from tui.app.widgets.errors_pane import ErrorsPane
from tui.app.widgets.failure_pane import FailurePane
from tui.app.widgets.output_messages import TracebackSelected
from tui.app.widgets.output_pane import OutputPane
from tui.core.fingerprint import Level, deciding_frame
from tui.core.models import Process
from tui.core.tracebacks.model import Frame, Traceback


class TriageScreen(SwitchingScreen):
    """Needs a screen that shows a :class:`Selection` in an output pane beside these two."""

    _triage: Triage
    _editing: Editing
    _began: int
    _labelled: tuple[int, Level] | None = None
    _came_from = "processes"
    """The pane from which the failure pane was opened."""

    def _now(self) -> int:
        raise NotImplementedError

    # ---------------------------------------------------------------- the failure

    @on(FailurePane.Shown)
    @on(TracebackSelected)
    def _show_failure(self) -> None:
        """Say of the run on screen why it failed, and show the source of the traceback that was chosen."""
        key, stream = self._selection.key, self._selection.stream
        block = self.query_one(OutputPane).view.selected_traceback
        chosen = (stream, block) if block is not None else None
        show_failure(self.query_one(FailurePane), self._session, key, chosen)

    def action_focus_failure(self) -> None:
        """Focus the failure."""
        if self.pane != "failure":
            self._came_from = self.pane
        self.focus_pane("failure")

    def action_leave_failure(self) -> None:
        """Back to the pane that the failure was opened from."""
        self.focus_pane(self._came_from)

    def action_why(self) -> None:
        """Why the process failed; in the errors, why these are one group."""
        group = self.query_one(ErrorsPane).selected
        if self.pane == "errors" and group is not None:
            self._triage.open_group(group)
        else:
            self.action_focus_failure()

    # ---------------------------------------------------------------- the source

    def _frame(self) -> Frame | None:
        """The frame at hand: the one in the failure pane where that can be seen, else the telling one of a report."""
        pane = self.query_one(FailurePane)
        if pane.is_in_sight and pane.frame is not None:
            return pane.frame
        report = self.query_one(OutputPane).current_traceback
        return deciding_frame(report, self._session.monitor.profile.own_paths) if report else None

    def _has_frame(self) -> bool:
        """Whether there may be a frame at hand; asked for every key, so no traceback is looked through."""
        pane = self.query_one(FailurePane)
        return (pane.is_in_sight and pane.frame is not None) or self.query_one(OutputPane).has_tracebacks

    def action_edit(self) -> None:
        """Open a copy of the source at the frame at hand."""
        self._open(self._editing.open_copy)

    def action_edit_local(self) -> None:
        """Open the file of this machine that stands for the source at the frame at hand."""
        self._open(self._editing.open_local)

    def _open(self, way: Callable[[Process, Frame], None]) -> None:
        process, frame = self._selection.process, self._frame()
        if process is not None and frame is not None:
            way(process, frame)
        else:
            self.notify("this traceback names no file", markup=False)

    # ---------------------------------------------------------------- the errors

    def _show_errors(self) -> None:
        groups = self._session.errors.groups
        self.query_one(ErrorsPane).show(
            groups.groups(),
            groups.level,
            now_ms=self._now(),
            watched_since=self._began,
            processes=sum(len(watched.monitor.rows) for watched in self._session.watched),
            sandboxes=len(self._session.watched),
        )
        if (groups.version, groups.level) != self._labelled:
            # The head of a folded traceback in the output names its group and its count.
            self._labelled = (groups.version, groups.level)
            self.query_one(OutputPane).view.refresh()

    @on(ErrorsPane.MemberOpened)
    def _member_opened(self, event: ErrorsPane.MemberOpened) -> None:
        """Go to where an error was printed: its sandbox, process, run, stream and line."""
        event.stop()
        member = event.member
        self._go_to_run(member.process.key, member.stream)
        self.focus_pane("output")
        if member.line is not None:
            self.query_one(OutputPane).go_to_traceback(member.line)

    def _label_of(self, traceback: Traceback) -> str:
        """What is said of a traceback of the output on screen, in its folded head."""
        key, stream = self._selection.key, self._selection.stream
        return group_label(self._session.errors.group_of(key, traceback, stream) if key else None)

    def _is_muted(self, traceback: Traceback) -> bool:
        """Whether a traceback of the output on screen is of a muted group."""
        key, stream = self._selection.key, self._selection.stream
        group = self._session.errors.group_of(key, traceback, stream) if key else None
        return group is not None and group.is_muted

    def action_finer(self) -> None:
        """Tell errors apart by more."""
        self._regroup(self._session.errors.groups.level.finer)

    def action_coarser(self) -> None:
        """Tell errors apart by less."""
        self._regroup(self._session.errors.groups.level.coarser)

    def action_mute(self) -> None:
        """Mute the group at hand, or no longer."""
        group = self.query_one(ErrorsPane).selected
        if group is None:
            self.notify("no group of errors is selected", markup=False)
            return
        self.notify(self._muting.toggle(group), markup=False)
        self._show_errors()

    def _regroup(self, level: Level) -> None:
        self._session.errors.groups.level = level
        self._show_errors()

"""The main screen: the processes of one watched sandbox and the live output of the selected one.

Longer than other files because every command has its few lines here, next to the selection that it acts on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from tui.app import commands, palette
from tui.app.commands import BY_ACTION, Situation
from tui.app.direct_drawing import draw_directly
from tui.app.editing import Editing
from tui.app.messages import ActionDone, ElsewhereNews, ErrorNews, OutputNews, ProcessNews, SandboxNews
from tui.app.muting import Muting
from tui.app.process_dialogs import ProcessDialogs
from tui.app.screens.line import LineScreen
from tui.app.screens.triage import TriageScreen
from tui.app.session import Session
from tui.app.statusline import status_left, status_right
from tui.app.triage import Triage
from tui.app.watched import Way
from tui.app.widgets.bars import KeyBar, StatusBar
from tui.app.widgets.errors_pane import ErrorsPane
from tui.app.widgets.failure_pane import FailurePane
from tui.app.widgets.output_messages import LineRequested
from tui.app.widgets.output_pane import OutputPane
from tui.app.widgets.output_surface import OutputSurface
from tui.app.widgets.process_pane import ProcessPane
from tui.app.widgets.process_table import ProcessTable
from tui.app.widgets.table_messages import Marked, RowHighlighted, RowSelected
from tui.app.widgets.virtual_table import VirtualTable
from tui.core import emptiness
from tui.core.blocks import BlockStore
from tui.core.contact import ContactState
from tui.core.ports import Connection, Desktop, Editor, Profiles
from tui.core.profile import Profile

if TYPE_CHECKING:
    from tui.app.screens.merged import MergedScreen, Place


class MonitorScreen(TriageScreen):
    """Joins session, process pane, errors pane and output pane. What is shown is a ``Selection``, never a row."""

    PANES = ("processes", "output", "failure", "errors")

    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings()]
    AUTO_FOCUS = "#process-table"

    def __init__(
        self,
        ways: Sequence[Way],
        *,
        connect: Callable[[Profile], Connection],
        new_store: Callable[[], BlockStore],
        initial: str = "",
        guard: str = "",
        notice: str = "",
        desktop: Desktop,
        editor: Editor,
        profiles: Profiles,
        on_profiles: Callable[[], None],
    ) -> None:
        """``ways`` leads to the sandboxes to watch, the one to show first; ``connect`` to those that the user adds.

        ``initial``, ``guard`` and ``notice`` are of the first one, and as in :class:`BoxscopeApp`.
        """
        super().__init__()
        draw_directly(self, OutputSurface)
        self._session = Session(ways, self, new_store=new_store)
        self._session.first.initial = initial
        self._connect = connect
        self._dialogs = ProcessDialogs(self, self._session)
        self._guard = guard
        self._notice = notice
        self._on_profiles = on_profiles
        self._began = self._now()
        self._frozen = False
        self._merged: MergedScreen | None = None
        self._tick_timer: Timer | None = None
        self._zone: tzinfo | None = datetime.now().astimezone().tzinfo
        self._triage = Triage(self, self._session, desktop, self._zone)
        self._editing = Editing(self, self._session, editor)
        used = (watched.profile for watched in self._session.watched)
        self._muting = Muting(self._session.errors.groups, profiles, used)

    def compose(self) -> ComposeResult:
        """Status, panes, keys."""
        self.take_size()
        yield StatusBar(id="status")
        with Container(id="panes"):
            with Container(id="lists"):
                yield ProcessPane(id="processes", filter_text=self._session.monitor.profile.filter)
                yield ErrorsPane(id="errors", zone=self._zone)
            with Container(id="reading"):
                own_paths = self._session.monitor.profile.own_paths
                yield OutputPane(id="output", zone=self._zone, own_paths=own_paths)
                yield FailurePane(id="failure", read=self._session.source, zone=self._zone, own_paths=own_paths)
        yield KeyBar(id="keys")
        yield Static("boxscope needs at least 40 columns and 10 rows", id="too-small", markup=False)

    def on_mount(self) -> None:
        """Begin to watch."""
        self._session.start()
        self._tick_timer = self.set_interval(1.0, self._tick)
        self._show_all()
        if self._notice:
            self.notify(self._notice, markup=False, timeout=8)

    async def on_unmount(self) -> None:
        """End watching."""
        await self._session.stop()

    # ---------------------------------------------------------------- news

    @on(SandboxNews)
    def _sandbox_news(self) -> None:
        self._show_all()

    @on(ProcessNews)
    def _process_news(self) -> None:
        if not self._frozen:
            self._show_processes()
            if self._merged is not None:
                self._merged.processes_changed()
        self._show_status()

    @on(ElsewhereNews)
    def _elsewhere_news(self) -> None:
        self._show_status()

    @on(OutputNews)
    def _output_news(self, message: OutputNews) -> None:
        if self._merged is not None:
            self._merged.output_changed()
        if (message.key, message.stream) == (self._selection.key, self._selection.stream) and not self._frozen:
            self._show_output()
            self._show_keys()

    @on(ErrorNews)
    def _error_news(self) -> None:
        if not self._frozen:
            self._show_errors()

    @on(ActionDone)
    def _action_done(self, message: ActionDone) -> None:
        text = f"{message.outcome}\n{message.hint}" if message.hint else message.outcome
        self.notify(text, severity="information" if message.succeeded else "error", markup=False)

    def _tick(self) -> None:
        """Once a second: ages, durations and the countdown move."""
        if not self._frozen:
            self._show_processes()
            self._show_errors()
            self._show_failure()
            self.query_one(OutputPane).tick(self._session.monitor.contact, self._now())
        self._show_status()

    def _now(self) -> int:
        return time.time_ns() // 1_000_000

    # ---------------------------------------------------------------- showing

    def _show_all(self) -> None:
        if not self._frozen:
            self._show_processes()
            self._show_errors()
            self._show_output()
            self._show_failure()
        self._show_status()

    def _show_status(self) -> None:
        session, monitor = self._session, self._session.monitor
        bar = self.query_one(StatusBar)
        bar.left = status_left(session)
        bar.right = status_right(
            monitor.contact,
            now_ms=self._now(),
            zone=self._zone,
            frozen=self._frozen,
            has_control=session.has_control,
            rejected=monitor.rejected_records,
            stream=self.query_one(OutputPane).stream_words,
        )
        self._show_keys()

    def _show_keys(self) -> None:
        self.query_one(KeyBar).situation = self._situation()

    def _show_processes(self) -> None:
        monitor = self._session.monitor
        pane = self.query_one("#processes", ProcessPane)
        why = emptiness.of_processes(
            monitor.sandbox,
            monitor.contact,
            has_listed=monitor.has_listed,
            hidden=len(monitor.rows),
            filter_text=pane.filter_text,
        )
        pane.show(monitor.rows, self._now(), why)
        pane.set_class(not monitor.contact.is_live and monitor.has_listed, "-stale")
        self._take_place(pane.table)
        self._follow_cursor(pane.table)

    def _follow_cursor(self, table: ProcessTable) -> None:
        """Keep showing the process under the cursor, its newest run too, unless an older one is being read.

        Until a failing process is there the cursor rests on the first row, whichever that is; then it stays on it.
        """
        row = table.cursor_process
        if row is None:
            return
        if table.is_at_rest and row.verdict.state.is_failing:
            table.move_to(row.lineage)
        is_being_read = self.query_one(OutputPane).is_being_read or self.pane == "failure"
        if self._selection.follow(row, is_being_read=is_being_read):
            self._show_selection()

    def _show_selection(self) -> None:
        self._show_output()
        self._show_failure()
        self._show_status()

    def _show_output(self) -> None:
        monitor = self._session.monitor
        pane = self.query_one(OutputPane)
        selection = self._selection
        output = self._session.output(selection.key, selection.stream) if selection.key else None
        other = selection.other_output
        pane.view.label_of, pane.view.is_muted = self._label_of, self._is_muted
        pane.show(
            output,
            selection.process,
            selection.stream,
            monitor.contact,
            now_ms=self._now(),
            other_lines=other.buffer.line_count if other else None,
        )

    def _situation(self) -> Situation:
        monitor = self._session.monitor
        earlier, later = self._selection.place_among_runs
        return Situation(
            process=self._selection.process,
            selected=len(self.query_one(ProcessTable).marked),
            earlier_runs=earlier,
            later_runs=later,
            contact=monitor.contact,
            read_only=monitor.profile.read_only,
            has_tracebacks=self.query_one(OutputPane).has_tracebacks,
            has_frame=self._has_frame(),
            has_output=self.query_one(OutputPane).has_output,
            has_control=self._session.has_control,
            sandbox=self._session.current.label,
        )

    # ---------------------------------------------------------------- the list

    @on(RowHighlighted, "#process-table")
    def _highlighted(self) -> None:
        row = self.query_one(ProcessTable).cursor_process
        if row is not None and not self._selection.is_of(row):
            self._selection.choose(row)
            self._show_selection()

    @on(RowSelected, "#process-table")
    def _opened(self) -> None:
        self.action_focus_output()

    @on(ProcessPane.FilterChanged)
    def _filter_changed(self) -> None:
        self._show_processes()

    # ---------------------------------------------------------------- panes

    def pane_target(self, name: str) -> Widget:
        """Lists take the focus by their table, while they have one to show."""
        if name == "processes":
            return self.query_one(ProcessTable)
        if name == "errors":
            table = self.query_one("#errors-table", VirtualTable)
            return table if table.display else self.query_one(ErrorsPane)
        if name == "failure":
            return self.query_one(FailurePane).target
        view = self.query_one(OutputPane).view
        view.display = True
        return view

    def may_step_to(self, name: str) -> bool:
        """Tab passes over error groups while there are none, and over the failure while it is not beside the output."""
        if name == "failure":
            return self.query_one(FailurePane).is_in_sight
        return name != "errors" or self.query_one("#errors-table").display

    def action_focus_processes(self) -> None:
        """Focus the list."""
        self.focus_pane("processes")

    def action_focus_output(self) -> None:
        """Focus the output."""
        self.focus_pane("output")

    def action_focus_errors(self) -> None:
        """Focus the error groups."""
        self.focus_pane("errors")

    # ---------------------------------------------------------------- commands

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey a command that cannot be used now."""
        command = BY_ACTION.get(action)
        if command and self.is_mounted and command.disabled_reason(self._situation()):
            return None
        return True

    def action_help(self) -> None:
        """Open the help screen."""
        self.app.push_screen("help")

    def action_profiles(self) -> None:
        """Open the profile picker."""
        self._on_profiles()

    def action_refresh(self) -> None:
        """Look at once."""
        self._session.monitor.refresh()
        self.query_one(FailurePane).forget_source()
        if output := self._selection.held_output:
            output.retry()

    def action_release(self) -> None:
        """Let go of the sandbox, or watch it again."""
        monitor = self._session.monitor
        if monitor.contact.state is ContactState.RELEASED:
            monitor.watch_again()
        else:
            monitor.release()

    def action_freeze(self) -> None:
        """Hold the picture still, or let go."""
        self._frozen = not self._frozen
        self._show_all()

    def action_toggle_all(self) -> None:
        """Show or hide what ended well."""
        self.query_one("#processes", ProcessPane).toggle_all()

    def action_find(self) -> None:
        """Filter the list, or search the output."""
        if self.pane == "output":
            self.query_one(OutputPane).open_search()
        else:
            self.query_one("#processes", ProcessPane).open_filter()

    def action_cancel(self) -> None:
        """Clear what is innermost: search or filter, zoom, else go back to the list. Never leaves."""
        if self.pane == "output":
            if not self.query_one(OutputPane).close_search():
                if self.has_class("-zoomed"):
                    self.remove_class("-zoomed")
                else:
                    self.action_focus_processes()
        elif self.pane == "errors":
            if not self.query_one(ErrorsPane).close_members():
                self.action_focus_processes()
        elif self.pane == "failure":
            self.action_leave_failure()
        elif not ((processes := self.query_one("#processes", ProcessPane)).clear_marks() or processes.clear_filter()):
            self.remove_class("-zoomed")

    @on(Marked, "#process-table")
    def _marked(self) -> None:
        self._show_status()

    def action_select_process(self) -> None:
        """Select the process under the cursor, or no longer."""
        self.query_one(ProcessTable).action_toggle_mark()

    def action_merge(self) -> None:
        """The output of the selected processes, merged by time."""
        table = self.query_one(ProcessTable)
        lineages = [row.lineage for row in self._session.monitor.rows if row.lineage in table.marked]
        if lineages:
            # Imported when it is wanted, not when the program starts.
            from tui.app.screens.merged import MergedScreen

            stream, editing, triage = self._selection.stream, self._editing, self._triage
            merged = MergedScreen(self._session, lineages, stream, self._zone, editing=editing, triage=triage)
            self._merged = merged
            self.app.push_screen(merged, self._unmerge)

    def _unmerge(self, place: Place | None) -> None:
        self._merged = None
        if place is not None:
            self._go_to_run(place.key, place.stream)
            self.action_focus_failure()
            if place.line is not None:
                self.query_one(OutputPane).go_to_traceback(place.line)

    def action_open_output(self) -> None:
        """Go to the output of the process under the cursor."""
        self.action_focus_output()

    def action_switch_stream(self) -> None:
        """stderr or stdout."""
        if self._selection.switch_stream():
            self._show_selection()

    def action_save(self) -> None:
        """Save the output as it was written."""
        process, output = self._selection.process, self.query_one(OutputPane).output
        if process is not None and output is not None:
            self._triage.save(process, output)

    def action_previous_run(self) -> None:
        """Show the run before."""
        if self._selection.step(-1):
            self._show_selection()

    def action_next_run(self) -> None:
        """Show the run after."""
        if self._selection.step(1):
            self._show_selection()

    def action_next_traceback(self) -> None:
        """Jump to the next traceback."""
        self.query_one(OutputPane).jump(forward=True)

    def action_previous_traceback(self) -> None:
        """Jump to the previous traceback."""
        self.query_one(OutputPane).jump(forward=False)

    @on(LineRequested)
    def _show_line(self, event: LineRequested) -> None:
        event.stop()
        self.app.push_screen(LineScreen(event.row))

    def action_details(self) -> None:
        """Everything known about the process."""
        if process := self._selection.process:
            self._triage.open_details(process)

    def action_actions(self) -> None:
        """Open the actions menu for the process that is selected now."""
        if process := self._selection.process:
            self._dialogs.open_menu(process, self._situation())

    def action_signal(self) -> None:
        """Choose a signal for the selected process."""
        self._dialogs.begin("signal", self._selection.process)

    def action_kill(self) -> None:
        """Kill the selected process."""
        self._dialogs.begin("kill", self._selection.process)

    def action_restart(self) -> None:
        """Restart the selected process."""
        self._dialogs.begin("restart", self._selection.process)

    def action_write_stdin(self) -> None:
        """Write to the selected process."""
        self._dialogs.begin("write_stdin", self._selection.process)

    def action_back(self) -> None:
        """From the output to the list; from the list, leave, asking first where that would kill a process."""
        if self.pane == "failure":
            self.action_leave_failure()
            return
        if self.pane == "errors" and self.query_one(ErrorsPane).close_members():
            return
        if self.pane != "processes":
            self.action_focus_processes()
            return
        guarded = self._session.first.monitor.find(self._guard) if self._guard else None
        if guarded is None or guarded.process.is_finished:
            self.app.exit()
        else:
            self._dialogs.ask_to_leave(guarded.process)

    def palette_entries(self) -> Iterable[palette.Entry]:
        """Commands and processes for the command palette."""
        yield from palette.command_entries(self, self._situation())
        yield from self.sandbox_entries()

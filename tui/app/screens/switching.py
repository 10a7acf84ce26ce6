"""The part of the main screen that goes from one watched sandbox to another, and to a run wherever that is."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual import on

from tui.app import palette
from tui.app.messages import WatchedAlready
from tui.app.muting import Muting
from tui.app.notices import notice_of
from tui.app.offers import Offer
from tui.app.screens.paned import PanedScreen
from tui.app.selection import Selection
from tui.app.session import NOT_WATCHED, Session
from tui.app.watched import Watched, Way
from tui.app.widgets.failure_pane import FailurePane
from tui.app.widgets.output_pane import OutputPane
from tui.app.widgets.process_table import ProcessTable
from tui.core.errors import BoxscopeError
from tui.core.models import ProcessKey, Stream
from tui.core.ports import Connection
from tui.core.profile import Profile


class SwitchingScreen(PanedScreen):
    """Shows one sandbox of a session at a time; each is found as it was left."""

    _session: Session
    _connect: Callable[[Profile], Connection]
    _muting: Muting
    _frozen: bool

    def _show_all(self) -> None:
        raise NotImplementedError

    def _show_output(self) -> None:
        raise NotImplementedError

    def _show_selection(self) -> None:
        raise NotImplementedError

    @property
    def _selection(self) -> Selection:
        """What is shown of the sandbox that is shown."""
        return self._session.current.selection

    # ---------------------------------------------------------------- from sandbox to sandbox

    def _show_sandbox(self, watched: Watched) -> None:
        """Show another sandbox: its processes with the cursor where it was, its output where it was being read."""
        before, table = self._session.current, self.query_one(ProcessTable)
        if watched is before:
            return
        before.marked = table.marked
        if not table.is_at_rest:
            before.left_at = before.selection.lineage
        self._session.current = watched
        self._frozen = False
        self._use_profile(watched)
        table.rest_on_first()
        # First the output: whether that is being read decides if a newer run takes its place.
        self._show_output()
        self._show_all()
        table.mark(watched.marked)

    def _use_profile(self, watched: Watched) -> None:
        self.query_one(OutputPane).view.is_own = watched.is_own
        self.query_one(FailurePane).own_paths = watched.profile.own_paths

    def _take_place(self, table: ProcessTable) -> None:
        """Put the cursor where it was in the sandbox that is shown, or on the process that it is to begin with."""
        current = self._session.current
        if current.left_at is not None and (table.move_to(current.left_at) or current.monitor.rows):
            current.left_at = None
        if current.initial and (row := current.monitor.find(current.initial)):
            current.initial = ""
            table.move_to(row.lineage)

    def _go_to_run(self, key: ProcessKey, stream: Stream | None = None) -> None:
        """Show this run, with the cursor of the list on its process where that is listed."""
        watched = self._session.of(key)
        if watched is None:
            self.notify(NOT_WATCHED, markup=False)
            return
        self._show_sandbox(watched)
        if row := watched.monitor.row(key):
            self.query_one(ProcessTable).move_to(row.lineage)
        watched.selection.show(key, stream)
        self._show_selection()

    @on(WatchedAlready)
    def _watched_already(self, message: WatchedAlready) -> None:
        self._show_all()
        self.notify(f"{message.label} is watched already", markup=False)

    # ---------------------------------------------------------------- the list of sandboxes

    def action_sandboxes(self) -> None:
        """Open the list of the watched sandboxes, and of others to watch."""
        # Imported when it is wanted, not when the program starts.
        from tui.app.screens.watched import SandboxesDialog

        self.app.push_screen(SandboxesDialog(self._session), self._sandbox_chosen)

    def _sandbox_chosen(self, chosen: Watched | Offer | None) -> None:
        if isinstance(chosen, Offer):
            self._watch(chosen)
        elif chosen is not None and chosen in self._session.watched:
            self._show_sandbox(chosen)

    def _watch(self, offer: Offer) -> None:
        try:
            connection = self._connect(offer.profile)
        except BoxscopeError as error:
            self.notify(notice_of(error), severity="error", markup=False)
            return
        watched = self._session.watch(Way(connection, offer.sandbox.id))
        self._muting.take(watched.profile)
        self._show_sandbox(watched)

    # ---------------------------------------------------------------- the palette

    def sandbox_entries(self) -> Iterable[palette.Entry]:
        """For the command palette: the processes of all watched sandboxes, those of the one that is shown first."""
        session = self._session
        yield from palette.sandbox_entries(session.others, self._show_sandbox)
        yield from palette.process_entries(
            [("", session.monitor.rows), *((other.label, other.monitor.rows) for other in session.others)], self._go_to
        )

    def _go_to(self, key: ProcessKey) -> None:
        watched = self._session.of(key)
        if watched is not None and watched.monitor.row(key):
            self._go_to_run(key)

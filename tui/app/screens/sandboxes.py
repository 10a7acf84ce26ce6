"""Which sandboxes? All that the control plane lists; looking at the list contacts none of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen

from tui.app.commands import Command
from tui.app.offers import in_order
from tui.app.widgets.bars import KeyBar, Segment, StatusBar
from tui.app.widgets.empty_panel import EmptyPanel
from tui.app.widgets.table_columns import Cell, Column, fit, flex
from tui.app.widgets.table_messages import Marked, RowSelected
from tui.app.widgets.virtual_table import VirtualTable
from tui.core.emptiness import Emptiness
from tui.core.errors import BoxscopeError
from tui.core.format import age, count
from tui.core.models import Sandbox
from tui.core.ports import Connection
from tui.core.text import one_line

_HINTS = (
    Command("sandboxes.open", "enter", "Watch", "Watch the sandbox, or those selected", "", footer=1, hint="watch"),
    Command("sandboxes.select", "space", "Select", "Select several to watch", "", footer=2, hint="select several"),
    Command("sandboxes.refresh", "r", "Refresh", "Ask for the list again", "", footer=3, hint="refresh"),
    Command("profiles.pick", "ctrl+o", "Profiles", "Choose a profile", "", footer=4, hint="profiles"),
    Command("app.back", "q", "Leave", "Leave", "", footer=5, hint="quit"),
)


def status_cell(sandbox: Sandbox) -> Cell:
    """Sign and word of its status; what may not be contacted steps back."""
    tone = "" if sandbox.state.may_be_contacted else "muted"
    glyph = "●" if sandbox.state.may_be_contacted else "○"
    return Cell(f"{glyph} {sandbox.status.lower()}", tone)


def _size(sandbox: Sandbox) -> Cell:
    parts = [f"{sandbox.cpus:g} cpu"] if sandbox.cpus else []
    if sandbox.memory_mb:
        parts.append(f"{count(sandbox.memory_mb)} MB")
    return Cell("  ".join(parts), "muted")


def _age(sandbox: Sandbox) -> Cell:
    since = sandbox.created_at
    return Cell(age(time.time_ns() // 1_000_000 - since) if since else "", "muted")


COLUMNS: tuple[Column[Sandbox], ...] = (
    Column("name", "NAME", lambda s: Cell(s.label), flex(12, 40, weight=2), priority=0),
    Column("status", "STATUS", status_cell, fit(9, 16), priority=0),
    Column("age", "AGE", _age, fit(3, 4), align="right", priority=2),
    Column("size", "SIZE", _size, fit(8, 20), priority=3),
    Column("image", "IMAGE", lambda s: Cell(s.image, "muted"), flex(8, 30), priority=5),
    Column("note", "ENDED", lambda s: Cell(s.end_reason or s.pending_reason, "muted"), flex(8, weight=2), priority=4),
)


class SandboxPicker(Screen[tuple[str, ...]]):
    """Answers with the ids of the sandboxes to watch, the one to show first; None: leave."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "leave", "Leave", show=False),
        Binding("r", "reload", "Refresh", show=False),
        Binding("ctrl+o", "profiles", "Profiles", show=False),
    ]

    def __init__(self, connection: Connection, *, on_profiles: Callable[[], None]) -> None:
        super().__init__()
        self._connection = connection
        self._on_profiles = on_profiles
        self._notes: list[str] = []

    def compose(self) -> ComposeResult:
        """The list."""
        bar = StatusBar(id="status")
        bar.left = (
            Segment("boxscope", "bold $accent", keep=1),
            Segment(self._connection.profile.name or "no profile", "bold", keep=2),
            Segment(f"credential: {self._connection.credential_source or 'none'}", "$text-muted"),
        )
        yield bar
        with Vertical(id="sandboxes"):
            yield VirtualTable(COLUMNS, key=lambda sandbox: sandbox.id, id="sandbox-table")
            yield EmptyPanel(id="sandboxes-empty")
        yield KeyBar(_HINTS, id="keys")

    def on_mount(self) -> None:
        """Ask for the list."""
        self.query_one("#sandboxes").border_title = "Sandboxes"
        self.action_reload()

    def action_reload(self) -> None:
        """Ask for the list again."""
        if not self.query_one(VirtualTable).rows:
            self._say(Emptiness("Asking for the list …"))
        self.run_worker(self._load(), exclusive=True)

    async def _load(self) -> None:
        control = self._connection.control
        assert control is not None, "a profile with a sandbox URL is watched without choosing"
        try:
            listing = await control.sandboxes()
        except BoxscopeError as error:
            lines = tuple(one_line(text) for text in (error.message, error.hint) if text)
            self._say(Emptiness("The list could not be read", lines, (("r", "try again"), ("ctrl+o", "profiles"))))
            return
        ordered = in_order(listing.sandboxes)
        if not ordered:
            where = self._connection.profile.project or self._connection.profile.namespace or "this project"
            self._say(
                Emptiness("No sandboxes", (f"There is none in {where} with this credential.",), (("r", "look again"),))
            )
            return
        table = self.query_one(VirtualTable)
        table.set_rows(ordered)
        table.display = True
        self.query_one(EmptyPanel).display = False
        table.focus()
        self._notes = [f"{count(listing.rejected)} not understood"] if listing.rejected else []
        if listing.truncated:
            self._notes.append("not all are shown: there are too many")
        self.query_one("#sandboxes").border_title = f"Sandboxes  {count(len(ordered))}"
        self._show_subtitle()

    @on(Marked)
    def _show_subtitle(self) -> None:
        marked = len(self.query_one(VirtualTable).marked)
        words = [f"{count(marked)} selected  enter watches {'it' if marked == 1 else 'them'}"] if marked else []
        self.query_one("#sandboxes").border_subtitle = "  ".join([*words, *self._notes])

    def _say(self, emptiness: Emptiness) -> None:
        self.query_one(VirtualTable).display = False
        panel = self.query_one(EmptyPanel)
        panel.display = True
        panel.show(emptiness)

    @on(RowSelected)
    def _selected(self, event: RowSelected) -> None:
        table = self.query_one(VirtualTable)
        marked = [str(sandbox.id) for sandbox in table.rows if sandbox.id in table.marked]
        if table.cursor_key in marked:
            marked.sort(key=lambda identity: identity != table.cursor_key)
        self.dismiss(tuple(marked) or (str(event.key),))

    async def action_leave(self) -> None:
        """Leave."""
        await self._connection.aclose()
        self.dismiss(None)

    def action_profiles(self) -> None:
        """Choose another profile."""
        self._on_profiles()

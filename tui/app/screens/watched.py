"""The list of the watched sandboxes, with what fails in each, and of those that could be watched too."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.app.offers import Offer, Offers, has_offers, offers
from tui.app.screens.sandboxes import status_cell
from tui.app.session import Session
from tui.app.watched import Watched
from tui.app.widgets.table_columns import Cell, Column, fit, fixed, flex
from tui.app.widgets.table_messages import RowSelected
from tui.app.widgets.virtual_table import VirtualTable
from tui.core.contact import ContactState
from tui.core.format import count
from tui.core.models import Sandbox

LOOK = 0.5
"""Seconds between two looks at what the session knows."""


@dataclass(frozen=True, slots=True)
class SandboxRow:
    """One sandbox at one moment; without counts where no process list of it has come."""

    key: Hashable
    name: str
    sandbox: Sandbox | None
    is_shown: bool = False
    failing: int | None = None
    suspect: int | None = None
    contact: str = "not watched"
    is_watched: bool = False


def _state(row: SandboxRow) -> Cell:
    return status_cell(row.sandbox) if row.sandbox else Cell("? unknown", "muted")


def _number(number: int | None, tone: str) -> Cell:
    if number is None:
        return Cell("–", "muted")
    return Cell(count(number), tone if number else "muted")


COLUMNS: tuple[Column[SandboxRow], ...] = (
    Column("shown", "", lambda row: Cell("›" if row.is_shown else "", "accent"), fixed(1), priority=3),
    Column("name", "NAME", lambda row: Cell(row.name, "" if row.is_watched else "muted"), flex(12, 40), priority=0),
    Column("state", "STATE", _state, fit(9, 16), priority=1),
    Column("failing", "FAILING", lambda row: _number(row.failing, "error"), fit(7, 7), align="right", priority=0),
    Column("suspect", "SUSPECT", lambda row: _number(row.suspect, "warning"), fit(7, 7), align="right", priority=2),
    Column(
        "contact", "CONTACT", lambda row: Cell(row.contact, "" if row.contact == "live" else "muted"), fit(11, 16),
        priority=1,
    ),
)  # fmt: skip


def watched_row(watched: Watched, *, is_shown: bool) -> SandboxRow:
    """What is known of a watched sandbox."""
    monitor = watched.monitor
    # "not watched" is said of the others: this one the user let go of.
    is_released = monitor.contact.state is ContactState.RELEASED
    return SandboxRow(
        key=watched,
        name=watched.label,
        sandbox=monitor.sandbox,
        is_shown=is_shown,
        failing=watched.tally.failing if monitor.has_listed else None,
        suspect=watched.tally.suspect if monitor.has_listed else None,
        contact="let go" if is_released else monitor.contact.state.value,
        is_watched=True,
    )


class SandboxesDialog(ModalScreen[Watched | Offer | None]):
    """Answers with the sandbox to show: one that is watched, or one that is to be watched from now on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,1", "close", "Close", show=False),
        Binding("r", "reload", "Refresh", show=False),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._offers = Offers()
        self._is_asking = False

    def compose(self) -> ComposeResult:
        """Title, list, what can be done."""
        with Vertical(classes="dialog dialog-wide"):
            yield Static("", classes="dialog-title", id="watched-title", markup=False)
            yield VirtualTable(COLUMNS, key=lambda row: row.key, can_mark=False, id="watched-table")
            yield Static("", classes="dialog-hint", id="watched-hint", markup=False)

    def on_mount(self) -> None:
        """The cursor is on the sandbox that is shown."""
        self._show()
        table = self.query_one(VirtualTable)
        table.move_to(self._session.current)
        table.focus()
        self.set_interval(LOOK, self._show)
        self.action_reload()

    def action_reload(self) -> None:
        """Ask the control planes which others there are."""
        if has_offers(self._session.watched):
            self._is_asking = True
            self.run_worker(self._load(), exclusive=True)

    async def _load(self) -> None:
        self._offers = await offers(self._session.watched)
        self._is_asking = False
        self._show()

    def _others(self) -> list[Offer]:
        """What was listed and is not watched."""
        watched = self._session.watched
        return [
            offer for offer in self._offers.offers if not any(each.is_sandbox(offer.sandbox.id) for each in watched)
        ]

    def _show(self) -> None:
        session, others = self._session, self._others()
        rows = [watched_row(watched, is_shown=watched is session.current) for watched in session.watched]
        rows += [SandboxRow(offer.sandbox.id, offer.sandbox.label, offer.sandbox) for offer in others]
        self.query_one(VirtualTable).set_rows(rows)
        title = [Content.styled("Sandboxes", "bold"), Content(f"{count(len(session.watched))} watched")]
        if others:
            title.append(Content.styled(f"{count(len(others))} not watched", "$text-muted"))
        self.query_one("#watched-title", Static).update(Content("  ").join(title))
        keys = ["enter show"]
        if self._is_asking:
            keys.append("asking for the others …")
        elif has_offers(session.watched):
            keys[0] += ", or watch from now on"
            keys.append("r look again")
        hint = "   ".join([*keys, "esc close"])
        self.query_one("#watched-hint", Static).update("\n".join([hint, *self._offers.problems]))

    @on(RowSelected)
    def _selected(self, event: RowSelected) -> None:
        event.stop()
        key = event.key
        if isinstance(key, Watched):
            self.dismiss(key)
        else:
            self.dismiss(next((offer for offer in self._others() if offer.sandbox.id == key), None))

    def action_close(self) -> None:
        """Stay where we were."""
        self.dismiss(None)

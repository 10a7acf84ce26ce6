"""What the failure pane shows of the process that is selected, for as long as anybody can see the pane."""

from __future__ import annotations

from tui.app.session import Session
from tui.app.widgets.failure_pane import FailurePane
from tui.core.cards import Case, CauseCard
from tui.core.causes import cause_card, output_evidence
from tui.core.emptiness import Emptiness
from tui.core.failures import State
from tui.core.models import ProcessKey
from tui.monitor.cases import Chosen, case_of

NOTHING_SELECTED = Emptiness("No process is selected")
NOT_KNOWN = Emptiness("Nothing is known of this run", ("the sandbox lists it no more, and its output is not held",))
_WELL = frozenset((State.OK, State.RUNNING, State.QUIET))


def show_failure(pane: FailurePane, session: Session, key: ProcessKey | None, chosen: Chosen | None) -> None:
    """Bring ``pane`` up to date with one run and the traceback of it that was chosen; asks the sandbox nothing."""
    if not pane.is_in_sight:
        return
    is_live = session.monitor.contact.is_live
    case = case_of(session.monitor, session.errors, key, chosen) if key else None
    if case is None:
        pane.show(None, None, NOT_KNOWN if key else NOTHING_SELECTED, is_live=is_live)
        return
    card = cause_card(case)
    is_well = case.verdict.state in _WELL and card.shown is None
    pane.show(None if is_well else card, case.process, nothing_failed(case, card), is_live=is_live)


def nothing_failed(case: Case, card: CauseCard) -> Emptiness:
    """Why there is no failure to show, and what that is known from."""
    return Emptiness("Nothing failed", (card.what.text, *(evidence.fact for evidence in output_evidence(case))))

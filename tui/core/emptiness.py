"""Why a pane is empty. Nothing written, an unknown process, not read yet and not reachable are never confused."""

from __future__ import annotations

from dataclasses import dataclass

from tui.core.contact import Contact, ContactState
from tui.core.format import clock, count, duration
from tui.core.models import Process, Sandbox, Stream
from tui.core.streamstate import StreamState


@dataclass(frozen=True, slots=True)
class Emptiness:
    """A heading, an explanation, and the keys that lead on."""

    heading: str
    lines: tuple[str, ...] = ()
    keys: tuple[tuple[str, str], ...] = ()


def of_output(
    process: Process | None,
    stream: Stream,
    state: StreamState,
    contact: Contact,
    *,
    now_ms: int,
    confirmed: bool,
    other_lines: int | None = None,
    error: str = "",
) -> Emptiness:
    """Why an output pane holds no line.

    ``confirmed`` says that a snapshot agreed that there is none; ``other_lines`` counts those of the other stream,
    where it was read.
    """
    name = stream.value
    if process is None:
        return Emptiness("No process selected", ("Choose one in the list.",))
    if state is StreamState.UNKNOWN_PROCESS:
        return Emptiness(
            "Unknown process",
            (
                f"The sandbox knows no process {process.pid}. It may have ended and been forgotten, or the sandbox",
                f"restarted. For a process that it does not know it gives no lines: nothing is known of its {name}.",
            ),
            (("r", "look again"),),
        )
    if state is StreamState.FAILED:
        return Emptiness(f"{name} could not be read", tuple(filter(None, (error,))), (("r", "try again"),))
    if not contact.is_live and not confirmed:
        return _not_reachable(contact)
    if not confirmed:
        return Emptiness(f"Reading {name} …")
    other = stream.other.value
    known = f" ({count(other_lines, 'line')})" if other_lines is not None else ""
    keys = (("s", f"show {other}{known}"),)
    if process.is_finished:
        how = f"The process has ended without a line on {name}."
    else:
        how = f"The process is running ({duration(now_ms - process.started_at)})."
    why = f"Either it wrote nothing, or it was started with {name} discarded, or its command sends {name} elsewhere."
    return Emptiness(f"Nothing on {name}", (how, why), keys)


def _not_reachable(contact: Contact) -> Emptiness:
    since = f" since {clock(contact.last_answer_at)} UTC" if contact.last_answer_at else ""
    if contact.state is ContactState.CONNECTING:
        return Emptiness("Connecting …")
    if contact.state is ContactState.RELEASED:
        return Emptiness(
            "Not watched", ("You let go of this sandbox, so nothing is read from it.",), (("U", "watch it"),)
        )
    return Emptiness(
        "Not read",
        (f"There is no contact with the sandbox{since}: {contact.state.value}.", *filter(None, (contact.error,))),
        (("r", "try again now"),),
    )


def of_processes(
    sandbox: Sandbox | None, contact: Contact, *, has_listed: bool, hidden: int, filter_text: str
) -> Emptiness:
    """Why the process list is empty; ``hidden`` counts processes that a filter or "only what matters" keeps out."""
    if hidden:
        if filter_text:
            return Emptiness(
                "No process matches",
                (f"“{filter_text}” hides {count(hidden, 'process', 'processes')}.",),
                (("esc", "clear the filter"),),
            )
        return Emptiness(
            "Nothing is failing", (f"{count(hidden, 'process', 'processes')} ended well and not shown.",),
            (("A", "show all"),),
        )  # fmt: skip
    name = sandbox.label if sandbox else "the sandbox"
    if contact.is_live and has_listed:
        return Emptiness(
            "No processes",
            (f"{name} has started none through its process API.", "Shells and terminal sessions are not listed there."),
            (("r", "look again"),),
        )
    return of_contact(sandbox, contact)


_WORDS = {
    ContactState.CONNECTING: ("Connecting …", ""),
    ContactState.LIVE: ("Reading the process list …", ""),
    ContactState.OFFLINE: ("No contact", "The sandbox does not answer."),
    ContactState.REFUSED: ("Not authorised", "The server refused the credential."),
    ContactState.STARTING: ("Starting up", "The sandbox is not ready yet; nothing is wrong."),
    ContactState.ASLEEP: ("Not contacted", "The sandbox sleeps. A request to it could wake it, so none is sent."),
    ContactState.OVER: ("Ended", "The sandbox has ended."),
    ContactState.GONE: ("Not found", "The control plane knows no such sandbox in this project."),
    ContactState.RELEASED: ("Not watched", "You let go of this sandbox; it may go to sleep."),
}


def of_contact(sandbox: Sandbox | None, contact: Contact) -> Emptiness:
    """What to say instead of a process list while there is no contact."""
    heading, why = _WORDS[contact.state]
    lines = [why] if why else []
    if sandbox and contact.state in (ContactState.ASLEEP, ContactState.OVER, ContactState.STARTING):
        details = sandbox.end_reason or sandbox.pending_reason
        lines.append(f"{sandbox.label} is {sandbox.status}{f': {details}' if details else ''}.")
    lines.extend(filter(None, (contact.error, contact.hint)))
    key = ("U", "watch it") if contact.state is ContactState.RELEASED else ("r", "look again now")
    return Emptiness(heading, tuple(lines), () if contact.state is ContactState.CONNECTING else (key,))

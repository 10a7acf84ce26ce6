"""The words of the status bar."""

from __future__ import annotations

from datetime import tzinfo

from tui.app.session import Session
from tui.app.widgets.bars import Segment
from tui.core.contact import Contact, ContactState
from tui.core.format import clock, count
from tui.core.text import one_line


def status_left(session: Session) -> tuple[Segment, ...]:
    """Program, profile, the sandbox that is shown, which of how many, what fails in the others; status and size."""
    profile, sandbox, name = session.monitor.profile, session.monitor.sandbox, session.current.label
    parts = [Segment("boxscope", "bold $accent", keep=1)]
    if profile.name and profile.name != name:
        parts.append(Segment(profile.name, "$text-muted", keep=4))
    if name:
        parts.append(Segment(name, "bold", keep=9))
    if session.has_several:
        place = session.watched.index(session.current) + 1
        parts.append(Segment(f"{place} of {len(session.watched)}", "", keep=7))
        if failing := sum(other.tally.failing for other in session.others):
            parts.append(Segment(f"{count(failing)} failing elsewhere", "$text-error", keep=8))
    if sandbox:
        tone = "" if sandbox.state.may_be_contacted else "$text-warning"
        parts.append(Segment(one_line(sandbox.status.lower(), 20), tone, keep=8))
        size = []
        if sandbox.cpus:
            size.append(f"{sandbox.cpus:g} cpu")
        if sandbox.memory_mb:
            size.append(f"{count(sandbox.memory_mb)} MB")
        if size:
            parts.append(Segment("  ".join(size), "$text-muted", keep=2))
    return tuple(parts)


def status_right(
    contact: Contact,
    *,
    now_ms: int,
    zone: tzinfo | None,
    frozen: bool,
    has_control: bool,
    rejected: int,
    stream: str,
) -> tuple[Segment, ...]:
    """What holds it awake, the state of the stream on screen, and how fresh everything is."""
    parts: list[Segment] = []
    if rejected:
        parts.append(Segment(f"{count(rejected, 'record')} not understood", "$text-warning", keep=5))
    if frozen:
        parts.append(Segment("‖ frozen", "bold $text-warning", keep=8))
    if contact.holds_awake and has_control:
        parts.append(Segment("awake: held by us", "$text-muted", keep=3))
    if stream:
        parts.append(Segment(stream, "$text-muted", keep=4))
    parts.append(_contact(contact, now_ms, zone))
    return tuple(parts)


def _contact(contact: Contact, now_ms: int, zone: tzinfo | None) -> Segment:
    if contact.is_live and contact.last_answer_at:
        return Segment(f"● live {clock(contact.last_answer_at, zone)}", "$text-muted", keep=10)
    if contact.state is ContactState.CONNECTING:
        return Segment("◌ connecting", "$text-muted", keep=10)
    words = [f"○ {contact.state.value}"]
    if contact.last_answer_at and contact.state is not ContactState.RELEASED:
        words.append(f"last answer {clock(contact.last_answer_at, zone)}")
    if contact.retry_at:
        words.append(f"retry in {max(0, (contact.retry_at - now_ms + 999) // 1000)}s")
    bad = contact.state in (ContactState.OFFLINE, ContactState.REFUSED, ContactState.GONE)
    return Segment(", ".join(words), "bold $text-error" if bad else "$text-warning", keep=10)

"""The words of the status bar."""

from __future__ import annotations

from datetime import tzinfo

from tui.app.widgets.bars import Segment
from tui.core.contact import Contact, ContactState
from tui.core.format import clock, count
from tui.core.models import Sandbox
from tui.core.profile import Profile
from tui.core.text import one_line


def status_left(profile: Profile, sandbox: Sandbox | None) -> tuple[Segment, ...]:
    """Program, profile, sandbox with its status and its size."""
    parts = [Segment("boxscope", "bold $accent", keep=1)]
    name = sandbox.label if sandbox else profile.sandbox or profile.sandbox_url
    if profile.name and profile.name != name:
        parts.append(Segment(profile.name, "$text-muted", keep=4))
    if name:
        parts.append(Segment(one_line(name, 40), "bold", keep=9))
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

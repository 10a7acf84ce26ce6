"""Our contact with a sandbox: one of the three states that are never mixed (process, stream, contact)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class ContactState(Enum):
    """How things stand between us and the sandbox; the value is the word on the status bar."""

    CONNECTING = "connecting"
    LIVE = "live"
    OFFLINE = "offline"
    """No answer, or one that made no sense; we try again."""
    REFUSED = "refused"
    """The credential is missing, wrong, or may not do this."""
    STARTING = "starting up"
    """The sandbox is pending, or its proxy is not ready."""
    ASLEEP = "not contacted"
    """Suspended or suspending: a request would wake it."""
    OVER = "ended"
    """Terminated, failed or timed out."""
    GONE = "not found"
    RELEASED = "not watched"
    """The user let go of it."""


@dataclass(frozen=True, slots=True)
class Contact:
    """State of our contact, when the last answer came, and what went wrong since. Times in ms since the epoch."""

    state: ContactState = ContactState.CONNECTING
    last_answer_at: int | None = None
    error: str = ""
    hint: str = ""
    retry_at: int | None = None
    """When the next attempt is due, while there is an error."""

    @property
    def is_live(self) -> bool:
        """True while answers come."""
        return self.state is ContactState.LIVE

    @property
    def holds_awake(self) -> bool:
        """True while our requests reset the idle clock of the sandbox."""
        return self.state in (ContactState.LIVE, ContactState.OFFLINE)

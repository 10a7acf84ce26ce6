"""What an output account knows about the lines on screen, and the words for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class AccountStatus(Enum):
    """How far the lines on screen are known to be those of the log."""

    COMPLETE = "complete"
    """The output has ended, and a snapshot taken after its end agreed line by line."""
    SO_FAR = "so far"
    """In order as far as it is known; more may come."""
    UNVERIFIED = "unverified"
    """Something that was received, or ought to have been, could not be checked against the server's log."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The account of one output stream at one moment."""

    lines: int
    status: AccountStatus
    repaired: int = 0
    """Lines that the stream had lost, doubled or changed, and that a snapshot or a replay put right."""
    gaps: int = 0
    missing_lines: int = 0
    """Lines missing in the gaps, as far as their number is known."""
    rejected: int = 0
    """Events of the stream that made no sense."""
    server_dropped: int = 0
    """Oldest lines that the server dropped itself."""
    truncated_at: int | None = None
    """Bytes after which the last snapshot was cut off; what lies beyond is unchecked."""
    dropped: int = 0
    """Oldest lines that are no longer kept here."""


def describe(verdict: Verdict) -> str:
    """``verdict`` in a few words, such as "1,204 lines, complete" or "1,204 lines so far, 12 repaired"."""
    lines = counted(verdict.lines, "line")
    parts = [f"{lines} so far"] if verdict.status is AccountStatus.SO_FAR else [lines, verdict.status.value]
    if verdict.repaired:
        parts.append(f"{verdict.repaired:,} repaired")
    if verdict.gaps:
        parts.append(counted(verdict.gaps, "gap"))
        if verdict.missing_lines:
            parts.append(f"about {counted(verdict.missing_lines, 'line')}")
    if verdict.rejected:
        parts.append(f"{counted(verdict.rejected, 'event')} not understood")
    if verdict.truncated_at is not None:
        parts.append(f"unchecked beyond {verdict.truncated_at / 2**20:.0f} MB")
    if verdict.server_dropped and not verdict.gaps:
        parts.append(f"{verdict.server_dropped:,} dropped by the server")
    if verdict.dropped:
        parts.append(f"{verdict.dropped:,} no longer kept")
    return ", ".join(parts)


def counted(number: int, noun: str) -> str:
    """``number`` and ``noun``, as in "1 line" and "1,204 lines"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"

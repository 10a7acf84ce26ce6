"""The cause card of one process: claims, how sure each is, and the evidence that each rests on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tui.core.failures import Verdict
from tui.core.group_members import Member
from tui.core.groups import ErrorGroup
from tui.core.models import NetworkPolicy, Process, RawLine, Stream
from tui.core.tracebacks.model import Traceback
from tui.core.verdict import Verdict as OutputVerdict


class Certainty(Enum):
    """How sure a claim is."""

    KNOWN = "known"
    """The platform says so, or the output does in so many words."""
    LIKELY = "likely"
    """Two facts or more point to it."""
    UNKNOWN = "unknown"
    """The evidence does not tell."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence: what it says, where it comes from and as of when."""

    fact: str
    source: str
    """The endpoint, with line numbers (1-based) where it is a part of an output."""
    at: int | None = None
    """When it happened, as far as that is known, else when it was told; ms. None: unknown."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One line of the card."""

    text: str
    certainty: Certainty
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class CauseCard:
    """What is known of why a process failed. Texts are cleaned, :attr:`lines_before` are raw."""

    what: Claim
    why: Claim
    where: Claim | None
    same_as: Claim | None
    first_seen: Claim | None
    lines_before: tuple[tuple[int, RawLine], ...]
    """The last lines before the report, or the last of the output, with their 1-based numbers."""
    evidence: tuple[Evidence, ...]
    """Everything that was looked at, the evidence of the claims included."""
    shown: FoundReport | None = None
    """The report that where, same-as, first seen and the lines before are about."""
    is_aside: bool = False
    """That report was chosen, and is not the one that tells why the process failed."""


@dataclass(frozen=True, slots=True)
class FoundReport:
    """A report in an output of the process, and the group that it belongs to."""

    traceback: Traceback
    stream: Stream = Stream.STDERR
    member: Member | None = None
    group: ErrorGroup | None = None

    @property
    def lines(self) -> str:
        """``lines 12-19``, counted from 1 as everywhere on screen."""
        return f"lines {self.traceback.start + 1}-{self.traceback.end + 1}"


@dataclass(frozen=True, slots=True)
class Case:
    """All that a rule may look at. Times are in ms."""

    process: Process
    verdict: Verdict
    listed_at: int | None = None
    """When the process list was read."""
    reports: tuple[FoundReport, ...] = ()
    """In the order in which they were printed."""
    stream: Stream = Stream.STDERR
    output: OutputVerdict | None = None
    """What the account of that output can vouch for; None: it was not read."""
    output_at: int | None = None
    lines_before: tuple[tuple[int, RawLine], ...] = ()
    last_line: int | None = None
    """0-based index of the last line of the output that is not blank."""
    signal_sent: int | None = None
    """A signal that we sent, with the server's receipt."""
    exit_group: ErrorGroup | None = None
    """The group of this failure where it printed no report."""
    memory_mb: int | None = None
    """Memory limit of the sandbox."""
    disk_mb: int | None = None
    egress: NetworkPolicy | None = None
    """Where the sandbox may connect to; None: nothing is known."""
    success_exit_codes: tuple[int, ...] = (0,)
    chosen: FoundReport | None = None
    """The report that the user looks at; None: the one that tells most."""

    @property
    def uncaught(self) -> FoundReport | None:
        """The last report of an exception that nobody caught, those of the system left out."""
        return next(
            (
                report
                for report in reversed(self.reports)
                if not report.traceback.handled and report.traceback.language not in ("kernel", "shell")
            ),
            None,
        )

    @property
    def has_gap(self) -> bool:
        """True when lines of the output are missing, so that nothing can be told from what is not there."""
        return self.output is not None and bool(
            self.output.gaps or self.output.server_dropped or self.output.truncated_at is not None
        )

    @property
    def list_source(self) -> str:
        """The endpoint that tells of the process."""
        return "GET /api/v1/processes"

    def output_source(self, stream: Stream | None = None, lines: str = "") -> str:
        """The endpoint of an output, with line numbers."""
        source = f"GET /api/v1/processes/{self.process.ref}/{(stream or self.stream).value}"
        return f"{source}, {lines}" if lines else source

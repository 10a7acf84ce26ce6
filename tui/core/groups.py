"""Error groups: equal failures over processes, runs and sandboxes, counted as one."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

from tui.core.fingerprint import SHORT_DIGITS, Fingerprint
from tui.core.models import ProcessKey, Stream

MEMBERS_KEPT = 200
"""Members of a group that are kept one by one; the others are only counted."""
TREND_MS = 5 * 60 * 1000
"""Width of one bucket of a trend."""
TREND_BUCKETS = 12


@dataclass(frozen=True, slots=True)
class Member:
    """One failure. ``line`` is the first line of its report, 1-based; None where there is no report."""

    process: ProcessKey
    headline: str
    """One line, cleaned."""
    at: int | None = None
    """When, in ms; of the report's line where that is known, else the end or the start of the process."""
    at_is_exact: bool = False
    """True where ``at`` is the time of the line itself."""
    stream: Stream | None = None
    line: int | None = None
    where: str = ""
    """Deepest own frame, ``file:line function``, cleaned."""

    @property
    def identity(self) -> Hashable:
        """What makes it the same failure when it is seen again."""
        return (self.process.identity, self.stream, self.line)


@dataclass(slots=True)
class ErrorGroup:
    """Failures with one fingerprint."""

    fingerprint: Fingerprint
    count: int = 0
    first_seen: int | None = None
    last_seen: int | None = None
    members: list[Member] = field(default_factory=list)
    """The latest ones, oldest first."""
    by_sandbox: dict[str, int] = field(default_factory=dict)
    is_muted: bool = False

    @property
    def latest(self) -> Member:
        """The member that was added last."""
        return self.members[-1]

    def add(self, member: Member) -> None:
        """Count one more."""
        self.count += 1
        sandbox = member.process.sandbox_id
        self.by_sandbox[sandbox] = self.by_sandbox.get(sandbox, 0) + 1
        if member.at is not None:
            self.first_seen = member.at if self.first_seen is None else min(self.first_seen, member.at)
            self.last_seen = member.at if self.last_seen is None else max(self.last_seen, member.at)
        self.members.append(member)
        del self.members[:-MEMBERS_KEPT]

    def trend(self, now_ms: int) -> list[int]:
        """Kept members per five minutes over the last hour, oldest first."""
        buckets = [0] * TREND_BUCKETS
        for member in self.members:
            if member.at is not None and 0 <= (age := now_ms - member.at) < TREND_BUCKETS * TREND_MS:
                buckets[TREND_BUCKETS - 1 - age // TREND_MS] += 1
        return buckets


class ErrorGroups:
    """All groups. Adding a member twice counts it once."""

    def __init__(self, muted: Iterable[str] = ()) -> None:
        """``muted``: fingerprints, or beginnings of them, whose groups stay in the counts but out of the way."""
        self._muted = tuple(muted)
        self._groups: dict[str, ErrorGroup] = {}
        self._seen: dict[Hashable, str] = {}
        self.version = 0
        """Grows with every change."""

    def add(self, fingerprint: Fingerprint, member: Member) -> ErrorGroup:
        """Count ``member``; gives its group."""
        known = self._seen.get(member.identity)
        if known is not None:
            return self._groups[known]
        group = self._groups.get(fingerprint.value)
        if group is None:
            is_muted = any(fingerprint.value.startswith(muted) for muted in self._muted)
            group = self._groups[fingerprint.value] = ErrorGroup(fingerprint, is_muted=is_muted)
        self._seen[member.identity] = fingerprint.value
        group.add(member)
        self.version += 1
        return group

    def group_of(self, member: Member) -> ErrorGroup | None:
        """The group that counted ``member``."""
        value = self._seen.get(member.identity)
        return None if value is None else self._groups[value]

    @property
    def all(self) -> list[ErrorGroup]:
        """The groups, latest first, the muted ones behind."""
        return sorted(self._groups.values(), key=lambda g: (g.is_muted, -(g.last_seen or 0), g.fingerprint.value))

    def short(self, group: ErrorGroup) -> str:
        """The short form of its fingerprint, longer where another group would have the same."""
        digits = SHORT_DIGITS
        others = [other.fingerprint for other in self._groups.values() if other is not group]
        while digits < 32 and any(o.short(digits) == group.fingerprint.short(digits) for o in others):
            digits += 1
        return group.fingerprint.short(digits)

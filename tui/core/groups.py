"""Equal errors over processes, runs and sandboxes as one group: counted, dated, listed.

Groups are kept at all levels at once, so that going finer or coarser neither loses nor looks for anything. What one
output contributed to a group is kept apart (its :class:`_Share`), because an output may have to be taken back as a
whole: when lines are put into its middle, its reports are found anew under other line numbers.

Bounds: members kept per group, groups per level, line numbers remembered per output. Beyond them occurrences are
still counted, and what could not be placed is told by :attr:`ErrorGroups.ungrouped`.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from tui.core.fingerprint import Fingerprint, Level, ShortIds
from tui.core.group_members import Member, Moment, Source, TimeSource
from tui.core.models import ProcessKey

BUCKET_MS = 5 * 60 * 1000
"""Length of one step of a trend."""
MEMBERS_KEPT = 200
MAX_GROUPS = 2000
MAX_LINES = 8192
_BUCKETS_KEPT = 288


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """One group at one moment. Counts are of what was watched, never "in total"."""

    fingerprint: Fingerprint
    short_id: str
    headline: str
    where: str
    count: int
    handled: int
    """Occurrences that the program says it caught."""
    first: Moment
    last: Moment
    members: tuple[Member, ...]
    """Newest first, at most :data:`MEMBERS_KEPT`."""
    by_process: Mapping[ProcessKey, int]
    by_sandbox: Mapping[str, int]
    """Counts by the sandbox's label."""
    buckets: Mapping[int, int]
    """Counts by number of the five-minute step since the epoch, for occurrences with a time."""
    is_muted: bool = False

    @property
    def is_handled(self) -> bool:
        """True where the program says of every occurrence that it caught it."""
        return self.handled == self.count

    @property
    def beyond(self) -> int:
        """Occurrences that are counted and no longer listed."""
        return self.count - len(self.members)

    @property
    def is_exit_only(self) -> bool:
        """True for failures that printed no report."""
        return bool(self.members) and self.members[0].stream is None

    def trend(self, until_ms: int, steps: int = 12) -> tuple[int, ...]:
        """Counts of the last ``steps`` steps of five minutes, oldest first."""
        last = until_ms // BUCKET_MS
        return tuple(self.buckets.get(step, 0) for step in range(last - steps + 1, last + 1))


@dataclass(slots=True)
class _Share:
    """What one output contributed to one group."""

    label: str
    count: int = 0
    handled: int = 0
    first: Moment | None = None
    last: Moment | None = None
    buckets: Counter[int] = field(default_factory=Counter)

    def add(self, member: Member) -> None:
        self.count += 1
        self.handled += member.handled
        moment = member.moment
        if self.first is None or _is_before(moment, self.first):
            self.first = moment
        if self.last is None or not _is_before(moment, self.last):
            self.last = moment
        if moment.at is not None:
            self.buckets[moment.at // BUCKET_MS] += 1
            if len(self.buckets) > _BUCKETS_KEPT:
                del self.buckets[min(self.buckets)]


_Keeps = Callable[[Member], bool]
_Place = tuple[Source, bool]
"""Whose share it is: an output, and whether of its reports that are still being printed."""


@dataclass(slots=True)
class _Group:
    fingerprint: Fingerprint
    short_id: str
    shares: dict[_Place, _Share] = field(default_factory=dict)
    members: deque[Member] = field(default_factory=lambda: deque(maxlen=MEMBERS_KEPT))
    view: ErrorGroup | None = None


class ErrorGroups:
    """Keeps the groups. Whatever is added twice counts once: output, stream and first line tell an occurrence."""

    def __init__(self, *, muted: Iterable[str] = (), level: Level = Level.NORMAL) -> None:
        """``muted`` holds fingerprints in text form or beginnings of them, of any level."""
        self.level = level
        self.version = 0
        """Grows with every change."""
        self.ungrouped = 0
        """Occurrences that were seen and are in no group, because there were too many groups."""
        self._muted = frozenset(muted)
        self._ids = ShortIds()
        self._groups: dict[Level, dict[str, _Group]] = {level: {} for level in Level}
        self._touched: dict[_Place, dict[Level, set[str]]] = {}
        self._lines: dict[Source, _Lines] = {}
        self._open: dict[Source, Member] = {}
        self._ordered: dict[Level, tuple[int, list[ErrorGroup]]] = {}

    # ---------------------------------------------------------------- what comes in

    def add(self, member: Member) -> bool:
        """Count ``member``; False where it was counted before."""
        source = member.source
        lines = self._lines.setdefault(source, _Lines())
        if not lines.add(-1 if member.line is None else member.line):
            return False
        still_open = self._open.get(source)
        if still_open is not None and still_open.line == member.line:
            self.set_open(source, None)
        self._place(member, is_open=False)
        return True

    def set_open(self, source: Source, member: Member | None) -> None:
        """Count the report that an output is still printing, in place of the one before; None: there is none."""
        before = self._open.get(source)
        if before == member:
            return
        if before is not None:
            del self._open[source]
            self._take_back((source, True), lambda kept: kept is not before)
        if member is not None and not self._is_known(member):
            self._open[source] = member
            self._place(member, is_open=True)

    def forget(self, source: Source) -> None:
        """Take back all that an output contributed, because it is about to be looked through anew."""
        self.set_open(source, None)
        self._lines.pop(source, None)
        self._take_back((source, False), lambda kept: kept.source != source)

    def mute(self, fingerprints: Iterable[str]) -> None:
        """From now on exactly these are muted: counted, but marked so that views may leave them out."""
        self._muted = frozenset(fingerprints)
        for groups in self._groups.values():
            for group in groups.values():
                group.view = None
        self.version += 1

    # ---------------------------------------------------------------- what is known

    def groups(self, level: Level | None = None) -> list[ErrorGroup]:
        """The groups, those with the newest failure first, the muted ones last."""
        level = level or self.level
        known = self._ordered.get(level)
        if known is None or known[0] != self.version:
            views = [self._view(group) for group in self._groups[level].values() if group.shares]
            views.sort(key=lambda view: (view.is_muted, -(view.last.at or 0), -view.count, view.short_id))
            known = (self.version, views)
            self._ordered[level] = known
        return list(known[1])

    def group(self, fingerprint: Fingerprint) -> ErrorGroup | None:
        """The group of ``fingerprint``, at whatever level that is."""
        group = self._groups[fingerprint.level].get(fingerprint.digest)
        return self._view(group) if group and group.shares else None

    def group_of(self, member: Member, level: Level | None = None) -> ErrorGroup | None:
        """The group that an occurrence is in."""
        return self.group(member.fingerprints[level or self.level])

    def short_id(self, fingerprint: Fingerprint) -> str:
        """The short name of a fingerprint; it stays the same as long as this object lives."""
        return self._ids.of(fingerprint)

    def of_process(self, key: ProcessKey, level: Level | None = None) -> list[ErrorGroup]:
        """The groups that one run has a part in, newest failure first."""
        return [group for group in self.groups(level) if key in group.by_process]

    # ---------------------------------------------------------------- inside

    def _is_known(self, member: Member) -> bool:
        lines = self._lines.get(member.source)
        return lines is not None and (-1 if member.line is None else member.line) in lines

    def _place(self, member: Member, *, is_open: bool) -> None:
        place = (member.source, is_open)
        touched = self._touched.setdefault(place, {level: set() for level in Level})
        self.version += 1
        for level, fingerprint in member.fingerprints.items():
            groups = self._groups[level]
            group = groups.get(fingerprint.digest)
            if group is None:
                if len(groups) >= MAX_GROUPS:
                    self.ungrouped += level is Level.NORMAL and not is_open
                    continue
                group = groups[fingerprint.digest] = _Group(fingerprint, self._ids.of(fingerprint))
            share = group.shares.get(place)
            if share is None:
                share = group.shares[place] = _Share(member.sandbox)
            share.add(member)
            group.members.appendleft(member)
            group.view = None
            touched[level].add(fingerprint.digest)

    def _take_back(self, place: _Place, keeps: _Keeps) -> None:
        for level, digests in self._touched.pop(place, {}).items():
            for digest in digests:
                group = self._groups[level][digest]
                group.shares.pop(place, None)
                group.members = deque(filter(keeps, group.members), maxlen=MEMBERS_KEPT)
                group.view = None
                if not group.shares:
                    del self._groups[level][digest]
        self.version += 1

    def _view(self, group: _Group) -> ErrorGroup:
        if group.view is None:
            group.view = self._made(group)
        return group.view

    def _made(self, group: _Group) -> ErrorGroup:
        by_process: Counter[ProcessKey] = Counter()
        by_sandbox: Counter[str] = Counter()
        buckets: Counter[int] = Counter()
        first = last = Moment(None, TimeSource.UNKNOWN)
        for (source, _), share in group.shares.items():
            by_process[source.process] += share.count
            by_sandbox[share.label] += share.count
            buckets.update(share.buckets)
            if share.first is not None and _is_before(share.first, first):
                first = share.first
            if share.last is not None and _is_after(share.last, last):
                last = share.last
        members = tuple(sorted(group.members, key=lambda member: -(member.moment.at or 0)))
        return ErrorGroup(
            fingerprint=group.fingerprint,
            short_id=group.short_id,
            headline=members[0].headline if members else "",
            where=members[0].where if members else "",
            count=by_process.total(),
            handled=sum(share.handled for share in group.shares.values()),
            first=first,
            last=last,
            members=members,
            by_process=by_process,
            by_sandbox=by_sandbox,
            buckets=buckets,
            is_muted=bool(self._muted) and bool(members) and all(map(self._is_muted, members)),
        )

    def _is_muted(self, member: Member) -> bool:
        marks = member.fingerprints.values()
        return any(mark.matches(text) for mark in marks for text in self._muted)


class _Lines:
    """First lines of the reports of one output that were counted; the oldest count as known without being kept."""

    __slots__ = ("_floor", "_known")

    def __init__(self) -> None:
        self._known: set[int] = set()
        self._floor = -1

    def __contains__(self, line: int) -> bool:
        return line in self._known or -1 < line < self._floor

    def add(self, line: int) -> bool:
        """Remember ``line``; False where it is known."""
        if line in self:
            return False
        self._known.add(line)
        if len(self._known) > MAX_LINES:
            kept = sorted(self._known)[MAX_LINES // 2 :]
            self._floor = kept[0]
            self._known = set(kept)
        return True


def _is_before(moment: Moment, other: Moment) -> bool:
    return moment.at is not None and (other.at is None or moment.at < other.at)


def _is_after(moment: Moment, other: Moment) -> bool:
    return moment.at is not None and (other.at is None or moment.at > other.at)

"""The columns of the error groups, and of the members of one group."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from tui.app.group_facts import sandbox_counts
from tui.app.widgets.table_columns import Cell, Column, fit, fixed, flex
from tui.core.format import age, clock, count
from tui.core.group_members import Member, TimeSource
from tui.core.groups import ErrorGroup
from tui.core.text import one_line

_BARS = " ▁▂▃▄▅▆▇█"


class DatedGroup:
    """A group together with the moment that its age and trend are told for."""

    __slots__ = ("age", "group", "trend")

    def __init__(self, group: ErrorGroup, now_ms: int) -> None:
        self.group = group
        self.age = age(now_ms - group.last.at) if group.last.at else ""
        self.trend = sparkline(group.trend(now_ms))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, DatedGroup)
            and (self.age, self.trend) == (other.age, other.trend)
            and self.group == other.group
        )

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class DatedMember:
    """A member together with the zone that its time is told in."""

    member: Member
    zone: tzinfo | None


Row = DatedGroup | DatedMember


def sparkline(counts: Sequence[int]) -> str:
    """One character a count, scaled to the greatest."""
    most = max(counts, default=0)
    if not most:
        return ""
    return "".join(_BARS[0 if not n else max(1, round(n * (len(_BARS) - 1) / most))] for n in counts)


def row_key(row: Row) -> Hashable:
    """What a row is told by while the list changes."""
    if isinstance(row, DatedGroup):
        return row.group.fingerprint.text
    member = row.member
    return (member.process.key, member.stream, member.line)


def _tone(row: DatedGroup) -> str:
    return "muted" if row.group.is_muted or row.group.is_handled else ""


def _short_id(row: DatedGroup) -> Cell:
    return Cell(row.group.short_id, "muted" if row.group.is_muted else "accent")


def _error(row: DatedGroup) -> Cell:
    """The words say what the tone says: muted, or caught by the program every time."""
    word = "muted: " if row.group.is_muted else "caught: " if row.group.is_handled else ""
    return Cell(word + row.group.headline, _tone(row))


def _where(row: DatedGroup) -> Cell:
    """The deciding frame by the name of its file; the folders are in the details."""
    return Cell(row.group.where.rpartition("/")[2] or "–", "muted")


GROUP_COLUMNS: tuple[Column[DatedGroup], ...] = (
    Column("group", "GROUP", _short_id, fit(6, 10), priority=0),
    Column("count", "COUNT", lambda row: Cell(count(row.group.count), _tone(row)), fit(5, 8), "right", priority=0),
    Column("age", "LAST", lambda row: Cell(row.age, "muted"), fixed(4), align="right", priority=1),
    Column("error", "ERROR", _error, flex(30, 70, weight=3), priority=0),
    Column("where", "WHERE", _where, flex(12, weight=2), priority=2),
    Column("trend", "PER 5 MIN", lambda row: Cell(row.trend, "muted"), fixed(12), priority=3),
)
SANDBOXES = Column[DatedGroup](
    "sandboxes", "IN", lambda row: Cell(sandbox_counts(row.group), "muted"), fit(10, 30), priority=1
)


def group_columns(*, has_sandboxes: bool) -> tuple[Column[DatedGroup], ...]:
    """The columns of groups; the sandboxes are named where more than one is watched."""
    return (*GROUP_COLUMNS[:4], SANDBOXES, *GROUP_COLUMNS[4:]) if has_sandboxes else GROUP_COLUMNS


def is_rough(member: Member) -> bool:
    """Whether its time is that of its process, because the line came without one."""
    return member.moment.source in (TimeSource.PROCESS_START, TimeSource.PROCESS_END)


def _time(row: DatedMember) -> Cell:
    """When it was seen; ``~`` where only the process tells, not the line itself."""
    moment = row.member.moment
    if moment.at is None:
        return Cell("–", "muted")
    return Cell(clock(moment.at, row.zone) + ("~" if is_rough(row.member) else ""))


def _run(row: DatedMember) -> Cell:
    process = row.member.process
    return Cell(str(process.run) if process.managed else "–", "" if process.managed else "muted")


def _place(row: DatedMember) -> Cell:
    """Stream and line; the exit where nothing was printed."""
    member = row.member
    if member.stream is None:
        return Cell("its end")
    return Cell(f"{member.stream.value}:{member.line + 1}" if member.line is not None else member.stream.value)


def _process(row: DatedMember) -> Cell:
    process = row.member.process
    name = f"{process.name}: {process.short_command_line}" if process.name else process.short_command_line
    return Cell(one_line(name, 200), "muted" if row.member.handled else "")


def member_columns(*, has_sandboxes: bool) -> tuple[Column[DatedMember], ...]:
    """The columns of members; the sandbox is named where there is more than one."""
    sandbox = (Column[DatedMember]("sandbox", "SANDBOX", lambda row: Cell(row.member.sandbox), fit(8, 20), priority=1),)
    return (
        Column("time", "SEEN", _time, fit(8, 9), priority=0),
        *(sandbox if has_sandboxes else ()),
        Column("pid", "PID", lambda row: Cell(str(row.member.process.pid)), fit(3, 8), align="right", priority=1),
        Column("run", "RUN", _run, fit(3, 6), align="right", priority=1),
        Column("place", "PLACE", _place, fit(8, 16), priority=0),
        Column("process", "PROCESS", _process, flex(10, 60), priority=2),
    )

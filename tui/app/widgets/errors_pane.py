"""The pane of error groups: equal failures over processes and runs, the latest first."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from tui.app.widgets.empty_panel import EmptyPanel
from tui.app.widgets.table_columns import Cell, Column, fit, fixed, flex
from tui.app.widgets.table_messages import RowSelected
from tui.app.widgets.virtual_table import VirtualTable
from tui.core.emptiness import Emptiness
from tui.core.fingerprint import Level
from tui.core.format import age, clock, count
from tui.core.groups import ErrorGroup

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


def sparkline(counts: Sequence[int]) -> str:
    """One character a count, scaled to the greatest."""
    most = max(counts, default=0)
    if not most:
        return ""
    return "".join(_BARS[0 if not n else max(1, round(n * (len(_BARS) - 1) / most))] for n in counts)


def _tone(dated: DatedGroup) -> str:
    return "muted" if dated.group.is_muted or dated.group.handled == dated.group.count else ""


def _where(dated: DatedGroup) -> Cell:
    """The deciding frame by the name of its file; the folders are in the details."""
    return Cell(dated.group.where.rpartition("/")[2] or "–", "muted")


COLUMNS: tuple[Column[DatedGroup], ...] = (
    Column("group", "GROUP", lambda d: Cell(d.group.short_id, "accent"), fit(6, 10), priority=0),
    Column("count", "COUNT", lambda d: Cell(count(d.group.count), _tone(d)), fit(5, 8), align="right", priority=0),
    Column("age", "LAST", lambda d: Cell(d.age, "muted"), fixed(4), align="right", priority=2),
    Column("error", "ERROR", lambda d: Cell(d.group.headline, _tone(d)), flex(20, 70, weight=3), priority=0),
    Column("where", "WHERE", _where, flex(12, weight=2), priority=1),
    Column("trend", "PER 5 MIN", lambda d: Cell(d.trend, "muted"), fixed(12), priority=3),
)


class ErrorsPane(Vertical):
    """Shows the groups; Enter goes to the latest member."""

    class GroupOpened(Message, namespace="errors_pane"):
        """The user wants to see the latest member of ``group``."""

        def __init__(self, group: ErrorGroup) -> None:
            super().__init__()
            self.group = group

    def compose(self) -> ComposeResult:
        """The table, or why it is empty."""
        yield VirtualTable(COLUMNS, key=_key, can_mark=False, id="errors-table")
        yield EmptyPanel(id="errors-empty")

    @property
    def table(self) -> VirtualTable[DatedGroup]:
        """The table."""
        return self.query_one(VirtualTable)

    @property
    def selected(self) -> ErrorGroup | None:
        """The group under the cursor."""
        row = self.table.cursor_row
        return row.group if row else None

    def show(
        self, groups: Sequence[ErrorGroup], level: Level, *, now_ms: int, watched_since: int, processes: int
    ) -> None:
        """Show ``groups``; where there are none, say of what that is true."""
        self.table.set_rows([DatedGroup(group, now_ms) for group in groups])
        self.table.display = bool(groups)
        panel = self.query_one(EmptyPanel)
        panel.display = not groups
        if not groups:
            watched = (
                f"in what was watched since {clock(watched_since)} UTC ({count(processes, 'process', 'processes')})"
            )
            panel.show(Emptiness("No failing process", (watched,)))
        total = sum(group.count for group in groups)
        words = [Content.styled("Errors", "bold")]
        if groups:
            words.append(Content(f"{count(len(groups), 'group')}"))
            words.append(Content.styled(f"{count(total)} in all", "$text-muted"))
        if level is not Level.NORMAL:
            words.append(Content.styled(level.value, "$text-muted"))
        title = Content("  ").join(words)
        if (self.border_title or "") != title.markup:
            self.border_title = title

    @on(RowSelected)
    def _opened(self, event: RowSelected) -> None:
        event.stop()
        if self.selected:
            self.post_message(self.GroupOpened(self.selected))


def _key(dated: DatedGroup) -> Hashable:
    return dated.group.fingerprint.text

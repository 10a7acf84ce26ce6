"""The pane of error groups: equal failures over processes and runs, latest first, and the members of one of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from tui.app.group_facts import sandbox_counts
from tui.app.widgets.border_text import show_subtitle, show_title
from tui.app.widgets.empty_panel import EmptyPanel
from tui.app.widgets.error_columns import (
    GROUP_COLUMNS,
    DatedGroup,
    DatedMember,
    group_columns,
    is_rough,
    member_columns,
    row_key,
)
from tui.app.widgets.table_messages import RowHighlighted, RowSelected
from tui.app.widgets.virtual_table import VirtualTable
from tui.core.emptiness import Emptiness
from tui.core.fingerprint import Level
from tui.core.format import clock, count
from tui.core.group_members import Member
from tui.core.groups import ErrorGroup


class ErrorsPane(Vertical):
    """Shows the groups; Enter lists the members of one, and on a member goes to it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # Here and not on the screen, because the key means something else in the list of processes.
        Binding("M", "screen.mute", "Mute or unmute", show=False, id="errors.mute"),
    ]

    class MemberOpened(Message, namespace="errors_pane"):
        """The user wants to see where one error was printed."""

        def __init__(self, member: Member) -> None:
            super().__init__()
            self.member = member

    def __init__(self, *, id: str | None = None, zone: tzinfo | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._zone = zone
        self._groups: Sequence[ErrorGroup] = ()
        self._open: ErrorGroup | None = None
        """The group whose members are listed."""
        self._level = Level.NORMAL
        self._now = 0
        self._has_sandboxes = False

    def compose(self) -> ComposeResult:
        """The table, or why it is empty."""
        yield VirtualTable(GROUP_COLUMNS, key=row_key, can_mark=False, id="errors-table")
        yield EmptyPanel(id="errors-empty")

    @property
    def table(self) -> VirtualTable[Any]:
        """The table, of groups or of members."""
        return self.query_one(VirtualTable)

    @property
    def selected(self) -> ErrorGroup | None:
        """The group under the cursor, or the one whose members are listed."""
        row = self.table.cursor_row
        return self._open or (row.group if isinstance(row, DatedGroup) else None)

    def show(
        self,
        groups: Sequence[ErrorGroup],
        level: Level,
        *,
        now_ms: int,
        watched_since: int,
        processes: int,
        sandboxes: int = 1,
    ) -> None:
        """Show ``groups``; where there are none, say of what that is true."""
        self._groups, self._level, self._now = groups, level, now_ms
        if self._has_sandboxes != (sandboxes > 1):
            self._has_sandboxes = sandboxes > 1
            if self._open is None:
                self.table.set_columns(group_columns(has_sandboxes=self._has_sandboxes))
        if self._open is not None:
            mark = self._open.fingerprint
            self._open = next((group for group in groups if group.fingerprint == mark), None)
            if self._open is None:
                self._leave_members(mark.text)
        self._show_rows()
        self.table.display = bool(groups)
        panel = self.query_one(EmptyPanel)
        panel.display = not groups
        if not groups:
            of = f" of {count(sandboxes, 'sandbox', 'sandboxes')}" if sandboxes > 1 else ""
            seen = f"{count(processes, 'process', 'processes')}{of}"
            watched = f"in what was watched since {clock(watched_since)} UTC ({seen})"
            panel.show(Emptiness("No failing process", (watched,)))

    def close_members(self) -> bool:
        """Back from the members to the groups; False where the groups are shown."""
        if self._open is None:
            return False
        mark = self._open.fingerprint.text
        self._open = None
        self._leave_members(mark)
        return True

    def _leave_members(self, mark: str) -> None:
        self._use(group_columns(has_sandboxes=self._has_sandboxes))
        self._show_rows()
        self.table.move_to(mark)

    def _use(self, columns: Sequence[Any]) -> None:
        # Without rows in between: those of one kind cannot be drawn in the columns of the other.
        self.table.set_rows([])
        self.table.set_columns(columns)

    def _show_rows(self) -> None:
        group = self._open
        if group is None:
            self.table.set_rows([DatedGroup(each, self._now) for each in self._groups])
        else:
            self.table.set_rows([DatedMember(member, self._zone) for member in group.members])
        self._show_frame()

    def _show_frame(self) -> None:
        words = [Content.styled("Errors", "bold")]
        group, keys = self._open, ""
        if group is not None:
            words += [Content.styled(group.short_id, "$text-accent"), Content(count(group.count, "time"))]
            if len(group.by_sandbox) > 1:
                words.append(Content.styled(sandbox_counts(group), "$text-muted"))
            words.append(Content.styled(group.headline, "$text-muted"))
            keys = self._member_words(group)
        elif self._groups:
            row = self.table.cursor_row if self._has_sandboxes else None
            counts = sandbox_counts(row.group) if isinstance(row, DatedGroup) else ""
            keys = "   ".join(filter(None, (counts, "enter members  M mute")))
            muted = sum(each.is_muted for each in self._groups)
            words.append(Content(count(len(self._groups), "group")))
            words.append(Content.styled(f"{count(sum(each.count for each in self._groups))} in all", "$text-muted"))
            if muted:
                words.append(Content.styled(f"{count(muted)} muted", "$text-muted"))
        if self._level is not Level.NORMAL:
            words.append(Content.styled(self._level.value, "$text-muted"))
        show_title(self, Content("  ").join(words))
        show_subtitle(self, Content.styled(keys, "$text-muted"))

    @staticmethod
    def _member_words(group: ErrorGroup) -> str:
        words = [f"the newest {len(group.members):,} are listed"] if group.beyond else []
        if any(is_rough(member) for member in group.members):
            words.append("~ when its process began or ended")
        return "  ".join([*words, "enter go there", "esc back"])

    @on(RowHighlighted)
    def _highlighted(self, event: RowHighlighted) -> None:
        """The frame tells of the group under the cursor where it was seen."""
        event.stop()
        self._show_frame()

    @on(RowSelected)
    def _opened(self, event: RowSelected) -> None:
        event.stop()
        row = self.table.cursor_row
        if isinstance(row, DatedMember):
            self.post_message(self.MemberOpened(row.member))
        elif isinstance(row, DatedGroup):
            self._open = row.group
            self._use(member_columns(has_sandboxes=len(row.group.by_sandbox) > 1))
            self._show_rows()

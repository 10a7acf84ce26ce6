"""The process list: failures first, one row per process, the cursor on a process and not on a place."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from typing import overload

from tui.app.widgets.table_columns import Cell, Column, fit, fixed, flex
from tui.app.widgets.virtual_table import VirtualTable
from tui.core.failures import State
from tui.core.format import age, count, duration
from tui.core.glyphs import state_glyph, tone
from tui.core.processes import ProcessRow
from tui.core.text import one_line


class TimedRow:
    """A row together with what its times look like now, so that a row is drawn again only when they look different.

    The words are made when a row comes in sight: there can be very many rows, and a new moment every second.
    """

    __slots__ = ("_now_ms", "_words", "row")

    def __init__(self, row: ProcessRow, now_ms: int) -> None:
        self.row = row
        self._now_ms = now_ms
        self._words: tuple[str, str] | None = None

    @property
    def times(self) -> tuple[str, str]:
        """How long ago it changed, and how long it lasted or has been running."""
        if self._words is None:
            process, now = self.row.process, self._now_ms
            end = process.ended_at or (None if process.is_finished else now)
            self._words = (
                age(now - self.row.changed_at) if self.row.changed_at else "",
                duration(end - process.started_at) if end and process.started_at else "",
            )
        return self._words

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TimedRow) and self.row == other.row and self.times == other.times

    __hash__ = None  # type: ignore[assignment]


class TimedRows(Sequence[TimedRow]):
    """Rows at one moment. Each becomes a :class:`TimedRow` when it is asked for, which few of very many are."""

    def __init__(self, rows: Sequence[ProcessRow] = (), now_ms: int = 0) -> None:
        self._rows = rows
        self._now_ms = now_ms
        self._made: dict[int, TimedRow] = {}

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> TimedRow: ...

    @overload
    def __getitem__(self, index: slice) -> list[TimedRow]: ...

    def __getitem__(self, index: int | slice) -> TimedRow | list[TimedRow]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self._rows)))]
        made = self._made.get(index)
        if made is None:
            made = self._made[index] = TimedRow(self._rows[index], self._now_ms)
        return made


def _state(timed: TimedRow) -> Cell:
    verdict = timed.row.verdict
    return Cell(f"{state_glyph(verdict.state)} {verdict.word}", tone(verdict.state))


def _last_error(timed: TimedRow) -> Cell:
    row = timed.row
    if row.last_error:
        times = f"  ×{row.error_count}" if row.error_count > 1 else ""
        return Cell(one_line(row.last_error, 300) + times, "" if row.verdict.state.is_failing else "muted")
    if row.verdict.state in (State.QUIET, State.UNHEALTHY, State.DID_NOT_START, State.RESTART_LOOP):
        return Cell(row.verdict.reason, "muted")
    return Cell("–", "muted")


def _command(timed: TimedRow) -> Cell:
    process = timed.row.process
    quiet = "muted" if timed.row.verdict.state is State.OK else ""
    line = process.short_command_line
    return Cell(f"{process.name}: {line}" if process.name else line, quiet)


def _run(timed: TimedRow) -> Cell:
    return Cell(count(timed.row.process.run), "muted")


COLUMNS: tuple[Column[TimedRow], ...] = (
    Column("state", "STATE", _state, fit(13, 15), priority=0),
    Column("pid", "PID", lambda timed: Cell(str(timed.row.process.pid)), fit(5, 10), align="right", priority=2),
    Column("run", "RUN", _run, fit(3, 5), align="right", priority=5),
    Column("age", "AGE", lambda timed: Cell(timed.times[0], "muted"), fixed(4), align="right", priority=3),
    Column("lasted", "LASTED", lambda timed: Cell(timed.times[1], "muted"), fixed(6), align="right", priority=4),
    Column("error", "LAST ERROR", _last_error, flex(20, 60, weight=3), priority=0),
    Column("command", "COMMAND", _command, flex(16, weight=3), priority=1),
)


class ProcessTable(VirtualTable[TimedRow]):
    """A virtual table over process rows."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(COLUMNS, key=_key, id=id)
        self._listed: Sequence[ProcessRow] = ()

    def show(self, rows: Sequence[ProcessRow], now_ms: int, listed: Sequence[ProcessRow]) -> None:
        """Show these rows of all that are ``listed``, in their order. The sequences must not be changed afterwards."""
        self._listed = listed
        self.set_rows(TimedRows(rows, now_ms))

    def markable(self) -> Collection[Hashable]:
        """Those of all listed processes: what a filter hides stays selected."""
        return {row.lineage for row in self._listed}

    @property
    def cursor_process(self) -> ProcessRow | None:
        """The process under the cursor."""
        timed = self.cursor_row
        return timed.row if timed else None


def _key(timed: TimedRow) -> Hashable:
    return timed.row.lineage

"""Filtering everything in the buffer beside the screen, in slices short enough not to be felt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from tui.app.widgets.output_search import PendingBlock, fetch_block
from tui.app.widgets.slices import in_slices
from tui.core.levels import Level
from tui.core.line_filter import FilteredRows, LineFilter, Unit
from tui.core.row_source import RowSource, TracebackSource, lines_before
from tui.core.tracebacks.model import Traceback


class OutputFilter:
    """One filter over one output, from its first row to its end and on as lines arrive."""

    def __init__(self, line_filter: LineFilter, buffer: RowSource, found: TracebackSource) -> None:
        self.filter = line_filter
        self.buffer = buffer
        self.found = found
        self.rows = FilteredRows(line_filter)
        self.is_complete = False
        """Everything that was held has been looked at once."""
        self._pending: PendingBlock | None = None
        self._more = asyncio.Event()
        self._edits = buffer.edits
        self._seen = (0, 0)
        self._known = 0
        self._last_start = -1

    @property
    def is_up_to_date(self) -> bool:
        """True when everything that is held has been looked at."""
        return self.is_complete and self._seen == self._present()

    def follow_edit(self) -> None:
        """Where rows were changed, decide from there on anew."""
        first = self.buffer.first_edit_since(self._edits)
        self._edits = self.buffer.edits
        if first is None:
            return
        block = self.found.at(lines_before(self.buffer, first - self.buffer.dropped_rows))
        start = None if block is None else self._ordinal(block.start)
        if min(first, first if start is None else start) < self.rows.scanned:
            self.rows.rewind(min(first, first if start is None else start))
        self._pending, self._seen, self.is_complete = None, (-1, -1), False

    @property
    def shown(self) -> int:
        """Lines that are shown, of those that are held; rows that are no lines are shown besides."""
        dropped = self.buffer.dropped_rows
        rows = self.rows.shown.shown(dropped + len(self.buffer)) - self.rows.shown.rank(dropped)
        return rows - len(self.buffer.marks(0, self.rows.scanned - dropped))

    @property
    def hidden(self) -> int:
        """Lines that are not shown, those included that were not looked at yet."""
        return len(self.buffer) - len(self.buffer.marks(0, len(self.buffer))) - self.shown

    def wake(self) -> None:
        """Rows or tracebacks may have been added."""
        if self._seen != self._present() or self._edits != self.buffer.edits:
            self._more.set()

    def _present(self) -> tuple[int, int]:
        return self.buffer.dropped_rows + len(self.buffer), self.found.version

    async def run(self) -> AsyncIterator[None]:
        """Scan to the end and then what is added; yields after every slice."""
        async for is_done in in_slices(self._step, self._more):
            if is_done:
                self.is_complete = True
            else:
                self._settle()
            yield

    def _step(self) -> bool:
        """Scan one piece, or settle what was scanned; False where there is nothing to do."""
        self.follow_edit()
        self._notice_blocks()
        self.rows.scanned = max(self.rows.scanned, self.buffer.dropped_rows)
        position = self.rows.scanned - self.buffer.dropped_rows
        if position < len(self.buffer):
            self._scan(position)
        elif self._seen != self._present():
            self._seen = self._present()
            self._settle()
        else:
            return False
        return True

    def _scan(self, position: int) -> None:
        pending = self._pending
        if pending is None or pending.position != position or not pending.rows:
            pending = self._pending = fetch_block(self.buffer, position)
        piece, count = pending.piece(self.filter.piece_bytes)
        marks = [mark - position for mark in self.buffer.marks(position, position + count)]
        self.rows.take(self.rows.scanned, count, *self.filter.rows(piece, count), marks)

    # Tracebacks

    def _settle(self) -> None:
        opened = self.found.open_start
        self.rows.settle(self._units, None if opened is None else self._ordinal(opened))

    def _notice_blocks(self) -> None:
        """A traceback may be known only when its lines were decided one by one: those are decided anew."""
        known = self.found.completed
        if known == self._known:
            return
        fresh = []
        block = self.found.next_after(self._last_start)
        while block is not None:
            if not self.found.is_open(block):
                fresh.append(block)
            block = self.found.next_after(block.start)
        start = self._ordinal(fresh[0].start) if fresh else None
        if self._known + len(fresh) != known:
            # One that encloses another became known after it.
            start = self.buffer.dropped_rows
        self._known = known
        self._last_start = fresh[-1].start if fresh else self._last_start
        if start is not None and start < self.rows.settled:
            self.rows.rewind(max(start, self.buffer.dropped_rows))
            self._pending = None

    def _ordinal(self, line_index: int) -> int | None:
        position = self.buffer.position_of_line(line_index + 1)
        return None if position is None else position + self.buffer.dropped_rows

    def _units(self, start: int, stop: int) -> list[Unit]:
        """The complete tracebacks between two rows; those that enclose each other are one."""
        units: list[Unit] = []
        for block in self._blocks(start - self.buffer.dropped_rows, stop - self.buffer.dropped_rows):
            last = self._ordinal(block.end)
            if last is None:
                continue
            first = self._ordinal(block.start)
            level = Level.WARNING if block.handled else Level.ERROR
            unit = Unit(self.buffer.dropped_rows if first is None else first, last, level)
            if units and unit.first <= units[-1].last:
                held = units.pop()
                unit = Unit(held.first, max(held.last, unit.last), max(held.level, unit.level))
            units.append(unit)
        return units

    def _blocks(self, position: int, stop: int) -> list[Traceback]:
        """The complete tracebacks with a line from ``position`` to before ``stop``."""
        lines = lines_before(self.buffer, position)
        last = lines_before(self.buffer, stop)
        block = self.found.at(lines) or self.found.next_after(lines)
        blocks = []
        while block is not None and block.start < last:
            if not self.found.is_open(block):
                blocks.append(block)
            block = self.found.next_after(block.start)
        return blocks

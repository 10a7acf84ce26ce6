"""One line of output, whole: a very long one wrapped over as many rows as it needs, a JSON object field by field."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.app.widgets.output_copy import copied
from tui.app.widgets.output_messages import CopyRequested
from tui.app.widgets.output_view import OutputView
from tui.core.buffer import LineBuffer
from tui.core.format import size
from tui.core.found import TracebackIndex
from tui.core.models import RawLine
from tui.core.pretty import expanded
from tui.core.rows import Row
from tui.core.text import VIEW_LIMIT
from tui.core.tracebacks.detector import TracebackDetector

LIMIT = 2**20
"""Characters of a line that are shown."""
PIECE = VIEW_LIMIT // 4
"""Characters in a row of the buffer, which may wrap over several rows of the screen."""
SLICE_PIECES = 64
"""So many are cut off between two turns of keys and paints."""
ESCAPE_LENGTH = 32
"""An escape sequence that begins so near the end of a piece is left to the next."""


class LineScreen(ModalScreen[None]):
    """Shows the line of one row; ``y`` copies it as it was written."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "close", "Close", show=False),
        Binding("y,Y", "copy_line", "Copy the line", show=False, priority=True),
    ]

    def __init__(self, row: Row) -> None:
        super().__init__()
        self._row = row
        self._buffer = LineBuffer()

    def compose(self) -> ComposeResult:
        """Title, the line, and what is left out of it."""
        with Vertical(classes="dialog dialog-line"):
            yield Static(f"Line {self._row.number:,}", classes="dialog-title", markup=False)
            yield OutputView()
            yield Static(self._note(), classes="dialog-hint", markup=False)

    def _note(self) -> str:
        left_out = len(self._row.text) - LIMIT
        note = f"the last {size(left_out)} of it are not shown   " if left_out > 0 else ""
        return f"{note}y copy   w wrap   esc close"

    def on_mount(self) -> None:
        """Cut the line into rows, in slices."""
        view = self.query_one(OutputView)
        view.show(self._buffer, TracebackIndex(TracebackDetector), key="line")
        view.is_following = False
        view.wrap = True
        view.focus()
        self.run_worker(self._fill(view), exclusive=True)

    async def _fill(self, view: OutputView) -> None:
        fields = expanded(self._row.text)
        batch: list[RawLine] = []
        for piece in fields if fields is not None else pieces(self._row.text):
            batch.append(RawLine(piece))
            if len(batch) == SLICE_PIECES:
                self._buffer.append(batch)
                batch = []
                view.news()
                await asyncio.sleep(0)
        self._buffer.append(batch)
        view.news()

    def action_close(self) -> None:
        """Back to the output."""
        self.dismiss(None)

    def action_copy_line(self) -> None:
        """Copy what is selected, else the whole line."""
        view = self.query_one(OutputView)
        if view.has_selection:
            view.action_copy()
        else:
            self._copy(CopyRequested(copied(self._row.text, exact=False), "line"))

    @on(CopyRequested)
    def _copy(self, event: CopyRequested) -> None:
        event.stop()
        self.app.copy_to_clipboard(event.text)
        self.notify(f"{event.what} copied", markup=False, timeout=2)


def pieces(text: str) -> Iterator[str]:
    """The first ``LIMIT`` characters of ``text`` in rows; none ends within an escape sequence of usual length."""
    end = min(len(text), LIMIT)
    start = 0
    while start < end:
        stop = min(end, start + PIECE)
        escape = text.rfind("\x1b", max(start + 1, stop - ESCAPE_LENGTH), stop)
        if escape > 0 and stop < end:
            stop = escape
        yield text[start:stop]
        start = stop

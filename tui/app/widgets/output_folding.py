"""Folding in the output view: tracebacks are shown with the frames that matter, and all of them on a key.

The rows that are folded away are told by ``core.block_folds``; here is what the reader chooses, and what it does to the
place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from textual.reactive import reactive

from tui.app.one_shot import after
from tui.app.widgets.output_folds import FoldLine
from tui.app.widgets.output_surface import OutputSurface
from tui.core.block_folds import BlockFolds
from tui.core.projection import Everything, Projection, Shifted
from tui.core.row_source import blocks_between, lines_before
from tui.core.rows import Row
from tui.core.tracebacks.model import Traceback

CATCH_UP_SECONDS = 0.01
"""Pause between two turns of looking into the tracebacks of an output that has very many."""
GLYPH_CELLS = 3
"""Cells at the start of a head, bar included, that a click folds by."""


class FoldableOutput(OutputSurface, inherit_bindings=False):
    """An output surface in which tracebacks fold."""

    fold_libraries: reactive[bool] = reactive(True, init=False, repaint=False)
    """Runs of library frames are one row each, in tracebacks that the reader chose nothing else for (key: F)."""

    label_of: Callable[[Traceback], str] = staticmethod(lambda traceback: "")
    """What is written at the head of a traceback: what it is known by, and how often it was seen."""

    _folds: BlockFolds | None = None
    _folds_seen: BlockFolds | None = None
    _catches_up = False

    @property
    def folds(self) -> BlockFolds:
        """The folds of the output that is shown."""
        if self._folds is None:
            self._folds = BlockFolds(self.is_own, folds_libraries=self.fold_libraries)
        return self._folds

    def watch_fold_libraries(self) -> None:
        """What was chosen for single tracebacks is taken back."""
        self.folds.set_default(folds_libraries=self.fold_libraries)
        self._refold()

    def action_toggle_libraries(self) -> None:
        """Fold runs of library frames, or not."""
        self.fold_libraries = not self.fold_libraries

    def fold_block(self, block: Traceback) -> None:
        """Show the block in the next of its states: own frames, everything, head and exception."""
        if not self.found.is_open(block):
            self.folds.cycle(block)
            self._refold()

    def unfold_line(self, line_index: int) -> bool:
        """Show the run of frames that a line stands for or is in; False where there is none folded."""
        block = self.found.at(line_index)
        if block is None or self.found.is_open(block) or not self.folds.open_line(block, line_index):
            return False
        self._refold()
        return True

    def _catch_up(self) -> None:
        self._catches_up = False
        self._refold()

    def _refold(self) -> None:
        self._settle()
        self._touch()

    def _folded_block(self, row: Row) -> Traceback | None:
        """The complete traceback that the row is in."""
        block = None if row.number is None else self.found.at(row.number - 1)
        return None if block is None or self.found.is_open(block) else block

    @property
    def selected_traceback(self) -> Traceback | None:
        """The traceback that the user went to."""
        return None if self._selected_start is None else self.found.at(self._selected_start)

    # For the surface and the place

    def _project(self) -> bool:
        is_changed = self.folds.sync(self.buffer, self.found)
        if self.folds.is_behind and not self._catches_up:
            self._catches_up = True
            after(self, CATCH_UP_SECONDS, self._catch_up)
        self._place.projection = self._projection()
        return is_changed

    def _projection(self) -> Projection:
        """The shown rows by position."""
        hidden = self.folds.hidden
        return Shifted(hidden, self.buffer.dropped_rows) if len(hidden) else Everything()

    def _shown_otherwise(self) -> int | None:
        if self._folds_seen is not self._folds:
            self._folds_seen = self._folds
            return 0
        return self.folds.take_changed()

    def _fold_rows(self, start: int, stop: int) -> Iterator[int]:
        if not len(self.found):
            return
        first, last = lines_before(self.buffer, start), lines_before(self.buffer, stop)
        for block in blocks_between(self.found, first, last):
            if self.found.is_open(block):
                continue
            for line in self.folds.marked_lines(block):
                if first <= line < last and self.found.at(line) == block:
                    position = self.buffer.position_of_line(line + 1)
                    if position is not None:
                        yield position

    def _make_shown(self, position: int) -> bool:
        if not super()._make_shown(position) and (number := self.buffer.row(position).number) is not None:
            self.unfold_line(number - 1)
        return super()._make_shown(position)

    def _fold_line(self, row: Row) -> FoldLine | None:
        block = self._folded_block(row)
        if block is None or row.number is None:
            return None
        mark = self.folds.mark(block, row.number - 1)
        if mark is None:
            return None
        return FoldLine(mark, self.label_of(block) if mark.is_head else "")

    def _fold_at(self, x: int, row: Row) -> bool:
        """Fold or unfold what a click in column ``x`` of a row means; False where it means no fold."""
        line = self._fold_line(row)
        block = self._folded_block(row)
        if line is None or block is None or row.number is None:
            return False
        if not line.mark.is_head:
            return self.unfold_line(row.number - 1)
        if line.mark.glyph and x - self._gutter < GLYPH_CELLS - 1:
            self.fold_block(block)
            return True
        return False

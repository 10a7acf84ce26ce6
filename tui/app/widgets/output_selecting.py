"""Selecting and copying in the output view: by mouse, which is Textual's own selection, and line by line with keys."""

from __future__ import annotations

from textual.selection import Selection

from tui.app.widgets.output_copy import MOST_ROWS, copied, copied_block, copied_selection
from tui.app.widgets.output_filtering import FilterableOutput
from tui.app.widgets.output_messages import CopyRequested
from tui.app.widgets.reading_place import Spot
from tui.core.folding import exception_line
from tui.core.format import count
from tui.core.rows import Row, RowKind


class SelectableOutput(FilterableOutput, inherit_bindings=False):
    """An output of which parts can be selected and copied."""

    _visual: tuple[int, int] | None = None
    """Ids of the rows between which lines are selected with keys: where that began, and where it is now."""

    def _current_position(self) -> int | None:
        """The row that ``m`` and ``y`` mean: the selected error's, the current match, else the first on screen."""
        frame = self._frame()
        if not frame:
            return None
        if (ends := self._visual_rows()) is not None:
            return ends[1]
        shown = range(frame[0][0].position, frame[-1][0].position + 1)
        block = self.selected_traceback
        if block is not None and (at := self.buffer.position_of_line(exception_line(block) + 1)) in shown:
            return at
        search = self._search
        if search is not None and search.current is not None and search.current - search.dropped in shown:
            return search.current - search.dropped
        return shown[0]

    @property
    def current_row(self) -> Row | None:
        """That row; None while there is none."""
        position = self._current_position()
        return None if position is None else self.buffer.row(position)

    # Selecting with keys

    def action_select(self) -> None:
        """Begin to select lines at the current one, or end it."""
        position = self._current_position()
        if self._visual is not None:
            self.end_selection()
        elif position is not None:
            row_id = self.buffer.id_at(position)
            self._visual = (row_id, row_id)
            self.is_following = False
            self.clear_text_selection()
            self._touch()
            self.refresh_bindings()

    def extend_selection(self, rows: int) -> bool:
        """Move the end of the selection by shown rows; False where nothing is being selected."""
        ends = self._visual_rows()
        if self._visual is None or ends is None:
            return False
        here = self._place.projection.rank(ends[1]) + rows
        bounded = max(0, min(here, self._place.shown - 1))
        position = self._place.projection.select(bounded, len(self.buffer))
        if position is not None:
            self._visual = (self._visual[0], self.buffer.id_at(position))
            self._bring_into_view(position)
            self._touch()
        return True

    def end_selection(self) -> bool:
        """Select nothing; False where nothing was."""
        if self._visual is None:
            return False
        self._visual = None
        self._touch()
        self.refresh_bindings()
        return True

    def action_end_selection(self) -> None:
        """Select nothing."""
        self.end_selection()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Esc is for the screen while nothing is selected."""
        if action == "end_selection" and self._visual is None:
            return False
        return super().check_action(action, parameters)

    def clear_text_selection(self) -> None:
        """End the selection of the mouse."""
        if self.text_selection is not None:
            self.screen.clear_selection()

    @property
    def has_selection(self) -> bool:
        """True while something is selected, with keys or by mouse."""
        return self._visual is not None or self.text_selection is not None

    def _visual_rows(self) -> tuple[int, int] | None:
        """Positions of both ends of the selection; an end that was dropped is the first row."""
        if self._visual is None or not len(self.buffer):
            return None
        first, last = (self.buffer.position_of(row_id) for row_id in self._visual)
        return first or 0, last or 0

    def _bring_into_view(self, position: int) -> None:
        """Scroll as little as shows the row."""
        self._settle()
        shown = self._place.visible(self.size.height)
        if shown and position < shown[0].position:
            self._go_to(Spot(position))
        elif shown and position > shown[-1].position:
            self._go_to(self._place.back(Spot(position), self.size.height - 1))

    def _is_chosen(self, row: Row, position: int) -> bool:
        ends = self._visual_rows()
        return ends is not None and min(ends) <= position <= max(ends)

    def _badge(self) -> str:
        ends = self._visual_rows()
        if ends is None:
            return super()._badge()
        rank = self._place.projection.rank
        return f" {count(abs(rank(ends[1]) - rank(ends[0])) + 1, 'line')} selected  y copy  esc end "

    # Copying

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text as it was written, for Textual's own copying too."""
        shown: dict[int, str] = {}
        for edge in (selection.start, selection.end):
            if edge is not None and 0 <= edge.y - self._origin < len(self.buffer):
                position = edge.y - self._origin
                shown[position] = self._text_of(self.buffer.row(position))
        text = copied_selection(self.buffer, selection, self._origin, shown, self.reveal, self._passes)
        return text, "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Selected rows are drawn apart from the kept ones."""
        self._touch()

    def action_copy(self) -> None:
        """Copy the selection, or the current row."""
        if (ends := self._visual_rows()) is not None:
            lines = self._copied_rows(min(ends), max(ends))
            self.end_selection()
            self.post_message(CopyRequested(lines, "selection"))
            return
        selection = self.text_selection
        if selection is not None and (text := self.get_selection(selection)) is not None:
            self.post_message(CopyRequested(text[0], "selection"))
            return
        position = self._current_position()
        if position is not None and (row := self.buffer.row(position)).kind is RowKind.LINE:
            self.post_message(CopyRequested(copied(row.text, exact=self.reveal), f"line {row.number:,}"))

    def _copied_rows(self, first: int, last: int) -> str:
        """The lines of rows as they were written; those that a fold hides below the last of them belong to it."""
        below = self._place.projection.at_or_after(last + 1, len(self.buffer))
        stop = min(len(self.buffer) if below is None else below, first + MOST_ROWS)
        rows = enumerate(self.buffer.rows(first, stop), first)
        lines = [row.text for at, row in rows if row.kind is RowKind.LINE and self._passes(at)]
        return "\n".join(copied(line, exact=self.reveal) for line in lines)

    def action_copy_block(self) -> None:
        """Copy the whole traceback that is selected or on screen, else all lines on screen."""
        block = self.selected_traceback
        frame = self._frame()
        if block is None:
            indices = (row.number - 1 for _, row in reversed(frame) if row.number is not None)
            block = next((found for index in indices if (found := self.found.at(index)) is not None), None)
        if block is not None:
            self.post_message(CopyRequested(copied_block(self.buffer, block, exact=self.reveal), "traceback"))
        elif frame:
            rows = {row.row_id: row for _, row in frame if row.kind is RowKind.LINE}
            text = "\n".join(copied(row.text, exact=self.reveal) for row in rows.values())
            self.post_message(CopyRequested(text, "lines on screen"))

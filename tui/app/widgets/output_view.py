"""The output view: live output as one reads it, with its keys, search, marks, copying and tracebacks.

Attributes go down, messages come up. The view is told that there is news (``news``), never the news itself: it pulls
the rows it shows from the buffer. What it draws, and why that is cheap, is in ``output_surface``.

It is long because every key of the output has its few lines here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

from textual import events

from tui.app.widgets.output_keys import OUTPUT_BINDINGS
from tui.app.widgets.output_messages import (
    CopyRequested,
    FilterChanged,
    FollowingChanged,
    LineRequested,
    SearchChanged,
    TracebackSelected,
)
from tui.app.widgets.output_painter import MARGIN
from tui.app.widgets.output_scroll import PAN_CELLS
from tui.app.widgets.output_selecting import SelectableOutput
from tui.app.widgets.output_surface import OutputSurface
from tui.app.widgets.reading_place import Anchor, ReadingState, Spot
from tui.core.folding import IsOwn
from tui.core.pretty import pretty_line
from tui.core.row_source import RowSource, TracebackSource
from tui.core.rows import Row, RowKind
from tui.core.text import VIEW_LIMIT
from tui.core.tracebacks.model import Traceback

REMEMBERED = 256
"""Outputs whose reading place is remembered; beyond that the one not seen for longest is forgotten."""


class OutputView(SelectableOutput, inherit_bindings=False):
    """Shows one output at a time; see :meth:`show`, :meth:`news` and :meth:`start_search`."""

    FollowingChanged = FollowingChanged
    TracebackSelected = TracebackSelected
    SearchChanged = SearchChanged
    FilterChanged = FilterChanged
    LineRequested = LineRequested
    CopyRequested = CopyRequested

    is_muted: Callable[[Traceback], bool] = staticmethod(lambda traceback: False)
    """Whether a traceback is of a group that steps back: going from one to the next passes over it."""

    HELP = "Live output. Scrolling up stops following; G, End or f resume it."
    BINDINGS = OUTPUT_BINDINGS

    def __init__(self, **options: object) -> None:
        """Takes the options of :class:`OutputSurface`."""
        super().__init__(**options)  # type: ignore[arg-type]
        self._key: Hashable = None
        self._states: OrderedDict[Hashable, ReadingState] = OrderedDict()
        self._lines_seen = 0
        self._last_seen: int | None = None
        self._reported: tuple[bool, int] = (True, 0)

    # What is shown

    def show(
        self,
        buffer: RowSource,
        found: TracebackSource,
        *,
        key: Hashable,
        epoch: int = 0,
        is_own: IsOwn | None = None,
    ) -> None:
        """Show another output, where it was left if ``key`` was shown before, else following its end.

        ``epoch`` is when the output began, in milliseconds; relative times count from it. ``is_own`` tells the
        program's frames from those of its libraries, where that differs between outputs. A search goes on in it.
        """
        if key == self._key and buffer is self.buffer and found is self.found:
            return
        self._remember()
        self._key, self.buffer, self.found, self.epoch = key, buffer, found, epoch
        self.is_own = self.is_own if is_own is None else is_own
        self._place.buffer = buffer
        self._generation = buffer.generation
        self._last_frame, self._origin, self._x = [], 0, 0
        state = self._states.get(key) or ReadingState()
        self._folds = state.folds
        self._filter = self._wanted = self._visual = None
        self.folds.set_own(self.is_own)
        self._project()
        self._x, self._marks, self._selected_start = state.x, state.marks, state.selected_start
        self._lines_seen, self._last_seen = state.lines_seen, state.last_seen
        self.set_reactive(OutputSurface.is_following, state.is_following)
        self._place.top = state.top
        if state.anchor is not None:
            self._place.restore([state.anchor])
        self._search = None
        self._buffer_edited()
        self._relayout()
        self._report()
        if self._query is not None:
            self._begin_scan(jump=False)
        if self._line_filter is not None:
            self._begin_filter()

    def _remember(self) -> None:
        if self._key is None:
            return
        self._settle()
        anchor = None
        top = self._place.top
        if top.position < len(self.buffer):
            anchor = Anchor(self.buffer.id_at(top.position), -top.sub)
        self._states[self._key] = ReadingState(
            self.is_following,
            anchor,
            top,
            self._x,
            self._lines_seen,
            self._last_seen,
            self._selected_start,
            self._marks,
            self._folds,
        )
        self._states.move_to_end(self._key)
        if len(self._states) > REMEMBERED:
            self._states.popitem(last=False)

    @property
    def new_lines(self) -> int:
        """Lines written since the view ceased to follow; 0 while it follows."""
        return 0 if self.is_following else max(0, self.buffer.line_count - self._lines_seen)

    def watch_is_following(self) -> None:
        """Count what is new from here on."""
        self._see_all()
        super().watch_is_following()
        self._report()

    def _see_all(self) -> None:
        total = len(self.buffer)
        self._lines_seen = self.buffer.line_count
        self._last_seen = self.buffer.id_at(total - 1) if total else None

    def _buffer_edited(self) -> None:
        """Lines that were put in above what the reader has seen are not new ones below."""
        super()._buffer_edited()
        at = None if self._last_seen is None else self.buffer.position_of(self._last_seen)
        if at is not None and (number := self.buffer.row(at).number) is not None:
            self._lines_seen = number

    def _take_news(self) -> None:
        super()._take_news()
        self._report()

    def _report(self) -> None:
        state = (self.is_following, self.new_lines)
        if state != self._reported:
            self._reported = state
            self.post_message(FollowingChanged(*state))

    def _badge(self) -> str:
        new = self.new_lines
        return super()._badge() or (f" ↓ {new:,} new " if new else "")

    # Moving

    def action_rows(self, rows: int) -> None:
        """Scroll by rows of the screen, or move the end of the selection by lines."""
        if not self.extend_selection(rows):
            self.scroll_rows(rows)

    def action_pages(self, pages: float) -> None:
        """Scroll by pages, one row of which stays on screen."""
        height = self.size.height
        rows = height // 2 if abs(pages) < 1 else height - 1
        self.action_rows(max(1, rows) * (1 if pages > 0 else -1))

    def action_start(self) -> None:
        """Go to the first row."""
        if not self.extend_selection(-len(self.buffer)):
            self._settle()
            self._go_to(Spot())

    def action_follow(self) -> None:
        """Go to the end and stay there; while lines are selected, to the last."""
        if not self.extend_selection(len(self.buffer)):
            self.is_following = True

    def action_toggle_following(self) -> None:
        """Follow, or stay where the view is."""
        self.is_following = not self.is_following

    def action_pan(self, steps: int) -> None:
        """Move sideways."""
        self.pan(steps * PAN_CELLS)

    # Tracebacks

    def select_traceback(self, block: Traceback | None) -> None:
        """Go to a traceback and mark it, or end the selection."""
        start = None if block is None else block.start
        position = None if start is None else self.buffer.position_of_line(start + 1)
        if block is not None and position is None:
            return
        changed = start != self._selected_start
        self._selected_start = start
        if block is not None and position is not None:
            self._settle()
            last = self.buffer.position_of_line(block.end + 1)
            rank = self._place.projection.rank
            rows = 1 if last is None else rank(last + 1) - rank(position)
            self.reveal_position(position, rows=max(1, min(rows, self.size.height)))
        self._touch()
        if changed:
            self.post_message(TracebackSelected(block))

    def on_click(self, event: events.Click) -> None:
        """A click into a traceback selects it where it stands, one elsewhere ends the selection."""
        frame = self._frame()
        if event.x >= self.size.width - MARGIN or event.y >= len(frame) or self.text_selection is not None:
            return
        row = frame[event.y][1]
        if self._fold_at(event.x, row):
            return
        if event.chain == 2 and self._has_more(row):
            self.post_message(LineRequested(row))
            return
        number = row.number
        block = None if number is None else self.found.at(number - 1)
        start = None if block is None else block.start
        if start != self._selected_start:
            self._selected_start = start
            self._touch()
            self.post_message(TracebackSelected(block))

    def action_next_traceback(self) -> None:
        """Go to the next traceback; after the last comes the first."""
        here = self._line_at_top() - 1 if self._selected_start is None else self._selected_start
        self._go_to_block(self.found.next_after, here, self.buffer.dropped_lines - 1)

    def action_previous_traceback(self) -> None:
        """Go to the previous traceback; before the first comes the last."""
        here = self._line_at_top() if self._selected_start is None else self._selected_start
        self._go_to_block(self.found.previous_before, here, self.buffer.line_count)

    def _go_to_block(self, step: Callable[[int], Traceback | None], here: int, edge: int) -> None:
        """Go to the first traceback in steps from ``here`` on, then from ``edge``; to a muted one if all are."""
        for skips_muted in (True, False):
            for line in (here, edge):
                block = self._passing_block(step, line, skips_muted=skips_muted)
                if block is not None:
                    self.select_traceback(block)
                    return
        self.select_traceback(None)

    def _passing_block(
        self, step: Callable[[int], Traceback | None], line_index: int, *, skips_muted: bool
    ) -> Traceback | None:
        """The first traceback in steps from a line whose head is held and that no filter hides."""
        block = step(line_index)
        while block is not None:
            position = self.buffer.position_of_line(block.start + 1)
            if position is not None and self._passes(position) and not (skips_muted and self.is_muted(block)):
                return block
            block = step(block.start)
        return None

    def _line_at_top(self) -> int:
        """Index of the first line of the log on screen."""
        return next((row.number - 1 for _, row in self._frame() if row.number is not None), 0)

    def action_fold(self) -> None:
        """Fold or unfold the traceback that is selected, else the first on screen; show a long line whole.

        While lines are selected it is what stands at the end of the selection.
        """
        ends = self._visual_rows()
        if ends is None and self.selected_traceback is not None:
            self._fold_in_place(self.selected_traceback)
            return
        rows = [row for _, row in self._frame()] if ends is None else [self.buffer.row(ends[1])]
        for row in rows:
            block = self._folded_block(row)
            if block is not None and row.number is not None:
                if ends is None or not self.unfold_line(row.number - 1):
                    self._fold_in_place(block)
                return
            if self._has_more(row):
                self.post_message(LineRequested(row))
                return

    def _fold_in_place(self, block: Traceback) -> None:
        self.fold_block(block)
        position = self.buffer.position_of_line(block.start + 1)
        if position is not None:
            self.reveal_position(position)

    def _has_more(self, row: Row) -> bool:
        """Whether the row is not all of its line: it is clipped, or a pretty object with fields to unfold."""
        if row.kind is not RowKind.LINE or self._folded_block(row) is not None:
            return False
        return len(row.text) > VIEW_LIMIT or (self.pretty and pretty_line(row.text) is not None)

    # Marks

    def action_mark(self) -> None:
        """Mark the current row, or take its mark away."""
        position = self._current_position()
        if position is not None:
            self._marks ^= {self.buffer.id_at(position)}
            self._touch()

    def action_next_mark(self) -> None:
        """Go to the next marked row; after the last comes the first."""
        held = (at for mark in self._marks if (at := self.buffer.position_of(mark)) is not None)
        places = sorted(at for at in held if self._passes(at))
        if places:
            here = self._place.top.position
            place = next((at for at in places if at > here), places[0])
            self._make_shown(place)
            self._settle()
            self._go_to(Spot(place))
            self.is_following = False

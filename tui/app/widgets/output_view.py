"""The output view: live output as one reads it, with its keys, search, marks, copying and tracebacks.

Attributes go down, messages come up. The view is told that there is news (``news``), never the news itself: it pulls
the rows it shows from the buffer. What it draws, and why that is cheap, is in ``output_surface``.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.selection import Selection

from tui.app.widgets.output_copy import copied, copied_block, copied_selection, exception_line
from tui.app.widgets.output_messages import CopyRequested, FollowingChanged, SearchChanged, TracebackSelected
from tui.app.widgets.output_painter import MARGIN
from tui.app.widgets.output_search import OutputSearch
from tui.app.widgets.output_surface import OutputSurface
from tui.app.widgets.reading_place import Anchor, Spot
from tui.app.widgets.slim_scrollbar import top_for_cell
from tui.core.blocks import RowKind
from tui.core.buffer import LineBuffer
from tui.core.found import TracebackIndex
from tui.core.search import PatternError, compile_query
from tui.core.tracebacks.model import Traceback

WHEEL_ROWS = 3
PAN_CELLS = 8
REMEMBERED = 256
"""Outputs whose reading place is remembered; beyond that the one not seen for longest is forgotten."""


@dataclass(slots=True)
class ReadingState:
    """How one output was left, so that coming back to it shows the same."""

    is_following: bool = True
    anchor: Anchor | None = None
    top: Spot = field(default_factory=Spot)
    x: int = 0
    lines_seen: int = 0
    last_seen: int | None = None
    selected_start: int | None = None
    marks: set[int] = field(default_factory=set)


class OutputView(OutputSurface, inherit_bindings=False):
    """Shows one output at a time; see :meth:`show`, :meth:`news` and :meth:`start_search`."""

    FollowingChanged = FollowingChanged
    TracebackSelected = TracebackSelected
    SearchChanged = SearchChanged
    CopyRequested = CopyRequested

    HELP = "Live output. Scrolling up stops following; G, End or f resume it."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "rows(1)", "Down", id="output.down", show=False),
        Binding("k,up", "rows(-1)", "Up", id="output.up", show=False),
        Binding("space,pagedown", "pages(1)", "Page down", id="output.page_down", show=False),
        Binding("b,pageup", "pages(-1)", "Page up", id="output.page_up", show=False),
        Binding("ctrl+d", "pages(0.5)", "Half a page down", id="output.half_down", show=False),
        Binding("ctrl+u", "pages(-0.5)", "Half a page up", id="output.half_up", show=False),
        Binding("g,home", "start", "First line", id="output.start", show=False),
        Binding("G,end", "follow", "End, following", id="output.end", show=False),
        Binding("f", "toggle_following", "Follow", id="output.follow"),
        Binding("h,left", "pan(-1)", "Left", id="output.left", show=False),
        Binding("l,right", "pan(1)", "Right", id="output.right", show=False),
        Binding("e", "next_traceback", "Next error", id="output.next_error"),
        Binding("E", "previous_traceback", "Previous error", id="output.previous_error", show=False),
        Binding("n", "next_match", "Next match", id="output.next_match", show=False),
        Binding("N", "previous_match", "Previous match", id="output.previous_match", show=False),
        Binding("w", "toggle_wrap", "Wrap", id="output.wrap"),
        Binding("t", "cycle_times", "Times", id="output.times"),
        Binding("x", "toggle_reveal", "Show control sequences", id="output.reveal", show=False),
        Binding("number_sign", "toggle_numbers", "Line numbers", id="output.numbers", show=False),
        Binding("y", "copy", "Copy", id="output.copy", show=False),
        Binding("Y", "copy_block", "Copy traceback", id="output.copy_block", show=False),
        Binding("m", "mark", "Mark", id="output.mark", show=False),
        Binding("apostrophe", "next_mark", "Next mark", id="output.next_mark", show=False),
    ]

    def __init__(self, **options: object) -> None:
        """Takes the options of :class:`OutputSurface`."""
        super().__init__(**options)  # type: ignore[arg-type]
        self._key: Hashable = None
        self._states: OrderedDict[Hashable, ReadingState] = OrderedDict()
        self._lines_seen = 0
        self._last_seen: int | None = None
        self._reported: tuple[bool, int] = (True, 0)
        self._search: OutputSearch | None = None
        self._dragging = False

    # What is shown

    def show(self, buffer: LineBuffer, found: TracebackIndex, *, key: Hashable, epoch: int = 0) -> None:
        """Show another output, where it was left if ``key`` was shown before, else following its end.

        ``epoch`` is when the output began, in milliseconds; relative times count from it. A search goes on in it.
        """
        if key == self._key and buffer is self.buffer and found is self.found:
            return
        self._remember()
        self._key, self.buffer, self.found, self.epoch = key, buffer, found, epoch
        self._place.buffer = buffer
        self._generation = buffer.generation
        self._last_frame, self._origin, self._x = [], 0, 0
        state = self._states.get(key) or ReadingState()
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
        at = None if self._last_seen is None else self.buffer.position_of(self._last_seen)
        if at is not None and (number := self.buffer.row(at).number) is not None:
            self._lines_seen = number
        if self._search is not None and not self._search.survives_edit():
            self._begin_scan(jump=False)

    def _take_news(self) -> None:
        super()._take_news()
        self._report()
        if self._search is not None:
            self._search.wake()

    def _report(self) -> None:
        state = (self.is_following, self.new_lines)
        if state != self._reported:
            self._reported = state
            self.post_message(FollowingChanged(*state))

    def _badge(self) -> str:
        new = self.new_lines
        return f" ↓ {new:,} new " if new else ""

    # Moving

    def action_rows(self, rows: int) -> None:
        """Scroll by rows of the screen."""
        self.scroll_rows(rows)

    def action_pages(self, pages: float) -> None:
        """Scroll by pages, one row of which stays on screen."""
        height = self.size.height
        rows = height // 2 if abs(pages) < 1 else height - 1
        self.scroll_rows(max(1, rows) * (1 if pages > 0 else -1))

    def action_start(self) -> None:
        """Go to the first row."""
        self._settle()
        self._go_to(Spot())

    def action_follow(self) -> None:
        """Go to the end and stay there."""
        self.is_following = True

    def action_toggle_following(self) -> None:
        """Follow, or stay where the view is."""
        self.is_following = not self.is_following

    def action_pan(self, steps: int) -> None:
        """Move sideways."""
        self.pan(steps * PAN_CELLS)

    def action_toggle_wrap(self) -> None:
        """Wrap long lines, or not."""
        self.wrap = not self.wrap

    def action_cycle_times(self) -> None:
        """Show times in the next of the ways there are."""
        self.times = self.times.next

    def action_toggle_reveal(self) -> None:
        """Show control sequences, or not."""
        self.reveal = not self.reveal

    def action_toggle_numbers(self) -> None:
        """Show line numbers, or not."""
        self.show_numbers = not self.show_numbers

    # The mouse

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel scrolls; with shift or ctrl it pans."""
        self._wheel(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel scrolls; with shift or ctrl it pans."""
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, direction: int) -> None:
        event.stop()
        event.prevent_default()
        if event.shift or event.ctrl:
            self.pan(direction * PAN_CELLS)
        else:
            self.scroll_rows(direction * WHEEL_ROWS)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """The margin is a scroll bar."""
        if event.x >= self.size.width - MARGIN and len(self.buffer) > self.size.height:
            event.stop()
            self._dragging = True
            self.capture_mouse()
            self._drag_to(event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag the thumb."""
        if self._dragging:
            event.stop()
            self._drag_to(event.y)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let the thumb go."""
        if self._dragging:
            event.stop()
            self._dragging = False
            self.release_mouse()

    def _drag_to(self, y: int) -> None:
        height = self.size.height
        self._settle()
        self._go_to(Spot(top_for_cell(height, len(self.buffer), height, y)))

    # Tracebacks

    @property
    def selected_traceback(self) -> Traceback | None:
        """The traceback that the user went to."""
        return None if self._selected_start is None else self.found.at(self._selected_start)

    def select_traceback(self, block: Traceback | None) -> None:
        """Go to a traceback and mark it, or end the selection."""
        start = None if block is None else block.start
        position = None if start is None else self.buffer.position_of_line(start + 1)
        if block is not None and position is None:
            return
        changed = start != self._selected_start
        self._selected_start = start
        if block is not None and position is not None:
            self.reveal_position(position, rows=min(block.end - block.start + 1, self.size.height))
        self._touch()
        if changed:
            self.post_message(TracebackSelected(block))

    def action_next_traceback(self) -> None:
        """Go to the next traceback; after the last comes the first."""
        here = self._line_at_top() - 1 if self._selected_start is None else self._selected_start
        self.select_traceback(self.found.next_after(here) or self.found.next_after(self.buffer.dropped_lines - 1))

    def action_previous_traceback(self) -> None:
        """Go to the previous traceback; before the first comes the last."""
        here = self._line_at_top() if self._selected_start is None else self._selected_start
        block = self.found.previous_before(here)
        if block is None or block.start < self.buffer.dropped_lines:
            block = self.found.previous_before(self.buffer.line_count)
        self.select_traceback(block)

    def _line_at_top(self) -> int:
        """Index of the first line of the log on screen."""
        return next((row.number - 1 for _, row in self._frame() if row.number is not None), 0)

    # Search

    def start_search(self, pattern: str, *, regex: bool = False, smart_case: bool = True) -> None:
        """Search everything, highlight what is on screen and go to the nearest match from here.

        ``SearchChanged`` tells of progress, and of a pattern that is none; an empty pattern ends the search.
        """
        if not pattern:
            self.clear_search()
            return
        try:
            self._query = compile_query(pattern, regex=regex, smart_case=smart_case)
        except PatternError as error:
            self.clear_search()
            self.post_message(SearchChanged(pattern, error=error.message, hint=error.hint))
            return
        self._settle()
        self._begin_scan(jump=True)
        self._forget()

    def clear_search(self) -> None:
        """End the search and its highlights; the place stays."""
        if self._query is None:
            return
        self.workers.cancel_group(self, "search")
        self._query = self._search = None
        self._forget()
        self.post_message(SearchChanged(""))

    def next_match(self) -> None:
        """Go to the next match; after the last comes the first."""
        if self._search is not None:
            hits = self._search.hits
            here = self._search_place(+1)
            self._go_to_hit(hits.at_or_after(here) if hits.at_or_after(here) is not None else hits.first())

    def previous_match(self) -> None:
        """Go to the previous match; before the first comes the last."""
        if self._search is not None:
            hits = self._search.hits
            here = self._search_place(-1)
            self._go_to_hit(hits.at_or_before(here) if hits.at_or_before(here) is not None else hits.last())

    def action_next_match(self) -> None:
        """Go to the next match."""
        self.next_match()

    def action_previous_match(self) -> None:
        """Go to the previous match."""
        self.previous_match()

    def _search_place(self, direction: int) -> int:
        search = self._search
        assert search is not None
        current = search.current
        shown = [spot.position for spot, _ in self._frame()]
        # From the current match if it is in sight, else from what is.
        if current is not None and shown and shown[0] <= current - search.dropped <= shown[-1]:
            return current + direction
        return search.ordinal(shown[0] if direction > 0 else shown[-1]) if shown else 0

    def _go_to_hit(self, ordinal: int | None) -> None:
        search = self._search
        if search is None or ordinal is None:
            return
        search.current = ordinal
        position = ordinal - search.dropped
        spans = search.query.spans(self._text_of(self.buffer.row(position)))
        start, end = spans[0] if spans else (0, 0)
        self.reveal_position(position, rows_above=self.size.height // 3, character=start)
        self._pan_into_view(position, start, end)
        self._touch()
        self._report_search()

    def _begin_scan(self, *, jump: bool) -> None:
        assert self._query is not None
        self._search = OutputSearch(self._query, self.buffer, self._place.top.position)
        self.run_worker(self._scan(self._search, jump), group="search", exclusive=True)

    async def _scan(self, search: OutputSearch, jump: bool) -> None:
        start = search.ordinal(self._place.top.position)
        self._report_search()
        async for _ in search.run():
            if jump:
                ahead = search.hits.at_or_after(start)
                hit = search.hits.at_or_before(start) if ahead is None and search.is_complete else ahead
                if hit is not None:
                    jump = False
                    self._go_to_hit(hit)
            self._report_search()
            self._touch()
        # Rows were edited: what was found may stand elsewhere.
        if search is self._search:
            self._begin_scan(jump=False)

    def _report_search(self) -> None:
        search = self._search
        if search is not None:
            at = None if search.current is None else search.hits.index(search.current)
            current = None if at is None else at + 1
            self.post_message(
                SearchChanged(
                    search.query.pattern, matches=len(search.hits), current=current, is_complete=search.is_complete
                )
            )

    def _is_current_match(self, position: int) -> bool:
        return self._search is not None and self._search.current == self._search.ordinal(position)

    def _has_match_between(self, low: float, high: float) -> bool:
        search = self._search
        if search is None:
            return False
        total = len(self.buffer)
        return search.hits.any_between(search.ordinal(int(low * total)), search.ordinal(int(high * total)))

    # Marks

    def action_mark(self) -> None:
        """Mark the current row, or take its mark away."""
        position = self._current_position()
        if position is not None:
            self._marks ^= {self.buffer.id_at(position)}
            self._touch()

    def action_next_mark(self) -> None:
        """Go to the next marked row; after the last comes the first."""
        places = sorted(at for mark in self._marks if (at := self.buffer.position_of(mark)) is not None)
        if places:
            here = self._place.top.position
            self._settle()
            self._go_to(Spot(next((at for at in places if at > here), places[0])))
            self.is_following = False

    def _current_position(self) -> int | None:
        """The row that ``m`` and ``y`` mean: the selected error's, the current match, else the first on screen."""
        frame = self._frame()
        if not frame:
            return None
        shown = range(frame[0][0].position, frame[-1][0].position + 1)
        block = self.selected_traceback
        if block is not None and (at := self.buffer.position_of_line(exception_line(block) + 1)) in shown:
            return at
        search = self._search
        if search is not None and search.current is not None and search.current - search.dropped in shown:
            return search.current - search.dropped
        return shown[0]

    # Copying

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text as it was written, for Textual's own copying too."""
        shown: dict[int, str] = {}
        for edge in (selection.start, selection.end):
            if edge is not None and 0 <= edge.y - self._origin < len(self.buffer):
                position = edge.y - self._origin
                shown[position] = self._text_of(self.buffer.row(position))
        return copied_selection(self.buffer, selection, self._origin, shown, self.reveal), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Selected rows are drawn apart from the kept ones."""
        self._touch()

    def action_copy(self) -> None:
        """Copy the selection, or the current row."""
        selection = self.text_selection
        if selection is not None and (text := self.get_selection(selection)) is not None:
            self.post_message(CopyRequested(text[0], "selection"))
            return
        position = self._current_position()
        if position is not None and (row := self.buffer.row(position)).kind is RowKind.LINE:
            self.post_message(CopyRequested(copied(row.text, exact=self.reveal), f"line {row.number:,}"))

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
            first, last = frame[0][0].position, frame[-1][0].position
            lines = self.buffer.raw_lines(first, last + 1)
            text = "\n".join(copied(line, exact=self.reveal) for line in lines)
            self.post_message(CopyRequested(text, "lines on screen"))

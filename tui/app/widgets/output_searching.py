"""Search in the output view: going from match to match, and telling how far the search is."""

from __future__ import annotations

import time

from tui.app.widgets.output_folding import FoldableOutput
from tui.app.widgets.output_messages import SearchChanged
from tui.app.widgets.output_search import OutputSearch
from tui.app.widgets.wrapping import width_of
from tui.core.search import PatternError, compile_query

PROGRESS_SECONDS = 0.1
"""So often the progress of a search is told and shown."""


class SearchableOutput(FoldableOutput, inherit_bindings=False):
    """An output that can be searched: see :meth:`start_search`."""

    def _passing(self, position: int, direction: int) -> int | None:
        """The nearest row from ``position`` on, or back, that no filter hides."""
        return position

    def _passes(self, position: int) -> bool:
        """Whether no filter hides the row."""
        return self._passing(position, +1) == position

    _search: OutputSearch | None = None

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
        self._relayout()

    def clear_search(self) -> None:
        """End the search and its highlights; the place stays."""
        if self._query is None:
            return
        self.workers.cancel_group(self, "search")
        self._query = self._search = None
        self._relayout()
        self.post_message(SearchChanged(""))

    def next_match(self) -> None:
        """Go to the next match; after the last comes the first."""
        if self._search is not None:
            hit = self._hit_from(self._search_place(+1), +1)
            self._go_to_hit(self._hit_from(0, +1) if hit is None else hit)

    def previous_match(self) -> None:
        """Go to the previous match; before the first comes the last."""
        if self._search is not None:
            hit = self._hit_from(self._search_place(-1), -1)
            self._go_to_hit(self._hit_from(self._search.ordinal(len(self.buffer)), -1) if hit is None else hit)

    def action_next_match(self) -> None:
        """Go to the next match."""
        self.next_match()

    def action_previous_match(self) -> None:
        """Go to the previous match."""
        self.previous_match()

    def _hit_from(self, ordinal: int, direction: int) -> int | None:
        """The nearest hit from ``ordinal`` on, or back, that no filter hides."""
        search, nearest = self._search, None
        assert search is not None
        while nearest is None:
            hit = search.hits.at_or_after(ordinal) if direction > 0 else search.hits.at_or_before(ordinal)
            position = None if hit is None else self._passing(hit - search.dropped, direction)
            if position is None:
                return None
            ordinal = search.ordinal(position)
            nearest = hit if hit == ordinal else None
        return nearest

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
        row = self.buffer.row(position)
        fold = self._fold_line(row)
        if fold is not None and not fold.mark.is_head and row.number is not None:
            # A row that stands for folded frames does not show what was found in its own line.
            self.unfold_line(row.number - 1)
        spans = search.query.spans(self._text_of(self.buffer.row(position)))
        start, end = spans[0] if spans else (0, 0)
        self.reveal_position(position, rows_above=self.size.height // 3, character=start)
        self._pan_into_view(position, start, end)
        self._touch()
        self._report_search()

    def _pan_into_view(self, position: int, start: int, end: int) -> None:
        """Pan as little as shows the characters from ``start`` to before ``end``."""
        if self.wrap:
            return
        text = self._text_of(self.buffer.row(position))
        low, high = width_of(text[:start]), width_of(text[:end])
        room = self._text_width()
        if high <= room:
            self._pan_to(0)
        elif low <= self._x or high >= self._x + room:
            self._pan_to(max(0, low - room // 3))

    def _begin_scan(self, *, jump: bool) -> None:
        assert self._query is not None
        self._search = OutputSearch(self._query, self.buffer, self._place.top.position)
        self.run_worker(self._scan(self._search, jump), group="search", exclusive=True)

    async def _scan(self, search: OutputSearch, jump: bool) -> None:
        start = search.ordinal(self._place.top.position)
        told = 0.0
        async for _ in search.run():
            if jump:
                ahead = self._hit_from(start, +1)
                hit = self._hit_from(start, -1) if ahead is None and search.is_complete else ahead
                if hit is not None:
                    jump = False
                    self._go_to_hit(hit)
            # A paint costs as much as a slice; the marks beside the bar need not grow with every one.
            if search.is_complete or time.monotonic() - told >= PROGRESS_SECONDS:
                told = time.monotonic()
                self._report_search()
                self._touch()

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

    def _has_match_between(self, first: int, stop: int) -> bool:
        search = self._search
        return search is not None and search.hits.any_between(search.ordinal(first), search.ordinal(stop))

    def _buffer_edited(self) -> None:
        """What was found may stand elsewhere now."""
        super()._buffer_edited()
        if self._search is not None:
            self._search.follow_edit()
            self._search.wake()

    def _take_news(self) -> None:
        super()._take_news()
        if self._search is not None:
            self._search.wake()

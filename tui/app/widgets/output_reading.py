"""A pane with an output view, and the lines below it where searches and filters are typed."""

from __future__ import annotations

from textual import on
from textual.containers import Vertical

from tui.app.widgets.output_messages import CopyRequested, FilterChanged, FilterRequested, SearchChanged
from tui.app.widgets.output_view import OutputView
from tui.app.widgets.search_line import LineKind, SearchLine
from tui.core.format import count


class ReadingPane(Vertical):
    """Joins the view to its search line ``#search-line`` and its filter line ``#filter-line``."""

    _search_words = ""
    """How far a search is; empty where there is none."""
    _filter_words = ""
    """How much a filter shows; empty where there is none."""

    @property
    def view(self) -> OutputView:
        """The view."""
        return self.query_one(OutputView)

    def focus_view(self) -> None:
        """Give the focus to the view."""
        self.screen.set_focus(self.view)

    def refresh_frame(self) -> None:
        """Write the frame again after something that it tells of changed."""

    # Search

    def open_search(self) -> None:
        """Let the user type what to look for; matches show while typing."""
        self._line(LineKind.FILTER).close()
        self._line(LineKind.FIND).open()

    @on(FilterRequested)
    def open_filter(self) -> None:
        """Let the user type which lines to show; the others go while typing."""
        self._line(LineKind.FIND).close()
        self._line(LineKind.FILTER).open()

    def _line(self, kind: LineKind) -> SearchLine:
        return self.query_one("#filter-line" if kind is LineKind.FILTER else "#search-line", SearchLine)

    def close_search(self) -> bool:
        """End the search or the filter, the one whose line is open first; False when there was neither."""
        if self._line(LineKind.FILTER).close():
            self._end_filter()
        elif self._line(LineKind.FIND).close() or self._search_words:
            self.view.clear_search()
            self._search_words = ""
        elif self.view.is_filtered:
            self._end_filter()
        else:
            return False
        self.focus_view()
        return True

    def _end_filter(self) -> None:
        self.view.clear_filter()
        self._line(LineKind.FILTER).clear()
        self._filter_words = ""

    @on(SearchLine.Changed)
    def _search(self, event: SearchLine.Changed) -> None:
        event.stop()
        if event.kind is LineKind.FILTER:
            self.view.start_filter(event.pattern, regex=event.is_regex, inverse=event.is_inverse, level=event.level)
        elif event.pattern:
            self.view.start_search(event.pattern, regex=event.is_regex)
        else:
            self.view.clear_search()

    @on(SearchLine.Accepted)
    def _search_accepted(self, event: SearchLine.Accepted) -> None:
        event.stop()
        if not self._line(event.kind).is_blank:
            self.focus_view()
        else:
            self.close_search()

    @on(SearchChanged)
    def _search_changed(self, event: SearchChanged) -> None:
        event.stop()
        self._search_words = self._words_of(event)
        self.refresh_frame()

    @on(FilterChanged)
    def _filter_changed(self, event: FilterChanged) -> None:
        event.stop()
        around = self.view.filter_context
        if event.error or not self.view.is_filtered:
            self._filter_words = event.error
        else:
            self._filter_words = f"{count(event.shown, 'line passes', 'lines pass')}, {event.hidden:,} hidden"
            self._filter_words += f", {around} around" if around else ""
            self._filter_words += "" if event.is_complete else " so far"
        self.refresh_frame()

    @staticmethod
    def _words_of(event: SearchChanged) -> str:
        if event.error:
            return event.error
        if not event.pattern:
            return ""
        place = f"{count(event.current)}/" if event.current else ""
        matches = f"{place}{count(event.matches, 'match', 'matches')}" if event.matches else "no match"
        return matches if event.is_complete else f"{matches} so far"

    @on(CopyRequested)
    def _copy(self, event: CopyRequested) -> None:
        event.stop()
        self.app.copy_to_clipboard(event.text)
        self.notify(f"{event.what} copied", markup=False, timeout=2)

"""Filtering in the output view: only the lines that pass are shown, and the reader's place stays by its line."""

from __future__ import annotations

import time

from tui.app.widgets.output_filter import OutputFilter
from tui.app.widgets.output_messages import FilterChanged, FilterRequested
from tui.app.widgets.output_searching import PROGRESS_SECONDS, SearchableOutput
from tui.app.widgets.reading_place import Spot
from tui.core.levels import Level
from tui.core.line_filter import CONTEXTS, LineFilter, compile_filter
from tui.core.projection import Both, Projection, Shifted
from tui.core.search import PatternError


class FilterableOutput(SearchableOutput, inherit_bindings=False):
    """An output that can be filtered: see :meth:`start_filter`."""

    _line_filter: LineFilter | None = None
    _filter: OutputFilter | None = None
    _filter_seen: OutputFilter | None = None
    _wanted: int | None = None
    """Id of the row that was at the top before the filter, until the reader goes elsewhere."""

    def start_filter(
        self,
        text: str,
        *,
        regex: bool = False,
        inverse: bool = False,
        level: Level = Level.NONE,
        context: int | None = None,
    ) -> None:
        """Show only the lines that hold ``text`` (with ``inverse``: do not) and are at least as bad as ``level``.

        ``context`` lines around each are shown too; None: as many as before. Tracebacks pass whole or not at all.
        ``FilterChanged`` tells how much is shown, and of a pattern that is none; without text and level the filter
        ends.
        """
        if not text and not level:
            self.clear_filter()
            return
        if context is None:
            context = self._line_filter.context if self._line_filter else CONTEXTS[0]
        try:
            line_filter = compile_filter(text, regex=regex, inverse=inverse, level=level, context=context)
        except PatternError as error:
            self.clear_filter()
            self.post_message(FilterChanged(text, error=error.message, hint=error.hint))
            return
        self._line_filter = line_filter
        self._begin_filter()

    def clear_filter(self) -> None:
        """Show every line again; the place stays."""
        if self._line_filter is None:
            return
        self._settle()
        self.workers.cancel_group(self, "filter")
        self._line_filter = self._filter = None
        wanted, self._wanted = self._wanted, None
        self._refilter(wanted)
        self.post_message(FilterChanged(""))

    @property
    def is_filtered(self) -> bool:
        """True while a filter hides lines."""
        return self._line_filter is not None

    def action_request_filter(self) -> None:
        """Let the user type a filter."""
        self.post_message(FilterRequested())

    def action_cycle_context(self) -> None:
        """Show no line, some or more lines around those that pass the filter."""
        chosen = self._line_filter
        if chosen is not None:
            context = CONTEXTS[(CONTEXTS.index(chosen.context) + 1) % len(CONTEXTS)]
            self._line_filter = LineFilter(chosen.pattern, chosen.query, chosen.inverse, chosen.level, context)
            self._begin_filter()

    @property
    def filter_context(self) -> int | None:
        """Lines around those that pass; None where nothing is filtered."""
        return None if self._line_filter is None else self._line_filter.context

    def _begin_filter(self) -> None:
        assert self._line_filter is not None
        self._settle()
        top = self._place.top.position
        if self._wanted is None and not self.is_following and top < len(self.buffer):
            self._wanted = self.buffer.id_at(top)
        self._filter = OutputFilter(self._line_filter, self.buffer, self.found)
        self.run_worker(self._run_filter(self._filter), group="filter", exclusive=True)

    async def _run_filter(self, running: OutputFilter) -> None:
        told = 0.0
        async for _ in running.run():
            if running.is_complete or time.monotonic() - told >= PROGRESS_SECONDS:
                told = time.monotonic()
                self._refilter(self._wanted)
                shown, hidden = running.shown, running.hidden
                pattern = running.filter.pattern
                self.post_message(FilterChanged(pattern, shown=shown, hidden=hidden, is_complete=running.is_complete))

    def _refilter(self, wanted: int | None) -> None:
        """Other rows are shown: the row that belongs at the top stands there, or the one before it."""
        position = None if wanted is None else self.buffer.position_of(wanted)
        self._settle()
        if position is not None and not self.is_following:
            self._place.top = Spot(self._place.nearest(position))
        self._settle()
        self._touch()

    def _go_to(self, spot: Spot) -> None:
        self._wanted = None
        super()._go_to(spot)

    # For the surface and the place

    def _projection(self) -> Projection:
        running, hidden = self._filter, self.folds.hidden
        if running is None:
            return super()._projection()
        shown = running.rows.shown
        return Shifted(Both(shown, hidden) if len(hidden) else shown, self.buffer.dropped_rows)

    def _shown_otherwise(self) -> int | None:
        changed, running = super()._shown_otherwise(), self._filter
        if self._filter_seen is not running:
            self._filter_seen = running
            return 0
        passing = None if running is None else running.rows.shown.take_changed()
        return min((at for at in (changed, passing) if at is not None), default=None)

    def _passing(self, position: int, direction: int) -> int | None:
        running = self._filter
        if running is None:
            return position
        shown = Shifted(running.rows.shown, self.buffer.dropped_rows)
        return shown.at_or_after(position, len(self.buffer)) if direction > 0 else shown.at_or_before(position)

    def _make_shown(self, position: int) -> bool:
        return self._passes(position) and super()._make_shown(position)

    def _buffer_edited(self) -> None:
        super()._buffer_edited()
        if self._filter is not None:
            self._filter.follow_edit()
            self._filter.wake()

    def _take_news(self) -> None:
        super()._take_news()
        if self._filter is not None:
            self._filter.wake()

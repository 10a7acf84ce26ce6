"""The pane with several outputs merged by time: who is merged above it, how much and how well in its frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from tui.app.widgets.border_text import show_subtitle, show_title
from tui.app.widgets.merged_view import MergedView, labels_of, name_of, origin_style
from tui.app.widgets.output_messages import FollowingChanged
from tui.app.widgets.output_palette import PREFIX
from tui.app.widgets.output_reading import ReadingPane
from tui.app.widgets.search_line import LineKind, SearchLine
from tui.core.folding import IsOwn
from tui.core.format import count
from tui.core.merge import MergedRows
from tui.core.merge_source import MergeSource
from tui.core.merged_tracebacks import MergedTracebacks
from tui.core.models import Process, ProcessKey, Stream
from tui.core.tracebacks.model import Traceback
from tui.monitor.output import OutputMonitor

BETWEEN = "   "


class Merge:
    """The outputs of one stream as one."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.outputs: list[OutputMonitor] = []
        """By number, as the sources of the rows are."""
        self.rows = MergedRows()
        self.found = MergedTracebacks(self.rows)

    def add(self, outputs: Sequence[OutputMonitor]) -> None:
        """Merge these as well."""
        for output in outputs:
            if output not in self.outputs:
                self.outputs.append(output)
                self.rows.add(MergeSource(output.buffer, output.found, began=output.process.started_at))


class MergedPane(ReadingPane):
    """Shows the outputs it is given as one."""

    def __init__(self, stream: Stream, *, zone: tzinfo | None, is_own: IsOwn) -> None:
        super().__init__(id="merged")
        self._zone, self._is_own = zone, is_own
        self._merge = Merge(stream)
        self._merges = {stream: self._merge}
        self._left_out = 0
        self._is_following = True
        self.is_frozen = False
        """The picture is held still: nothing is taken in."""

    def compose(self) -> ComposeResult:
        """Who is merged, the view, the lines to type in."""
        yield Static("", id="merged-names", markup=False)
        yield MergedView(zone=self._zone, is_own=self._is_own)
        yield SearchLine(id="search-line")
        yield SearchLine(LineKind.FILTER, id="filter-line")

    @property
    def merged_view(self) -> MergedView:
        """The view."""
        return self.query_one(MergedView)

    @property
    def outputs(self) -> Sequence[OutputMonitor]:
        """What is merged; by number, as the sources of the rows are."""
        return self._merge.outputs

    @property
    def rows(self) -> MergedRows:
        """The merged rows."""
        return self._merge.rows

    @property
    def found(self) -> MergedTracebacks:
        """The tracebacks in them."""
        return self._merge.found

    def show(
        self, stream: Stream, outputs: Sequence[OutputMonitor], runs: Mapping[ProcessKey, Process], left_out: int
    ) -> None:
        """Merge ``outputs`` of a stream as well; ``left_out`` runs are not merged, for there are too many.

        ``runs`` are the processes as they were when they were listed, by which they are named: of a run that is over
        the sandbox tells later which run its successor is. What was merged of a stream before is shown as it was left,
        unless one of its outputs was let go since.
        """
        self._left_out = left_out
        merge = self._merges.get(stream)
        if merge is None or not set(merge.outputs).issubset(outputs):
            merge = self._merges[stream] = Merge(stream)
        self._merge = merge
        merge.add(outputs)
        view, processes = self.merged_view, [runs[output.process.key] for output in merge.outputs]
        view.show(merge.rows, merge.found, key=merge, epoch=min((p.started_at for p in processes), default=0))
        view.show_labels(labels_of(processes))
        self._show_names(processes)
        self.news()

    def news(self) -> None:
        """Lines were added to one of the outputs."""
        if self.is_frozen:
            self.refresh_frame()
            return
        self.rows.catch_up()
        self.merged_view.news()
        self.refresh_frame()
        if self.rows.is_behind:
            self.call_later(self.news)

    def _show_names(self, processes: Sequence[Process]) -> None:
        view = self.merged_view
        parts = []
        for number, process in enumerate(processes):
            name, emphasis = origin_style(number)
            style = view.get_component_styles(PREFIX + name).color.rich_color.name
            run = f" run {process.run}" if process.managed else ""
            parts.append(Content.styled(f"{process.pid} {name_of(process)}{run}", f"{style} {emphasis}".strip()))
        self.query_one("#merged-names", Static).update(Content(BETWEEN).join(parts))

    def refresh_frame(self) -> None:
        """What is merged, how many lines, and how many of them have no time."""
        stream = self._merge.stream.value
        processes = count(len({output.process.lineage for output in self.outputs}), "process", "processes")
        title = Content.assemble((f"{stream}, merged", "bold"), (f"  {processes} by time", "$text-muted"))
        if self._left_out:
            title = Content.assemble(title, (f"  {count(self._left_out, 'run')} left out, too many", "$text-warning"))
        show_title(self, title)
        words = (self._filter_words, self._search_words)
        parts = [Content.styled(text, "$text-accent") for text in words if text]
        parts.append(Content.styled(count(len(self.rows), "line"), "$text-muted"))
        if self.rows.untimed:
            parts.append(Content.styled(f"{count(self.rows.untimed)} without a time", "$text-warning"))
        if self.is_frozen:
            parts.append(Content.styled("‖ frozen", "bold $text-warning"))
        elif self.rows.is_behind:
            parts.append(Content.styled("merging …", "$text-warning"))
        following = Content.styled("● following", "bold")
        parts.append(following if self._is_following else Content.styled("reading", "bold $text-accent"))
        show_subtitle(self, Content("  ").join(parts))

    @on(FollowingChanged)
    def _following_changed(self, event: FollowingChanged) -> None:
        event.stop()
        self._is_following = event.is_following
        self.refresh_frame()

    def origin_of(self, block: Traceback) -> tuple[OutputMonitor, Traceback] | None:
        """The output that a merged traceback is of, and the traceback as it is known there."""
        origin = self.found.origin(block)
        return None if origin is None else (self.outputs[origin[0]], origin[1])

    @property
    def current_traceback(self) -> Traceback | None:
        """The traceback that was selected, else the latest one."""
        return self.view.selected_traceback or self.found.previous_before(len(self.rows))

    @property
    def current_place(self) -> tuple[OutputMonitor, Traceback | None] | None:
        """The output of the row under the cursor, and the traceback there; None while there are no rows."""
        row = self.merged_view.current_row
        if row is None:
            return None
        block = None if row.number is None else self.found.at(row.number - 1)
        origin = None if block is None else self.origin_of(block)
        return origin or (self.outputs[self.rows.source_of(row.row_id)], None)

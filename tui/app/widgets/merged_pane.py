"""The pane with several outputs merged by time: who is merged above it, how much and how well in its frame."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from tui.app.widgets.border_text import show_subtitle, show_title
from tui.app.widgets.merged_view import MergedView, origin_style
from tui.app.widgets.output_messages import FollowingChanged
from tui.app.widgets.output_palette import PREFIX
from tui.app.widgets.output_reading import ReadingPane
from tui.app.widgets.search_line import LineKind, SearchLine
from tui.core.folding import IsOwn
from tui.core.format import count
from tui.core.merge import MergedRows
from tui.core.merge_source import MergeSource
from tui.core.merged_tracebacks import MergedTracebacks
from tui.core.models import Process, Stream
from tui.core.text import one_line
from tui.monitor.output import OutputMonitor

BETWEEN = "   "


def name_of(process: Process) -> str:
    """The short name of a process: its own, else its script's, else its program's."""
    name = process.name or next((arg for arg in process.args if "." in arg and not arg.startswith("-")), "")
    return one_line((name or process.command).rpartition("/")[2] or process.command, 30)


class MergedPane(ReadingPane):
    """Shows the outputs it is given as one."""

    def __init__(self, stream: Stream, *, zone: tzinfo | None, is_own: IsOwn) -> None:
        super().__init__(id="merged")
        self._stream, self._zone, self._is_own = stream, zone, is_own
        self._outputs: list[OutputMonitor] = []
        self._left_out = 0
        self._is_following = True
        self.rows = MergedRows()
        self.found = MergedTracebacks(self.rows)

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
        return self._outputs

    def show(self, outputs: Sequence[OutputMonitor], left_out: int) -> None:
        """Merge ``outputs`` as well; ``left_out`` runs are not merged, for there are too many."""
        self._left_out = left_out
        for output in outputs:
            if output not in self._outputs:
                self._outputs.append(output)
                began = output.process.started_at
                self.rows.add(MergeSource(output.buffer, output.found, began=began))
        view = self.merged_view
        view.show(
            self.rows, self.found, key="merged", epoch=min((o.process.started_at for o in self._outputs), default=0)
        )
        view.show_labels([(str(o.process.pid), f"{o.process.pid} {name_of(o.process)}") for o in self._outputs])
        self._show_names()
        self.news()

    def news(self) -> None:
        """Lines were added to one of the outputs."""
        self.rows.catch_up()
        self.merged_view.news()
        self.refresh_frame()
        if self.rows.is_behind:
            self.call_later(self.news)

    def _show_names(self) -> None:
        view = self.merged_view
        parts = []
        for number, output in enumerate(self._outputs):
            style = view.get_component_styles(PREFIX + origin_style(number)).color.rich_color.name
            process = output.process
            run = f" run {process.run}" if process.managed else ""
            parts.append(Content.styled(f"{process.pid} {name_of(process)}{run}", style))
        self.query_one("#merged-names", Static).update(Content(BETWEEN).join(parts))

    def refresh_frame(self) -> None:
        """What is merged, how many lines, and how many of them have no time."""
        processes = count(len({output.process.lineage for output in self._outputs}), "process", "processes")
        title = Content.assemble((f"{self._stream.value}, merged", "bold"), (f"  {processes} by time", "$text-muted"))
        if self._left_out:
            title = Content.assemble(title, (f"  {count(self._left_out, 'run')} left out, too many", "$text-warning"))
        show_title(self, title)
        words = (self._filter_words, self._search_words)
        parts = [Content.styled(text, "$text-accent") for text in words if text]
        parts.append(Content.styled(count(len(self.rows), "line"), "$text-muted"))
        if self.rows.untimed:
            parts.append(Content.styled(f"{count(self.rows.untimed)} without a time", "$text-warning"))
        if self.rows.is_behind:
            parts.append(Content.styled("merging …", "$text-warning"))
        following = Content.styled("● following", "bold")
        parts.append(following if self._is_following else Content.styled("reading", "bold $text-accent"))
        show_subtitle(self, Content("  ").join(parts))

    @on(FollowingChanged)
    def _following_changed(self, event: FollowingChanged) -> None:
        event.stop()
        self._is_following = event.is_following
        self.refresh_frame()

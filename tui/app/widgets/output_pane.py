"""The pane with the output of the selected process: what it is and how it is accounted for in its frame, the view,
how the process ended below it, and the lines where searches and filters are typed.

It is long because these parts are told of the same output at the same moment, and must not disagree.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import tzinfo

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from tui.app.widgets.border_text import show_subtitle, show_title
from tui.app.widgets.empty_panel import EmptyPanel
from tui.app.widgets.output_messages import FollowingChanged
from tui.app.widgets.output_reading import ReadingPane
from tui.app.widgets.output_view import OutputView
from tui.app.widgets.search_line import LineKind, SearchLine
from tui.core import emptiness
from tui.core.contact import Contact
from tui.core.failures import judge
from tui.core.folding import own_by
from tui.core.format import clock, duration
from tui.core.glyphs import state_glyph, tone
from tui.core.models import Process, Stream
from tui.core.streamstate import StreamState
from tui.core.text import one_line
from tui.core.tracebacks.model import Traceback
from tui.core.verdict import describe
from tui.monitor.output import OutputMonitor


class OutputPane(ReadingPane):
    """Shows one :class:`OutputMonitor`, or why there is nothing to show."""

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002
        zone: tzinfo | None = None,
        own_paths: tuple[str, ...] = (),
    ) -> None:
        """``own_paths`` are the roots of the user's own code inside the sandbox; where none are given it is told from
        what package managers and runtimes put there."""
        super().__init__(id=id)
        self._own_paths = own_paths
        self._zone = zone
        self._output: OutputMonitor | None = None
        self._process: Process | None = None
        self._stream = Stream.STDERR
        self._contact = Contact()
        self._is_following = True

    def compose(self) -> ComposeResult:
        """View, the panel that stands for an empty one, the end of the process, the search line."""
        yield OutputView(id="output-view", classes="-bare", zone=self._zone, is_own=own_by(self._own_paths))
        yield EmptyPanel(id="output-empty")
        yield Static("", id="output-end", markup=False)
        yield SearchLine(id="search-line")
        yield SearchLine(LineKind.FILTER, id="filter-line")

    def on_mount(self) -> None:
        """Nothing is selected yet."""
        self.query_one("#output-end", Static).display = False
        self.view.display = False

    @property
    def has_tracebacks(self) -> bool:
        """True when there is a traceback to jump to."""
        return self._output is not None and len(self._output.found) > 0

    @property
    def output(self) -> OutputMonitor | None:
        """What is shown."""
        return self._output

    @property
    def has_output(self) -> bool:
        """True when there are lines."""
        return self._output is not None and len(self._output.buffer) > 0

    @property
    def stream_words(self) -> str:
        """Name and state of the stream that is shown, for the status bar; empty while there is none."""
        return f"{self._stream.value} {self._output.state.value}" if self._output else ""

    @property
    def is_being_read(self) -> bool:
        """True while the user has scrolled up, so that the text must stay."""
        return not self.view.is_following

    def focus_view(self) -> None:
        """Give the focus to the view, also while it is empty."""
        self.view.display = True
        self.screen.set_focus(self.view)

    def show(
        self,
        output: OutputMonitor | None,
        process: Process | None,
        stream: Stream,
        contact: Contact,
        *,
        now_ms: int,
        other_lines: int | None,
    ) -> None:
        """Show this output, or say why there is nothing to show."""
        is_other = output is not self._output
        self._output, self._process, self._stream = output, process, stream
        if output is not None and is_other:
            self.view.show(
                output.buffer, output.found, key=(output.process.key, stream), epoch=output.process.started_at
            )
        elif output is not None:
            self.view.news()
        self._contact = contact
        self._show_emptiness(contact, now_ms, other_lines)
        self._show_frame(contact)
        self._show_end(now_ms)

    def tick(self, contact: Contact, now_ms: int) -> None:
        """A second went by."""
        if self._output is not None and not len(self._output.buffer):
            self._show_emptiness(contact, now_ms, None)
        self._show_end(now_ms)

    def _show_emptiness(self, contact: Contact, now_ms: int, other_lines: int | None) -> None:
        output = self._output
        has_rows = output is not None and len(output.buffer) > 0
        panel = self.query_one(EmptyPanel)
        if panel.display == has_rows:
            had_focus = self.view.has_focus
            panel.display = not has_rows
            self.view.display = has_rows or had_focus
        self.view.set_class(not has_rows, "-bare")
        if not has_rows:
            panel.show(
                emptiness.of_output(
                    self._process,
                    self._stream,
                    output.state if output else StreamState.WAITING,
                    contact,
                    now_ms=now_ms,
                    confirmed=output is not None and output.is_verified,
                    other_lines=other_lines,
                    error=output.error if output else "",
                )
            )

    def _show_frame(self, contact: Contact) -> None:
        if self._process is None:
            show_title(self, Content.styled(self._stream.value, "bold"))
            show_subtitle(self, Content(""))
            return
        process = self._process
        run = f" run {process.run}" if process.managed else ""
        name = f"{process.name}{run}" if process.name else process.short_command_line
        title = Content.assemble(
            (self._stream.value, "bold"),
            (f"  {process.pid}", "$text-muted"),
            (f"  {one_line(name, 60)}", "$text-muted"),
        )
        show_title(self, title)
        output = self._output
        if output is None:
            show_subtitle(self, Content(""))
            return
        words = (self._filter_words, self._search_words)
        parts = [Content.styled(text, "$text-accent") for text in words if text]
        parts.append(self._account_words(output))
        if output.error and not output.state.is_over:
            parts.append(Content.styled(one_line(output.error, 60), "$text-warning"))
        parts.append(self._stream_words(output, contact))
        show_subtitle(self, Content("  ").join(parts))

    def _account_words(self, output: OutputMonitor) -> Content:
        verdict = output.verdict
        style = "$text-warning" if verdict.gaps else "$text-muted"
        return Content.styled(describe(verdict), style)

    def _stream_words(self, output: OutputMonitor, contact: Contact) -> Content:
        if not self._is_following:
            return Content.styled("reading", "bold $text-accent")
        if output.state is StreamState.FOLLOWING and contact.is_live:
            return Content.styled("● live", "bold")
        if output.state is StreamState.FOLLOWING:
            return Content.styled("○ waiting", "$text-warning")
        tones = {StreamState.ENDED: "$text-muted", StreamState.POLLING: "bold"}
        return Content.styled(output.state.value, tones.get(output.state, "$text-warning"))

    def _show_end(self, now_ms: int) -> None:
        process = self._process
        line = self.query_one("#output-end", Static)
        if process is None or not process.is_finished:
            line.display = False
            return
        # How this run ended, whatever the sandbox will do about it.
        verdict = judge(replace(process, managed=None))
        colour = {"error": "bold $text-error", "warning": "$text-warning"}.get(tone(verdict.state), "$text-muted")
        words = f" at {clock(process.ended_at, self._zone)}" if process.ended_at else ""
        if process.ended_at and process.started_at:
            words += f", after {duration(process.ended_at - process.started_at)}"
        words += "; confirmed by the sandbox"
        managed = process.managed
        if managed and managed.status == "backing_off" and managed.next_restart_at:
            seconds = -((now_ms - managed.next_restart_at) // 1000)
            words += f"; next run in {duration(1000 * seconds)}" if seconds > 0 else "; next run due now"
        line.update(Content.assemble((f"{state_glyph(verdict.state)} {verdict.word}", colour), (words, "$text-muted")))
        line.display = True

    @on(FollowingChanged)
    def _following_changed(self, event: FollowingChanged) -> None:
        event.stop()
        self._is_following = event.is_following
        self.refresh_frame()

    def refresh_frame(self) -> None:
        """Write the frame again after something that it tells of changed."""
        self._show_frame(self._contact)

    def go_to_traceback(self, line_index: int) -> None:
        """Bring the traceback that holds this line of the log into view."""
        block = self._output.found.at(line_index) if self._output else None
        if block is not None:
            self.view.select_traceback(block)

    @property
    def current_traceback(self) -> Traceback | None:
        """The traceback that was selected, else the latest one."""
        if self._output is None:
            return None
        return self.view.selected_traceback or self._output.found.latest

    def jump(self, *, forward: bool) -> None:
        """Go to the next or the previous traceback."""
        self.view.display = True
        if forward:
            self.view.action_next_traceback()
        else:
            self.view.action_previous_traceback()

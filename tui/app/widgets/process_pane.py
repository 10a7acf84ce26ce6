"""The pane with the process list: counts in its frame, the table, and the filter below it."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from tui.app.widgets.border_text import show_subtitle, show_title
from tui.app.widgets.empty_panel import EmptyPanel
from tui.app.widgets.process_table import ProcessTable
from tui.app.widgets.table_messages import Marked
from tui.core.emptiness import Emptiness
from tui.core.format import count
from tui.core.glyphs import class_glyph
from tui.core.processes import Filter, ProcessRow, Tally, only_what_matters, tally


class ProcessPane(Vertical):
    """Shows the rows that filter and "only what matters" let through, and how many there are of each class."""

    class FilterChanged(Message):
        """The user typed a filter, or cleared it."""

    def __init__(self, *, id: str | None = None, filter_text: str = "") -> None:  # noqa: A002
        super().__init__(id=id)
        self._filter = Filter(filter_text)
        self._show_all = True
        self._rows: Sequence[ProcessRow] = ()
        self._tally = Tally()
        self.hidden = 0
        """Rows that are kept out by filter or "only what matters"."""

    def compose(self) -> ComposeResult:
        """Table, the panel that stands for an empty one, and the filter."""
        yield ProcessTable(id="process-table")
        yield EmptyPanel(id="processes-empty")
        yield Input(
            value=self._filter.text, placeholder="filter: words; ! without; ~ loosely", id="filter", compact=True
        )

    def on_mount(self) -> None:
        """The filter shows itself when it is used."""
        self.query_one("#filter", Input).display = bool(self._filter.text)
        self.border_title = Content("Processes")

    @property
    def table(self) -> ProcessTable:
        """The table."""
        return self.query_one(ProcessTable)

    @property
    def filter_text(self) -> str:
        """What the filter holds."""
        return self._filter.text

    def show(self, rows: Sequence[ProcessRow], now_ms: int, emptiness: Emptiness) -> None:
        """Show ``rows``, or say why there is nothing to show."""
        if rows is not self._rows:
            self._rows, self._tally = rows, tally(rows)
        visible = rows if self._show_all else only_what_matters(rows)
        visible = [row for row in visible if self._filter.allows(row)] if self._filter.is_active else visible
        self.hidden = len(rows) - len(visible)
        self.table.show(visible, now_ms, rows)
        has_rows = bool(visible)
        if self.table.display != has_rows:
            self.table.display = has_rows
            self.query_one(EmptyPanel).display = not has_rows
        if not has_rows:
            self.query_one(EmptyPanel).show(emptiness)
        self._show_title(self._tally)

    def _show_title(self, counts: Tally) -> None:
        parts = [Content.styled("Processes", "bold")]
        for letter, number, word, style in (
            ("x", counts.failing, "failing", "bold $text-error"),
            ("!", counts.suspect, "suspect", "$text-warning"),
            ("?", counts.unknown, "unknown", "$text-muted"),
            ("*", counts.running, "running", ""),
            (".", counts.ok, "ok", "$text-muted"),
        ):
            if number:
                text = f"{class_glyph(letter)} {count(number)} {word}"
                parts.append(Content.styled(text, style) if style else Content(text))
        title = Content("  ").join(parts)
        show_title(self, title)
        self._show_subtitle()

    @on(Marked)
    def _show_subtitle(self) -> None:
        """How many are selected, and how many hidden."""
        parts = []
        if marked := len(self.table.marked):
            parts.append(Content.styled(f"{count(marked)} selected", "bold $text-accent"))
            parts.append(Content.styled("M merged output", "$text-muted"))
        if self.hidden:
            parts.append(Content(f"{count(self.hidden)} hidden"))
        show_subtitle(self, Content("  ").join(parts))

    def clear_marks(self) -> bool:
        """Select no process; False when none was."""
        had = bool(self.table.marked)
        self.table.clear_marks()
        return had

    def open_filter(self) -> None:
        """Let the user type a filter."""
        field = self.query_one("#filter", Input)
        field.display = True
        # At once: what is typed next belongs to the field.
        self.screen.set_focus(field)

    def toggle_all(self) -> bool:
        """Show or leave out the processes that ended well; returns whether all are shown now."""
        self._show_all = not self._show_all
        self.post_message(self.FilterChanged())
        return self._show_all

    def clear_filter(self) -> bool:
        """Clear the filter; False when there was none."""
        field = self.query_one("#filter", Input)
        had = bool(field.value) or field.has_focus
        field.value = ""
        if field.has_focus:
            self.screen.set_focus(self.table)
        field.display = False
        return had

    @on(Input.Changed, "#filter")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._filter = Filter(event.value)
        self.post_message(self.FilterChanged())

    @on(Input.Submitted, "#filter")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not event.value:
            self.query_one("#filter", Input).display = False
        (self.table if self.table.display else self).focus()

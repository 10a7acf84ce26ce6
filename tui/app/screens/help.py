"""The help screen: every key of the dashboard, from the tables that also make the bindings."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.app.commands import COMMANDS, key_label
from tui.app.widgets.failure_text import FailureScroll
from tui.app.widgets.output_view import OutputView
from tui.app.widgets.search_line import SearchInput
from tui.app.widgets.virtual_table import VirtualTable

_GROUPS = {
    "general": "Everywhere",
    "processes": "Process list",
    "output": "Output",
    "errors": "Error groups",
    "actions": "Actions",
    "sandbox": "Sandbox",
    "profiles": "Profiles",
}


def _rows() -> list[tuple[str, str, str]]:
    """Group, keys, what they do."""
    order = list(_GROUPS)
    rows = [
        (
            _GROUPS[command.group],
            command.key_label or " ".join(key_label(key) for key in command.keys.split(",")),
            command.help,
        )
        for command in sorted(COMMANDS, key=lambda command: order.index(command.group))
    ]
    for title, widget in (
        ("Moving in lists", VirtualTable),
        ("Moving in the output", OutputView),
        ("Moving in the failure", FailureScroll),
        ("While searching or filtering", SearchInput),
    ):
        rows.extend((title, keys, what) for keys, what in _widget_keys(widget.BINDINGS))
    return rows


def _widget_keys(bindings: Iterable[BindingType]) -> Iterable[tuple[str, str]]:
    for binding in bindings:
        if isinstance(binding, Binding) and binding.description:
            keys = [binding.key_display] if binding.key_display else [key_label(k) for k in binding.key.split(",")]
            yield " ".join(keys), binding.description


def _hanging(keys: str, what: str, width: int) -> list[tuple[str, str]]:
    """``what`` in lines of ``width``, the keys before the first of them only."""
    lines = textwrap.wrap(what, width) or [""]
    return [(keys if number == 0 else "", line) for number, line in enumerate(lines)]


class HelpScreen(ModalScreen[None]):
    """All keys; typing narrows them down."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1", "close", "Close", show=False),
        Binding("down", "scroll(1)", "Down", show=False),
        Binding("up", "scroll(-1)", "Up", show=False),
        Binding("pagedown", "scroll(12)", "Page down", show=False),
        Binding("pageup", "scroll(-12)", "Page up", show=False),
    ]

    def compose(self) -> ComposeResult:
        """Search line and keys."""
        with Vertical(classes="dialog dialog-wide"):
            yield Static("Keys", classes="dialog-title", markup=False)
            yield Input(placeholder="type to search", compact=True)
            with VerticalScroll(can_focus=False):
                yield Static(self._text(""), id="help-keys", markup=False)
            yield Static("esc close", classes="dialog-hint", markup=False)

    def _text(self, wanted: str) -> Content:
        lines: list[Content] = []
        group = ""
        for title, keys, what in _rows():
            if wanted and wanted.lower() not in f"{title} {keys} {what}".lower():
                continue
            if title != group:
                group = title
                lines.extend([Content(""), Content.styled(title, "bold")] if lines else [Content.styled(title, "bold")])
            for first, text in _hanging(keys, what, 54):
                lines.append(Content.assemble((f"  {first:<22}", "$text-accent"), text))
        return Content("\n").join(lines) if lines else Content.styled("no key does that", "$text-muted")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self.query_one("#help-keys", Static).update(self._text(event.value.strip()))

    def action_close(self) -> None:
        """Close."""
        self.dismiss(None)

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

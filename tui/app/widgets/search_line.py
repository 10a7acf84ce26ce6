"""The line at the foot of the output where a search is typed: as text or as a regular expression, with a history."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

REMEMBERED = 50
"""Searches in the history."""


class SearchInput(Input):
    """The field of a search line; its keys are handled by the line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "toggle_regex", "Regular expression", show=False, id="search.regex"),
        Binding("up", "older", "Older search", show=False, id="search.older"),
        Binding("down", "newer", "Newer search", show=False, id="search.newer"),
    ]

    class KeyPressed(Message):
        """One of the keys above."""

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    def action_toggle_regex(self) -> None:
        """Text or regular expression."""
        self.post_message(self.KeyPressed("regex"))

    def action_older(self) -> None:
        """One back in the history."""
        self.post_message(self.KeyPressed("older"))

    def action_newer(self) -> None:
        """One forward in the history."""
        self.post_message(self.KeyPressed("newer"))


class SearchLine(Horizontal):
    """Hidden until it is opened."""

    class Changed(Message, namespace="search_line"):
        """What is searched for changed; an empty pattern means nothing is."""

        def __init__(self, pattern: str, *, is_regex: bool) -> None:
            super().__init__()
            self.pattern = pattern
            self.is_regex = is_regex

    class Accepted(Message, namespace="search_line"):
        """Enter: the search stands, and the keys belong to the output again."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._is_regex = False
        self._history: list[str] = []
        self._place = 0

    def compose(self) -> ComposeResult:
        """What kind of search, and the field."""
        yield Static("", id="search-kind", markup=False)
        yield SearchInput(
            placeholder="ctrl+r regular expression   ↑ earlier searches   esc end", id="search", compact=True
        )

    def on_mount(self) -> None:
        """Not open yet."""
        self.display = False
        self._show_kind()

    @property
    def field(self) -> SearchInput:
        """The field."""
        return self.query_one(SearchInput)

    def open(self) -> None:
        """Let the user type; what was searched last is selected, so that typing replaces it."""
        self.display = True
        self._place = len(self._history)
        # At once: what is typed next belongs to the field.
        self.screen.set_focus(self.field)
        self.field.action_select_all()

    def close(self) -> bool:
        """Hide it; False when it was not open."""
        was_open = self.display
        self.display = False
        return was_open

    def _show_kind(self) -> None:
        self.query_one("#search-kind", Static).update(" regex " if self._is_regex else " find ")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.display:
            self._tell()

    def _tell(self) -> None:
        self.post_message(self.Changed(self.field.value, is_regex=self._is_regex))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value and event.value not in self._history[-1:]:
            self._history = [*self._history, event.value][-REMEMBERED:]
        self._place = len(self._history)
        self.post_message(self.Accepted())

    @on(SearchInput.KeyPressed)
    def _key(self, event: SearchInput.KeyPressed) -> None:
        event.stop()
        if event.what == "regex":
            self._is_regex = not self._is_regex
            self._show_kind()
            self._tell()
            return
        self._place = min(len(self._history), max(0, self._place + (-1 if event.what == "older" else 1)))
        self.field.value = self._history[self._place] if self._place < len(self._history) else ""
        self.field.action_end()

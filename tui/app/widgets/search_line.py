"""The line at the foot of the output where a search or a filter is typed: as text or as a regular expression, with a
history; a filter may be turned round and ask for a level."""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from tui.core.levels import Level
from tui.core.line_filter import LEVELS

REMEMBERED = 50
"""Searches in the history."""
INVERSE = "!"
"""Before the text of a filter it asks for the lines without that text; a backslash before it takes that back."""


class LineKind(Enum):
    """What is typed in a line, and what stands before it."""

    FIND = "find"
    FILTER = "filter"


class SearchInput(Input):
    """The field of a search line; its keys are handled by the line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "toggle_regex", "Regular expression", show=False, id="search.regex"),
        Binding("ctrl+l", "cycle_level", "Lowest level of a filter", show=False, id="filter.level"),
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

    def action_cycle_level(self) -> None:
        """The next of the levels that a filter may ask for."""
        self.post_message(self.KeyPressed("level"))

    def action_older(self) -> None:
        """One back in the history."""
        self.post_message(self.KeyPressed("older"))

    def action_newer(self) -> None:
        """One forward in the history."""
        self.post_message(self.KeyPressed("newer"))


class SearchLine(Horizontal):
    """Hidden until it is opened."""

    class Changed(Message, namespace="search_line"):
        """What is looked for changed; an empty pattern without a level means nothing is."""

        def __init__(
            self, kind: LineKind, pattern: str, *, is_regex: bool, is_inverse: bool = False, level: Level = Level.NONE
        ) -> None:
            super().__init__()
            self.kind = kind
            self.pattern = pattern
            self.is_regex = is_regex
            self.is_inverse = is_inverse
            self.level = level

    class Accepted(Message, namespace="search_line"):
        """Enter: the search or filter stands, and the keys belong to the output again."""

        def __init__(self, kind: LineKind) -> None:
            super().__init__()
            self.kind = kind

    def __init__(self, kind: LineKind = LineKind.FIND, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.kind = kind
        self._is_regex = False
        self._level = Level.NONE
        self._history: list[str] = []
        self._place = 0

    def compose(self) -> ComposeResult:
        """What kind of search, and the field."""
        is_filter = self.kind is LineKind.FILTER
        yield Static("", id="line-filter-kind" if is_filter else "search-kind", markup=False)
        hint = "!text: lines without it   ctrl+l level   ctrl+r expression   esc end"
        yield SearchInput(
            placeholder=hint if is_filter else "ctrl+r regular expression   ↑ earlier searches   esc end",
            id="line-filter" if is_filter else "search",
            compact=True,
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

    @property
    def is_blank(self) -> bool:
        """True when nothing is asked for."""
        return not self.field.value and not self._level

    def clear(self) -> None:
        """Ask for nothing."""
        self._level = Level.NONE
        with self.prevent(Input.Changed):
            self.field.value = ""
        self._show_kind()

    def _show_kind(self) -> None:
        if self.kind is LineKind.FIND:
            words = "regex" if self._is_regex else "find"
        else:
            words = "filter regex" if self._is_regex else "filter"
            words += f" {self._level.name.lower()}+" if self._level else ""
        self.query_one(Static).update(f" {words} ")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.display:
            self._tell()

    def _tell(self) -> None:
        pattern, is_inverse = self.field.value, False
        if self.kind is LineKind.FILTER:
            is_inverse = pattern.startswith(INVERSE)
            pattern = pattern[1:] if pattern.startswith((INVERSE, f"\\{INVERSE}")) else pattern
        self.post_message(
            self.Changed(self.kind, pattern, is_regex=self._is_regex, is_inverse=is_inverse, level=self._level)
        )

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value and event.value not in self._history[-1:]:
            self._history = [*self._history, event.value][-REMEMBERED:]
        self._place = len(self._history)
        self.post_message(self.Accepted(self.kind))

    @on(SearchInput.KeyPressed)
    def _key(self, event: SearchInput.KeyPressed) -> None:
        event.stop()
        if event.what == "regex":
            self._is_regex = not self._is_regex
            self._show_kind()
            self._tell()
            return
        if event.what == "level":
            if self.kind is LineKind.FILTER:
                self._level = LEVELS[(LEVELS.index(self._level) + 1) % len(LEVELS)]
                self._show_kind()
                self._tell()
            return
        self._place = min(len(self._history), max(0, self._place + (-1 if event.what == "older" else 1)))
        self.field.value = self._history[self._place] if self._place < len(self._history) else ""
        self.field.action_end()

"""What the output view tells its screen. Handlers are named ``on_output_view_…``."""

from __future__ import annotations

from textual.message import Message

from tui.core.rows import Row
from tui.core.tracebacks.model import Traceback


class FollowingChanged(Message, namespace="output_view"):
    """The view began or ceased to follow the end, or the number of lines below a reader changed."""

    def __init__(self, is_following: bool, new_lines: int) -> None:
        super().__init__()
        self.is_following = is_following
        self.new_lines = new_lines
        """Lines that were written since the view ceased to follow; 0 while it follows."""

    def can_replace(self, message: Message) -> bool:
        """Only the latest state matters."""
        return isinstance(message, FollowingChanged)


class TracebackSelected(Message, namespace="output_view"):
    """The user went to a traceback; None when the selection ended."""

    def __init__(self, traceback: Traceback | None) -> None:
        super().__init__()
        self.traceback = traceback


class QueryChanged(Message, namespace="output_view"):
    """How far something that the user typed has come over the output."""

    def __init__(self, pattern: str, *, is_complete: bool, error: str, hint: str) -> None:
        super().__init__()
        self.pattern = pattern
        self.is_complete = is_complete
        """False while there are rows that it has not come to yet."""
        self.error = error
        """What is wrong with the pattern; empty where nothing is."""
        self.hint = hint

    def can_replace(self, message: Message) -> bool:
        """Only the latest state matters."""
        return isinstance(message, type(self))


class SearchChanged(QueryChanged, namespace="output_view"):
    """How far a search is. An empty ``pattern`` means that there is none any more."""

    def __init__(
        self,
        pattern: str,
        *,
        matches: int = 0,
        current: int | None = None,
        is_complete: bool = True,
        error: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(pattern, is_complete=is_complete, error=error, hint=hint)
        self.matches = matches
        """Matching rows found so far."""
        self.current = current
        """Which of them the view stands at, from 1; None where it stands at none."""


class FilterChanged(QueryChanged, namespace="output_view"):
    """How much a filter shows. An empty ``pattern`` with nothing hidden means that there is no filter any more."""

    def __init__(
        self,
        pattern: str,
        *,
        shown: int = 0,
        hidden: int = 0,
        is_complete: bool = True,
        error: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(pattern, is_complete=is_complete, error=error, hint=hint)
        self.shown = shown
        """Lines that the filter lets through; some of them may be folded away."""
        self.hidden = hidden


class FilterRequested(Message, namespace="output_view"):
    """The user wants to type a filter."""


class LineRequested(Message, namespace="output_view"):
    """The user wants to see one line whole: a very long one, or a JSON object field by field."""

    def __init__(self, row: Row) -> None:
        super().__init__()
        self.row = row


class CopyRequested(Message, namespace="output_view"):
    """The user wants ``text`` in the clipboard. ``what`` names it in a few words, for a notice."""

    def __init__(self, text: str, what: str) -> None:
        super().__init__()
        self.text = text
        self.what = what

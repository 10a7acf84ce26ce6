"""Facts and requests that travel up from widgets and session to the screens."""

from __future__ import annotations

from textual.message import Message

from tui.core.models import ProcessKey, Stream


class SandboxNews(Message):
    """The sandbox that is shown, its status or our contact with it changed."""

    def can_replace(self, message: Message) -> bool:
        """Only the last one matters."""
        return isinstance(message, SandboxNews)


class ProcessNews(Message):
    """The process list of the sandbox that is shown changed."""

    def can_replace(self, message: Message) -> bool:
        """Only the last one matters."""
        return isinstance(message, ProcessNews)


class ElsewhereNews(Message):
    """Something changed in a watched sandbox that is not shown."""

    def can_replace(self, message: Message) -> bool:
        """Only the last one matters."""
        return isinstance(message, ElsewhereNews)


class WatchedAlready(Message):
    """A sandbox was to be watched twice, under two of its names; it is watched once. ``label`` is what it is called."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self.label = label


class OutputNews(Message):
    """There is news in the output of one process; the news itself is read from the monitor."""

    def __init__(self, key: ProcessKey, stream: Stream) -> None:
        super().__init__()
        self.key = key
        self.stream = stream

    def can_replace(self, message: Message) -> bool:
        """One of a kind is enough."""
        return isinstance(message, OutputNews) and message.key == self.key and message.stream is self.stream


class ErrorNews(Message):
    """The error groups changed."""

    def can_replace(self, message: Message) -> bool:
        """Only the last one matters."""
        return isinstance(message, ErrorNews)


class ActionDone(Message):
    """An action on a process came to an end; ``outcome`` says how, in words."""

    def __init__(self, outcome: str, hint: str = "", *, succeeded: bool) -> None:
        super().__init__()
        self.outcome = outcome
        self.hint = hint
        self.succeeded = succeeded

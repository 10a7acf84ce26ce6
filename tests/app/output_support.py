"""An application around one output view, and ways to see what is on its screen."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.strip import Strip

from tui.app.widgets.output_messages import (
    CopyRequested,
    FilterChanged,
    FollowingChanged,
    SearchChanged,
    TracebackSelected,
)
from tui.app.widgets.output_view import OutputView
from tui.core.buffer import LineBuffer
from tui.core.found import TracebackIndex
from tui.core.models import RawLine
from tui.core.rows import Row
from tui.core.tracebacks.detector import TracebackDetector

TRACEBACK = [
    "Traceback (most recent call last):",
    '  File "/workspace/agent.py", line 88, in main',
    "    run(plan)",
    "    ~~~^^^^^^",
    '  File "/usr/lib/python3/site-packages/httpx/_client.py", line 914, in send',
    "    response = self._send()",
    '  File "/workspace/agent.py", line 41, in parse',
    '    return r["choices"][0]',
    "           ~^^^^^^^^^^^",
    "KeyError: 'choices'",
]


class Output:
    """What a monitor would feed: a buffer and the tracebacks found in it."""

    def __init__(self, lines: Sequence[str] = (), buffer: LineBuffer | None = None) -> None:
        self.buffer = LineBuffer() if buffer is None else buffer
        self.found = TracebackIndex(TracebackDetector)
        self.add(lines)

    def add(self, lines: Sequence[str], timestamps: Sequence[int] | None = None) -> None:
        self.buffer.append([RawLine(line) for line in lines], timestamps)
        self.found.extend(lines)


class CountingBuffer(LineBuffer):
    """Counts the rows that are asked for."""

    reads = 0

    def row(self, position: int) -> Row:
        self.reads += 1
        return super().row(position)

    def rows(self, start: int, stop: int) -> list[Row]:
        found = super().rows(start, stop)
        self.reads += len(found)
        return found


class OutputApp(App[None]):
    """One output view over the whole screen; keeps the messages that it sends."""

    CSS = "OutputView { height: 1fr; }"

    def __init__(self, output: Output, key: Hashable = "first") -> None:
        super().__init__()
        self.output = output
        self.key = key
        self.messages: list[Message] = []

    def compose(self) -> ComposeResult:
        yield OutputView(is_own=lambda frame, language: "site-packages" not in (frame.file or ""))

    def on_mount(self) -> None:
        self.view.show(self.output.buffer, self.output.found, key=self.key)
        self.view.focus()

    @property
    def view(self) -> OutputView:
        return self.query_one(OutputView)

    def on_output_view_following_changed(self, message: FollowingChanged) -> None:
        self.messages.append(message)

    def on_output_view_traceback_selected(self, message: TracebackSelected) -> None:
        self.messages.append(message)

    def on_output_view_search_changed(self, message: SearchChanged) -> None:
        self.messages.append(message)

    def on_output_view_filter_changed(self, message: FilterChanged) -> None:
        self.messages.append(message)

    def on_output_view_copy_requested(self, message: CopyRequested) -> None:
        self.messages.append(message)


MessageT = TypeVar("MessageT", bound=Message)


def last(app: OutputApp, kind: type[MessageT]) -> MessageT:
    """The latest message of one kind."""
    return next(message for message in reversed(app.messages) if isinstance(message, kind))


def strips(app: OutputApp) -> list[Strip]:
    """The screen as Textual would send it to the terminal."""
    return app.screen._compositor.render_strips()


def screen(app: OutputApp) -> list[str]:
    """The rows of the screen, without the bar at the left, the margin at the right, and blanks at the end."""
    return [strip.text[1:-1].rstrip() for strip in strips(app)]


async def painted(pilot: Pilot[None]) -> list[str]:
    """Wait until all news is painted; the rows of the screen."""
    app = pilot.app
    assert isinstance(app, OutputApp)
    await pilot.pause()
    while app.view._has_news:
        await pilot.pause(0.005)
    await pilot.pause()
    return screen(app)


async def add(pilot: Pilot[None], lines: Sequence[str], timestamps: Sequence[int] | None = None) -> list[str]:
    """Add lines, tell the view, wait for the paint; the rows of the screen."""
    app = pilot.app
    assert isinstance(app, OutputApp)
    app.output.add(lines, timestamps)
    app.view.news()
    return await painted(pilot)


async def press(pilot: Pilot[None], *keys: str) -> list[str]:
    """Press keys; the rows of the screen."""
    await pilot.press(*keys)
    return await painted(pilot)


def numbered(count: int, first: int = 0) -> list[str]:
    """Lines that tell their number."""
    return [f"line {at}" for at in range(first, first + count)]

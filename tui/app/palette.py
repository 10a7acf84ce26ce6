"""What the command palette offers on the main screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from textual.widget import Widget

from tui.app.commands import COMMANDS, Situation
from tui.app.watched import Watched
from tui.core.models import ProcessKey
from tui.core.processes import ProcessRow
from tui.core.text import one_line

Entry = tuple[str, str, Callable[[], None]]
"""Title, help, and what to call."""

MOST_PROCESSES = 500
"""So many of the lists can be gone to by typing; the palette matches all of them anew at each key."""


def command_entries(screen: Widget, situation: Situation) -> Iterable[Entry]:
    """The commands that can be had now."""
    for command in COMMANDS:
        method = getattr(screen, f"action_{command.action}", None)
        if method and not command.disabled_reason(situation):
            yield command.title, f"{command.help}  ({command.label})", method


def sandbox_entries(others: Iterable[Watched], show: Callable[[Watched], None]) -> Iterable[Entry]:
    """The watched sandboxes that are not shown."""
    for watched in others:
        yield f"Sandbox {watched.label}", "Show this sandbox", partial(show, watched)


def process_entries(
    lists: Iterable[tuple[str, Iterable[ProcessRow]]], go_to: Callable[[ProcessKey], None]
) -> Iterable[Entry]:
    """The processes of the lists, by pid and command line, each behind the name of its sandbox where there is one."""
    named = ((name, row) for name, rows in lists for row in rows)
    for _, (name, row) in zip(range(MOST_PROCESSES), named, strict=False):
        title = f"Process {row.process.pid}: {one_line(row.process.short_command_line, 80)}"
        yield f"{name}  {title}" if name else title, row.verdict.word, partial(go_to, row.key)

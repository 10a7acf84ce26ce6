"""The line at the top (what is watched and how fresh it is) and the line at the bottom (which keys do what)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui.app import commands
from tui.app.commands import Command, Situation


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the status bar. ``style`` is a Textual style; the lowest ``keep`` goes first when it is tight."""

    text: str
    style: str = ""
    keep: int = 0


def fitted(left: Sequence[Segment], right: Sequence[Segment], width: int, gap: int = 2) -> Content:
    """Both sides on one line of ``width`` cells; what does not fit is left out whole, then cut."""
    kept_left, kept_right = list(left), list(right)

    def needed() -> int:
        sides = [sum(cell_len(s.text) for s in side) + gap * max(0, len(side) - 1) for side in (kept_left, kept_right)]
        return sum(sides) + (gap if kept_left and kept_right else 0)

    while needed() > width and len(kept_left) + len(kept_right) > 1:
        weakest = min([*kept_left, *kept_right], key=lambda segment: segment.keep)
        (kept_left if weakest in kept_left else kept_right).remove(weakest)
    space = Content(" " * gap)
    start = space.join([Content.styled(s.text, s.style) if s.style else Content(s.text) for s in kept_left])
    end = space.join([Content.styled(s.text, s.style) if s.style else Content(s.text) for s in kept_right])
    filling = max(0, width - start.cell_length - end.cell_length)
    return Content.assemble(start, " " * filling, end).truncate(width, ellipsis=True)


def key_hint(key: str, word: str) -> Content:
    """A key and what it does."""
    return Content.assemble((key, "bold $accent"), (f" {word}", "$text-muted"))


class StatusBar(Widget):
    """One line: program, profile and sandbox on the left; contact and stream on the right."""

    left: reactive[tuple[Segment, ...]] = reactive(())
    right: reactive[tuple[Segment, ...]] = reactive(())

    def render(self) -> Content:
        """The segments that fit."""
        return fitted(self.left, self.right, self.content_size.width)


class KeyBar(Widget):
    """One line of key hints; those of commands that cannot be used now are greyed, never hidden under the cursor."""

    situation: reactive[Situation] = reactive(Situation())

    def __init__(self, hints: Sequence[Command] | None = None, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._hints = list(hints) if hints is not None else commands.footer()

    def render(self) -> Content:
        """As many hints as fit, in the order of their importance; help and quit always."""
        width = self.content_size.width
        always_last = [c for c in self._hints if c.id in ("app.help", "app.back")]
        others = [c for c in self._hints if c not in always_last]
        tail = Content("  ").join([self._hint(command) for command in always_last])
        room = width - tail.cell_length
        shown: list[Content] = []
        for command in others:
            hint = self._hint(command)
            if hint.cell_length + 2 > room:
                break
            shown.append(hint)
            room -= hint.cell_length + 2
        body = Content("  ").join([*shown, tail]) if shown else tail
        return body.truncate(width)

    def _hint(self, command: Command) -> Content:
        label = command.hint or command.title.lower()
        if command.disabled_reason(self.situation):
            return Content.styled(f"{command.label} {label}", "$text-disabled")
        return key_hint(command.label, label)

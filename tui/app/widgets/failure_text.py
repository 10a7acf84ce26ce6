"""The text of the failure pane as a widget, and what scrolls it."""

from __future__ import annotations

from datetime import tzinfo
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from tui.app.widgets.failure_lines import (
    FramePlace,
    before_lines,
    card_lines,
    evidence_lines,
    sections,
    source_lines,
)
from tui.app.widgets.slim_renderer import SlimBarRender
from tui.core.cards import CauseCard
from tui.core.source import CONTEXT, SourceView

COPIED_WIDTH = 120
"""Columns of the text that is copied, at least: it need not be cut as in a narrow pane."""


class FailureText(Widget):
    """Draws the facts; one line of text is one row."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"failure-text--current"}
    DEFAULT_CSS = """
    FailureText {
        height: auto;
        padding-right: 1;
        & > .failure-text--current { background: $error 12%; }
        &:ansi > .failure-text--current { background: ansi_default; }
    }
    """

    def __init__(self, zone: tzinfo | None) -> None:
        super().__init__()
        self._zone = zone
        self._card: CauseCard | None = None
        self._place: FramePlace | None = None
        self._view: SourceView | None = None
        self._lines_around = CONTEXT

    def show(self, card: CauseCard, place: FramePlace | None, view: SourceView | None, context: int) -> None:
        """Show this card, and the source at this frame; ``view`` None: it is not there yet."""
        before = (self._card, self._place, self._view, self._lines_around)
        self._card, self._place, self._view, self._lines_around = card, place, view, context
        if before != (card, place, view, context):
            self.refresh(layout=True)

    @property
    def text(self) -> str:
        """All that it says."""
        return "\n".join(line.plain.rstrip() for line in self._lines(max(COPIED_WIDTH, self.content_size.width)))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as there are lines."""
        return len(self._lines(width))

    def render(self) -> Content:
        """All lines; only those in sight are drawn."""
        return Content("\n").join(self._lines(self.content_size.width))

    def _lines(self, width: int) -> list[Content]:
        card = self._card
        if card is None or width <= 0:
            return []
        source = (
            source_lines(
                self._place,
                self._view,
                width=width,
                context=self._lines_around,
                mark=self.get_visual_style("failure-text--current", partial=True),
            )
            if self._place is not None
            else ()
        )
        return sections(
            (
                card_lines(card, width, self._zone),
                source,
                before_lines(card, width),
                evidence_lines(card, width, self._zone),
            )
        )


class FailureScroll(VerticalScroll):
    """Scrolls the facts; its keys to the side move along the frames."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left_square_bracket,left,h", "step_frame(-1)", "Previous frame", show=False),
        Binding("right_square_bracket,right,l", "step_frame(1)", "Next frame", show=False),
        Binding("y", "copy_text", "Copy what it says", show=False),
        Binding("j,down", "move(1)", "Down", show=False),
        Binding("k,up", "move(-1)", "Up", show=False),
        Binding("space,pagedown", "page(2)", "Page down", show=False),
        Binding("b,pageup", "page(-2)", "Page up", show=False),
        Binding("ctrl+d", "page(1)", "Half a page down", show=False),
        Binding("ctrl+u", "page(-1)", "Half a page up", show=False),
        Binding("g,home", "move(-100000)", "Top", show=False),
        Binding("G,end", "move(100000)", "End", show=False),
    ]

    class FrameStepped(Message, namespace="failure_scroll"):
        """The user wants the frame before (-1) or after (1)."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    def on_mount(self) -> None:
        """The same scroll bar as in the other panes."""
        self.vertical_scrollbar.renderer = SlimBarRender  # type: ignore[misc]

    class CopyWanted(Message, namespace="failure_scroll"):
        """The user wants the text."""

    def action_copy_text(self) -> None:
        """Copy all of it, also what is out of sight."""
        self.post_message(self.CopyWanted())

    def action_move(self, lines: int) -> None:
        """Scroll by lines, at once, so that keys pressed quickly add up."""
        self.scroll_relative(y=lines, animate=False)

    def action_page(self, halves: int) -> None:
        """Scroll by halves of what is in sight."""
        self.action_move(halves * max(1, self.size.height // 2))

    def action_step_frame(self, step: int) -> None:
        """The frame before or after."""
        self.post_message(self.FrameStepped(step))

"""Texts in the border of a pane that change many times a second, at the price of the row they stand in.

Assigning ``border_title`` or ``border_subtitle`` repaints the whole widget and, everything inside it,
also where the text is the same as before.
"""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget


def show_title(widget: Widget, title: Content) -> None:
    """Put ``title`` into the upper border, if it is not there already."""
    if (widget.border_title or "") != title.markup:
        widget.border_title = title


def show_subtitle(widget: Widget, subtitle: Content) -> None:
    """Put ``subtitle`` into the lower border and repaint that row only. Semi-private: Textual keeps the text there."""
    if (widget.border_subtitle or "") != subtitle.markup:
        widget._border_subtitle = subtitle  # noqa: SLF001
        width, height = widget.size
        widget.refresh(Region(0, height, width, 1))

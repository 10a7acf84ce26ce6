"""Textual's scroll bar drawn as ours are: a thin line with a thicker part, which can be read without colour."""

from __future__ import annotations

from rich.color import Color
from rich.segment import Segment, Segments
from rich.style import Style
from textual.scrollbar import ScrollBarRender

from tui.app.widgets.slim_scrollbar import slim_bar

_BACK, _BAR = Color.parse("#555555"), Color.parse("bright_magenta")


class SlimBarRender(ScrollBarRender):
    """For vertical bars of one column; others stay as Textual has them."""

    @classmethod
    def render_bar(
        cls,
        size: int = 25,
        virtual_size: float = 50,
        window_size: float = 20,
        position: float = 0,
        thickness: int = 1,
        vertical: bool = True,
        back_color: Color = _BACK,
        bar_color: Color = _BAR,
    ) -> Segments:
        """One glyph a row; the parts above and below the thumb scroll by a page when they are clicked."""
        if not vertical or thickness != 1:
            return super().render_bar(
                size, virtual_size, window_size, position, thickness, vertical, back_color, bar_color
            )
        cells = slim_bar(size, int(virtual_size), int(window_size), round(position))
        if not cells:
            return Segments([Segment(" ", Style(bgcolor=back_color))] * size, new_lines=True)
        first = next(y for y, cell in enumerate(cells) if cell.is_thumb)
        segments = []
        for y, cell in enumerate(cells):
            action = "grab" if cell.is_thumb else "scroll_up" if y < first else "scroll_down"
            style = Style(color=bar_color, bgcolor=back_color, dim=not cell.is_thumb, meta={"@mouse.down": action})
            segments.append(Segment(cell.glyph, style))
        return Segments(segments, new_lines=True)

"""Draws a widget that paints whole lines straight to the terminal, past the work of Textual's compositor.

The compositor cuts every line of a changed widget at the edges of all others and puts the pieces together again, which
for a page of output costs more than painting it. Where nothing lies over the widget that is for nothing: its lines can
be written as they are. Everything else is drawn as usual, from the widgets that lie where something changed.

What is used of Textual's insides is used here only: ``_dirty_regions``, ``_get_renders`` and ``visible_widgets`` of
its compositor, and of a screen ``_compositor``, ``_dirty_widgets`` and ``_on_timer_update``.
``tests/app/test_direct_drawing.py`` fails where a version has others.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate, Compositor, CompositorUpdate
from textual.geometry import Region
from textual.screen import UPDATE_PERIOD, Screen, ScreenResultType
from textual.strip import Strip
from textual.widget import Widget


class DirectUpdate(CompositorUpdate):
    """Whole lines of some widgets, and what else has changed, drawn as usual."""

    def __init__(self, pages: list[tuple[Region, list[Strip]]], rest: ChopsUpdate | None) -> None:
        self._pages = pages
        self._rest = rest

    def render_segments(self, console: Console) -> str:
        """What is written to the terminal."""
        rest = [] if self._rest is None else [self._rest.render_segments(console)]
        return "".join(
            [
                Control.move_to(region.x, y).segment.text + strip.render(console)
                for region, strips in self._pages
                for y, strip in enumerate(strips, region.y)
            ]
            + rest
        )


class DirectCompositor(Compositor):
    """A compositor that draws widgets of one class directly, where they are wholly visible."""

    def __init__(self, drawn_directly: type[Widget]) -> None:
        super().__init__()
        self._drawn_directly = drawn_directly

    def render_partial_update(self) -> DirectUpdate | ChopsUpdate | None:  # type: ignore[override]
        """What has changed; nothing is None."""
        pages: list[tuple[Region, list[Strip]]] = []
        above: list[Region] = []
        for widget, (region, clip) in self.visible_widgets.items():
            if isinstance(widget, self._drawn_directly):
                is_whole = clip.contains_region(region) and self.size.region.contains_region(region)
                if is_whole and region in self._dirty_regions and not any(map(region.overlaps, above)):
                    lines = widget.render_lines(Region(0, 0, region.width, region.height))
                    pages.append((region, lines[: region.height]))
                    self._dirty_regions.discard(region)
            above.append(clip.intersection(region))
        rest = super().render_partial_update()
        return DirectUpdate(pages, rest) if pages else rest

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        """The lines of widgets beside ``crop``; Textual's own renders every widget whole where one line has changed."""
        rows = crop and Region(0, crop.y, self.size.width, crop.height)
        for widget, (region, clip) in self.visible_widgets.items():
            if crop and not crop.overlaps(region):
                continue
            part = clip.intersection(rows) if rows else clip
            if shown := region.intersection(part):
                yield region, part, widget.render_lines(shown.translate(-region.offset))


class PromptScreen(Screen[ScreenResultType]):
    """A screen that shows a change at once where it has shown none for a sixtieth of a second.

    Textual waits for the next tick of a timer that may have ticked just now and that skips ticks it was late for:
    a line that comes then is seen some thirty milliseconds later.
    """

    _updated_at = float("-inf")

    def on_idle(self) -> None:
        """All messages were handled."""
        now = time.monotonic()
        if self._dirty_widgets and now - self._updated_at >= UPDATE_PERIOD:
            self._updated_at = now
            self._on_timer_update()


def draw_directly(screen: Screen[Any], widgets: type[Widget]) -> None:
    """Have ``widgets`` of ``screen`` drawn directly. To be called before the screen is laid out first.

    Raises RuntimeError where Textual keeps its compositor elsewhere.
    """
    if type(getattr(screen, "_compositor", None)) is not Compositor:
        raise RuntimeError("this version of Textual composes its screens in another way")
    screen._compositor = DirectCompositor(widgets)  # noqa: SLF001 - there is no public way to exchange it

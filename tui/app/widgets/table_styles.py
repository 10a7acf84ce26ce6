"""How a table looks: component classes, their default rules, and the resolved styles that rows are drawn with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rich.style import Style

STYLE_KEYS = ("error", "warning", "success", "muted", "accent")
"""What a cell may ask for by name."""

COMPONENT_CLASSES = {
    "virtual-table--header",
    "virtual-table--header-sorted",
    "virtual-table--cursor",
    "virtual-table--cursor-glyph",
    "virtual-table--mark",
    "virtual-table--bar-track",
    "virtual-table--bar-thumb",
    "virtual-table--bar-mark",
    "virtual-table--empty",
    "virtual-table--error",
    "virtual-table--warning",
    "virtual-table--success",
    "virtual-table--muted",
    "virtual-table--accent",
}
DEFAULT_CSS = """
VirtualTable {
    height: 1fr;
    overflow: hidden hidden;
    background: $background;
    color: $foreground;
    & > .virtual-table--header { color: $text-muted; }
    & > .virtual-table--header-sorted { color: $foreground; }
    & > .virtual-table--cursor { background: $block-cursor-blurred-background; color: $foreground; }
    & > .virtual-table--cursor-glyph { color: $text-muted; }
    & > .virtual-table--mark { color: $accent; text-style: bold; }
    & > .virtual-table--bar-track { color: $scrollbar; }
    & > .virtual-table--bar-thumb { color: $text-muted; }
    & > .virtual-table--bar-mark { color: $error; }
    & > .virtual-table--empty { color: $text-muted; }
    & > .virtual-table--error { color: $error; }
    & > .virtual-table--warning { color: $warning; }
    & > .virtual-table--success { color: $success; }
    & > .virtual-table--muted { color: $text-muted; }
    & > .virtual-table--accent { color: $accent; }
    &:focus > .virtual-table--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
    &:focus > .virtual-table--cursor-glyph { color: $accent; }
    &:nocolor > .virtual-table--error { text-style: bold; }
}
"""


@dataclass(frozen=True, slots=True)
class TableStyles:
    """The styles of one state of the widget, resolved from its component classes."""

    plain: dict[str, Style]
    cursor: dict[str, Style]
    header: Style
    header_sorted: Style
    cursor_glyph: Style
    mark: Style
    cursor_mark: Style
    bar_track: Style
    bar_thumb: Style
    bar_mark: Style
    empty: Style
    has_focus: bool

    @classmethod
    def resolve(cls, component: Callable[[str], Style], *, has_focus: bool) -> TableStyles:
        """Look every style up by its short name; ``component("")`` is the style of the widget itself."""
        names = {name: component(name) for name in STYLE_KEYS}
        base, cursor = component(""), component("cursor")
        on_cursor = Style(bgcolor=cursor.bgcolor)
        # What a colour by number looks like is the terminal's business: on such a ground only its own text is safe.
        is_known = cursor.bgcolor is not None and cursor.bgcolor.triplet is not None
        return cls(
            plain={"": base, **names},
            cursor={"": cursor, **{name: style + on_cursor if is_known else cursor for name, style in names.items()}},
            header=component("header"),
            header_sorted=component("header-sorted"),
            cursor_glyph=component("cursor-glyph") + on_cursor,
            mark=component("mark"),
            cursor_mark=component("mark") + on_cursor,
            bar_track=component("bar-track"),
            bar_thumb=component("bar-thumb"),
            bar_mark=component("bar-mark"),
            empty=component("empty"),
            has_focus=has_focus,
        )

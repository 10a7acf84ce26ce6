"""The styles of the output view: component classes and their default colours, resolved once per theme.

No colour is written here but by the name of a theme variable, so dark, light and ANSI themes and NO_COLOR all work.
"""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color
from rich.style import Style
from textual.widget import Widget

from tui.core.text import Sgr

PREFIX = "output-view--"

NAMES = (
    "number", "time", "mark", "bar", "bar-selected", "selected",
    "header", "path", "line", "function", "library", "caret", "exception", "message", "chain", "note",
    "error", "warning", "info", "debug",
    "marker", "gap", "suffix", "key", "chosen", "match", "match-current", "selection", "badge",
    "fold", "fold-glyph", "fold-label",
    "margin", "margin-thumb", "margin-traceback", "margin-match",
    "no-time", "origin-0", "origin-1", "origin-2", "origin-3", "origin-4", "origin-5",
)  # fmt: skip

COMPONENT_CLASSES = {PREFIX + name for name in NAMES}

DEFAULT_CSS = """
OutputSurface {
    background: $background;
    color: $foreground;
    overflow: hidden hidden;
    scrollbar-size: 0 0;
    & > .output-view--number { color: $foreground 35%; }
    & > .output-view--time { color: $foreground 50%; }
    & > .output-view--mark { color: $accent; text-style: bold; }
    & > .output-view--bar { color: $error; }
    & > .output-view--bar-selected { color: $error; text-style: bold; }
    & > .output-view--selected { background: $error 10%; }
    & > .output-view--header { color: $foreground 55%; }
    & > .output-view--path { color: $primary; text-style: bold; }
    & > .output-view--line { color: $primary; text-style: bold; }
    & > .output-view--function { color: $foreground; text-style: bold; }
    & > .output-view--library { color: $foreground 50%; }
    & > .output-view--caret { color: $text-accent; text-style: bold; }
    & > .output-view--exception { color: $text-error; text-style: bold; }
    & > .output-view--message { color: $foreground; text-style: bold; }
    & > .output-view--chain { color: $foreground 55%; text-style: italic; }
    & > .output-view--note { color: $text-warning; text-style: italic; }
    & > .output-view--error { color: $text-error; text-style: bold; }
    & > .output-view--warning { color: $text-warning; }
    & > .output-view--info { color: $foreground 60%; }
    & > .output-view--debug { color: $foreground 45%; }
    & > .output-view--marker { color: $foreground 55%; text-style: italic; }
    & > .output-view--gap { color: $text-warning; text-style: italic; }
    & > .output-view--suffix { color: $foreground 50%; text-style: italic; }
    & > .output-view--match { background: $warning 35%; color: $foreground; text-style: underline; }
    & > .output-view--match-current { color: $text-warning; text-style: bold reverse; }
    & > .output-view--key { color: $foreground 50%; }
    & > .output-view--chosen { background: $primary 25%; }
    & > .output-view--selection { background: $screen-selection-background; color: $screen-selection-foreground; }
    & > .output-view--badge { background: $primary; color: auto 90%; text-style: bold; }
    & > .output-view--fold { color: $foreground 55%; text-style: italic; }
    & > .output-view--fold-glyph { color: $text-accent; text-style: bold; }
    & > .output-view--fold-label { color: $text-accent; text-style: bold not italic; }
    & > .output-view--no-time { color: $foreground 30%; }
    & > .output-view--origin-0 { color: $primary; }
    & > .output-view--origin-1 { color: $success; }
    & > .output-view--origin-2 { color: $secondary; }
    & > .output-view--origin-3 { color: $success-lighten-3; }
    & > .output-view--origin-4 { color: $primary-lighten-3; }
    & > .output-view--origin-5 { color: $foreground 70%; }
    & > .output-view--margin { color: $foreground 15%; }
    & > .output-view--margin-thumb { color: $foreground 45%; }
    & > .output-view--margin-traceback { color: $error; text-style: bold; }
    & > .output-view--margin-match { color: $warning; text-style: bold; }
    &:focus > .output-view--margin-thumb { color: $primary; }
    /* The terminal's own colours cannot be blended: what steps back is dim, and no background is laid under text. */
    &:ansi {
        & > .output-view--number { text-style: dim; }
        & > .output-view--time { text-style: dim; }
        & > .output-view--no-time { text-style: dim; }
        & > .output-view--selected { background: ansi_default; }
        & > .output-view--header { text-style: dim; }
        & > .output-view--library { text-style: dim; }
        & > .output-view--chain { text-style: dim italic; }
        & > .output-view--info { text-style: dim; }
        & > .output-view--debug { text-style: dim; }
        & > .output-view--marker { text-style: dim italic; }
        & > .output-view--suffix { text-style: dim italic; }
        & > .output-view--key { text-style: dim; }
        & > .output-view--chosen { background: ansi_default; text-style: reverse; }
        & > .output-view--match { background: ansi_default; color: $warning; text-style: underline; }
        & > .output-view--fold { text-style: dim italic; }
        & > .output-view--margin { text-style: dim; }
        & > .output-view--badge { background: ansi_default; color: $primary; text-style: bold reverse; }
    }
}
"""


class Palette:
    """Styles by name. ``base`` is that of plain text, background included; the others are laid over it."""

    def __init__(self, base: Style, styles: dict[str, Style]) -> None:
        self.base = base
        self._styles = styles

    def __getitem__(self, name: str) -> Style:
        return self._styles[name]


def resolve_palette(widget: Widget) -> Palette:
    """The palette for the present theme and state of ``widget``."""
    styles: dict[str, Style] = {}
    for name in NAMES:
        component = widget.get_component_styles(PREFIX + name)
        full = component.rich_style
        # Text keeps the background of the row it stands on, unless its class asks for one.
        background = full.bgcolor if component.has_rule("background") else None
        colour = full.color if component.has_rule("color") else None
        # Names in a frame line stand out of a layer that may be dim.
        dim = False if name in ("path", "line", "function") else None
        styles[name] = component.text_style + Style(color=colour, bgcolor=background, dim=dim)
    return Palette(widget.rich_style, styles)


@lru_cache(maxsize=1024)
def sgr_style(sgr: Sgr) -> Style:
    """What a program asked for, as a style. Palette colours stay names, so the theme's own colours are used."""
    return Style(
        color=_colour(sgr.foreground),
        bgcolor=_colour(sgr.background),
        bold=sgr.bold or None,
        dim=sgr.dim or None,
        italic=sgr.italic or None,
        underline=sgr.underline or None,
        reverse=sgr.reverse or None,
        strike=sgr.strike or None,
    )


def _colour(value: str | None) -> Color | None:
    if value is None:
        return None
    return Color.parse(value) if value.startswith("#") else Color.from_ansi(int(value))

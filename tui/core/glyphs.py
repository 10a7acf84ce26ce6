"""One glyph per state class, with an ASCII twin for terminals and fonts that lack them.

The glyphs are one cell wide in every terminal; none of them is an emoji or of ambiguous width.
"""

from __future__ import annotations

from tui.core.failures import State

_GLYPHS = {"x": "✗", "~": "↻", "!": "!", "?": "?", "*": "●", ".": "✓"}


def state_glyph(state: State, *, ascii_only: bool = False) -> str:
    """The glyph of the class of ``state``."""
    if state is State.QUIET:
        return "*" if ascii_only else "○"
    return state.letter if ascii_only else _GLYPHS[state.letter]


def class_glyph(letter: str, *, ascii_only: bool = False) -> str:
    """The glyph of the class with this letter."""
    return letter if ascii_only else _GLYPHS[letter]


def tone(state: State) -> str:
    """The name of the colour that goes with the state: red for failure, amber for doubt, else restraint."""
    return {"x": "error", "~": "warning", "!": "warning", "?": "muted", "*": "", ".": "muted"}[state.letter]

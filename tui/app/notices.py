"""What is told of an error for a moment, over the screen."""

from __future__ import annotations

from tui.core.errors import BoxscopeError
from tui.core.text import one_line


def notice_of(error: BoxscopeError) -> str:
    """What failed, and in a line of its own what to do next where that is known; cleaned."""
    return "\n".join(one_line(text) for text in (error.message, error.hint) if text)

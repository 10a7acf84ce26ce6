"""A word on the terminal from the first moment, while what draws the dashboard is still being imported.

It stands on the ordinary screen and is gone before anything else is written, whether that is the dashboard or an error.
This module imports next to nothing: what it needs is what a user waits for before seeing anything.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

TEXT = "boxscope is starting..."
HEADLESS = frozenset(("ps", "logs", "errors", "why", "profiles", "serve", "-h", "--help", "--version", "-V"))
"""Words that mean, anywhere before ``--``, that no dashboard is wanted."""

_is_shown = False


def show_splash(argv: Sequence[str]) -> None:
    """Say that the dashboard is coming, if it looks like that before the command line has been parsed."""
    global _is_shown  # noqa: PLW0603 - there is one terminal
    given = argv[: argv.index("--")] if "--" in argv else argv
    if HEADLESS.isdisjoint(given) and has_terminal() and sys.stderr is not None and sys.stderr.isatty():
        sys.stderr.write(TEXT)
        sys.stderr.flush()
        _is_shown = True


def clear_splash() -> None:
    """Take it away again; may be repeated."""
    global _is_shown  # noqa: PLW0603 - there is one terminal
    if _is_shown:
        _is_shown = False
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def has_terminal() -> bool:
    """Whether there is a terminal to draw on and to read keys from."""
    # A standard file is None where the caller closed it.
    files = (sys.stdin, sys.stdout)
    return all(file is not None and file.isatty() for file in files) and os.environ.get("TERM") != "dumb"

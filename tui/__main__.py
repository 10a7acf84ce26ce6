"""The command ``boxscope``. What it needs at start is kept small: each command imports its own parts."""

from __future__ import annotations

import sys

from tui import __version__


def main(argv: list[str] | None = None) -> int:
    """Carry out the command line and return the exit code."""
    given = sys.argv[1:] if argv is None else argv
    if given in (["--version"], ["-V"]):
        # Before anything else is imported, argparse included: scripts ask for it often.
        print(f"boxscope {__version__}")
        return 0
    from tui.cli.splash import clear_splash, show_splash

    show_splash(given)
    try:
        from tui.cli.main import run

        return run(given)
    finally:
        clear_splash()


if __name__ == "__main__":
    sys.exit(main())

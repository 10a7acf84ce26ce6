"""From a command line to an exit code: parse, call the command, and turn what is raised into a line on stderr."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from io import TextIOWrapper

from tui.cli import exits
from tui.cli.splash import clear_splash
from tui.core.errors import BoxscopeError


def run(argv: list[str]) -> int:
    """Carry out ``argv`` (without the program's name) and return the exit code."""
    from tui.cli.arguments import before_separator, parse

    as_json = "--json" in before_separator(argv)
    for file in (sys.stdout, sys.stderr):
        if isinstance(file, TextIOWrapper):
            # A character that the terminal's encoding lacks is written as an escape; it must not end the output.
            file.reconfigure(errors="backslashreplace")
    try:
        code = _call(parse(argv))
        # Here, and not at exit, so that a closed pipe is noticed where it can be told from a bug.
        sys.stdout.flush()
    except BoxscopeError as error:
        from tui.cli.printing import report

        clear_splash()
        report(error, as_json=as_json)
        return exits.exit_code(error)
    except BrokenPipeError:
        # Whoever reads had enough, as `head` has. What is still buffered must not fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.DONE
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    else:
        return code


def _call(arguments: Namespace) -> int:
    """Import the one command that is wanted and call it."""
    command: str = arguments.command
    if command == "ps":
        from tui.cli.ps import ps

        return ps(arguments)
    if command == "logs":
        from tui.cli.logs import logs

        return logs(arguments)
    if command == "errors":
        from tui.cli.errors import errors

        return errors(arguments)
    if command == "why":
        from tui.cli.why import why

        return why(arguments)
    if command == "profiles":
        from tui.cli.profiles import profiles

        return profiles(arguments)
    if command == "serve":
        from tui.cli.serve import serve

        return serve(arguments)
    if command == "demo":
        from tui.cli.embedded import demo

        return demo(arguments)
    if command == "run":
        from tui.cli.embedded import run as run_command

        return run_command(arguments)
    from tui.cli.dashboard import dashboard

    return dashboard(arguments)

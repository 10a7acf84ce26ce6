"""``boxscope demo`` and ``boxscope run``: the dashboard on the embedded sandbox."""

from __future__ import annotations

import os
import shutil
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from tui.cli import exits
from tui.cli.dashboard import import_dashboard, require_terminal, show
from tui.cli.demo_sandbox import NOTICE, DemoSandbox, way_to
from tui.cli.exits import Refusal

if TYPE_CHECKING:
    from tui.local.separate import SeparateSandbox


def demo(arguments: Namespace) -> int:
    """Show demo processes that fail in many ways, until the dashboard is left."""
    require_terminal()
    with DemoSandbox() as demo_sandbox:
        return _show(arguments, demo_sandbox.start(), notice=NOTICE)


def run(arguments: Namespace) -> int:
    """Watch one command; the exit code is its own, 128 + n where signal n ended it.

    The command has this process's working directory and environment. Leaving the dashboard kills it.
    """
    require_terminal()
    command, *args = arguments.command_line
    path = _executable(command)
    from tui.local.separate import SeparateSandbox

    with SeparateSandbox("run") as sandbox:
        started = sandbox.start_process({"command": path, "args": args, "working_dir": str(Path.cwd())})
        import_dashboard()
        pid = str(sandbox.record(started)["pid"])
        shown = _show(arguments, sandbox, initial=pid, guard=pid)
        ended = sandbox.end_process(pid)
        if shown:
            return shown
    return _code_of(ended)


def _executable(command: str) -> str:
    """The command if it can be started. Raises Refusal with the exit code that shells use."""
    if shutil.which(command):
        return command
    if os.sep in command and Path(command).exists():
        raise Refusal(
            f"{command} cannot be executed",
            "is it executable? boxscope starts commands itself, without a shell",
            exit_code=exits.NOT_EXECUTABLE,
            code="not_executable",
        )
    raise Refusal(
        f"there is no command '{command}'",
        "boxscope starts commands itself, without a shell; for shell syntax: boxscope run -- sh -c '...'",
        exit_code=exits.NO_SUCH_COMMAND,
        code="command_not_found",
    )


def _show(
    arguments: Namespace, sandbox: SeparateSandbox, *, initial: str = "", guard: str = "", notice: str = ""
) -> int:
    """The dashboard on ``sandbox``, which gets its token and no other credential."""
    import_dashboard()
    source, profile = way_to(sandbox, read_only=arguments.read_only)
    return show(source, [profile], initial=initial, guard=guard, notice=notice)


def _code_of(record: dict[str, object]) -> int:
    """The exit code that a shell would give for a finished process."""
    number, code = record.get("signal"), record.get("exit_code")
    if isinstance(number, int):
        return 128 + number
    if isinstance(code, int) and 0 <= code <= 255:
        return code
    print("boxscope: the exit status of the command is not known", file=sys.stderr)
    return exits.CANNOT_TELL

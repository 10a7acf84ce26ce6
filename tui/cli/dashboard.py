"""``boxscope`` without a command: the dashboard, and the terminal that it needs."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tui.cli import exits
from tui.cli.command_words import refuse_slip
from tui.cli.demo_sandbox import DemoSandbox
from tui.cli.splash import clear_splash, has_terminal
from tui.cli.targets import base_profile, connector, profile_files, target_profile, with_options
from tui.core.errors import UsageError
from tui.core.profile import Profile

if TYPE_CHECKING:
    from types import FrameType

    from tui.app.app import BoxscopeApp, StartDemo
    from tui.core.ports import Connector

GC_THRESHOLDS = (20_000, 20, 1000)
HEADLESS_HINT = "without one, use: boxscope ps TARGET, logs TARGET/PROC, errors TARGET, why TARGET/PROC, profiles ls"


def dashboard(arguments: Namespace) -> int:
    """Show the dashboard for the targets or the chosen profile, or the first-run screen where there is none."""
    if arguments.targets:
        refuse_slip(arguments.targets[0], known={p.name for p in profile_files(os.environ).listing().profiles})
    require_terminal()
    profiles = _profiles(arguments)
    if arguments.read_only or os.environ.get("BOXSCOPE_READ_ONLY", "") not in ("", "0"):
        profiles = [replace(profile, read_only=True) for profile in profiles]
    with DemoSandbox() as demo:
        return show(connector(arguments, os.environ), profiles, start_demo=demo.start_for_dashboard)


def _profiles(arguments: Namespace) -> list[Profile]:
    """One for each sandbox to watch; one that names none lets the user choose; none at all where there is no profile.

    Raises what :func:`target_profile` raises.
    """
    targets = dict.fromkeys(arguments.targets)
    if targets:
        return [target_profile(target, arguments, os.environ, needs_sandbox=len(targets) > 1) for target in targets]
    profile = base_profile(arguments, os.environ)
    if profile is None and (arguments.sandbox is not None or arguments.api_key_env is not None):
        profile = Profile()
    return [with_options(profile, arguments)] if profile is not None else []


def require_terminal() -> None:
    """Raise UsageError where there is no terminal to draw on or to read keys from."""
    if not has_terminal():
        raise UsageError("the dashboard needs a terminal", HEADLESS_HINT)


def import_dashboard() -> None:
    """Import what :func:`show` needs, for callers that wait for something else meanwhile."""
    # A start makes many objects that stay, a stream many lines that go: with the usual thresholds the collector would
    # look at all of them again and again, which takes a tenth of the start, and later makes pauses that are felt.
    gc.set_threshold(*GC_THRESHOLDS)
    import tui.app.app
    import tui.io.connector
    import tui.io.spool  # noqa: F401


def show(
    source: Connector,
    profiles: Sequence[Profile],
    *,
    initial: str = "",
    guard: str = "",
    notice: str = "",
    start_demo: StartDemo | None = None,
) -> int:
    """Run the dashboard until it is left; returns its exit code.

    What each of ``profiles`` names is watched, the first is shown; without one the user is asked. ``initial`` names the
    process to select, ``guard`` the one that leaving would kill; ``start_demo`` starts the demo where the user chooses
    it on the first screen.
    """
    import_dashboard()
    from tui.app.app import BoxscopeApp
    from tui.io.desktop import LocalDesktop
    from tui.io.editor import LocalEditor
    from tui.io.paths import cache_dir, config_dir
    from tui.io.spool import SpoolFile

    spool = cache_dir(os.environ) / "spool"
    editor = LocalEditor(os.environ, config_dir(os.environ))
    app = BoxscopeApp(
        connector=source,
        profiles=profile_files(os.environ),
        profile=profiles[0] if profiles else None,
        further=profiles[1:],
        new_store=lambda: SpoolFile(spool),
        desktop=LocalDesktop(os.environ, Path.cwd()),
        editor=editor,
        initial=initial,
        guard=guard,
        notice=notice,
        theme=os.environ.get("BOXSCOPE_THEME", ""),
        start_demo=start_demo,
        when_shown=keep_what_is_there,
    )
    before = {number: signal.signal(number, _leaving(app)) for number in (signal.SIGTERM, signal.SIGHUP)}
    clear_splash()
    try:
        app.run()
    finally:
        editor.close()
        for number, handler in before.items():
            signal.signal(number, handler)
    return app.return_code or exits.DONE


def keep_what_is_there() -> None:
    """What the first screen consists of stays, so the collector need not look at it again; next to none is garbage."""
    gc.freeze()


def _leaving(app: BoxscopeApp) -> signal._HANDLER:
    """A signal handler that leaves the dashboard in order, so that the terminal is restored."""

    def leave(number: int, _: FrameType | None) -> None:
        code = 128 + number
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            # The dashboard is not on screen: there is nothing to restore.
            raise SystemExit(code) from None
        loop.call_soon_threadsafe(lambda: app.exit(return_code=code))

    return leave

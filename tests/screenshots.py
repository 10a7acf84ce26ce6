"""Writes ``screenshots/``: the real dashboard on the embedded sandbox with the demo processes, at several sizes.

    python -m tests.screenshots [FOLDER]

The demo programs run under a link with a neutral name, so that the paths in their tracebacks are the same everywhere.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from textual.pilot import Pilot

from tui.app.app import BoxscopeApp
from tui.app.screens.monitor import MonitorScreen
from tui.app.widgets.errors_pane import ErrorsPane
from tui.app.widgets.failure_text import FailureText
from tui.app.widgets.output_view import OutputView
from tui.app.widgets.process_table import ProcessTable
from tui.core.blocks import MemoryBlocks
from tui.core.profile import KeySource, Profile, Transport
from tui.io.connector import HttpConnector
from tui.io.desktop import LocalDesktop
from tui.io.editor import LocalEditor
from tui.io.profiles import ProfileFiles
from tui.local.scenario import demo_scenario
from tui.local.server import LocalSandbox

Step = Callable[[Pilot[None], BoxscopeApp], Awaitable[None]]
WORKSPACE = Path(tempfile.gettempdir()) / "workspace"
PYTHON = Path(tempfile.gettempdir()) / "python3"


async def until(condition: Callable[[], bool], what: str, seconds: float = 20) -> None:
    """Wait for ``condition``. Raises TimeoutError naming ``what``."""
    try:
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise TimeoutError(what) from None


async def choose(pilot: Pilot[None], app: BoxscopeApp, program: str) -> None:
    """Move the cursor to the process that runs ``program`` and wait for its output."""
    await until(lambda: isinstance(app.screen, MonitorScreen), "the main screen")
    table = app.screen.query_one(ProcessTable)
    await until(lambda: any(program in timed.row.process.command_line for timed in table.rows), program)
    row = next(timed.row for timed in table.rows if program in timed.row.process.command_line)
    table.move_to(row.lineage)
    await pilot.pause(0.5)


async def third_run(app: BoxscopeApp) -> None:
    """Wait until the crash loop has failed three times while the app watched."""
    await until(lambda: isinstance(app.screen, MonitorScreen), "the main screen")
    groups = app.screen._session.errors.groups
    await until(lambda: any(group.count >= 3 for group in groups.groups()), "three equal failures", 60)


def text_of(app: BoxscopeApp, kind: type[FailureText]) -> str:
    """What a widget has to show, in sight or not."""
    return app.screen.query_one(kind).render().plain


async def crash_loop(pilot: Pilot[None], app: BoxscopeApp) -> None:
    """The crash loop, its latest traceback on screen."""
    await third_run(app)
    await choose(pilot, app, "agent.py")
    view = app.screen.query_one(OutputView)
    await until(lambda: bool(view.found and view.found.all), "a traceback")
    await pilot.pause(1)


async def output_zoomed(pilot: Pilot[None], app: BoxscopeApp) -> None:
    """The output alone, on a traceback."""
    await crash_loop(pilot, app)
    await pilot.press("tab", "z", "e")
    await pilot.pause(0.5)


async def traceback(pilot: Pilot[None], app: BoxscopeApp) -> None:
    """A folded traceback, chosen in the output."""
    await crash_loop(pilot, app)
    await pilot.press("3", "e")
    await pilot.pause(0.5)


async def failure(pilot: Pilot[None], app: BoxscopeApp) -> None:
    """Why it failed, and the source at the frame."""
    await crash_loop(pilot, app)
    await pilot.press("5")
    await until(lambda: "read from the sandbox" in text_of(app, FailureText), "the source")
    await pilot.pause(0.3)


async def groups(pilot: Pilot[None], app: BoxscopeApp) -> None:
    """Equal errors as groups, one of them muted."""
    await crash_loop(pilot, app)
    await pilot.press("4")
    table = app.screen.query_one(ErrorsPane).table
    await until(lambda: len(table.rows) >= 5, "five groups")
    await pilot.press("G", "M")
    await pilot.pause(0.5)
    app.clear_notifications()
    await pilot.press("g")
    await pilot.pause(0.5)


async def members(pilot: Pilot[None], app: BoxscopeApp) -> None:
    """Where the errors of one group were printed."""
    await choose(pilot, app, "worker.py")
    await pilot.press("4")
    pane = app.screen.query_one(ErrorsPane)
    await until(lambda: any(row.group.count > 1 for row in pane.table.rows), "a group with members")
    group = max((row.group for row in pane.table.rows), key=lambda group: group.count)
    pane.table.move_to(group.fingerprint.text)
    await pilot.press("enter")
    await pilot.pause(0.5)


async def exception_group(pilot: Pilot[None], app: BoxscopeApp) -> None:
    """An exception group with notes."""
    await choose(pilot, app, "fetch.py")
    await pilot.press("tab")
    await pilot.pause(0.5)


async def worker(pilot: Pilot[None], app: BoxscopeApp) -> None:
    """A chatty worker, searched."""
    await choose(pilot, app, "worker.py")
    await pilot.press("tab", "slash", *"job", "enter")
    await pilot.pause(0.5)


async def quiet(pilot: Pilot[None], app: BoxscopeApp) -> None:
    """A process that writes nothing."""
    await choose(pilot, app, "cache.py")
    await until(lambda: "Nothing" in str(app.screen.query_one("#output-empty").render()), "the empty state")


async def help_screen(pilot: Pilot[None], app: BoxscopeApp) -> None:
    """All keys."""
    await choose(pilot, app, "agent.py")
    await pilot.press("question_mark")
    await pilot.pause(0.5)


async def actions(pilot: Pilot[None], app: BoxscopeApp) -> None:
    """What can be done to a process."""
    await choose(pilot, app, "worker.py")
    await pilot.press("a")
    await pilot.pause(0.5)


async def details(pilot: Pilot[None], app: BoxscopeApp) -> None:
    """Everything known about a process."""
    await choose(pilot, app, "agent.py")
    await pilot.press("d")
    await pilot.pause(0.5)


async def profile_form(pilot: Pilot[None], app: BoxscopeApp) -> None:
    """A new profile."""
    await choose(pilot, app, "agent.py")
    await pilot.press("ctrl+o")
    await pilot.pause(0.3)
    await pilot.press("n")
    await pilot.pause(0.5)


async def merged(pilot: Pilot[None], app: BoxscopeApp) -> None:
    """The output of some processes in one."""
    await choose(pilot, app, "agent.py")
    table = app.screen.query_one(ProcessTable)
    for _ in range(4):
        await pilot.press("space", "j")
    await until(lambda: len(table.marked) == 4, "four selected processes")
    await pilot.press("M")
    await pilot.pause(2)


async def selected(pilot: Pilot[None], app: BoxscopeApp) -> None:
    """Some processes selected in the list."""
    await choose(pilot, app, "agent.py")
    for _ in range(3):
        await pilot.press("space", "j")
    await pilot.pause(0.3)


async def first_run(pilot: Pilot[None], app: BoxscopeApp) -> None:
    """Nothing is set up yet."""
    await pilot.pause(0.5)


SHOTS: tuple[tuple[str, tuple[int, int], str, Step], ...] = (
    ("dashboard-160x50", (160, 50), "boxscope-dark", crash_loop),
    ("dashboard-100x30", (100, 30), "boxscope-dark", crash_loop),
    ("dashboard-80x24", (80, 24), "boxscope-dark", crash_loop),
    ("dashboard-60x15", (60, 15), "boxscope-dark", crash_loop),
    ("dashboard-light-120x36", (120, 36), "boxscope-light", exception_group),
    ("output-100x30", (100, 30), "boxscope-dark", output_zoomed),
    ("failure-160x50", (160, 50), "boxscope-dark", failure),
    ("failure-100x30", (100, 30), "boxscope-dark", failure),
    ("failure-80x24", (80, 24), "boxscope-dark", failure),
    ("groups-160x50", (160, 50), "boxscope-dark", groups),
    ("groups-100x30", (100, 30), "boxscope-dark", groups),
    ("groups-80x24", (80, 24), "boxscope-dark", groups),
    ("members-100x30", (100, 30), "boxscope-dark", members),
    ("traceback-160x50", (160, 50), "boxscope-dark", traceback),
    ("traceback-100x30", (100, 30), "boxscope-dark", traceback),
    ("traceback-80x24", (80, 24), "boxscope-dark", traceback),
    ("failure-light-160x50", (160, 50), "boxscope-light", failure),
    ("search-100x30", (100, 30), "boxscope-dark", worker),
    ("quiet-100x30", (100, 30), "boxscope-dark", quiet),
    ("selected-100x30", (100, 30), "boxscope-dark", selected),
    ("merged-160x50", (160, 50), "boxscope-dark", merged),
    ("merged-80x24", (80, 24), "boxscope-dark", merged),
    ("merged-60x15", (60, 15), "boxscope-dark", merged),
    ("actions-100x30", (100, 30), "boxscope-dark", actions),
    ("details-100x30", (100, 30), "boxscope-dark", details),
    ("help-100x30", (100, 30), "boxscope-dark", help_screen),
    ("profile-form-100x30", (100, 30), "boxscope-dark", profile_form),
    ("first-run-80x24", (80, 24), "boxscope-dark", first_run),
)


async def shoot(
    folder: Path, sandbox: LocalSandbox, name: str, size: tuple[int, int], theme: str, step: Step, home: Path
) -> None:
    """Write one picture."""
    url = Profile(
        "demo", sandbox=sandbox.name, api_url=sandbox.url, key_source=KeySource.NONE, transport=Transport.AUTO
    )
    app = BoxscopeApp(
        connector=HttpConnector({}, home, home, token=sandbox.token),
        profiles=ProfileFiles(home / "profiles"),
        profile=None if step is first_run else url,
        new_store=MemoryBlocks,
        desktop=LocalDesktop({}, home),
        editor=LocalEditor({}, home),
        theme=theme,
    )
    async with app.run_test(size=size) as pilot:
        await step(pilot, app)
        svg = app.export_screenshot(title=f"boxscope {name.rpartition('-')[0]}")
    # Blanks at the beginning of a text matter; some programs that draw SVG drop them unless told otherwise.
    (folder / f"{name}.svg").write_text(svg.replace("<text ", '<text xml:space="preserve" '), encoding="utf-8")


@contextmanager
def demo() -> Iterator[LocalSandbox]:
    """The demo processes in a sandbox of their own."""
    shutil.rmtree(WORKSPACE, ignore_errors=True)
    try:
        with LocalSandbox("demo") as sandbox:
            for request in demo_scenario(WORKSPACE):
                environment = {**request["env"], "PYTHONHOME": str(PYTHON)}
                sandbox.start_process({**request, "command": str(PYTHON / "bin" / "python3"), "env": environment})
            yield sandbox
    finally:
        shutil.rmtree(WORKSPACE, ignore_errors=True)


async def main(folder: Path, only: str) -> None:
    """Write all pictures, or those whose name contains ``only``."""
    folder.mkdir(parents=True, exist_ok=True)
    PYTHON.unlink(missing_ok=True)
    PYTHON.symlink_to(sys.base_prefix)
    try:
        with tempfile.TemporaryDirectory() as home:
            # Equal failures are counted from when they are watched, so every picture begins with the sandbox.
            for name, size, theme, step in SHOTS:
                if only in name:
                    with demo() as sandbox:
                        await shoot(folder, sandbox, name, size, theme, step, Path(home))
                    print(folder / f"{name}.svg", flush=True)
    finally:
        PYTHON.unlink(missing_ok=True)


if __name__ == "__main__":
    os.environ.pop("NO_COLOR", None)
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "screenshots"
    asyncio.run(main(target, sys.argv[2] if len(sys.argv) > 2 else ""))

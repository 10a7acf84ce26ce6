"""The dashboard on a fake sandbox, as a test sees and uses it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from tests.fakes import FakeApi, FakeConnector, FakeControl, FakeDesktop, FakeEditor, FakeProfiles
from tui.app.app import BoxscopeApp
from tui.app.screens.monitor import MonitorScreen
from tui.app.widgets.output_pane import OutputPane
from tui.app.widgets.process_table import ProcessTable
from tui.core.blocks import MemoryBlocks
from tui.core.profile import Profile

TRACEBACK = [
    "Traceback (most recent call last):",
    '  File "/workspace/agent.py", line 3, in main',
    "    run()",
    "KeyError: 'choices'",
]
PROFILE = Profile("prod", sandbox="box", refresh_interval=0.2)


class Dashboard:
    def __init__(self, app: BoxscopeApp, pilot: Pilot[None], api: FakeApi, connector: FakeConnector) -> None:
        self.app, self.pilot, self.api, self.connector = app, pilot, api, connector
        self.desktop, self.editor = FakeDesktop(), FakeEditor()

    @property
    def screen(self) -> MonitorScreen:
        return next(s for s in self.app.screen_stack if isinstance(s, MonitorScreen))

    @property
    def table(self) -> ProcessTable:
        return self.screen.query_one(ProcessTable)

    @property
    def pane(self) -> OutputPane:
        return self.screen.query_one(OutputPane)

    def pids(self) -> list[int]:
        return [timed.row.process.pid for timed in self.table.rows]

    @property
    def cursor_pid(self) -> int:
        row = self.table.cursor_process
        assert row is not None
        return row.process.pid

    def shown(self) -> str:
        """Everything on the screen as text."""
        width, height = self.app.size
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text[:width] for strip in strips[:height])

    async def until(self, condition: Callable[[], Any], what: str = "") -> None:
        try:
            async with asyncio.timeout(10):
                while not condition():
                    await self.pilot.pause(0.02)
        except TimeoutError:
            raise AssertionError(f"{what or 'condition'} did not come\n{self.shown()}") from None

    async def sees(self, text: str) -> None:
        await self.until(lambda: text in self.shown(), f"“{text}”")

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()


@asynccontextmanager
async def dashboard(
    *listed: Any,
    size: tuple[int, int] = (100, 30),
    profile: Profile | None = PROFILE,
    profiles: FakeProfiles | None = None,
    control: FakeControl | None = None,
    ready: bool = True,
    files: Mapping[str, bytes] | None = None,
    **options: Any,
) -> AsyncIterator[Dashboard]:
    api = FakeApi()
    api.listed = list(listed)
    api.files.update(files or {})
    for known in listed:
        if str(known.pid).startswith("1"):
            api.write(str(known.pid), *TRACEBACK)
    connector = FakeConnector(api, control)
    desktop, editor = FakeDesktop(), FakeEditor()
    app = BoxscopeApp(
        connector=connector,
        profiles=profiles or FakeProfiles(PROFILE),
        profile=profile,
        new_store=MemoryBlocks,
        desktop=desktop,
        editor=editor,
        **options,
    )
    async with app.run_test(size=size, notifications=True) as pilot:
        board = Dashboard(app, pilot, api, connector)
        board.desktop, board.editor = desktop, editor
        if ready and profile is not None:
            await board.until(lambda: isinstance(app.screen, MonitorScreen) and len(board.table.rows) == len(listed))
        yield board


ended = {"status": "exited", "exit_code": 1, "ended_at": 1_800_000_005_000}

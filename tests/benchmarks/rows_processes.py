"""G14: the process list of a busy sandbox, read and shown each time anew."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator

from tests.benchmarks.programs import SourceProcess, in_child
from tests.benchmarks.report import Row, row
from tests.benchmarks.scale import Scale


async def list_figures(url: str, rounds: int, step: str) -> float:
    """In a child: processor milliseconds of one look at the process list, to its frame, in the real dashboard."""
    from pathlib import Path

    from tests.benchmarks.bench_view import SilentDriver
    from tui.app.app import BoxscopeApp
    from tui.app.screens.monitor import MonitorScreen
    from tui.cli.dashboard import import_dashboard, keep_what_is_there
    from tui.core.blocks import MemoryBlocks
    from tui.core.profile import Profile
    from tui.io.connector import HttpConnector
    from tui.io.desktop import LocalDesktop
    from tui.io.editor import LocalEditor
    from tui.io.profiles import ProfileFiles

    import_dashboard()
    SilentDriver.painted = asyncio.Event()
    app = BoxscopeApp(
        connector=HttpConnector(os.environ, Path.home(), Path.cwd(), "bench-token"),
        profiles=ProfileFiles(Path.home() / "profiles"),
        profile=Profile(sandbox_url=url, refresh_interval=60),
        new_store=MemoryBlocks,
        desktop=LocalDesktop(os.environ, Path.cwd()),
        editor=LocalEditor(os.environ, Path.cwd()),
        when_shown=keep_what_is_there,
    )
    app.driver_class = SilentDriver
    costs: list[float] = []

    async def measure() -> None:
        while not (isinstance(app.screen, MonitorScreen) and app.screen._session.monitor.has_listed):
            await asyncio.sleep(0.05)
        monitor = app.screen._session.monitor
        await asyncio.sleep(1.5)
        for _ in range(rounds):
            # The monitor itself sleeps for a minute, so that this is the only look.
            began = time.process_time()
            SilentDriver.painted.clear()
            await monitor._look()
            monitor._judge_again()
            if step == "changed":
                await asyncio.wait_for(SilentDriver.painted.wait(), 5)
            costs.append(time.process_time() - began)
            await asyncio.sleep(0.1)
        app.exit()

    measuring = asyncio.create_task(measure())
    await app.run_async()
    await measuring
    costs.sort()
    return 1000 * costs[len(costs) // 2]


async def table_figures(url: str, rounds: int) -> float:
    """In a child: the same with httpx, json and a DataTable of which every cell is updated."""
    import httpx
    from textual.app import App, ComposeResult
    from textual.widgets import DataTable

    from tests.benchmarks.bench_view import SilentDriver

    SilentDriver.painted = asyncio.Event()
    fields = ("pid", "status", "exit_code", "started_at", "command")
    costs: list[float] = []

    class TableApp(App[None]):
        def compose(self) -> ComposeResult:
            yield DataTable(cursor_type="row")

        def on_ready(self) -> None:
            self.run_worker(self.measure())

        async def measure(self) -> None:
            table = self.query_one(DataTable)
            for field in fields:
                table.add_column(field, key=field)
            async with httpx.AsyncClient(trust_env=False) as client:
                for number in range(rounds + 1):
                    began = time.process_time()
                    records = (await client.get(f"{url}/api/v1/processes")).json()["processes"]
                    for record in records:
                        key = str(record["pid"])
                        if number:
                            for field in fields:
                                table.update_cell(key, field, str(record[field]))
                        else:
                            table.add_row(*(str(record[field]) for field in fields), key=key)
                    SilentDriver.painted.clear()
                    await asyncio.wait_for(SilentDriver.painted.wait(), 10)
                    costs.append(time.process_time() - began)
                    await asyncio.sleep(0.1)
            self.exit()

    await TableApp(driver_class=SilentDriver).run_async()
    kept = sorted(costs[1:])
    return 1000 * kept[len(kept) // 2]


def list_rows(scale: Scale) -> Iterator[Row]:
    """G14."""
    changed, unchanged, plain = [], [], []
    rounds = 9
    with SourceProcess(1000) as source:
        for _ in range(scale.long_runs):
            source.do("processes", count=1000, changing=10)
            changed.append(in_child("rows_processes:list_figures", source.url, rounds, "changed"))
            plain.append(in_child("rows_processes:table_figures", source.url, rounds))
            source.do("processes", count=1000, changing=0)
            unchanged.append(in_child("rows_processes:list_figures", source.url, rounds, "unchanged"))
    note = "1,000 processes, 10 of them changed; request, diff and frame; processor"
    yield row("G14", "process list; DataTable", changed, ("DataTable", plain), 0.1, note=note)
    note = "from the request until the answer is taken in; processor"
    yield row("G14", "unchanged process list; DataTable", unchanged, ("DataTable", plain), 0.02, note=note)

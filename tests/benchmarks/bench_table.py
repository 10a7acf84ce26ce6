"""Ratios of our table to Textual's DataTable over the same rows: fill, equal refresh, update of 1 %, sort.

Run it by hand (``python tests/benchmarks/bench_table.py [rows] [repeats]``). Both tables run headless in one process,
one after the other; a sample ends when the frame is composed. Sorting the rows is inside both times. An equal refresh
gives our table new but equal rows, and DataTable equal cells. Medians; the ratios are what matters.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from rich.text import Text
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import DataTable

from tui.app.widgets.table_columns import Cell, Column, fit, fixed, flex
from tui.app.widgets.virtual_table import VirtualTable

SIZE = (200, 50)
LIMIT = 0.1


@dataclass(frozen=True, slots=True)
class Row:
    """A process as a table shows it."""

    pid: int
    state: str
    lasted: int
    errors: int
    command: str


def make_rows(count: int) -> list[Row]:
    """``count`` different rows."""
    states = ("running", "failed", "exited", "stopped")
    return [
        Row(1000 + i, states[i % 4], i * 7919 % 86400, i * 31 % 97, f"python -m worker --queue q{i}")
        for i in range(count)
    ]


COLUMNS = (
    Column[Row]("pid", "Pid", lambda r: Cell(str(r.pid)), fit(5, 8), "right", 0),
    Column[Row]("state", "State", lambda r: Cell(r.state, "error" if r.state == "failed" else ""), fit(6, 10)),
    Column[Row]("lasted", "Lasted", lambda r: Cell(f"{r.lasted}s"), fixed(8), "right"),
    Column[Row]("errors", "Errors", lambda r: Cell(str(r.errors)), fixed(6), "right"),
    Column[Row]("command", "Command", lambda r: Cell(r.command), flex(20)),
)


class OursApp(App[None]):
    """Our table alone on the screen."""

    def compose(self) -> ComposeResult:
        """The table."""
        yield VirtualTable(COLUMNS, lambda row: row.pid)


class PeerApp(App[None]):
    """A DataTable alone on the screen."""

    def compose(self) -> ComposeResult:
        """The table."""
        yield DataTable(cursor_type="row")


def by_duration(row: Row) -> int:
    """What both tables sort by."""
    return row.lasted


async def timed(pilot: Pilot[None], change: Callable[[], object]) -> float:
    """Milliseconds from ``change`` until the screen has nothing left to do."""
    await pilot.pause()
    gc.collect()
    start = time.perf_counter()
    change()
    await settled(pilot)
    return (time.perf_counter() - start) * 1000


async def settled(pilot: Pilot[None]) -> None:
    """Until every queued message is handled and the frame is composed, without any fixed wait."""
    done = asyncio.Event()
    pilot.app.screen.call_after_refresh(done.set)
    await done.wait()


def our_steps(table: VirtualTable[Row], rows: list[Row]) -> dict[str, Callable[[], object]]:
    """What is measured of our table, in this order."""
    changed = [replace(row, errors=row.errors + 1) if i % 100 == 0 else row for i, row in enumerate(rows)]

    def refresh() -> None:
        table.set_rows([replace(row) for row in rows])

    def sort() -> None:
        table.move_to(rows[3].pid)
        table.set_rows(sorted(changed, key=by_duration))

    return {
        "fill": lambda: table.set_rows(rows),
        "equal refresh": refresh,
        "update 1 %": lambda: table.set_rows(changed),
        "sort": sort,
    }


def peer_steps(table: DataTable[Text], rows: list[Row]) -> dict[str, Callable[[], object]]:
    """The same with DataTable, fed as its documentation says: ``add_row``, and ``update_cell`` by key."""

    def fill() -> None:
        for row in rows:
            table.add_row(*(Text(column.render(row).text) for column in COLUMNS), key=str(row.pid))

    def refresh() -> None:
        for row in rows:
            for column in COLUMNS:
                table.update_cell(str(row.pid), column.key, Text(column.render(row).text))

    def update() -> None:
        for row in rows[::100]:
            table.update_cell(str(row.pid), "errors", Text(str(row.errors + 1)))

    def sort() -> None:
        table.sort("lasted", key=lambda cell: int(cell.plain[:-1]))

    return {"fill": fill, "equal refresh": refresh, "update 1 %": update, "sort": sort}


async def sample(make: type[OursApp | PeerApp], rows: list[Row], into: dict[str, list[float]]) -> None:
    """One sample of every step in a fresh app."""
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        if isinstance(app, OursApp):
            steps = our_steps(app.query_one(VirtualTable), rows)
        else:
            table = app.query_one(DataTable)
            for column in COLUMNS:
                table.add_column(column.title, key=column.key)
            steps = peer_steps(table, rows)
        for name, step in steps.items():
            into.setdefault(name, []).append(await timed(pilot, step))


def main(count: int = 10_000, repeats: int = 5) -> None:
    """Measure and print."""
    rows = make_rows(count)
    mine: dict[str, list[float]] = {}
    other: dict[str, list[float]] = {}
    for _ in range(repeats):
        asyncio.run(sample(OursApp, rows, mine))
        asyncio.run(sample(PeerApp, rows, other))
    print(f"table, {count} rows, median of {repeats}, {SIZE[0]}x{SIZE[1]}")
    for name, samples in mine.items():
        left, right = statistics.median(samples), statistics.median(other[name])
        verdict = "" if left <= LIMIT * right else "  above the goal"
        print(f"  {name:14} {left:8.2f} ms   DataTable {right:8.1f} ms   {left / right:.3f}x (goal {LIMIT}x){verdict}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))

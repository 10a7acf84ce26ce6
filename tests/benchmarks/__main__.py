"""Measures boxscope beside its peers in one run and prints ratios.

    python -m tests.benchmarks [--quick] [--list] [G6 G18 ...]

BENCH_JSON=path writes the rows as JSON too. Only ratios and shares mean anything; absolute figures are this machine's.
What a missing peer would have told is not measured and said so. Exit code 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks import (
    peers,
    rows_network,
    rows_open,
    rows_processes,
    rows_start,
    rows_stream,
    rows_text,
    rows_view,
)
from tests.benchmarks.report import Row, heading, line_of, missing, write_json
from tests.benchmarks.scale import FULL, QUICK, Scale

SUITES: tuple[tuple[frozenset[str], Callable[[Scale], Iterator[Row]]], ...] = (
    (frozenset({"G12"}), rows_start.command_rows),
    (frozenset({"G13"}), rows_start.frame_rows),
    (frozenset({"G20"}), rows_start.idle_rows),
    (frozenset({"G6"}), rows_view.frame_rows),
    (frozenset({"G19"}), rows_view.resize_rows),
    (frozenset({"G18"}), rows_view.table_rows),
    (frozenset({"G9"}), rows_text.search_rows),
    (frozenset({"G16"}), rows_text.detection_rows),
    (frozenset({"G10"}), rows_network.snapshot_rows),
    (frozenset({"G11"}), rows_network.wire_rows),
    (frozenset({"G14"}), rows_processes.list_rows),
    (frozenset({"G15"}), rows_network.streams_rows),
    (frozenset({"G7"}), rows_stream.latency_rows),
    (frozenset({"G3", "G4"}), rows_stream.flood_rows),
    (frozenset({"G5"}), rows_stream.heartbeat_rows),
    (frozenset({"G17"}), rows_stream.exactness_rows),
    (frozenset({"G3", "G17"}), rows_stream.sdk_rows),
    (frozenset({"G1", "G2", "G8", "G17"}), rows_open.rows),
)
GOALS = [f"G{number}" for number in range(1, 21)]


def main() -> int:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Ratios of boxscope to its peers.")
    parser.add_argument("goals", nargs="*", metavar="GOAL", help="rows to measure, such as G6 G18 (default: all)")
    parser.add_argument("--quick", action="store_true", help="smaller data and fewer runs")
    options = parser.parse_args()
    unknown = set(options.goals).difference(GOALS)
    if unknown:
        parser.error(f"no such goal: {' '.join(sorted(unknown))}")
    wanted = set(options.goals or GOALS)
    scale = QUICK if options.quick else FULL
    conditions = _conditions(scale)
    print("\n".join(f"{key}: {value}" for key, value in conditions.items()))
    if scale is QUICK:
        print("smaller data and fewer runs than the goals are stated for: for a look, not for a verdict")
    print(heading(), flush=True)
    found: list[Row] = []
    began = time.monotonic()
    for goals, measure in SUITES:
        if goals & wanted:
            for one in _measured(sorted(goals), measure, scale):
                if one.goal in wanted:
                    found.append(one)
                    print(line_of(one), flush=True)
    print(_summary(found, time.monotonic() - began))
    if path := os.environ.get("BENCH_JSON"):
        write_json(Path(path), found, conditions)
    return 1 if any(one.ok is False for one in found) else 0


def _measured(goals: list[str], measure: Callable[[Scale], Iterator[Row]], scale: Scale) -> Iterator[Row]:
    """Its rows; one that says why, where a program did not do what it should."""
    try:
        yield from measure(scale)
    except Exception as error:  # noqa: BLE001 - one row that cannot be measured must not lose the others
        yield missing("/".join(goals) if len(goals) > 1 else goals[0], measure.__name__, f"{error}"[:600])


def _conditions(scale: Scale) -> dict[str, object]:
    names = ("textual", "httpx", "aiohttp", "msgspec")
    return {
        "scale": f"{scale.name}: {scale.lines:.0e} lines, terminal 200x50",
        "machine": f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}",
        "libraries": ", ".join(f"{name} {version(name)}" for name in names),
        "peers": ", ".join([*peers.describe().values(), *([peers.TOOLONG] if peers.toolong() else [])]),
    }


def _summary(found: list[Row], seconds: float) -> str:
    holding, missed = (sum(one.ok is answer for one in found) for answer in (True, False))
    unknown = sum(one.ours is None for one in found)
    return (
        f"{holding} goals hold, {missed} do not, {unknown} were not measured; {seconds:.0f} s, "
        f"load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    sys.exit(main())

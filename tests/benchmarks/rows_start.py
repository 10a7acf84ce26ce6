"""G12, G13 and G20: what it costs to start, and to do nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import peers
from tests.benchmarks.generated_log import marker, write_log
from tests.benchmarks.programs import Drawn, SourceProcess, clean_environment, dashboard, home
from tests.benchmarks.report import Row, missing, row
from tests.benchmarks.scale import Scale

FIRST = marker(21)


def command_rows(scale: Scale) -> Iterator[Row]:
    """G12."""
    script = Path(sys.executable).parent / "boxscope"
    ours = [str(script)] if script.exists() else [sys.executable, "-m", "tui"]
    runs = scale.runs * 4
    nothing = [_seconds([sys.executable, "-c", "pass"]) for _ in range(2)][:0]
    version, help_, toolong = [], [], []
    for _ in range(runs):
        nothing.append(_seconds([sys.executable, "-c", "pass"]))
        version.append(_seconds([*ours, "--version"]))
        help_.append(_seconds([*ours, "--help"]))
    for name, found, limit in (("--version", version, 2.0), ("--help", help_, 4.0)):
        yield row(
            "G12", f"{name}; python -c pass", found, ("python", nothing), limit, note="medians of alternating runs"
        )
    yield row("G12", "--help, absolute", help_, None, 60)
    if peers.toolong():
        toolong = [_seconds([peers.toolong(), "--version"]) for _ in range(scale.runs)]
        yield row("G12", "--version; toolong", version, ("toolong", toolong), None, note="no goal")
    else:
        yield missing("G12", "--version; toolong", peers.missing("toolong"))


def _seconds(command: list[str]) -> float:
    began = time.monotonic()
    subprocess.run(command, env=clean_environment(), check=True, capture_output=True)
    return 1000 * (time.monotonic() - began)


def frame_rows(scale: Scale) -> Iterator[Row]:
    """G13."""
    path = home() / "small.log"
    write_log(path, 1000, FIRST)
    runs = scale.runs + 2
    least, ours, lines, toolong, splash, printed = [], [], [], [], [], []
    with SourceProcess(1000) as source:
        source.do("log", count=1000, marker=FIRST)
        for _ in range(runs):
            least.append(_first_frame([sys.executable, "-m", "tests.benchmarks.peer_apps", "static"], "ready-to-read"))
            ours.append(_first_frame(dashboard(source.url), "Processes"))
            splash.append(_first_frame(dashboard(source.url), "is starting"))
            printed.append(_first_frame([sys.executable, "-c", "print('is starting')"], "is starting"))
            lines.append(_first_frame(dashboard(source.url), FIRST))
            if peers.toolong():
                toolong.append(_first_frame([peers.toolong(), str(path)], FIRST))
    note = "until the dashboard with its panes is drawn"
    yield row("G13", "first frame; one Static in Textual", ours, ("Static", least), 1.4, note=note)
    if toolong:
        yield row("G13", "first frame; toolong", ours, ("toolong", toolong), 0.6, note=note)
        yield row("G13", "first lines of the log; toolong", lines, ("toolong", toolong), None, note="no goal")
    else:
        yield missing("G13", "first frame; toolong", peers.missing("toolong"))
    yield row("G13", "splash; print", splash, ("python", printed), 1.5, note="the word that stands until that frame")
    path.unlink()


def _first_frame(command: list[str], text: str) -> float:
    with Drawn(*command) as shown:
        return 1000 * (shown.when(text) - shown.began)


def idle_rows(scale: Scale) -> Iterator[Row]:
    """G20."""
    shares, drawn = [], 0.0
    for _ in range(3):
        with SourceProcess(1000) as source:
            source.do("log", count=1000, marker=FIRST)
            with Drawn(*dashboard(source.url)) as shown:
                shown.when(FIRST)
                shown.drain(5.0)
                cpu, began, size = shown.cpu(), time.monotonic(), shown.drawn_bytes
                shown.drain(scale.idle_seconds)
                took = time.monotonic() - began
                shares.append(100 * (shown.cpu() - cpu) / took)
                drawn = (shown.drawn_bytes - size) / took
    note = f"over {scale.idle_seconds:g} s, one process followed and silent; {drawn / 1000:.1f} kB/s are drawn"
    yield row("G20", "idle, share of a core", shares, None, 2.0, unit="%", note=note)

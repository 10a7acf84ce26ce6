"""G9 and G16: searching a large log beside grep, and finding tracebacks beside a bare loop over its lines."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import peers
from tests.benchmarks.generated_log import NEEDLE, log_lines, marker, write_log
from tests.benchmarks.heartbeat import Heartbeat
from tests.benchmarks.programs import home, in_child
from tests.benchmarks.report import Row, missing, row
from tests.benchmarks.scale import Scale

BATCH = 2000


async def search_figures(count: int, folder: str, smart_case: bool) -> tuple[float, float, int]:
    """In a child: milliseconds of a search, the longest freeze, hits. A capital letter makes it heed the case."""
    from tui.app.widgets.output_search import OutputSearch
    from tui.core.buffer import LineBuffer
    from tui.core.models import RawLine
    from tui.core.search import compile_query
    from tui.io.spool import SpoolFile

    buffer = LineBuffer(SpoolFile(Path(folder)))
    lines = [RawLine(line) for line in log_lines(count)]
    for at in range(0, count, BATCH):
        buffer.append(lines[at : at + BATCH])
    del lines
    beat = Heartbeat()
    beat.start()
    await asyncio.sleep(0.1)
    search = OutputSearch(compile_query(NEEDLE, smart_case=smart_case), buffer, 0)
    began = time.monotonic()
    async for _ in search.run():
        if search.is_complete:
            break
    took = time.monotonic() - began
    return 1000 * took, beat.stop()[0], len(search.hits)


def search_rows(scale: Scale) -> Iterator[Row]:
    """G9."""
    path = home() / "searched.log"
    write_log(path, scale.lines, marker(31))
    exact = [in_child("rows_text:search_figures", scale.lines, str(home()), False) for _ in range(scale.runs)]
    folded = [in_child("rows_text:search_figures", scale.lines, str(home()), True) for _ in range(scale.runs)]
    note = f"{exact[0][2]} hits in {scale.lines:.0e} lines, with their line numbers; spool file"
    program = peers.installed("grep")
    for name, found, flags, limit in (
        ("search; grep -cF", exact, "-cF", 1.5),
        ("search, either case; grep -ciF", folded, "-ciF", None),
    ):
        if program:
            other = [_grep(program, flags, path) for _ in range(scale.runs)]
            yield row("G9", name, [one[0] for one in found], ("grep", other), limit, note=note)
        else:
            yield missing("G9", name, peers.missing("grep"))
    yield row("G9", "longest freeze in a search", [one[1] for one in exact], None, 5)
    path.unlink()


def _grep(program: str, flags: str, path: Path) -> float:
    began = time.monotonic()
    with subprocess.Popen([program, flags, NEEDLE, str(path)], stdout=subprocess.PIPE) as counting:
        subprocess.run(["cat"], stdin=counting.stdout, capture_output=True, check=True)
    return 1000 * (time.monotonic() - began)


def detection_figures(count: int) -> tuple[float, float, int]:
    """In a child: processor seconds of the detector and of a bare loop over the same lines; tracebacks found."""
    from tui.core.tracebacks.detector import TracebackDetector

    lines = log_lines(count)
    batches = [lines[at : at + BATCH] for at in range(0, count, BATCH)]
    began = time.process_time()
    for batch in batches:
        for line in batch:
            if line[:1] == "T" and line.startswith("Traceback"):
                pass
    bare = time.process_time() - began
    detector = TracebackDetector()
    found = 0
    began = time.process_time()
    for batch in batches:
        found += len(detector.feed_many(batch))
    found += len(detector.flush())
    return time.process_time() - began, bare, found


def detection_rows(scale: Scale) -> Iterator[Row]:
    """G16."""
    runs = [in_child("rows_text:detection_figures", scale.lines) for _ in range(scale.runs)]
    each = 1e9 / scale.lines
    note = f"{runs[0][2]} tracebacks found; a loop that looks for their first line only"
    ours = [each * ours for ours, _, _ in runs]
    yield row(
        "G16", "tracebacks; bare loop", ours, ("loop", [each * bare for _, bare, _ in runs]), 1.5, unit="ns", note=note
    )
    yield row("G16", "tracebacks, a line", ours, None, 100, unit="ns")

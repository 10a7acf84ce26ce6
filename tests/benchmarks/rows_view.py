"""G6, G18 and G19: frames of the output view beside Log, and of the table beside DataTable."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.programs import in_child
from tests.benchmarks.report import Row, row
from tests.benchmarks.scale import Scale

FEW = 10_000
"""Lines of the small log; fewer would not last for all the pages that are measured."""


def frame_figures(lines: int) -> dict[str, float]:
    """In a child: the costs of one frame over ``lines`` lines."""
    from tests.benchmarks.bench_view import measure_view, run, view_of

    return run(view_of(lines), measure_view)


def log_figures() -> dict[str, float]:
    """In a child: the same of Log over a million lines."""
    from textual.widgets import Log

    from tests.benchmarks.bench_view import measure_log, run

    return run(Log, measure_log)


def resize_figure(lines: int) -> float:
    """In a child: the cost of a resize with wrapped lines."""
    from tests.benchmarks.bench_view import measure_resize, run, view_of

    return run(view_of(lines, wrap=True), measure_resize)["resize"]


async def table_figures(count: int, whose: str) -> dict[str, list[float]]:
    """In a child: one sample of each step of a table."""
    from tests.benchmarks.bench_table import OursApp, PeerApp, make_rows, sample

    found: dict[str, list[float]] = {}
    await sample(OursApp if whose == "ours" else PeerApp, make_rows(count), found)
    return found


def frame_rows(scale: Scale) -> Iterator[Row]:
    """G6."""
    small, large, log = [], [], []
    for _ in range(scale.long_runs):
        small.append(in_child("rows_view:frame_figures", FEW))
        large.append(in_child("rows_view:frame_figures", scale.lines))
        log.append(in_child("rows_view:log_figures"))
    note = "processor, medians of 57 frames, in their middle"
    for step, limit in (("page", 0.4), ("line", 0.3)):
        ours = [figures[step] for figures in large]
        yield row("G6", f"{step} scroll; Log", ours, ("Log", [figures[step] for figures in log]), limit, note=note)
    for step in ("page", "line"):
        name = f"{step} scroll, {scale.lines:.0e} against {FEW:.0e} lines"
        few = ("boxscope", [figures[step] for figures in small])
        yield row("G6", name, [figures[step] for figures in large], few, 1.2, note=note)


def resize_rows(scale: Scale) -> Iterator[Row]:
    """G19."""
    few, many = [], []
    for _ in range(scale.long_runs):
        few.append(in_child("rows_view:resize_figure", 1000))
        many.append(in_child("rows_view:resize_figure", scale.lines))
    name = f"resize, wrapped, {scale.lines:.0e} against 1e+03 lines"
    yield row("G19", name, many, ("boxscope", few), 1.2, note="processor, medians of 21 resizes")


def table_rows(scale: Scale) -> Iterator[Row]:
    """G18."""
    ours: dict[str, list[float]] = {}
    other: dict[str, list[float]] = {}
    for _ in range(scale.runs):
        for found, whose in ((ours, "ours"), (other, "peer")):
            for step, samples in in_child("rows_view:table_figures", scale.table_rows, whose).items():
                found.setdefault(step, []).extend(samples)
    for step, samples in ours.items():
        yield row(
            "G18",
            f"table: {step}; DataTable",
            samples,
            ("DataTable", other[step]),
            0.1,
            note=f"{scale.table_rows} rows",
        )

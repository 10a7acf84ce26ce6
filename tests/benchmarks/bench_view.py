"""Frames of the output view beside Textual's Log, in one run: ``python -m tests.benchmarks.bench_view``.

A frame is what one key press costs in CPU time, from the key's action to the bytes for the terminal; the driver drops
the bytes instead of writing them. Prints milliseconds for orientation and the ratios that count.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable

from textual import events
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Log

from tui.app.widgets.output_view import OutputView
from tui.core.buffer import LineBuffer
from tui.core.found import TracebackIndex
from tui.core.models import RawLine
from tui.core.tracebacks.detector import TracebackDetector

COLUMNS, ROWS = 200, 50
REPEATS = 60
ROUNDS = 3
WORDS = ("agent", "step", "calling", "tool", "search", "retry", "plan", "with", "result", "from", "cache", "after")


class SilentDriver(LinuxDriver):
    """A terminal that drops what is written to it."""

    painted: asyncio.Event

    def write(self, data: str) -> None:
        if len(data) > 100:
            type(self).painted.set()

    def flush(self) -> None: ...
    def start_application_mode(self) -> None:
        size = Size(COLUMNS, ROWS)
        self._app.post_message(events.Resize(size, size))

    def disable_input(self) -> None: ...
    def stop_application_mode(self) -> None: ...
    def close(self) -> None: ...


def log_lines(count: int) -> list[RawLine]:
    """A service log of ``count`` lines, about 100 characters each, with a traceback in every 500."""
    lines = []
    for at in range(count):
        words = " ".join(WORDS[(at * 7 + shift) % len(WORDS)] for shift in range(12))
        lines.append(
            f"2026-11-24 12:{at // 60 % 60:02d}:{at % 60:02d} {'INFO ' if at % 9 else 'WARN '} agent.loop {words}"
        )
    for at in range(250, count - 8, 500):
        lines[at : at + 6] = [
            "Traceback (most recent call last):",
            '  File "/workspace/agent.py", line 88, in main',
            "    run(plan)",
            '  File "/usr/lib/python3.11/site-packages/httpx/_client.py", line 914, in send',
            "    response = self._send()",
            "KeyError: 'choices'",
        ]
    return [RawLine(line) for line in lines]


class OneWidget(App[dict[str, float]]):
    """Shows one widget, measures it, and returns the figures."""

    widget: Widget

    def __init__(self, make: Callable[[], Widget], measure: Callable[[OneWidget], object]) -> None:
        super().__init__(driver_class=SilentDriver)
        self.make = make
        self.measure = measure

    def compose(self):
        self.widget = self.make()
        yield self.widget

    def on_mount(self) -> None:
        SilentDriver.painted = asyncio.Event()
        self.widget.focus()
        self.set_timer(0.3, self.begin)

    def begin(self) -> None:
        self.run_worker(self.go(), exit_on_error=True)

    async def go(self) -> None:
        self.exit(await self.measure(self))  # type: ignore[misc]


async def frame(act: Callable[[], object], settle: float) -> float:
    """CPU milliseconds from ``act`` to the end of the paint that it caused, and of ``settle`` seconds more."""
    SilentDriver.painted.clear()
    began = time.process_time()
    act()
    await asyncio.wait_for(SilentDriver.painted.wait(), 5)
    if settle:
        await asyncio.sleep(settle)
    return (time.process_time() - began) * 1000


async def median(act: Callable[[], object], repeats: int = REPEATS, settle: float = 0) -> float:
    """Median cost of the frames after the first few."""
    costs = [await frame(act, settle) for _ in range(repeats)]
    return statistics.median(costs[3:])


def view_of(count: int, **state: object) -> Callable[[], OutputView]:
    """What makes an output view over ``count`` lines, read from their middle, once the app runs."""
    buffer, found = LineBuffer(), TracebackIndex(TracebackDetector)
    lines = log_lines(count)
    for at in range(0, count, 10_000):
        buffer.append(lines[at : at + 10_000])
        found.extend(lines[at : at + 10_000])

    def make() -> OutputView:
        view = OutputView()
        view.show(buffer, found, key="bench")
        for name, value in state.items():
            view.set_reactive(getattr(OutputView, name), value)
        return view

    return make


async def measure_view(app: OneWidget) -> dict[str, float]:
    """Pages, lines and appends of the output view."""
    view = app.widget
    assert isinstance(view, OutputView)
    view.scroll_rows(-len(view.buffer) // 2)
    more = log_lines(1)

    def append() -> None:
        view.buffer.append(more)
        view.found.extend(more)
        view.news()

    figures = {
        "page": await median(lambda: view.action_pages(1)),
        "line": await median(lambda: view.action_rows(1)),
    }
    view.action_follow()
    await asyncio.sleep(0.1)
    figures["append"] = await median(append)
    return figures


async def measure_log(app: OneWidget) -> dict[str, float]:
    """The same of Textual's Log."""
    log = app.widget
    assert isinstance(log, Log)
    log.write_lines(log_lines(1_000_000))
    # It measures the width of every line in a thread; frames beside that would be dearer still.
    await app.workers.wait_for_complete([worker for worker in app.workers if worker.name == "_update_size"])
    log.scroll_to(y=len(log.lines) // 2, animate=False, immediate=True)
    figures = {
        "page": await median(lambda: log.scroll_to(y=log.scroll_y + ROWS, animate=False, immediate=True)),
        "line": await median(lambda: log.scroll_to(y=log.scroll_y + 1, animate=False, immediate=True)),
    }
    log.scroll_end(animate=False, immediate=True)
    await asyncio.sleep(0.1)
    figures["append"] = await median(lambda: log.write_line(log_lines(1)[0]))
    return figures


async def measure_resize(app: OneWidget) -> dict[str, float]:
    """Narrow and wide in turn."""
    widths = [COLUMNS - 80, COLUMNS]

    def resize() -> None:
        size = Size(widths[0], ROWS)
        widths.reverse()
        app.post_message(events.Resize(size, size))

    return {"resize": await median(resize, 24, 0.1)}


def run(make: Callable[[], Widget], measure: Callable[[OneWidget], object]) -> dict[str, float]:
    """One application, one widget, its figures."""
    figures = OneWidget(make, measure).run()
    assert figures is not None
    return figures


def best(rounds: list[dict[str, float]]) -> dict[str, float]:
    """The least of each figure: what disturbs a measurement only ever adds to it."""
    return {name: min(figures[name] for figures in rounds) for name in rounds[0]}


def main() -> None:
    """Measure and print."""
    views: dict[int, list[dict[str, float]]] = {10_000: [], 1_000_000: []}
    peers: list[dict[str, float]] = []
    wrapped: dict[int, list[dict[str, float]]] = {1_000: [], 1_000_000: []}
    for _ in range(ROUNDS):
        for count, rounds in views.items():
            rounds.append(run(view_of(count), measure_view))
        peers.append(run(Log, measure_log))
        for count, rounds in wrapped.items():
            rounds.append(run(view_of(count, wrap=True), measure_resize))
    small, large, peer = best(views[10_000]), best(views[1_000_000]), best(peers)
    print(f"{'ms CPU a frame':<24}{'view 1e4':>10}{'view 1e6':>10}{'Log 1e6':>10}{'view:Log':>10}{'1e6:1e4':>10}")
    for name in ("page", "line", "append"):
        print(
            f"{name:<24}{small[name]:>10.2f}{large[name]:>10.2f}{peer[name]:>10.2f}"
            f"{large[name] / peer[name]:>10.2f}{large[name] / small[name]:>10.2f}"
        )
    print("goals (G6)              page <= 0.4, line <= 0.3 of Log; 1e6:1e4 <= 1.2")
    few, many = (best(rounds)["resize"] for rounds in wrapped.values())
    print(f"resize, wrapping        1e3 {few:.2f}  1e6 {many:.2f}  ratio {many / few:.2f}")
    print("goal (G19)              ratio <= 1.2")


if __name__ == "__main__":
    main()

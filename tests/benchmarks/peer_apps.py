"""Small Textual applications to compare with: one Static, and Log, RichLog or TextArea fed sixty batches a second.

    python -m tests.benchmarks.peer_apps static
    python -m tests.benchmarks.peer_apps log|richlog|textarea RATE SECONDS FILE

The second writes the delays of a heartbeat (longest, 99th of 100, in ms), the seconds that the feed took and those of
the processor to FILE.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from textual.app import App, ComposeResult
from textual.widgets import Log, RichLog, Static, TextArea

from tests.benchmarks.generated_log import log_lines
from tests.benchmarks.heartbeat import Heartbeat

BATCHES = 60


class StaticApp(App[None]):
    """The least that a Textual application can be."""

    def compose(self) -> ComposeResult:
        yield Static("ready-to-read")


class FedApp(App[None]):
    """One widget, fed."""

    def __init__(self, kind: str, rate: int, seconds: float, file: Path) -> None:
        super().__init__()
        self.kind, self.rate, self.seconds, self.file = kind, rate, seconds, file
        self.lines = log_lines(min(100_000, int(rate * seconds)))
        self.view = {
            "log": Log,
            "richlog": lambda: RichLog(max_lines=None),
            "textarea": lambda: TextArea(read_only=True),
        }[kind]()

    def compose(self) -> ComposeResult:
        yield self.view

    def on_ready(self) -> None:
        self.run_worker(self.feed())

    def write(self, lines: list[str]) -> None:
        if isinstance(self.view, Log):
            self.view.write_lines(lines)
        elif isinstance(self.view, RichLog):
            for line in lines:
                self.view.write(line)
        else:
            self.view.insert("\n".join(lines) + "\n", self.view.document.end)

    async def feed(self) -> None:
        await asyncio.sleep(0.3)
        beat, began, cpu = Heartbeat(), time.monotonic(), time.process_time()
        beat.start()
        total, sent, tick = int(self.rate * self.seconds), 0, 0
        while sent < total:
            tick += 1
            await asyncio.sleep(max(0, began + tick / BATCHES - time.monotonic()))
            due = min(total, self.rate * tick // BATCHES)
            self.write([self.lines[at % len(self.lines)] for at in range(sent, due)])
            sent = due
        shown = asyncio.Event()
        self.call_after_refresh(shown.set)
        await shown.wait()
        took, cpu = time.monotonic() - began, time.process_time() - cpu
        self.file.write_text(" ".join(map(str, (*beat.stop(), took, cpu))))
        self.exit()


if __name__ == "__main__":
    if sys.argv[1] == "static":
        StaticApp().run()
    else:
        FedApp(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4])).run()

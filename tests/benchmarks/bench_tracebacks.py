"""Cost of finding tracebacks, as ratios to a bare loop over the same lines in the same run.

Run: ``python -m tests.benchmarks.bench_tracebacks`` or ``python tests/benchmarks/bench_tracebacks.py``.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tui.core.tracebacks.detector import TracebackDetector

BATCH = 1_000
LINES = 300_000
WORDS = "request user cache hit miss connection pool worker job started finished 200 ok stored region north".split()  # noqa: SIM905 - words
RUNS = Path(__file__).parents[1] / "core" / "tracebacks" / "data" / "runs.jsonl"


def plain_log(count: int, seed: int = 1) -> list[str]:
    """A service's log, about 100 characters a line."""
    rng = random.Random(seed)
    return [
        f"2026-11-23 22:{number // 60 % 60:02d}:{number % 60:02d},{number % 1000:03d} [INFO] svc.worker-{number % 8}: "
        + " ".join(rng.choices(WORDS, k=10))
        for number in range(count)
    ]


def with_reports(log: list[str], share: float) -> list[str]:
    """The log with a real report after that share of its lines."""
    reports = [json.loads(line)["lines"] for line in RUNS.read_text("utf-8").splitlines()]
    rng = random.Random(2)
    lines: list[str] = []
    for line in log:
        lines.append(line)
        if rng.random() < share:
            lines += rng.choice(reports)
    return lines


def best(run: Callable[[], object], repeats: int = 3) -> float:
    """Shortest of several runs, in seconds."""
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        run()
        times.append(time.perf_counter() - begun)
    return min(times)


def measure(name: str, lines: list[str]) -> None:
    """Print what the detector costs on ``lines``."""
    batches = [lines[start : start + BATCH] for start in range(0, len(lines), BATCH)]

    def bare() -> None:
        for batch in batches:
            for _ in batch:
                pass

    def detect() -> int:
        detector = TracebackDetector()
        return sum(len(detector.feed_many(batch)) for batch in batches) + len(detector.flush())

    blocks = detect()
    loop, found = best(bare), best(detect)
    per_line = found / len(lines) * 1e9
    print(
        f"{name:28} {len(lines):>8} lines {blocks:>6} blocks  {per_line:8.0f} ns/line  "
        f"{len(lines) / found / 1e6:6.2f} M lines/s  {found / loop:6.1f} x bare loop"
    )


def main() -> None:
    """Print the table."""
    log = plain_log(LINES)
    measure("plain log", log)
    measure("no level", [line.replace("[INFO] ", "") for line in log[: LINES // 3]])
    measure("0.2 % reports", with_reports(log, 0.002))
    measure("2 % reports", with_reports(log[: LINES // 5], 0.02))
    measure("container prefix", [f"station-1  | {line}" for line in log[: LINES // 3]])
    measure("reports only", with_reports([""] * 3_000, 1.0))


if __name__ == "__main__":
    main()

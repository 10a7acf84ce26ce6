"""The log that everything is measured with: of a Python service, the same in every run.

Lines have about 104 characters on average; 0.2 % of the events are tracebacks of 5 to 20 lines, and 2 % of the lines
hold characters beyond ASCII.
"""

from __future__ import annotations

import functools
import random
from pathlib import Path

_TEXT = """
agent step calling tool search retry plan with result from cache after session request queue worker shard token stream
upstream latency budget payload model prompt index vector fetch commit batch
"""
WORDS = tuple(_TEXT.split())
FOREIGN = ("größe", "naïve", "東京", "данные", "→", "café", "✓")
NEEDLE = "connection reset by peer"
"""A text that one line of ten thousand holds."""


@functools.cache
def log_lines(count: int, seed: int = 1) -> list[str]:
    """``count`` lines."""
    chance = random.Random(seed)
    lines: list[str] = []
    while len(lines) < count:
        at = len(lines)
        if chance.random() < 0.002:
            lines += _traceback(chance, at)
        else:
            lines.append(_record(chance, at))
    return lines[:count]


def write_log(path: Path, count: int, last: str) -> None:
    """A file of ``count`` lines, the last of which holds ``last``."""
    lines = log_lines(min(count, 1_000_000))
    left = count
    with path.open("w", encoding="utf-8") as file:
        while left > len(lines):
            file.write("\n".join(lines) + "\n")
            left -= len(lines)
        file.write("\n".join([*lines[: left - 1], marker_line(last)]) + "\n")


def marker_line(marker: str) -> str:
    """A line like the others that holds ``marker`` near its beginning."""
    return f"2026-11-24 13:00:00,000 INFO {marker} mark of the benchmark"


def marker(number: int) -> str:
    """A word that occurs nowhere else; two of them share hardly a letter in the same place."""
    chance = random.Random(f"marker {number}")
    return "".join(chance.choices("QZXJKVWYBG", k=12))


def _stamp(at: int) -> str:
    return f"2026-11-24 {at // 3600 % 24:02d}:{at // 60 % 60:02d}:{at % 60:02d},{at * 37 % 1000:03d}"


def _record(chance: random.Random, at: int) -> str:
    level = ("INFO", "INFO", "INFO", "DEBUG", "WARNING")[at % 5] if at % 97 else "ERROR"
    words = chance.choices(WORDS, k=chance.randint(4, 13))
    if chance.random() < 0.02:
        words[chance.randrange(len(words))] = chance.choice(FOREIGN)
    if at % 10_000 == 5_000:
        words.append(NEEDLE)
    return f"{_stamp(at)} {level} service.loop[{at % 4096}]: {' '.join(words)} id={chance.getrandbits(48):012x}"


def _traceback(chance: random.Random, at: int) -> list[str]:
    lines = [f"{_stamp(at)} ERROR service.loop: request failed", "Traceback (most recent call last):"]
    for frame in range(chance.randint(1, 8)):
        lines.append(f'  File "/workspace/service/module_{frame}.py", line {chance.randint(5, 900)}, in step_{frame}')
        lines.append(f"    value = self.table[{frame}].{chance.choice(WORDS)}(request, timeout=3)")
    return [*lines, f"{chance.choice(('KeyError', 'ValueError', 'TimeoutError'))}: '{chance.choice(WORDS)}'"]

"""How much is measured: the full size of the goals, or a smaller one for a quick look."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Sizes and numbers of runs."""

    name: str
    lines: int
    """Of the log that is opened."""
    burst: int
    runs: int
    """Of what is short."""
    long_runs: int
    """Of what takes tens of seconds."""
    flood_seconds: float
    flood_rates: tuple[int, ...]
    probes: int
    patience: float
    """Seconds after which a program that shows nothing is given up."""
    table_rows: int
    idle_seconds: float


FULL = Scale("full", 1_000_000, 100_000, 5, 3, 5.0, (100_000, 400_000), 150, 120.0, 10_000, 20.0)
QUICK = Scale("quick", 100_000, 20_000, 3, 1, 2.0, (100_000,), 40, 60.0, 2_000, 6.0)

"""What a benchmark found: one comparison per row, its ratio with spread, its goal, and whether it holds."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """Samples of one quantity, in the row's unit; ``of`` names who was measured."""

    of: str
    samples: tuple[float, ...]

    @property
    def median(self) -> float:
        """The figure that counts."""
        return float(statistics.median(self.samples))

    @property
    def spread(self) -> float:
        """Half the distance of the extremes over the median; 0 for one sample."""
        middle = self.median
        return (max(self.samples) - min(self.samples)) / 2 / middle if middle else 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison of targets.md.

    ``limit`` bounds the ratio of the two figures, or our own figure where there is no peer; None: no goal, for scale
    only. Without ``ours`` nothing was measured and ``note`` says why.
    """

    goal: str
    name: str
    unit: str = ""
    limit: float | None = None
    ours: Figure | None = None
    peer: Figure | None = None
    note: str = ""

    @property
    def value(self) -> float | None:
        """What the limit bounds."""
        if self.ours is None:
            return None
        if self.peer is None:
            return self.ours.median
        return self.ours.median / self.peer.median if self.peer.median else float("inf")

    @property
    def spread(self) -> float:
        """Of the ratio: both spreads together."""
        parts = [figure.spread for figure in (self.ours, self.peer) if figure is not None]
        return float(sum(part * part for part in parts) ** 0.5)

    @property
    def ok(self) -> bool | None:
        """True where the goal holds; None where nothing was measured, or there is no goal."""
        value = self.value
        return None if value is None or self.limit is None else value <= self.limit

    def as_record(self) -> dict[str, object]:
        """The row for JSON."""
        return {
            "goal": self.goal, "name": self.name, "unit": self.unit, "limit": self.limit, "value": self.value,
            "spread": self.spread, "ok": self.ok, "ours": _record(self.ours), "peer": _record(self.peer),
            "is_ratio": self.peer is not None, "note": self.note,
        }  # fmt: skip


def row(
    goal: str,
    name: str,
    ours: Sequence[float],
    peer: tuple[str, Sequence[float]] | None,
    limit: float | None,
    *,
    unit: str = "ms",
    note: str = "",
) -> Row:
    """A measured row; ``peer`` is a name with samples, or None where our figure alone is bounded."""
    other = Figure(peer[0], tuple(peer[1])) if peer else None
    return Row(goal, name, unit, limit, Figure("boxscope", tuple(ours)), other, note)


def missing(goal: str, name: str, why: str) -> Row:
    """A row that says why it could not be measured."""
    return Row(goal, name, note=f"not measured: {why}")


def heading() -> str:
    """The line above the table."""
    return f"{'':<57}{'boxscope':>11}{'peer':>11}  {'':<10}{'ratio':>8}{'±':>5}{'goal':>10}  ok"


def line_of(found: Row) -> str:
    """The row as one line of the table, its note below it."""
    if found.ours is None or found.value is None:
        return f"{found.goal:<5}{found.name:<52}{found.note}"
    ours = f"{_short(found.ours.median)} {found.unit}"
    peer = f"{_short(found.peer.median)} {found.unit}" if found.peer else ""
    of = found.peer.of if found.peer else ""
    ratio = f"{found.value:.3g}x" if found.peer else ""
    bound = f"<= {found.limit:g}{'x' if found.peer else ' ' + found.unit}" if found.limit is not None else ""
    verdict = {True: "yes", False: "NO", None: ""}[found.ok]
    runs = f"{len(found.ours.samples)} runs"
    if found.peer and len(found.peer.samples) != len(found.ours.samples):
        runs += f", peer {len(found.peer.samples)}"
    notes = f"{runs}; {found.note}" if found.note else runs
    figures = f"{ours:>11}{peer:>11}  {of:<10}{ratio:>8}{found.spread:>5.0%}{bound:>10}"
    return f"{found.goal:<5}{found.name:<52}{figures}  {verdict}\n{'':<5}  ({notes})"


def write_json(path: Path, rows: Sequence[Row], conditions: dict[str, object]) -> None:
    """Everything, for machines."""
    path.write_text(json.dumps({**conditions, "rows": [found.as_record() for found in rows]}, indent=1) + "\n")


def _record(figure: Figure | None) -> dict[str, object] | None:
    return None if figure is None else {**asdict(figure), "median": figure.median}


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"

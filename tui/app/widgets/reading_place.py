"""Where a reader is in a buffer: the row at the top of the screen, kept in place whatever happens around it.

The place is a row and, where lines wrap, a row of the screen within it. No height of any row but those on screen is
ever asked for, so a page costs the same in a log of any length, and a resize costs a screen. Which rows there are at
all is told by a projection; what it leaves out is stepped over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from tui.core.block_folds import BlockFolds
from tui.core.buffer import LineBuffer
from tui.core.projection import Everything, Projection
from tui.core.row_source import RowSource


class Spot(NamedTuple):
    """One row of the screen: a position in the buffer, and which row of that wrapped line."""

    position: int = 0
    sub: int = 0


@dataclass(frozen=True, slots=True)
class Anchor:
    """A row that was on screen: its id, and the row of the screen at which its first row stood (may be above it)."""

    row_id: int
    screen_row: int


class ReadingPlace:
    """The spot at the top of the screen. ``height_of`` tells how many rows of the screen a position takes."""

    def __init__(self, height_of: Callable[[int], int]) -> None:
        self._height_of = height_of
        self.buffer: RowSource = LineBuffer()
        self.projection: Projection = Everything()
        self.top = Spot()
        self.wraps = False

    @property
    def shown(self) -> int:
        """How many rows of the buffer are shown."""
        return self.projection.shown(len(self.buffer))

    def nearest(self, position: int) -> int:
        """The row at ``position`` if it is shown, else the one before it that is, else the one after; 0 for none."""
        found = self.projection.at_or_before(position)
        found = self.projection.at_or_after(position, len(self.buffer)) if found is None else found
        return found or 0

    def _before(self, position: int) -> int | None:
        return self.projection.at_or_before(position - 1) if position > 0 else None

    def _after(self, position: int) -> int | None:
        return self.projection.at_or_after(position + 1, len(self.buffer))

    def back(self, spot: Spot, rows: int) -> Spot:
        """The spot that many rows of the screen before ``spot``, or the first one."""
        if not self.wraps:
            return Spot(self._select(self.projection.rank(spot.position) - rows))
        position, sub = spot.position, spot.sub
        while rows > sub:
            before = self._before(position)
            if before is None:
                return Spot(position)
            rows -= sub + 1
            position = before
            sub = self._height_of(position) - 1
        return Spot(position, sub - rows)

    def forward(self, spot: Spot, rows: int) -> Spot:
        """The spot that many rows of the screen after ``spot``, or the last one there is."""
        if not self.wraps:
            return Spot(self._select(self.projection.rank(spot.position) + rows))
        position, sub = spot.position, spot.sub
        while True:
            left = self._height_of(position) - 1 - sub if position < len(self.buffer) else 0
            if rows <= left:
                return Spot(position, sub + rows)
            after = self._after(position)
            if after is None:
                return Spot(position, sub + left)
            rows -= left + 1
            position, sub = after, 0

    def _select(self, rank: int) -> int:
        """The row of that rank, or the first or last one."""
        bounded = max(0, min(rank, self.shown - 1))
        return self.projection.select(bounded, len(self.buffer)) or 0

    def last_top(self, height: int) -> Spot:
        """The top of a screen of ``height`` rows whose last row is the last one there is."""
        if not self.wraps:
            return Spot(self._select(self.shown - height))
        last = self.projection.at_or_before(len(self.buffer) - 1)
        if last is None:
            return Spot()
        return self.back(Spot(last, self._height_of(last) - 1), height - 1)

    def visible(self, height: int) -> list[Spot]:
        """The spots of a screen of ``height`` rows from the top on; fewer where the output ends."""
        total = len(self.buffer)
        if isinstance(self.projection, Everything) and not self.wraps:
            return [Spot(position) for position in range(self.top.position, min(total, self.top.position + height))]
        spots: list[Spot] = []
        position, sub = self.projection.at_or_after(self.top.position, total), self.top.sub
        while len(spots) < height and position is not None:
            if self.wraps:
                rows = self._height_of(position)
                # A line of many megabytes wraps into very many rows; only those on screen are made.
                spots.extend(Spot(position, at) for at in range(sub, min(rows, sub + height - len(spots))))
            else:
                spots.append(Spot(position))
            position, sub = self._after(position), 0
        return spots

    def clamp(self, height: int) -> None:
        """Move the top so that it is a shown row and the screen holds no blank rows while there are rows above it."""
        total = len(self.buffer)
        nearest = self.nearest(self.top.position)
        if nearest != self.top.position:
            self.top = Spot(nearest)
        if self.projection.rank(nearest) >= self.shown - height:
            self.top = min(self.top, self.last_top(height))
        if self.wraps and total:
            rows = self._height_of(self.top.position)
            if self.top.sub >= rows:
                self.top = Spot(self.top.position, rows - 1)
        elif self.top.sub:
            self.top = Spot(self.top.position)

    def restore(self, anchors: list[Anchor]) -> int | None:
        """After an edit or a fold: put the first row of ``anchors`` that is still shown where it stood on the screen.

        Gives its position, or None where all are gone; then the top stays as far from the start as it was.
        """
        for anchor in anchors:
            position = self.buffer.position_of(anchor.row_id)
            if position is not None and self.projection.is_shown(position):
                if anchor.screen_row >= 0:
                    self.top = self.back(Spot(position), anchor.screen_row)
                else:
                    self.top = self.forward(Spot(position), -anchor.screen_row)
                return position
        return None


@dataclass(slots=True)
class ReadingState:
    """How one output was left, so that coming back to it shows the same."""

    is_following: bool = True
    anchor: Anchor | None = None
    top: Spot = field(default_factory=Spot)
    x: int = 0
    lines_seen: int = 0
    last_seen: int | None = None
    selected_start: int | None = None
    marks: set[int] = field(default_factory=set)
    folds: BlockFolds | None = None

"""Where a reader is in a buffer: the row at the top of the screen, kept in place whatever happens around it.

The place is a row and, where lines wrap, a row of the screen within it. No height of any row but those on screen is
ever asked for, so a page costs the same in a log of any length, and a resize costs a screen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from tui.core.buffer import LineBuffer


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
        self.buffer = LineBuffer()
        self.top = Spot()
        self.wraps = False

    def back(self, spot: Spot, rows: int) -> Spot:
        """The spot that many rows of the screen before ``spot``, or the first one."""
        if not self.wraps:
            return Spot(max(0, spot.position - rows))
        position, sub = spot.position, spot.sub
        while rows > sub:
            if position == 0:
                return Spot()
            rows -= sub + 1
            position -= 1
            sub = self._height_of(position) - 1
        return Spot(position, sub - rows)

    def forward(self, spot: Spot, rows: int) -> Spot:
        """The spot that many rows of the screen after ``spot``, or the last one there is."""
        last = max(0, len(self.buffer) - 1)
        if not self.wraps:
            return Spot(min(last, spot.position + rows))
        position, sub = spot.position, spot.sub
        while True:
            left = self._height_of(position) - 1 - sub if position < len(self.buffer) else 0
            if rows <= left:
                return Spot(position, sub + rows)
            if position >= last:
                return Spot(last, sub + left)
            rows -= left + 1
            position, sub = position + 1, 0

    def last_top(self, height: int) -> Spot:
        """The top of a screen of ``height`` rows whose last row is the last one there is."""
        total = len(self.buffer)
        if total == 0:
            return Spot()
        if not self.wraps:
            return Spot(max(0, total - height))
        return self.back(Spot(total - 1, self._height_of(total - 1) - 1), height - 1)

    def visible(self, height: int) -> list[Spot]:
        """The spots of a screen of ``height`` rows from the top on; fewer where the output ends."""
        total = len(self.buffer)
        if not self.wraps:
            return [Spot(position) for position in range(self.top.position, min(total, self.top.position + height))]
        spots: list[Spot] = []
        position, sub = self.top.position, self.top.sub
        while len(spots) < height and position < total:
            rows = self._height_of(position)
            # A line of many megabytes wraps into very many rows; only those on screen are made.
            spots.extend(Spot(position, at) for at in range(sub, min(rows, sub + height - len(spots))))
            position, sub = position + 1, 0
        return spots

    def clamp(self, height: int) -> None:
        """Move the top so that the screen holds no blank rows while there are rows above it."""
        total = len(self.buffer)
        if self.top.position >= total - height:
            self.top = min(self.top, self.last_top(height))
        if self.wraps and total:
            rows = self._height_of(self.top.position)
            if self.top.sub >= rows:
                self.top = Spot(self.top.position, rows - 1)
        elif self.top.sub:
            self.top = Spot(self.top.position)

    def restore(self, anchors: list[Anchor]) -> int | None:
        """After an edit: put the first row of ``anchors`` that is still there where it stood on the screen.

        Gives its position, or None where all are gone; then the top stays as far from the start as it was.
        """
        for anchor in anchors:
            position = self.buffer.position_of(anchor.row_id)
            if position is not None:
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

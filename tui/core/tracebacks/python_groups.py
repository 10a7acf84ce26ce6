"""The levels of an exception group: members stand inside margins of ``  | ``, two columns further in at every level.

::

      + Exception Group Traceback (most recent call last):
      | ExceptionGroup: outer (2 sub-exceptions)
      +-+---------------- 1 ----------------
        | ValueError: first
        +------------------------------------
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Part

SEPARATOR = expression(r"( *)\+(?:-\+)?-{4,}(?: (?:\d+|\.\.\.) -{4,})?\s*$")
MARGIN = expression(r"( *)\| ?")
_MAX_LEVELS = 70
_MAX_CHAIN = 1_000


@dataclass(slots=True)
class Level:
    """One nesting level: its margin's column, the exception being read and those before it."""

    column: int
    part: Part = field(default_factory=Part)
    chain: list[Part] = field(default_factory=list)

    def is_empty(self) -> bool:
        """Whether nothing was read at this level."""
        part = self.part
        return part.type is None and not part.frames and not part.members and not self.chain

    def begin_next(self) -> None:
        """What was read so far is a cause of what comes."""
        if len(self.chain) < _MAX_CHAIN:
            self.chain.append(self.part)
        self.part = Part()


class Levels:
    """The levels from the report's own, outside every margin, to the innermost."""

    def __init__(self) -> None:
        self._stack = [Level(0)]

    @property
    def top(self) -> Level:
        """The innermost level."""
        return self._stack[-1]

    @property
    def root(self) -> Level:
        """The report's own."""
        return self._stack[0]

    def __len__(self) -> int:
        return len(self._stack)

    def has_column(self, column: int) -> bool:
        """Whether a level of a group has its margin there."""
        return any(level.column == column for level in self._stack[1:])

    def push(self, column: int) -> None:
        """Open a level, within bounds."""
        if len(self._stack) < _MAX_LEVELS:
            self._stack.append(Level(column))

    def pop_to(self, column: int) -> None:
        """Close the levels further in than ``column``."""
        while len(self._stack) > 1 and self._stack[-1].column > column:
            self._fold()

    def separate(self, column: int, text: str) -> None:
        """Go to the level that the separator ``text`` opens, continues or ends."""
        if "+-+-" in text:
            self.pop_to(column)
            if len(self._stack) == 1:
                # The head of the group was lost: this margin is the group's own.
                self.push(column)
            self.push(column + 2)
            return
        self.pop_to(column - 1)
        if any(mark.isdigit() for mark in text) or "..." in text:
            self.push(column)

    def unwrap(self) -> None:
        """The outermost group stands at the level of the report."""
        if len(self._stack) == 2:
            level = self._stack.pop()
            self.root.part = level.part
            self.root.chain.extend(level.chain)

    def settle(self) -> Level:
        """Close all levels; the report's own, with everything in it."""
        while len(self._stack) > 2:
            self._fold()
        self.unwrap()
        return self.root

    def _fold(self) -> None:
        """Close the innermost level: its exception becomes a member of the group around it."""
        level = self._stack.pop()
        if level.is_empty():
            return
        level.part.causes = list(reversed(level.chain))
        outer = self._stack[-1].part
        if len(outer.members) < _MAX_CHAIN:
            outer.members.append(level.part)

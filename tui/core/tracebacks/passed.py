"""The last of the lines that nobody needed to look at, kept as the bytes they came in until somebody does."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Lines that stand together in one text."""

    index: int
    """Index of the first of them."""
    text: bytes
    start: int
    end: int
    count: int


class PassedLines:
    """Remembers at least the last ``wanted`` lines, in stretches, of which those too far back are forgotten."""

    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self._stretches: deque[_Stretch] = deque()
        self._count = 0

    def add(self, index: int, text: bytes, start: int, end: int, count: int) -> None:
        """``count`` lines were passed over, from byte ``start`` of ``text`` to before byte ``end``."""
        self._stretches.append(_Stretch(index, text, start, end, count))
        self._count += count
        while self._count - self._stretches[0].count >= self._wanted:
            self._count -= self._stretches.popleft().count

    def take(self) -> list[tuple[int, str]]:
        """The last lines with their indices, in their order; they are forgotten here."""
        if not self._stretches:
            return []
        found: list[tuple[int, str]] = []
        for stretch in self._stretches:
            # Of a long stretch only the end is divided.
            lines = stretch.text[stretch.start : stretch.end].rsplit(b"\n", self._wanted)[-self._wanted :]
            first = stretch.index + stretch.count - len(lines)
            found.extend(
                (number, line.decode("utf-8", "surrogatepass")) for number, line in enumerate(lines, start=first)
            )
        self.clear()
        return found[-self._wanted :]

    def clear(self) -> None:
        """Forget them."""
        self._stretches.clear()
        self._count = 0

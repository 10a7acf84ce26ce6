"""Lines of output held as one run of bytes, so that a batch can go from the wire to disk without being split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast, overload

from tui.core.models import RawLine


class PackedLines(Sequence[RawLine]):
    """Lines as UTF-8 divided by line feeds; they become strings where one is asked for. Never changed once made.

    A slice of all of it is the very same object, any other is a list.
    """

    __slots__ = ("_count", "_lines", "text")

    def __init__(self, text: bytes, count: int, lines: list[RawLine] | None = None) -> None:
        """``count`` lines must be in ``text``; where they have been split already, ``lines`` spares doing it again."""
        self.text = text
        self._count = count
        self._lines = lines

    @classmethod
    def of(cls, lines: Sequence[RawLine]) -> PackedLines:
        """``lines``, packed. A line has no line feed; should a server send one, it becomes ␤ and lines stay lines."""
        if isinstance(lines, PackedLines):
            return lines
        joined = "\n".join(lines)
        if joined.count("\n") >= len(lines) > 0:
            return cls.of([RawLine(line.replace("\n", "␤")) for line in lines])
        return cls(joined.encode("utf-8", "surrogatepass"), len(lines), lines if isinstance(lines, list) else None)

    @property
    def lines(self) -> list[RawLine]:
        """The single lines. Not to be changed."""
        if self._lines is None:
            self._lines = cast("list[RawLine]", split_lines(self.text) if self._count else [])
        return self._lines

    def divided(self, max_bytes: int, max_lines: int) -> tuple[PackedLines, PackedLines | None]:
        """The first lines, as many as fit but at least one, and the rest if there is any."""
        if len(self.text) <= max_bytes and self._count <= max_lines:
            return self, None
        end = self.text.rfind(b"\n", 0, max(max_bytes + 1, 0))
        if end < 0:
            end = self.text.find(b"\n")
        count = self.text.count(b"\n", 0, end) + 1 if end >= 0 else self._count
        if count > max_lines:
            count = max_lines
            end = len(self.text) - len(self.text.split(b"\n", count)[count]) - 1
        if count == self._count:
            return self, None
        return PackedLines(self.text[:end], count), PackedLines(self.text[end + 1 :], self._count - count)

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> RawLine: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[RawLine]: ...
    def __getitem__(self, at: int | slice) -> RawLine | Sequence[RawLine]:
        if isinstance(at, slice):
            chosen = range(*at.indices(self._count))
            if not chosen:
                return []
            if chosen == range(self._count):
                return self
        return self.lines[at]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, PackedLines):
            return self._count == other._count and self.text == other.text
        return self.lines == other

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"PackedLines({self.lines!r})"


def split_lines(text: bytes) -> list[str]:
    """The lines of ``text``; the empty text is one empty line. Lone surrogates survive."""
    return text.decode("utf-8", "surrogatepass").split("\n")

"""How many rows of the screen the lines of an output take where they wrap: measured beside the screen, piece by piece.

A line costs one byte: its width in cells, as far as a byte goes. So in a new width only the lines that are longer than
a row are looked at again; the others are told apart by their bytes, a chunk at a time. Until a chunk was measured its
shown lines count one row each, and until it was measured anew they count what they did before.

Heights are those that the painter draws: of the very text, broken by the very function.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field

from tui.app.widgets.reading_place import Spot
from tui.app.widgets.wrapping import width_of, wrap_offsets
from tui.core.line_sums import CHUNK, LineSums
from tui.core.projection import Everything, Projection
from tui.core.row_source import RowSource

WIDEST = 255
"""What a line counts that is as wide or wider."""
PIECE_CHARACTERS = 8192
"""Characters, of lines that take more than a look, after which a step is over."""


@dataclass(slots=True)
class _Measured:
    """What is known of the rows of a chunk, whichever of them are shown."""

    widths: bytearray = field(default_factory=bytearray)
    columns: int = 0
    """The width that the heights are for."""
    done: int = 0
    """Rows whose heights are known."""
    heights: array[int] | None = None
    """None: one each."""


class OutputHeights:
    """Heights of the rows of one output. To be told of what is shown by :meth:`sync` before it is asked."""

    def __init__(
        self,
        buffer: RowSource,
        *,
        text_of: Callable[[str], str | None],
        fold_heights: Callable[[int, int], Iterable[tuple[int, int]]],
    ) -> None:
        """``text_of`` gives what is drawn of a line, None where that is the line itself; ``fold_heights`` the heights
        of the rows between two positions that say something of a fold, with their positions."""
        self.buffer = buffer
        self._text_of, self._fold_heights = text_of, fold_heights
        self._projection: Projection = Everything()
        self._columns = 0
        self._look: Hashable = None
        self._edits, self._dropped = buffer.edits, buffer.dropped_rows
        self._base = self._dropped // CHUNK
        self._chunks: list[_Measured] = []
        self._sums = LineSums(self._dropped)
        self._right = self._dropped
        """All rows before this ordinal are counted as they are shown."""

    # What is shown

    @property
    def is_behind(self) -> bool:
        """Whether there are rows to measure."""
        return self._right < self._dropped + len(self.buffer)

    @property
    def is_outdated(self) -> bool:
        """Whether rows were edited or dropped since :meth:`sync`."""
        return self._edits != self.buffer.edits or self._dropped != self.buffer.dropped_rows

    def sync(self, projection: Projection, columns: int, look: Hashable, changed: int | None) -> None:
        """Rows are shown by ``projection`` in ``columns`` cells. What is drawn of a line depends on ``look`` too; rows
        from the ordinal ``changed`` on may be shown otherwise than before."""
        self._projection = projection
        if self.is_outdated:
            self._follow_edits()
        if look != self._look:
            self._look = look
            for chunk in self._chunks:
                chunk.widths.clear()
                chunk.columns = 0
            self._right = self._dropped
        if columns != self._columns:
            self._columns = columns
            self._right = self._dropped
        if changed is not None:
            self._right = max(self._dropped, min(self._right, changed))

    def _follow_edits(self) -> None:
        first = self.buffer.first_edit_since(self._edits)
        self._edits, self._dropped = self.buffer.edits, self.buffer.dropped_rows
        gone = self._dropped // CHUNK - self._base
        if gone > 0:
            del self._chunks[:gone]
            self._base += gone
            self._sums.forget_head(self._dropped)
        self._right = max(self._right, self._dropped)
        if first is None:
            return
        first = max(first, self._dropped)
        number = first // CHUNK - self._base
        for at, chunk in enumerate(self._chunks[number:], number):
            kept = max(0, first - (self._base + at) * CHUNK)
            del chunk.widths[kept:]
            chunk.done = min(chunk.done, kept)
        end = self._dropped + len(self.buffer)
        self._sums.truncate(end)
        del self._chunks[end // CHUNK + 1 - self._base :]
        self._right = min(self._right, first)

    # Measuring

    def step(self) -> bool:
        """Measure a piece; False where all is measured. It looks at the rows of one chunk at most."""
        end = self._dropped + len(self.buffer)
        if self._right >= end:
            return False
        number = self._right // CHUNK
        first = number * CHUNK
        start, stop = max(first, self._dropped), min(end, first + CHUNK)
        shown = [
            (low + self._dropped - first, high + self._dropped - first)
            for low, high in self._projection.shown_ranges(start - self._dropped, stop - self._dropped)
        ]
        chunk = self._chunk(number)
        if not shown:
            self._sums.put_plain(number, stop - first, shown=False)
        elif self._measure(chunk, first, start, stop):
            self._count(number, chunk, shown, start, stop)
        else:
            return True
        self._right = stop
        return True

    def _chunk(self, number: int) -> _Measured:
        while len(self._chunks) <= number - self._base:
            self._chunks.append(_Measured())
        return self._chunks[number - self._base]

    def _measure(self, chunk: _Measured, first: int, start: int, stop: int) -> bool:
        """Go on with widths, then with heights; True where both are known."""
        rows = stop - first
        if len(chunk.widths) < rows:
            # Rows that were dropped before they were measured are not asked for.
            chunk.widths.extend(bytes(max(0, start - first - len(chunk.widths))))
            self._measure_widths(chunk, first, stop)
            if len(chunk.widths) < rows:
                return False
        if chunk.columns != self._columns:
            chunk.columns, chunk.done, chunk.heights = self._columns, 0, None
        if chunk.done < rows:
            self._measure_heights(chunk, first, stop)
        return chunk.done >= rows

    def _measure_widths(self, chunk: _Measured, first: int, stop: int) -> None:
        position = first + len(chunk.widths) - self._dropped
        marks = self.buffer.marks(position, stop - self._dropped)
        spent = 0
        for at, raw in enumerate(self.buffer.texts(position, stop - self._dropped), position):
            if marks and at in marks:
                chunk.widths.append(0)
                continue
            text = self._text_of(raw)
            if text is not None or not raw.isascii():
                spent += len(raw)
            chunk.widths.append(min(WIDEST, width_of(raw if text is None else text)))
            if spent >= PIECE_CHARACTERS:
                return

    def _measure_heights(self, chunk: _Measured, first: int, stop: int) -> None:
        rows, short = stop - first, min(self._columns, WIDEST - 1) + 1
        fits = chunk.widths.translate(b"\1" * short + b"\0" * (WIDEST + 1 - short))
        if chunk.heights is not None:
            chunk.heights.extend([1] * (rows - len(chunk.heights)))
            chunk.heights[chunk.done :] = array("H", [1] * (len(chunk.heights) - chunk.done))
        at = fits.find(0, chunk.done)
        if at < 0:
            chunk.done = rows
            return
        if chunk.heights is None:
            chunk.heights = array("H", [1] * rows)
        spent = 0
        begin = at
        texts = self.buffer.texts(first + begin - self._dropped, stop - self._dropped)
        while at >= 0 and spent < PIECE_CHARACTERS:
            raw = texts[at - begin]
            text = self._text_of(raw)
            text = raw if text is None else text
            spent += len(text)
            chunk.heights[at] = len(wrap_offsets(text, self._columns)) + 1
            chunk.done = at + 1
            at = fits.find(0, at + 1)
        if at < 0:
            chunk.done = rows

    def _count(self, number: int, chunk: _Measured, shown: list[tuple[int, int]], start: int, stop: int) -> None:
        first = number * CHUNK
        rows = stop - first
        folds = list(self._fold_heights(start - self._dropped, stop - self._dropped))
        shows_all = shown == [(start - first, rows)]
        if shows_all and chunk.heights is None and not folds:
            self._sums.put_plain(number, rows)
            return
        heights = array("H", [1] * rows) if chunk.heights is None else chunk.heights[:rows]
        for position, height in folds:
            heights[position + self._dropped - first] = height
        if not shows_all:
            every, heights = heights, array("H", [0] * rows)
            for low, high in shown:
                heights[low:high] = every[low:high]
        self._sums.put(number, heights)

    # Answers

    def _known(self) -> tuple[int, int]:
        """Rows of the screen that went from the head with rows of their chunk, and those that are known behind them."""
        if self._sums.stop <= self._dropped:
            return 0, 0
        gone = self._sums.before(self._dropped)
        return gone, self._sums.total - gone

    def _rank_of_unknown(self) -> int:
        """Shown rows before the first that was not measured yet."""
        return self._projection.rank(max(0, self._sums.stop - self._dropped))

    @property
    def total(self) -> int:
        """Rows of the screen of all that is shown."""
        return self._known()[1] + self._projection.shown(len(self.buffer)) - self._rank_of_unknown()

    def before(self, position: int) -> int:
        """Rows of the screen before the row at ``position``."""
        gone, known = self._known()
        if known and position + self._dropped <= self._sums.stop:
            return self._sums.before(position + self._dropped) - gone
        return known + self._projection.rank(position) - self._rank_of_unknown()

    def at(self, line: int) -> Spot:
        """Row ``line`` of the screen, counted from the first; the last one for any beyond it."""
        gone, known = self._known()
        if line >= known:
            line = min(line, self.total - 1)
        if 0 <= line < known:
            ordinal, sub = self._sums.at(line + gone)
            return Spot(ordinal - self._dropped, sub)
        position = self._projection.select(self._rank_of_unknown() + line - known, len(self.buffer))
        return Spot(0 if position is None else position)

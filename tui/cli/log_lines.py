"""Output as the command ``logs`` writes it: which rows are new, and how a row looks as text and as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui.core.format import clock, count, iso
from tui.core.models import Stream
from tui.core.rows import Row, RowKind
from tui.core.streamstate import StreamState
from tui.core.text import PLAIN, DisplayLine, Sgr, display_line
from tui.monitor.output import OutputMonitor

SLICE = 4096
"""Rows that are written before the loop gets its turn."""


@dataclass(slots=True)
class Cursor:
    """How far one output has been written. Written lines cannot be taken back, so repairs above it are counted."""

    output: OutputMonitor
    last_id: int | None = None
    last_number: int = 0
    written: int = 0
    late: int = 0
    """Lines that were put in, taken out or replaced above what had been written by then."""
    _skip: int | None = field(default=None)

    def skip_to_tail(self, lines: int) -> None:
        """Begin with the last ``lines`` lines of what is there now."""
        buffer = self.output.buffer
        first = max(buffer.line_count - lines, 0)
        self._skip = buffer.position_of_line(first) if first else None
        if first and self._skip is not None:
            self.last_id, self.last_number = buffer.id_at(self._skip), first

    def fresh(self, *, is_end: bool) -> list[Row]:
        """The next rows, at most :data:`SLICE`; ``is_end`` says that nothing can follow any more.

        The last line of a snapshot may have been cut in the middle, so while snapshots are polled it waits for its
        successor.
        """
        buffer = self.output.buffer
        start = self._start()
        stop = len(buffer)
        if not is_end and self.output.state is StreamState.POLLING:
            stop -= 1
        rows = buffer.rows(start, min(start + SLICE, stop))
        if not rows:
            return []
        numbers = [row.number for row in rows if row.number is not None]
        if numbers:
            if self.last_id is not None:
                self.late += abs(numbers[0] - self.last_number - 1)
            self.last_number = numbers[-1]
            self.written += len(numbers)
        self.last_id = rows[-1].row_id
        return rows

    def _start(self) -> int:
        """Position behind the last written row."""
        if self.last_id is None:
            return 0
        buffer = self.output.buffer
        position = buffer.position_of(self.last_id)
        if position is not None:
            return position + 1
        # The row is gone: dropped with the oldest ones, or the log was replaced by another.
        if self.last_number <= buffer.dropped_lines:
            return 0
        by_number = buffer.position_of_line(min(self.last_number, buffer.line_count))
        return 0 if by_number is None else by_number + 1


@dataclass(frozen=True, slots=True)
class LineStyle:
    """How lines are written as text."""

    colour: bool = False
    raw: bool = False
    timestamps: bool = False
    labels: bool = False
    """Name the stream in front of each line."""

    def text(self, row: Row, stream: Stream) -> str:
        """One line of output. Control sequences are made harmless unless ``raw`` is set."""
        if self.raw:
            line: str = row.text
        else:
            shown = display_line(row.text, limit=max(1, len(row.text)), colours=self.colour)
            line = painted(shown) if self.colour else shown.text
        if self.timestamps:
            time = clock(row.timestamp, with_millis=True) if row.timestamp else "-"
            line = f"{time:<12} {line}"
        return f"{stream.value} {line}" if self.labels else line


def remark(row: Row) -> str:
    """What a row that is no line of the log says."""
    if row.kind is RowKind.GAP:
        return f"about {count(row.count, 'line')} are missing here" if row.count else "lines are missing here"
    return row.text or "from here on the server tells another log than before"


def line_record(row: Row, stream: Stream) -> dict[str, object]:
    """A row for JSON lines; the text is as it was written."""
    if row.kind is RowKind.LINE:
        time = iso(row.timestamp) if row.timestamp else None
        return {"type": "line", "stream": stream.value, "number": row.number, "time": time, "text": row.text}
    if row.kind is RowKind.GAP:
        return {"type": "gap", "stream": stream.value, "missing": row.count or None}
    return {"type": "remark", "stream": stream.value, "text": remark(row)}


def painted(line: DisplayLine) -> str:
    """A cleaned line with its own colours, ended by a reset."""
    if not line.spans:
        return line.text
    out, position = [], 0
    for span in line.spans:
        out.append(line.text[position : span.start])
        out.append(f"\x1b[{_parameters(span.style)}m{line.text[span.start : span.end]}\x1b[0m")
        position = span.end
    return "".join(out) + line.text[position:]


def _parameters(style: Sgr) -> str:
    flags = {"bold": 1, "dim": 2, "italic": 3, "underline": 4, "reverse": 7, "strike": 9}
    parameters = [str(number) for name, number in flags.items() if getattr(style, name) != getattr(PLAIN, name)]
    for colour, base in ((style.foreground, 38), (style.background, 48)):
        if colour is None:
            continue
        if colour.startswith("#"):
            red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
            parameters.append(f"{base};2;{red};{green};{blue}")
        else:
            parameters.append(f"{base};5;{colour}")
    return ";".join(parameters)

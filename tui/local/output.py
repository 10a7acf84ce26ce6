"""The captured bytes of one stream of one process, on disk.

What the program printed is kept as it came, in segment files of which the oldest are deleted when the log outgrows its
limit. Offsets count every byte ever stored, so an offset never changes its meaning; a reader whose place was deleted is
told so and never skipped ahead. A line becomes visible when its line feed arrives, or at the end of the pipe.
"""

from __future__ import annotations

import codecs
import os
import stat
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SEGMENTS = 8
SMALLEST_SEGMENT = 1024
READ_SIZE = 256 * 1024
REPLACEMENT = "\N{REPLACEMENT CHARACTER}".encode()


class LinesDropped(Exception):
    """The place that a reader stands at was deleted because the log reached its limit."""


@dataclass(slots=True)
class Segment:
    """One file of a log. ``size`` and ``lines`` count what is visible: whole lines."""

    path: Path
    start: int
    size: int = 0
    lines: int = 0

    @property
    def stop(self) -> int:
        """Offset behind the last visible byte."""
        return self.start + self.size


@dataclass(slots=True)
class LogCounts:
    """What the capture met: lines deleted at the limit, lines cut for their length, bytes that were no UTF-8."""

    dropped_lines: int = 0
    cut_lines: int = 0
    invalid_sequences: int = 0


@dataclass(slots=True)
class Utf8Check:
    """Counts the invalid sequences of a byte stream that comes in pieces."""

    count: int = 0
    _tail: bytes = b""
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )

    def feed(self, piece: bytes, *, final: bool = False) -> None:
        """Count what ``piece`` completes; a sequence cut at its end is judged with the next piece."""
        if not final and piece.isascii() and self._decoder.getstate() == (b"", 0):
            self._tail = b""
            return
        replaced = self._decoder.decode(piece, final).count("\N{REPLACEMENT CHARACTER}")
        # A program may print the replacement character itself; that is valid text.
        self.count += replaced - (self._tail + piece).count(REPLACEMENT)
        self._tail = (self._tail + piece)[-2:]


class StreamLog:
    """Everything captured from one stream, bounded by ``limit`` bytes.

    Created in ``directory``, which the caller keeps private; its files have mode 0600.
    """

    def __init__(self, directory: Path, name: str, limit: int) -> None:
        self.counts = LogCounts()
        self.closed = False
        self.segments: list[Segment] = []
        self._directory = directory
        self._name = name
        self._limit = limit
        self._segment_limit = max(limit // SEGMENTS, SMALLEST_SEGMENT)
        self._pending = 0
        self._ends_with_return = False
        self._failed = False
        self._file = -1
        self._created = 0
        self._utf8 = Utf8Check()

    @property
    def start(self) -> int:
        """Offset of the oldest byte still kept."""
        return self.segments[0].start if self.segments else 0

    @property
    def stop(self) -> int:
        """Offset behind the last visible line."""
        return self.segments[-1].stop if self.segments else 0

    @property
    def lines(self) -> int:
        """Number of visible lines still kept."""
        return sum(segment.lines for segment in self.segments)

    def append(self, data: bytes) -> None:
        """Store captured bytes and make the lines visible that they complete. Raises OSError for a full disk."""
        self._utf8.feed(data)
        self.counts.invalid_sequences = self._utf8.count
        while data:
            piece = self._fitting(data)
            data = data[len(piece) :]
            try:
                self._store(piece)
            except OSError:
                self._failed = True
                raise

    def close(self) -> None:
        """End the log: an unterminated last line becomes visible."""
        if self.closed:
            return
        self._utf8.feed(b"", final=True)
        self.counts.invalid_sequences = self._utf8.count
        if self._pending and not self._failed:
            # A carriage return at the very end belongs to the line; before a lone line feed it would be stripped.
            self._store(b"\r\n" if self._ends_with_return else b"\n")
        self.closed = True
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def reopen(self) -> None:
        """Accept more bytes behind what is there."""
        self.closed = False
        if self.segments:
            self._file = os.open(self.segments[-1].path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)

    def delete(self) -> None:
        """Remove the files; readers that have them open may finish."""
        self.close()
        for segment in self.segments:
            segment.path.unlink(missing_ok=True)
        self.segments.clear()

    def _fitting(self, data: bytes) -> bytes:
        """The beginning of ``data`` that goes into one segment: whole lines where there are any."""
        room = self._segment_limit - self._held()
        if room <= 0 and not self._pending:
            room = self._segment_limit
        if len(data) <= room:
            return data
        cut = data.rfind(b"\n", 0, max(room, 0)) + 1 or data.find(b"\n") + 1 or len(data)
        return data[: min(cut, max(self._segment_limit - self._pending, 1))]

    def _held(self) -> int:
        return self.segments[-1].size + self._pending if self.segments else 0

    def _store(self, piece: bytes) -> None:
        if self._file < 0 or (not self._pending and self._held() + len(piece) > self._segment_limit and self._held()):
            self._open_segment()
        end = piece.rfind(b"\n") + 1
        if not end and self._pending + len(piece) >= self._segment_limit:
            self.counts.cut_lines += 1
            piece += b"\n"
            end = len(piece)
        _write_all(self._file, piece)
        self._ends_with_return = piece.endswith(b"\r")
        if end:
            segment = self.segments[-1]
            segment.size += self._pending + end
            segment.lines += piece.count(b"\n")
            self._pending = len(piece) - end
            self._drop_oldest()
        else:
            self._pending += len(piece)

    def _open_segment(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        path = self._directory / f"{self._name}.{self._created:06d}"
        self._created += 1
        mode = stat.S_IRUSR | stat.S_IWUSR
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        self.segments.append(Segment(path, self.stop))

    def _drop_oldest(self) -> None:
        while len(self.segments) > 1 and self.stop - self.start > self._limit:
            oldest = self.segments.pop(0)
            self.counts.dropped_lines += oldest.lines
            oldest.path.unlink(missing_ok=True)


class LogReader:
    """Reads visible bytes of a log in order, from ``position`` on. Close it after use.

    ``hold=True`` opens every file at once, so that nothing in it can be deleted under a reader that takes long.
    """

    def __init__(self, log: StreamLog, position: int, *, hold: bool = False) -> None:
        self.position = position
        self._log = log
        self._segment: Segment | None = None
        self._file = -1
        self._held: dict[int, int] = {}
        if hold:
            for segment in log.segments:
                self._held[segment.start] = os.open(segment.path, os.O_RDONLY | os.O_CLOEXEC)
            self._segments = list(log.segments)
        else:
            self._segments = log.segments

    def read(self, stop: int, size: int = READ_SIZE) -> bytes:
        """Up to ``size`` bytes before the offset ``stop``; empty when there are none. Raises LinesDropped."""
        if self.position >= stop:
            return b""
        if self._segment is None or self.position >= self._segment.stop:
            self._open_at(self.position)
        segment = self._segment
        assert segment is not None
        wanted = min(size, stop - self.position, segment.stop - self.position)
        block = os.pread(self._file, wanted, self.position - segment.start)
        self.position += len(block)
        return block

    def close(self) -> None:
        """Give back the open files."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        for file in self._held.values():
            os.close(file)
        self._held.clear()

    def _open_at(self, position: int) -> None:
        index = bisect_right(self._segments, position, key=lambda segment: segment.start) - 1
        if index < 0:
            raise LinesDropped
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        segment = self._segments[index]
        held = self._held.pop(segment.start, None)
        self._file = os.open(segment.path, os.O_RDONLY | os.O_CLOEXEC) if held is None else held
        self._segment = segment


def _write_all(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]

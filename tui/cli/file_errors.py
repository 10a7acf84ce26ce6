"""``boxscope errors --file``: the tracebacks in any log file or pipe, each printed as soon as it is complete.

Nothing that talks to a network or draws a screen is imported, and nothing is kept but the detector's bounded state, so
that a log of any length can be piped through.
"""

from __future__ import annotations

import json
import select
import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from io import BufferedIOBase
from pathlib import Path
from typing import cast

from tui.cli import exits
from tui.cli.printing import coloured, narrate, wants_colour
from tui.core.errors import UsageError
from tui.core.fingerprint import Level, ShortIds, fingerprint_of
from tui.core.format import count
from tui.core.group_members import where
from tui.core.text import one_line
from tui.core.tracebacks.detector import TracebackDetector
from tui.core.tracebacks.model import Traceback
from tui.core.tracebacks.record import as_record

CHUNK = 2**20
"""Bytes that are read at once."""
PAUSE = 1.0
"""Seconds without a line in a pipe after which a report counts as complete."""
MAX_LINE = 2**20
"""Bytes of one line that are kept; the detector looks at far fewer."""


def file_errors(path: str, *, as_json: bool, level: Level, colour: str, own_paths: tuple[str, ...] = ()) -> int:
    """Print the tracebacks in the file at ``path``, ``-`` being stdin. Raises UsageError where it cannot be read.

    ``own_paths`` are the roots of the user's own code; where none is given, it is told by what is in no library.
    """
    printer = _Printer(as_json=as_json, level=level, colour=wants_colour(colour, sys.stdout), own_paths=own_paths)
    detector = TracebackDetector()
    try:
        with nullcontext(sys.stdin.buffer) if path == "-" else Path(path).open("rb") as file:
            for lines in line_batches(cast(BufferedIOBase, file), pauses=path == "-"):
                printer.print(detector.feed_many(lines) if lines else detector.flush())
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error
    printer.print(detector.flush())
    if not as_json:
        narrate(f"{count(printer.printed, 'traceback')} in {count(detector.next_index, 'line')}")
    return exits.DONE


def line_batches(file: BufferedIOBase, *, pauses: bool = False) -> Iterator[list[str]]:
    """The lines of ``file`` without their line feeds, as soon as they come; lines end at line feeds only.

    With ``pauses`` an empty batch tells that nothing came for :data:`PAUSE`: who waits for the end of a report, which
    only later lines tell, need wait no longer.
    """
    rest = b""
    has_news = False
    while True:
        if has_news and pauses and not select.select([file], [], [], PAUSE)[0]:
            has_news = False
            yield []
        chunk = file.read1(CHUNK)
        if not chunk:
            break
        cut = chunk.rfind(b"\n")
        if cut < 0:
            rest = _bounded(rest + chunk)
            continue
        has_news = True
        yield (rest + chunk[:cut]).decode(errors="replace").split("\n")
        rest = chunk[cut + 1 :]
    if rest:
        yield [rest.decode(errors="replace")]


def _bounded(line: bytes) -> bytes:
    """A line that has not ended yet, cut where it is longer than anyone will look at.

    Of a line that overwrites itself with carriage returns, the last state counts.
    """
    if len(line) <= MAX_LINE:
        return line
    return line[-MAX_LINE // 2 :] if b"\r" in line[:-1] else line[:MAX_LINE]


class _Printer:
    """Writes tracebacks as lines of text or JSON."""

    def __init__(self, *, as_json: bool, level: Level, colour: bool, own_paths: tuple[str, ...]) -> None:
        self._as_json, self._level, self._colour, self._own_paths = as_json, level, colour, own_paths
        self._ids = ShortIds()
        self.printed = 0

    def print(self, found: Iterable[Traceback]) -> None:
        """Write ``found`` and hand it on at once: whoever reads the pipe waits for it."""
        before = self.printed
        for traceback in found:
            self.printed += 1
            sys.stdout.write((self._record(traceback) if self._as_json else self._line(traceback)) + "\n")
        if self.printed != before:
            sys.stdout.flush()

    def _record(self, traceback: Traceback) -> str:
        mark = fingerprint_of(traceback, self._level, self._own_paths)
        extra = {
            "kind": traceback.kind,
            "handled": traceback.handled,
            "fingerprint": mark.text,
            "short_id": self._ids.of(mark),
            "where": where(traceback, self._own_paths) or None,
        }
        return json.dumps({**as_record(traceback), **extra}, separators=(",", ":"))

    def _line(self, traceback: Traceback) -> str:
        short = self._ids.of(fingerprint_of(traceback, self._level, self._own_paths))
        lines = f"{traceback.start + 1}-{traceback.end + 1}"
        place = where(traceback, self._own_paths)
        headline = coloured(one_line(traceback.headline, 300), "2" if traceback.handled else "31", colour=self._colour)
        return f"{lines:>17}  {traceback.language:<10}  {short:<7} {headline}{f'  ({place})' if place else ''}"

"""The source around a frame: where its file may lie in a sandbox, and whether the text found is what was printed.

Only decisions; ``monitor.source`` asks the sandbox. The traceback's own line is evidence, the file only a view of what
is there now: where the two differ, that is said, and the printed line is the one to believe.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from enum import Enum

from tui.core.models import Process, RawLine
from tui.core.tracebacks.model import Frame

MAX_BYTES = 1_000_000
"""Size from which on a file is not read."""
CONTEXT = 8
"""Lines shown before and after the line in question."""

_NO_FILE = re.compile(r"^<.*>$|^\[|^(?:node|ext|webpack|data|https?|bun|deno):|^evalmachine\.<|^internal/|^native$")
_DEVICE = re.compile(r"^/(?:dev|proc|sys)(?:/|$)")
_WINDOWS = re.compile(r"^[A-Za-z]:[\\/]")


class Staleness(Enum):
    """What is known of the file beside the line that was printed; the value is the word for JSON."""

    FRESH = "fresh"
    CHANGED = "changed"
    """The file was written after the process started."""
    DIFFERS = "differs"
    """The line is not the one that was printed; the printed one is right."""
    UNKNOWN = "unknown"
    """Nothing tells: no time of the file, and the format prints no source."""
    UNRESOLVABLE = "unresolvable"
    """There is no text to show; :attr:`SourceView.reason` says why."""


@dataclass(frozen=True, slots=True)
class SourceView:
    """The lines around a frame's line. Lines are raw: ``core.text.display_line`` makes them fit to be drawn."""

    path: str
    """The path that was read, or the file as printed where none was."""
    staleness: Staleness
    reason: str = ""
    """Words for the staleness."""
    lines: tuple[RawLine, ...] = ()
    first: int = 1
    """1-based number of the first of :attr:`lines`."""
    highlighted: int | None = None
    """1-based number of the line in question."""
    printed: str = ""
    """The line as the traceback printed it, without its indent; empty where none was printed."""
    modified_at: int | None = None


def unresolvable(frame: Frame, reason: str) -> SourceView:
    """The view of a frame whose source cannot be shown."""
    return SourceView(frame.file or "", Staleness.UNRESOLVABLE, reason, highlighted=frame.line, printed=frame.source)


def candidates(frame: Frame, process: Process, own_paths: tuple[str, ...]) -> tuple[str, ...] | str:
    """Absolute paths where the frame's file may lie, the likeliest first, or words for why there is none.

    A relative path is looked for below the roots of the profile, then, while the process runs, below its working
    directory (``/proc/<pid>/cwd``; the API does not tell it otherwise).
    """
    file = (frame.file or "").removeprefix("file://")
    if not file:
        return "the frame names no file"
    if _NO_FILE.search(file):
        return f"{file} is no file of the sandbox"
    if _WINDOWS.match(file):
        return f"{file} is a path of another system"
    if file.startswith("/"):
        path = "/" + posixpath.normpath(file).lstrip("/")
        return f"{path} is no source file" if _DEVICE.match(path) else (path,)
    found = [posixpath.normpath(posixpath.join(root, file)) for root in own_paths if root.startswith("/")]
    relative = posixpath.normpath(file)
    if process.is_running and not relative.startswith(".."):
        found.append(f"/proc/{process.pid}/cwd/{relative}")
    if not found:
        ended = "" if process.is_running else " and the process no longer runs"
        return f"the path is relative{ended}; name the roots of your code in the profile (own_paths)"
    return tuple(dict.fromkeys(found))


def source_view(
    content: bytes,
    frame: Frame,
    *,
    path: str,
    modified_at: int | None,
    started_at: int,
    context: int = CONTEXT,
) -> SourceView:
    """The lines of a file around the frame's line, and how far they can be trusted."""
    lines = re.split(r"\r\n|\n|\r", content.decode(errors="replace"))
    if lines and not lines[-1]:
        lines.pop()
    if frame.line is None:
        return unresolvable(frame, "the frame names no line")
    if not 1 <= frame.line <= len(lines):
        has = f"the file has {len(lines):,} lines now"
        return SourceView(
            path, Staleness.DIFFERS, has, highlighted=frame.line, printed=frame.source, modified_at=modified_at
        )
    first = max(1, frame.line - context)
    staleness, reason = _staleness(lines[frame.line - 1], frame, modified_at, started_at)
    shown = tuple(RawLine(line) for line in lines[first - 1 : frame.line + context])
    return SourceView(path, staleness, reason, shown, first, frame.line, frame.source, modified_at)


def _staleness(line: str, frame: Frame, modified_at: int | None, started_at: int) -> tuple[Staleness, str]:
    printed = " ".join(frame.source.split())
    if printed and not _is_same(printed, " ".join(line.split())):
        return Staleness.DIFFERS, "the line differs from the one printed"
    if modified_at is not None and started_at and modified_at > started_at:
        return Staleness.CHANGED, "changed since the process started"
    if printed:
        return Staleness.FRESH, "the line is the one printed"
    if modified_at is None or not started_at:
        return Staleness.UNKNOWN, "nothing tells whether it changed"
    return Staleness.FRESH, "unchanged since the process started"


def _is_same(printed: str, line: str) -> bool:
    """Runtimes may print a part of a long line, or the first line of a statement with others joined to it."""
    return printed == line or (bool(line) and printed.startswith(line + " ")) or (len(printed) > 3 and printed in line)

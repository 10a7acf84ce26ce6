"""What error groups are made of: one occurrence of an error, and where and when it was seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from tui.core.failures import Verdict
from tui.core.fingerprint import (
    Fingerprint,
    Level,
    deciding_frame,
    exit_fingerprint,
    fingerprint_of,
    own_roots_of,
    relative_path,
)
from tui.core.models import Process, ProcessKey, Stream
from tui.core.text import one_line
from tui.core.tracebacks.model import Traceback

_HEADLINE = 300


class TimeSource(Enum):
    """What tells when an error happened; the value is the word for it."""

    LINE = "live line"
    """The stream delivered its line live, with a timestamp."""
    PROCESS_END = "end of the process"
    PROCESS_START = "start of the process"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was seen; ``at`` is in ms, None where nothing tells."""

    at: int | None
    source: TimeSource


@dataclass(frozen=True, slots=True)
class Source:
    """The output of one run that an error was found in; ``stream`` is None for a failure without a report."""

    process: ProcessKey
    stream: Stream | None


@dataclass(frozen=True, slots=True)
class Member:
    """One occurrence of an error. Texts are cleaned."""

    process: Process
    sandbox: str
    """What people call the sandbox."""
    stream: Stream | None
    line: int | None
    """0-based index of the report's first line in the log; None for a failure without a report."""
    end: int | None
    headline: str
    where: str
    """``agent.py:41 in parse``; empty where nothing tells."""
    moment: Moment
    fingerprints: Mapping[Level, Fingerprint]
    handled: bool = False
    """The report says that the program caught it or went on."""

    @property
    def source(self) -> Source:
        """The output it was found in."""
        return Source(self.process.key, self.stream)


def moment_of(process: Process, line_timestamp: int) -> Moment:
    """When a line was written: its own time (0: unknown), else the end, else the start of the process."""
    if line_timestamp:
        return Moment(line_timestamp, TimeSource.LINE)
    if process.ended_at:
        return Moment(process.ended_at, TimeSource.PROCESS_END)
    if process.started_at:
        return Moment(process.started_at, TimeSource.PROCESS_START)
    return Moment(None, TimeSource.UNKNOWN)


def report_member(
    traceback: Traceback,
    process: Process,
    stream: Stream,
    *,
    timestamp: int = 0,
    sandbox: str = "",
    own_paths: tuple[str, ...] = (),
) -> Member:
    """The occurrence that a report in an output is; ``timestamp`` is that of its last line, 0: unknown."""
    roots = own_roots_of(process, own_paths, traceback.frames)
    return Member(
        process=process,
        sandbox=sandbox or process.sandbox_id,
        stream=stream,
        line=traceback.start,
        end=traceback.end,
        headline=one_line(traceback.headline, _HEADLINE),
        where=where(traceback, roots),
        moment=moment_of(process, timestamp),
        fingerprints={level: fingerprint_of(traceback, level, roots) for level in Level},
        handled=traceback.handled,
    )


def exit_member(process: Process, verdict: Verdict, *, sandbox: str = "") -> Member:
    """The occurrence that a failure without a report is."""
    return Member(
        process=process,
        sandbox=sandbox or process.sandbox_id,
        stream=None,
        line=None,
        end=None,
        headline=f"{verdict.word}, no traceback",
        where=process.short_command_line[:_HEADLINE],
        moment=moment_of(process, 0),
        fingerprints={level: exit_fingerprint(process, verdict, level) for level in Level},
    )


def where(traceback: Traceback, own_roots: tuple[str, ...] = ()) -> str:
    """The place of an error in a few words, such as ``agent.py:41 in parse``; empty where no frame was printed."""
    frame = deciding_frame(traceback, own_roots)
    if frame is None:
        return ""
    place = relative_path(frame.file, own_roots) if frame.file else ""
    if place and frame.line is not None:
        place = f"{place}:{frame.line}"
    parts = [part for part in (place, frame.function) if part]
    return one_line(" in ".join(parts), _HEADLINE)

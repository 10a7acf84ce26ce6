"""The plain form of a traceback, for JSON output and for measuring the detector."""

from __future__ import annotations

from typing import Any

from tui.core.tracebacks.model import Traceback


def as_record(traceback: Traceback) -> dict[str, Any]:
    """Fields of ``traceback`` by name; ``lines`` only where lines of other streams fall between."""
    record: dict[str, Any] = {
        "start": traceback.start,
        "end": traceback.end,
        "language": traceback.language,
        "type": traceback.type,
        "message": traceback.message or None,
        "frames": [{"file": frame.file, "line": frame.line, "function": frame.function} for frame in traceback.frames],
        "chained": traceback.chained,
        "is_group": traceback.is_group,
        "cause_types": list(traceback.cause_types),
        "truncated": traceback.truncated,
    }
    if traceback.lines is not None:
        record["lines"] = list(traceback.lines)
    return record

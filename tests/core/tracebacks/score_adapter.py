"""The detector behind the interface a corpus scorer expects: ``detect(lines)`` and ``open()`` sessions."""

from __future__ import annotations

from typing import Any

from tui.core.tracebacks.detector import TracebackDetector
from tui.core.tracebacks.record import as_record


class Session:
    """Incremental use."""

    def __init__(self) -> None:
        self._detector = TracebackDetector()

    def feed(self, lines: list[str]) -> list[dict[str, Any]]:
        return [as_record(block) for block in self._detector.feed_many(lines)]

    def close(self) -> list[dict[str, Any]]:
        return [as_record(block) for block in self._detector.flush()]


def detect(lines: list[str]) -> list[dict[str, Any]]:
    session = Session()
    return session.feed(lines) + session.close()


def open() -> Session:  # noqa: A001  (the name is the scorer's)
    return Session()

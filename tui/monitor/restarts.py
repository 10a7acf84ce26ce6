"""How often managed processes were seen to restart lately."""

from __future__ import annotations

from collections import deque

from tui.core.failures import RESTART_WINDOW_MS
from tui.core.models import Process


class RestartCounter:
    """Remembers, for each managed process, when its ``restart_count`` grew while we watched.

    The count that a process had when it was first seen is history of unknown age and does not count.
    """

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._times: dict[str, deque[int]] = {}

    def see(self, process: Process, now_ms: int) -> None:
        """Take note of one record of the process list."""
        managed = process.managed
        if managed is None:
            return
        before = self._counts.get(managed.id)
        if before is None or managed.restart_count > before:
            self._counts[managed.id] = managed.restart_count
        if before is not None and managed.restart_count > before:
            times = self._times.setdefault(managed.id, deque(maxlen=16))
            times.extend([now_ms] * min(managed.restart_count - before, 16))

    def recent(self, process: Process, now_ms: int) -> int:
        """Restarts of ``process`` seen within the last ten minutes; 0 for a process that is not managed."""
        if process.managed is None:
            return 0
        return sum(1 for time in self._times.get(process.managed.id, ()) if now_ms - time <= RESTART_WINDOW_MS)

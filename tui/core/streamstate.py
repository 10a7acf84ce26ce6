"""State of one output stream: the second of the three states that are never mixed.

It says how lines reach us, and nothing about the process.
"""

from __future__ import annotations

from enum import Enum


class StreamState(Enum):
    """How lines reach us now; the value is the word on the screen."""

    WAITING = "waiting"
    """For contact with the sandbox."""
    CONNECTING = "connecting"
    FOLLOWING = "live"
    POLLING = "polling"
    RECONNECTING = "reconnecting"
    ENDED = "ended"
    """The server said that the stream is finished."""
    CAPTURE_ENDED = "capture ended"
    """The server said that the stream is finished while the process runs on."""
    UNKNOWN_PROCESS = "unknown process"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """True when no more lines will come through this stream."""
        return self in (
            StreamState.ENDED,
            StreamState.CAPTURE_ENDED,
            StreamState.UNKNOWN_PROCESS,
            StreamState.FAILED,
        )

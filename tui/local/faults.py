"""The misbehaviour that other servers of this API are known for, to be switched on one by one.

Our own server has none of it. Clients must survive all of it, so tests and ``boxscope serve --faithful-faults`` can ask
for it. Every field may be changed while the server runs; it is read when it matters.
"""

from __future__ import annotations

import codecs
from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple


class Race(Enum):
    """What becomes of lines that arrive while a follow stream changes from replay to live."""

    NONE = "none"
    LOSE = "lose"
    DOUBLE = "double"


class Refusal(NamedTuple):
    """An answer of the proxy in front of a sandbox."""

    status: int
    code: str
    message: str = "the proxy refused the request"


NOT_RUNNING = Refusal(503, "SANDBOX_NOT_RUNNING", "sandbox is not running")
CONNECTION_REFUSED = Refusal(502, "CONNECTION_REFUSED", "connection to the sandbox was refused")
READ_TIMEOUT = Refusal(504, "READ_TIMEOUT", "the sandbox took too long to answer")


@dataclass(slots=True)
class Faults:
    """What to do wrong; the default is nothing."""

    dead_capture: bool = False
    """Invalid UTF-8 ends the capture of that stream for good, without a marker."""
    race: Race = Race.NONE
    """Lose, or send twice, the lines that arrive between replay and live."""
    race_seconds: float = 0.05
    """How long that moment takes."""
    event_window: int | None = None
    """Lines kept for a slow reader; older ones are skipped without notice."""
    random_order: bool = False
    """The process list changes its order from poll to poll."""
    reuse_pids: bool = False
    """A new process is reported under the pid of a finished one and appends to its log."""
    heartbeat_seconds: float | None = None
    """Follow streams carry heartbeat objects: one at once, then one every so many seconds."""
    refuse_next: deque[Refusal] = field(default_factory=deque)
    """Answers for the next requests to the sandbox, used up in order."""
    refuse_every: int | None = None
    """Every so many requests to the sandbox are refused with ``refusal``."""
    refusal: Refusal = NOT_RUNNING
    disconnect_after: int | None = None
    """Follow streams break off after so many lines, without ``eof``."""
    sandbox_status: str = "running"
    """Status given by the control plane; anything else makes the sandbox refuse every request."""
    requests: int = 0
    """Requests to the sandbox so far."""

    @classmethod
    def faithful(cls) -> Faults:
        """The set that an old daemon shows all the time."""
        return cls(dead_capture=True, race=Race.LOSE, event_window=1024, random_order=True, heartbeat_seconds=10.0)

    def refusal_for_request(self) -> Refusal | None:
        """Count a request to the sandbox and say whether the proxy refuses it."""
        self.requests += 1
        if self.sandbox_status != "running":
            return Refusal(503, "SANDBOX_NOT_RUNNING", f"sandbox is {self.sandbox_status}")
        if self.refuse_next:
            return self.refuse_next.popleft()
        if self.refuse_every and self.requests % self.refuse_every == 0:
            return self.refusal
        return None


class StrictText:
    """Lets a byte stream through up to the line that is not valid UTF-8."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")

    def feed(self, piece: bytes) -> tuple[bytes, bool]:
        """The part of ``piece`` that is stored, and whether the capture goes on."""
        held = len(self._decoder.getstate()[0])
        try:
            self._decoder.decode(piece)
        except UnicodeDecodeError as error:
            return piece[: piece.rfind(b"\n", 0, max(error.start - held, 0)) + 1], False
        return piece, True

"""When to ask for a snapshot: where it can prove something, and never at more than a tenth of the time in downloads."""

from __future__ import annotations

from dataclasses import dataclass

QUIET = 2.0
"""Seconds without output, after some, until it is checked."""
DRAIN = 1.0
"""Seconds after an exit until what was still in the pipe has reached the log."""
LEAST = 1.0
"""Seconds between two requests at least."""
COST = 10.0
"""Multiple of its own duration that a download must be apart from the next."""


@dataclass(frozen=True, slots=True)
class SnapshotClock:
    """What a follower's clock says, in seconds."""

    quiet: float
    """Since output last arrived, or since the stream was opened."""
    since_exit: float | None = None
    """Since the process was seen to have ended; None while it runs."""
    since_snapshot: float | None = None
    """Since a snapshot was last requested, whether or not it was answered; None: never."""
    download: float = 0.0
    """What the last answer took."""


@dataclass(frozen=True, slots=True)
class SnapshotNeed:
    """What a snapshot could prove, as an account knows it."""

    complete: bool
    pending: bool
    """One is requested and not yet answered."""
    unchecked: bool
    """Output arrived that no snapshot has agreed with."""
    ended_unchecked: bool
    """The stream has ended by ``eof``, and no snapshot since has agreed, or was too large to."""
    reconnected: bool
    """Another stream was opened, and no snapshot was read since."""
    hopeless: bool
    """The last one was cut off at the byte ceiling, and logs only grow: more output is no reason to ask again. A new
    stream, an end of it or the end of the process is one, since the log may be another by then, or have lost its
    beginning."""


def is_due(need: SnapshotNeed, clock: SnapshotClock) -> bool:
    """True when a snapshot should be requested now."""
    if need.pending:
        return False
    since = clock.since_snapshot
    if since is not None and since < max(LEAST, COST * clock.download):
        return False
    if clock.since_exit is not None:
        asked_after_exit = -1.0 if since is None else clock.since_exit - since
        # A complete account is no exception: a stream opened after the exit ends before the pipe is drained.
        drains = not need.hopeless and asked_after_exit < DRAIN <= clock.since_exit
        if asked_after_exit < 0 or drains:
            return True
    if need.complete:
        return False
    return need.ended_unchecked or need.reconnected or (need.unchecked and not need.hopeless and clock.quiet >= QUIET)

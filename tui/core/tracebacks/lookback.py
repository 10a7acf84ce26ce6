"""Finding the head of a report from its first frame: most runtimes print the head without a mark of its own."""

from __future__ import annotations

from collections.abc import Callable

from tui.core.tracebacks.grammar import Recent
from tui.core.tracebacks.prefix import EMPTY, MAX_PREFIX, Prefix
from tui.core.tracebacks.text import clean, interrupts, is_logged

MAX_MESSAGE_LINES = 40
"""Lines of a message between head and first frame that are looked through."""

MAX_INTERRUPTING = 2
"""Records of other threads between head and first frame that are passed over."""


def prefix_before(text: str, at: int, recent: Recent) -> Prefix | None:
    """Prefix of a line whose frame begins at ``at`` after an indentation; None where it is too long for one.

    How much of the blanks is indentation cannot be seen from one line; at most one blank or tab is taken as
    the end of the prefix.
    """
    lead = text[:at]
    stem = lead.rstrip(" \t")
    if not stem:
        return EMPTY
    if len(stem) > MAX_PREFIX:
        return None
    blank = lead[len(stem) : len(stem) + 1]
    return settled(Prefix(stem + blank), recent)


def settled(prefix: Prefix, recent: Recent) -> Prefix:
    """The prefix with its numbers free, where the line above has it only so: its numbers count lines."""
    above = clean(recent.lines[-1][1]) if prefix and recent.lines else ""
    if not above or prefix.cut(above) is not None or not prefix.counts_on_from(above):
        return prefix
    return prefix if next(recent.before(prefix, 1), None) else prefix.loosened()


def head_before(
    recent: Recent,
    prefix: Prefix,
    is_head: Callable[[str, int], bool],
    is_barrier: Callable[[str], bool],
    limit: int = MAX_MESSAGE_LINES,
) -> list[tuple[int, str]]:
    """Lines from the head to the line before the frame, nearest first; empty where no head is found.

    ``is_head(text, distance)`` judges a line ``distance`` lines above the frames. The search ends without a
    result at a log record that may be a head of its own, and at a line for which ``is_barrier`` holds, unless it is a frame directly above.
    """
    passed: list[tuple[int, str]] = []
    distance = interrupting = 0
    for index, text in recent.before(prefix, limit):
        passed.append((index, text))
        if is_barrier(text):
            if distance:
                return []
            # A frame above the first one that could be noticed.
            continue
        distance += 1
        if is_head(text, distance):
            return passed
        if is_logged(text):
            interrupting += 1
            if interrupting > MAX_INTERRUPTING or not interrupts(text):
                return []
    return []

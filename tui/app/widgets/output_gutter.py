"""What stands before the text of a row: a bar or mark, its number, and when it was written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from enum import Enum

from tui.core import format as fmt

BAR, BAR_SELECTED, MARKED = "▎", "▌", "◆"
BAR_WIDTH = 1
NUMBER_DIGITS = 5
"""Fewest digits that room is kept for, so that the text does not move while the first lines arrive."""


class Times(Enum):
    """How the time of a line is shown; the ``t`` key goes from one to the next."""

    NONE = "none"
    CLOCK = "clock"
    RELATIVE = "relative"
    """Since the start of the output."""
    GAP = "gap"
    """Since the previous line."""

    @property
    def next(self) -> Times:
        """The one after this, round and round."""
        members = list(Times)
        return members[(members.index(self) + 1) % len(members)]


TIME_WIDTHS = {Times.NONE: 0, Times.CLOCK: 9, Times.RELATIVE: 9, Times.GAP: 9}


UNKNOWN_TIMES = {Times.NONE: "", Times.CLOCK: "--:--:--", Times.RELATIVE: "--", Times.GAP: "--"}
"""What stands for a time that is not known where that has to be told from one that was left out."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Which of several outputs a row is of: a ``label``, the name of the style it is written in, and what is laid over
    that, in the words of a Rich style, where several share it."""

    label: str
    style: str
    emphasis: str = ""


def number_width(line_count: int) -> int:
    """Cells for numbers up to ``line_count``, with a blank after them."""
    return max(NUMBER_DIGITS, len(str(line_count))) + 1


def gutter_width(times: Times, line_count: int | None, origins: int = 0) -> int:
    """Cells before the text; ``line_count`` is None where numbers are not shown, ``origins`` are those for labels."""
    return BAR_WIDTH + TIME_WIDTHS[times] + (number_width(line_count) if line_count is not None else 0) + origins


def time_text(times: Times, timestamp: int, before: int, *, epoch: int, zone: tzinfo | None) -> str:
    """The time of a line in the cells of its column, a blank at the end; all blank where it is not known.

    ``before`` is the time of the previous line, ``epoch`` that of the start; all in milliseconds, 0 for unknown.
    """
    width = TIME_WIDTHS[times]
    if not timestamp or not width:
        return " " * width
    if times is Times.CLOCK:
        text = fmt.clock(timestamp, zone)
    elif times is Times.RELATIVE:
        text = _span(timestamp - epoch, "") if epoch else ""
    else:
        text = _span(timestamp - before, "+") if before else ""
    return f"{text[: width - 1]:>{width - 1}} "


def _span(milliseconds: int, sign: str) -> str:
    """A length of time in at most eight cells, in milliseconds while it is short."""
    if milliseconds < 0:
        return f"-{fmt.duration(-milliseconds)}"
    if milliseconds < 1000:
        return f"{sign}{milliseconds}ms"
    if milliseconds < 60_000:
        return f"{sign}{milliseconds / 1000:.1f}s"
    return f"{sign}{fmt.duration(milliseconds)}"

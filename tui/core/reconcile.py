"""Putting lines of which we know that they are the log's in place of lines of which we do not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from tui.core.alignment import Match, align
from tui.core.buffer import LineBuffer
from tui.core.models import RawLine
from tui.core.rows import Row, RowKind, line_rows

WINDOW = 8192
"""Lines of the log that are aligned at a time."""
_SLACK = 4096
"""Rows that are looked at beyond that, since we may hold lines that the log does not."""


@dataclass(slots=True)
class Change:
    """What :func:`install` found and did."""

    repaired: int = 0
    """Lines put in or taken out before a line that we held already."""
    trailing: int = 0
    """Lines put in after the last line that we held already: new, or lost; the caller knows which."""
    filled: list[int] = field(default_factory=list)
    """Row ids of the gaps that are none any more."""


def install(
    buffer: LineBuffer,
    settled: int,
    truth: Sequence[RawLine],
    *,
    trailing: int = 0,
    fixed: Collection[int] = (),
) -> Change:
    """Make ``truth`` the lines that follow the first ``settled`` lines of ``buffer``.

    Lines held already keep their row ids and times. Lines held beyond the last that is found in ``truth`` stay after
    it: they may belong to what comes next in the log. ``trailing`` hands on what the call before ended with, when
    ``truth`` comes in pieces. Gaps are closed, but for those whose row ids are ``fixed``.
    """
    change = Change(trailing=trailing)
    for start in range(0, len(truth), WINDOW):
        chunk = truth[start : start + WINDOW]
        _install_window(buffer, settled, chunk, change, fixed)
        settled += len(chunk)
    return change


def after_line(buffer: LineBuffer, line: int) -> int:
    """Position of the row that follows the line with this number; 0 where the line is not held."""
    position = buffer.position_of_line(line)
    return 0 if position is None else position + 1


def _install_window(
    buffer: LineBuffer, settled: int, truth: Sequence[RawLine], change: Change, fixed: Collection[int]
) -> None:
    start = after_line(buffer, settled)
    rows = [] if start == len(buffer) else buffer.rows(start, start + len(truth) + _SLACK)
    lines = [at for at, row in enumerate(rows) if row.kind is RowKind.LINE]
    gaps = {row.row_id for row in rows if row.kind is RowKind.GAP}.difference(fixed)
    if not lines and not gaps:
        buffer.append(truth)
        change.trailing += len(truth)
        return
    texts = [rows[at].text for at in lines]
    matches = align(texts, truth)
    if matches:
        change.repaired += change.trailing
        change.trailing = 0
    if matches == [(0, 0, len(truth))] and lines[len(truth) - 1] == len(truth) - 1:
        return
    new, used = _woven(rows, lines, truth, matches, gaps, change)
    change.filled += [row.row_id for row in rows[:used] if row.row_id in gaps]
    if new != rows[:used]:
        buffer.splice(start, used, new)


def _woven(
    rows: Sequence[Row],
    lines: Sequence[int],
    truth: Sequence[RawLine],
    matches: Sequence[Match],
    gaps: Collection[int],
    change: Change,
) -> tuple[list[Row], int]:
    """The rows that show ``truth``, and how many of the present rows they stand in for.

    ``lines`` are the offsets of the rows that are lines, ``gaps`` the ids of those that are to be closed.
    """
    new: list[Row] = []
    used = held = told = 0
    for match in matches:
        first, stop = lines[match.ours], lines[match.ours + match.length - 1] + 1
        new += [row for row in rows[used:first] if row.kind is not RowKind.LINE and row.row_id not in gaps]
        new += line_rows(truth[told : match.truth], None)
        new += [row for row in rows[first:stop] if row.row_id not in gaps]
        change.repaired += max(match.ours - held, match.truth - told)
        used, held, told = stop, match.ours + match.length, match.truth + match.length
    rest = truth[told:]
    if rest:
        leading = lines[held] if held < len(lines) else len(rows)
        new += [row for row in rows[used:leading] if row.row_id not in gaps]
        new += line_rows(rest, None)
        used = leading
        change.trailing += len(rest)
    return new, used

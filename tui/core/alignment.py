"""Which of the lines we hold are which lines of the log: a diff in near linear time.

Log lines are mostly unique, so lines that occur once on both sides pin the two sequences to each other; what lies
between two pins is small and compared closely. Where nothing is unique, runs that agree are searched for within a
bound, and what is not found counts as different: the result is always valid, at worst it matches less than it might.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

_CLOSE = 40_000
"""Most pairs of lines that are compared each with each."""
_PROBE = 4
_REACH = 2048
_BUDGET = 40_000


class Match(NamedTuple):
    """A run of ``length`` lines that are the same at ``ours`` and at ``truth``."""

    ours: int
    truth: int
    length: int


def align(ours: Sequence[str], truth: Sequence[str]) -> list[Match]:
    """Runs of equal lines, rising on both sides and not overlapping, neighbours joined."""
    ours, truth = list(ours), list(truth)
    found: list[Match] = []
    i = j = common_prefix(ours, truth)
    _add(found, 0, 0, i)
    for x, y in [(x + i, y + j) for x, y in _pins(ours[i:], truth[j:])]:
        if x < i or y < j:
            continue
        back = 0
        while x - back > i and y - back > j and ours[x - back - 1] == truth[y - back - 1]:
            back += 1
        _between(found, ours, truth, (i, x - back), (j, y - back))
        length = back + common_prefix(ours, truth, x, y)
        _add(found, x - back, y - back, length)
        i, j = x - back + length, y - back + length
    _between(found, ours, truth, (i, len(ours)), (j, len(truth)))
    return found


def common_prefix(ours: Sequence[str], truth: Sequence[str], i: int = 0, j: int = 0) -> int:
    """Number of equal lines from ``i`` and ``j`` on, of two lists."""
    most = min(len(ours) - i, len(truth) - j)
    if ours[i : i + most] == truth[j : j + most]:
        return most
    at = 0
    while ours[i + at] == truth[j + at]:
        at += 1
    return at


def _pins(ours: Sequence[str], truth: Sequence[str]) -> list[tuple[int, int]]:
    """Places of lines that occur once on both sides: the longest choice of them that rises on both."""
    if not ours or not truth:
        return []
    once = {line for line, count in Counter(truth).items() if count == 1}
    here = Counter(ours)
    places = {line: y for y, line in enumerate(truth) if line in once and here.get(line) == 1}
    pairs = [(x, places[line]) for x, line in enumerate(ours) if line in places]
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for at, (_, y) in enumerate(pairs):
        rank = bisect_left(ends, y)
        before.append(last[rank - 1] if rank else -1)
        ends[rank : rank + 1] = [y]
        last[rank : rank + 1] = [at]
    chosen: list[tuple[int, int]] = []
    at = last[-1] if last else -1
    while at >= 0:
        chosen.append(pairs[at])
        at = before[at]
    return chosen[::-1]


def _between(
    found: list[Match], ours: Sequence[str], truth: Sequence[str], here: tuple[int, int], there: tuple[int, int]
) -> None:
    """Add the matches between two pins."""
    (i, stop), (j, end) = here, there
    if i >= stop or j >= end:
        return
    a, b = ours[i:stop], truth[j:end]
    matches = _closely(a, b) if len(a) * len(b) <= _CLOSE else _by_runs(a, b)
    for x, y, length in matches:
        _add(found, i + x, j + y, length)


def _closely(a: Sequence[str], b: Sequence[str]) -> list[Match]:
    start = common_prefix(a, b)
    rest = SequenceMatcher(None, a[start:], b[start:], autojunk=False).get_matching_blocks()
    return [Match(0, 0, start), *(Match(x + start, y + start, length) for x, y, length in rest)]


def _by_runs(a: Sequence[str], b: Sequence[str]) -> list[Match]:
    """Matches found by skipping as little as possible on one side or the other until a few lines agree."""
    found: list[Match] = []
    i = j = 0
    budget = _BUDGET
    while i < len(a) and j < len(b):
        length = common_prefix(a, b, i, j)
        if length:
            found.append(Match(i, j, length))
            i, j = i + length, j + length
            continue
        for skip in range(1, min(_REACH, budget)):
            if _agree(a, b, i + skip, j):
                i += skip
                break
            if _agree(a, b, i, j + skip):
                j += skip
                break
        else:
            break
        budget -= skip
    return found


def _agree(a: Sequence[str], b: Sequence[str], i: int, j: int) -> bool:
    length = min(_PROBE, len(a) - i, len(b) - j)
    return length > 0 and a[i : i + length] == b[j : j + length]


def _add(found: list[Match], ours: int, truth: int, length: int) -> None:
    if not length:
        return
    if found:
        last = found[-1]
        if last.ours + last.length == ours and last.truth + last.length == truth:
            found[-1] = Match(last.ours, last.truth, last.length + length)
            return
    found.append(Match(ours, truth, length))

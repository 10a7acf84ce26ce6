"""Counting, dating and listing equal errors; going finer and coarser; taking an output back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import process
from tui.core.failures import judge
from tui.core.fingerprint import Level
from tui.core.group_members import Member, Moment, TimeSource, exit_member, moment_of, report_member, where
from tui.core.groups import BUCKET_MS, MAX_GROUPS, MEMBERS_KEPT, ErrorGroups
from tui.core.models import Process, Stream
from tui.core.tracebacks.model import ExceptionPart, Frame, Traceback

T0 = 1_800_000_000_000


def traceback(
    start: int = 0, type_: str = "KeyError", function: str = "parse", message: str = "'x'", **changes: Any
) -> Traceback:
    frames = (Frame("/w/agent.py", 41, function, f"{function}_source({message})"),)
    part = ExceptionPart(type_, message, frames=frames)
    return Traceback("python", "python", start, start + 3, part, frames, **changes)


def member(
    start: int = 0,
    owner: Process | None = None,
    *,
    at: int = 0,
    sandbox: str = "box",
    handled: bool = False,
    **changes: Any,
) -> Member:
    found = traceback(start, handled=handled, **changes)
    return report_member(found, owner or process(7), Stream.STDERR, timestamp=at, sandbox=sandbox)


def test_equal_errors_are_one_group_over_processes_and_sandboxes() -> None:
    groups = ErrorGroups()
    other = process(9, sandbox_id="other")
    for each in (member(0, at=T0), member(8, at=T0 + 5), member(0, other, at=T0 + 2, sandbox="second")):
        assert groups.add(each)
    [group] = groups.groups()
    assert (group.count, group.headline, group.where) == (3, "KeyError: 'x'", "/w/agent.py:41 in parse")
    assert group.by_process == {process(7).key: 2, other.key: 1}
    assert group.by_sandbox == {"box": 2, "second": 1}
    assert [m.moment.at for m in group.members] == [T0 + 5, T0 + 2, T0]
    assert (group.first, group.last) == (Moment(T0, TimeSource.LINE), Moment(T0 + 5, TimeSource.LINE))
    assert groups.of_process(other.key) == [group]
    assert groups.of_process(process(5).key) == []


def test_what_is_added_twice_counts_once() -> None:
    groups = ErrorGroups()
    assert groups.add(member(4))
    version = groups.version
    assert not groups.add(member(4))
    assert groups.version == version
    assert groups.groups()[0].count == 1


def test_times_come_from_the_line_else_from_the_process() -> None:
    ended = process(7, status="exited", exit_code=1, ended_at=T0 + 9)
    assert moment_of(ended, T0) == Moment(T0, TimeSource.LINE)
    assert moment_of(ended, 0) == Moment(T0 + 9, TimeSource.PROCESS_END)
    assert moment_of(process(7), 0) == Moment(process(7).started_at, TimeSource.PROCESS_START)
    assert moment_of(process(7, started_at=0), 0) == Moment(None, TimeSource.UNKNOWN)


def test_newest_failure_comes_first() -> None:
    groups = ErrorGroups()
    groups.add(member(0, type_="A", at=T0 + 10))
    groups.add(member(9, type_="B", at=T0 + 20))
    groups.add(member(18, type_="C", at=T0))
    groups.add(member(27, type_="D", owner=process(8, started_at=0)))
    assert [group.headline[0] for group in groups.groups()] == ["B", "A", "C", "D"]


def test_going_finer_and_coarser_keeps_every_occurrence() -> None:
    groups = ErrorGroups()
    for start, message in enumerate(("'a'", "'b'", "1", "2")):
        groups.add(member(start * 9, message=message))
    groups.add(member(100, type_="ValueError"))
    counts = {level: sorted(group.count for group in groups.groups(level)) for level in Level}
    assert counts[Level.NORMAL] == counts[Level.COARSE] == [1, 4]
    assert counts[Level.FINE] == [1, 1, 1, 1, 1]
    groups.level = Level.FINE
    assert len(groups.groups()) == 5
    groups.level = groups.level.coarser
    assert len(groups.groups()) == 2


def test_members_are_bounded_and_counted_beyond() -> None:
    groups = ErrorGroups()
    for number in range(MEMBERS_KEPT + 50):
        groups.add(member(number * 9, at=T0 + number))
    [group] = groups.groups()
    assert (group.count, len(group.members), group.beyond) == (MEMBERS_KEPT + 50, MEMBERS_KEPT, 50)
    assert group.members[0].moment.at == T0 + MEMBERS_KEPT + 49


def test_groups_are_bounded_and_what_found_no_place_is_told() -> None:
    groups = ErrorGroups()
    for number in range(MAX_GROUPS + 3):
        groups.add(member(number * 9, type_=f"Error{number}"))
    assert len(groups.groups()) == MAX_GROUPS
    assert groups.ungrouped == 3


def test_trend_counts_in_steps_of_five_minutes() -> None:
    groups = ErrorGroups()
    for number, at in enumerate((T0, T0, T0 + BUCKET_MS, T0 + 3 * BUCKET_MS)):
        groups.add(member(number * 9, at=at))
    [group] = groups.groups()
    assert group.trend(T0 + 3 * BUCKET_MS, steps=5) == (0, 2, 1, 0, 1)


def test_muted_groups_are_marked_and_still_counted_at_every_level() -> None:
    groups = ErrorGroups()
    groups.add(member(0))
    groups.add(member(9, type_="ValueError"))
    mark = member(0).fingerprints[Level.NORMAL].text
    groups.mute([mark[:10]])
    for level in Level:
        muted = {group.headline: group.is_muted for group in groups.groups(level)}
        assert muted == {"KeyError: 'x'": True, "ValueError: 'x'": False}
    groups.mute([])
    assert not any(group.is_muted for group in groups.groups())


def test_a_report_still_being_printed_is_counted_once_and_replaced() -> None:
    groups = ErrorGroups()
    open_first, open_later = member(4, function="head"), member(4, function="tail")
    source = open_first.source
    groups.set_open(source, open_first)
    assert [group.where for group in groups.groups()] == [open_first.where]
    groups.set_open(source, open_later)
    assert [(group.where, group.count) for group in groups.groups()] == [(open_later.where, 1)]
    groups.add(open_later)
    assert [(group.where, group.count) for group in groups.groups()] == [(open_later.where, 1)]
    groups.set_open(source, open_later)
    assert [group.count for group in groups.groups()] == [1]


def test_an_output_can_be_taken_back_as_a_whole() -> None:
    groups = ErrorGroups()
    other = process(9)
    kept = member(0, other)
    groups.add(kept)
    groups.add(member(0))
    groups.add(member(9, type_="ValueError"))
    short = {group.headline: group.short_id for group in groups.groups()}
    groups.forget(member(0).source)
    [group] = groups.groups()
    assert (group.count, group.members) == (1, (kept,))
    assert groups.add(member(2))
    assert groups.add(member(11, type_="ValueError"))
    assert {group.headline: group.short_id for group in groups.groups()} == short


def test_failures_without_a_report_are_groups_of_their_own() -> None:
    groups = ErrorGroups()
    for pid in (7, 8):
        dead = process(pid, status="oom_killed", oom_killed=True, signal=9, ended_at=T0, args=("embed.py", str(pid)))
        groups.add(exit_member(dead, judge(dead), sandbox="box"))
    [group] = groups.groups()
    assert (group.count, group.headline, group.is_exit_only) == (2, "OOM-killed, no traceback", True)
    assert group.last == Moment(T0, TimeSource.PROCESS_END)
    assert group.where.startswith("python embed.py")


def test_handled_reports_are_counted_apart() -> None:
    groups = ErrorGroups()
    groups.add(member(0))
    groups.add(member(9, handled=True))
    assert [(group.count, group.handled) for group in groups.groups()] == [(2, 1)]


def test_texts_of_members_are_harmless() -> None:
    hostile = member(0, type_="Key\x1b[2JError", function="f\x1b]52;c;x\x07")
    assert "\x1b" not in hostile.headline + hostile.where
    no_frames = replace(traceback(), frames=(), exception=ExceptionPart("E"))
    assert where(no_frames) == ""


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 6), st.sampled_from("ABC")), max_size=40))
def test_counts_agree_at_all_levels_whatever_is_added_and_taken_back(steps: list[tuple[int, int, str]]) -> None:
    groups = ErrorGroups()
    held: dict[tuple[int, int], str] = {}
    for pid, line, type_ in steps:
        if line == 6:
            groups.forget(member(0, process(pid)).source)
            held = {place: kept for place, kept in held.items() if place[0] != pid}
        elif groups.add(member(line * 9, process(pid), type_=type_)):
            held[(pid, line)] = type_
    for level in Level:
        assert sum(group.count for group in groups.groups(level)) == len(held)
        assert {group.headline[0] for group in groups.groups(level)} == set(held.values())

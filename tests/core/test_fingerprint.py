"""Equal errors have one fingerprint, different ones do not, and what varies from run to run does not count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import process
from tui.core.failures import judge
from tui.core.fingerprint import Level, normalised, of_exit, of_traceback
from tui.core.groups import MEMBERS_KEPT, ErrorGroups, Member
from tui.core.models import Stream
from tui.core.tracebacks.detector import TracebackDetector
from tui.core.tracebacks.model import Traceback


def report(*lines: str) -> Traceback:
    detector = TracebackDetector()
    (found,) = [*detector.feed_many(lines), *detector.flush()]
    return found


def failure(
    *,
    root: str = "/srv/app",
    line: int = 3,
    error: str = "KeyError: 'choices'",
    function: str = "parse",
    library: str = "",
) -> Traceback:
    lines = [
        "Traceback (most recent call last):",
        f'  File "{root}/agent.py", line {line}, in main',
        "    run()",
        f'  File "{root}/plan.py", line {line + 7}, in {function}',
        '    return reply["choices"]',
    ]
    if library:
        lines += [f'  File "/usr/lib/python3.11/{library}", line {line}, in loads', "    decode(s)"]
    return report(*lines, error)


def value(found: Traceback, level: Level = Level.NORMAL, roots: tuple[str, ...] = ()) -> str:
    return of_traceback(found, roots, level).value


SAME = value(failure())


@given(line=st.integers(1, 99_999))
def test_line_numbers_do_not_count(line: int) -> None:
    assert value(failure(line=line)) == SAME


@pytest.mark.parametrize(
    "other",
    [
        failure(error="KeyError: 'usage'"),
        failure(root="/home/x/other/app"),
        failure(library="json/__init__.py"),
    ],
)
def test_message_root_and_library_frames_do_not_count(other: Traceback) -> None:
    assert value(other) == SAME


@pytest.mark.parametrize(
    "other",
    [failure(error="IndexError: 'choices'"), failure(function="format"), failure(error="app.KeyError: 'choices'")],
)
def test_type_and_own_functions_count(other: Traceback) -> None:
    assert value(other) != SAME


def test_a_message_counts_for_types_that_say_little() -> None:
    first, second, third = (
        failure(error=f"RuntimeError: {text}") for text in ("job 17 is late", "job 9 is late", "job 9 is lost")
    )
    assert value(first) == value(second) != value(third)


def test_an_os_error_counts_by_its_number() -> None:
    refused, other, reset = (
        failure(error=f"OSError: {text}")
        for text in ("[Errno 98] Address in use: 8080", "[Errno 98] Address in use: 9090", "[Errno 104] Reset")
    )
    assert value(refused) == value(other) != value(reset)


def test_the_innermost_cause_decides() -> None:
    def chain(outer: str) -> Traceback:
        return report(
            "Traceback (most recent call last):",
            '  File "/srv/app/a.py", line 1, in a',
            "KeyError: 'x'",
            "",
            "The above exception was the direct cause of the following exception:",
            "",
            "Traceback (most recent call last):",
            '  File "/srv/app/b.py", line 2, in b',
            outer,
        )

    assert value(chain("PlanError: one")) == value(chain("OtherError: two"))


def test_levels() -> None:
    one, other_message, other_path = failure(), failure(error="KeyError: 7"), failure(root="/srv/app/deep/er")
    assert value(one, Level.FINE) != value(other_message, Level.FINE)
    assert value(one, Level.COARSE) == value(other_path, Level.COARSE)
    assert Level.COARSE.finer is Level.NORMAL
    assert Level.FINE.finer is Level.FINE
    assert Level.NORMAL.coarser is Level.COARSE
    parts = dict(of_traceback(one, level=Level.COARSE).parts)
    assert parts == {"language": "python", "type": "KeyError", "in": "parse"}


def test_own_roots_say_what_is_own() -> None:
    found = failure(library="json/__init__.py")
    assert ("frame", "agent.py:main") in of_traceback(found, ("/srv/app",)).parts
    assert value(found, roots=("/elsewhere",)) != value(found, roots=("/srv/app",))


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ("took 17.5 s at 0x7f3a", "took <n> s at <hex>"),
        ("id 3b241101-e2bb-4255-8caf-4136c566a962 gone", "id <uuid> gone"),
        ("open '/tmp/x/y' failed", "open <text> failed"),
        ("open /tmp/x/y failed", "open <path> failed"),
        ("connect 10.0.0.1:8080 refused", "connect <address> refused"),
        ("get https://a.b/c?d=1 failed", "get <url> failed"),
        ("commit deadbeef42 bad", "commit <hex> bad"),
        ("first line\nsecond", "first line"),
    ],
)
def test_what_varies_is_replaced(message: str, wanted: str) -> None:
    assert normalised(message) == wanted


@given(st.text(max_size=400))
def test_normalising_never_fails_and_gives_one_line(message: str) -> None:
    once = normalised(message)
    assert "\n" not in once
    assert once == " ".join(once.split())


def test_failures_without_a_report_group_by_state_and_command() -> None:
    def ended(pid: int, code: int, *args: str) -> str:
        subject = process(pid, status="exited", exit_code=code, ended_at=5, args=args)
        return of_exit(subject, judge(subject)).value

    assert ended(1, 1, "job.py", "--seed", "17") == ended(2, 1, "job.py", "--seed", "99")
    assert ended(1, 1, "job.py") != ended(1, 2, "job.py")
    assert ended(1, 1, "job.py") != ended(1, 1, "other.py")


# Groups


def member(pid: int, line: int = 1, at: int | None = None) -> Member:
    return Member(process(pid).key, "KeyError: 'choices'", at=at, stream=Stream.STDERR, line=line)


def test_a_member_is_counted_once() -> None:
    groups = ErrorGroups()
    mark = of_traceback(failure())
    for _ in range(3):
        groups.add(mark, member(1, at=50))
        groups.add(mark, member(2, at=20))
    (group,) = groups.all
    assert (group.count, group.first_seen, group.last_seen) == (2, 20, 50)
    assert group.by_sandbox == {"sbx": 2}
    assert groups.group_of(member(1)) is group
    assert groups.group_of(member(9)) is None


def test_groups_are_ordered_and_muted() -> None:
    old, new = of_traceback(failure()), of_traceback(failure(function="other"))
    groups = ErrorGroups(muted=[new.value])
    groups.add(old, member(1, at=10))
    groups.add(new, member(2, at=90))
    assert [group.fingerprint for group in groups.all] == [old, new]
    assert groups.all[1].is_muted
    assert groups.all[1].count == 1


def test_members_are_bounded_and_still_counted() -> None:
    groups = ErrorGroups()
    mark = of_traceback(failure())
    for number in range(MEMBERS_KEPT + 50):
        groups.add(mark, member(1, line=number, at=number))
    (group,) = groups.all
    assert (group.count, len(group.members), group.latest.line) == (MEMBERS_KEPT + 50, MEMBERS_KEPT, MEMBERS_KEPT + 49)


def test_the_trend_counts_by_five_minutes() -> None:
    groups = ErrorGroups()
    mark = of_traceback(failure())
    now = 10_000_000
    for number, ago in enumerate((0, 60_000, 6 * 60_000, 59 * 60_000, 61 * 60_000)):
        groups.add(mark, member(1, line=number, at=now - ago))
    assert groups.all[0].trend(now) == [1, *[0] * 9, 1, 2]


def test_short_forms_grow_where_they_would_be_equal() -> None:
    groups = ErrorGroups()
    marks = [of_traceback(failure(function=f"f{number}")) for number in range(600)]
    for number, mark in enumerate(marks):
        groups.add(mark, member(number))
    shorts = [groups.short(group) for group in groups.all]
    assert len(set(shorts)) == len(shorts)
    assert all(short.startswith("E-") for short in shorts)

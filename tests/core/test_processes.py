"""Order and filter of the process list."""

from __future__ import annotations

import random

import pytest

from tests.fakes import process
from tui.core.failures import judge
from tui.core.models import Managed, Process
from tui.core.processes import Filter, ProcessRow, in_order, only_what_matters, tally


def row(subject: Process, last_error: str = "") -> ProcessRow:
    return ProcessRow(subject, judge(subject), last_error, 1 if last_error else 0)


ROWS = [
    row(process(1)),
    row(process(2, status="exited", exit_code=0, ended_at=10)),
    row(process(3, status="exited", exit_code=1, ended_at=10), "KeyError: 'choices'"),
    row(process(4, status="exited", exit_code=1, ended_at=20)),
    row(process(5, status="hibernating")),
    row(process(6, managed=Managed("m", name="Web", health_status="unhealthy"))),
]


def test_worst_first_then_latest_whatever_the_order_of_the_answer() -> None:
    for seed in range(20):
        shuffled = random.Random(seed).sample(ROWS, len(ROWS))
        assert [r.process.pid for r in in_order(shuffled)] == [4, 3, 6, 5, 1, 2]


def test_counts() -> None:
    counts = tally(ROWS)
    assert (counts.failing, counts.suspect, counts.unknown, counts.running, counts.ok) == (3, 0, 1, 1, 1)
    assert counts.total == len(ROWS)


def test_what_ended_well_can_be_left_out() -> None:
    assert [r.process.pid for r in only_what_matters(ROWS)] == [1, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("text", "pids"),
    [
        ("", [1, 2, 3, 4, 5, 6]),
        ("job3", [3]),
        ("keyerror choices", [3]),
        ("KeyError", [3]),
        ("keyError", []),
        ("web", [6]),
        ("!job", []),
        ("! job3", [1, 2, 4, 5, 6]),
        ("~kychs", [3]),
        ("!~kychs", [1, 2, 4, 5, 6]),
        ("exit 1", [3, 4]),
        ("!", [1, 2, 3, 4, 5, 6]),
        ("~", [1, 2, 3, 4, 5, 6]),
    ],
)
def test_filter(text: str, pids: list[int]) -> None:
    assert [r.process.pid for r in ROWS if Filter(text).allows(r)] == pids


def test_command_lines() -> None:
    subject = process(1, command="/usr/bin/python3", args=("-c", "print(1) and more", ""))
    assert subject.command_line == "/usr/bin/python3 -c 'print(1) and more' ''"
    assert subject.short_command_line == "python3 -c 'print(1) and more' ''"


def test_identity() -> None:
    assert process(1, handle=7).key == process(2, handle=7, started_at=9).key
    assert process(1, handle=None, started_at=1).key != process(1, handle=None, started_at=2).key
    first, second = (process(pid, managed=Managed("m", restart_count=pid)) for pid in (1, 2))
    assert first.key != second.key
    assert first.lineage == second.lineage

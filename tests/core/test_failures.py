"""The table of states: each rule once, in the order in which they decide."""

from __future__ import annotations

import pytest

from tests.fakes import process
from tui.core.failures import Evidence, State, judge
from tui.core.models import Managed, Process


def managed(**changes: object) -> Managed:
    return Managed("m", name="web", **changes)  # type: ignore[arg-type]


ENDED = {"status": "exited", "ended_at": 5}

CASES: list[tuple[str, Process, Evidence, State, str]] = [
    ("running", process(1), Evidence(), State.RUNNING, "running"),
    ("ended well", process(1, exit_code=0, **ENDED), Evidence(), State.OK, "exit 0"),
    ("failed", process(1, exit_code=3, **ENDED), Evidence(), State.FAILED, "exit 3"),
    ("signal", process(1, status="signaled", signal=15), Evidence(), State.KILLED, "SIGTERM"),
    ("SIGKILL alone is no proof of OOM", process(1, status="signaled", signal=9), Evidence(), State.KILLED, "SIGKILL"),
    ("OOM", process(1, status="oom_killed", signal=9), Evidence(), State.OUT_OF_MEMORY, "OOM-killed"),
    (
        "OOM flag",
        process(1, status="signaled", signal=9, oom_killed=True),
        Evidence(),
        State.OUT_OF_MEMORY,
        "OOM-killed",
    ),
    ("exit -1 is unknown", process(1, exit_code=-1, **ENDED), Evidence(), State.UNKNOWN, "ended ?"),
    ("no exit code", process(1, **ENDED), Evidence(), State.UNKNOWN, "ended ?"),
    ("suspect, ended", process(1, exit_code=0, **ENDED), Evidence(uncaught=1), State.SUSPECT, "exit 0"),
    ("suspect, running", process(1), Evidence(uncaught=2), State.SUSPECT, "running"),
    ("failed outranks suspect", process(1, exit_code=1, **ENDED), Evidence(uncaught=1), State.FAILED, "exit 1"),
    ("quiet", process(1), Evidence(silent_ms=90_000), State.QUIET, "running"),
    ("not quiet yet", process(1), Evidence(silent_ms=89_999), State.RUNNING, "running"),
    ("lost", process(1), Evidence(contact_lost=True), State.UNKNOWN, "running?"),
    ("a new word", process(1, status="hibernating"), Evidence(), State.UNKNOWN, "hibernating"),
    (
        "backing off",
        process(1, exit_code=1, managed=managed(status="backing_off"), **ENDED),
        Evidence(),
        State.RESTART_LOOP,
        "backing off",
    ),
    (
        "restarted often",
        process(1, managed=managed(status="running")),
        Evidence(recent_restarts=3),
        State.RESTART_LOOP,
        "restarting",
    ),
    ("twice is no loop", process(1, managed=managed()), Evidence(recent_restarts=2), State.RUNNING, "running"),
    ("unhealthy", process(1, managed=managed(health_status="unhealthy")), Evidence(), State.UNHEALTHY, "unhealthy"),
    (
        "did not start",
        process(1, status="", managed=managed(status="stopped", last_error="No such file")),
        Evidence(),
        State.DID_NOT_START,
        "not started",
    ),
]


@pytest.mark.parametrize(("what", "subject", "evidence", "state", "word"), CASES, ids=[case[0] for case in CASES])
def test_table(what: str, subject: Process, evidence: Evidence, state: State, word: str) -> None:
    verdict = judge(subject, evidence)
    assert (verdict.state, verdict.word) == (state, word)
    assert verdict.reason


def test_success_codes_come_from_the_profile() -> None:
    subject = process(1, exit_code=130, **ENDED)
    assert judge(subject).state is State.FAILED
    assert judge(subject, success_exit_codes=(0, 130)).state is State.OK


def test_our_own_signal_is_said_to_be_ours() -> None:
    subject = process(1, status="signaled", signal=15)
    assert "sent from here" in judge(subject, Evidence(signal_sent=15)).reason
    assert "sent from here" not in judge(subject, Evidence(signal_sent=9)).reason


def test_classes_are_ordered_worst_first() -> None:
    ranks = [state.rank for state in (State.FAILED, State.RESTART_LOOP, State.SUSPECT, State.UNKNOWN, State.RUNNING)]
    assert ranks == sorted(ranks)
    assert State.OK.rank > State.RUNNING.rank
    assert {state for state in State if state.is_failing} == {
        State.FAILED,
        State.KILLED,
        State.OUT_OF_MEMORY,
        State.DID_NOT_START,
        State.RESTART_LOOP,
        State.UNHEALTHY,
    }

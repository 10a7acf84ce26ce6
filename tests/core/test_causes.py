"""The cause card: one case for each rule, and what the card never claims."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import process
from tui.core.cards import Case, Certainty, FoundReport
from tui.core.cause_rules import RULES, why
from tui.core.causes import LINES_BEFORE, cause_card
from tui.core.exit_codes import MEANINGS
from tui.core.failures import Evidence as ProcessEvidence
from tui.core.failures import judge
from tui.core.group_members import report_member
from tui.core.groups import ErrorGroups
from tui.core.models import Managed, NetworkPolicy, Process, RawLine, Stream
from tui.core.tracebacks.detector import TracebackDetector
from tui.core.verdict import AccountStatus
from tui.core.verdict import Verdict as OutputVerdict

T0 = 1_800_000_000_000
CRASHED = """\
INFO step 14
WARN retry 2/3
Traceback (most recent call last):
  File "/w/agent.py", line 41, in parse
    return r["choices"][0]
KeyError: 'choices'"""
COMPLETE = OutputVerdict(6, AccountStatus.COMPLETE)


def case_of(
    record: Process, text: str = "", *, groups: ErrorGroups | None = None, uncaught: int | None = None, **changes: Any
) -> Case:
    """A case with the reports that the real detector finds in ``text``, grouped."""
    groups = groups or ErrorGroups()
    lines = text.split("\n") if text else []
    detector = TracebackDetector()
    reports = []
    for traceback in detector.feed_many(lines) + detector.flush():
        member = report_member(traceback, record, Stream.STDERR, timestamp=T0 + traceback.start, sandbox="box")
        groups.add(member)
        reports.append(FoundReport(traceback, Stream.STDERR, member, groups.group_of(member)))
    count = len([r for r in reports if not r.traceback.handled]) if uncaught is None else uncaught
    values: dict[str, Any] = {
        "listed_at": T0 + 5000,
        "reports": tuple(reports),
        "output": COMPLETE,
        "output_at": T0 + 4000,
        "lines_before": tuple((number, RawLine(line)) for number, line in enumerate(lines, 1)),
        "last_line": len(lines) - 1 if lines else None,
    }
    return Case(record, judge(record, ProcessEvidence(uncaught=count)), **(values | changes))


def ended(**changes: object) -> Process:
    return replace(process(7, status="exited", ended_at=T0 + 3000), **changes)  # type: ignore[arg-type]


def managed(**changes: object) -> Managed:
    return replace(Managed("m1", "worker", "running"), **changes)  # type: ignore[arg-type]


def sources(case: Case) -> list[str]:
    return [evidence.source for evidence in why(case).evidence]


def test_an_uncaught_exception_printed_last_and_its_exit_code_are_the_cause() -> None:
    case = case_of(ended(exit_code=1), CRASHED)
    claim = why(case)
    assert (claim.text, claim.certainty) == ("uncaught KeyError: 'choices'", Certainty.KNOWN)
    assert sources(case)[:2] == ["GET /api/v1/processes/7/stderr, lines 3-6", "GET /api/v1/processes"]
    assert [evidence.at for evidence in claim.evidence] == [T0 + 2, T0 + 3000, T0 + 4000]


def test_an_exception_with_lines_after_it_is_only_likely_the_cause() -> None:
    assert why(case_of(ended(exit_code=1), CRASHED + "\nINFO cleaning up")).certainty is Certainty.LIKELY


def test_an_exception_with_another_exit_code_and_lines_after_it_explains_nothing() -> None:
    claim = why(case_of(ended(exit_code=42), CRASHED + "\nINFO cleaning up"))
    assert claim.certainty is Certainty.UNKNOWN
    assert "exit code 42 is not what follows from KeyError" in claim.text


@pytest.mark.parametrize("code", sorted(MEANINGS))
def test_an_exit_code_alone_is_unknown_and_told_with_its_meaning(code: int) -> None:
    claim = why(case_of(ended(exit_code=code), "INFO done"))
    assert claim.certainty is Certainty.UNKNOWN
    assert MEANINGS[code] in claim.text
    assert "memory" not in claim.text


def test_an_exit_code_without_a_meaning_is_unknown() -> None:
    assert why(case_of(ended(exit_code=3))).text == "unknown: no exception was printed"
    assert why(case_of(ended(exit_code=3), output=None)).text == "unknown: its output was not read"


@pytest.mark.parametrize(
    ("code", "line"), [(127, "sh: 1: nosuch: not found"), (126, "sh: 1: ./run: Permission denied")]
)
def test_exit_126_and_127_with_a_line_that_says_what_are_likely(code: int, line: str) -> None:
    case = case_of(ended(exit_code=code), f"INFO start\n{line}")
    claim = why(case)
    assert (claim.text, claim.certainty) == (line, Certainty.LIKELY)
    assert sources(case)[1].endswith("line 2")


def test_the_platforms_flag_alone_tells_of_memory() -> None:
    claim = why(case_of(ended(signal=9, oom_killed=True, status="oom_killed"), memory_mb=4096))
    assert (claim.text, claim.certainty) == (
        "the platform reports an out-of-memory kill; the sandbox has 4,096 MB",
        Certainty.KNOWN,
    )


def test_sigkill_alone_is_unknown() -> None:
    claim = why(case_of(ended(status="signaled", signal=9), "INFO working"))
    assert claim.certainty is Certainty.UNKNOWN
    assert "no out-of-memory flag" in claim.text


@pytest.mark.parametrize("how", [{"signal": 9, "status": "signaled"}, {"exit_code": 137}])
def test_sigkill_and_the_kernels_line_are_likely_memory(how: dict[str, object]) -> None:
    line = "Memory cgroup out of memory: Killed process 7 (python) total-vm:4194304kB, anon-rss:1kB"
    case = case_of(ended(**how), f"INFO working\n{line}")
    assert why(case).certainty is Certainty.LIKELY
    assert "lack of memory" in why(case).text
    assert len(why(case).evidence) == 2
    assert "memory" not in why(case_of(ended(exit_code=1), f"INFO working\n{line}")).text


def test_a_signal_of_ours_needs_the_receipt() -> None:
    record = ended(status="signaled", signal=15)
    ours = why(case_of(record, signal_sent=15))
    assert (ours.text, ours.certainty) == ("SIGTERM was sent from here", Certainty.LIKELY)
    assert why(case_of(record)).certainty is Certainty.UNKNOWN
    assert why(case_of(record, signal_sent=9)).certainty is Certainty.UNKNOWN


def test_a_crash_signal_with_a_report_is_likely_and_without_one_unknown() -> None:
    record = ended(status="signaled", signal=6)
    text = "terminate called after throwing an instance of 'std::runtime_error'\n  what():  boom"
    claim = why(case_of(record, text))
    assert (claim.text, claim.certainty) == ("it crashed by SIGABRT: std::runtime_error: boom", Certainty.LIKELY)
    assert why(case_of(record, "INFO working")).text == "unknown: it ended by SIGABRT, and printed no report of a crash"


def test_a_process_that_did_not_start_says_why() -> None:
    record = process(7, status="stopped", managed=managed(status="stopped", last_error="no such file: agnet.py"))
    claim = why(case_of(record))
    assert (claim.text, claim.certainty) == ("it could not be started: no such file: agnet.py", Certainty.KNOWN)


def test_a_restart_loop_with_the_same_error_in_each_run() -> None:
    groups = ErrorGroups()
    backing_off = managed(status="backing_off")
    first = ended(exit_code=1, pid=6, handle=6, managed=replace(backing_off, restart_count=0))
    case_of(first, CRASHED, groups=groups)
    second = ended(exit_code=1, managed=replace(backing_off, restart_count=1))
    case = case_of(second, CRASHED, groups=groups)
    claim = why(case)
    assert claim.certainty is Certainty.LIKELY
    assert claim.text == "the same error ends every run that was read: KeyError: 'choices'"
    card = cause_card(case)
    assert card.same_as is not None
    assert card.same_as.text.startswith("run 1; E-")
    assert "2 times in 2 processes" in card.same_as.text


def test_a_restart_loop_without_an_exception_is_unknown() -> None:
    claim = why(case_of(ended(exit_code=1, managed=managed(status="backing_off", restart_count=4)), "INFO start"))
    assert claim.certainty is Certainty.UNKNOWN
    assert "no exception was printed" in claim.text
    assert claim.evidence[0].fact == "4 restarts, backing_off"


def test_an_unhealthy_process() -> None:
    record = process(7, managed=managed(health_status="unhealthy", consecutive_health_failures=3))
    claim = why(case_of(record))
    assert (claim.text, claim.certainty) == ("its health check failed 3 times in a row", Certainty.KNOWN)
    with_error = why(case_of(record, CRASHED))
    assert with_error.certainty is Certainty.UNKNOWN
    assert "may or may not" in with_error.text


@pytest.mark.parametrize(("record", "ending"), [(ended(exit_code=0), "reported success"), (process(7), "runs on")])
def test_a_suspect_is_not_called_failed(record: Process, ending: str) -> None:
    claim = why(case_of(record, CRASHED))
    assert claim.certainty is Certainty.UNKNOWN
    assert ending in claim.text


def test_caught_exceptions_are_no_failure() -> None:
    case = case_of(ended(exit_code=0), CRASHED)
    handled = tuple(replace(r, traceback=replace(r.traceback, handled=True)) for r in case.reports)
    case = replace(case, reports=handled, verdict=judge(case.process))
    claim = why(case)
    assert (claim.text, claim.certainty) == (
        "nothing failed; 1 exception was printed and caught by the program",
        Certainty.KNOWN,
    )
    assert why(case_of(ended(exit_code=0), "INFO fine")).certainty is Certainty.KNOWN


def test_an_unknown_exit_status_and_lost_contact_are_unknown() -> None:
    assert why(case_of(ended(exit_code=-1), CRASHED)).certainty is Certainty.UNKNOWN
    running = process(7)
    lost = replace(case_of(running), verdict=judge(running, ProcessEvidence(contact_lost=True)))
    assert why(lost).text == "unknown: no contact; this is its last known state"


def test_a_gap_is_said_wherever_something_follows_from_silence() -> None:
    gap = OutputVerdict(6, AccountStatus.UNVERIFIED, gaps=1, missing_lines=12)
    card = cause_card(case_of(ended(exit_code=3), "INFO a", output=gap))
    assert card.why.text == "unknown: no exception was printed, but lines of its output are missing"
    assert any("the evidence has a gap" in evidence.fact for evidence in card.evidence)


def test_the_card_names_what_where_first_and_the_lines_before() -> None:
    case = case_of(ended(exit_code=1), CRASHED)
    card = cause_card(replace(case, lines_before=case.lines_before[:2]))
    assert card.what.text == "python job7.py: ended with exit code 1"
    assert card.where is not None
    assert card.where.text == "/w/agent.py:41 in parse"
    assert card.same_as is None
    assert card.first_seen is not None
    assert card.first_seen.text == "here"
    assert card.first_seen.evidence[0].at == T0 + 2
    assert card.lines_before == ((1, "INFO step 14"), (2, "WARN retry 2/3"))
    facts = {evidence.fact for evidence in card.evidence}
    assert "6 lines, complete" in facts
    assert "ended with exit code 1" in facts
    assert len(cause_card(replace(case, lines_before=tuple((n, RawLine("x")) for n in range(50)))).lines_before) == (
        LINES_BEFORE
    )


def test_every_rule_is_asked_in_a_known_order() -> None:
    assert len({rule.__name__ for rule in RULES}) == len(RULES) == 15


RECORDS = st.builds(
    lambda code, signal, oom, back, health: replace(
        process(7, managed=managed(status=back, health_status=health) if back else None),
        status="exited" if code is not None or signal else "running",
        exit_code=code,
        signal=signal,
        oom_killed=oom and bool(signal),
        ended_at=T0 if code is not None or signal else None,
    ),
    st.sampled_from([None, -1, 0, 1, 2, 42, 126, 127, 137, 143]),
    st.sampled_from([None, 6, 9, 11, 15]),
    st.booleans(),
    st.sampled_from(["", "running", "backing_off", "stopped"]),
    st.sampled_from(["", "healthy", "unhealthy"]),
)
OOM_LINE = "Out of memory: Killed process 7 (python) total-vm:1kB"


@given(
    RECORDS, st.sampled_from(["", "INFO a", CRASHED, CRASHED + "\nINFO b", OOM_LINE]), st.sampled_from([None, 9, 15])
)
def test_whatever_the_case_likely_has_two_facts_and_memory_needs_the_platform_or_the_kernel(
    record: Process, text: str, sent: int | None
) -> None:
    case = case_of(record, text, signal_sent=sent)
    card = cause_card(case)
    for claim in (card.what, card.why, card.where, card.same_as, card.first_seen):
        if claim is not None:
            assert claim.evidence
            assert all(evidence.source for evidence in claim.evidence)
            assert claim.certainty is not Certainty.LIKELY or len({e.fact for e in claim.evidence}) >= 2
    if card.why.certainty is not Certainty.UNKNOWN and "memory" in card.why.text:
        assert record.oom_killed or text == OOM_LINE


def crashed(error: str) -> str:
    return f'Traceback (most recent call last):\n  File "/w/a.py", line 1, in main\n    go()\n{error}'


def test_no_space_left_names_the_size_of_the_disk() -> None:
    text = crashed("OSError: [Errno 28] No space left on device: '/tmp/x'")
    claim = why(case_of(ended(exit_code=1), text, disk_mb=10_240))
    assert claim.text.endswith("; the sandbox has 10,240 MB of disk")
    assert claim.certainty is Certainty.KNOWN
    assert claim.evidence[-1].source == "GET /sandboxes/{id}"
    assert "disk" not in why(case_of(ended(exit_code=1), text)).text


def test_a_host_that_the_sandbox_may_not_reach_is_named_with_the_rule() -> None:
    text = crashed("httpx.ConnectError: connection to https://api.example.com failed")
    policy = NetworkPolicy(allow_out=("pypi.org",))
    claim = why(case_of(ended(exit_code=1), text, egress=policy))
    assert claim.text.endswith("; api.example.com is refused: its network policy allows pypi.org only")
    assert claim.evidence[-1].fact == "its network policy allows pypi.org only"
    for harmless in (None, NetworkPolicy(), NetworkPolicy(allow_out=("api.example.com",))):
        assert "policy" not in why(case_of(ended(exit_code=1), text, egress=harmless)).text


def test_a_missing_module_is_told_with_the_program_that_missed_it() -> None:
    claim = why(case_of(ended(exit_code=1), crashed("ModuleNotFoundError: No module named 'httpx.sub'")))
    assert claim.text.endswith("; python of this sandbox does not find httpx.sub")
    assert claim.evidence[-1].fact == "command python"


@pytest.mark.parametrize(
    ("command", "args", "limit"),
    [
        ("timeout", ("30", "python", "a.py"), "30"),
        ("/usr/bin/timeout", ("-k", "5", "2m", "python"), "2m"),
        ("timeout", ("--foreground", "1.5h", "python"), "1.5h"),
        ("sh", ("-c", "cd /w && timeout 30s make test"), "30s"),
        ("python", ("timeout.py", "30", "x"), None),
    ],
)
def test_the_command_timeout_and_its_exit_code_are_two_facts(
    command: str, args: tuple[str, ...], limit: str | None
) -> None:
    claim = why(case_of(ended(exit_code=124, command=command, args=args)))
    if limit is None:
        assert claim.certainty is Certainty.UNKNOWN
        assert "'timeout' gives it" in claim.text
    else:
        assert claim.text == f"its time of {limit} was up, and 'timeout' ended it"
        assert claim.certainty is Certainty.LIKELY
        assert len(claim.evidence) == 2
    assert why(case_of(ended(exit_code=1, command=command, args=args))).certainty is Certainty.UNKNOWN

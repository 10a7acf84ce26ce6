"""Why a process failed: rules over evidence, each a function from a case to a claim, or None where it does not apply.

They are asked in the order of :data:`RULES` and the first that answers decides. A rule claims no more than its evidence
says: *likely* takes two facts that point the same way, one fact alone is told together with "unknown". That the kernel
ran out of memory is never concluded from SIGKILL alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tui.core.cards import Case, Claim, Evidence, FoundReport
from tui.core.claims import exit_evidence, known, likely, report_evidence, unknown
from tui.core.error_meanings import meaning
from tui.core.exit_codes import CRASH_SIGNALS, MEANINGS, SIGKILL, TIMED_OUT, UNCAUGHT_CODES
from tui.core.failures import State
from tui.core.format import count, signal_name
from tui.core.text import one_line

_SAYS_WHY = {
    126: re.compile(r"[Pp]ermission denied|cannot execute|Exec format error|Is a directory"),
    127: re.compile(r"not found|[Nn]o such file or directory|error while loading shared libraries"),
}

_TIMEOUT = re.compile(r"(?:^|[\s/;&|])timeout\s+(?:-[ks]\s+\S+\s+|-\S+\s+)*(\d+(?:\.\d+)?[smhd]?)(?=\s)")

Rule = Callable[[Case], Claim | None]


def did_not_start(case: Case) -> Claim | None:
    """The sandbox itself says why it could not start the process."""
    managed = case.process.managed
    if case.verdict.state is not State.DID_NOT_START or managed is None or not managed.last_error:
        return None
    fact = Evidence(f"managed.last_error: {managed.last_error}", case.list_source, case.listed_at)
    return known(f"it could not be started: {managed.last_error}", fact)


def out_of_memory_flag(case: Case) -> Claim | None:
    """The platform's own flag."""
    if not (case.process.oom_killed or case.process.status == "oom_killed"):
        return None
    limit = f"; the sandbox has {case.memory_mb:,} MB" if case.memory_mb else ""
    return known(f"the platform reports an out-of-memory kill{limit}", exit_evidence(case))


def kernel_out_of_memory(case: Case) -> Claim | None:
    """SIGKILL, or the exit code that shells give for it, and the kernel's line about memory."""
    if case.process.signal != SIGKILL and case.process.exit_code != 128 + SIGKILL:
        return None
    report = next((r for r in reversed(case.reports) if r.traceback.kind == "kernel-oom"), None)
    if report is None:
        return None
    text = "killed for lack of memory: the kernel's message is in its output, and it was killed"
    return likely(text, exit_evidence(case), report_evidence(case, report))


def signal_from_here(case: Case) -> Claim | None:
    """The signal that ended it is one that we sent and the server took."""
    signal = case.process.signal
    if signal is None or case.signal_sent != signal:
        return None
    receipt = Evidence(f"{signal_name(signal)} sent from here and accepted", "this session's receipt")
    return likely(f"{signal_name(signal)} was sent from here", exit_evidence(case), receipt)


def same_error_each_run(case: Case) -> Claim | None:
    """A managed process that is restarted again and again, with the same error in several of its runs."""
    report = case.uncaught
    if case.verdict.state is not State.RESTART_LOOP or report is None or report.group is None:
        return None
    runs = _runs_with(case, report)
    if runs < 2:
        return None
    restarts = Evidence(_restarts(case), case.list_source, case.listed_at)
    same = Evidence(f"{report.group.short_id} in {runs} of its runs", case.output_source(), case.output_at)
    headline = one_line(report.traceback.headline, 200)
    return likely(f"the same error ends every run that was read: {headline}", restarts, same, exit_evidence(case))


def restart_loop(case: Case) -> Claim | None:
    """It is restarted again and again; why the runs end is told only by how the last one ended."""
    if case.verdict.state is not State.RESTART_LOOP or case.uncaught is not None:
        return None
    restarts = Evidence(_restarts(case), case.list_source, case.listed_at)
    return unknown(f"{case.verdict.reason}; no exception was printed{_gap(case)}", restarts, exit_evidence(case))


def unhealthy(case: Case) -> Claim | None:
    """It runs and its health check fails."""
    managed = case.process.managed
    if case.verdict.state is not State.UNHEALTHY or managed is None:
        return None
    failures = count(managed.consecutive_health_failures, "failure")
    fact = Evidence(f"health_status {managed.health_status}, {failures} in a row", case.list_source, case.listed_at)
    report = case.uncaught
    if report is not None:
        headline = one_line(report.traceback.headline, 200)
        text = f"its health check fails; an exception was printed, which may or may not be why: {headline}"
        return unknown(text, fact, report_evidence(case, report))
    return known(f"its health check failed {managed.consecutive_health_failures} times in a row", fact)


def crash(case: Case) -> Claim | None:
    """A signal that programs bring upon themselves, and a report of the crash."""
    signal = case.process.signal
    report = case.reports[-1] if case.reports else None
    if signal not in CRASH_SIGNALS or report is None or report.traceback.handled:
        return None
    headline = one_line(report.traceback.headline, 200)
    text = f"it crashed by {signal_name(signal)}: {headline}"
    return likely(text, exit_evidence(case), report_evidence(case, report))


def other_signal(case: Case) -> Claim | None:
    """A signal of unknown origin."""
    signal = case.process.signal
    if signal is None:
        return None
    facts = [exit_evidence(case)]
    name = signal_name(signal)
    if signal in CRASH_SIGNALS:
        text = f"unknown: it ended by {name}, and printed no report of a crash{_gap(case)}"
    elif signal == SIGKILL:
        text = f"unknown: {name} was not sent from here; the platform set no out-of-memory flag"
    else:
        text = f"unknown: {name} was not sent from here, and nothing tells who sent it"
    if (report := case.uncaught) is not None:
        facts.append(report_evidence(case, report))
        text += f"; printed before: {one_line(report.traceback.headline, 200)}"
    return unknown(text, *facts)


def uncaught_exception(case: Case) -> Claim | None:
    """An exception that nobody caught, and an exit code that says failure."""
    process, report = case.process, case.uncaught
    if report is None or process.exit_code in (None, -1) or process.exit_code in case.success_exit_codes:
        return None
    facts = [report_evidence(case, report), exit_evidence(case)]
    headline = one_line(report.traceback.headline, 200)
    code_fits = process.exit_code in UNCAUGHT_CODES.get(report.traceback.language, (1,))
    is_last = case.last_line is not None and report.stream is case.stream and report.traceback.end >= case.last_line
    if is_last:
        facts.append(Evidence("nothing was printed after it", case.output_source(), case.output_at))
    text = f"uncaught {headline}"
    if (meant := meaning(case, report)) is not None:
        text += f"; {meant[0]}"
        facts.append(meant[1])
    if code_fits and is_last and not report.traceback.truncated:
        return known(text, *facts)
    if code_fits or is_last:
        return likely(text, *facts)
    text = f"unknown: exit code {process.exit_code} is not what follows from {headline}, which was printed before"
    return unknown(text, *facts)


def time_was_up(case: Case) -> Claim | None:
    """The exit code of the command ``timeout``, and that it was what ran."""
    words = " ".join((case.process.command, *case.process.args))
    limit = _TIMEOUT.search(words[:4000])
    if case.process.exit_code != TIMED_OUT or limit is None:
        return None
    fact = Evidence(f"command {one_line(words, 200)}", case.list_source, case.listed_at)
    return likely(f"its time of {limit[1]} was up, and 'timeout' ended it", exit_evidence(case), fact)


def told_by_the_shell(case: Case) -> Claim | None:
    """Exit code 126 or 127, and a line that says what could not be found or executed."""
    pattern = _SAYS_WHY.get(case.process.exit_code or 0)
    if pattern is None:
        return None
    found = next(((n, text) for n, text in reversed(case.lines_before) if pattern.search(text[:2000])), None)
    if found is None:
        return None
    number, text = found
    said = one_line(text.strip(), 200)
    fact = Evidence(f"printed: {said}", case.output_source(lines=f"line {number}"), case.output_at)
    return likely(said, exit_evidence(case), fact)


def exit_code_only(case: Case) -> Claim | None:
    """Nothing but an exit code that says failure."""
    code = case.process.exit_code
    if code in (None, -1) or code in case.success_exit_codes or case.uncaught is not None:
        return None
    assert code is not None
    convention = f"; {MEANINGS[code]}" if code in MEANINGS else ""
    read = "no exception was printed" if case.output is not None else "its output was not read"
    return unknown(f"unknown: {read}{_gap(case)}{convention}", exit_evidence(case))


def suspect(case: Case) -> Claim | None:
    """An exception was printed by a process that runs on, or reported success."""
    report, process = case.uncaught, case.process
    if report is None or (process.is_finished and process.exit_code not in case.success_exit_codes):
        return None
    ending = "it reported success" if process.is_finished else "it runs on"
    headline = one_line(report.traceback.headline, 200)
    text = f"unknown whether it matters: {headline} was printed, yet {ending}"
    return unknown(text, report_evidence(case, report), exit_evidence(case))


def no_failure(case: Case) -> Claim | None:
    """It runs, or ended well, and printed nothing that was not caught."""
    if case.verdict.state not in (State.OK, State.RUNNING, State.QUIET):
        return None
    handled = [report for report in case.reports if report.traceback.handled]
    if handled:
        caught = count(len(handled), "exception was", "exceptions were")
        text = f"nothing failed; {caught} printed and caught by the program{_gap(case)}"
        return known(text, exit_evidence(case), report_evidence(case, handled[-1]))
    return known(f"nothing failed, as far as it is known{_gap(case)}", exit_evidence(case))


def nothing_known(case: Case) -> Claim:
    """The last resort."""
    facts = [exit_evidence(case)]
    text = f"unknown: {case.verdict.reason}{_gap(case)}"
    if (report := case.uncaught) is not None:
        facts.append(report_evidence(case, report))
        text += f"; printed before: {one_line(report.traceback.headline, 200)}"
    return unknown(text, *facts)


RULES: tuple[Rule, ...] = (
    did_not_start,
    out_of_memory_flag,
    kernel_out_of_memory,
    same_error_each_run,
    signal_from_here,
    unhealthy,
    restart_loop,
    crash,
    other_signal,
    uncaught_exception,
    time_was_up,
    told_by_the_shell,
    exit_code_only,
    suspect,
    no_failure,
)


def why(case: Case) -> Claim:
    """The claim of the first rule that applies."""
    if case.verdict.state is State.UNKNOWN:
        return nothing_known(case)
    return next((claim for rule in RULES if (claim := rule(case)) is not None), nothing_known(case))


def _runs_with(case: Case, report: FoundReport) -> int:
    """Runs of the same managed process among the listed members of the report's group."""
    assert report.group is not None
    lineage = case.process.lineage
    return len({m.process.key for m in report.group.members if m.process.lineage == lineage})


def _restarts(case: Case) -> str:
    managed = case.process.managed
    if managed is None:
        return case.verdict.reason
    restarts = count(managed.restart_count, "restart")
    return f"{restarts}, {managed.status}" if managed.status else restarts


def _gap(case: Case) -> str:
    return ", but lines of its output are missing" if case.has_gap else ""

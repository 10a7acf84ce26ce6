"""How claims are made, and the evidence that most of them rest on."""

from __future__ import annotations

from tui.core.cards import Case, Certainty, Claim, Evidence, FoundReport
from tui.core.format import signal_name
from tui.core.text import one_line


def known(text: str, *evidence: Evidence) -> Claim:
    """A claim that the evidence states."""
    return Claim(text, Certainty.KNOWN, evidence)


def likely(text: str, first: Evidence, second: Evidence, *more: Evidence) -> Claim:
    """A claim that two facts or more point to."""
    return Claim(text, Certainty.LIKELY, (first, second, *more))


def unknown(text: str, *evidence: Evidence) -> Claim:
    """That the evidence does not tell."""
    return Claim(text, Certainty.UNKNOWN, evidence)


def exit_evidence(case: Case) -> Evidence:
    """How the process ended, or that it runs, as the process list says."""
    process = case.process
    if process.oom_killed or process.status == "oom_killed":
        fact = "ended, out-of-memory flag set"
    elif process.signal is not None:
        fact = f"ended by {signal_name(process.signal)}, no out-of-memory flag"
    elif process.exit_code is not None and process.exit_code != -1:
        fact = f"ended with exit code {process.exit_code}"
    elif process.is_finished:
        fact = "ended, exit status unknown to the sandbox"
    else:
        return Evidence(f"status {process.status or 'unknown'}", case.list_source, case.listed_at)
    # An end does not change any more: when it was is of interest, not when the list was read again.
    return Evidence(fact, case.list_source, process.ended_at or case.listed_at)


def report_evidence(case: Case, report: FoundReport) -> Evidence:
    """That a report was printed, and where."""
    at = report.member.moment.at if report.member else case.output_at
    headline = one_line(report.traceback.headline, 200)
    note = ", its beginning or end is lost" if report.traceback.truncated else ""
    return Evidence(f"printed: {headline}{note}", case.output_source(report.stream, report.lines), at)

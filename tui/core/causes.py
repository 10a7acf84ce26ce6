"""Composes the cause card of a process: what happened, why, where, what it is the same as, and the evidence for each.

The rules for "why" are in ``core.cause_rules``; here are those for the other lines of the card.
"""

from __future__ import annotations

from tui.core.cards import Case, CauseCard, Claim, Evidence, FoundReport
from tui.core.cause_rules import why
from tui.core.claims import exit_evidence, known, report_evidence
from tui.core.format import count
from tui.core.groups import ErrorGroup
from tui.core.text import one_line
from tui.core.verdict import describe

LINES_BEFORE = 5
"""Lines before the report that a card shows."""


def cause_card(case: Case) -> CauseCard:
    """The card for ``case``."""
    claims = (what(case), why(case), where_it_happened(case), same_as(case), first_seen(case))
    used = [evidence for claim in claims if claim is not None for evidence in claim.evidence]
    looked_at = [exit_evidence(case), *output_evidence(case)]
    shown, telling = shown_report(case), telling_report(case)
    return CauseCard(
        *claims,
        case.lines_before[-LINES_BEFORE:],
        tuple(dict.fromkeys([*looked_at, *used])),
        shown,
        is_aside=shown is not None and (telling is None or shown.traceback.start != telling.traceback.start),
    )


def what(case: Case) -> Claim:
    """What happened to the process, from its record alone."""
    process, reason = case.process, case.verdict.reason
    if process.is_finished and not reason.startswith(("ended", "it ")):
        reason = f"{case.verdict.word}: {reason}"
    text = one_line(f"{process.short_command_line}: {reason}", 300)
    return known(text, exit_evidence(case))


def where_it_happened(case: Case) -> Claim | None:
    """The frame that tells most of the report that is shown; None where there is none."""
    report = shown_report(case)
    if report is None or report.member is None or not report.member.where:
        return None
    return known(report.member.where, report_evidence(case, report))


def same_as(case: Case) -> Claim | None:
    """Where else the same error was seen, among all that was watched; None where it was seen once."""
    group = _group(case)
    if group is None or group.count < 2:
        return None
    parts = []
    runs = sorted(
        {
            member.process.run
            for member in group.members
            if member.process.lineage == case.process.lineage and member.process.key != case.process.key
        }
    )
    if runs:
        listed = ", ".join(str(run) for run in runs[:6]) + (", …" if len(runs) > 6 else "")
        parts.append(f"{'run' if len(runs) == 1 else 'runs'} {listed}")
    seen = f"{group.short_id}: seen {count(group.count, 'time')}"
    if len(group.by_process) > 1:
        seen += f" in {count(len(group.by_process), 'process', 'processes')}"
    if len(group.by_sandbox) > 1:
        seen += f" of {count(len(group.by_sandbox), 'sandbox', 'sandboxes')}"
    parts.append(f"{seen}, in what was watched")
    return known("; ".join(parts), *_group_evidence(group))


def first_seen(case: Case) -> Claim | None:
    """Where the same error was seen first; None where nothing tells."""
    group = _group(case)
    if group is None or group.first.at is None:
        return None
    first = next((m for m in group.members if m.moment == group.first), None)
    if first is None:
        return known("in an occurrence that is no longer listed", *_group_evidence(group))
    run = f" run {first.process.run}" if first.process.managed else ""
    here = "here" if first.process.key == case.process.key else f"{first.sandbox}, pid {first.process.pid}{run}"
    at = Evidence(
        f"{group.short_id} first seen; time from: {first.moment.source.value}",
        "errors found in this session",
        first.moment.at,
    )
    return known(here, at)


def output_evidence(case: Case) -> list[Evidence]:
    """What the output that was read can vouch for, its gaps first of all."""
    source = case.output_source()
    if case.output is None:
        return [Evidence("not read", source)]
    found = [Evidence(describe(case.output), source, case.output_at)]
    if case.has_gap:
        found.append(Evidence("the evidence has a gap: lines are missing", source, case.output_at))
    if not case.reports:
        found.append(Evidence("no traceback in what was read", source, case.output_at))
    return found


def shown_report(case: Case) -> FoundReport | None:
    """The report that the card is about: the chosen one, else the one that tells most."""
    return case.chosen or telling_report(case)


def telling_report(case: Case) -> FoundReport | None:
    """The last uncaught report, else the last one."""
    return case.uncaught or (case.reports[-1] if case.reports else None)


def _group(case: Case) -> ErrorGroup | None:
    report = shown_report(case)
    return report.group if report is not None else case.exit_group


def _group_evidence(group: ErrorGroup) -> tuple[Evidence, ...]:
    return (Evidence(f"group {group.fingerprint.text}", "errors found in this session", group.last.at),)

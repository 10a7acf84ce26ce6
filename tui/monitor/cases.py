"""Gathers what is known of one process for its cause card."""

from __future__ import annotations

from dataclasses import replace

from tui.core.buffer import LineBuffer
from tui.core.cards import Case, FoundReport
from tui.core.causes import LINES_BEFORE, shown_report
from tui.core.failures import Evidence, Verdict, judge
from tui.core.models import Process, ProcessKey, RawLine, Stream
from tui.core.rows import RowKind
from tui.core.tracebacks.model import Traceback
from tui.monitor.errors import ErrorsFound
from tui.monitor.output import OutputMonitor
from tui.monitor.sandbox import SandboxMonitor

MAX_REPORTS = 200
"""Latest tracebacks of one output that a card takes into account."""
_BLANKS = 50
"""Blank lines at the end of an output that are looked past."""


Chosen = tuple[Stream, Traceback]
"""A traceback that the user looks at, and the stream that it was printed to."""


def case_of(monitor: SandboxMonitor, errors: ErrorsFound, key: ProcessKey, chosen: Chosen | None = None) -> Case | None:
    """The evidence for one run; None where nothing is known of that run. ``chosen`` is what it is to be about."""
    known = _run(monitor, key)
    if known is None:
        return None
    process, verdict = known
    outputs = [output for stream in Stream if (output := monitor.outputs.get((key, stream)))]
    reports = [report for output in outputs[::-1] for report in _reports(errors, output)]
    case = Case(
        process=process,
        verdict=verdict,
        listed_at=monitor.contact.last_answer_at,
        reports=tuple(reports),
        signal_sent=monitor.actions.signals_sent.get(key),
        exit_group=errors.exit_group_of(process, success_exit_codes=monitor.profile.success_exit_codes),
        memory_mb=monitor.sandbox.memory_mb if monitor.sandbox else None,
        disk_mb=monitor.sandbox.disk_mb if monitor.sandbox else None,
        egress=monitor.sandbox.network_policy if monitor.sandbox else None,
        success_exit_codes=monitor.profile.success_exit_codes,
    )
    if chosen is not None:
        stream, block = chosen
        member, group = errors.member_of(key, block, stream), errors.group_of(key, block, stream)
        case = replace(case, chosen=FoundReport(block, stream, member, group))
    report = shown_report(case)
    stream = report.stream if report else Stream.STDERR
    output = next((output for output in outputs if output.stream is stream), None)
    if output is None:
        return case
    last = _last_line(output.buffer)
    end = report.traceback.start if report else (-1 if last is None else last) + 1
    return replace(
        case,
        stream=stream,
        output=output.verdict,
        output_at=monitor.contact.last_answer_at,
        lines_before=_lines_before(output.buffer, end),
        last_line=last,
    )


def _run(monitor: SandboxMonitor, key: ProcessKey) -> tuple[Process, Verdict] | None:
    """A run as the list has it; an earlier run, which the list no longer holds, as its output knew it last."""
    if (row := monitor.row(key)) is not None:
        return row.process, row.verdict
    held = [output for (of, _), output in monitor.outputs.items() if of == key]
    if not held:
        return None
    process = held[0].process
    run = replace(process, managed=None) if process.is_finished else process
    evidence = Evidence(uncaught=sum(output.tracebacks.uncaught for output in held), contact_lost=not run.is_finished)
    return process, judge(run, evidence, success_exit_codes=monitor.profile.success_exit_codes)


def _reports(errors: ErrorsFound, output: OutputMonitor) -> list[FoundReport]:
    key, stream = output.process.key, output.stream
    return [
        FoundReport(block, stream, errors.member_of(key, block, stream), errors.group_of(key, block, stream))
        for block in output.found.all[-MAX_REPORTS:]
    ]


def _lines_before(buffer: LineBuffer, end: int) -> tuple[tuple[int, RawLine], ...]:
    """The lines before the 0-based index ``end``."""
    first = max(end - LINES_BEFORE, buffer.dropped_lines)
    start = buffer.position_of_line(first + 1)
    if start is None or first >= end:
        return ()
    rows = buffer.rows(start, start + 2 * LINES_BEFORE)
    return tuple((row.number, row.text) for row in rows if row.number is not None and row.number <= end)


def _last_line(buffer: LineBuffer) -> int | None:
    """0-based index of the last line that is not blank, as far as a bounded look back tells."""
    for row in reversed(buffer.rows(max(0, len(buffer) - _BLANKS), len(buffer))):
        if row.kind is RowKind.LINE and row.number is not None and row.text.strip():
            return row.number - 1
    return None

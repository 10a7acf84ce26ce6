"""Everything known about a process, as names and values for the details dialog."""

from __future__ import annotations

from datetime import tzinfo

from tui.core.format import clock, count, duration, signal_name
from tui.core.models import Managed, Process, Stream
from tui.core.processes import ProcessRow
from tui.core.text import one_line
from tui.core.verdict import describe
from tui.monitor.sandbox import SandboxMonitor


def process_facts(
    process: Process, row: ProcessRow | None, monitor: SandboxMonitor, zone: tzinfo | None
) -> list[tuple[str, str]]:
    """Names and values in the order of interest; what the sandbox does not tell is left out."""
    facts = [("command", one_line(process.command_line, 4000))]
    if row:
        facts.append(("state", f"{row.verdict.word}: {row.verdict.reason}"))
    facts.append(("status given", process.status))
    if process.started_at:
        facts.append(("started", clock(process.started_at, zone, with_millis=True)))
    if process.ended_at:
        facts.append(("ended", clock(process.ended_at, zone, with_millis=True)))
        facts.append(("lasted", duration(process.ended_at - process.started_at)))
    if process.exit_code is not None:
        facts.append(("exit code", "unknown to the sandbox" if process.exit_code == -1 else str(process.exit_code)))
    if process.signal is not None:
        facts.append(("signal", signal_name(process.signal)))
    if process.handle is not None:
        facts.append(("handle", str(process.handle)))
    facts.append(("stdin", "open" if process.stdin_writable else "closed"))
    if process.managed:
        facts.extend(_managed_facts(process.managed, zone))
    for stream in Stream:
        output = monitor.outputs.get((process.key, stream))
        if output:
            facts.append((stream.value, f"{describe(output.verdict)}; {output.state.value}"))
    if row and row.last_error:
        facts.append(("last error", row.last_error))
    if process.unknown_fields:
        facts.append(("also given", ", ".join(process.unknown_fields)))
    return facts


def _managed_facts(managed: Managed, zone: tzinfo | None) -> list[tuple[str, str]]:
    facts = [
        ("managed", f"{managed.name or managed.id}, {managed.status}"),
        ("restarts", count(managed.restart_count)),
    ]
    if managed.restart_policy:
        limit = f", at most {count(managed.max_restarts)}" if managed.max_restarts is not None else ""
        facts.append(("restart policy", f"{managed.restart_policy}{limit}"))
    if managed.next_restart_at:
        facts.append(("next restart", clock(managed.next_restart_at, zone)))
    if managed.health_status and managed.health_status != "disabled":
        failures = managed.consecutive_health_failures
        facts.append(
            ("health", managed.health_status + (f", {count(failures, 'failure')} in a row" if failures else ""))
        )
    if managed.last_exit:
        last = managed.last_exit
        how = signal_name(last.signal) if last.signal is not None else f"exit {last.exit_code}"
        when = f" at {clock(last.ended_at, zone)}" if last.ended_at else ""
        facts.append(("last exit", how + when))
    if managed.last_error:
        facts.append(("last error", managed.last_error))
    return facts

"""Processes and outputs as JSON tells of them: our state beside the platform's own word, and the evidence for it."""

from __future__ import annotations

from tui.core.failures import State
from tui.core.format import iso, signal_name
from tui.core.models import LastExit, Managed, Process, Sandbox
from tui.core.processes import ProcessRow, Tally


def evidence(source: str, at: int | None, *, complete: bool, note: str = "") -> dict[str, object]:
    """Where a fact comes from, when it was told (ms), and whether anything may be missing from it."""
    record: dict[str, object] = {"source": source, "at": iso(at), "complete": complete}
    return {**record, "note": note} if note else record


def sandbox_record(sandbox: Sandbox) -> dict[str, object]:
    """A sandbox."""
    return {"id": sandbox.id, "name": sandbox.name or None, "state": sandbox.state.value, "status": sandbox.status}


def process_record(row: ProcessRow, proof: dict[str, object]) -> dict[str, object]:
    """A process: identity, state, the platform's own fields, and the evidence for its errors."""
    process, verdict = row.process, row.verdict
    return {
        **identity(process),
        "state": verdict.state.value,
        "word": verdict.word,
        "reason": verdict.reason,
        "failing": verdict.state.is_failing,
        "suspect": verdict.state is State.SUSPECT,
        "status": process.status,
        "exit_code": process.exit_code,
        "signal": process.signal,
        "signal_name": None if process.signal is None else signal_name(process.signal),
        "oom_killed": process.oom_killed,
        "ended_at": iso(process.ended_at),
        "managed": managed_record(process.managed) if process.managed else None,
        "last_error": row.last_error or None,
        "error_count": row.error_count,
        "evidence": proof,
    }


def identity(process: Process) -> dict[str, object]:
    """What tells one run of a process from all others, and what it runs."""
    return {
        "sandbox_id": process.sandbox_id,
        "pid": process.pid,
        "handle": process.handle,
        "name": process.name or None,
        "run": process.run,
        "started_at": iso(process.started_at or None),
        "command": process.command,
        "args": list(process.args),
    }


def managed_record(managed: Managed) -> dict[str, object]:
    """Supervision by the sandbox."""
    return {
        "id": managed.id,
        "status": managed.status,
        "restart_count": managed.restart_count,
        "restart_policy": managed.restart_policy or None,
        "health_status": managed.health_status or None,
        "last_exit": _last_exit(managed.last_exit) if managed.last_exit else None,
        "last_error": managed.last_error,
        "next_restart_at": iso(managed.next_restart_at),
    }


def _last_exit(last: LastExit) -> dict[str, object]:
    return {
        "exit_code": last.exit_code,
        "signal": last.signal,
        "oom_killed": last.oom_killed,
        "ended_at": iso(last.ended_at),
    }


def tally_record(counts: Tally) -> dict[str, object]:
    """Counts by class."""
    return {
        "total": counts.total,
        "failing": counts.failing,
        "suspect": counts.suspect,
        "unknown": counts.unknown,
        "running": counts.running,
        "ok": counts.ok,
    }

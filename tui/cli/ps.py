"""``boxscope ps``: the processes of a sandbox as the dashboard lists them, failures first."""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace

from tui.cli import exits
from tui.cli.printing import coloured, narrate, print_json, table, wants_colour
from tui.cli.records import evidence, process_record, sandbox_record, tally_record
from tui.cli.targets import connector, target_profile
from tui.cli.watching import Watching, replay_progress, run_to_end, watching
from tui.core.format import age, count, duration
from tui.core.models import Stream
from tui.core.ports import Connection
from tui.core.processes import ProcessRow, tally
from tui.core.profile import Watch
from tui.core.streamstate import StreamState
from tui.core.verdict import AccountStatus
from tui.monitor.sandbox import SandboxMonitor

LIST = "GET /api/v1/processes"
REPLAY_SECONDS = 2.0
"""How long at most the output of running processes is given to arrive; it has no end to wait for."""

_HEADER = ("", "PID", "NAME", "RUN", "STATE", "AGE", "LASTED", "LAST ERROR", "COMMAND")
_COLOURS = {"x": "31", "~": "33", "!": "33", "?": "36", "*": "32", ".": "2"}
ERROR_WIDTH = 60


def ps(arguments: Namespace) -> int:
    """Print the list; 0 when all of it could be judged, 13 when some output could not be read in time."""
    profile = target_profile(arguments.target or "", arguments, os.environ)
    return run_to_end(_ps(connector(arguments, os.environ).connect(profile), arguments))


async def _ps(connection: Connection, arguments: Namespace) -> int:
    async with watching(connection) as watch:
        deadline = time.monotonic() + arguments.timeout
        await watch.listing(arguments.timeout)
        unread = await read_outputs(watch, deadline)
        if arguments.json:
            print_json(_document(watch.monitor, unread))
        else:
            colour = wants_colour(arguments.color, sys.stdout)
            print("\n".join(_lines(watch.monitor.rows, int(time.time() * 1000), colour=colour)))
            _narrate(watch.monitor, unread)
        return exits.CANNOT_TELL if unread else exits.DONE


async def read_outputs(watch: Watching, deadline: float) -> int:
    """Wait for the stderr that states depend on; returns how many finished processes it could not be read of."""
    monitor = watch.monitor
    if monitor.profile.watch is not Watch.LISTED:
        return 0
    await watch.until(lambda: not _unread(monitor), deadline - time.monotonic())
    replay_ends = min(deadline, time.monotonic() + REPLAY_SECONDS)
    await watch.until(lambda: not _unheard(monitor), replay_ends - time.monotonic())
    running = [output for output in monitor.outputs.values() if not output.state.is_over]
    if running:
        await watch.until_quiet(lambda: [replay_progress(output) for output in running], replay_ends)
    return _unread(monitor)


def _unread(monitor: SandboxMonitor) -> int:
    """Finished processes whose stderr is being read and has not come to its end."""
    return sum(
        1
        for (_, stream), output in monitor.outputs.items()
        if stream is Stream.STDERR and output.process.is_finished and not output.state.is_over
    )


def _unheard(monitor: SandboxMonitor) -> int:
    """Running processes of whose stderr nothing has come yet, not even word that there is none."""
    waiting = (StreamState.WAITING, StreamState.CONNECTING)
    return sum(1 for output in monitor.outputs.values() if output.state in waiting)


def _lines(rows: list[ProcessRow], now: int, *, colour: bool) -> list[str]:
    """The table; every cell was made harmless when it arrived."""
    header, *lines = table(_HEADER, (_cells(row, now) for row in rows), right=frozenset({1, 3, 5, 6}))
    letters = [row.verdict.letter for row in rows]
    # Coloured afterwards and as a whole, so that the escape sequences do not count as width.
    return [
        coloured(header, "1", colour=colour),
        *(coloured(line, _COLOURS[letter], colour=colour) for line, letter in zip(lines, letters, strict=True)),
    ]


def _cells(row: ProcessRow, now: int) -> tuple[str, ...]:
    process = row.process
    lasted = (process.ended_at or now) - process.started_at
    error = row.last_error if len(row.last_error) <= ERROR_WIDTH else row.last_error[: ERROR_WIDTH - 1] + "…"
    times = f" (x{row.error_count})" if row.error_count > 1 else ""
    return (
        row.verdict.letter,
        str(process.pid),
        process.name or "-",
        str(process.run),
        row.verdict.word,
        age(now - row.changed_at) if row.changed_at else "-",
        duration(lasted) if process.started_at else "-",
        f"{error}{times}" if error else "-",
        process.command_line,
    )


def _narrate(monitor: SandboxMonitor, unread: int) -> None:
    """What the reader of the table should know beside it."""
    if not monitor.rows:
        narrate("the sandbox has started no process through its API; shells and terminals are not listed there")
    if monitor.rejected_records:
        narrate(f"{count(monitor.rejected_records, 'record')} of the list made no sense and are not shown")
    if unread:
        narrate(f"the stderr of {count(unread, 'finished process', 'finished processes')} could not be read in time")


def _document(monitor: SandboxMonitor, unread: int) -> dict[str, object]:
    complete = not unread and not monitor.rejected_records and not _unsurveyed(monitor)
    return {
        "sandbox": sandbox_record(monitor.sandbox) if monitor.sandbox else None,
        "contact": monitor.contact.state.value,
        "evidence": evidence(LIST, monitor.contact.last_answer_at, complete=complete),
        "summary": tally_record(tally(monitor.rows)),
        "rejected_records": monitor.rejected_records,
        "processes": [process_record(row, _proof(monitor, row)) for row in monitor.rows],
    }


def _unsurveyed(monitor: SandboxMonitor) -> int:
    return sum(1 for row in monitor.rows if (row.key, Stream.STDERR) not in monitor.outputs)


def _proof(monitor: SandboxMonitor, row: ProcessRow) -> dict[str, object]:
    """The evidence behind ``last_error`` and the state *suspect*: the process's own stderr."""
    source = f"GET /api/v1/processes/{row.process.ref}/stderr"
    output = monitor.outputs.get((row.key, Stream.STDERR))
    at = monitor.contact.last_answer_at
    if output is None:
        return evidence(source, None, complete=False, note="not read")
    return evidence(source, at, complete=output.verdict.status is AccountStatus.COMPLETE, note=output.state.value)

"""``boxscope logs``: the output of one process, through the same accounting as the dashboard."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from argparse import Namespace
from dataclasses import replace
from functools import partial

from tui.cli import exits
from tui.cli.exits import Refusal
from tui.cli.log_lines import Cursor, LineStyle, line_record, remark
from tui.cli.printing import SCHEMA_VERSION, narrate, print_record, wants_colour
from tui.cli.records import evidence, identity
from tui.cli.targets import connector, target_profile
from tui.cli.watching import Watching, replay_progress, run_to_end, watching
from tui.core.contact import ContactState
from tui.core.errors import UsageError
from tui.core.format import count
from tui.core.models import Stream
from tui.core.ports import Connection
from tui.core.processes import ProcessRow
from tui.core.profile import Transport, Watch
from tui.core.rows import RowKind
from tui.core.streamstate import StreamState
from tui.core.verdict import AccountStatus, describe
from tui.monitor.output import OutputMonitor

_STREAMS = {"stdout": (Stream.STDOUT,), "stderr": (Stream.STDERR,), "both": (Stream.STDOUT, Stream.STDERR)}
_LOST = (ContactState.REFUSED, ContactState.GONE, ContactState.OVER, ContactState.ASLEEP)


def logs(arguments: Namespace) -> int:
    """Print the output; 0 when all of it was printed, or all so far of a running process, 13 when that is not sure."""
    target, _, process = arguments.target.rpartition("/")
    if not process:
        raise UsageError(f"'{arguments.target}' names no process", "write TARGET/PROC, for example my-box/412")
    profile = target_profile(target, arguments, os.environ)
    # A snapshot answers what is there now, and says where it was cut off; only following needs a stream.
    transport = profile.transport if arguments.follow else Transport.POLL
    profile = replace(profile, watch=Watch.ON_SELECT, transport=transport)
    connection = connector(arguments, os.environ).connect(profile)
    return run_to_end(_logs(connection, process, arguments))


async def _logs(connection: Connection, process: str, arguments: Namespace) -> int:
    async with watching(connection) as watch:
        deadline = time.monotonic() + arguments.timeout
        await watch.listing(arguments.timeout)
        row = watch.monitor.find(process)
        if row is None:
            raise Refusal(
                f"there is no process '{process}' in {_label(watch)}",
                "list them with: boxscope ps",
                exit_code=exits.NOT_FOUND,
                code="process_not_found",
            )
        return await _Printer(watch, row, arguments, deadline).run()


def _label(watch: Watching) -> str:
    sandbox = watch.monitor.sandbox
    return sandbox.label if sandbox else "the sandbox"


class _Printer:
    """Writes the streams of one process as they become known."""

    def __init__(self, watch: Watching, row: ProcessRow, arguments: Namespace, deadline: float) -> None:
        self._watch = watch
        self._arguments = arguments
        self._deadline = deadline
        self._row = row
        self._cursors = []
        for stream in _STREAMS[arguments.stream]:
            output = watch.monitor.select(row.key, stream)
            assert output is not None
            self._cursors.append(Cursor(output))
        self._style = LineStyle(
            colour=wants_colour(arguments.color, sys.stdout),
            raw=arguments.raw,
            timestamps=arguments.timestamps,
            labels=len(self._cursors) > 1,
        )

    async def run(self) -> int:
        """Print until there is nothing more to come; returns the exit code."""
        if self._arguments.json:
            print_record({"type": "start", "schema_version": SCHEMA_VERSION, **identity(self._row.process)})
        try:
            await (self._follow() if self._arguments.follow else self._print_what_is_there())
        except asyncio.CancelledError:
            # A signal ends the command: what was printed until then is summed up.
            self._sum_up(interrupted=True)
            raise
        return self._sum_up(interrupted=False)

    async def _print_what_is_there(self) -> None:
        outputs = [cursor.output for cursor in self._cursors]
        if not await self._watch.until(lambda: all(map(_is_read, outputs)), self._deadline - time.monotonic()):
            error = next((o.error for o in outputs if o.error), "no answer in time")
            raise Refusal(
                f"the output of {self._row.process.ref} could not be read: {error}",
                "allow more time with --timeout",
                exit_code=exits.NETWORK,
                code="output_not_read",
            )
        self._skip_to_tail()
        await self._write(is_end=True)

    async def _follow(self) -> None:
        if self._arguments.tail is not None:
            await self._await_replay()
            self._skip_to_tail()
        while True:
            seen = self._progress()
            is_end = all(cursor.output.is_over for cursor in self._cursors)
            await self._write(is_end=is_end)
            if is_end or self._is_lost():
                return
            await self._watch.until(partial(self._has_news, seen), None)

    async def _await_replay(self) -> None:
        """Wait until the lines that were there before have come."""
        outputs = [cursor.output for cursor in self._cursors]
        await self._watch.until_quiet(lambda: [replay_progress(output) for output in outputs], self._deadline)

    def _progress(self) -> list[tuple[int, int, bool]]:
        """Changes whenever an output does."""
        outputs = [cursor.output for cursor in self._cursors]
        return [(o.buffer.appended_total, o.buffer.generation, o.is_over) for o in outputs]

    def _has_news(self, seen: list[tuple[int, int, bool]]) -> bool:
        return seen != self._progress() or self._is_lost()

    def _is_lost(self) -> bool:
        """True when the sandbox will not be contacted any more."""
        return self._watch.monitor.contact.state in _LOST

    def _skip_to_tail(self) -> None:
        if self._arguments.tail is not None:
            for cursor in self._cursors:
                cursor.skip_to_tail(self._arguments.tail)

    async def _write(self, *, is_end: bool) -> None:
        for cursor in self._cursors:
            stream = cursor.output.stream
            while rows := cursor.fresh(is_end=is_end):
                if self._arguments.json:
                    for row in rows:
                        print_record(line_record(row, stream))
                else:
                    lines = [self._style.text(row, stream) for row in rows if row.kind is RowKind.LINE]
                    if lines:
                        sys.stdout.write("\n".join(lines) + "\n")
                    for row in rows:
                        if row.kind is not RowKind.LINE:
                            narrate(remark(row))
                await asyncio.sleep(0)
        sys.stdout.flush()

    def _sum_up(self, *, interrupted: bool) -> int:
        monitor = self._watch.monitor
        row = monitor.row(self._row.key) or self._row
        complete = all(_is_complete(c) for c in self._cursors)
        if self._arguments.json:
            at = monitor.contact.last_answer_at
            print_record(
                {
                    "type": "summary",
                    "schema_version": SCHEMA_VERSION,
                    "pid": row.process.pid,
                    "state": row.verdict.state.value,
                    "status": row.process.status,
                    "exit_code": row.process.exit_code,
                    "signal": row.process.signal,
                    "interrupted": interrupted,
                    "streams": {c.output.stream.value: self._stream_record(c, at) for c in self._cursors},
                }
            )
        elif not complete:
            for cursor in self._cursors:
                self._narrate(cursor, is_running=not row.process.is_finished)
        return exits.DONE if complete or self._is_all_so_far(row) else exits.CANNOT_TELL

    def _is_all_so_far(self, row: ProcessRow) -> bool:
        """True for a running process of which everything written until now was printed."""
        if self._arguments.follow or row.process.is_finished:
            return False
        return all(c.output.state is StreamState.POLLING and not c.output.verdict.gaps for c in self._cursors)

    def _narrate(self, cursor: Cursor, *, is_running: bool) -> None:
        words = f"{cursor.output.stream.value}: {describe(cursor.output.verdict)}"
        narrate(f"{words}; the process is running" if is_running else words)
        if cursor.output.verdict.truncated_at is not None:
            narrate("the log is longer than one answer may be; print all of it with -f")
        if cursor.late:
            narrate(f"{count(cursor.late, 'line')} were repaired above what had been printed; print again without -f")

    @staticmethod
    def _stream_record(cursor: Cursor, at: int | None) -> dict[str, object]:
        verdict = cursor.output.verdict
        process, stream = cursor.output.process, cursor.output.stream
        return {
            "lines": cursor.written,
            "state": cursor.output.state.value,
            "repaired": verdict.repaired,
            "gaps": verdict.gaps,
            "missing_lines": verdict.missing_lines,
            "late_repairs": cursor.late,
            "evidence": evidence(
                f"GET /api/v1/processes/{process.ref}/{stream.value}",
                at,
                complete=_is_complete(cursor),
                note=describe(verdict),
            ),
        }


def _is_complete(cursor: Cursor) -> bool:
    """True when every line of the log was written, in order, and nothing can follow."""
    return cursor.output.verdict.status is AccountStatus.COMPLETE and not cursor.late


def _is_read(output: OutputMonitor) -> bool:
    """True when a snapshot has told what is there; of a finished process, when as much as can be was verified."""
    if output.state.is_over:
        return output.is_over or output.verdict.status is AccountStatus.COMPLETE
    return output.state is StreamState.POLLING

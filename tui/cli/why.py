"""``boxscope why``: the cause card of one process, as text or JSON."""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from collections.abc import Iterator

from tui.cli import exits
from tui.cli.error_records import card_record
from tui.cli.errors import all_grouped, read_all
from tui.cli.exits import Refusal
from tui.cli.printing import coloured, print_json, wants_colour
from tui.cli.ps import REPLAY_SECONDS
from tui.cli.records import identity
from tui.cli.targets import connector, target_profile
from tui.cli.watching import Watching, run_to_end, watching
from tui.core.cards import CauseCard, Certainty, Claim
from tui.core.causes import cause_card
from tui.core.errors import UsageError
from tui.core.format import clock
from tui.core.ports import Connection
from tui.core.streamstate import StreamState
from tui.core.text import display_line
from tui.core.verdict import AccountStatus
from tui.monitor.cases import case_of
from tui.monitor.errors import ErrorsFound
from tui.monitor.output import OutputMonitor

_TITLE = 7


def why(arguments: Namespace) -> int:
    """Print the card; 13 where the output could not be read, or has a gap. "Unknown" as an answer is no failure."""
    target, _, process = arguments.target.rpartition("/")
    if not process:
        raise UsageError(f"'{arguments.target}' names no process", "write TARGET/PROC, for example my-box/412")
    profile = target_profile(target, arguments, os.environ)
    return run_to_end(_why(connector(arguments, os.environ).connect(profile), process, arguments))


async def _why(connection: Connection, name: str, arguments: Namespace) -> int:
    async with watching(connection) as watch:
        deadline = time.monotonic() + arguments.timeout
        monitor, found = watch.monitor, ErrorsFound()
        found.watch(monitor)
        await watch.listing(arguments.timeout)
        row = monitor.find(name)
        if row is None:
            raise Refusal(
                f"there is no process '{name}' in {monitor.sandbox.label if monitor.sandbox else 'the sandbox'}",
                "list them with: boxscope ps",
                exit_code=exits.NOT_FOUND,
                code="process_not_found",
            )
        output = monitor.select(row.key)
        is_read = output is not None and await _is_read(watch, output, deadline)
        await read_all(watch, deadline)
        await all_grouped(found)
        case = case_of(monitor, found, row.key)
        if case is None:
            raise Refusal(
                f"process '{name}' left the list while it was read",
                "look again",
                exit_code=exits.CANNOT_TELL,
                code="process_gone",
            )
        card = cause_card(case)
        if arguments.json:
            print_json(
                {
                    **identity(case.process),
                    "state": case.verdict.state.value,
                    "status": case.process.status,
                    "complete": is_read and not case.has_gap,
                    **card_record(card),
                }
            )
        else:
            print("\n".join(_lines(card, colour=wants_colour(arguments.color, sys.stdout))))
        return exits.DONE if is_read and not case.has_gap else exits.CANNOT_TELL


async def _is_read(watch: Watching, output: OutputMonitor, deadline: float) -> bool:
    """Wait for the output: of a finished process until it is verified, of a running one until its replay has come."""
    left = deadline - time.monotonic()
    if output.process.is_finished:
        return await watch.until(lambda: output.is_over or output.verdict.status is AccountStatus.COMPLETE, left)
    if not await watch.until(lambda: output.is_verified or output.buffer.line_count > 0, min(left, REPLAY_SECONDS)):
        return output.state in (StreamState.FOLLOWING, StreamState.POLLING)
    await watch.until(lambda: output.is_verified, min(deadline - time.monotonic(), REPLAY_SECONDS))
    return True


def _lines(card: CauseCard, *, colour: bool) -> Iterator[str]:
    for title, claim in (
        ("WHAT", card.what),
        ("WHY", card.why),
        ("WHERE", card.where),
        ("SAME", card.same_as),
        ("FIRST", card.first_seen),
    ):
        if claim is not None:
            yield f"{coloured(f'{title:<{_TITLE}}', '1', colour=colour)}{_text(title, claim)}"
    if card.lines_before:
        yield ""
        yield coloured("BEFORE IT", "1", colour=colour)
        width = len(str(card.lines_before[-1][0]))
        yield from (
            f"  {number:>{width}}  {display_line(text, colours=False).text}" for number, text in card.lines_before
        )
    yield ""
    yield coloured("EVIDENCE", "1", colour=colour)
    for evidence in card.evidence:
        at = clock(evidence.at) if evidence.at else "-"
        yield f"  {at:<8}  {evidence.fact}  [{evidence.source}]"


def _text(title: str, claim: Claim) -> str:
    if title == "FIRST" and claim.evidence and claim.evidence[0].at:
        return f"{claim.text} at {clock(claim.evidence[0].at)} UTC"
    likely = " (likely)" if claim.certainty is Certainty.LIKELY else ""
    return f"{claim.text}{likely}"

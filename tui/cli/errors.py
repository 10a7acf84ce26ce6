"""``boxscope errors``: equal errors of one or more sandboxes as groups, or the tracebacks in a file.

Most imports are inside functions: reading a file needs neither an event loop nor HTTP, and shall begin at once.
"""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from typing import TYPE_CHECKING

from tui.core.errors import UsageError
from tui.core.fingerprint import Level

if TYPE_CHECKING:
    from tui.cli.watching import Watching
    from tui.core.groups import ErrorGroup
    from tui.core.ports import Connection
    from tui.monitor.errors import ErrorsFound

_HEADER = ("ID", "COUNT", "LAST", "FIRST", "IN", "WHERE", "ERROR")
WIDTH = 60
"""Characters of the columns IN and WHERE."""


def errors(arguments: Namespace) -> int:
    """Print the groups; 0 when all of it could be read, 13 when some output could not be read in time."""
    level = Level(arguments.level)
    if arguments.file is not None:
        if arguments.targets:
            raise UsageError(f"--file already says what to read; '{arguments.targets[0]}' is too much")
        from tui.cli.file_errors import file_errors

        own = tuple(arguments.own_paths or ())
        return file_errors(arguments.file, as_json=arguments.json, level=level, colour=arguments.color, own_paths=own)
    if arguments.own_paths:
        raise UsageError("--own-paths goes with --file; the paths of a sandbox are in its profile")
    from tui.cli.targets import connector, target_profile
    from tui.cli.watching import run_to_end

    profiles = [target_profile(target, arguments, os.environ) for target in dict.fromkeys(arguments.targets or [""])]
    source = connector(arguments, os.environ)
    return run_to_end(_errors([source.connect(profile) for profile in profiles], level, arguments))


async def _errors(connections: list[Connection], level: Level, arguments: Namespace) -> int:
    import asyncio
    from contextlib import AsyncExitStack

    from tui.cli import exits
    from tui.cli.watching import watching
    from tui.monitor.errors import ErrorsFound

    muted = {text for connection in connections for text in connection.profile.ignore}
    found = ErrorsFound(level=level, muted=muted)
    deadline = time.monotonic() + arguments.timeout
    async with AsyncExitStack() as stack:
        watches = [await stack.enter_async_context(watching(connection)) for connection in connections]
        for watch in watches:
            found.watch(watch.monitor)
        unread = sum(await asyncio.gather(*(read_all(watch, deadline) for watch in watches)))
        await all_grouped(found)
        if arguments.json:
            _print_document(watches, found, unread)
        else:
            _print_table(watches, found, unread, arguments.color)
        return exits.CANNOT_TELL if unread else exits.DONE


async def read_all(watch: Watching, deadline: float) -> int:
    """Wait until the outputs that are read were read; returns how many could not be. Raises Refusal."""
    from tui.cli.ps import read_outputs

    await watch.listing(deadline - time.monotonic())
    return await read_outputs(watch, deadline)


async def all_grouped(found: ErrorsFound) -> None:
    """Wait until every traceback that was found is in its group."""
    import asyncio

    # Not waiting for anything: each turn of the loop groups a slice.
    while found.is_behind:  # noqa: ASYNC110
        await asyncio.sleep(0)


def _print_table(watches: list[Watching], found: ErrorsFound, unread: int, color: str) -> None:
    from tui.cli.printing import coloured, narrate, table, wants_colour
    from tui.core.format import count

    now = int(time.time() * 1000)
    groups = found.groups.groups()
    colour = wants_colour(color, sys.stdout)
    header, *lines = table(_HEADER, (_cells(group, now) for group in groups), right=frozenset({1, 2, 3}))
    print("\n".join([coloured(header, "1", colour=colour), *lines]))
    rows = sum(len(watch.monitor.rows) for watch in watches)
    if not groups:
        narrate(f"no error in what was read: {count(rows, 'process', 'processes')} of {_boxes(watches)}")
    if found.groups.ungrouped:
        narrate(f"{count(found.groups.ungrouped, 'error')} are in no group, because there are too many groups")
    if unread:
        narrate(f"the stderr of {count(unread, 'finished process', 'finished processes')} could not be read in time")


def _boxes(watches: list[Watching]) -> str:
    from tui.core.format import count

    return count(len(watches), "sandbox", "sandboxes")


def _cells(group: ErrorGroup, now: int) -> tuple[str, ...]:
    from tui.core.format import age

    boxes = " ".join(f"{label} x{number}" for label, number in sorted(group.by_sandbox.items()))
    last, first = group.last.at, group.first.at
    return (
        group.short_id,
        f"x{group.count}",
        age(now - last) if last else "-",
        age(now - first) if first else "-",
        _cut(boxes),
        _cut(group.where or "-"),
        group.headline + (" (handled)" if group.is_handled else "") + (" (muted)" if group.is_muted else ""),
    )


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"


def _print_document(watches: list[Watching], found: ErrorsFound, unread: int) -> None:
    from tui.cli.error_records import group_record
    from tui.cli.printing import print_json
    from tui.cli.ps import LIST
    from tui.cli.records import evidence, sandbox_record

    boxes = [
        {
            "sandbox": sandbox_record(watch.monitor.sandbox) if watch.monitor.sandbox else None,
            "contact": watch.monitor.contact.state.value,
            "evidence": evidence(
                LIST, watch.monitor.contact.last_answer_at, complete=not watch.monitor.rejected_records
            ),
            "processes": len(watch.monitor.rows),
            "outputs_read": len(watch.monitor.outputs),
        }
        for watch in watches
    ]
    groups = found.groups.groups()
    print_json(
        {
            "level": found.groups.level.value,
            "watched": boxes,
            "unread": unread,
            "ungrouped": found.groups.ungrouped,
            "groups": [group_record(group) for group in groups],
        }
    )

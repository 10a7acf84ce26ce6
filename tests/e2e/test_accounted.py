"""The real monitor over real HTTP against a server that loses, doubles, cuts and disconnects, with real processes:
what is shown equals what was written, or says where not."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tui.core.models import Stream
from tui.core.profile import Profile, Transport
from tui.core.streamstate import StreamState
from tui.core.verdict import AccountStatus
from tui.io.connector import HttpConnector
from tui.io.spool import SpoolFile
from tui.local.faults import Faults, Race
from tui.local.server import LocalSandbox
from tui.monitor.output import OutputMonitor
from tui.monitor.sandbox import SandboxMonitor

LINES = 6000
# Many lines are equal, which makes alignment hard; bursts overflow small windows.
PROGRAM = f"""
import sys, time
for number in range({LINES}):
    print("same" if number % 3 else f"line {{number}}", file=sys.stderr)
    if number % 400 == 0:
        sys.stderr.flush(); time.sleep(0.05)
"""
WRITTEN = ["same" if number % 3 else f"line {number}" for number in range(LINES)]


@asynccontextmanager
async def watched(
    sandbox: LocalSandbox, tmp_path: Path, transport: Transport = Transport.AUTO
) -> AsyncIterator[SandboxMonitor]:
    profile = Profile("test", sandbox=sandbox.name, api_url=sandbox.url, refresh_interval=0.3, transport=transport)
    connection = HttpConnector({}, tmp_path, tmp_path, sandbox.token).connect(profile)
    monitor = SandboxMonitor(connection, new_store=lambda: SpoolFile(tmp_path / "spool"))
    task = asyncio.create_task(monitor.run())
    try:
        yield monitor
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await connection.aclose()


async def until(condition: Callable[[], object], what: str, seconds: float = 60) -> None:
    try:
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"{what} did not come") from None


async def read_to_the_end(monitor: SandboxMonitor) -> OutputMonitor:
    await until(lambda: monitor.rows, "the process list")
    output = monitor.select(monitor.rows[0].key, Stream.STDERR)
    assert output is not None
    await until(lambda: output.is_over and output.verdict.status is AccountStatus.COMPLETE, "a complete account")
    return output


def everything(output: OutputMonitor) -> list[str]:
    return list(output.buffer.raw_lines(0, len(output.buffer)))


@pytest.mark.parametrize(
    ("what", "faults"),
    [
        ("nothing", Faults()),
        ("lost at the seam", Faults(race=Race.LOSE, race_seconds=0.05)),
        ("doubled at the seam", Faults(race=Race.DOUBLE, race_seconds=0.05)),
        ("overflow", Faults(event_window=16)),
        ("disconnects", Faults(disconnect_after=700)),
        ("all of the field's faults", Faults.faithful()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_lines_shown_equal_lines_written(what: str, faults: Faults, tmp_path: Path) -> None:
    with LocalSandbox("faulty", faults=faults) as sandbox:
        sandbox.start_process({"command": sys.executable, "args": ["-c", PROGRAM]})
        async with watched(sandbox, tmp_path) as monitor:
            if what == "disconnects":
                # A log longer than what one connection delivers never arrives by following alone.
                await until(lambda: sandbox.faults.requests > 20, "several connections")
                sandbox.faults.disconnect_after = None
            output = await read_to_the_end(monitor)
            assert everything(output) == WRITTEN
            assert output.verdict.gaps == 0


async def test_polling_arrives_at_the_same(tmp_path: Path) -> None:
    with LocalSandbox("faulty") as sandbox:
        sandbox.start_process({"command": sys.executable, "args": ["-c", PROGRAM]})
        async with watched(sandbox, tmp_path, Transport.POLL) as monitor:
            assert everything(await read_to_the_end(monitor)) == WRITTEN


async def test_a_capture_that_died_is_not_called_complete(tmp_path: Path) -> None:
    program = "import os, time; os.write(2, b'one\\ntwo\\n'); os.write(2, b'bad \\xff\\n'); time.sleep(60)"
    with LocalSandbox("faulty", faults=Faults(dead_capture=True)) as sandbox:
        sandbox.start_process({"command": sys.executable, "args": ["-c", program]})
        async with watched(sandbox, tmp_path) as monitor:
            await until(lambda: monitor.rows, "the process list")
            output = monitor.select(monitor.rows[0].key)
            assert output is not None
            await until(lambda: output.is_over, "the end of the capture")
            assert everything(output) == ["one", "two"]
            assert output.state is StreamState.CAPTURE_ENDED
            assert output.verdict.status is not AccountStatus.COMPLETE

"""The client against an embedded sandbox that misbehaves as others are known to."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator

import pytest

from tui.core.errors import ConflictError, ConnectionFailed, NotRunning, ServerError, StreamInterrupted
from tui.core.models import StartRequest, Stream
from tui.core.ports import SandboxApi
from tui.io.connector import HttpConnection
from tui.local.faults import CONNECTION_REFUSED, READ_TIMEOUT, Faults, Refusal
from tui.local.server import LocalSandbox

HUNDRED = StartRequest(sys.executable, ("-c", "import sys\nfor n in range(100): print(n, file=sys.stderr)"))


@pytest.fixture
def faulty() -> Iterator[LocalSandbox]:
    with LocalSandbox("faulty", faults=Faults()) as sandbox:
        yield sandbox


@pytest.fixture
def api(connect: Callable[..., HttpConnection], faulty: LocalSandbox) -> SandboxApi:
    connection = connect(faulty.token, sandbox_url=faulty.url, sandbox=faulty.sandbox_id)
    return connection.sandbox_api(connection.direct_sandbox())


async def follow_into(api: SandboxApi, ref: str, lines: list[str]) -> None:
    async with api.follow(ref, Stream.STDERR) as batches:
        async for batch in batches:
            assert batch.rejected == 0
            lines += batch.lines


async def finished(api: SandboxApi) -> str:
    process = await api.start(HUNDRED)
    async with asyncio.timeout(20):
        while (await api.process(process.ref)).is_running:
            await asyncio.sleep(0.02)
    return process.ref


async def test_a_stream_that_breaks_off_is_told_after_its_lines(api: SandboxApi, faulty: LocalSandbox) -> None:
    ref = await finished(api)
    faulty.faults.disconnect_after = 30
    lines: list[str] = []
    with pytest.raises(StreamInterrupted):
        await follow_into(api, ref, lines)
    assert lines == [str(n) for n in range(len(lines))]
    assert 1 <= len(lines) <= 30
    faulty.faults.disconnect_after = None
    lines.clear()
    await follow_into(api, ref, lines)
    assert lines == [str(n) for n in range(100)]


async def test_heartbeat_objects_are_no_lines(api: SandboxApi, faulty: LocalSandbox) -> None:
    faulty.faults.heartbeat_seconds = 0.01
    ref = await finished(api)
    lines: list[str] = []
    await follow_into(api, ref, lines)
    assert lines == [str(n) for n in range(100)]


async def test_reads_get_over_a_refusal_or_two(api: SandboxApi, faulty: LocalSandbox) -> None:
    faulty.faults.refuse_next.extend([CONNECTION_REFUSED, READ_TIMEOUT])
    before = faulty.faults.requests
    assert (await api.daemon_status()).version
    assert faulty.faults.requests == before + 3


async def test_a_start_is_not_sent_again(api: SandboxApi, faulty: LocalSandbox) -> None:
    faulty.faults.refuse_next.append(CONNECTION_REFUSED)
    with pytest.raises(ServerError) as caught:
        await api.start(HUNDRED)
    assert caught.value.code == "CONNECTION_REFUSED"
    assert (await api.processes()).processes == ()


async def test_a_start_that_was_never_delivered_is_sent_again(api: SandboxApi, faulty: LocalSandbox) -> None:
    faulty.faults.refuse_next.append(Refusal(503, "SANDBOX_UPSTREAM_ERROR"))
    await api.start(HUNDRED)
    assert len((await api.processes()).processes) == 1


async def test_a_sandbox_that_sleeps_is_asked_once(api: SandboxApi, faulty: LocalSandbox) -> None:
    faulty.faults.sandbox_status = "suspended"
    for call in (api.processes, api.daemon_status, lambda: api.snapshot("1", Stream.STDERR)):
        before = faulty.faults.requests
        with pytest.raises(NotRunning, match="suspended"):
            await call()
        assert faulty.faults.requests == before + 1


async def test_a_name_that_is_taken(api: SandboxApi) -> None:
    request = StartRequest(
        sys.executable, ("-c", "import time; time.sleep(60)"), name="web", restart={"policy": "never"}
    )
    await api.start(request)
    with pytest.raises(ConflictError):
        await api.start(request)


async def test_a_server_that_stops_ends_its_streams_and_is_then_gone(api: SandboxApi, faulty: LocalSandbox) -> None:
    code = "import sys, time; print('a', file=sys.stderr, flush=True); time.sleep(60)"
    process = await api.start(StartRequest(sys.executable, ("-c", code)))
    async with asyncio.timeout(30), api.follow(process.ref, Stream.STDERR) as batches:
        assert (await anext(batches)).lines == ["a"]
        await asyncio.to_thread(faulty.stop)
        assert [batch.eof async for batch in batches] == [True]
    with pytest.raises(ConnectionFailed):
        await api.processes()
    with pytest.raises(ConnectionFailed):
        await follow_into(api, process.ref, [])

"""The client against the embedded sandbox: real sockets, real processes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tui.core.errors import AuthError, NotFoundError
from tui.core.models import OutputSnapshot, Process, RawLine, StartRequest, Stream
from tui.core.ports import HeldPrefix, SandboxApi
from tui.io.connector import HttpConnection
from tui.local.server import LocalSandbox


@pytest.fixture
async def api(connect: Callable[..., HttpConnection], local_sandbox: LocalSandbox) -> SandboxApi:
    connection = connect(local_sandbox.token, api_url=local_sandbox.url, sandbox="box")
    assert connection.control is not None
    return connection.sandbox_api(await connection.control.sandbox("box"))


def python(code: str, **fields: object) -> StartRequest:
    return StartRequest(sys.executable, ("-c", code), **fields)  # type: ignore[arg-type]


async def ended(api: SandboxApi, ref: str) -> Process:
    async with asyncio.timeout(20):
        while (process := await api.process(ref)).is_running:
            await asyncio.sleep(0.02)
    return process


async def followed(api: SandboxApi, ref: str, stream: Stream = Stream.STDERR) -> tuple[list[str], list[int]]:
    lines: list[str] = []
    times: list[int] = []
    async with api.follow(ref, stream) as batches:
        async for batch in batches:
            lines += batch.lines
            times += batch.timestamps
    assert batch.eof
    return lines, times


async def test_control_plane_lists_and_finds_it(
    connect: Callable[..., HttpConnection], local_sandbox: LocalSandbox
) -> None:
    connection = connect(local_sandbox.token, api_url=local_sandbox.url)
    assert connection.control is not None
    listed = await connection.control.sandboxes()
    assert [(s.id, s.name, s.status) for s in listed.sandboxes] == [(local_sandbox.sandbox_id, "box", "running")]
    assert (listed.rejected, listed.truncated) == (0, False)
    assert (await connection.control.sandbox("box")).id == local_sandbox.sandbox_id
    with pytest.raises(NotFoundError):
        await connection.control.sandbox("no-such-box")


async def test_a_wrong_token_is_an_auth_error_that_does_not_show_it(
    connect: Callable[..., HttpConnection], local_sandbox: LocalSandbox
) -> None:
    connection = connect("wrong-secret-token", api_url=local_sandbox.url)
    assert connection.control is not None
    with pytest.raises(AuthError) as caught:
        await connection.control.sandboxes()
    assert caught.value.status == 401
    assert "wrong-secret-token" not in f"{caught.value} {caught.value.hint} {caught.value!r}"


async def test_a_url_alone_reaches_the_sandbox_too(
    connect: Callable[..., HttpConnection], local_sandbox: LocalSandbox
) -> None:
    connection = connect(local_sandbox.token, sandbox_url=local_sandbox.url)
    assert connection.control is None
    api = connection.sandbox_api(connection.direct_sandbox())
    assert (await api.daemon_status()).version


async def test_the_life_of_a_process(api: SandboxApi) -> None:
    code = "import sys; sys.stderr.write('one\\ntwo \\u2028 é\\n\\nlast'); sys.exit(3)"
    process = await api.start(python(code, env={"PYTHONIOENCODING": "utf-8"}))
    done = await ended(api, process.ref)
    assert (done.exit_code, done.key) == (3, process.key)
    lines, times = await followed(api, process.ref)
    assert lines == ["one", "two \u2028 é", "", "last"]
    assert len(times) == 4
    snapshot = await api.snapshot(process.ref, Stream.STDERR)
    assert snapshot == OutputSnapshot(lines, bytes_read=snapshot.bytes_read)
    assert process.key in {p.key for p in (await api.processes()).processes}


async def test_live_lines_come_one_by_one_as_they_are_written(api: SandboxApi) -> None:
    code = "import sys\nfor line in sys.stdin: print('got', line.strip(), file=sys.stderr)"
    process = await api.start(python(code, stdin_pipe=True))
    async with asyncio.timeout(20), api.follow(process.ref, Stream.STDERR) as batches:
        for number in range(5):
            await api.write_stdin(process.ref, f"{number}\n".encode())
            batch = await anext(batches)
            assert batch.lines == [f"got {number}"]
            assert batch.timestamps[0] > 1_600_000_000_000
        await api.close_stdin(process.ref)
        assert [batch async for batch in batches][-1].eof
    assert (await ended(api, process.ref)).exit_code == 0


async def test_signal_kill_and_unknown_processes(api: SandboxApi) -> None:
    sleeper = "import time; time.sleep(60)"
    one, two = await api.start(python(sleeper)), await api.start(python(sleeper))
    await api.signal(one.ref, 15)
    await api.kill(two.ref)
    assert (await ended(api, one.ref)).signal == 15
    assert (await ended(api, two.ref)).signal == 9
    for call in (api.process("999999"), api.signal("999999", 15), api.kill("999999")):
        with pytest.raises(NotFoundError):
            await call
    assert (await api.snapshot("999999", Stream.STDERR)).lines == []


async def test_a_managed_name_with_awkward_characters_is_one_segment(api: SandboxApi) -> None:
    name = "web 1 é?#%"
    started = await api.start(python("import time; time.sleep(60)", name=name, restart={"policy": "never"}))
    assert started.name == name
    again = await api.process(name)
    assert again.pid == started.pid
    restarted = await api.restart(name)
    assert restarted.name == name
    await api.kill(name)


async def test_an_unchanged_list_is_not_parsed_again(api: SandboxApi) -> None:
    first = await api.processes()
    second = await api.processes()
    assert not first.unchanged
    assert second.unchanged
    assert second.processes is first.processes


async def test_100k_lines_live_nothing_lost_doubled_or_reordered(api: SandboxApi) -> None:
    code = "import sys\nfor n in range(100_000): sys.stderr.write(f'line {n} ' + 'x' * 60 + '\\n')"
    process = await api.start(python(code))
    async with asyncio.timeout(60):
        lines, _ = await followed(api, process.ref)
    assert [line.split(" ")[1] for line in lines] == [str(n) for n in range(100_000)]
    snapshot = await api.snapshot(process.ref, Stream.STDERR)
    assert snapshot.lines == lines
    held = HeldPrefix(99_990, lines[99_980:99_990])
    rest = await api.snapshot(process.ref, Stream.STDERR, held=held)
    assert (rest.first, rest.lines, rest.matched_prefix) == (99_990, lines[99_990:], True)


async def test_a_slow_consumer_gets_everything_all_the_same(api: SandboxApi) -> None:
    code = "import sys\nfor n in range(60_000): sys.stderr.write(f'{n} ' + 'y' * 100 + '\\n')"
    process = await api.start(python(code))
    await ended(api, process.ref)
    numbers: list[int] = []
    async with asyncio.timeout(60), api.follow(process.ref, Stream.STDERR) as batches:
        async for batch in batches:
            assert len(batch.lines) <= 2000
            numbers += [int(line.partition(" ")[0]) for line in batch.lines]
            for _ in range(20):
                await asyncio.sleep(0)
    assert numbers == list(range(60_000))


async def test_leaving_a_follow_early_leaves_nothing_open(api: SandboxApi) -> None:
    process = await api.start(python("import sys, time; print('a', file=sys.stderr, flush=True); time.sleep(60)"))
    before = asyncio.all_tasks()
    for _ in range(5):
        async with asyncio.timeout(20), api.follow(process.ref, Stream.STDERR) as batches:
            assert (await anext(batches)).lines == ["a"]
    assert asyncio.all_tasks() == before
    await api.kill(process.ref)


async def test_many_follows_leave_room_for_polling(api: SandboxApi) -> None:
    """Trap T14: a follow holds its connection, and the default pool would be full."""
    process = await api.start(python("import sys, time; print('a', file=sys.stderr, flush=True); time.sleep(60)"))

    async def first_line_then_hold(go: asyncio.Event) -> None:
        async with api.follow(process.ref, Stream.STDERR) as batches:
            await anext(batches)
            opened.release()
            await go.wait()

    opened, go = asyncio.Semaphore(0), asyncio.Event()
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for _ in range(110):
            group.create_task(first_line_then_hold(go))
        for _ in range(110):
            await opened.acquire()
        assert (await api.processes()).processes
        go.set()
    await api.kill(process.ref)


async def test_files(api: SandboxApi, tmp_path: Path) -> None:
    path = tmp_path / "with space + é.py"
    path.write_bytes(b"0123456789")
    assert [entry.name for entry in await api.list_directory(str(tmp_path)) if not entry.is_dir] == [path.name]
    whole = await api.read_file(str(path), max_bytes=10)
    assert (whole.content, whole.truncated) == (b"0123456789", False)
    part = await api.read_file(str(path), max_bytes=4)
    assert (part.content, part.truncated) == (b"0123", True)
    with pytest.raises(NotFoundError):
        await api.read_file(str(tmp_path / "none"), max_bytes=10)


async def test_carriage_returns_at_the_ends_of_lines_are_no_disagreement(api: SandboxApi) -> None:
    code = r"import sys; sys.stderr.buffer.write(b'one\r\ntwo\r\r\nthree\r\nfour\r\n')"
    process = await api.start(python(code))
    await ended(api, process.ref)
    lines, _ = await followed(api, process.ref)
    held = [RawLine(line) for line in lines[:3]]
    stripped = [RawLine(line.rstrip("\r")) for line in held]
    for tail in (held, stripped):
        snapshot = await api.snapshot(process.ref, Stream.STDERR, held=HeldPrefix(3, tail))
        assert (snapshot.matched_prefix, snapshot.first) == (True, 3)
        assert [line.rstrip("\r") for line in snapshot.lines] == ["four"]

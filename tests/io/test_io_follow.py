"""Follow streams and snapshots, byte for byte, over a loopback socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from byte_server import EVENT_STREAM, LAST_CHUNK, Asked, ByteServer, always, answer, chunk, in_turn

from tui.core.errors import ApiError, NotFoundError, NotRunning, ProtocolError, StreamInterrupted
from tui.core.models import RawLine, Stream, StreamBatch
from tui.core.ports import HeldPrefix
from tui.io import follow, sandbox_api
from tui.io.follow import batches_of
from tui.io.sandbox_api import HttpSandboxApi

ApiOf = Callable[..., HttpSandboxApi]
EOF = b"event: eof\ndata: {}\n\n"


def output(line: str, timestamp: int = 0) -> bytes:
    return b"event: output\ndata: " + json.dumps({"line": line, "timestamp": timestamp}).encode() + b"\n\n"


async def all_of(api: HttpSandboxApi, stream: Stream = Stream.STDERR, *, into: list[str] | None = None) -> list[str]:
    lines: list[str] = [] if into is None else into
    async with api.follow("42", stream) as batches:
        async for batch in batches:
            lines += batch.lines
    return lines


async def test_what_is_asked_for(api_of: ApiOf) -> None:
    async with ByteServer(always(EVENT_STREAM + chunk(EOF) + LAST_CHUNK)) as server:
        await all_of(api_of(server.url), Stream.STDOUT)
    asked = server.asked[0]
    assert (asked.method, asked.target) == ("GET", "/api/v1/processes/42/stdout/follow")
    assert asked.headers["accept"] == "text/event-stream"
    assert asked.headers["host"] == "sb-1.local"
    assert "x-tensorlake-sandbox-id" not in asked.headers


async def test_cut_at_every_offset_the_stream_tells_what_came_and_that_it_broke(api_of: ApiOf) -> None:
    whole = chunk(output("one")) + chunk(b":\n\n") + chunk(output("two \u2028") + EOF) + LAST_CHUNK
    complete_at = whole.index(EOF) + len(EOF)
    for at in range(len(whole) + 1):
        lines: list[str] = []
        async with ByteServer(always(EVENT_STREAM + whole[:at])) as server:
            api = api_of(server.url)
            if at >= complete_at:
                assert await all_of(api) == ["one", "two \u2028"]
                continue
            with pytest.raises(StreamInterrupted):
                await all_of(api, into=lines)
        assert lines == ["one", "two \u2028"][: len(lines)]
        assert len(lines) == whole[:at].count(b"}\n\n")


async def test_a_body_that_ends_properly_but_without_eof_is_interrupted(api_of: ApiOf) -> None:
    server = ByteServer(always(EVENT_STREAM + chunk(output("one")) + LAST_CHUNK))
    async with server, api_of(server.url).follow("42", Stream.STDERR) as batches:
        assert (await anext(batches)).lines == ["one"]
        with pytest.raises(StreamInterrupted):
            await anext(batches)


async def test_it_stops_at_eof_though_the_server_goes_on(api_of: ApiOf) -> None:
    gone = asyncio.Event()

    async def respond(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(EVENT_STREAM + chunk(output("one") + EOF + output("no")))
        await writer.drain()
        await writer.wait_closed() if writer.is_closing() else await until_closed(writer)
        gone.set()

    async with ByteServer(respond) as server:
        assert await all_of(api_of(server.url)) == ["one"]
        async with asyncio.timeout(10):
            await gone.wait()


async def until_closed(writer: asyncio.StreamWriter) -> None:
    """Write until the other side has closed."""
    try:
        while True:
            writer.write(chunk(b":\n\n"))
            await writer.drain()
            await asyncio.sleep(0.005)
    except ConnectionError:
        return


async def test_keep_alives_deliver_nothing_and_lines_come_at_once(api_of: ApiOf) -> None:
    step = asyncio.Semaphore(0)

    async def respond(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(EVENT_STREAM)
        for data in (
            b":\n\n",
            b'data: {"type":"heartbeat"}\n\n',
            output("one", 1770000000123),
            b":\n\n",
            output("two"),
        ):
            writer.write(chunk(data))
            await writer.drain()
            if data.startswith(b"event"):
                await step.acquire()
        writer.write(chunk(EOF) + LAST_CHUNK)

    async with ByteServer(respond) as server, asyncio.timeout(10), api_of(server.url).follow("42", Stream.STDERR) as it:
        assert await anext(it) == StreamBatch([RawLine("one")], [1770000000123])
        step.release()
        assert await anext(it) == StreamBatch([RawLine("two")], [0])
        step.release()
        assert await anext(it) == StreamBatch([], [], eof=True)
        with pytest.raises(StopAsyncIteration):
            await anext(it)


async def test_silence_beyond_the_keep_alives_is_a_broken_stream(
    api_of: ApiOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox_api, "STREAM_TIMEOUTS", httpx.Timeout(connect=5, read=0.1, write=5, pool=5))
    silent = asyncio.Event()

    async def respond(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(EVENT_STREAM + chunk(output("one")))
        await writer.drain()
        await silent.wait()

    async with ByteServer(respond) as server, api_of(server.url).follow("42", Stream.STDERR) as batches:
        assert (await anext(batches)).lines == ["one"]
        with pytest.raises(StreamInterrupted):
            await anext(batches)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (answer(200, {"processes": []}), ProtocolError),
        (answer(200, b"<html>", "text/html"), ProtocolError),
        (answer(200, b"", ""), ProtocolError),
        (answer(404, {"error": "x"}), NotFoundError),
        (answer(500, {"error": "Failed to read log file"}), ApiError),
        (answer(503, {"error": "x", "code": "SANDBOX_NOT_RUNNING"}), NotRunning),
        (answer(502, {"error": "x", "code": "CONNECTION_REFUSED"}), ApiError),
    ],
)
async def test_what_is_no_stream_is_not_parsed_as_one_and_asked_for_once(
    api_of: ApiOf, data: bytes, kind: type
) -> None:
    async with ByteServer(always(data)) as server:
        with pytest.raises(kind):
            await all_of(api_of(server.url))
    assert len(server.asked) == 1


async def pieces(*given: bytes) -> AsyncIterator[bytes]:
    for piece in given:
        yield piece


async def test_a_flood_comes_in_batches_of_bounded_size() -> None:
    data = b"".join(output(str(n)) for n in range(10_000)) + EOF
    sizes: list[int] = []
    lines: list[str] = []
    async with batches_of(pieces(*(data[at : at + 5000] for at in range(0, len(data), 5000))), "test") as batches:
        async for batch in batches:
            sizes.append(len(batch.lines))
            lines += batch.lines
    assert lines == [str(n) for n in range(10_000)]
    assert max(sizes) <= follow.MAX_LINES
    assert len(sizes) < 20


async def test_reading_pauses_while_nobody_takes_what_was_read() -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        piece = output("x" * 1000) * 64
        while True:
            read += len(piece)
            yield piece
            await asyncio.sleep(0)

    async with batches_of(endless(), "test") as batches:
        await anext(batches)
        taken = read
        for _ in range(1000):
            await asyncio.sleep(0)
        assert read - taken <= 2 * follow._FULL


async def test_a_bug_in_the_source_is_not_swallowed() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield output("one")
        raise ZeroDivisionError

    async with batches_of(broken(), "test") as batches:
        assert (await anext(batches)).lines == ["one"]
        with pytest.raises(ZeroDivisionError):
            await anext(batches)


async def test_cancelled_while_waiting_it_leaves_no_task(api_of: ApiOf) -> None:
    silent = asyncio.Event()

    async def respond(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(EVENT_STREAM)
        await writer.drain()
        await silent.wait()

    async with ByteServer(respond) as server:
        api = api_of(server.url)
        others = asyncio.all_tasks()
        task = asyncio.create_task(all_of(api))
        async with asyncio.timeout(10):
            while not server.asked:
                await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert {t.get_name() for t in asyncio.all_tasks() - others if "read " in t.get_name()} == set()


def body(lines: list[str], **extra: object) -> bytes:
    return json.dumps({"pid": 42, "lines": lines, "line_count": len(lines), **extra}, separators=(",", ":")).encode()


def log(count: int, salt: str = "") -> list[RawLine]:
    return [RawLine(f"{salt}{n:06d} " + "x" * 90) for n in range(count)]


async def test_a_snapshot_after_what_is_held(api_of: ApiOf) -> None:
    lines = log(9000)
    async with ByteServer(in_turn(answer(200, body(lines[:8000])), answer(200, body(lines)))) as server:
        api = api_of(server.url)
        first = await api.snapshot("42", Stream.STDERR)
        assert (first.lines, first.first, first.total) == (lines[:8000], 0, 8000)
        second = await api.snapshot("42", Stream.STDERR, held=HeldPrefix(8000, lines[7990:8000]))
        assert (second.lines, second.first, second.matched_prefix) == (lines[8000:], 8000, True)
        third = await api.snapshot("42", Stream.STDERR, held=HeldPrefix(9000, lines[8990:]))
        assert (third.lines, third.first, third.total) == ([], 9000, 9000)
    assert len(server.asked) == 3


async def test_the_known_beginning_is_not_decoded_again(api_of: ApiOf, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = log(20_000)
    decoded: list[int] = []
    original = sandbox_api.SnapshotBody.decode
    monkeypatch.setattr(
        sandbox_api.SnapshotBody, "decode", lambda self, piece: (decoded.append(len(piece)), original(self, piece))[1]
    )
    async with ByteServer(always(answer(200, body(lines)))) as server:
        api = api_of(server.url)
        await api.snapshot("42", Stream.STDERR)
        everything = sum(decoded)
        decoded.clear()
        again = await api.snapshot("42", Stream.STDERR, held=HeldPrefix(20_000, lines[-5:]))
    assert again.lines == []
    assert again.bytes_read > everything * 0.9
    assert sum(decoded) < everything / 3


async def test_a_log_that_was_replaced_is_given_whole(api_of: ApiOf) -> None:
    old, new = log(8000), log(9000, "new ")
    async with ByteServer(in_turn(answer(200, body(old)), answer(200, body(new)))) as server:
        api = api_of(server.url)
        await api.snapshot("42", Stream.STDERR)
        found = await api.snapshot("42", Stream.STDERR, held=HeldPrefix(8000, old[-5:]))
    assert (found.lines, found.first, found.matched_prefix) == (new, 0, False)


async def test_a_log_that_shrank_is_given_whole(api_of: ApiOf) -> None:
    lines = log(8000)
    async with ByteServer(in_turn(answer(200, body(lines)), answer(200, body(lines[:100])))) as server:
        api = api_of(server.url)
        await api.snapshot("42", Stream.STDERR)
        found = await api.snapshot("42", Stream.STDERR, held=HeldPrefix(8000, lines[-5:]))
    assert (found.lines, found.first, found.matched_prefix) == (lines[:100], 0, False)


async def test_lines_that_the_caller_holds_otherwise_are_given_anew(api_of: ApiOf) -> None:
    lines = log(8000)
    async with ByteServer(always(answer(200, body(lines)))) as server:
        api = api_of(server.url)
        await api.snapshot("42", Stream.STDERR)
        found = await api.snapshot("42", Stream.STDERR, held=HeldPrefix(8000, [RawLine("something else")]))
    assert (found.lines, found.first, found.matched_prefix) == (lines, 0, False)


async def test_a_carriage_return_more_in_the_stream_is_no_difference(api_of: ApiOf) -> None:
    async with ByteServer(always(answer(200, body(["a", "b", "c"])))) as server:
        held = HeldPrefix(2, [RawLine("a"), RawLine("b\r")])
        found = await api_of(server.url).snapshot("42", Stream.STDERR, held=held)
    assert (found.lines, found.first, found.matched_prefix) == (["c"], 2, True)


@pytest.mark.parametrize("count", [0, 100, 8000])
async def test_a_ceiling_ends_the_download_and_says_so(api_of: ApiOf, count: int) -> None:
    lines = log(20_000)
    held = HeldPrefix(count, lines[max(0, count - 3) : count]) if count else None
    async with ByteServer(always(answer(200, body(lines)))) as server:
        found = await api_of(server.url).snapshot("42", Stream.STDERR, held=held, max_bytes=500_000)
    assert found.truncated
    assert found.matched_prefix
    assert found.bytes_read == 500_000
    assert found.first == count
    assert found.lines == lines[count : found.total]
    assert found.lines or count == 8000


async def test_a_ceiling_just_at_the_end_of_the_lines_cuts_nothing(api_of: ApiOf) -> None:
    data = body(["a", "b"])
    for ceiling in range(1, len(data) + 2):
        async with ByteServer(always(answer(200, data))) as server:
            found = await api_of(server.url).snapshot("42", Stream.STDERR, max_bytes=ceiling)
        assert found.lines == ["a", "b"][: len(found.lines)]
        assert found.truncated == (ceiling <= data.index(b"]"))


async def test_what_the_server_dropped_is_told(api_of: ApiOf) -> None:
    async with ByteServer(
        always(answer(200, body(["[boxscope: 7 earlier lines dropped]"], dropped_lines=7)))
    ) as server:
        assert (await api_of(server.url).snapshot("42", Stream.STDERR)).server_dropped == 7


async def test_a_snapshot_that_breaks_off_is_no_snapshot(api_of: ApiOf) -> None:
    whole = answer(200, body(["a", "b"]))
    async with ByteServer(always(whole[:-5])) as server:
        with pytest.raises(Exception, match="broke off"):
            await api_of(server.url).snapshot("42", Stream.STDERR)


async def test_the_list_keeps_good_records_and_reuses_known_ones(api_of: ApiOf) -> None:
    def page(*items: object) -> bytes:
        return answer(200, {"processes": items})

    one, two = {"pid": 1, "status": "running", "command": "a"}, {"pid": 2, "status": "odd", "command": "b"}
    changed = {**two, "status": "exited"}
    async with ByteServer(
        in_turn(page(one, 7, two), page(one, 7, two), page(one, changed), answer(200, {}), answer(200, b"[]"))
    ) as server:
        api = api_of(server.url)
        first, same, third = await api.processes(), await api.processes(), await api.processes()
        assert ([p.pid for p in first.processes], first.rejected, first.unchanged) == ([1, 2], 1, False)
        assert (same.processes, same.rejected, same.unchanged) == (first.processes, 1, True)
        assert (third.rejected, third.unchanged) == (0, False)
        assert third.processes[0] is first.processes[0]
        assert third.processes[1].status == "exited"
        assert (await api.processes()).processes == ()
        with pytest.raises(ProtocolError):
            await api.processes()

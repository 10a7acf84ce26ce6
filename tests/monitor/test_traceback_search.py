"""Tracebacks are found behind a stream that pours, all of them, and before the reader is told in one that drips."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.fakes import FakeApi, FakeConnection, VirtualClock, process, settle
from tui.core.buffer import LineBuffer
from tui.core.models import RawLine, Stream, StreamBatch
from tui.core.profile import Profile
from tui.core.rows import RowKind
from tui.core.tracebacks.detector import TracebackDetector
from tui.monitor.errors import ErrorsFound
from tui.monitor.output import OutputMonitor
from tui.monitor.sandbox import SandboxMonitor
from tui.monitor.traceback_search import SEARCHED_AT_ONCE, TracebackSearch

T0 = 1_800_000_000_000
REPORT = [
    "Traceback (most recent call last):",
    '  File "/workspace/agent.py", line 3, in main',
    "    run()",
    "KeyError: 'choices'",
]


@asynccontextmanager
async def watched(api: FakeApi) -> AsyncIterator[tuple[SandboxMonitor, ErrorsFound, OutputMonitor]]:
    api.listed = [process(7)]
    connection = FakeConnection(api, None, Profile("test", sandbox_url="http://fake"))
    monitor = SandboxMonitor(connection, clock=VirtualClock(), random_source=lambda: 1.0)
    errors = ErrorsFound()
    errors.watch(monitor)
    task = asyncio.create_task(monitor.run())
    await settle()
    try:
        yield monitor, errors, monitor.outputs[(api.listed[0].key, Stream.STDERR)]
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_all_tracebacks_of_a_flood_are_found_behind_it() -> None:
    api = FakeApi()
    lines = [line for number in range(30) for line in [f"INFO {number} {at}" for at in range(1500)] + REPORT]
    detector = TracebackDetector()
    expected = [block.start for block in [*detector.feed_many(lines), *detector.flush()]]
    async with watched(api) as (_, errors, output):
        for at in range(0, len(lines), 2 * SEARCHED_AT_ONCE):
            api.write("7", *lines[at : at + 2 * SEARCHED_AT_ONCE])
        async with asyncio.timeout(20):
            while output.buffer.line_count < len(lines) or errors.is_behind:
                await settle()
        assert not output.tracebacks.behind
        assert [block.start for block in output.found.all] == expected
        assert sum(group.count for group in errors.groups.groups()) == len(expected)


async def test_a_traceback_in_few_lines_is_known_when_their_news_is_told() -> None:
    api = FakeApi()
    async with watched(api) as (monitor, _, output):
        known: list[tuple[int, int]] = []
        monitor.subscribe(lambda _: known.append((output.buffer.line_count, len(output.found.all))))
        api.write("7", *REPORT)
        await settle()
        assert (len(REPORT), 1) in known
        assert (len(REPORT), 0) not in known


async def test_a_log_that_is_gone_has_no_tracebacks() -> None:
    api = FakeApi()
    async with watched(api) as (_, _, output):
        api.write("7", *REPORT, "INFO done")
        await settle()
        assert len(output.found.all) == 1
        output.buffer.remove(0, len(output.buffer))
        assert output.tracebacks.behind
        await output.tracebacks.catch_up()
        assert output.found.all == []
        output.account.stream_batch(StreamBatch([RawLine(line) for line in REPORT], [T0] * len(REPORT)))
        await output.tracebacks.catch_up(is_end=True)
        assert len(output.found.all) == 1


def test_blocks_of_the_buffer_are_searched_like_single_lines() -> None:
    buffer = LineBuffer(block_bytes=600, block_rows=40)
    search, expected = TracebackSearch(buffer), TracebackDetector()
    blocks = []
    lines = ["", "é INFO nothing", "", *REPORT, "", "x" * 700, "x" * 700, *REPORT, *[""] * 90, *REPORT, "end"]
    for number in range(8):
        for line in lines:
            buffer.append([RawLine(line)])
            blocks += expected.feed(line)
        if number == 3:
            buffer.append_marker(RowKind.MARKER, "Traceback (most recent call last):")
        if number % 2:
            while search.search():
                pass
    while search.search():
        pass
    assert not search.behind
    search.found.flush()
    blocks += expected.flush()
    assert [block.start for block in search.found.all] == [block.start for block in blocks]
    assert len(blocks) == 24


def test_blocks_are_searched_again_after_an_edit() -> None:
    buffer = LineBuffer(block_bytes=600, block_rows=40)
    search = TracebackSearch(buffer)
    buffer.append([RawLine(line) for line in ["first", *["x" * 40] * 60, *REPORT, *["y" * 40] * 60]])
    while search.search():
        pass
    assert [block.start for block in search.found.all] == [61]
    buffer.insert(1, [RawLine("between")])
    assert search.behind
    while search.search():
        pass
    assert [block.start for block in search.found.all] == [62]

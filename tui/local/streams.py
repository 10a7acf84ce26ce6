"""Bodies of output answers, made from the logs block by block: snapshots, follow streams, and run streams.

A follower takes its place in the journal and notes the length of the logs in one step of the event loop, so that replay
and live part meet without a gap or an overlap. It reads from the log files at its own pace: however slow it is, it sees
every line in order, or its connection is closed because the log limit deleted lines that it had not yet been sent.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import ExitStack, aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.local.faults import Faults, Race
from tui.local.journal import Entry, Stream
from tui.local.output import READ_SIZE, LogReader, StreamLog
from tui.local.rendering import LineRenderer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from tui.local.process import Run

KEEP_ALIVE = b":\n\n"
HEARTBEAT = b'data: {"type":"heartbeat"}\n\n'
END = b"event: eof\ndata: {}\n\n"
BATCH_SECONDS = 0.004


class StreamBroken(Exception):
    """The response must end without its regular end, as its reader can no longer be served honestly."""


@dataclass(frozen=True, slots=True)
class FollowOptions:
    """How a follow stream is written. ``keep_alive`` is in seconds of silence."""

    streams: tuple[Stream, ...]
    tagged: bool = False
    event_name: bool = True
    keep_alive: float = 15.0


def dropped_marker(log: StreamLog) -> str:
    """The line that stands for deleted lines; empty where there are none."""
    count = log.counts.dropped_lines
    return f"[boxscope: {count} earlier lines dropped]" if count else ""


async def snapshot(pid: int, logs: tuple[StreamLog, ...]) -> AsyncGenerator[bytes, None]:
    """The body of ``GET …/stdout``, ``/stderr`` and ``/output``, of the lines that are visible now."""
    with ExitStack() as stack:
        parts = []
        lines = dropped = cut = invalid = 0
        for log in logs:
            reader = LogReader(log, log.start, hold=True)
            stack.callback(reader.close)
            marker = dropped_marker(log)
            parts.append((reader, log.stop, marker))
            lines += log.lines + bool(marker)
            dropped += log.counts.dropped_lines
            cut += log.counts.cut_lines
            invalid += log.counts.invalid_sequences
        pieces = [b'{"pid":%d,"lines":[' % pid]
        comma = b""
        for reader, stop, marker in parts:
            if marker:
                pieces.append(comma + json.dumps(marker).encode())
                comma = b","
            renderer = LineRenderer()
            while block := reader.read(stop):
                pieces.append(renderer.feed(block, comma + b'"', b'"', b'","'))
                comma = b","
                if len(block) == READ_SIZE:
                    yield b"".join(pieces)
                    pieces.clear()
        counts = f'"line_count":{lines},"dropped_lines":{dropped},"cut_lines":{cut},"invalid_sequences":{invalid}'
        pieces.append(f"],{counts}}}".encode())
        yield b"".join(pieces)


class Follower:
    """One follow stream over one process. It has its place from the moment it is made; close it if it is never used."""

    def __init__(self, run: Run, options: FollowOptions, faults: Faults) -> None:
        self._run = run
        self._options = options
        self._faults = faults
        self._logs = {stream: run.logs[stream] for stream in options.streams}
        self._renderers = {stream: LineRenderer() for stream in options.streams}
        self._lines_left = faults.disconnect_after
        self._subscription = run.journal.subscribe()
        self._replay_to = {stream: log.stop for stream, log in self._logs.items()}
        self._readers = {stream: LogReader(log, log.start, hold=True) for stream, log in self._logs.items()}
        self._markers = {stream: dropped_marker(log) for stream, log in self._logs.items()}

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The body up to, and without, the final event. Raises StreamBroken and LinesDropped."""
        try:
            if self._faults.heartbeat_seconds is not None:
                yield HEARTBEAT
            async for chunk in self._replay():
                yield chunk
            async for chunk in self._live():
                yield chunk
        finally:
            self.close()

    def close(self) -> None:
        """Give up the place in the journal and the open files; may be repeated."""
        self._run.journal.unsubscribe(self._subscription)
        self._close_readers()

    async def _replay(self) -> AsyncGenerator[bytes, None]:
        for chunk in self._replayed():
            yield chunk
            self._check()
        if self._faults.race is not Race.NONE and self._run.is_running:
            await asyncio.sleep(self._faults.race_seconds)
            if self._faults.race is Race.LOSE:
                self._run.journal.unsubscribe(self._subscription)
                self._subscription = self._run.journal.subscribe()
                self._replay_to = {stream: log.stop for stream, log in self._logs.items()}
            else:
                before = self._replay_to
                self._replay_to = {stream: log.stop for stream, log in self._logs.items()}
                for chunk in self._replayed():
                    yield chunk
                self._replay_to = before
        self._close_readers()
        self._readers = {stream: LogReader(log, self._replay_to[stream]) for stream, log in self._logs.items()}

    def _replayed(self) -> Iterator[bytes]:
        for stream, reader in self._readers.items():
            if marker := self._markers.pop(stream, ""):
                yield self._render(stream, f"{marker}\n".encode(), 0)
            while block := reader.read(self._replay_to[stream]):
                yield self._render(stream, block, 0)

    async def _live(self) -> AsyncGenerator[bytes, None]:
        loop = asyncio.get_running_loop()
        last_sent = last_beat = loop.time()
        while True:
            looked = loop.time()
            self._subscription.look()
            for chunk in self._arrived():
                yield chunk
                self._check()
                last_sent = loop.time()
            if self._run.journal.has_more(self._subscription):
                continue
            if self._run.has_all_output(self._options.streams):
                return
            interval = self._faults.heartbeat_seconds
            due = last_sent + self._options.keep_alive if interval is None else last_beat + interval
            await self._subscription.wait(due)
            now = loop.time()
            if now >= due:
                last_sent = last_beat = now
                yield KEEP_ALIVE if interval is None else HEARTBEAT
            elif now - looked < BATCH_SECONDS:
                # Lines in quick succession travel together.
                await asyncio.sleep(BATCH_SECONDS)

    def _arrived(self) -> Iterator[bytes]:
        """What has come since the last look, in order of arrival, in chunks of a bounded size."""
        pieces: list[bytes] = []
        size = 0
        for entry, block in self._pending():
            text = self._render(entry.stream, block, entry.timestamp)
            pieces.append(text)
            size += len(text)
            if size >= READ_SIZE:
                yield b"".join(pieces)
                pieces.clear()
                size = 0
        if pieces:
            yield b"".join(pieces)

    def _pending(self) -> Iterator[tuple[Entry, bytes]]:
        window = self._faults.event_window
        if window is None:
            yield from self._blocks(READ_SIZE)
            return
        lines = [(entry, line) for entry, block in self._blocks(sys.maxsize) for line in _split_lines(block)]
        yield from lines[-window:]

    def _blocks(self, size: int) -> Iterator[tuple[Entry, bytes]]:
        while entry := self._run.journal.take(self._subscription):
            reader = self._readers.get(entry.stream)
            while reader is not None and (block := reader.read(entry.stop, size)):
                yield entry, block
        if self._subscription.lost:
            raise StreamBroken

    def _render(self, stream: Stream, block: bytes, timestamp: int) -> bytes:
        if self._lines_left is not None:
            block = b"".join(_split_lines(block)[: self._lines_left])
            self._lines_left -= block.count(b"\n")
        tag = f',"stream":"{stream.value}"' if self._options.tagged else ""
        opening = b'event: output\ndata: {"line":"' if self._options.event_name else b'data: {"line":"'
        closing = f'","timestamp":{timestamp}{tag}}}\n\n'.encode()
        return self._renderers[stream].feed(block, opening, closing, closing + opening)

    def _check(self) -> None:
        if self._lines_left == 0:
            raise StreamBroken

    def _close_readers(self) -> None:
        for reader in self._readers.values():
            reader.close()


async def follow(run: Run, options: FollowOptions, faults: Faults) -> AsyncGenerator[bytes, None]:
    """The body of the three follow endpoints: replay, live lines, ``eof``."""
    async with aclosing(Follower(run, options, faults).chunks()) as chunks:
        async for chunk in chunks:
            yield chunk
    yield END


async def run_to_end(run: Run, follower: Follower, timeout: float | None) -> AsyncGenerator[bytes, None]:
    """The body of ``POST …/processes/run``. The process group is killed at the timeout, and when the reader leaves."""
    timed_out = False

    def expire() -> None:
        nonlocal timed_out
        timed_out = run.is_running
        run.kill()

    timer = None if timeout is None else asyncio.get_running_loop().call_later(timeout, expire)
    try:
        yield _event({"pid": run.pid, "started_at": run.started_at, "handle": run.handle})
        async with aclosing(follower.chunks()) as chunks:
            async for chunk in chunks:
                yield chunk
        reason = "timed_out" if timed_out else run.status
        ending: dict[str, object] = {"exit_code": run.exit_code} if run.signal is None else {"signal": run.signal}
        yield _event({**ending, "oom_killed": run.oom_killed, "reason": reason})
    finally:
        if timer is not None:
            timer.cancel()
        follower.close()
        run.kill()


def _split_lines(block: bytes) -> list[bytes]:
    """Lines with their line feeds; what follows the last line feed is dropped."""
    return [line + b"\n" for line in block.split(b"\n")[:-1]]


def _event(fields: dict[str, object]) -> bytes:
    return f"data: {json.dumps(fields)}\n\n".encode()

"""A source of output for floods and latencies: speaks the sandbox API over bare asyncio streams, fast and on command.

    python -m tests.benchmarks.source LINES

It has processes whose stderr is the generated log, and tells the address as one JSON line. Commands come as JSON lines
on its standard input and are answered on its standard output with times of the system-wide monotonic clock:

``burst``      sends ``count`` lines at once
``flood``      sends ``rate`` lines a second for ``seconds``
``probes``     sends single lines, ``gap`` seconds apart, and tells when each one was sent
``spread``     sends ``rate`` lines a second in all, evenly to the followers of all processes, which wake each 50 ms
``processes``  from now on lists ``count`` processes, ``changing`` of which differ in each answer
``log``        makes the log of process 1 ``count`` lines long without sending it
``wire``       tells how many bytes each endpoint was answered with

Every event is a chunk of HTTP by itself, the worst that a server can do to a client, unless ``merged`` is true.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks.generated_log import log_lines, marker_line

STARTED = 1_764_000_000_000
HIGH_WATER = 1 << 20
PIECE = 64 * 1024


@dataclass
class Corpus:
    """Lines as JSON strings, and as the events of a stream in a chunk each."""

    strings: list[bytes]
    events: list[bytes] = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=list)

    @classmethod
    def of(cls, lines: list[str]) -> Corpus:
        corpus = cls([json.dumps(line, ensure_ascii=False).encode() for line in lines])
        for text in corpus.strings:
            event = b'event: output\ndata: {"line":%b,"timestamp":%d}\n\n' % (text, STARTED)
            corpus.events.append(event)
            corpus.chunks.append(b"%x\r\n%b\r\n" % (len(event), event))
        return corpus


class Log:
    """What process 1 has written: ranges of the corpus, taken round and round, and single lines."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self.parts: list[tuple[Corpus, int, int]] = []
        self.count = 0

    def add(self, corpus: Corpus, start: int, stop: int) -> None:
        if stop <= start:
            return
        self.count += stop - start
        if self.parts and self.parts[-1][0] is corpus and self.parts[-1][2] == start:
            start = self.parts.pop()[1]
        self.parts.append((corpus, start, stop))

    def pieces(self, kind: str, step: int) -> Any:
        """The items of all parts, at most ``step`` at a time."""
        for corpus, start, stop in self.parts:
            items = getattr(corpus, kind)
            for at in range(start, stop, step):
                yield wrapped(items, at, min(stop, at + step))


def wrapped(items: list[bytes], start: int, stop: int) -> list[bytes]:
    """``items`` from ``start`` to ``stop``, beginning again where they end."""
    found: list[bytes] = []
    while start < stop:
        low = start % len(items)
        high = min(len(items), low + stop - start)
        found += items[low:high]
        start += high - low
    return found


class Source:
    """The server."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self.log = Log(corpus)
        self.followers: dict[int, list[asyncio.StreamWriter]] = {}
        self.process_count = 1
        self.changing = 0
        self.answers = 0
        self.merged = False
        self.wire: dict[str, int] = {}

    # ---------------------------------------------------------------- HTTP

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.set_write_buffer_limits(high=HIGH_WATER)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split(b" ", 2)[1].decode().partition("?")[0].removeprefix("/api/v1")
                await self.answer(path, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            for writers in self.followers.values():
                if writer in writers:
                    writers.remove(writer)
            writer.close()

    async def answer(self, path: str, writer: asyncio.StreamWriter) -> None:
        parts = path.strip("/").split("/")
        if parts[-1] == "follow":
            await self.follow(int(parts[1]), parts[2], writer)
        elif parts[-1] in ("stderr", "stdout"):
            await self.snapshot(int(parts[1]), parts[-1], writer)
        elif path == "/processes":
            self.answers += 1
            body = json.dumps({"processes": [self.process(pid) for pid in range(1, self.process_count + 1)]}).encode()
            self.whole(writer, body)
        elif parts[0] == "processes":
            self.whole(writer, json.dumps(self.process(int(parts[1]))).encode())
        else:
            self.whole(writer, b'{"version":"bench","uptime_secs":1,"running_processes":1,"total_processes":1}')
        await writer.drain()

    def process(self, pid: int) -> dict[str, object]:
        exits = pid <= self.changing and (self.answers + pid) % 2
        return {
            "pid": pid, "handle": pid, "status": "exited" if exits else "running", "exit_code": 0 if exits else None,
            "signal": None, "oom_killed": None, "stdin_writable": False, "command": "python",
            "args": ["-m", "service.worker", "--queue", f"q{pid}"], "started_at": STARTED + pid,
            "ended_at": STARTED + 60_000 + self.answers if exits else None, "managed": None,
        }  # fmt: skip

    def whole(self, writer: asyncio.StreamWriter, body: bytes) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body))
        writer.write(body)

    async def snapshot(self, pid: int, stream: str, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
            + chunk(b'{"pid":%d,"lines":[' % pid)
        )
        count = 0
        if pid == 1 and stream == "stderr":
            for piece in self.log.pieces("strings", 600):
                await self.send("snapshot", writer, chunk((b"," if count else b"") + b",".join(piece)))
                count += len(piece)
        writer.write(chunk(b'],"line_count":%d}' % count) + b"0\r\n\r\n")

    async def follow(self, pid: int, stream: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        if pid == 1 and stream == "stderr":
            for piece in self.log.pieces("events", 400):
                await self.send("follow", writer, chunk(b"".join(piece)))
        await writer.drain()
        self.followers.setdefault(pid, []).append(writer)

    async def send(self, endpoint: str, writer: asyncio.StreamWriter, data: bytes) -> None:
        self.wire[endpoint] = self.wire.get(endpoint, 0) + len(data)
        writer.write(data)
        await writer.drain()

    # ---------------------------------------------------------------- commands

    async def emit(self, corpus: Corpus, start: int, stop: int) -> None:
        """Lines of process 1, to the log and to whoever follows it."""
        self.log.add(corpus, start, stop)
        data = chunk(b"".join(wrapped(corpus.events, start, stop))) if self.merged else b"".join(
            wrapped(corpus.chunks, start, stop)
        )  # fmt: skip
        for writer in list(self.followers.get(1, ())):
            await self.send("follow", writer, data)

    async def mark(self, marker: str) -> None:
        await self.emit(Corpus.of([marker_line(marker)]), 0, 1)

    async def burst(self, count: int, marker: str, **_: Any) -> dict[str, object]:
        began = time.monotonic()
        for at in range(0, count - 1, 400):
            await self.emit(self.corpus, at, min(count - 1, at + 400))
        await self.mark(marker)
        return {"began": began, "ended": time.monotonic()}

    async def flood(self, rate: int, seconds: float, marker: str, **_: Any) -> dict[str, object]:
        total, sent, began = int(rate * seconds), 0, time.monotonic()
        while sent < total:
            due = min(total, int((time.monotonic() - began) * rate))
            for at in range(sent, due, 2000):
                await self.emit(self.corpus, at, min(due, at + 2000))
            sent = due
            await asyncio.sleep(0.002)
        await self.mark(marker)
        return {"began": began, "ended": time.monotonic(), "lines": total + 1}

    async def probes(self, markers: list[str], gap: float, **_: Any) -> dict[str, object]:
        sent = []
        for number, marker in enumerate(markers):
            # Not in step with anything that runs at thirty or sixty a second.
            await asyncio.sleep(gap + number * 7 % 13 / 1000)
            sent.append(time.monotonic())
            await self.mark(marker)
        return {"sent": sent}

    async def spread(self, rate: int, seconds: float, **_: Any) -> dict[str, object]:
        sent, began = 0, time.monotonic()
        each = max(1, rate // 20 // max(1, len(self.followers)))
        for tick in range(int(seconds * 20)):
            await asyncio.sleep(max(0, began + tick / 20 - time.monotonic()))
            data = b"".join(wrapped(self.corpus.chunks, sent, sent + each))
            sent += each
            for writers in list(self.followers.values()):
                for writer in list(writers):
                    # A client that has seen enough leaves while the others are served on.
                    with suppress(ConnectionError):
                        await self.send("follow", writer, data)
        return {"began": began, "ended": time.monotonic(), "lines": sent}

    async def processes(self, count: int, changing: int, **_: Any) -> dict[str, object]:
        self.process_count, self.changing = count, changing
        return {}

    async def set_log(self, count: int, marker: str, **_: Any) -> dict[str, object]:
        self.log = Log(self.corpus)
        self.log.add(self.corpus, 0, count - 1)
        self.log.add(Corpus.of([marker_line(marker)]), 0, 1)
        return {}

    async def command(self, do: str, merged: bool = False, **options: Any) -> dict[str, object]:
        self.merged = merged
        if do == "wire":
            return {"bytes": self.wire, "answers": self.answers}
        if do == "followers":
            return {"count": sum(map(len, self.followers.values()))}
        method = {"log": self.set_log}.get(do) or getattr(self, do)
        found: dict[str, object] = await method(**options)
        return found


def chunk(data: bytes) -> bytes:
    """``data`` as one chunk of HTTP."""
    return b"%x\r\n%b\r\n" % (len(data), data)


async def main(count: int, certificate: str) -> None:
    """Serve until the standard input ends."""
    source = Source(Corpus.of(log_lines(count)))
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    server = await asyncio.start_server(source.serve, "127.0.0.1", 0, ssl=context)
    scheme = "https" if certificate else "http"
    print(json.dumps({"url": f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"}), flush=True)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        print(json.dumps(await source.command(**json.loads(line))), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""))

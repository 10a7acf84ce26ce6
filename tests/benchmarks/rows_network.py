"""G10, G11 and G15: snapshots, polling and many streams at once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from tests.benchmarks import peers
from tests.benchmarks.generated_log import log_lines, marker
from tests.benchmarks.heartbeat import Heartbeat
from tests.benchmarks.programs import ROOT, Drawn, SourceProcess, dashboard, home, in_child
from tests.benchmarks.report import Row, missing, row
from tests.benchmarks.scale import Scale

NEW = 1000
CEILING = 2**30
MARK = marker(41)


@asynccontextmanager
async def api_of(url: str) -> AsyncIterator[object]:
    """Our client for the sandbox at ``url``."""
    from pathlib import Path

    from tui.core.profile import Profile
    from tui.io.connector import HttpConnector

    connection = HttpConnector(os.environ, Path.home(), Path.cwd(), "bench-token").connect(Profile(sandbox_url=url))
    try:
        yield connection.sandbox_api(connection.direct_sandbox())
    finally:
        await connection.aclose()


async def poll_figures(url: str, count: int) -> tuple[float, float]:
    """In a child: a poll of ``count`` lines of which NEW are new: milliseconds of processor, the longest freeze."""
    from tui.core.models import RawLine, Stream
    from tui.core.ports import HeldPrefix

    async with api_of(url) as api:
        first = await api.snapshot("1", Stream.STDERR, max_bytes=CEILING)  # type: ignore[attr-defined]
        held = count - NEW
        prefix = HeldPrefix(held, [RawLine(line) for line in first.lines[held - 8 : held]])
        del first
        beat = Heartbeat()
        beat.start()
        await asyncio.sleep(0.05)
        began = time.process_time()
        found = await api.snapshot("1", Stream.STDERR, held=prefix, max_bytes=CEILING)  # type: ignore[attr-defined]
        cpu = time.process_time() - began
        if not found.matched_prefix or len(found.lines) != NEW:
            raise RuntimeError(f"{len(found.lines)} new lines of {NEW}")
        return 1000 * cpu, beat.stop()[0]


async def plain_poll_figures(url: str) -> tuple[float, float]:
    """In a child: the same as one would write it at first."""
    import httpx

    async with httpx.AsyncClient(trust_env=True, timeout=60) as client:
        await client.get(f"{url}/api/v1/info")
        beat = Heartbeat()
        beat.start()
        await asyncio.sleep(0.05)
        began = time.process_time()
        lines = (await client.get(f"{url}/api/v1/processes/1/stderr")).json()["lines"]
        cpu = time.process_time() - began
        assert lines
        return 1000 * cpu, beat.stop()[0]


def snapshot_rows(scale: Scale) -> Iterator[Row]:
    """G10."""
    for name, certificate, limit in (("poll", "", 0.1), ("poll, TLS", _certificate(), 0.35)):
        if name.endswith("TLS") and not certificate:
            yield missing("G10", f"{name}; httpx json", peers.missing("openssl"))
            continue
        with SourceProcess(certificate=certificate) as source:
            source.do("log", count=scale.lines, marker=MARK)
            trust = {"SSL_CERT_FILE": certificate} if certificate else None
            ours, plain = [], []
            for _ in range(scale.runs):
                ours.append(in_child("rows_network:poll_figures", source.url, scale.lines, environment=trust))
                plain.append(in_child("rows_network:plain_poll_figures", source.url, environment=trust))
        note = f"{scale.lines:.0e} lines, {NEW} of them new; processor"
        yield row(
            "G10",
            f"{name}; httpx json",
            [one[0] for one in ours],
            ("httpx", [one[0] for one in plain]),
            limit,
            note=note,
        )
        note = f"httpx: {plain[0][1]:.0f} ms"
        yield row("G10", f"{name}: longest freeze", [one[1] for one in ours], None, 10, note=note)


def _certificate() -> str:
    """A file with key and certificate for 127.0.0.1; empty where there is no openssl."""
    program, path = peers.installed("openssl"), home() / "certificate.pem"
    if program and not path.exists():
        subprocess.run(
            [program, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
             "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(path), "-out", str(path) + ".crt"],
            check=True, capture_output=True,
        )  # fmt: skip
        path.write_bytes(path.read_bytes() + path.with_suffix(".pem.crt").read_bytes())
    return str(path) if program else ""


async def wire_figures(url: str, count: int) -> int:
    """In a child: follow until ``count`` lines have come."""
    from tui.core.models import Stream

    seen = 0
    async with api_of(url) as api, api.follow("1", Stream.STDERR) as batches:  # type: ignore[attr-defined]
        async for batch in batches:
            seen += len(batch.lines)
            if seen >= count:
                break
    return seen


def wire_rows(scale: Scale) -> Iterator[Row]:
    """G11."""
    count = min(100_000, scale.lines)
    raw = sum(len(line.encode()) + 1 for line in log_lines(count))
    found = {}
    for merged in (False, True):
        with SourceProcess() as source:
            source.do("log", count=1, marker=MARK)
            with contextlib.ExitStack() as stack:
                following = _background(source, count, stack)
                source.wait_followers(1)
                source.do("burst", count=count - 1, marker=MARK, merged=merged)
                following.wait(60)
            found[merged] = source.do("wire")["bytes"]["follow"]
    note = "the server's framing decides: each event a chunk"
    yield row("G11", "bytes of a follow; raw", [found[False] / 1e6], ("raw", [raw / 1e6]), 1.65, unit="MB", note=note)
    note = "merged chunks"
    yield row(
        "G11", "bytes of a follow, merged; raw", [found[True] / 1e6], ("raw", [raw / 1e6]), 1.65, unit="MB", note=note
    )
    yield from _polled_rows(scale)


def _polled_rows(scale: Scale) -> Iterator[Row]:
    """What the dashboard reads of snapshots while it follows."""
    seconds = 2 * scale.flood_seconds
    polled, followed = [], []
    for _ in range(scale.long_runs):
        with SourceProcess() as source:
            source.do("log", count=1, marker=MARK)
            with Drawn(*dashboard(source.url)) as shown:
                shown.when(MARK)
                source.wait_followers(1)
                source.begin("flood", rate=1000, seconds=seconds, marker=marker(42))
                shown.when(marker(42), seconds + 30)
                source.finish()
                read = source.do("wire")["bytes"]
        polled.append(read.get("snapshot", 0) / 1e6)
        followed.append(read["follow"] / 1e6)
    note = f"the dashboard at 1,000 lines/s for {seconds:g} s; two polls of 5 MB would be 10 MB"
    yield row("G11", "bytes polled while following", polled, None, 10, unit="MB", note=note)
    note = "snapshots, which prove that nothing is missing, beside the stream"
    yield row("G11", "bytes polled; followed", polled, ("follow", followed), None, unit="MB", note=note)


def _background(source: SourceProcess, count: int, stack: contextlib.ExitStack) -> subprocess.Popen[bytes]:
    import json
    import sys

    from tests.benchmarks.programs import clean_environment

    words = [sys.executable, "-m", "tests.benchmarks.child", "rows_network:wire_figures"]
    words += [json.dumps([source.url, count]), str(home() / "followed")]
    following = subprocess.Popen(words, env=clean_environment(), cwd=ROOT)
    stack.callback(following.kill)
    return following


# ---------------------------------------------------------------- many streams


async def streams_figures(url: str, count: int, seconds: float, whose: str) -> tuple[float, int]:
    """In a child: follow ``count`` processes for ``seconds``; processor share in percent, lines seen."""
    seen = [0]
    ready = [0]
    async with contextlib.AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
        if whose == "ours":
            api = await stack.enter_async_context(api_of(url))
            running = [tasks.create_task(_follow_ours(api, str(pid), seen, ready)) for pid in range(1, count + 1)]
        else:
            import httpx

            limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
            client = await stack.enter_async_context(httpx.AsyncClient(timeout=60, limits=limits, trust_env=False))
            running = [tasks.create_task(_follow_plain(client, url, pid, seen, ready)) for pid in range(1, count + 1)]
        while ready[0] < count:
            await asyncio.sleep(0.01)
        while not seen[0]:
            await asyncio.sleep(0.005)
        began, cpu = time.monotonic(), time.process_time()
        await asyncio.sleep(seconds)
        share = (time.process_time() - cpu) / (time.monotonic() - began)
        lines = seen[0]
        for task in running:
            task.cancel()
    return 100 * share, lines


async def _follow_ours(api: object, ref: str, seen: list[int], ready: list[int]) -> None:
    from tui.core.models import Stream

    async with api.follow(ref, Stream.STDERR) as batches:  # type: ignore[attr-defined]
        ready[0] += 1
        async for batch in batches:
            seen[0] += len(batch.lines)


async def _follow_plain(client: object, url: str, pid: int, seen: list[int], ready: list[int]) -> None:
    import json

    from httpx_sse import aconnect_sse

    async with aconnect_sse(client, "GET", f"{url}/api/v1/processes/{pid}/stderr/follow") as source:  # type: ignore[arg-type]
        ready[0] += 1
        async for event in source.aiter_sse():
            json.loads(event.data)
            seen[0] += 1


def streams_rows(scale: Scale) -> Iterator[Row]:
    """G15."""
    folder = peers.httpx_sse()
    if not folder:
        yield missing("G15", "100 streams; httpx-sse", peers.missing("httpx-sse"))
        return
    shares: dict[str, list[float]] = {"ours": [], "peer": []}
    lines = {}
    for _ in range(scale.long_runs):
        for whose, found in shares.items():
            share, lines[whose] = _streams(scale, whose, folder)
            found.append(share)
    note = f"10k lines/s in all, woken each 50 ms; {lines['ours']} and {lines['peer']} lines seen"
    yield row("G15", "100 streams; httpx-sse", shares["ours"], ("httpx-sse", shares["peer"]), 0.5, unit="%", note=note)


def _streams(scale: Scale, whose: str, folder: str) -> tuple[float, int]:
    import concurrent.futures

    seconds = min(4.0, scale.flood_seconds)
    with SourceProcess(20_000) as source, concurrent.futures.ThreadPoolExecutor(1) as pool:
        environment = {"PYTHONPATH": f"{ROOT}:{folder}"}
        function = "rows_network:streams_figures"
        following = pool.submit(in_child, function, source.url, 100, seconds, whose, environment=environment)
        source.wait_followers(100)
        source.do("spread", rate=10_000, seconds=seconds + 2)
        share, lines = following.result(60)
        return share, lines

"""Health probes of managed processes on 127.0.0.1."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.local.requests import HealthCheck

HOST = "127.0.0.1"


async def probe(check: HealthCheck) -> str | None:
    """Ask once; None where the process is well, else what is wrong."""
    try:
        async with asyncio.timeout(check.timeout_ms / 1000):
            return await _connect(check)
    except TimeoutError:
        return f"no answer within {check.timeout_ms} ms"
    except OSError as error:
        return f"port {check.port}: {error.strerror or error}"


async def watch(check: HealthCheck, report: Callable[[str | None], None]) -> None:
    """Probe for ever and report every result."""
    await asyncio.sleep(check.initial_delay_ms / 1000)
    while True:
        report(await probe(check))
        await asyncio.sleep(check.interval_ms / 1000)


async def _connect(check: HealthCheck) -> str | None:
    reader, writer = await asyncio.open_connection(HOST, check.port)
    try:
        if check.type == "tcp":
            return None
        writer.write(f"GET {check.path} HTTP/1.1\r\nHost: {HOST}:{check.port}\r\nConnection: close\r\n\r\n".encode())
        try:
            answer = await reader.readline()
        except ValueError:
            return "the answer is not HTTP"
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    parts = answer.split(None, 2)
    if len(parts) < 2 or not parts[0].startswith(b"HTTP/") or not parts[1].isdigit():
        return "the answer is not HTTP"
    status = int(parts[1])
    return None if 200 <= status < 400 else f"HTTP status {status}"

"""The dashboard with its follow streams read by httpx and httpx-sse, as one would write it at first; used by G4.

python -m tests.benchmarks.reference ARGUMENTS...
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import httpx
from httpx_sse import aconnect_sse

from tui.core.models import RawLine, Stream, StreamBatch
from tui.io.sandbox_api import HttpSandboxApi

BATCH_SECONDS = 0.033


@asynccontextmanager
async def follow(self: HttpSandboxApi, ref: str, stream: Stream) -> AsyncIterator[AsyncIterator[StreamBatch]]:
    """In the place of ``HttpSandboxApi.follow``."""
    url = f"{self._process_url(ref)}/{stream.value}/follow"
    timeout = httpx.Timeout(10, read=60)
    async with (
        httpx.AsyncClient(timeout=timeout, trust_env=False) as client,
        aconnect_sse(client, "GET", url) as source,
    ):

        async def batches() -> AsyncIterator[StreamBatch]:
            lines: list[str] = []
            times: list[int] = []
            due = 0.0
            async for event in source.aiter_sse():
                if event.event == "output":
                    fields = json.loads(event.data)
                    lines.append(fields["line"])
                    times.append(fields["timestamp"])
                now = time.monotonic()
                if lines and now >= due:
                    yield StreamBatch(cast("list[RawLine]", lines), times, event.event == "eof")
                    lines, times, due = [], [], now + BATCH_SECONDS

        yield batches()


if __name__ == "__main__":
    from tui.cli.main import run

    HttpSandboxApi.follow = follow  # type: ignore[method-assign,assignment]
    sys.exit(run(sys.argv[1:]))

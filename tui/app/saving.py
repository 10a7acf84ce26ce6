"""An output as the bytes of a file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from tui.core.blocks import RowKind
from tui.core.buffer import LineBuffer

SLICE = 4096
"""Rows that are written before the loop gets its turn."""


async def saved_bytes(buffer: LineBuffer) -> AsyncIterator[bytes]:
    """The lines as they were written; where lines are missing, a line in brackets says so.

    What is written meanwhile is left out.
    """
    if buffer.dropped_lines:
        yield f"[{buffer.dropped_lines:,} earlier lines are no longer kept]\n".encode()
    total = len(buffer)
    for start in range(0, total, SLICE):
        texts: list[str] = []
        for row in buffer.rows(start, min(total, start + SLICE)):
            if row.kind is RowKind.LINE:
                texts.append(row.text)
            elif row.kind is RowKind.GAP:
                texts.append(f"[{row.count:,} lines are missing here]" if row.count else "[lines are missing here]")
        yield "".join(f"{text}\n" for text in texts).encode("utf-8", "surrogatepass")
        await asyncio.sleep(0)

"""An output as the bytes of a file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from tui.core.row_source import RowSource
from tui.core.rows import Row, RowKind

SLICE = 4096
"""Rows that are written before the loop gets its turn."""

Before = Callable[[Row, int], str]
"""What is written before a row; it is given the time of the row above, in milliseconds, 0 where there is none."""


async def saved_bytes(rows: RowSource, before: Before = lambda row, above: "") -> AsyncIterator[bytes]:
    """The lines as they were written; where lines are missing, a line in brackets says so.

    What is written meanwhile is left out.
    """
    if rows.dropped_lines:
        yield f"[{rows.dropped_lines:,} earlier lines are no longer kept]\n".encode()
    # Rows are put in and go while this waits: the next one is found from the last that was written.
    end = rows.id_at(len(rows) - 1) if len(rows) else None
    start = time = 0
    while end is not None and (last := rows.position_of(end)) is not None and start <= last:
        held, dropped = rows.rows(start, min(last + 1, start + SLICE)), rows.dropped_rows
        texts: list[str] = []
        for row in held:
            if row.kind in (RowKind.LINE, RowKind.GAP):
                texts.append(f"{before(row, time)}{_text(row)}\n")
            time = row.timestamp
        yield "".join(texts).encode("utf-8", "surrogatepass")
        await asyncio.sleep(0)
        at = rows.position_of(held[-1].row_id)
        start = max(0, start + len(held) - (rows.dropped_rows - dropped)) if at is None else at + 1


def _text(row: Row) -> str:
    if row.kind is RowKind.LINE:
        return row.text
    return f"[{row.count:,} lines are missing here]" if row.count else "[lines are missing here]"

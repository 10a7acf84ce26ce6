"""Fetches several pages at once; two of them fail, which gives a group of exceptions with notes."""

from __future__ import annotations

import asyncio
import socket
import sys

PAGES = ("/index", "/prices", "/changelog", "/status")


class FetchError(Exception):
    """A page could not be fetched."""


def closed_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def fetch(page: str, port: int) -> str:
    """Fetch one page."""
    if page == "/index":
        await asyncio.sleep(0.3)
        return "<html>"
    try:
        await asyncio.open_connection("127.0.0.1", port)
    except OSError as error:
        failure = FetchError(f"{page}: connection refused")
        failure.add_note(f"page {PAGES.index(page) + 1} of {len(PAGES)}, first attempt")
        raise failure from error
    return ""


async def fetch_all() -> None:
    """Fetch the pages side by side."""
    port = closed_port()
    async with asyncio.TaskGroup() as group:
        for page in PAGES[:3]:
            print(f"GET {page}", file=sys.stderr)
            group.create_task(fetch(page, port), name=page)


if __name__ == "__main__":
    asyncio.run(fetch_all())

"""News of lines: at once while little comes, seldom in a flood, and never left out at its end."""

from __future__ import annotations

import asyncio

from tui.monitor.pacing import MANY, NewsPacing


class Told:
    def __init__(self) -> None:
        self.times = 0
        self.news = asyncio.Event()
        self.pacing = NewsPacing(self.tell)

    def tell(self) -> None:
        self.times += 1
        self.news.set()


async def test_single_lines_are_told_at_once() -> None:
    told = Told()
    for number in range(1, 20):
        told.pacing.lines_came(1)
        assert told.times == number


async def test_the_first_lines_of_a_flood_are_told_at_once_and_the_last_ones_soon() -> None:
    told = Told()
    told.pacing.lines_came(50 * MANY)
    assert told.times == 1
    told.news.clear()
    for _ in range(200):
        told.pacing.lines_came(MANY)
    assert told.times == 1
    async with asyncio.timeout(5):
        await told.news.wait()
    assert told.times == 2


async def test_other_news_are_told_at_once_and_bring_the_lines_with_them() -> None:
    told = Told()
    told.pacing.lines_came(MANY)
    told.pacing.lines_came(MANY)
    told.pacing.tell_now()
    assert told.times == 2
    told.pacing.lines_came(1)
    assert told.times == 3


async def test_nothing_is_told_after_the_end() -> None:
    told = Told()
    told.pacing.lines_came(MANY)
    told.pacing.lines_came(MANY)
    told.pacing.stop()
    other = Told()
    other.pacing.lines_came(MANY)
    other.pacing.lines_came(MANY)
    other.news.clear()
    async with asyncio.timeout(5):
        await other.news.wait()
    assert told.times == 1

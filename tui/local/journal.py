"""The order in which the streams of one process delivered, and who waits for more.

The log files hold what was printed; the journal holds when it came and between which other pieces. It is needed only
for lines that a follower has not yet been sent, so it stays short: entries that all followers have passed are removed,
and without followers nothing is kept.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

ENTRY_LIMIT = 200_000
TRIM_EVERY = 64


class Stream(Enum):
    """Origin of a line."""

    STDOUT = "stdout"
    STDERR = "stderr"


class Entry(NamedTuple):
    """Lines of ``stream`` up to the offset ``stop`` became visible at ``timestamp`` (ms since the epoch)."""

    stream: Stream
    stop: int
    timestamp: int


@dataclass(slots=True, eq=False)
class Subscription:
    """A follower's place in the journal. ``lost`` is true when it stayed behind so far that its entries are gone."""

    position: int
    lost: bool = False
    _has_news: bool = False
    _waiter: asyncio.Future[None] | None = None

    def wake(self) -> None:
        """There is something new."""
        self._has_news = True
        self._finish()

    def look(self) -> None:
        """The follower takes now what there is; only what comes after this is news."""
        self._has_news = False

    async def wait(self, due: float) -> None:
        """Until there has been news since ``look``, or the event loop's clock reaches ``due``."""
        if self._has_news:
            return
        # A task and an event for each wait would cost several times as much, and there may be many followers.
        loop = asyncio.get_running_loop()
        self._waiter = loop.create_future()
        timer = loop.call_at(due, self._finish)
        try:
            await self._waiter
        finally:
            timer.cancel()
            self._waiter = None

    def _finish(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Journal:
    """Entries in order of arrival, numbered from zero for the life of the process."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque()
        self._first = 0
        self._subscriptions: set[Subscription] = set()

    def subscribe(self) -> Subscription:
        """A place at the end: everything that arrives from now on will be seen."""
        subscription = Subscription(self._first + len(self._entries))
        self._subscriptions.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a follower."""
        self._subscriptions.discard(subscription)
        self._trim()

    def add(self, entry: Entry) -> None:
        """Record an arrival and wake the followers."""
        if not self._subscriptions:
            self._first += 1
            return
        self._entries.append(entry)
        if len(self._entries) % TRIM_EVERY == 0:
            self._trim()
        self.wake()

    def wake(self) -> None:
        """Let every follower look again: something arrived, or the process or the server ended."""
        for subscription in self._subscriptions:
            subscription.wake()

    def take(self, subscription: Subscription) -> Entry | None:
        """The follower's next entry; None where it has seen all."""
        index = subscription.position - self._first
        if index < 0:
            subscription.lost = True
            return None
        if index >= len(self._entries):
            return None
        subscription.position += 1
        return self._entries[index]

    def has_more(self, subscription: Subscription) -> bool:
        """Whether entries are waiting for the follower."""
        return subscription.position < self._first + len(self._entries)

    def _trim(self) -> None:
        end = self._first + len(self._entries)
        needed = min((subscription.position for subscription in self._subscriptions), default=end)
        needed = max(needed, end - ENTRY_LIMIT)
        while self._first < needed:
            self._entries.popleft()
            self._first += 1

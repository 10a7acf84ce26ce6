"""The monitor, run for a headless command: until what the command needs is known, or the time is up."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import partial

from tui.cli import exits
from tui.cli.exits import Refusal
from tui.core.contact import ContactState
from tui.core.ports import Connection
from tui.monitor.output import OutputMonitor
from tui.monitor.sandbox import SandboxMonitor

REPLAY_PAUSE = 0.3
"""Seconds without news after which a replay is taken to have come to its end."""


class Terminated(Exception):
    """SIGTERM or SIGHUP came; ``number`` tells which."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def run_to_end(command: Coroutine[object, object, int]) -> int:
    """Run ``command`` and return its exit code; signals end it in order, with the codes 130, 143 and 129.

    The command sees the signal as a cancellation, so that it can close its connections and print its summary.
    """
    try:
        return asyncio.run(_with_signals(command))
    except Terminated as error:
        return 128 + error.number


async def _with_signals(command: Coroutine[object, object, int]) -> int:
    received: list[int] = []
    task = asyncio.ensure_future(command)

    def end(number: int) -> None:
        received.append(number)
        task.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, end, number)
    try:
        return await task
    except asyncio.CancelledError:
        if received:
            raise Terminated(received[0]) from None
        raise


class Watching:
    """A monitor at work and a condition to wait for."""

    def __init__(self, monitor: SandboxMonitor, task: asyncio.Task[None]) -> None:
        self.monitor = monitor
        self._task = task
        self._news = asyncio.Event()
        monitor.subscribe(lambda _: self._news.set())

    async def until(self, condition: Callable[[], bool], seconds: float | None) -> bool:
        """Wait until ``condition`` holds, looking again with all news; False when ``seconds`` have passed first."""
        try:
            async with asyncio.timeout(None if seconds is None else max(0.0, seconds)):
                while not condition():
                    self._news.clear()
                    await self._next_news()
        except TimeoutError:
            return condition()
        return True

    async def until_quiet(self, progress: Callable[[], object], deadline: float) -> None:
        """Wait until what ``progress`` gives has stood still for a moment, at most until ``deadline`` (monotonic).

        Replays of running processes have no end of their own; a pause in the lines is what tells it.
        """
        while (left := deadline - time.monotonic()) > 0:
            seen = progress()
            if not await self.until(partial(_differs, progress, seen), min(REPLAY_PAUSE, left)):
                return

    async def _next_news(self) -> None:
        waiter = asyncio.ensure_future(self._news.wait())
        try:
            await asyncio.wait((waiter, self._task), return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiter.cancel()
        if self._task.done():
            # The monitor ends by itself only through a bug, which must be seen.
            await self._task

    async def listing(self, seconds: float) -> None:
        """Wait for the first process list. Raises Refusal where there will be none."""
        monitor = self.monitor
        await self.until(lambda: monitor.has_listed or monitor.contact.state in _FINAL, seconds)
        if not monitor.has_listed:
            raise refusal(monitor, seconds)


def replay_progress(output: OutputMonitor) -> int:
    """A number that changes while the replay of ``output`` comes in, and no more once its lines are live ones.

    Live lines carry a time and replayed ones do not, so a process that writes all the time is not waited for.
    """
    rows = len(output.buffer)
    return -1 if output.state.is_over or (rows and output.buffer.row(rows - 1).timestamp) else rows


def _differs(progress: Callable[[], object], seen: object) -> bool:
    return progress() != seen


_FINAL = (
    ContactState.REFUSED,
    ContactState.GONE,
    ContactState.ASLEEP,
    ContactState.OVER,
    ContactState.OFFLINE,
)


def refusal(monitor: SandboxMonitor, seconds: float) -> Refusal:
    """What to say when no process list came."""
    contact = monitor.contact
    name = monitor.sandbox.label if monitor.sandbox else monitor.profile.sandbox or monitor.profile.sandbox_url
    if contact.state is ContactState.REFUSED:
        return Refusal(contact.error, contact.hint, exit_code=exits.NOT_AUTHORISED, code="not_authorised")
    if contact.state is ContactState.GONE:
        return Refusal(contact.error, contact.hint, exit_code=exits.NOT_FOUND, code="sandbox_not_found")
    if contact.state is ContactState.OFFLINE:
        return Refusal(contact.error, contact.hint, exit_code=exits.NETWORK, code="no_answer")
    if contact.state in (ContactState.ASLEEP, ContactState.OVER):
        status = monitor.sandbox.status if monitor.sandbox else contact.state.value
        hint = "asking it would wake it; resume it first" if contact.state is ContactState.ASLEEP else ""
        return Refusal(
            f"sandbox {name} is {status}: it was not contacted", hint, exit_code=exits.CANNOT_TELL, code="not_running"
        )
    state = contact.error or contact.state.value
    return Refusal(
        f"no process list of {name} within {seconds:g} s: {state}",
        "allow more time with --timeout",
        exit_code=exits.CANNOT_TELL,
        code="timed_out",
    )


@contextlib.asynccontextmanager
async def watching(connection: Connection) -> AsyncIterator[Watching]:
    """Watch what ``connection`` leads to; at the end the monitor is stopped and the connection closed."""
    monitor = SandboxMonitor(connection)
    task = asyncio.create_task(monitor.run(), name="sandbox monitor")
    try:
        yield Watching(monitor, task)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await connection.aclose()

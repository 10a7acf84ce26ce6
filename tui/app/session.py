"""One use of the program over one profile: joins the monitor to a screen.

Monitor events become messages, at most one of a kind per frame; requests of the user become calls of the monitor, and
their outcome a message. Expected errors end here; everything else is a bug and ends the program.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from textual.message import Message
from textual.widget import Widget
from textual.worker import Worker, WorkerCancelled, WorkerFailed

from tui.app.messages import ActionDone, ErrorNews, OutputNews, ProcessNews, SandboxNews
from tui.core.blocks import BlockStore
from tui.core.errors import BoxscopeError, NotFoundError
from tui.core.format import signal_name
from tui.core.models import Process, ProcessKey, Stream
from tui.core.ports import Connection
from tui.core.text import one_line
from tui.monitor.errors import ErrorsFound
from tui.monitor.events import Event, OutputChanged, ProcessesChanged
from tui.monitor.output import OutputMonitor
from tui.monitor.sandbox import SandboxMonitor
from tui.monitor.source import SourceReader

FRAME = 1 / 30
"""Seconds between two rounds of messages while events come thick and fast."""
LIST_FRAME = 0.25
"""The same for the process list and the errors, whose numbers a stream of tracebacks changes all the time."""
_SLOW = (ProcessesChanged, ErrorNews)


class Session:
    """Runs a :class:`SandboxMonitor` and speaks for it to ``receiver``, a screen."""

    def __init__(
        self, connection: Connection, receiver: Widget, *, target: str, new_store: Callable[[], BlockStore]
    ) -> None:
        self._connection = connection
        self._receiver = receiver
        self._pending: dict[object, Message] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._last_round = self._last_list = float("-inf")
        self._watching: Worker[None] | None = None
        self.monitor = SandboxMonitor(connection, target, listener=self._heard, new_store=new_store)
        self.errors = ErrorsFound(muted=connection.profile.ignore, on_news=self._errors_changed)
        self.errors.watch(self.monitor)
        self.sources = SourceReader(lambda: self.monitor.api, own_paths=connection.profile.own_paths)

    @property
    def has_control(self) -> bool:
        """True where there is a control plane to ask about sandboxes."""
        return self._connection.control is not None

    def start(self) -> None:
        """Begin to watch."""
        self._watching = self._receiver.run_worker(self.monitor.run(), name="sandbox monitor")

    async def stop(self) -> None:
        """End watching and close the connection."""
        if self._timer:
            self._timer.cancel()
        if self._watching:
            self._watching.cancel()
            with contextlib.suppress(WorkerCancelled, WorkerFailed):
                await self._watching.wait()
        await self._connection.aclose()

    # Events of the monitor

    def _heard(self, event: Event) -> None:
        message: Message
        if isinstance(event, OutputChanged):
            message = OutputNews(event.key, event.stream)
            self._pending[event] = message
        else:
            message = ProcessNews() if isinstance(event, ProcessesChanged) else SandboxNews()
            self._pending[type(event)] = message
        self._pass_on_at(self._due(type(event)))

    def _errors_changed(self) -> None:
        self._pending[ErrorNews] = ErrorNews()
        self._pass_on_at(self._due(ErrorNews))

    def _due(self, kind: type[Event | ErrorNews]) -> float:
        """When news of this kind may be passed on: at once, unless a round was just now."""
        due = max(asyncio.get_running_loop().time(), self._last_round + FRAME)
        return max(due, self._last_list + LIST_FRAME) if kind in _SLOW else due

    def _pass_on_at(self, when: float) -> None:
        if self._timer is not None:
            if self._timer.when() <= when:
                return
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(when, self._pass_on)

    def _pass_on(self) -> None:
        self._timer = None
        self._last_round = now = asyncio.get_running_loop().time()
        pending, self._pending = self._pending, {}
        slow = [kind for kind in _SLOW if kind in pending]
        if slow and now < (due := self._last_list + LIST_FRAME):
            self._pending |= {kind: pending.pop(kind) for kind in slow}
            self._pass_on_at(due)
        elif slow:
            self._last_list = now
        for message in pending.values():
            self._receiver.post_message(message)

    # Requests of the user

    def output(self, key: ProcessKey, stream: Stream) -> OutputMonitor | None:
        """The output of a process, read from now on."""
        return self.monitor.select(key, stream)

    def signal(self, key: ProcessKey, number: int) -> None:
        """Send a signal; an :class:`ActionDone` tells how it went."""
        self._act(self.monitor.actions.signal(key, number), f"{signal_name(number)} sent to process {key.pid}", key)

    def kill(self, key: ProcessKey) -> None:
        """Kill the process and its group."""
        self._act(self.monitor.actions.kill(key), f"process {key.pid} was told to die", key)

    def restart(self, key: ProcessKey) -> None:
        """Restart a managed process."""
        self._act(self.monitor.actions.restart(key), f"process {key.pid} is being restarted", key)

    def write_stdin(self, key: ProcessKey, text: str) -> None:
        """Send one line to its standard input."""
        self._act(
            self.monitor.actions.write_stdin(key, text.encode() + b"\n"),
            f"a line was queued for process {key.pid}",
            key,
        )

    def _act(self, action: Awaitable[Process | None], done: str, key: ProcessKey) -> None:
        async def carry_out() -> None:
            try:
                await action
            except NotFoundError as error:
                # Gone already is information: the thing that was wanted to end has ended.
                self._receiver.post_message(
                    ActionDone(f"process {key.pid} is gone already", one_line(error.message), succeeded=True)
                )
            except BoxscopeError as error:
                self._receiver.post_message(ActionDone(one_line(error.message), one_line(error.hint), succeeded=False))
            else:
                self._receiver.post_message(ActionDone(done, succeeded=True))

        self._receiver.run_worker(carry_out(), name=done)

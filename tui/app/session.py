"""One use of the program: joins the monitors of the watched sandboxes to a screen, which shows one of them at a time.

Monitor events become messages, at most one of a kind per frame; requests of the user become calls of the monitor of
the sandbox that they name, and their outcome a message. Expected errors end here; everything else is a bug and ends
the program.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from textual.message import Message
from textual.widget import Widget
from textual.worker import Worker, WorkerCancelled, WorkerFailed

from tui.app.messages import ActionDone, ElsewhereNews, ErrorNews, OutputNews, ProcessNews, SandboxNews, WatchedAlready
from tui.app.watched import Watched, Way
from tui.core.blocks import BlockStore
from tui.core.budget import DiskBudget
from tui.core.errors import BoxscopeError, NotFoundError
from tui.core.format import signal_name
from tui.core.models import Process, ProcessKey, Stream
from tui.core.source import SourceView, unresolvable
from tui.core.text import one_line
from tui.core.tracebacks.model import Frame
from tui.monitor.actions import Actions
from tui.monitor.errors import ErrorsFound
from tui.monitor.events import Event, OutputChanged, ProcessesChanged, SandboxChanged
from tui.monitor.output import OutputMonitor
from tui.monitor.sandbox import SandboxMonitor

FRAME = 1 / 30
"""Seconds between two rounds of messages while events come thick and fast."""
LIST_FRAME = 0.25
"""The same for the process lists and the errors, whose numbers a stream of tracebacks changes all the time."""
NOT_WATCHED = "its sandbox is not watched"
_SLOW: tuple[object, ...] = (ProcessNews, ElsewhereNews, ErrorNews)


class Session:
    """Watches sandboxes, each by a monitor of its own, and speaks for them to ``receiver``, a screen."""

    def __init__(self, ways: Sequence[Way], receiver: Widget, *, new_store: Callable[[], BlockStore]) -> None:
        """``ways`` leads to one sandbox at least; the first one is shown."""
        self._receiver, self._new_store = receiver, new_store
        self._budget = DiskBudget()
        self._pending: dict[object, Message] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._last_round = self._last_list = self._last_output = float("-inf")
        self._is_started = False
        self._workers: dict[Watched, Worker[None]] = {}
        self._closing: list[Watched] = []
        self.errors = ErrorsFound(on_news=self._errors_changed)
        self.watched: list[Watched] = []
        for way in ways:
            self.watch(way)
        self.current = self.first = self.watched[0]

    @property
    def monitor(self) -> SandboxMonitor:
        """The monitor of the sandbox that is shown."""
        return self.current.monitor

    @property
    def has_control(self) -> bool:
        """True where there is a control plane to ask about the sandbox that is shown."""
        return self.current.connection.control is not None

    @property
    def has_several(self) -> bool:
        """True where a process must be told by its sandbox too."""
        return len(self.watched) > 1

    @property
    def others(self) -> list[Watched]:
        """The watched sandboxes that are not shown."""
        return [watched for watched in self.watched if watched is not self.current]

    def of(self, key: ProcessKey) -> Watched | None:
        """The watched sandbox that a run is of."""
        return next((watched for watched in self.watched if watched.has(key)), None)

    def sandbox_name(self, key: ProcessKey) -> str:
        """The sandbox of a run where it must be named; empty where there is only one."""
        watched = self.of(key) if self.has_several else None
        return watched.label if watched else ""

    async def source(self, process: Process, frame: Frame) -> SourceView:
        """The source around a frame of a process, read from the files of its sandbox."""
        watched = self.of(process.key)
        return await watched.sources.around(process, frame) if watched else unresolvable(frame, NOT_WATCHED)

    # What is watched

    def watch(self, way: Way) -> Watched:
        """Watch one more sandbox from now on."""
        watched = Watched(
            way, listener=lambda new: partial(self._heard, new), new_store=self._new_store, budget=self._budget
        )
        self.watched.append(watched)
        self.errors.watch(watched.monitor)
        if self._is_started:
            self._start(watched)
        return watched

    def start(self) -> None:
        """Begin to watch."""
        self._is_started = True
        for watched in self.watched:
            self._start(watched)

    def _start(self, watched: Watched) -> None:
        self._workers[watched] = self._receiver.run_worker(watched.monitor.run(), name=f"monitor of {watched.label}")

    async def stop(self) -> None:
        """End watching and close the connections."""
        if self._timer:
            self._timer.cancel()
        for worker in self._workers.values():
            worker.cancel()
        for worker in self._workers.values():
            with contextlib.suppress(WorkerCancelled, WorkerFailed):
                await worker.wait()
        for watched in (*self.watched, *self._closing):
            await watched.connection.aclose()

    def _leave_twin(self, watched: Watched) -> bool:
        """End watching a sandbox that is watched twice, under two of its names; False where this one goes on.

        Runs are told by the id of their sandbox: two monitors of the same one would be taken for each other.
        """
        sandbox = watched.monitor.sandbox
        same = [each for each in self.watched if sandbox and each.is_sandbox(sandbox.id)]
        if len(same) < 2:
            return False
        # The one that is shown stays, else the one that was there first.
        kept = self.current if self.current in same else same[0]
        for twin in same:
            if twin is not kept:
                self.watched.remove(twin)
                self._closing.append(twin)
                self._workers[twin].cancel()
        self.first = kept if self.first in same else self.first
        self._pending[kept] = WatchedAlready(kept.label)
        self._pass_on_at(self._due(WatchedAlready))
        return watched is not kept

    # Events of the monitors

    def _heard(self, watched: Watched, event: Event) -> None:
        if watched not in self.watched or (isinstance(event, SandboxChanged) and self._leave_twin(watched)):
            return
        if isinstance(event, OutputChanged):
            # Of the others no output is on screen; what was found in them comes as news of the errors and the list.
            if watched is self.current:
                self._pending[event] = OutputNews(event.key, event.stream)
                self._pass_on_at(self._due(OutputNews))
        elif watched is not self.current:
            self._tell(ElsewhereNews())
        else:
            self._tell(ProcessNews() if isinstance(event, ProcessesChanged) else SandboxNews())

    def _errors_changed(self) -> None:
        self._tell(ErrorNews())

    def _tell(self, message: Message) -> None:
        self._pending[type(message)] = message
        self._pass_on_at(self._due(type(message)))

    def _due(self, kind: type[Message]) -> float:
        """When news of this kind may be passed on: at once, unless a round was just now."""
        now = asyncio.get_running_loop().time()
        if kind is OutputNews:
            # What was told of the list just now is no reason for a line to wait.
            return max(now, self._last_output + FRAME)
        due = max(now, self._last_round + FRAME)
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
        if any(isinstance(message, OutputNews) for message in pending.values()):
            self._last_output = now
        for message in pending.values():
            self._receiver.post_message(message)

    # Requests of the user

    def output(self, key: ProcessKey, stream: Stream) -> OutputMonitor | None:
        """The output of a process, read from now on."""
        watched = self.of(key)
        return watched.monitor.select(key, stream) if watched else None

    def signal(self, key: ProcessKey, number: int) -> None:
        """Send a signal; an :class:`ActionDone` tells how it went."""
        self._act(key, lambda actions: actions.signal(key, number), f"{signal_name(number)} sent to {{}}")

    def kill(self, key: ProcessKey) -> None:
        """Kill the process and its group."""
        self._act(key, lambda actions: actions.kill(key), "{} was told to die")

    def restart(self, key: ProcessKey) -> None:
        """Restart a managed process."""
        self._act(key, lambda actions: actions.restart(key), "{} is being restarted")

    def write_stdin(self, key: ProcessKey, text: str) -> None:
        """Send one line to its standard input."""
        self._act(key, lambda actions: actions.write_stdin(key, text.encode() + b"\n"), "a line was queued for {}")

    def _act(self, key: ProcessKey, action: Callable[[Actions], Awaitable[Process | None]], done: str) -> None:
        """Carry out an action in the sandbox of the run; ``done`` says in words what it did to it."""
        watched, box = self.of(key), self.sandbox_name(key)
        what = f"process {key.pid}" + (f" of {box}" if box else "")

        async def carry_out() -> None:
            try:
                if watched is None:
                    raise NotFoundError(NOT_WATCHED, status=404)
                await action(watched.monitor.actions)
            except NotFoundError as error:
                # Gone already is information: the thing that was wanted to end has ended.
                self._receiver.post_message(
                    ActionDone(f"{what} is gone already", one_line(error.message), succeeded=True)
                )
            except BoxscopeError as error:
                self._receiver.post_message(ActionDone(one_line(error.message), one_line(error.hint), succeeded=False))
            else:
                self._receiver.post_message(ActionDone(done.replace("{}", what), succeeded=True))

        self._receiver.run_worker(carry_out(), name=f"action on {what}")

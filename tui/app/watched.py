"""One watched sandbox of a session: its monitor, the source in its files, and where the user is in it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from tui.app.selection import Selection
from tui.core.blocks import BlockStore
from tui.core.budget import DiskBudget
from tui.core.folding import own_by
from tui.core.models import ProcessKey
from tui.core.ports import Connection
from tui.core.processes import ProcessRow, Tally, tally
from tui.core.profile import Profile
from tui.core.text import one_line
from tui.monitor.events import Listener
from tui.monitor.sandbox import SandboxMonitor
from tui.monitor.source import SourceReader


@dataclass(frozen=True, slots=True)
class Way:
    """How a sandbox is reached. ``target`` is its id or name; empty: the one that the connection's profile names."""

    connection: Connection
    target: str = ""


class Watched:
    """Belongs to a session. What the screen showed of it is kept here while it shows another one."""

    def __init__(
        self,
        way: Way,
        *,
        listener: Callable[[Watched], Listener],
        new_store: Callable[[], BlockStore],
        budget: DiskBudget,
    ) -> None:
        self.connection = way.connection
        self._target = way.target or way.connection.profile.sandbox or way.connection.profile.sandbox_url
        self.monitor = SandboxMonitor(
            way.connection, way.target, listener=listener(self), new_store=new_store, budget=budget
        )
        self.sources = SourceReader(lambda: self.monitor.api, own_paths=self.profile.own_paths)
        self.selection = Selection(self.monitor)
        self.is_own = own_by(self.profile.own_paths)
        """Tells the program's own frames from those of libraries."""
        self.marked: frozenset[Hashable] = frozenset()
        """The processes that were selected in the list when it was left."""
        self.left_at: Hashable = None
        """Where the cursor of the list goes once the list is shown again; None: it rests on the first row."""
        self.initial = ""
        """Managed name or pid of the process to go to once it is listed."""
        self._tallied: Sequence[ProcessRow] = ()
        self._tally = Tally()

    @property
    def profile(self) -> Profile:
        """The profile that it is watched with."""
        return self.monitor.profile

    @property
    def label(self) -> str:
        """What people call the sandbox; until it has answered, what it was asked for by."""
        sandbox = self.monitor.sandbox
        return one_line(sandbox.label if sandbox else self._target, 40)

    @property
    def tally(self) -> Tally:
        """Its processes by class."""
        rows = self.monitor.rows
        if rows is not self._tallied:
            self._tallied, self._tally = rows, tally(rows)
        return self._tally

    def has(self, key: ProcessKey) -> bool:
        """Whether the run is one of this sandbox."""
        return self.is_sandbox(key.sandbox_id)

    def is_sandbox(self, sandbox_id: str) -> bool:
        """Whether this is the id of the sandbox."""
        return self.monitor.sandbox is not None and self.monitor.sandbox.id == sandbox_id

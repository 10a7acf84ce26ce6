"""What is monitored: sandboxes, processes and their output, as the API tells of them.

Everything here is plain, immutable data. Text that came from a sandbox (command lines, names, error texts) has passed
``core.text.one_line`` at the door; output lines are kept raw, as :data:`RawLine`, because accounting, copying and
search need what was written, and only ``core.text.display_line`` turns one into something that may be drawn.

Times are milliseconds since the epoch, UTC; None means that the server did not say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NewType

RawLine = NewType("RawLine", str)
"""A line of output exactly as it was written, without its line feed. Hostile: never hand one to a widget."""


class Stream(Enum):
    """Origin of a line; the value is the path segment of ``/processes/{p}/{stream}``."""

    STDERR = "stderr"
    STDOUT = "stdout"

    @property
    def other(self) -> Stream:
        """The other of the two."""
        return Stream.STDOUT if self is Stream.STDERR else Stream.STDERR


@dataclass(frozen=True, slots=True)
class ProcessKey:
    """Identity of one run of one process. A pid alone is none: it is reused, and changes at every managed restart.

    ``handle`` is used where the server gives one, else pid and start time together (contract of ``GET /processes``).
    """

    sandbox_id: str
    pid: int
    started_at: int
    handle: int | None = None

    @property
    def identity(self) -> tuple[str, int, int]:
        """What two keys are compared by."""
        if self.handle is not None:
            return (self.sandbox_id, -1, self.handle)
        return (self.sandbox_id, self.pid, self.started_at)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ProcessKey) and self.identity == other.identity

    def __hash__(self) -> int:
        return hash(self.identity)


@dataclass(frozen=True, slots=True)
class LastExit:
    """How the previous run of a managed process ended."""

    exit_code: int | None = None
    signal: int | None = None
    oom_killed: bool = False
    ended_at: int | None = None


@dataclass(frozen=True, slots=True)
class Managed:
    """Supervision of a process by the sandbox. While ``backing_off``, the pid beside it is that of the dead run."""

    id: str
    name: str | None = None
    status: str = ""
    restart_count: int = 0
    restart_policy: str = ""
    max_restarts: int | None = None
    health_status: str = ""
    consecutive_health_failures: int = 0
    last_exit: LastExit | None = None
    last_error: str | None = None
    next_restart_at: int | None = None


@dataclass(frozen=True, slots=True)
class Process:
    """One record of ``GET /api/v1/processes``. ``status`` is an open set; unknown words are kept as given."""

    sandbox_id: str
    pid: int
    status: str
    command: str
    args: tuple[str, ...] = ()
    started_at: int = 0
    ended_at: int | None = None
    exit_code: int | None = None
    signal: int | None = None
    oom_killed: bool = False
    handle: int | None = None
    stdin_writable: bool = False
    managed: Managed | None = None
    unknown_fields: tuple[str, ...] = ()

    @property
    def key(self) -> ProcessKey:
        """Identity of this run."""
        return ProcessKey(self.sandbox_id, self.pid, self.started_at, self.handle)

    @property
    def ref(self) -> str:
        """Path segment that addresses this very run: the pid, since a managed name means whichever run is current."""
        return str(self.pid)

    @property
    def name(self) -> str:
        """The managed name, or the empty string."""
        return (self.managed.name or "") if self.managed else ""

    @property
    def run(self) -> int:
        """Number of this run of a managed process, from 1."""
        return self.managed.restart_count + 1 if self.managed else 1

    @property
    def command_line(self) -> str:
        """Command and arguments as one would type them (quoted only where a blank demands it)."""
        return " ".join(part if part and " " not in part else f"'{part}'" for part in (self.command, *self.args))

    @property
    def short_command_line(self) -> str:
        """The command line without the folders of its executable, for lists."""
        name = self.command.rpartition("/")[2] or self.command
        return " ".join(part if part and " " not in part else f"'{part}'" for part in (name, *self.args))

    @property
    def lineage(self) -> ProcessKey | tuple[str, str]:
        """What stays the same over the runs of a managed process, so that lists keep their place across a restart."""
        return (self.sandbox_id, self.managed.id) if self.managed else self.key

    @property
    def is_finished(self) -> bool:
        """True when any evidence of an end is there; statuses to come are thereby covered too."""
        return (
            self.status in ("exited", "signaled", "oom_killed")
            or self.ended_at is not None
            or self.exit_code is not None
            or self.signal is not None
            or self.oom_killed
        )

    @property
    def is_running(self) -> bool:
        """True when the server says running and nothing speaks against it."""
        return self.status == "running" and not self.is_finished


@dataclass(frozen=True, slots=True)
class ProcessList:
    """One answer of ``GET /api/v1/processes``, parsed record by record."""

    processes: tuple[Process, ...]
    rejected: int = 0
    """Records that made no sense and were left out; shown once, never silently dropped."""
    unchanged: bool = False
    """True when the body was byte for byte that of the previous answer of the same client."""


class SandboxStatus(Enum):
    """Status of a sandbox, for decisions; :attr:`Sandbox.status` keeps the server's own word."""

    PENDING = "pending"
    RUNNING = "running"
    SNAPSHOTTING = "snapshotting"
    SUSPENDING = "suspending"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"
    TIMEOUT = "timeout"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, text: str) -> SandboxStatus:
        """The member for the server's word, without regard to case; UNKNOWN for words to come."""
        try:
            return cls(text.strip().lower())
        except ValueError:
            return cls.UNKNOWN

    @property
    def may_be_contacted(self) -> bool:
        """True only for a running sandbox: a request to any other could wake or bill it."""
        return self is SandboxStatus.RUNNING

    @property
    def is_over(self) -> bool:
        """True when it will not run again."""
        return self in (SandboxStatus.TERMINATED, SandboxStatus.TIMEOUT, SandboxStatus.FAILED)


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """Where a sandbox may connect to (``network_policy``). Entries are addresses, networks or names of hosts."""

    allow_internet_access: bool = True
    allow_out: tuple[str, ...] = ()
    deny_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sandbox:
    """One sandbox as the control plane tells of it (``GET /sandboxes/{id-or-name}``)."""

    id: str
    status: str
    name: str = ""
    namespace: str = ""
    image: str = ""
    cpus: float | None = None
    memory_mb: int | None = None
    disk_mb: int | None = None
    timeout_secs: int | None = None
    auto_resume: bool = True
    created_at: int | None = None
    terminated_at: int | None = None
    end_reason: str = ""
    pending_reason: str = ""
    sandbox_url: str | None = None
    ingress_endpoint: str | None = None
    routing_hint: str | None = None
    archived: bool = False
    network_policy: NetworkPolicy | None = None
    unknown_fields: tuple[str, ...] = ()

    @property
    def state(self) -> SandboxStatus:
        """The status, for decisions."""
        return SandboxStatus.of(self.status)

    @property
    def label(self) -> str:
        """What people call it: the name, else the id."""
        return self.name or self.id


@dataclass(frozen=True, slots=True)
class SandboxList:
    """All pages of ``GET /sandboxes`` together."""

    sandboxes: tuple[Sandbox, ...]
    rejected: int = 0
    truncated: bool = False
    """True when the page cap was reached before the last page."""


@dataclass(frozen=True, slots=True)
class DaemonStatus:
    """``GET /api/v1/info``. A fall of ``uptime_secs`` means that the daemon restarted and forgot its processes."""

    version: str = ""
    uptime_secs: float = 0.0
    running_processes: int = 0
    total_processes: int = 0


@dataclass(frozen=True, slots=True)
class StreamBatch:
    """Lines of a follow stream that arrived together, in order.

    ``timestamps`` runs parallel to ``lines``; 0 means unknown (a replayed line). ``eof`` is the server's own proof that
    the stream is finished. ``rejected`` counts events that made no sense.
    """

    lines: Sequence[RawLine]
    timestamps: Sequence[int]
    eof: bool = False
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class OutputSnapshot:
    """One answer of ``GET /processes/{p}/{stream}``, from line ``first`` on.

    ``first`` is greater than 0 when the caller named a part of the log that it already holds and the body agreed with
    it. ``matched_prefix`` is False when the caller named such a part and the body disagreed: then all lines are given
    from 0. ``truncated`` is True when the byte ceiling ended the download before the end of the log; the lines up to
    there are given.
    """

    lines: list[RawLine]
    first: int = 0
    matched_prefix: bool = True
    truncated: bool = False
    bytes_read: int = 0
    server_dropped: int = 0
    """Oldest lines that the server says it dropped itself (the embedded sandbox says so; the cloud does not)."""

    @property
    def total(self) -> int:
        """Number of lines in the log as far as it was read."""
        return self.first + len(self.lines)


@dataclass(frozen=True, slots=True)
class StartRequest:
    """Body of ``POST /api/v1/processes``."""

    command: str
    args: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    working_dir: str | None = None
    name: str | None = None
    restart: dict[str, object] | None = None
    health_check: dict[str, object] | None = None
    stdin_pipe: bool = False


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One entry of ``GET /api/v1/files/list``. ``size`` is in bytes; None for directories."""

    name: str
    is_dir: bool
    size: int | None = None
    modified_at: int | None = None


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file read through ``GET /api/v1/files``, up to a ceiling."""

    path: str
    content: bytes
    truncated: bool = False

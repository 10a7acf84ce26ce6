"""How the engine and the screens see the outside: small protocols that ``io`` satisfies, and the fakes of the tests.

Every method may raise a subclass of :class:`tui.core.errors.BoxscopeError` and nothing else that is expected.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from tui.core.editors import EditorCommand
from tui.core.models import (
    DaemonStatus,
    FileContent,
    FileEntry,
    OutputSnapshot,
    Process,
    ProcessList,
    RawLine,
    Sandbox,
    SandboxList,
    StartRequest,
    Stream,
    StreamBatch,
)
from tui.core.profile import Profile


@dataclass(frozen=True, slots=True)
class HeldPrefix:
    """The part of a log that the caller already holds, so that a snapshot need not decode it again.

    ``count`` is a number of lines; ``tail`` holds the last few of them, which the body must agree with. The client may
    also compare the bytes of its own previous answer.
    """

    count: int
    tail: Sequence[RawLine]


class SandboxApi(Protocol):
    """The API of one running sandbox, ``/api/v1/...``. Each request counts as activity of that sandbox.

    ``ref`` is a path segment: a pid in decimal, or the name of a managed process.
    """

    @property
    def sandbox_id(self) -> str:
        """Id under which records of this sandbox are filed."""

    @property
    def origin(self) -> str:
        """Scheme, host and port, for messages."""

    async def daemon_status(self) -> DaemonStatus:
        """``GET /info``."""

    async def processes(self) -> ProcessList:
        """``GET /processes``."""

    async def process(self, ref: str) -> Process:
        """``GET /processes/{ref}``. Raises NotFoundError for an unknown one."""

    async def start(self, request: StartRequest) -> Process:
        """``POST /processes``. Never sent twice."""

    async def signal(self, ref: str, number: int) -> None:
        """``POST /processes/{ref}/signal``."""

    async def kill(self, ref: str) -> None:
        """``DELETE /processes/{ref}``. Already gone is raised as NotFoundError or ServerError: read the process."""

    async def restart(self, ref: str) -> Process:
        """``POST /processes/{ref}/restart``; managed processes of newer daemons only."""

    async def write_stdin(self, ref: str, content: bytes) -> None:
        """``POST /processes/{ref}/stdin``: queued, not consumed."""

    async def close_stdin(self, ref: str) -> None:
        """``POST /processes/{ref}/stdin/close``."""

    async def snapshot(
        self, ref: str, stream: Stream, *, held: HeldPrefix | None = None, max_bytes: int = 32 * 2**20
    ) -> OutputSnapshot:
        """``GET /processes/{ref}/{stream}``, streamed, ended at ``max_bytes``. An unknown pid gives no lines."""

    def follow(self, ref: str, stream: Stream) -> AbstractAsyncContextManager[AsyncIterator[StreamBatch]]:
        """``GET /processes/{ref}/{stream}/follow``: replay from line 0, then live.

        Iteration ends after a batch with ``eof``; it raises StreamInterrupted where the connection ends without one.
        """

    async def list_directory(self, path: str) -> tuple[FileEntry, ...]:
        """``GET /files/list?path=``."""

    async def read_file(self, path: str, *, max_bytes: int) -> FileContent:
        """``GET /files?path=``, ended at ``max_bytes``."""


class ControlPlane(Protocol):
    """Sandboxes and their status. These requests neither wake a sandbox nor keep one awake."""

    async def sandboxes(self) -> SandboxList:
        """``GET /sandboxes``, all pages up to a cap."""

    async def sandbox(self, id_or_name: str) -> Sandbox:
        """``GET /sandboxes/{id-or-name}``, then the archive. Raises NotFoundError."""


class Connection(Protocol):
    """What one profile connects to. Made without sending a request."""

    @property
    def profile(self) -> Profile:
        """The profile it was made from."""

    @property
    def control(self) -> ControlPlane | None:
        """The control plane; None where the profile names a sandbox's URL, so that there is none to ask."""

    @property
    def credential_source(self) -> str:
        """Where the credential came from, in words ("environment variable TENSORLAKE_API_KEY"); never its value."""

    def sandbox_api(self, sandbox: Sandbox) -> SandboxApi:
        """The API of ``sandbox``. Raises NotRunning where the control plane gave no way to route to it."""

    def direct_sandbox(self) -> Sandbox:
        """The sandbox of a profile with ``sandbox_url``, taken to be running because the user named it."""

    async def aclose(self) -> None:
        """Close all connections."""


class Connector(Protocol):
    """Makes connections from profiles."""

    def connect(self, profile: Profile) -> Connection:
        """A connection for ``profile``. Raises ConfigError, or AuthError where no credential is found."""

    def credential_report(self) -> Mapping[str, str]:
        """Where credentials were looked for and what was there ("set", "not set", "not found"); never a value."""


@dataclass(frozen=True, slots=True)
class ProfileListing:
    """All profile files: those that can be used, and what is wrong with the others."""

    profiles: tuple[Profile, ...]
    broken: Mapping[str, str]
    """Name to error message."""
    default: str = ""
    """Name of the profile that is used when none is named; empty: none."""


class Profiles(Protocol):
    """The profile files. A broken file is reported and never written to."""

    def listing(self) -> ProfileListing:
        """All of them."""

    def load(self, name: str) -> Profile:
        """One of them. Raises ProfileError with line and column where the file is broken."""

    def save(self, profile: Profile, *, replace: bool) -> str:
        """Write ``profile`` and return the file's path; comments survive. Raises ProfileError."""

    def remove(self, name: str) -> None:
        """Delete one. Raises ProfileError."""

    def use(self, name: str) -> None:
        """Make ``name`` the default. Raises ProfileError."""


class Desktop(Protocol):
    """What the program can do on the user's own machine."""

    async def copy(self, text: str) -> bool:
        """Put ``text`` into the clipboard of the desktop; False where there is none, or it would not take it."""

    async def save(self, path: str, content: AsyncIterator[bytes]) -> str:
        """Write ``content`` to a new file at ``path``; gives the whole path.

        Raises ConfigError where there is such a file already, or it cannot be written; nothing is then left behind.
        """


@dataclass(frozen=True, slots=True)
class EditorFile:
    """A file of this machine that is about to be opened, and the command that does it."""

    path: str
    command: EditorCommand
    is_copy: bool


class Editor(Protocol):
    """The user's editor."""

    def copy(self, name: str, content: bytes, line: int | None) -> EditorFile:
        """Write a copy of a file called ``name``, to be opened at a line, readable by this user only.

        Raises ConfigError where no editor is set or the copy cannot be written.
        """

    def local(self, path: str, line: int | None) -> EditorFile:
        """A file that is there already. Raises ConfigError where it is not, or no editor is set."""

    async def run(self, opened: EditorFile) -> None:
        """Run the editor until it ends; the terminal must be free where it takes that. Raises ConfigError."""

"""Fakes of the ports, and a clock that only moves when a test moves it."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tui.core.editors import editor_command
from tui.core.errors import BoxscopeError, NotFoundError, ProfileError, StreamInterrupted
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
    Stream,
    StreamBatch,
)
from tui.core.ports import EditorFile, HeldPrefix, ProfileListing
from tui.core.profile import Profile
from tui.monitor.clock import Clock


class VirtualClock(Clock):
    def __init__(self, start_ms: int = 1_800_000_000_000) -> None:
        self.start_ms = start_ms
        self.time = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now_ms(self) -> int:
        return self.start_ms + int(self.time * 1000)

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.time + seconds, next(self._order), future))
        await future

    async def advance(self, seconds: float) -> None:
        """Let virtual time pass, waking sleepers in order."""
        end = self.time + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, future = heapq.heappop(self._sleepers)
            self.time = max(self.time, due)
            if not future.done():
                future.set_result(None)
                await settle()
        self.time = end
        await settle()


async def settle() -> None:
    """Let everything that can run now run."""
    for _ in range(50):
        await asyncio.sleep(0)


def process(pid: int, sandbox_id: str = "sbx", **changes: object) -> Process:
    values: dict[str, object] = {
        "sandbox_id": sandbox_id,
        "pid": pid,
        "status": "running",
        "command": "python",
        "args": (f"job{pid}.py",),
        "started_at": 1_800_000_000_000 + pid,
        "handle": pid,
    }
    return Process(**(values | changes))  # type: ignore[arg-type]


class FakeApi:
    """A sandbox whose processes and logs a test writes by hand."""

    origin = "http://fake"

    def __init__(self, sandbox_id: str = "sbx") -> None:
        self.sandbox_id = sandbox_id
        self.listed: list[Process] = []
        self.logs: dict[tuple[str, Stream], list[str]] = {}
        self.requests: list[str] = []
        self.failures: dict[str, BoxscopeError] = {}
        self.streams: dict[tuple[str, Stream], asyncio.Queue[StreamBatch | BoxscopeError]] = {}
        self.lose_next: int = 0
        self.open_streams = 0
        self.files: dict[str, bytes] = {}

    def _asked(self, what: str) -> None:
        self.requests.append(what)
        for part, error in self.failures.items():
            if part in what:
                raise error

    async def daemon_status(self) -> DaemonStatus:
        self._asked("info")
        return DaemonStatus()

    async def processes(self) -> ProcessList:
        self._asked("processes")
        return ProcessList(tuple(self.listed))

    async def process(self, ref: str) -> Process:
        self._asked(f"process {ref}")
        for known in self.listed:
            if known.ref == ref:
                return known
        raise NotFoundError(f"no process {ref}", status=404)

    async def signal(self, ref: str, number: int) -> None:
        self._asked(f"signal {ref} {number}")

    async def kill(self, ref: str) -> None:
        self._asked(f"kill {ref}")

    async def restart(self, ref: str) -> Process:
        self._asked(f"restart {ref}")
        return await self.process(ref)

    async def write_stdin(self, ref: str, content: bytes) -> None:
        self._asked(f"stdin {ref} {content!r}")

    async def list_directory(self, path: str) -> tuple[FileEntry, ...]:
        self._asked(f"list {path}")
        return tuple(
            FileEntry(name.rpartition("/")[2], is_dir=False, size=len(content), modified_at=1)
            for name, content in self.files.items()
            if name.rpartition("/")[0] == path
        )

    async def read_file(self, path: str, *, max_bytes: int) -> FileContent:
        self._asked(f"read {path}")
        if path not in self.files:
            raise NotFoundError(f"no file {path}", status=404)
        return FileContent(path, self.files[path][:max_bytes])

    async def snapshot(
        self, ref: str, stream: Stream, *, held: HeldPrefix | None = None, max_bytes: int = 2**25
    ) -> OutputSnapshot:
        self._asked(f"snapshot {ref} {stream.value}")
        return OutputSnapshot([RawLine(line) for line in self.logs.get((ref, stream), [])])

    def write(self, ref: str, *lines: str, stream: Stream = Stream.STDERR, time: int = 1_800_000_000_000) -> None:
        """The process writes; ``lose_next`` lines are stored but not streamed."""
        self.logs.setdefault((ref, stream), []).extend(lines)
        lost, self.lose_next = lines[: self.lose_next], max(0, self.lose_next - len(lines))
        sent = [RawLine(line) for line in lines[len(lost) :]]
        if (queue := self.streams.get((ref, stream))) is not None and sent:
            queue.put_nowait(StreamBatch(sent, [time] * len(sent)))

    def end_stream(self, ref: str, stream: Stream = Stream.STDERR, error: BoxscopeError | None = None) -> None:
        """``eof``, or an error."""
        self.streams.pop((ref, stream)).put_nowait(error or StreamBatch([], [], eof=True))

    @asynccontextmanager
    async def follow(self, ref: str, stream: Stream) -> AsyncIterator[AsyncIterator[StreamBatch]]:
        self._asked(f"follow {ref} {stream.value}")
        queue: asyncio.Queue[StreamBatch | BoxscopeError] = asyncio.Queue()
        replay = [RawLine(line) for line in self.logs.get((ref, stream), [])]
        if replay:
            queue.put_nowait(StreamBatch(replay, [0] * len(replay)))
        if any(known.ref == ref and known.is_finished for known in self.listed) or not any(
            known.ref == ref for known in self.listed
        ):
            queue.put_nowait(StreamBatch([], [], eof=True))
        else:
            self.streams[(ref, stream)] = queue
        self.open_streams += 1
        try:
            yield self._batches(queue)
        finally:
            self.open_streams -= 1

    async def _batches(self, queue: asyncio.Queue[StreamBatch | BoxscopeError]) -> AsyncIterator[StreamBatch]:
        while True:
            batch = await queue.get()
            if isinstance(batch, BoxscopeError):
                raise batch
            yield batch
            if batch.eof:
                return

    def asked_for(self, part: str) -> int:
        return sum(1 for request in self.requests if part in request)


class FakeControl:
    def __init__(self, sandbox: Sandbox) -> None:
        self.current: Sandbox = sandbox
        self.requests = 0
        self.failure: BoxscopeError | None = None

    async def sandboxes(self) -> SandboxList:
        return SandboxList((self.current,))

    async def sandbox(self, id_or_name: str) -> Sandbox:
        self.requests += 1
        if self.failure:
            raise self.failure
        if id_or_name not in (self.current.id, self.current.name):
            raise NotFoundError(f"no sandbox {id_or_name}", status=404)
        return self.current


class FakeConnection:
    credential_source = "a test"

    def __init__(self, api: FakeApi, control: FakeControl | None, profile: Profile) -> None:
        self.api = api
        self.control = control
        self.profile = profile
        self.closed = False

    def sandbox_api(self, sandbox: Sandbox) -> FakeApi:
        return self.api

    def direct_sandbox(self) -> Sandbox:
        return Sandbox("sbx", "running")

    async def aclose(self) -> None:
        self.closed = True


def interrupted() -> StreamInterrupted:
    return StreamInterrupted("the stream broke")


class FakeConnector:
    """Connects every profile to one fake sandbox."""

    def __init__(self, api: FakeApi, control: FakeControl | None = None) -> None:
        self.api = api
        self.control = control or FakeControl(Sandbox(api.sandbox_id, "running", name="box", cpus=2, memory_mb=4096))
        self.connections: list[FakeConnection] = []
        self.failure: BoxscopeError | None = None

    def connect(self, profile: Profile) -> FakeConnection:
        if self.failure:
            raise self.failure
        connection = FakeConnection(self.api, self.control, profile)
        self.connections.append(connection)
        return connection

    def credential_report(self) -> dict[str, str]:
        return {"TENSORLAKE_API_KEY": "not set", "tl login (credentials file)": "not found"}


class FakeProfiles:
    """Profile files in memory."""

    def __init__(self, *profiles: Profile, broken: dict[str, str] | None = None) -> None:
        self.stored = {profile.name: profile for profile in profiles}
        self.broken = broken or {}
        self.default = ""

    def listing(self) -> ProfileListing:
        return ProfileListing(tuple(self.stored.values()), self.broken, self.default)

    def load(self, name: str) -> Profile:
        if name not in self.stored:
            raise ProfileError(f"there is no profile '{name}'")
        return self.stored[name]

    def save(self, profile: Profile, *, replace: bool) -> str:
        if profile.name in self.stored and not replace:
            raise ProfileError(f"there is a profile '{profile.name}' already", "choose another name")
        self.stored[profile.name] = profile
        return f"{profile.name}.toml"

    def remove(self, name: str) -> None:
        del self.stored[name]

    def use(self, name: str) -> None:
        self.default = name


class FakeDesktop:
    """Remembers what was copied and saved."""

    def __init__(self) -> None:
        self.copied: list[str] = []
        self.saved: dict[str, bytes] = {}

    async def copy(self, text: str) -> bool:
        self.copied.append(text)
        return True

    async def save(self, path: str, content: AsyncIterator[bytes]) -> str:
        if path in self.saved:
            raise ProfileError(f"{path} exists already", "choose another name")
        self.saved[path] = b"".join([piece async for piece in content])
        return path


class FakeEditor:
    """Remembers what was opened; with a window of its own, so that no terminal is needed."""

    def __init__(self) -> None:
        self.opened: list[tuple[str, bytes | None, int | None]] = []
        self.ran: list[EditorFile] = []
        self.failure: BoxscopeError | None = None

    def copy(self, name: str, content: bytes, line: int | None) -> EditorFile:
        if self.failure:
            raise self.failure
        self.opened.append((name, content, line))
        return EditorFile(f"/copies/{name}", editor_command(["code"], name, line, is_copy=True), is_copy=True)

    def local(self, path: str, line: int | None) -> EditorFile:
        if self.failure:
            raise self.failure
        self.opened.append((path, None, line))
        return EditorFile(path, editor_command(["code"], path, line, is_copy=False), is_copy=False)

    async def run(self, opened: EditorFile) -> None:
        self.ran.append(opened)

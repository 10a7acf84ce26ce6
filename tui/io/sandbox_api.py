"""The API of one running sandbox over HTTP: ``/api/v1/...``."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import msgspec

from tui.core.errors import ConnectionFailed, ProtocolError, StreamInterrupted
from tui.core.models import (
    DaemonStatus,
    FileContent,
    FileEntry,
    OutputSnapshot,
    Process,
    ProcessList,
    RawLine,
    StartRequest,
    Stream,
    StreamBatch,
)
from tui.core.ports import HeldPrefix
from tui.core.text import one_line
from tui.io import wire
from tui.io.follow import batches_of
from tui.io.hosts import origin
from tui.io.http_errors import errors_mapped
from tui.io.snapshot_body import SLICE, Mark, SnapshotBody, usable_mark
from tui.io.transport import STREAM_TIMEOUTS, HttpClient

if TYPE_CHECKING:
    import httpx

_REMEMBERED_LOGS: Final = 64


class _ProcessRecords(msgspec.Struct):
    processes: list[msgspec.Raw] | None = None


_split_records = msgspec.json.Decoder(_ProcessRecords).decode


class HttpSandboxApi:
    """Implements ``core.ports.SandboxApi``.

    ``base`` is the origin (with its path, for servers on this machine) and ``headers`` select the sandbox there.
    """

    def __init__(self, http: HttpClient, sandbox_id: str, base: str, headers: Mapping[str, str]) -> None:
        self._http = http
        self._sandbox_id = sandbox_id
        self._base = base.rstrip("/") + "/api/v1"
        self._headers = dict(headers)
        self._last_body = b""
        self._last_list = ProcessList(())
        self._last_records: dict[bytes, Process] = {}
        self._marks: OrderedDict[tuple[str, Stream], tuple[Mark, ...]] = OrderedDict()

    @property
    def sandbox_id(self) -> str:
        """Id under which records of this sandbox are filed."""
        return self._sandbox_id

    @property
    def origin(self) -> str:
        """Scheme, host and port, for messages."""
        return origin(self._base)

    async def daemon_status(self) -> DaemonStatus:
        """``GET /info``."""
        what = self._what("daemon status")
        answer = await self._http.get(f"{self._base}/info", what=what, headers=self._headers)
        return wire.daemon_status_from(wire.decoded_object(answer.body, what))

    async def processes(self) -> ProcessList:
        """``GET /processes``. An answer that equals the previous one byte for byte is not parsed again."""
        what = self._what("process list")
        answer = await self._http.get(f"{self._base}/processes", what=what, headers=self._headers)
        if self._last_body and answer.body == self._last_body:
            return self._last_list
        found = self._parsed_list(answer.body, what)
        self._last_body = answer.body
        self._last_list = ProcessList(found.processes, found.rejected, unchanged=True)
        return found

    async def process(self, ref: str) -> Process:
        """``GET /processes/{ref}``."""
        what = self._what(f"process {ref}")
        answer = await self._http.get(self._process_url(ref), what=what, headers=self._headers)
        return self._one_process(answer.body, what)

    async def start(self, request: StartRequest) -> Process:
        """``POST /processes`` with the fields that differ from their defaults."""
        what = self._what(f"start of {one_line(request.command, 80)}")
        body: dict[str, object] = {"command": request.command}
        optional = {
            "args": list(request.args),
            "env": request.env,
            "working_dir": request.working_dir,
            "name": request.name,
            "restart": request.restart,
            "health_check": request.health_check,
            "stdin_mode": "pipe" if request.stdin_pipe else None,
        }
        body |= {key: value for key, value in optional.items() if value}
        answer = await self._post(f"{self._base}/processes", what, json.dumps(body).encode(), "application/json")
        return self._one_process(answer, what)

    async def signal(self, ref: str, number: int) -> None:
        """``POST /processes/{ref}/signal``."""
        body = json.dumps({"signal": number}).encode()
        what = self._what(f"signal {number} to process {ref}")
        await self._post(f"{self._process_url(ref)}/signal", what, body, "application/json")

    async def kill(self, ref: str) -> None:
        """``DELETE /processes/{ref}``."""
        what = self._what(f"kill of process {ref}")
        await self._http.send("DELETE", self._process_url(ref), what=what, headers=self._headers)

    async def restart(self, ref: str) -> Process:
        """``POST /processes/{ref}/restart``."""
        what = self._what(f"restart of process {ref}")
        return self._one_process(await self._post(f"{self._process_url(ref)}/restart", what), what)

    async def write_stdin(self, ref: str, content: bytes) -> None:
        """``POST /processes/{ref}/stdin``."""
        what = self._what(f"stdin of process {ref}")
        await self._post(f"{self._process_url(ref)}/stdin", what, content, "application/octet-stream")

    async def close_stdin(self, ref: str) -> None:
        """``POST /processes/{ref}/stdin/close``."""
        await self._post(f"{self._process_url(ref)}/stdin/close", self._what(f"end of stdin of process {ref}"))

    async def snapshot(
        self, ref: str, stream: Stream, *, held: HeldPrefix | None = None, max_bytes: int = 32 * 2**20
    ) -> OutputSnapshot:
        """``GET /processes/{ref}/{stream}``; what ``held`` covers is skipped where the bytes agree with last time."""
        known = self._marks.pop((ref, stream), ())
        skip = usable_mark(known, held.count - len(held.tail)) if held else None
        body, size, truncated = await self._read_snapshot(ref, stream, skip, max_bytes)
        found = _reconciled(body, held, size, truncated)
        if found is None:
            # It does not go on from where the last answer or the caller stands: all lines are needed.
            body, size, truncated = await self._read_snapshot(ref, stream, None, max_bytes)
            found = _reconciled(body, held, size, truncated) or _whole(body, size, truncated, matched=False)
        if body.marks:
            self._marks[(ref, stream)] = tuple(body.marks)
            if len(self._marks) > _REMEMBERED_LOGS:
                self._marks.popitem(last=False)
        return found

    def follow(self, ref: str, stream: Stream) -> AbstractAsyncContextManager[AsyncIterator[StreamBatch]]:
        """``GET /processes/{ref}/{stream}/follow``. One attempt: whether to come back is for the caller to decide."""
        return self._follow(f"{self._process_url(ref)}/{stream.value}/follow", self._what(f"{stream.value} of {ref}"))

    async def list_directory(self, path: str) -> tuple[FileEntry, ...]:
        """``GET /files/list?path=``."""
        what = self._what(f"folder {one_line(path, 200)}")
        url = f"{self._base}/files/list"
        answer = await self._http.get(url, what=what, headers=self._headers, params={"path": path})
        entries = wire.decoded_object(answer.body, what).get("entries")
        return wire.records(entries, wire.file_entry_from, what)[0]

    async def read_file(self, path: str, *, max_bytes: int) -> FileContent:
        """``GET /files?path=``, ended at ``max_bytes``."""
        what, url = self._what(f"file {one_line(path, 200)}"), f"{self._base}/files"
        content = bytearray()
        async with self._http.stream(url, what=what, headers=self._headers, params={"path": path}) as response:
            with errors_mapped(what, url):
                async for piece in response.aiter_bytes():
                    content += piece
                    if len(content) > max_bytes:
                        return FileContent(path, bytes(content[:max_bytes]), truncated=True)
        return FileContent(path, bytes(content))

    def _what(self, of: str) -> str:
        return f"{of} in sandbox {self._sandbox_id}"

    def _process_url(self, ref: str) -> str:
        """The URL of a process. Names may hold anything but are one segment, also where they consist of dots."""
        segment = quote(ref, safe="")
        return f"{self._base}/processes/{segment.replace('.', '%2E') if not segment.strip('.') else segment}"

    async def _post(self, url: str, what: str, content: bytes = b"", content_type: str = "") -> bytes:
        headers = {**self._headers, "Content-Type": content_type} if content_type else self._headers
        return (await self._http.send("POST", url, what=what, headers=headers, content=content)).body

    def _one_process(self, body: bytes, what: str) -> Process:
        try:
            return wire.process_from(wire.decoded(body, what), self._sandbox_id)
        except wire.BadRecord:
            raise ProtocolError(f"{what}: the answer is no process record", where=what) from None

    def _parsed_list(self, body: bytes, what: str) -> ProcessList:
        """The list, record by record; a record whose bytes are those of last time is the same object as last time."""
        try:
            raw = _split_records(body).processes
        except (msgspec.DecodeError, RecursionError):
            raw = None
        if raw is None:
            self._last_records = {}
            items = wire.decoded_object(body, what).get("processes")
            return ProcessList(*wire.records(items, lambda item: wire.process_from(item, self._sandbox_id), what))
        known, self._last_records = self._last_records, {}
        good: list[Process] = []
        for record in raw:
            key = bytes(record)
            try:
                found = known.get(key) or wire.process_from(wire.decoded(key, what), self._sandbox_id)
            except (wire.BadRecord, ProtocolError):
                continue
            self._last_records[key] = found
            good.append(found)
        return ProcessList(tuple(good), len(raw) - len(good))

    async def _read_snapshot(
        self, ref: str, stream: Stream, skip: Mark | None, max_bytes: int
    ) -> tuple[SnapshotBody, int, bool]:
        what, url = self._what(f"{stream.value} of {ref}"), f"{self._process_url(ref)}/{stream.value}"
        body = SnapshotBody(what, skip)
        size = since_pause = 0
        async with self._http.stream(url, what=what, headers=self._headers) as response:
            with errors_mapped(what, url):
                async for data in response.aiter_bytes():
                    data = data[: max_bytes - size]
                    size += len(data)
                    for piece in body.pieces(data):
                        body.decode(piece)
                        since_pause += len(piece)
                        if since_pause >= SLICE:
                            since_pause = 0
                            await asyncio.sleep(0)
                    if size >= max_bytes or body.disagrees:
                        break
        body.finish(truncated=size >= max_bytes or body.disagrees)
        return body, size, size >= max_bytes and not body.is_complete

    @asynccontextmanager
    async def _follow(self, url: str, what: str) -> AsyncIterator[AsyncIterator[StreamBatch]]:
        headers = {**self._headers, "Accept": "text/event-stream", "Cache-Control": "no-store"}
        opened = self._http.stream(url, what=what, headers=headers, timeouts=STREAM_TIMEOUTS, attempts=1)
        async with opened as response:
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != "text/event-stream":
                shown = one_line(kind, 80) or "no content type"
                raise ProtocolError(f"{what}: an event stream was expected, not {shown}", where=what)
            async with batches_of(_stream_pieces(response, what, url), what) as batches:
                yield batches


async def _stream_pieces(response: httpx.Response, what: str, url: str) -> AsyncIterator[bytes]:
    try:
        with errors_mapped(what, url):
            async for piece in response.aiter_bytes():
                yield piece
    except ConnectionFailed as error:
        raise StreamInterrupted(error.message, "this says nothing about the process") from None


def _whole(body: SnapshotBody, size: int, truncated: bool, *, matched: bool) -> OutputSnapshot:
    return OutputSnapshot(body.lines, 0, matched, truncated, size, body.dropped)


def _reconciled(body: SnapshotBody, held: HeldPrefix | None, size: int, truncated: bool) -> OutputSnapshot | None:
    """The snapshot after what is ``held``, where the lines agree with it; None where skipped lines are needed."""
    if body.disagrees:
        return None
    if held is None or held.count == 0:
        return _whole(body, size, truncated, matched=True)
    if body.is_skipping:
        # The ceiling came before anything new did.
        return OutputSnapshot([], held.count, True, truncated, size, body.dropped)
    begin = held.count - len(held.tail) - body.first
    end = held.count - body.first
    there = body.lines[max(0, begin) : end]
    expected = held.tail[: len(there)] if truncated else held.tail
    if begin >= 0 and (truncated or len(body.lines) >= end) and _same_lines(there, expected):
        return OutputSnapshot(body.lines[end:], held.count, True, truncated, size, body.dropped)
    return None if body.first else _whole(body, size, truncated, matched=False)


def _same_lines(one: Sequence[RawLine], other: Sequence[RawLine]) -> bool:
    """True when both are equal, a trailing CR aside, of which snapshots strip one more than streams do."""
    return [a.rstrip("\r") for a in one] == [b.rstrip("\r") for b in other]

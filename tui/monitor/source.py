"""Reads the source around a frame from the sandbox's own file system, with as few and as small requests as possible.

Every request counts as activity of the sandbox. So nothing is asked while it may not be contacted, a file is read only
after the listing of its folder told its size, and what was read is kept as long as time and size stay the same.
"""

from __future__ import annotations

import posixpath
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from tui.core.errors import BoxscopeError, ConnectionFailed, NotFoundError, NotRunning
from tui.core.format import size
from tui.core.models import FileEntry, Process
from tui.core.ports import SandboxApi
from tui.core.source import CONTEXT, MAX_BYTES, SourceView, candidates, source_view, unresolvable
from tui.core.tracebacks.model import Frame

CACHED_BYTES = 8 * MAX_BYTES
"""Bytes of files that are kept."""
NO_CONTACT = "the sandbox is not contacted now"


@dataclass(frozen=True, slots=True)
class _Version:
    """One state of one file."""

    path: str
    modified_at: int | None
    size: int | None


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of the sandbox as it was read."""

    path: str
    content: bytes
    modified_at: int | None

    def view(self, frame: Frame, process: Process, *, context: int = CONTEXT) -> SourceView:
        """The lines around the line of ``frame``."""
        return source_view(
            self.content,
            frame,
            path=self.path,
            modified_at=self.modified_at,
            started_at=process.started_at,
            context=context,
        )


class SourceReader:
    """The source files of one sandbox."""

    def __init__(
        self,
        api: Callable[[], SandboxApi | None],
        *,
        may_contact: Callable[[], bool] = lambda: True,
        own_paths: tuple[str, ...] = (),
    ) -> None:
        """``api`` gives the way to the sandbox or None; ``may_contact`` is asked before every request as well."""
        self._api = api
        self._may_contact = may_contact
        self._own_paths = own_paths
        self._kept: OrderedDict[_Version, bytes] = OrderedDict()
        self._bytes = 0

    async def around(self, process: Process, frame: Frame, *, context: int = CONTEXT) -> SourceView:
        """The source around ``frame`` of ``process``. An expected error is not raised: the view says what it was."""
        found = await self.file(process, frame)
        if isinstance(found, str):
            return unresolvable(frame, found)
        return found.view(frame, process, context=context)

    async def file(self, process: Process, frame: Frame) -> SourceFile | str:
        """The file that ``frame`` of ``process`` names, or words for why it is not to be had."""
        paths = candidates(frame, process, self._own_paths)
        if isinstance(paths, str):
            return paths
        reason = ""
        for path in paths:
            try:
                found = await self._content(path)
            except (ConnectionFailed, NotRunning) as error:
                return error.message
            except BoxscopeError as error:
                reason = reason or _words(path, error)
                continue
            return found if isinstance(found, str) else SourceFile(path, *found)
        return reason

    async def _content(self, path: str) -> tuple[bytes, int | None] | str:
        """Content and time of a file, or words for why it is not read. Raises BoxscopeError."""
        api = self._contact()
        if api is None:
            return NO_CONTACT
        folder, _, name = path.rpartition("/")
        entry = _entry(await api.list_directory(folder or "/"), name)
        if entry is None:
            raise NotFoundError(f"{path} is not there", status=404)
        if entry.is_dir:
            return f"{path} is a folder"
        if entry.size is not None and entry.size > MAX_BYTES:
            return f"{path} has {size(entry.size)}; only files up to {size(MAX_BYTES)} are read"
        version = _Version(path, entry.modified_at, entry.size)
        content = self._kept.get(version)
        if content is None:
            api = self._contact()
            if api is None:
                return NO_CONTACT
            read = await api.read_file(path, max_bytes=MAX_BYTES)
            if read.truncated:
                return f"{path} has more than {size(MAX_BYTES)}"
            content = read.content
            self._keep(version, content)
        else:
            self._kept.move_to_end(version)
        return content, entry.modified_at

    def _contact(self) -> SandboxApi | None:
        return self._api() if self._may_contact() else None

    def _keep(self, version: _Version, content: bytes) -> None:
        if version.modified_at is None:
            # Without a time, a change of the same length would not be noticed.
            return
        for other in [kept for kept in self._kept if kept.path == version.path]:
            self._bytes -= len(self._kept.pop(other))
        self._kept[version] = content
        self._bytes += len(content)
        while self._bytes > CACHED_BYTES:
            self._bytes -= len(self._kept.popitem(last=False)[1])


def _entry(entries: tuple[FileEntry, ...], name: str) -> FileEntry | None:
    return next((entry for entry in entries if entry.name == name), None)


def _words(path: str, error: BoxscopeError) -> str:
    if isinstance(error, NotFoundError):
        return f"{posixpath.basename(path)} is not in {posixpath.dirname(path)}"
    return error.message

"""Files of this machine over ``/api/v1/files`` and ``/api/v1/files/list``, with the rights of the user.

Only regular files are read: a device or a named pipe could keep a request waiting for ever.
"""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from tui.core.errors import ApiError
from tui.local.bodies import read_body
from tui.local.responses import StreamedBody

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.requests import Request

BLOCK = 256 * 1024
BYTES = "application/octet-stream"


async def read_file(request: Request) -> Response:
    """``GET /api/v1/files?path=``: the whole file, streamed."""
    path = _path(request)
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _refusal(path, error) from error
    mode = os.fstat(file).st_mode
    if not stat.S_ISREG(mode):
        os.close(file)
        code = "IS_DIRECTORY" if stat.S_ISDIR(mode) else "NOT_A_FILE"
        raise ApiError(f"{path} is not a regular file", status=400, code=code)
    if request.method == "HEAD":
        os.close(file)
        return Response(media_type=BYTES)
    return StreamedBody(_blocks(file), BYTES)


async def write_file(request: Request) -> Response:
    """``PUT /api/v1/files?path=``: replaces the file, creating its directories."""
    path = _path(request)
    content = await read_body(request)
    try:
        await asyncio.to_thread(_write, path, content)
    except OSError as error:
        raise _refusal(path, error) from error
    return Response(status_code=204)


async def delete_file(request: Request) -> Response:
    """``DELETE /api/v1/files?path=``: removes one file."""
    path = _path(request)
    try:
        path.unlink()
    except OSError as error:
        if path.is_dir():
            raise ApiError(f"{path} is a directory", status=400, code="IS_DIRECTORY") from error
        raise _refusal(path, error) from error
    return Response(status_code=204)


async def list_directory(request: Request) -> Response:
    """``GET /api/v1/files/list?path=``: one level, directories first, then by name; links are not followed."""
    path = _path(request)
    try:
        entries = await asyncio.to_thread(_entries, path)
    except OSError as error:
        raise _refusal(path, error) from error
    return JSONResponse({"path": request.query_params["path"], "entries": entries})


def _path(request: Request) -> Path:
    text = request.query_params.get("path")
    if not text:
        raise ApiError("the query parameter path is missing", status=400, code="INVALID_PATH")
    if "\0" in text:
        raise ApiError("the path holds a NUL", status=400, code="INVALID_PATH")
    path = Path(text)
    if ".." in path.parts:
        raise ApiError("the path has a parent-directory component", status=403, code="PATH_TRAVERSAL")
    return path


def _refusal(path: Path, error: OSError) -> ApiError:
    if isinstance(error, FileNotFoundError):
        return ApiError(f"{path} does not exist", status=404, code="NOT_FOUND")
    if isinstance(error, NotADirectoryError):
        return ApiError(f"{path} is not a directory", status=400, code="NOT_A_DIRECTORY")
    if isinstance(error, IsADirectoryError):
        return ApiError(f"{path} is a directory", status=400, code="IS_DIRECTORY")
    if isinstance(error, PermissionError):
        return ApiError(f"{path}: permission denied", status=403, code="PERMISSION_DENIED")
    return ApiError(f"{path}: {error.strerror or error}", status=400, code="INVALID_PATH")


async def _blocks(file: int) -> AsyncGenerator[bytes, None]:
    try:
        while block := await asyncio.to_thread(os.read, file, BLOCK):
            yield block
    finally:
        os.close(file)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _entries(path: Path) -> list[dict[str, Any]]:
    entries = []
    with os.scandir(path) as found:
        for entry in found:
            status = entry.stat(follow_symlinks=False)
            is_dir = entry.is_dir(follow_symlinks=False)
            size = None if is_dir else status.st_size
            # Names need not be valid text on disk; JSON has to be.
            name = os.fsencode(entry.name).decode(errors="replace")
            modified = int(status.st_mtime * 1000)
            entries.append({"name": name, "is_dir": is_dir, "size": size, "modified_at": modified})
    return sorted(entries, key=lambda entry: (not entry["is_dir"], entry["name"]))

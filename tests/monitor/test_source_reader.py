"""Reading source from a real sandbox: what is asked, what is kept, and when nothing may be asked."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes import FakeApi, process
from tui.core.models import FileContent, FileEntry, Process
from tui.core.ports import SandboxApi
from tui.core.profile import Profile
from tui.core.source import MAX_BYTES, Staleness
from tui.core.tracebacks.model import Frame
from tui.io.connector import HttpConnector
from tui.local.server import LocalSandbox
from tui.monitor.source import NO_CONTACT, SourceReader

SOURCE = "import time\n\n\ndef main():\n    time.sleep(600)\n"


class Counting:
    """The real API of a sandbox, which counts what is asked of its files."""

    def __init__(self, api: SandboxApi) -> None:
        self._api = api
        self.asked: list[str] = []

    async def list_directory(self, path: str) -> tuple[FileEntry, ...]:
        self.asked.append(f"list {path}")
        return await self._api.list_directory(path)

    async def read_file(self, path: str, *, max_bytes: int) -> FileContent:
        self.asked.append(f"read {path}")
        return await self._api.read_file(path, max_bytes=max_bytes)

    def __getattr__(self, name: str) -> object:
        return getattr(self._api, name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "agent.py").write_text(SOURCE)
    return tmp_path


@pytest.fixture
def box(clean_environment: Path) -> LocalSandbox:
    with LocalSandbox("box") as sandbox:
        yield sandbox


@pytest.fixture
async def api(box: LocalSandbox) -> AsyncIterator[Counting]:
    connection = HttpConnector(os.environ, Path.home(), Path.cwd(), box.token).connect(Profile(sandbox_url=box.url))
    yield Counting(connection.sandbox_api(connection.direct_sandbox()))
    await connection.aclose()


def reader(api: Counting, **options: object) -> SourceReader:
    return SourceReader(lambda: api, **options)  # type: ignore[arg-type, return-value]


def started_after(path: Path) -> Process:
    return process(7, started_at=int(path.stat().st_mtime * 1000) + 1000)


async def test_the_lines_are_read_from_the_sandbox_and_kept(api: Counting, folder: Path) -> None:
    path = folder / "src" / "agent.py"
    source, frame = reader(api), Frame(str(path), 5, "main", "time.sleep(600)")
    for _ in range(3):
        view = await source.around(started_after(path), frame)
        assert view.staleness is Staleness.FRESH
        assert view.lines[view.highlighted - view.first] == "    time.sleep(600)"  # type: ignore[operator]
    assert api.asked == [f"list {path.parent}", f"read {path}", f"list {path.parent}", f"list {path.parent}"]


async def test_a_changed_file_is_read_again_and_said_to_have_changed(api: Counting, folder: Path) -> None:
    path = folder / "src" / "agent.py"
    source, frame, watched = reader(api), Frame(str(path), 4, "main", "def main():"), started_after(path)
    assert (await source.around(watched, frame)).staleness is Staleness.FRESH
    path.write_text(SOURCE + "main()\n")
    os.utime(path, (watched.started_at / 1000 + 60, watched.started_at / 1000 + 60))
    changed = await source.around(watched, frame)
    assert (changed.staleness, changed.lines[-1]) == (Staleness.CHANGED, "main()")
    path.write_text("# new\n" + SOURCE)
    differs = await source.around(watched, frame)
    assert differs.staleness is Staleness.DIFFERS
    assert differs.printed == "def main():"


async def test_a_relative_path_is_found_through_the_roots_or_the_working_directory(
    api: Counting, box: LocalSandbox, folder: Path
) -> None:
    record = box.start_process(
        {"command": sys.executable, "args": ["-c", "import time; time.sleep(600)"], "working_dir": str(folder)}
    )
    running = process(int(record["pid"]), started_at=int(record["started_at"]) + 60_000)
    frame = Frame("src/agent.py", 5, "main")
    view = await reader(api).around(running, frame)
    assert view.path == f"/proc/{running.pid}/cwd/src/agent.py"
    assert view.lines[0] == "import time"
    by_root = await reader(api, own_paths=("/nowhere", str(folder))).around(process(7, ended_at=1, exit_code=1), frame)
    assert by_root.path == str(folder / "src" / "agent.py")


async def test_a_large_file_is_not_read(api: Counting, folder: Path) -> None:
    path = folder / "bundle.js"
    path.write_bytes(b"x" * (MAX_BYTES + 1))
    view = await reader(api).around(process(7), Frame(str(path), 1, "f"))
    assert view.staleness is Staleness.UNRESOLVABLE
    assert "1.0 MB" in view.reason
    assert api.asked == [f"list {folder}"]


@pytest.mark.parametrize(
    ("name", "words"), [("gone.py", "gone.py is not in"), ("src", "is a folder"), ("nodir/a.py", "a.py is not in")]
)
async def test_what_is_not_there_is_said(api: Counting, folder: Path, name: str, words: str) -> None:
    view = await reader(api).around(process(7), Frame(str(folder / name), 1, "f"))
    assert view.staleness is Staleness.UNRESOLVABLE
    assert words in view.reason


async def test_bytes_that_are_no_text_are_shown_escaped(api: Counting, folder: Path) -> None:
    path = folder / "latin.py"
    path.write_bytes(b"# caf\xe9\r\nx = 1\r\n")
    view = await reader(api).around(process(7), Frame(str(path), 1, "f"))
    assert view.lines == ("# caf\ufffd", "x = 1")


async def test_nothing_is_asked_where_the_sandbox_may_not_be_contacted(folder: Path) -> None:
    api = FakeApi()
    frame = Frame(str(folder / "src" / "agent.py"), 5, "main")
    for source in (
        SourceReader(lambda: None),
        SourceReader(lambda: api, may_contact=lambda: False),  # type: ignore[arg-type, return-value]
    ):
        view = await source.around(process(7), frame)
        assert (view.staleness, view.reason) == (Staleness.UNRESOLVABLE, NO_CONTACT)
    assert api.requests == []


async def test_frames_without_a_file_cost_no_request(api: Counting) -> None:
    for file in ("<string>", "<frozen runpy>", "node:internal/timers", None):
        assert (await reader(api).around(process(7), Frame(file, 1, "f"))).staleness is Staleness.UNRESOLVABLE
    assert api.asked == []


async def test_a_sandbox_that_does_not_answer_is_said(unused_tcp_port: int) -> None:
    profile = Profile(sandbox_url=f"http://127.0.0.1:{unused_tcp_port}")
    connection = HttpConnector(os.environ, Path.home(), Path.cwd(), "token").connect(profile)
    gone = Counting(connection.sandbox_api(connection.direct_sandbox()))
    view = await reader(gone).around(process(7), Frame("/w/a.py", 1, "f"))
    assert view.staleness is Staleness.UNRESOLVABLE
    assert view.reason
    await connection.aclose()

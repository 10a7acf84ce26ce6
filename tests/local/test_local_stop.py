"""Nothing of the sandbox outlives it, however it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from local_client import wait_for

from tui.local import server
from tui.local.server import LocalSandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local_client import Client

# A program that owns a sandbox with a child, a grandchild and an escaped grandchild, and says where they are.
OWNER = """
import json, sys, time
from tui.local.server import LocalSandbox
with LocalSandbox() as sandbox:
    source = "sleep 60 & echo $!; setsid sleep 60 & sleep 60"
    record = sandbox.start_process({"command": "sh", "args": ["-c", source]})
    ignoring = "trap '' TERM HUP INT; echo ready; while :; do sleep 0.1; done"
    deaf = sandbox.start_process({"command": "sh", "args": ["-c", ignoring]})
    print(json.dumps([record["pid"], deaf["pid"], str(sandbox.directory)]), flush=True)
    %s
"""


def group_members(mark: int) -> list[int]:
    """Pids of living processes in the process group ``mark``."""
    listing = subprocess.run(["ps", "-A", "-o", "pid=,pgid=,stat="], capture_output=True, text=True, check=True)
    rows = [line.split() for line in listing.stdout.splitlines()]
    return [int(pid) for pid, group, state in rows if int(group) == mark and not state.startswith("Z")]


def sessions_of(directory: str) -> list[str]:
    listing = subprocess.run(["ps", "-A", "-o", "args="], capture_output=True, text=True, check=True)
    return [line for line in listing.stdout.splitlines() if directory in line]


@pytest.fixture
def owner() -> Iterator[tuple[subprocess.Popen[str], int, int, str]]:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER % "time.sleep(60)"], stdout=subprocess.PIPE, text=True, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        pid, deaf, directory = json.loads(process.stdout.readline())
        yield process, pid, deaf, directory
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_nothing_is_left_when_the_owner_is_killed(
    owner: tuple[subprocess.Popen[str], int, int, str], number: signal.Signals
) -> None:
    process, pid, deaf, directory = owner
    wait_for(lambda: len(group_members(pid)) >= 2)
    process.send_signal(number)
    process.wait(20)
    wait_for(lambda: not group_members(pid) and not group_members(deaf))
    wait_for(lambda: not Path(directory).exists())
    wait_for(lambda: not sessions_of(directory))


@pytest.mark.skipif(sys.platform != "linux", reason="finding what left its process group needs /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_what_left_its_group_is_ended_too(
    owner: tuple[subprocess.Popen[str], int, int, str], number: signal.Signals
) -> None:
    process, pid, _, _ = owner
    environment = Path(f"/proc/{pid}/environ")
    mark = next(item for item in environment.read_bytes().split(b"\0") if item.startswith(b"BOXSCOPE_PROCESS="))

    def marked() -> list[str]:
        found = []
        for candidate in Path("/proc").glob("[0-9]*/environ"):
            try:
                if mark in candidate.read_bytes().split(b"\0"):
                    found.append(candidate.parent.name)
            except OSError:
                continue
        return found

    wait_for(lambda: len(marked()) == 4)
    process.send_signal(number)
    process.wait(20)
    wait_for(lambda: not marked())


def test_stop_ends_processes_threads_and_logs(make_sandbox) -> None:
    threads = threading.active_count()
    client: Client = make_sandbox()
    pids = [client.shell("sleep 60 & sleep 60 & wait")["pid"] for _ in range(3)]
    pids.append(client.shell("trap '' TERM; echo deaf; while :; do sleep 0.1; done")["pid"])
    client.first_lines(pids[-1], 1)
    client.shell("exit 1", name="again", restart={"policy": "always", "initial_backoff_ms": 1})
    directory = client.sandbox.directory
    client.http.close()
    client.sandbox.stop()
    for pid in pids:
        assert group_members(pid) == []
    assert not directory.exists()
    assert sessions_of(str(directory)) == []
    assert threading.active_count() == threads
    client.sandbox.stop()


def test_a_sandbox_can_be_started_again() -> None:
    sandbox = LocalSandbox()
    for _ in range(2):
        with sandbox:
            record = sandbox.start_process({"command": "true"})
            assert record["handle"] == 1


def test_the_main_thread_keeps_its_signal_handlers() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    with LocalSandbox():
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


def test_a_start_that_fails_is_reported_and_can_be_repeated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sandbox = LocalSandbox()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    with pytest.raises(server.LocalServerError, match="no place for its logs"):
        sandbox.start()
    monkeypatch.undo()
    sandbox.start()
    sandbox.stop()


def test_the_guardian_may_be_killed(make_sandbox) -> None:
    client: Client = make_sandbox()
    guardian = client.sandbox._supervisor._guardian
    os.kill(guardian.pid, signal.SIGKILL)
    guardian.wait(20)
    process = client.shell("sleep 60")
    client.kill(process["pid"])
    assert client.finished(process["pid"])["signal"] == signal.SIGKILL

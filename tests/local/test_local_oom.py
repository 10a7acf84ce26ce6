"""A death for want of memory is told from other deaths by SIGKILL, where the kernel lets us make one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

OWNER = """
import json, pathlib, sys, os, time
pathlib.Path(sys.argv[1], "cgroup.procs").write_text(str(os.getpid()))
from tui.local.server import LocalSandbox
greedy = "kept = []\\nwhile True: kept.append(bytearray(1 << 20))"
with LocalSandbox() as sandbox:
    pids = [
        sandbox.start_process({"command": sys.executable, "args": ["-c", greedy]})["pid"],
        sandbox.start_process({"command": "sh", "args": ["-c", "kill -9 $$"]})["pid"],
    ]
    supervisor = sandbox._supervisor
    while any(supervisor.get(str(pid)).is_running for pid in pids):
        time.sleep(0.01)
    records = [supervisor.describe(supervisor.get(str(pid))) for pid in pids]
    print(json.dumps(records))
"""


@pytest.fixture
def small_cgroup() -> Iterator[Path]:
    """A memory cgroup of 200 MB below our own, in the first hierarchy that allows it."""
    membership = Path("/proc/self/cgroup")
    if not membership.exists():
        pytest.skip("this system has no cgroups")
    for line in membership.read_text().splitlines():
        _, controllers, group = line.split(":", 2)
        root = Path("/sys/fs/cgroup", "memory" if controllers else "")
        path = root / group.lstrip("/") / "boxscope-test"
        limit = "memory.limit_in_bytes" if controllers else "memory.max"
        if controllers not in {"", "memory"}:
            continue
        try:
            path.mkdir()
        except OSError:
            continue
        try:
            (path / limit).write_text(str(200 * 2**20))
        except OSError:
            path.rmdir()
            continue
        yield path
        path.rmdir()
        return
    pytest.skip("no memory cgroup can be made here (it takes privileges)")


def test_the_kernel_tells_which_death_was_its_own(small_cgroup: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", OWNER, str(small_cgroup)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    greedy, killed = json.loads(done.stdout)
    assert (greedy["status"], greedy["signal"], greedy["oom_killed"]) == ("oom_killed", 9, True)
    assert (killed["status"], killed["signal"], killed["oom_killed"]) == ("signaled", 9, False)

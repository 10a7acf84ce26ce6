"""The embedded sandbox as a process of its own: asked without waiting, and gone with whoever started it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

from tui.core.errors import LocalServerError
from tui.local.separate import SeparateSandbox

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no embedded sandbox on Windows")


def get(sandbox: SeparateSandbox, path: str) -> dict[str, object]:
    request = urllib.request.Request(
        f"{sandbox.url}/api/v1{path}", headers={"Authorization": f"Bearer {sandbox.token}"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        content: dict[str, object] = json.load(answer)
    return content


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until_gone(*pids: int) -> None:
    deadline = time.monotonic() + 10
    while left := [pid for pid in pids if is_there(pid)]:
        assert time.monotonic() < deadline, f"left behind: {left}"
        time.sleep(0.02)


def test_requests_are_carried_out_in_order_and_answered_when_asked() -> None:
    with SeparateSandbox("box") as sandbox:
        first = sandbox.start_process({"command": "sh", "args": ["-c", "echo one >&2"]})
        second = sandbox.start_process({"command": "sleep", "args": ["60"]})
        assert sandbox.record(second)["command"] == "sleep"
        assert sandbox.record(first)["command"] == "sh"
        listed = get(sandbox, "/processes")["processes"]
        assert isinstance(listed, list)
        assert {each["pid"] for each in listed} == {sandbox.record(first)["pid"], sandbox.record(second)["pid"]}
        ended = sandbox.end_process(str(sandbox.record(second)["pid"]))
        assert ended["signal"] == signal.SIGKILL


def test_leaving_ends_the_processes() -> None:
    with SeparateSandbox("box") as sandbox:
        pid = int(sandbox.record(sandbox.start_process({"command": "sleep", "args": ["60"]}))["pid"])
        assert is_there(pid)
    assert not is_there(pid)
    with pytest.raises(LocalServerError, match="has ended"):
        sandbox.end_process(str(pid))


def test_what_is_refused_says_why_and_the_next_request_is_served() -> None:
    with SeparateSandbox("box") as sandbox:
        refused = sandbox.start_process({"args": ["no command"]})
        accepted = sandbox.start_process({"command": "true"})
        with pytest.raises(LocalServerError, match="command"):
            sandbox.record(refused)
        assert sandbox.record(accepted)["command"] == "true"


def test_a_sandbox_that_cannot_be_says_why() -> None:
    with pytest.raises(LocalServerError, match="Not A Name"):
        SeparateSandbox("Not A Name")


CALLER = """
import sys
from tui.local.separate import SeparateSandbox
sandbox = SeparateSandbox("box")
started = sandbox.record(sandbox.start_process({"command": "sleep", "args": ["60"]}))
print(started["pid"], sandbox._child.pid, flush=True)
sys.stdin.read()
"""


def test_nothing_outlives_a_caller_that_was_killed() -> None:
    caller = subprocess.Popen([sys.executable, "-c", CALLER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert caller.stdin is not None
    assert caller.stdout is not None
    with caller.stdin, caller.stdout:
        process, sandbox = map(int, caller.stdout.readline().split())
        assert is_there(process)
        caller.kill()
        caller.wait()
        wait_until_gone(process, sandbox)


def test_a_killed_sandbox_is_told_and_takes_its_processes_along() -> None:
    with SeparateSandbox("box") as sandbox:
        process = int(sandbox.record(sandbox.start_process({"command": "sleep", "args": ["60"]}))["pid"])
        sandbox._child.kill()
        with pytest.raises(LocalServerError, match="has ended"):
            sandbox.end_process(str(process))
        wait_until_gone(process)

"""Two sandboxes in one dashboard, each served by a program of its own and reached through a profile of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from terminal import ROOT, Terminal, console_script

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no ptys on Windows")

PROGRAM = "import sys\nprint('this is', sys.argv[1], file=sys.stderr)\n{}['choices']\n"
MEMBER = re.compile(r" (run-\d) +\d+ +– +stderr:2 ")
"""A row of the members of a group: sandbox, pid, run and place."""


def environment(**extra: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **extra}


@contextmanager
def served(name: str, program: Path) -> Iterator[dict[str, Any]]:
    """A sandbox of this name, in which the program has failed."""
    server = subprocess.Popen(
        [*console_script(), "serve", "--name", name],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment(),
    )
    assert server.stdout is not None
    try:
        ready = json.loads(server.stdout.readline())
        token = Path(ready["token_file"]).read_text().strip()
        with httpx.Client(base_url=f"{ready['url']}/api/v1", headers={"Authorization": f"Bearer {token}"}) as client:
            request = {"command": sys.executable, "args": [str(program), name]}
            pid = client.post("/processes", json=request).json()["pid"]
            while not client.get(f"/processes/{pid}").json().get("ended_at"):
                pass
        yield {**ready, "token": token, "process": pid}
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(10)
        server.stdout.close()


@pytest.fixture
def two(tmp_path: Path) -> Iterator[dict[str, dict[str, Any]]]:
    """Two sandboxes, and a profile for each: one through its control plane, one by its URL."""
    program = tmp_path / "agent.py"
    program.write_text(PROGRAM)
    with ExitStack() as stack:
        boxes = {name: stack.enter_context(served(name, program)) for name in ("run-7", "run-6")}
        for name, *where in (
            ("run-7", "--api-url", boxes["run-7"]["url"]),
            ("run-6", "--sandbox-url", boxes["run-6"]["url"]),
        ):
            key = f"KEY_OF_{name[-1]}"
            options = ["--sandbox", name, "--api-key-env", key, *where]
            subprocess.run([*console_script(), "profiles", "add", name, *options], env=environment(), check=True)
        yield boxes


def test_a_group_leads_from_one_sandbox_to_the_other(two: dict[str, dict[str, Any]]) -> None:
    keys = {"KEY_OF_7": two["run-7"]["token"], "KEY_OF_6": two["run-6"]["token"]}
    with Terminal("run-7", "run-6", columns=160, lines=50, environment=keys) as terminal:
        terminal.wait_for("this is run-7")
        terminal.wait_for(re.compile(r"run-7  1 of 2  1 failing elsewhere"))
        terminal.wait_for("run-6 ×1  run-7 ×1")
        terminal.press("1")
        terminal.wait_for("2 watched")
        terminal.press("down", "enter")
        terminal.wait_for("this is run-6")
        terminal.wait_for(re.compile(r"run-6  2 of 2  1 failing elsewhere"))
        # The members of the group: the one of the other sandbox leads back there.
        terminal.press("4", "enter")
        members = MEMBER.findall(terminal.wait_for(lambda screen: len(MEMBER.findall(screen)) == 2))
        assert sorted(members) == ["run-6", "run-7"]
        terminal.press(*["down"] * members.index("run-7"), "enter")
        terminal.wait_for("this is run-7")
        terminal.wait_for("run-7  1 of 2")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
        terminal.assert_restored()
        terminal.assert_nothing_left()

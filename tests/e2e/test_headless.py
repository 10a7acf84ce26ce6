"""The headless commands at a real terminal, against ``boxscope serve`` as a separate program."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from terminal import ROOT, Terminal, console_script


@pytest.fixture
def served() -> Iterator[dict[str, Any]]:
    """Where the embedded sandbox is; one process in it has failed, in red and with a hostile title."""
    server = subprocess.Popen(
        [*console_script(), "serve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert server.stdout is not None
    try:
        ready = json.loads(server.stdout.readline())
        headers = {"Authorization": f"Bearer {Path(ready['token_file']).read_text().strip()}"}
        program = r"import sys; sys.stderr.write('\x1b[31mred alert\x1b[0m\x1b]0;owned\x07\n'); import nosuch"
        with httpx.Client(base_url=f"{ready['url']}/api/v1", headers=headers) as client:
            pid = client.post("/processes", json={"command": sys.executable, "args": ["-c", program]}).json()["pid"]
            while not client.get(f"/processes/{pid}").json().get("ended_at"):
                pass
        yield {**ready, "process": str(pid)}
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0
        server.stdout.close()


def test_ps_at_a_terminal_is_coloured(served: dict[str, Any]) -> None:
    with Terminal("ps", "--url", served["url"], "--token-file", served["token_file"], columns=160) as terminal:
        assert terminal.wait_exit() == 0
        assert "ModuleNotFoundError: No module named 'nosuch'" in terminal.text()
        assert terminal.colours_of(served["process"]) == {"red"}
        terminal.assert_restored()


def test_logs_at_a_terminal_keep_colours_and_nothing_else(served: dict[str, Any]) -> None:
    reach = ("--url", served["url"], "--token-file", served["token_file"])
    with Terminal("logs", *reach, served["process"]) as terminal:
        assert terminal.wait_exit() == 0
        assert terminal.colours_of("red alert") == {"cd0000"}
        assert terminal.colours_of("ModuleNotFoundError") == {"default"}
        assert b"owned" not in terminal.received
        terminal.assert_restored()


def test_ctrl_c_ends_following(served: dict[str, Any]) -> None:
    reach = ("--url", served["url"], "--token-file", served["token_file"])
    headers = {"Authorization": f"Bearer {Path(served['token_file']).read_text().strip()}"}
    program = "import sys, time; print('at work', file=sys.stderr, flush=True); time.sleep(600)"
    started = httpx.post(
        f"{served['url']}/api/v1/processes",
        json={"command": sys.executable, "args": ["-c", program], "name": "worker"},
        headers=headers,
    )
    assert started.status_code == 201
    with Terminal("logs", *reach, "worker", "-f") as terminal:
        terminal.wait_for("at work")
        terminal.press("ctrl+c")
        assert terminal.wait_exit() == 130
        assert "Traceback" not in terminal.text()
        terminal.assert_restored()

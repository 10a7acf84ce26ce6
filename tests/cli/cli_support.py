"""The command line as a child process: how it is started, and what became of it."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tui.local.server import LocalSandbox

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Done:
    """What became of one run of the command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """stdout as one JSON document."""
        return json.loads(self.out)

    @property
    def records(self) -> list[dict[str, Any]]:
        """stdout as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def error(self) -> Any:
        """stderr as one JSON document."""
        return json.loads(self.err)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tui", *arguments]


def child_environment(**extra: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **extra}


Boxscope = Callable[..., Done]


def start(sandbox: LocalSandbox, program: str, **fields: Any) -> int:
    """Start a Python program in the sandbox; gives its pid."""
    record = sandbox.start_process({"command": sys.executable, "args": ["-u", "-c", program], **fields})
    return int(record["pid"])


def wait_until_ended(sandbox: LocalSandbox, *pids: int) -> None:
    """Return when the sandbox says of all these processes that they have ended."""
    for pid in pids:
        url = f"{sandbox.url}/api/v1/processes/{pid}"
        while not httpx.get(url, headers={"Authorization": f"Bearer {sandbox.token}"}).json().get("ended_at"):
            time.sleep(0.02)

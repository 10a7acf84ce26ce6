"""The demo: a small agent stack of real programs that crash, chatter, restart, hang and end well.

The programs lie in ``programs``. They are copied into a directory of their own, so that the paths in their tracebacks
are readable files, and run by the interpreter that runs us.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
from pathlib import Path
from typing import Any

PROGRAMS = Path(__file__).parent / "programs"
RESTARTS = {"initial_backoff_ms": 1000, "max_backoff_ms": 20_000}


def demo_scenario(directory: str | os.PathLike[str]) -> tuple[dict[str, Any], ...]:
    """Write the demo programs into ``directory`` and give the start requests for them, in the order to send them.

    Each request is a body of ``POST /api/v1/processes``. Raises OSError where the directory cannot be written.
    """
    home = Path(directory)
    home.mkdir(parents=True, exist_ok=True)
    for program in sorted(PROGRAMS.glob("[!_]*.py")):
        shutil.copyfile(program, home / program.name)
    port = _free_port()
    health_check = {
        "type": "http",
        "port": port,
        "path": "/health",
        "initial_delay_ms": 1000,
        "interval_ms": 2000,
        "timeout_ms": 1000,
    }
    return (
        _request(home, "api.py", name="api", env={"PORT": str(port)}, health_check=health_check),
        _request(home, "worker.py", name="worker", restart={"policy": "on_failure", **RESTARTS}),
        _request(home, "agent.py", name="agent", restart={"policy": "on_failure", **RESTARTS}),
        _request(home, "tick.py", name="tick", restart={"policy": "always", **RESTARTS}),
        _request(home, "gateway.py"),
        _request(home, "cache.py", stdin_mode="pipe"),
        _request(home, "embed.py"),
        _request(home, "fetch.py"),
        _request(home, "report.py"),
        _request(home, "index.py"),
    )


def _request(home: Path, program: str, env: dict[str, str] | None = None, **fields: Any) -> dict[str, Any]:
    # Without PYTHONUNBUFFERED standard output would arrive in blocks, long after it was printed.
    return {
        "command": sys.executable,
        "args": [program],
        "working_dir": str(home),
        "env": {"PYTHONUNBUFFERED": "1", **(env or {})},
        **fields,
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

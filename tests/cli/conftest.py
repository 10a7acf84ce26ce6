"""The embedded sandbox, and the command line to point at it."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_support import Boxscope, Done, child_environment, command

from tui.local.server import LocalSandbox


@pytest.fixture
def boxscope(tmp_path: Path) -> Boxscope:
    """Runs the command to its end, in an empty directory."""

    def run(*arguments: str, **extra: str) -> Done:
        done = subprocess.run(
            command(*arguments),
            cwd=tmp_path,
            env=child_environment(**extra),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "Traceback (most recent call last)" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def sandbox(clean_environment: Path) -> Iterator[LocalSandbox]:
    """The embedded sandbox, without processes."""
    with LocalSandbox("box") as server:
        yield server


@pytest.fixture
def token_file(sandbox: LocalSandbox, tmp_path: Path) -> str:
    path = tmp_path / "token"
    sandbox.write_token_file(path)
    return str(path)


@pytest.fixture
def reach(sandbox: LocalSandbox, token_file: str) -> tuple[str, ...]:
    """Options that lead to the sandbox."""
    return ("--url", sandbox.url, "--token-file", token_file)


@pytest.fixture
def unused_url() -> Iterator[str]:
    """A URL of this machine where nobody listens; the port stays ours meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"

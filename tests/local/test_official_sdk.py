"""The official SDK, unmodified and in its own virtual environment, judges the embedded sandbox."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import tui

if TYPE_CHECKING:
    from local_client import Client

PYTHON = Path(__file__).parents[2] / ".venv-sdk" / "bin" / "python"


@pytest.mark.sdk
def test_the_official_sdk_finds_everything_in_order(fresh: Client, tmp_path: Path) -> None:
    if not PYTHON.exists():
        reason = "the official SDK is not installed in .venv-sdk (make sdk)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "LC_ALL": "C.UTF-8",
        "TENSORLAKE_API_KEY": fresh.sandbox.token,
        "SDK_DRIVER_DIRECTORY": str(tmp_path),
    }
    driver = Path(__file__).with_name("sdk_driver.py")
    done = subprocess.run(
        [PYTHON, driver, fresh.sandbox.url, fresh.sandbox.name],
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)

    (sandbox,) = seen["sandboxes"]
    assert (sandbox["name"], sandbox["status"]) == ("local", "running")
    assert seen["connected"] == fresh.sandbox.sandbox_id
    assert seen["health"]["healthy"] is True
    assert seen["info"]["version"] == tui.__version__

    assert seen["started"]["status"] == "running"
    assert (seen["finished"]["status"], seen["finished"]["exit_code"]) == ("exited", 3)
    assert [process["pid"] for process in seen["listed"]] == [seen["started"]["pid"]]
    assert (seen["stdout"]["lines"], seen["stdout"]["line_count"]) == (["out"], 1)
    assert seen["stderr"]["lines"] == ["err"]
    assert seen["output"]["lines"] == ["out", "err"]
    assert [event["line"] for event in seen["followed_stdout"]] == ["out"]
    assert [event["line"] for event in seen["followed_stderr"]] == ["err"]
    assert [(event["stream"], event["line"]) for event in seen["followed_output"]] == [
        ("stdout", "out"),
        ("stderr", "err"),
    ]

    assert seen["managed"]["name"] == "web 1 é"
    assert seen["managed"]["restart"]["policy"] == "on_failure"
    assert seen["by_name"] is True
    assert seen["restarted"] == [True, 1]
    assert (seen["stopped"]["signal"], seen["stopped"]["managed"]["status"]) == (15, "stopped")
    assert (seen["signalled"]["status"], seen["signalled"]["signal"]) == ("signaled", 15)
    assert (seen["killed"]["status"], seen["killed"]["signal"]) == ("signaled", 9)
    assert seen["typed"] == ["typed"]
    assert seen["run"] == [5, "a", "b"]

    assert seen["read"] == "content"
    assert [entry["name"] for entry in seen["directory"]["entries"]] == ["a b ü.txt"]
    assert "4000000000" in seen["unknown_process"]
    assert "does not exist" in seen["unknown_file"]
    assert seen["unknown_sandbox"].startswith("SandboxNotFoundError")
    assert "401" in seen["wrong_token"]
    assert list(tmp_path.glob("*.txt")) == []

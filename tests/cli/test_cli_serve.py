"""``boxscope serve`` as a program: what it prints, what it leaves, how it ends."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from cli_support import Boxscope, child_environment, command


@contextmanager
def serving(*arguments: str, **extra: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """The program once it is ready, and the line that it printed."""
    process = subprocess.Popen(
        command("serve", *arguments),
        env=child_environment(**extra),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def get(ready: dict[str, Any], path: str) -> httpx.Response:
    token = Path(ready["token_file"]).read_text().strip()
    return httpx.get(ready["url"] + path, headers={"Authorization": f"Bearer {token}"}, timeout=10)


def test_one_json_line_says_where_it_is() -> None:
    with serving() as (process, ready):
        assert set(ready) == {"url", "sandbox", "token_file", "pid"}
        assert ready["pid"] == process.pid
        assert ready["url"].startswith("http://127.0.0.1:")
        assert get(ready, "/api/v1/health").status_code == 200
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=20)
        assert rest == ""


def test_the_token_file_is_private_and_goes_with_the_server() -> None:
    with serving() as (process, ready):
        path = Path(ready["token_file"])
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert path.is_relative_to(os.environ["XDG_RUNTIME_DIR"])
        process.send_signal(signal.SIGINT)
        process.wait(20)
        assert not path.parent.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_is_an_orderly_stop(number: signal.Signals) -> None:
    with serving() as (process, ready):
        started = httpx.post(
            f"{ready['url']}/api/v1/processes",
            json={"command": "sleep", "args": ["600"]},
            headers={"Authorization": f"Bearer {Path(ready['token_file']).read_text().strip()}"},
        ).json()
        process.send_signal(number)
        assert process.wait(20) == 0
        with pytest.raises(ProcessLookupError):
            os.kill(started["pid"], 0)


def test_the_token_can_be_preset_and_is_never_printed() -> None:
    token = "a-token-of-our-own"
    with serving(BOXSCOPE_SERVE_TOKEN=token) as (process, ready):
        assert httpx.get(ready["url"] + "/api/v1/info", headers={"Authorization": f"Bearer {token}"}).status_code == 200
        assert httpx.get(ready["url"] + "/api/v1/info").status_code == 401
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
        assert token not in out + err + json.dumps(ready)


def test_name_and_port_are_taken() -> None:
    with serving("--name", "mybox") as (_, first):
        listing = get(first, "/v1/namespaces/default/sandboxes").json()
        assert [box["name"] for box in listing["sandboxes"]] == ["mybox"]


def test_a_port_in_use_is_an_error(boxscope: Boxscope) -> None:
    with serving() as (_, ready):
        done = boxscope("serve", "--port", ready["url"].rpartition(":")[2])
    assert done.code == 1
    assert done.out == ""
    assert "cannot listen" in done.err


def test_an_impossible_name_is_an_error(boxscope: Boxscope) -> None:
    done = boxscope("serve", "--name", "No Name")
    assert done.code == 1
    assert "No Name" in done.err

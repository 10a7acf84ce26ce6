"""Drives the official SDK against a sandbox and prints what it got, as JSON. Run by the SDK's own interpreter.

Usage: ``sdk_driver.py URL NAME`` with the token in ``TENSORLAKE_API_KEY``.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

from tensorlake.sandbox import Sandbox

URL, NAME = sys.argv[1:]
ACCESS = {"api_url": URL, "api_key": os.environ["TENSORLAKE_API_KEY"]}


def plain(value: Any) -> Any:
    """A model as JSON."""
    return json.loads(value.value.model_dump_json() if hasattr(value, "value") else value.model_dump_json())


def finished(sandbox: Sandbox, process: int | str) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while (record := plain(sandbox.get_process(process)))["status"] == "running":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return record


def main() -> dict[str, Any]:
    seen: dict[str, Any] = {}
    seen["sandboxes"] = [plain(item) for item in Sandbox.list(**ACCESS)]
    sandbox = Sandbox.connect(NAME, **ACCESS)
    seen["connected"] = sandbox.sandbox_id
    seen["health"] = plain(sandbox.health())
    seen["info"] = plain(sandbox.daemon_info())

    printing = sandbox.start_process("sh", args=["-c", "echo out; echo err >&2; exit 3"], env={"A": "1"})
    seen["started"] = plain(printing)
    pid = seen["started"]["pid"]
    seen["finished"] = finished(sandbox, pid)
    seen["listed"] = [plain(item) for item in sandbox.list_processes()]
    for kind in ("stdout", "stderr", "output"):
        seen[kind] = plain(getattr(sandbox, f"get_{kind}")(pid))
        seen[f"followed_{kind}"] = [plain(item) for item in getattr(sandbox, f"follow_{kind}")(pid)]

    web = {"name": "web 1 é", "restart": {"policy": "on_failure"}}
    first = plain(sandbox.start_process("sleep", args=["60"], **web))
    seen["managed"] = first["managed"]
    seen["by_name"] = plain(sandbox.get_process("web 1 é"))["pid"] == first["pid"]
    second = plain(sandbox.restart_process("web 1 é"))
    seen["restarted"] = [second["pid"] != first["pid"], second["managed"]["restart_count"]]
    sandbox.kill_process("web 1 é")
    seen["stopped"] = finished(sandbox, "web 1 é")

    sleeper = plain(sandbox.start_process("sleep", args=["60"]))["pid"]
    sandbox.send_signal(sleeper, 15)
    seen["signalled"] = finished(sandbox, sleeper)
    sleeper = plain(sandbox.start_process("sleep", args=["60"]))["pid"]
    sandbox.kill_process(sleeper)
    seen["killed"] = finished(sandbox, sleeper)

    reader = plain(sandbox.start_process("cat", stdin_mode="pipe"))
    sandbox.write_stdin(reader["pid"], b"typed\n")
    sandbox.close_stdin(reader["pid"])
    finished(sandbox, reader["pid"])
    seen["typed"] = plain(sandbox.get_stdout(reader["pid"]))["lines"]

    result = sandbox.run("sh", args=["-c", "echo a; echo b >&2; exit 5"], timeout=20).value
    seen["run"] = [result.exit_code, result.stdout, result.stderr]

    directory = os.environ["SDK_DRIVER_DIRECTORY"]
    path = f"{directory}/a b ü.txt"
    sandbox.write_file(path, b"content")
    seen["read"] = bytes(sandbox.read_file(path).value).decode()
    seen["directory"] = plain(sandbox.list_directory(directory))
    sandbox.delete_file(path)
    for name, call in {
        "unknown_process": lambda: sandbox.get_process(4000000000),
        "unknown_file": lambda: sandbox.read_file(path),
        "unknown_sandbox": lambda: Sandbox.connect("unknown", **ACCESS),
        "wrong_token": lambda: Sandbox.connect(NAME, api_url=URL, api_key="wrong"),
    }.items():
        try:
            call()
        except Exception as error:  # noqa: BLE001 - the SDK's own error types are what is looked at
            seen[name] = f"{type(error).__name__}: {error}"
    return seen


if __name__ == "__main__":
    print(json.dumps(main()))

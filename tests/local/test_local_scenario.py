"""The demo runs: every program starts, and the failures are the ones that it is meant to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_client import Client, wait_for

from tui.local.requests import parse_start
from tui.local.scenario import demo_scenario

if TYPE_CHECKING:
    from pathlib import Path


def test_the_demo_shows_what_it_promises(fresh: Client, tmp_path: Path) -> None:
    pids = {}
    for request in demo_scenario(tmp_path / "demo"):
        parse_start(request)
        pids[request["args"][0]] = fresh.sandbox.start_process(request)["pid"]

    def ended(program: str) -> tuple[str, int | None, str]:
        process = fresh.finished(pids[program])
        return process["status"], process["exit_code"], "\n".join(fresh.lines(process["pid"], "stderr"))

    crash = fresh.finished(pids["agent.py"])
    assert (crash["exit_code"], crash["managed"]["name"]) == (1, "agent")
    trace = "\n".join(fresh.lines(crash["pid"], "stderr"))
    assert "json.decoder.JSONDecodeError: " in trace
    assert "The above exception was the direct cause of the following exception:" in trace
    assert "planning.PlanError: reply 1 is not a plan" in trace
    assert f'File "{tmp_path}/demo/planning.py", line' in trace
    wait_for(lambda: fresh.get("agent")["managed"]["restart_count"] >= 1)

    status, code, text = ended("embed.py")
    assert (status, code) == ("exited", 0)
    assert "Traceback" not in text
    status, code, text = ended("report.py")
    assert (status, code) == ("exited", 0)
    assert "FileNotFoundError: " in text
    status, code, text = ended("fetch.py")
    assert (status, code) == ("exited", 1)
    assert "ExceptionGroup: unhandled errors in a TaskGroup (2 sub-exceptions)" in text
    assert "first attempt" in text
    status, code, text = ended("index.py")
    assert (status, code) == ("signaled", None)
    assert "Fatal Python error: Segmentation fault" in text
    assert fresh.get(pids["index.py"])["signal"] == 11

    wait_for(lambda: fresh.get("api")["managed"]["health_status"] == "healthy")
    wait_for(lambda: any("\x1b[33m" in line for line in fresh.lines("worker", "stderr")))
    assert fresh.first_lines(pids["gateway.py"], 1, "stderr")[0].startswith('{"level": 30')
    cache = fresh.get(pids["cache.py"])
    assert (cache["status"], cache["stdin_writable"]) == ("running", True)
    fresh.http.post(f"/api/v1/processes/{cache['pid']}/stdin", content=b"set a 1\nget a\n")
    assert fresh.first_lines(cache["pid"], 2) == ["ok", "1"]
    assert fresh.lines(cache["pid"], "stderr") == []
    wait_for(lambda: fresh.get("tick")["managed"]["restart_count"] >= 1)

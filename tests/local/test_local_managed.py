"""Managed processes: names, restarts, backoff, health checks, graceful stops."""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING

import pytest
from local_client import Client, wait_for

from tui.local.requests import RestartPolicy

if TYPE_CHECKING:
    from pathlib import Path

QUICK = {"initial_backoff_ms": 10, "max_backoff_ms": 20}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_name_addresses_the_process(client: Client) -> None:
    process = client.shell("echo up; sleep 60", name="web 1 é?#%")
    managed = process["managed"]
    assert managed["name"] == "web 1 é?#%"
    assert (managed["status"], managed["restart_count"], managed["health_status"]) == ("running", 0, "disabled")
    assert managed["restart"]["policy"] == "never"
    assert (
        managed["health_check"] is managed["last_exit"] is managed["last_error"] is managed["next_restart_at"] is None
    )
    address = "web%201%20%C3%A9%3F%23%25"
    assert client.get(address) == client.get(process["pid"])
    assert client.first_lines(address, 1) == ["up"]
    assert client.signal(address, signal.SIGKILL).status_code == 200
    assert client.finished(address)["signal"] == signal.SIGKILL


def test_a_name_is_taken_until_its_process_has_stopped(client: Client) -> None:
    first = client.shell("sleep 60", name="web")
    body = {"command": "sleep", "args": ["60"], "name": "web"}
    answer = client.http.post("/api/v1/processes", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "NAME_TAKEN")
    client.kill("web")
    client.finished("web")
    second = client.shell("sleep 60", name="web")
    assert second["managed"]["id"] != first["managed"]["id"]
    assert client.get("web")["pid"] == second["pid"]
    assert client.get(first["pid"])["status"] == "signaled"


def test_a_crash_is_restarted_until_the_limit(fresh: Client, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    first = fresh.shell(
        f"echo run >> {runs}; echo crashed $$ >&2; exit 3",
        name="crasher",
        restart={"policy": "on_failure", "max_restarts": 3, **QUICK},
    )
    stopped = wait_for(lambda: found if (found := fresh.get("crasher"))["managed"]["status"] == "stopped" else None)
    assert stopped["managed"]["restart_count"] == 3
    assert stopped["managed"]["last_exit"]["exit_code"] == 3
    assert stopped["managed"]["last_exit"]["ended_at"] == stopped["ended_at"]
    assert stopped["managed"]["id"] == first["managed"]["id"]
    assert stopped["pid"] != first["pid"]
    assert stopped["handle"] != first["handle"]
    assert runs.read_text() == "run\n" * 4
    # Every run has a log of its own, and the list has only the latest run.
    assert fresh.lines(first["pid"], "stderr") == [f"crashed {first['pid']}"]
    assert fresh.lines("crasher", "stderr") == [f"crashed {stopped['pid']}"]
    assert [process["pid"] for process in fresh.list()] == [stopped["pid"]]


def test_backing_off_is_shown_and_can_be_ended(client: Client) -> None:
    client.shell("exit 1", name="slow", restart={"policy": "always", "initial_backoff_ms": 60_000})
    waiting = wait_for(lambda: found if (found := client.get("slow"))["managed"]["status"] == "backing_off" else None)
    assert (waiting["status"], waiting["exit_code"]) == ("exited", 1)
    assert waiting["managed"]["next_restart_at"] >= waiting["ended_at"] + 29_000
    assert client.kill("slow").status_code == 204
    stopped = client.get("slow")["managed"]
    assert (stopped["status"], stopped["next_restart_at"]) == ("stopped", None)
    assert (client.kill("slow").status_code, client.kill("slow").json()["code"]) == (500, "NOT_RUNNING")


@pytest.mark.parametrize(("policy", "code", "restarts"), [("never", 1, 0), ("on_failure", 0, 0), ("always", 0, 2)])
def test_policies(client: Client, policy: str, code: int, restarts: int) -> None:
    client.shell(f"exit {code}", name="one", restart={"policy": policy, "max_restarts": 2, **QUICK})
    stopped = wait_for(lambda: found if (found := client.get("one"))["managed"]["status"] == "stopped" else None)
    assert stopped["managed"]["restart_count"] == restarts


def test_a_program_that_vanished_is_an_error_of_the_restart(client: Client, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\nread x\nexit 1\n")
    program.chmod(0o755)
    restart = {"policy": "on_failure", "max_restarts": 2, **QUICK}
    process = client.start(str(program), name="gone", restart=restart, stdin_mode="pipe")
    program.unlink()
    client.http.post(f"/api/v1/processes/{process['pid']}/stdin/close")
    stopped = wait_for(lambda: found if (found := client.get("gone"))["managed"]["status"] == "stopped" else None)
    assert "No such file" in stopped["managed"]["last_error"]
    assert stopped["managed"]["restart_count"] == 2


def test_backoff_doubles_up_to_its_limit() -> None:
    policy = RestartPolicy("always", None, 500, 3000)
    assert [policy.backoff_ms(failures) for failures in (1, 2, 3, 4, 5, 1000)] == [500, 1000, 2000, 3000, 3000, 3000]
    assert RestartPolicy("always", None, 0, 0).backoff_ms(1) == 10


def test_restart_starts_a_new_run(client: Client) -> None:
    first = client.shell("echo up; trap 'echo down; exit 0' TERM; while :; do sleep 0.01; done", name="web")
    client.first_lines("web", 1)
    answer = client.http.post("/api/v1/processes/web/restart")
    assert answer.status_code == 200
    second = answer.json()
    assert second["pid"] != first["pid"]
    assert second["status"] == "running"
    assert second["managed"]["restart_count"] == 1
    assert second["managed"]["id"] == first["managed"]["id"]
    assert second["managed"]["last_exit"]["exit_code"] == 0
    assert client.lines(first["pid"]) == ["up", "down"]


def test_a_stopped_process_can_be_restarted(client: Client) -> None:
    client.shell("true", name="once")
    client.finished("once")
    assert client.http.post("/api/v1/processes/once/restart").json()["managed"]["restart_count"] == 1


def test_what_ignores_sigterm_is_killed_after_its_grace(client: Client) -> None:
    source = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf'); time.sleep(60)"
    client.python(source, name="deaf", stop_grace_ms=50, restart={"policy": "always", **QUICK})
    client.first_lines("deaf", 1)
    assert client.kill("deaf").status_code == 204
    stopped = client.finished("deaf")
    assert stopped["signal"] == signal.SIGKILL
    assert (stopped["managed"]["status"], stopped["managed"]["restart_count"]) == ("stopped", 0)


def test_restart_of_what_ignores_sigterm(client: Client) -> None:
    source = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf'); time.sleep(60)"
    first = client.python(source, name="deaf", stop_grace_ms=50)
    client.first_lines("deaf", 1)
    assert client.http.post("/api/v1/processes/deaf/restart").json()["pid"] != first["pid"]
    assert client.get(first["pid"])["signal"] == signal.SIGKILL


def test_only_managed_processes_can_be_restarted(client: Client) -> None:
    process = client.shell("sleep 60")
    answer = client.http.post(f"/api/v1/processes/{process['pid']}/restart")
    assert (answer.status_code, answer.json()["code"]) == (400, "NOT_MANAGED")


SERVICE = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/well" else 500)
        self.end_headers()
    def log_message(self, *args): pass
sys.stdin.readline()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
PROBING = {"initial_delay_ms": 0, "interval_ms": 10, "timeout_ms": 2000, "failure_threshold": 2}


@pytest.mark.parametrize("check", [{"type": "http", "path": "/well"}, {"type": "tcp"}])
def test_health_of_a_service_that_comes_up(client: Client, check: dict[str, str]) -> None:
    port = free_port()
    process = client.start(
        "python3",
        "-c",
        SERVICE,
        str(port),
        name="api",
        stdin_mode="pipe",
        health_check={**check, "port": port, **PROBING},
    )
    assert (process["managed"]["status"], process["managed"]["health_status"]) == ("starting", "starting")
    assert process["managed"]["health_check"]["port"] == port
    ill = wait_for(lambda: found if (found := client.get("api")["managed"])["health_status"] == "unhealthy" else None)
    assert ill["consecutive_health_failures"] >= 2
    assert "health check failed" in ill["last_error"]
    client.http.post("/api/v1/processes/api/stdin", content=b"\n")
    well = wait_for(lambda: found if (found := client.get("api")["managed"])["health_status"] == "healthy" else None)
    assert (well["status"], well["consecutive_health_failures"]) == ("running", 0)


def test_a_bad_status_is_unhealthy(client: Client) -> None:
    port = free_port()
    check = {"type": "http", "path": "/ill", "port": port, **PROBING}
    client.start("python3", "-c", SERVICE, str(port), name="api", stdin_mode="pipe", health_check=check)
    client.http.post("/api/v1/processes/api/stdin", content=b"\n")
    error = wait_for(lambda: found if "500" in str(found := client.get("api")["managed"]["last_error"]) else None)
    assert error == "health check failed: HTTP status 500"
    assert client.get("api")["status"] == "running"

"""Start, look, signal, kill: real processes over real HTTP."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest
from local_client import Client, wait_for

import tui


def exists(pid: int) -> bool:
    """Whether there is such a process, be it a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def alive(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    if not exists(pid):
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_health_and_info(fresh: Client) -> None:
    assert fresh.http.get("/api/v1/health").json() == {"healthy": True}
    fresh.shell("sleep 60")
    finished = fresh.shell("true")
    fresh.finished(finished["pid"])
    info = fresh.http.get("/api/v1/info").json()
    assert info["version"] == tui.__version__
    assert (info["running_processes"], info["total_processes"]) == (1, 2)
    assert info["uptime_secs"] >= 0


def test_a_started_process_is_described_by_its_request_and_a_handle(fresh: Client) -> None:
    before = time.time_ns() // 1_000_000
    process = fresh.shell("sleep 60; :", stdin_mode="pipe")
    assert process["status"] == "running"
    assert process["command"] == "sh"
    assert process["args"] == ["-c", "sleep 60; :"]
    assert process["stdin_writable"] is True
    assert process["exit_code"] is process["signal"] is process["ended_at"] is process["managed"] is None
    assert before <= process["started_at"] <= time.time_ns() // 1_000_000
    assert fresh.get(process["pid"]) == process
    assert fresh.list() == [process]
    assert alive(process["pid"])


def test_the_environment_is_added_to_and_the_working_directory_is_taken(client: Client, tmp_path: Path) -> None:
    source = "import os; print(os.environ['COLOUR'], os.environ['PATH'], os.getcwd())"
    process = client.python(source, env={"COLOUR": "green"}, working_dir=str(tmp_path))
    client.finished(process["pid"])
    assert client.lines(process["pid"]) == [f"green {os.environ['PATH']} {tmp_path.resolve()}"]


def test_the_token_of_the_server_is_not_inherited(make_sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOXSCOPE_SERVE_TOKEN", "from-the-environment")
    client = make_sandbox()
    assert client.sandbox.token == "from-the-environment"
    process = client.python("import os; print(os.environ.get('BOXSCOPE_SERVE_TOKEN'))")
    client.finished(process["pid"])
    assert client.lines(process["pid"]) == ["None"]


@pytest.mark.parametrize("code", [0, 1, 3, 255])
def test_exit_codes(client: Client, code: int) -> None:
    process = client.finished(client.shell(f"exit {code}")["pid"])
    assert (process["status"], process["exit_code"], process["signal"]) == ("exited", code, None)
    assert process["ended_at"] >= process["started_at"]
    assert process["oom_killed"] is False


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_deaths_by_signal(client: Client, number: signal.Signals) -> None:
    process = client.finished(client.shell(f"ulimit -c 0; kill -{number.value} $$")["pid"])
    assert (process["status"], process["exit_code"], process["signal"]) == ("signaled", None, number.value)
    assert process["oom_killed"] is False


def test_no_zombies_stay_behind(client: Client) -> None:
    pids = [client.shell("true")["pid"] for _ in range(20)]
    for pid in pids:
        client.finished(pid)
    assert not [pid for pid in pids if exists(pid)]


@pytest.mark.parametrize("refused", [False, True])
def test_ends_are_seen_where_the_system_has_no_pidfds(
    client: Client, monkeypatch: pytest.MonkeyPatch, refused: bool
) -> None:
    if refused:

        def refuse(pid: int) -> int:
            raise PermissionError

        monkeypatch.setattr(os, "pidfd_open", refuse, raising=False)
    else:
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    assert client.finished(client.shell("exit 3")["pid"])["exit_code"] == 3
    process = client.shell("sleep 60")
    client.kill(process["pid"])
    assert client.finished(process["pid"])["signal"] == signal.SIGKILL
    with pytest.raises(ProcessLookupError):
        os.kill(process["pid"], 0)


def test_a_signal_reaches_the_whole_group(client: Client) -> None:
    process = client.shell("trap 'echo caught; exit 7' USR1; sleep 60 & echo $!; wait")
    grandchild = int(client.first_lines(process["pid"], 1)[0])
    answer = client.signal(process["pid"], signal.SIGUSR1)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert client.finished(process["pid"])["exit_code"] == 7
    wait_for(lambda: not alive(grandchild))


@pytest.mark.parametrize("number", [0, 32, -1, 2**70])
def test_signal_numbers_outside_the_range_are_refused(client: Client, number: int) -> None:
    process = client.shell("sleep 60")
    answer = client.signal(process["pid"], number)
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_SIGNAL")
    assert client.get(process["pid"])["status"] == "running"


def test_signalling_a_finished_process_is_refused(client: Client) -> None:
    process = client.finished(client.shell("true")["pid"])
    answer = client.signal(process["pid"], signal.SIGTERM)
    assert (answer.status_code, answer.json()["code"]) == (400, "NOT_RUNNING")


def test_kill_takes_children_and_grandchildren(client: Client) -> None:
    process = client.shell("sh -c 'sleep 60 & echo $!; wait' & echo $!; wait")
    pids = [int(line) for line in client.first_lines(process["pid"], 2)]
    answer = client.kill(process["pid"])
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.finished(process["pid"])["signal"] == signal.SIGKILL
    for pid in pids:
        wait_for(lambda pid=pid: not alive(pid))


@pytest.mark.skipif(sys.platform != "linux", reason="finding what left its process group needs /proc")
def test_kill_takes_a_child_that_left_the_group(client: Client) -> None:
    source = "import os, subprocess, time; print(subprocess.Popen(['sleep', '60'], start_new_session=True).pid)"
    process = client.python(f"{source}; time.sleep(60)")
    pid = int(client.first_lines(process["pid"], 1)[0])
    client.kill(process["pid"])
    client.finished(process["pid"])
    wait_for(lambda: not alive(pid))


def test_killing_a_finished_process_says_so(client: Client) -> None:
    process = client.finished(client.shell("true")["pid"])
    answer = client.kill(process["pid"])
    assert (answer.status_code, answer.json()["code"]) == (500, "NOT_RUNNING")


@pytest.mark.parametrize("path", ["/api/v1/processes/4000000000", "/api/v1/processes/nobody"])
@pytest.mark.parametrize(
    ("method", "suffix", "body"),
    [
        ("GET", "", None),
        ("DELETE", "", None),
        ("POST", "/signal", {"signal": 15}),
        ("POST", "/restart", None),
        ("POST", "/stdin", None),
        ("POST", "/stdin/close", None),
    ],
)
def test_unknown_processes(client: Client, path: str, method: str, suffix: str, body: dict[str, int] | None) -> None:
    answer = client.http.request(method, path + suffix, json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


def test_a_number_that_is_no_pid(client: Client) -> None:
    answer = client.http.get("/api/v1/processes/4294967296")
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_PID")


def test_leaving_a_run_kills_its_group(fresh: Client) -> None:
    body = {"command": "sh", "args": ["-c", "sleep 60 & echo $!; wait"]}
    with fresh.http.stream("POST", "/api/v1/processes/run", json=body) as response:
        text = ""
        for chunk in response.iter_text():
            text += chunk
            if '"line"' in text:
                break
    (process,) = fresh.list()
    assert fresh.finished(process["pid"])["signal"] == signal.SIGKILL
    grandchild = int(fresh.lines(process["pid"])[0])
    wait_for(lambda: not alive(grandchild))

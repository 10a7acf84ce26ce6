"""Start, look, signal, kill: real processes over real HTTP."""

from __future__ import annotations

import hashlib
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


def test_failed_starts_leave_nothing_behind(fresh: Client) -> None:
    for _ in range(3):
        fresh.http.post("/api/v1/processes", json={"command": "definitely-not-a-command"})
    assert list(fresh.sandbox.directory.iterdir()) == []


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


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"command": "definitely-not-a-command"}, 500, "SPAWN_FAILED"),
        ({"command": "/"}, 500, "SPAWN_FAILED"),
        ({"command": "true", "working_dir": "/no/such/directory"}, 500, "SPAWN_FAILED"),
        ({}, 422, "INVALID_REQUEST"),
        ([], 422, "INVALID_REQUEST"),
        ({"command": ""}, 422, "INVALID_REQUEST"),
        ({"command": 1}, 422, "INVALID_REQUEST"),
        ({"command": "a\0b"}, 422, "INVALID_REQUEST"),
        ({"command": "true", "args": "x"}, 422, "INVALID_REQUEST"),
        ({"command": "true", "args": [1]}, 422, "INVALID_REQUEST"),
        ({"command": "true", "env": {"A": 1}}, 422, "INVALID_REQUEST"),
        ({"command": "true", "env": {"A=B": "1"}}, 422, "INVALID_REQUEST"),
        ({"command": "true", "stdin_mode": "tty"}, 422, "INVALID_REQUEST"),
        ({"command": "true", "name": "12"}, 422, "INVALID_REQUEST"),
        ({"command": "true", "name": "a/b"}, 422, "INVALID_REQUEST"),
        ({"command": "true", "restart": {"policy": "sometimes"}}, 422, "INVALID_REQUEST"),
        ({"command": "true", "restart": {"policy": "always", "max_restarts": -1}}, 422, "INVALID_REQUEST"),
        ({"command": "true", "health_check": {"type": "http"}}, 422, "INVALID_REQUEST"),
        ({"command": "true", "health_check": {"type": "tcp", "port": 70000}}, 422, "INVALID_REQUEST"),
        ({"command": "true", "user": "somebody-else"}, 400, "USER_NOT_SUPPORTED"),
        ({"command": "true", "user": {"uid": 54321}}, 400, "USER_NOT_SUPPORTED"),
        ({"command": "true", "user": 54321}, 400, "USER_NOT_SUPPORTED"),
    ],
)
def test_requests_that_cannot_be_carried_out(fresh: Client, body: object, status: int, code: str) -> None:
    answer = fresh.http.post("/api/v1/processes", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.json()["error"]
    assert fresh.list() == []


def test_a_failed_start_names_the_reason_of_the_system(client: Client) -> None:
    answer = client.http.post("/api/v1/processes", json={"command": "true", "working_dir": "/no/such/directory"})
    assert "/no/such/directory" in answer.json()["error"]
    assert "No such file or directory" in answer.json()["error"]


@pytest.mark.parametrize("user", [os.getuid(), str(os.getuid()), f"{os.getuid()}:{os.getgid()}", {"uid": os.getuid()}])
def test_the_own_user_may_be_named(client: Client, user: object) -> None:
    assert client.finished(client.shell("true", user=user)["pid"])["exit_code"] == 0


@pytest.mark.parametrize(
    ("content", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "MALFORMED_JSON"),
        (b"\xff", "application/json", 400, "MALFORMED_JSON"),
        (b'{"command": "true", "args": [NaN]}', "application/json", 400, "MALFORMED_JSON"),
        (b"[" * 100_000, "application/json", 400, "MALFORMED_JSON"),
        (b'{"command": "true"}', "text/plain", 415, "NOT_JSON"),
        (b'{"command": "true"}', None, 415, "NOT_JSON"),
    ],
)
def test_bodies_that_are_not_json(
    client: Client, content: bytes, content_type: str | None, status: int, code: str
) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    answer = client.http.post("/api/v1/processes", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_wrong_method_is_answered_in_json(client: Client) -> None:
    answer = client.http.put("/api/v1/processes")
    assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert "GET" in answer.headers["allow"]


def test_stdin_is_written_and_closed(client: Client) -> None:
    process = client.start("cat", stdin_mode="pipe")
    path = f"/api/v1/processes/{process['pid']}/stdin"
    assert client.http.post(path, content=b"one\ntw").status_code == 204
    assert client.http.post(path, content=b"o\n").status_code == 204
    assert client.http.post(f"{path}/close").status_code == 204
    assert client.http.post(f"{path}/close").status_code == 204
    assert client.finished(process["pid"])["exit_code"] == 0
    assert client.lines(process["pid"]) == ["one", "two"]
    answer = client.http.post(path, content=b"late")
    assert (answer.status_code, answer.json()["code"]) == (400, "STDIN_NOT_WRITABLE")


def test_much_stdin_arrives_whole(client: Client) -> None:
    process = client.python(
        "import sys, hashlib; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())", stdin_mode="pipe"
    )
    path = f"/api/v1/processes/{process['pid']}/stdin"
    content = os.urandom(1_500_000)
    for _ in range(3):
        assert client.http.post(path, content=content).status_code == 204
    client.http.post(f"{path}/close")
    client.finished(process["pid"])
    assert client.lines(process["pid"]) == [hashlib.sha256(content * 3).hexdigest()]


def test_a_process_that_does_not_read_cannot_fill_the_server(client: Client) -> None:
    process = client.shell("sleep 60", stdin_mode="pipe")
    path = f"/api/v1/processes/{process['pid']}/stdin"
    answers = [client.http.post(path, content=bytes(1_900_000)) for _ in range(6)]
    assert answers[0].status_code == 204
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (409, "STDIN_FULL")
    assert client.http.get("/api/v1/health").status_code == 200
    client.kill(process["pid"])


def test_stdin_without_a_pipe(client: Client) -> None:
    process = client.shell("sleep 60")
    assert process["stdin_writable"] is False
    for suffix in ("stdin", "stdin/close"):
        answer = client.http.post(f"/api/v1/processes/{process['pid']}/{suffix}")
        assert (answer.status_code, answer.json()["code"]) == (400, "STDIN_NOT_WRITABLE")


def test_run_streams_until_the_end(client: Client) -> None:
    first, *lines, last = client.run("sh", "-c", "echo out; sleep 0.05; echo err >&2; exit 4")
    assert first["pid"] > 0
    assert first["started_at"] > 0
    assert [(line["line"], line["stream"]) for line in lines] == [("out", "stdout"), ("err", "stderr")]
    assert all(line["timestamp"] >= first["started_at"] for line in lines)
    assert (last["exit_code"], last["reason"]) == (4, "exited")
    assert client.get(first["pid"])["handle"] == first["handle"]


def test_run_reports_a_signal(client: Client) -> None:
    *_, last = client.run("sh", "-c", "kill -9 $$")
    assert (last["signal"], last["reason"]) == (9, "signaled")


def test_run_ends_at_its_timeout(client: Client) -> None:
    first, *_, last = client.run("sh", "-c", "sleep 60 & wait", timeout=0.2)
    assert (last["signal"], last["reason"]) == (9, "timed_out")
    assert client.get(first["pid"])["status"] == "signaled"


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

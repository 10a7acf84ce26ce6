"""What the embedded sandbox refuses to start, standard input, and one-shot runs."""

from __future__ import annotations

import hashlib
import os

import pytest
from local_client import Client


def test_failed_starts_leave_nothing_behind(fresh: Client) -> None:
    for _ in range(3):
        fresh.http.post("/api/v1/processes", json={"command": "definitely-not-a-command"})
    assert list(fresh.sandbox.directory.iterdir()) == []


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

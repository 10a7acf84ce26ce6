"""What the embedded sandbox does when there is too much: bounded logs, full disks, many records, large answers."""

from __future__ import annotations

import os
import resource
import socket

import pytest
from local_client import FAST, Client, texts

from tui.local.output import LinesDropped, LogReader, StreamLog


def test_a_log_has_a_limit_and_says_what_it_dropped(make_sandbox) -> None:
    client = make_sandbox(log_limit=64 * 1024)
    process = client.finished(client.python("for n in range(20_000): print(f'line {n}')")["pid"])
    snapshot = client.output(process["pid"])
    dropped = snapshot["dropped_lines"]
    marker, *lines = snapshot["lines"]
    assert dropped > 0
    assert marker == f"[boxscope: {dropped} earlier lines dropped]"
    assert lines == [f"line {number}" for number in range(dropped, 20_000)]
    assert snapshot["line_count"] == len(lines) + 1
    assert texts(client.followed(process["pid"])) == [marker, *lines]
    files = list(client.sandbox.directory.glob("*/stdout.*"))
    assert 32 * 1024 < sum(file.stat().st_size for file in files) <= 64 * 1024


def test_a_reader_behind_the_limit_is_cut_off_and_not_skipped_ahead(make_sandbox) -> None:
    client = make_sandbox(log_limit=64 * 1024)
    process = client.python(FAST.format(count=400_000), stdin_mode="pipe")
    pid = process["pid"]
    request = f"GET /api/v1/processes/{pid}/stdout/follow HTTP/1.1\r\nHost: 127.0.0.1:{client.sandbox.port}\r\n"
    with socket.create_connection(("127.0.0.1", client.sandbox.port)) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        connection.sendall(f"{request}Authorization: Bearer {client.sandbox.token}\r\n\r\n".encode())
        assert connection.recv(12) == b"HTTP/1.1 200"
        client.http.post(f"/api/v1/processes/{pid}/stdin", content=b"go\n")
        client.finished(pid)
        connection.settimeout(20)
        received = b""
        while chunk := connection.recv(1 << 20):
            received += chunk
    assert not received.endswith(b"0\r\n\r\n")
    assert b"event: eof" not in received
    numbers = [int(part.split(b" ")[0]) for part in received.split(b'{"line":"')[1:-1]]
    assert numbers == list(range(len(numbers)))


def test_an_endless_line_is_cut_and_counted(make_sandbox) -> None:
    client = make_sandbox(log_limit=16 * 1024)
    process = client.finished(client.python("print('x' * 5000)")["pid"])
    snapshot = client.output(process["pid"])
    assert "".join(snapshot["lines"]) == "x" * 5000
    assert snapshot["cut_lines"] == len(snapshot["lines"]) - 1 == 2


def test_logs_are_private_and_gone_after_the_stop(make_sandbox) -> None:
    client = make_sandbox()
    process = client.shell("echo secret")
    client.first_lines(process["pid"], 1)
    directory = client.sandbox.directory
    assert directory.stat().st_mode & 0o777 == 0o700
    files = [path for path in directory.rglob("*") if path.is_file()]
    assert files
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    client.sandbox.stop()
    assert not directory.exists()


def test_a_large_log_is_served_without_being_held_in_memory(client: Client) -> None:
    source = "line = 'x' * 99\nfor _ in range(600): print('\\n'.join([line] * 1000))"
    process = client.finished(client.python(source)["pid"])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for path in ("stdout", "stdout/follow"):
        size = 0
        with client.http.stream("GET", f"/api/v1/processes/{process['pid']}/{path}") as response:
            for chunk in response.iter_raw():
                size += len(chunk)
        assert size > 60_000_000
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < (30_000_000 if os.uname().sysname == "Darwin" else 30_000)


def test_a_reader_whose_place_was_deleted_is_told(tmp_path) -> None:
    log = StreamLog(tmp_path, "stdout", 8192)
    log.append(b"first\n")
    reader = LogReader(log, 0)
    held = LogReader(log, 0, hold=True)
    stop = log.stop
    log.append(b"0123456789abcde\n" * 2000)
    assert log.counts.dropped_lines > 1
    with pytest.raises(LinesDropped):
        reader.read(log.stop)
    assert held.read(stop) == b"first\n"
    reader.close()
    held.close()
    log.delete()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_ends_the_stream_and_says_so(client: Client) -> None:
    # A limit on the size of files, as the nearest thing to a full disk.
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    process = client.python("input()\nfor n in range(2000): print('number', n)", stdin_mode="pipe")
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, hard))
        with client.follow(process["pid"]) as stream:
            client.http.post(f"/api/v1/processes/{process['pid']}/stdin", content=b"\n")
            lines = texts(stream)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "stdout is not captured any more" in client.get(process["pid"])["capture_error"]
    assert len(lines) < 2000
    assert lines == [f"number {number}" for number in range(len(lines))]
    assert client.lines(process["pid"]) == lines
    assert client.finished(process["pid"])["status"] in {"exited", "signaled"}


def test_the_oldest_records_are_forgotten(fresh: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.local.supervisor.RECORD_LIMIT", 5)
    running = fresh.shell("sleep 60")
    web = fresh.shell("echo web", name="web")
    pids = []
    for number in range(8):
        process = fresh.shell(f"echo {number}")
        pids.append(process["pid"])
        fresh.finished(process["pid"])
    listed = [process["pid"] for process in fresh.list()]
    assert listed == [running["pid"], *pids[-4:]]
    assert fresh.http.get(f"/api/v1/processes/{pids[0]}").status_code == 404
    assert fresh.http.get("/api/v1/processes/web").status_code == 404
    assert fresh.lines(web["pid"]) == []
    assert fresh.lines(pids[-1]) == ["7"]
    assert len(list(fresh.sandbox.directory.iterdir())) == 5

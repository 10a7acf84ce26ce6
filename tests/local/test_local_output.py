"""Snapshots and follow streams: every line once, in order, whoever reads however slowly."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from local_client import FAST, Client, events, texts, wait_for


def fast_lines(count: int) -> list[str]:
    return [f"{number} of many lines" for number in range(count)]


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        (b"", []),
        (b"a\nb\n", ["a", "b"]),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"a\r\r\n", ["a\r"]),
        (b"\n\n", ["", ""]),
        (b"10%\r50%\r100%\n", ["10%\r50%\r100%"]),
        (b"no end", ["no end"]),
        (b"no end\r", ["no end\r"]),
        (b"a\x00b\x1b[31m\x7f\x0b\x0c\n", ["a\x00b\x1b[31m\x7f\x0b\x0c"]),
        ("\u2028 \u2029 \x85 \ufeff é 😀\n".encode(), ["\u2028 \u2029 \x85 \ufeff é 😀"]),
        (b'quote " and \\ and \\n and \\\\n\nb\n', ['quote " and \\ and \\n and \\\\n', "b"]),
        (b"a\xff\xfeb\nc\n", ["a\ufffd\ufffdb", "c"]),
    ],
)
def test_lines(client: Client, written: bytes, lines: list[str]) -> None:
    process = client.finished(client.python(f"import os; os.write(2, {written!r})")["pid"])
    snapshot = client.output(process["pid"], "stderr")
    assert snapshot["lines"] == lines
    assert snapshot["line_count"] == len(lines)
    assert snapshot["pid"] == process["pid"]
    assert texts(client.followed(process["pid"], "stderr")) == lines


def test_invalid_utf8_is_counted_and_does_not_end_the_capture(client: Client) -> None:
    written = b"good\n\xff bad \xc3\x28\n" + "\ufffd fine\n".encode()
    process = client.finished(client.python(f"import os; os.write(2, {written!r}); os.write(2, b'after\\n')")["pid"])
    snapshot = client.output(process["pid"], "stderr")
    assert snapshot["lines"] == ["good", "\ufffd bad \ufffd(", "\ufffd fine", "after"]
    assert snapshot["invalid_sequences"] == 2


def test_output_is_stdout_then_stderr(client: Client) -> None:
    process = client.finished(client.shell("echo e1 >&2; echo o1; echo e2 >&2; echo o2")["pid"])
    assert client.lines(process["pid"], "output") == ["o1", "o2", "e1", "e2"]
    stream = client.followed(process["pid"], "output")
    tagged = [(event.fields["stream"], event.fields["line"]) for event in stream[:-1]]
    assert tagged == [("stdout", "o1"), ("stdout", "o2"), ("stderr", "e1"), ("stderr", "e2")]


def test_discarded_streams_are_empty_and_end(client: Client) -> None:
    process = client.shell("echo o; echo e >&2", stdout_mode="discard")
    client.finished(process["pid"])
    assert client.lines(process["pid"], "stdout") == []
    assert client.lines(process["pid"], "stderr") == ["e"]
    assert [event.name for event in client.followed(process["pid"], "stdout")] == ["eof"]


@pytest.mark.parametrize("kind", ["stdout", "stderr", "output"])
def test_an_unknown_pid_has_no_output_and_an_unknown_name_does_not_exist(client: Client, kind: str) -> None:
    assert client.output(4000000000, kind)["lines"] == []
    assert [event.name for event in client.followed(4000000000, kind)] == ["eof"]
    for path in (kind, f"{kind}/follow"):
        answer = client.http.get(f"/api/v1/processes/nobody/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


def test_replayed_lines_have_no_time_and_live_ones_do(client: Client) -> None:
    process = client.shell("echo before; read line; echo after", stdin_mode="pipe")
    client.first_lines(process["pid"], 1)
    with client.follow(process["pid"]) as stream:
        replayed = next(stream)
        assert (replayed.name, replayed.fields) == ("output", {"line": "before", "timestamp": 0})
        client.http.post(f"/api/v1/processes/{process['pid']}/stdin", content=b"\n")
        live = next(stream)
        assert live.fields["line"] == "after"
        assert live.fields["timestamp"] >= process["started_at"]
        assert [(event.name, event.fields) for event in stream] == [("eof", {})]


def test_an_unterminated_line_appears_only_at_the_end(client: Client) -> None:
    process = client.shell("printf 'first\\npassword: '; read line; exit 0", stdin_mode="pipe")
    assert client.first_lines(process["pid"], 1) == ["first"]
    with client.follow(process["pid"]) as stream:
        assert next(stream).fields["line"] == "first"
        client.http.post(f"/api/v1/processes/{process['pid']}/stdin", content=b"\n")
        assert texts(stream) == ["password: "]


def test_merged_live_lines_come_in_order_of_arrival(client: Client) -> None:
    source = "read x; for i in 1 2 3; do echo o$i; sleep 0.05; echo e$i >&2; sleep 0.05; done"
    process = client.shell(source, stdin_mode="pipe")
    with client.follow(process["pid"], "output") as stream:
        client.http.post(f"/api/v1/processes/{process['pid']}/stdin", content=b"\n")
        lines = [(event.fields["stream"], event.fields["line"]) for event in stream if event.name == "output"]
    assert lines == [(kind, f"{letter}{i}") for i in (1, 2, 3) for kind, letter in (("stdout", "o"), ("stderr", "e"))]


def test_the_stream_stays_open_while_a_grandchild_holds_the_pipe(client: Client) -> None:
    process = client.shell("exec 3<&0; (read x <&3; echo late) & echo first; exit 0", stdin_mode="pipe")
    assert client.finished(process["pid"])["exit_code"] == 0
    with client.follow(process["pid"]) as stream:
        assert next(stream).fields["line"] == "first"
        rest = list(stream)
    # Standard input is closed with the main process, so the grandchild reads its end and goes on.
    assert texts(rest) == ["late"]
    assert rest[-1].name == "eof"


def test_silence_is_filled_with_comments(make_sandbox) -> None:
    client = make_sandbox(keep_alive=0.05)
    process = client.shell("sleep 60")
    with client.follow(process["pid"]) as stream:
        assert [next(stream).name for _ in range(3)] == [":", ":", ":"]


def test_nothing_is_lost_doubled_or_reordered_between_replay_and_live(client: Client) -> None:
    count = 200_000
    process = client.python(FAST.format(count=count), stdin_mode="pipe")
    pid = process["pid"]
    client.http.post(f"/api/v1/processes/{pid}/stdin", content=b"go\n")

    later = []
    with ThreadPoolExecutor(4) as pool, client.follow(pid) as stream:
        lines = []
        for event in stream:
            if event.name == "output":
                lines.append(event.fields["line"])
            if len(lines) in {1, 1000, 50_000, count - 1} and len(later) < 4:
                later.append(pool.submit(client.followed, pid))
        seen = [lines, *(texts(future.result()) for future in later)]
    assert len(seen) == 5
    expected = fast_lines(count)
    for lines in seen:
        assert lines == expected
    assert client.lines(pid) == expected


def test_a_slow_reader_gets_every_line(client: Client) -> None:
    count = 200_000
    process = client.python(FAST.format(count=count), stdin_mode="pipe")
    pid = process["pid"]
    with client.follow(pid) as stream:
        client.http.post(f"/api/v1/processes/{pid}/stdin", content=b"go\n")
        # Nothing is read until the program has ended, so almost all of it waits on disk.
        client.finished(pid)
        assert texts(stream) == fast_lines(count)


def test_many_followers_of_both_streams_agree(client: Client) -> None:
    source = """
import sys
sys.stdin.readline()
for number in range(3000):
    print("o", number, flush=True)
    print("e", number, file=sys.stderr, flush=True)
"""
    process = client.python(source, stdin_mode="pipe")
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(client.followed, process["pid"], "output") for _ in range(8)]
        client.http.post(f"/api/v1/processes/{process['pid']}/stdin", content=b"go\n")
        streams = [future.result() for future in waiting]
    for stream in streams:
        for letter in "oe":
            lines = [line for line in texts(stream) if line[0] == letter]
            assert lines == [f"{letter} {number}" for number in range(3000)]
        assert stream[-1].name == "eof"


def test_events_are_sent_in_batches(client: Client) -> None:
    process = client.finished(client.python("print('x\\n' * 50_000)")["pid"])
    with client.http.stream("GET", f"/api/v1/processes/{process['pid']}/stdout/follow") as response:
        chunks = sum(1 for _ in response.iter_raw())
    assert chunks < 1000


def test_head_of_a_stream_ends(client: Client) -> None:
    process = client.shell("sleep 60")
    answer = client.http.head(f"/api/v1/processes/{process['pid']}/stdout/follow")
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_client_that_leaves_is_forgotten(client: Client) -> None:
    process = client.shell("sleep 60")
    supervisor = client.sandbox._supervisor
    assert supervisor is not None
    journal = supervisor.get(str(process["pid"])).journal
    with client.follow(process["pid"]):
        wait_for(lambda: journal._subscriptions)
    wait_for(lambda: not journal._subscriptions)


def test_stopping_ends_open_streams(make_sandbox) -> None:
    client = make_sandbox()
    process = client.shell("echo here; sleep 60")
    names: list[str] = []
    started = threading.Event()

    def read() -> None:
        with httpx.Client(headers=client.http.headers, timeout=20, trust_env=False) as http:
            path = f"{client.sandbox.url}/api/v1/processes/{process['pid']}/stdout/follow"
            with http.stream("GET", path) as response:
                for event in events(response.iter_bytes()):
                    names.append(event.name)
                    started.set()

    thread = threading.Thread(target=read)
    thread.start()
    assert started.wait(20)
    client.sandbox.stop()
    thread.join(20)
    assert names == ["output", "eof"]
    with pytest.raises(ProcessLookupError):
        os.kill(process["pid"], 0)


def test_signalled_output_is_complete(client: Client) -> None:
    process = client.shell("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.01; done")
    client.first_lines(process["pid"], 1)
    with client.follow(process["pid"]) as stream:
        assert next(stream).fields["line"] == "up"
        client.signal(process["pid"], signal.SIGTERM)
        assert texts(stream) == ["bye"]

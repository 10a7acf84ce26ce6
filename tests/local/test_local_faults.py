"""Each misbehaviour that can be asked for shows, and none shows without being asked for."""

from __future__ import annotations

import json

import httpx
import pytest
from local_client import Client, texts, wait_for

from tui.local.faults import CONNECTION_REFUSED, NOT_RUNNING, READ_TIMEOUT, Faults, Race, StrictText

TALKING = "n=0; while read x; do n=$((n+1)); echo line $n; done"


def test_invalid_utf8_kills_the_capture(make_sandbox) -> None:
    client = make_sandbox(faults=Faults(dead_capture=True))
    source = "import os; os.write(2, b'good\\n'); os.write(2, b'half\\n\\xff bad\\nlost\\n')"
    process = client.python(f"{source}\nimport time; time.sleep(60)")
    assert texts(client.followed(process["pid"], "stderr")) == ["good", "half"]
    assert client.get(process["pid"])["status"] == "running"
    assert client.lines(process["pid"], "stderr") == ["good", "half"]


@pytest.mark.parametrize(
    ("pieces", "kept"),
    [
        ([b"a\n\xc3", b"\xa9\n"], b"a\n\xc3\xa9\n"),
        ([b"a\n\xc3", b"x\nb\n"], b"a\n\xc3"),
        ([b"a\nb\xff\n"], b"a\n"),
        ([b"\xff"], b""),
    ],
)
def test_strict_text_keeps_what_came_before(pieces: list[bytes], kept: bytes) -> None:
    strict = StrictText()
    assert b"".join(strict.feed(piece)[0] for piece in pieces) == kept


@pytest.mark.parametrize(("race", "seen"), [(Race.LOSE, [1, 3]), (Race.DOUBLE, [1, 2, 2, 3]), (Race.NONE, [1, 2, 3])])
def test_the_moment_between_replay_and_live(make_sandbox, race: Race, seen: list[int]) -> None:
    client = make_sandbox(faults=Faults(race=race, race_seconds=0.3))
    process = client.shell(TALKING, stdin_mode="pipe")
    stdin = f"/api/v1/processes/{process['pid']}/stdin"
    client.http.post(stdin, content=b"\n")
    client.first_lines(process["pid"], 1)
    journal = client.sandbox._supervisor.get(str(process["pid"])).journal
    with client.follow(process["pid"]) as stream:
        lines = [next(stream).fields["line"]]
        client.http.post(stdin, content=b"\n")
        client.first_lines(process["pid"], 2)
        if race is Race.LOSE:
            # The line has been forgotten when the place in the journal is a new one.
            old = set(journal._subscriptions)
            wait_for(lambda: journal._subscriptions and set(journal._subscriptions) != old)
        elif race is Race.DOUBLE:
            lines += [next(stream).fields["line"] for _ in range(2)]
        client.http.post(stdin, content=b"\n")
        client.http.post(f"{stdin}/close")
        lines += texts(stream)
    assert lines == [f"line {number}" for number in seen]


def test_a_slow_reader_loses_the_oldest_lines(make_sandbox) -> None:
    client = make_sandbox(faults=Faults(event_window=1024))
    count = 300_000
    source = f"input()\nprint('\\n'.join(f'number {{n}}' for n in range({count})))"
    process = client.python(source, stdin_mode="pipe")
    with client.follow(process["pid"]) as stream:
        client.http.post(f"/api/v1/processes/{process['pid']}/stdin", content=b"\n")
        client.finished(process["pid"])
        numbers = [int(line.split()[1]) for line in texts(stream)]
    assert len(numbers) < count
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == count - 1


def test_the_list_changes_its_order(make_sandbox) -> None:
    client = make_sandbox(faults=Faults(random_order=True))
    pids = [client.shell("true")["pid"] for _ in range(8)]
    orders = {tuple(process["pid"] for process in client.list()) for _ in range(10)}
    assert len(orders) > 1
    assert {frozenset(order) for order in orders} == {frozenset(pids)}


def test_a_pid_is_used_again_and_its_log_goes_on(make_sandbox) -> None:
    client = make_sandbox()
    first = client.finished(client.shell("echo first")["pid"])
    client.sandbox.faults.reuse_pids = True
    second = client.shell("echo second; sleep 60")
    assert second["pid"] == first["pid"]
    assert second["handle"] != first["handle"]
    assert client.first_lines(second["pid"], 2) == ["first", "second"]
    assert [process["handle"] for process in client.list()] == [second["handle"]]
    client.kill(second["pid"])
    assert client.finished(second["pid"])["signal"] == 9


def test_heartbeat_objects(make_sandbox) -> None:
    client = make_sandbox(faults=Faults(heartbeat_seconds=0.02))
    process = client.shell("sleep 60")
    with client.follow(process["pid"]) as stream:
        assert [next(stream).fields for _ in range(3)] == [{"type": "heartbeat"}] * 3


def test_the_proxy_refuses_on_demand(fresh: Client) -> None:
    faults = fresh.sandbox.faults
    faults.refuse_next.extend([NOT_RUNNING, CONNECTION_REFUSED, READ_TIMEOUT])
    answers = [fresh.http.get("/api/v1/health") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [503, 502, 504, 200]
    codes = [answer.json().get("code") for answer in answers]
    assert codes == ["SANDBOX_NOT_RUNNING", "CONNECTION_REFUSED", "READ_TIMEOUT", None]
    assert all(answer.json()["error"] for answer in answers[:3])


def test_the_proxy_refuses_every_third_request(fresh: Client) -> None:
    fresh.sandbox.faults.refuse_every = 3
    assert [fresh.http.get("/api/v1/health").status_code for _ in range(6)] == [200, 200, 503, 200, 200, 503]
    assert fresh.http.get("/sandboxes").status_code == 200
    assert fresh.sandbox.faults.requests == 6


def test_a_sandbox_that_does_not_run(fresh: Client) -> None:
    fresh.sandbox.faults.sandbox_status = "suspended"
    (sandbox,) = fresh.http.get("/sandboxes").json()["sandboxes"]
    assert (sandbox["status"], sandbox["sandbox_url"]) == ("suspended", None)
    answer = fresh.http.get("/api/v1/processes")
    assert (answer.status_code, answer.json()["code"]) == (503, "SANDBOX_NOT_RUNNING")


@pytest.mark.parametrize("lines", [1, 3])
def test_streams_break_off(make_sandbox, lines: int) -> None:
    client = make_sandbox(faults=Faults(disconnect_after=lines))
    process = client.finished(client.shell("printf '1\\n2\\n3\\n4\\n'")["pid"])
    received = b""

    def read() -> None:
        nonlocal received
        with client.http.stream("GET", f"/api/v1/processes/{process['pid']}/stdout/follow") as response:
            for chunk in response.iter_raw():
                received += chunk

    with pytest.raises(httpx.RemoteProtocolError):
        read()
    blocks = [json.loads(block.partition(b"data: ")[2]) for block in received.split(b"\n\n")[:-1]]
    assert [block["line"] for block in blocks] == [str(number + 1) for number in range(lines)]


def test_the_faithful_set_misbehaves_and_the_default_does_not() -> None:
    assert Faults() == Faults(dead_capture=False, race=Race.NONE, event_window=None, random_order=False)
    faithful = Faults.faithful()
    assert faithful.dead_capture
    assert faithful.random_order
    assert faithful.event_window == 1024
    assert faithful.race is not Race.NONE
    assert faithful.heartbeat_seconds

"""A small client for the tests of the embedded sandbox: plain httpx, real sockets, nothing of our own client."""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tui.local.server import LocalSandbox

PATIENCE_SECONDS = 20.0

# Prints COUNT numbered lines as fast as it can when a line arrives on standard input.
FAST = """
import sys
sys.stdin.readline()
for start in range(0, {count}, 500):
    sys.stdout.write("".join(f"{{number}} of many lines\\n" for number in range(start, start + 500)))
    sys.stdout.flush()
"""


class Event(NamedTuple):
    name: str
    fields: dict[str, Any]


class Client:
    """HTTP to one sandbox, with its token."""

    def __init__(self, sandbox: LocalSandbox) -> None:
        self.sandbox = sandbox
        self.http = httpx.Client(
            base_url=sandbox.url,
            headers={"Authorization": f"Bearer {sandbox.token}"},
            timeout=PATIENCE_SECONDS,
            trust_env=False,
        )

    def start(self, command: str, *args: str, **fields: Any) -> dict[str, Any]:
        answer = self.http.post("/api/v1/processes", json={"command": command, "args": list(args), **fields})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def python(self, source: str, **fields: Any) -> dict[str, Any]:
        return self.start(sys.executable, "-u", "-c", source, **fields)

    def shell(self, source: str, **fields: Any) -> dict[str, Any]:
        return self.start("sh", "-c", source, **fields)

    def get(self, process: int | str) -> dict[str, Any]:
        answer = self.http.get(f"/api/v1/processes/{process}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def list(self) -> list[dict[str, Any]]:
        return self.http.get("/api/v1/processes").json()["processes"]

    def signal(self, process: int | str, number: int) -> httpx.Response:
        return self.http.post(f"/api/v1/processes/{process}/signal", json={"signal": number})

    def kill(self, process: int | str) -> httpx.Response:
        return self.http.delete(f"/api/v1/processes/{process}")

    def output(self, process: int | str, kind: str = "stdout") -> dict[str, Any]:
        answer = self.http.get(f"/api/v1/processes/{process}/{kind}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def lines(self, process: int | str, kind: str = "stdout") -> list[str]:
        return self.output(process, kind)["lines"]

    def first_lines(self, process: int | str, count: int, kind: str = "stdout") -> list[str]:
        """What was printed, as soon as there are ``count`` lines of it."""
        return wait_for(lambda: found if len(found := self.lines(process, kind)) >= count else None)

    def finished(self, process: int | str) -> dict[str, Any]:
        return wait_for(lambda: found if (found := self.get(process))["status"] != "running" else None)

    @contextmanager
    def follow(self, process: int | str, kind: str = "stdout") -> Iterator[Iterator[Event]]:
        with self.http.stream("GET", f"/api/v1/processes/{process}/{kind}/follow") as response:
            assert response.status_code == 200
            assert response.headers["content-type"].startswith("text/event-stream")
            yield events(response.iter_bytes())

    def followed(self, process: int | str, kind: str = "stdout") -> list[Event]:
        with self.follow(process, kind) as stream:
            return list(stream)

    def run(self, command: str, *args: str, **fields: Any) -> list[dict[str, Any]]:
        body = {"command": command, "args": list(args), **fields}
        with self.http.stream("POST", "/api/v1/processes/run", json=body) as response:
            assert response.status_code == 200
            return [event.fields for event in events(response.iter_bytes())]


def events(chunks: Iterator[bytes]) -> Iterator[Event]:
    """Events of a stream; a comment is an event named ``:``."""
    pending = b""
    for chunk in chunks:
        pending += chunk
        *blocks, pending = pending.split(b"\n\n")
        for block in blocks:
            name, data = "", ""
            for line in block.decode().split("\n"):
                field, _, value = line.partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    data = value
                else:
                    name = ":"
            yield Event(name, json.loads(data) if data else {})
    assert not pending, pending


def texts(stream: list[Event] | Iterator[Event]) -> list[str]:
    return [event.fields["line"] for event in stream if event.name == "output"]


def wait_for(condition: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
    """The first true value of ``condition``."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.005)
    return value

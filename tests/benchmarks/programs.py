"""Programs beside the benchmark: in a terminal that notes when what is drawn, or answering over pipes."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parent.parent.parent
COLUMNS, ROWS = 200, 50
KEPT = 64 * 1024
TICKS = os.sysconf("SC_CLK_TCK")


class NotDrawn(Exception):
    """The text did not come within the time, or the program ended."""


class Drawn:
    """A program in a terminal of 200 times 50. Use it as a context manager.

    ``began`` is when it was started; all times are of the monotonic clock, which all processes share.
    """

    def __init__(self, *command: str, environment: Mapping[str, str] | None = None) -> None:
        self._ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self._tail = b""
        self.drawn_bytes = 0
        self.began = time.monotonic()
        self._process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=clean_environment(environment),
            cwd=ROOT,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._ours)

    @property
    def pid(self) -> int:
        """Of the program."""
        return self._process.pid

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._ours, keys.encode())

    def when(self, text: str, seconds: float = 60.0) -> float:
        """Read on until ``text`` was drawn; gives the moment. Raises NotDrawn."""
        return self.when_any([text], seconds)

    def when_any(self, texts: Sequence[str], seconds: float) -> float:
        """Read on until one of ``texts`` was drawn. Raises NotDrawn."""
        wanted = re.compile(b"|".join(re.escape(text.encode()) for text in texts))
        deadline = time.monotonic() + seconds
        moment = time.monotonic()
        whole, found = self._tail, b"."
        while True:
            match = wanted.search(whole)
            if match:
                self._tail = whole[match.end() :]
                return moment
            self._tail = whole[-KEPT:]
            if not found:
                raise NotDrawn(f"none of {texts} was drawn; the last was {whole[-20000:].decode('utf-8', 'replace')}")
            found, moment = self._read(max(0.0, deadline - time.monotonic()))
            whole = self._tail + found

    def drain(self, seconds: float) -> None:
        """Read away whatever is drawn within ``seconds``."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            found, _ = self._read(left)
            self._tail = (self._tail + found)[-KEPT:]

    def ended(self, seconds: float = 20.0) -> int:
        """Wait for the program to end, reading what it draws."""
        deadline = time.monotonic() + seconds
        while self._process.poll() is None:
            self.drain(0.02)
            if time.monotonic() > deadline:
                raise NotDrawn("it did not end")
        return self._process.returncode

    def cpu(self) -> float:
        """Seconds of processor time so far, of user and system."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> tuple[float, float]:
        """MB resident: all of it, and the anonymous part."""
        status = dict(line.split(":", 1) for line in Path(f"/proc/{self.pid}/status").read_text().splitlines())
        return tuple(int(status[key].split()[0]) / 1024 for key in ("VmRSS", "RssAnon"))  # type: ignore[return-value]

    def _read(self, seconds: float) -> tuple[bytes, float]:
        ready, _, _ = select.select([self._ours], [], [], seconds)
        if not ready:
            return b"", time.monotonic()
        try:
            found = os.read(self._ours, 1 << 18)
        except OSError:
            found = b""
        self.drawn_bytes += len(found)
        return found, time.monotonic()


class SourceProcess:
    """``source.py`` in a process of its own. Use it as a context manager."""

    def __init__(self, lines: int = 100_000, *, certificate: str = "") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.source", str(lines), certificate],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=clean_environment(),
            cwd=ROOT,
            text=True,
        )
        self.url: str = self._answer()["url"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):
                pipe.close()

    def follow_url(self, pid: int = 1) -> str:
        """Where the stderr of a process is followed."""
        return f"{self.url}/api/v1/processes/{pid}/stderr/follow"

    def begin(self, do: str, **options: object) -> None:
        """Give a command; :meth:`finish` gives its answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **options}) + "\n")
        self._process.stdin.flush()

    def finish(self) -> dict[str, Any]:
        """The answer to the command."""
        return self._answer()

    def do(self, do: str, **options: object) -> dict[str, Any]:
        """Give a command and wait for its answer."""
        self.begin(do, **options)
        return self._answer()

    def wait_followers(self, count: int, seconds: float = 20.0) -> None:
        """Until ``count`` followers are there."""
        deadline = time.monotonic() + seconds
        while self.do("followers")["count"] < count:
            if time.monotonic() > deadline:
                raise NotDrawn(f"{count} followers did not come")
            time.sleep(0.02)

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the source has ended")
        found: dict[str, Any] = json.loads(line)
        return found


def in_child(
    function: str, *arguments: object, seconds: float = 300.0, environment: Mapping[str, str] | None = None
) -> Any:
    """What ``module:function`` of this folder returns for ``arguments``, in an interpreter of its own."""
    with tempfile.TemporaryDirectory(prefix="boxscope-bench-") as folder:
        answer = Path(folder) / "answer.json"
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.child", function, json.dumps(arguments), str(answer)],
            env=clean_environment(environment),
            cwd=ROOT,
            timeout=seconds,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode or not answer.exists():
            raise RuntimeError(f"{function}: {(done.stderr or done.stdout)[-2000:]}")
        return json.loads(answer.read_text())


_HOME = tempfile.TemporaryDirectory(prefix="boxscope-bench-home-")


def home() -> Path:
    """An empty home, for every program alike; removed at the end."""
    return Path(_HOME.name)


def token_file() -> str:
    """A file with a token, as the dashboard wants one."""
    path = home() / "token"
    if not path.exists():
        path.write_text("bench-token")
        path.chmod(0o600)
    return str(path)


def dashboard(url: str, *, token: str = "", module: str = "tui") -> list[str]:
    """The command line of the dashboard on a server."""
    return [sys.executable, "-m", module, "--url", url, "--token-file", token or token_file()]


def clean_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The same for everyone: a terminal of 256 colours and true ones, an empty home, no keys."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": _HOME.name,
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "PYTHONPATH": str(ROOT),
        **(more or {}),
    }


@contextlib.contextmanager
def embedded(command: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """``boxscope serve`` with one process that runs ``command``; gives its URL, the path of its token, and the pid."""
    import httpx

    process = subprocess.Popen(
        [sys.executable, "-m", "tui", "serve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=clean_environment(),
        cwd=ROOT,
    )
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        headers = {"Authorization": f"Bearer {Path(ready['token_file']).read_text().strip()}"}
        name, *args = command
        body = {"command": shutil.which(name) or name, "args": args}
        started = httpx.post(f"{ready['url']}/api/v1/processes", json=body, headers=headers).raise_for_status()
        yield ready["url"], ready["token_file"], str(started.json()["pid"])
    finally:
        process.terminate()
        process.wait(20)
        if process.stdout is not None:
            process.stdout.close()

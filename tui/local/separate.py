"""The embedded sandbox as a process of its own, so that it starts and captures while the caller does other things.

The two speak JSON lines over the child's standard input and output, a private pipe on which the token travels too. A
closed pipe means that the caller is gone, however it went: the child then ends its processes and itself.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.core.errors import BoxscopeError, LocalServerError
from tui.local.server import STOP_SECONDS, LocalSandbox, check_possible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self

_CHILD = "import sys; sys.path.append(sys.argv[1]); from tui.local.separate import serve; serve(sys.argv[2])"


class SeparateSandbox:
    """Starts with its construction, which waits for nothing; a context manager that ends the sandbox.

    Requests to start a process are sent at once and carried out in order. Whatever needs an answer waits for it and
    raises LocalServerError when the sandbox could not be started, refused the request or has ended. The construction
    raises it where the platform or the name does not allow a sandbox.
    """

    def __init__(self, name: str) -> None:
        check_possible(name)
        self.name = name
        self._asked = 0
        self._answers: list[dict[str, Any]] = []
        # Out of reach of the terminal's signals: ctrl+c and hang-ups are for the dashboard, which then ends this.
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-c", _CHILD, str(Path(__file__).parents[2]), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._ready = self._ask({})

    @property
    def url(self) -> str:
        """Base of every path of the API."""
        return str(self._answer(self._ready)["url"])

    @property
    def token(self) -> str:
        """What every request must carry."""
        return str(self._answer(self._ready)["token"])

    def start_process(self, request: Mapping[str, Any]) -> int:
        """Have a process started from the body of ``POST /processes``; gives a number for :meth:`record`."""
        return self._ask({"start": dict(request)})

    def record(self, number: int) -> dict[str, Any]:
        """The record of a process as it was when it had been started."""
        return self._answer(number)

    def end_process(self, segment: str) -> dict[str, Any]:
        """Kill the process that a path segment means, if it still runs, and give its last record."""
        return self._answer(self._ask({"end": segment}))

    def stop(self) -> None:
        """End every process and the sandbox; may be repeated."""
        child = self._child
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                # What could not be written to a child that has died is still there, and would be written again.
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        try:
            child.wait(2 * STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _ask(self, request: Mapping[str, Any]) -> int:
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(json.dumps(request).encode() + b"\n")
            self._child.stdin.flush()
        except (OSError, ValueError) as error:
            raise LocalServerError("the embedded sandbox has ended") from error
        self._asked += 1
        return self._asked

    def _answer(self, number: int) -> dict[str, Any]:
        assert self._child.stdout is not None
        while len(self._answers) < number:
            try:
                line = self._child.stdout.readline()
                answer: dict[str, Any] = json.loads(line)
            except ValueError as error:
                raise LocalServerError("the embedded sandbox has ended") from error
            self._answers.append(answer)
        answer = self._answers[number - 1]
        if "refused" in answer:
            raise LocalServerError(answer["refused"], answer["hint"])
        return answer


def serve(name: str) -> None:
    """The child: answer requests, one JSON line each, until standard input closes."""
    # The processes get neither end of the pipe: one that survives must not keep it open.
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    sandbox = LocalSandbox(name)
    try:
        for line in requests:
            answers.write(json.dumps(_carry_out(sandbox, json.loads(line))).encode() + b"\n")
            answers.flush()
    except BrokenPipeError:
        pass
    finally:
        sandbox.stop()


def _carry_out(sandbox: LocalSandbox, request: dict[str, Any]) -> dict[str, Any]:
    try:
        if "start" in request:
            return sandbox.start_process(request["start"])
        if "end" in request:
            return sandbox.end_process(request["end"])
        sandbox.start()
    except BoxscopeError as error:
        return {"refused": error.message, "hint": error.hint}
    return {"url": sandbox.url, "token": sandbox.token}

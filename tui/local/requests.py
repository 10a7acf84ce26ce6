"""The body of a start request, checked.

Shapes: ``POST /api/v1/processes`` and ``POST /api/v1/processes/run``. Unknown keys are ignored, as other servers of
this API do. A body that does not fit raises ApiError 422 ``INVALID_REQUEST``; a user other than the current one 400
``USER_NOT_SUPPORTED``.
"""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tui.core.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

MILLISECONDS_LIMIT = 24 * 3600 * 1000
NUMBER_LIMIT = 2**53
SHORTEST_BACKOFF_MS = 10


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """When a managed process is started again. ``max_restarts`` None means without limit."""

    policy: str = "never"
    max_restarts: int | None = None
    initial_backoff_ms: int = 500
    max_backoff_ms: int = 30_000

    def wants_restart(self, *, failed: bool, restarts: int) -> bool:
        """Whether a process that ended, well or not, is to be started again after ``restarts`` restarts."""
        if self.max_restarts is not None and restarts >= self.max_restarts:
            return False
        return self.policy == "always" or (self.policy == "on_failure" and failed)

    def backoff_ms(self, failures: int) -> int:
        """How long to wait before the restart that follows ``failures`` ends in a row; never too short to breathe."""
        doublings = min(max(failures - 1, 0), 32)
        return max(SHORTEST_BACKOFF_MS, min(self.max_backoff_ms, self.initial_backoff_ms << doublings))


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """How a managed process is probed; it is reported as unhealthy, never killed for it."""

    type: str
    port: int
    path: str = "/"
    initial_delay_ms: int = 5000
    interval_ms: int = 1000
    timeout_ms: int = 500
    failure_threshold: int = 3


@dataclass(frozen=True, slots=True)
class StartRequest:
    """A process to start."""

    command: str
    args: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    working_dir: str | None = None
    stdin_pipe: bool = False
    capture_stdout: bool = True
    capture_stderr: bool = True
    name: str | None = None
    restart: RestartPolicy | None = None
    health_check: HealthCheck | None = None
    stop_grace_ms: int = 10_000

    @property
    def is_managed(self) -> bool:
        """Whether the request asks for supervision."""
        return self.name is not None or self.restart is not None or self.health_check is not None


def parse_start(body: object) -> StartRequest:
    """Check the body of a start request."""
    fields = _Fields(body, "request")
    request = StartRequest(
        command=fields.text("command", required=True) or "",
        args=fields.texts("args"),
        env=fields.environment("env"),
        working_dir=fields.text("working_dir"),
        stdin_pipe=fields.choice("stdin_mode", ("closed", "pipe")) == "pipe",
        capture_stdout=fields.choice("stdout_mode", ("capture", "discard")) == "capture",
        capture_stderr=fields.choice("stderr_mode", ("capture", "discard")) == "capture",
        name=_parse_name(fields.text("name")),
        restart=_parse_restart(fields.mapping("restart")),
        health_check=_parse_health_check(fields.mapping("health_check")),
        stop_grace_ms=fields.integer("stop_grace_ms", 10_000, 0, MILLISECONDS_LIMIT),
    )
    check_user(fields.value("user"))
    if not request.command:
        raise invalid("request.command must not be empty")
    return request


def parse_run(body: object) -> tuple[StartRequest, float | None]:
    """Check the body of a run request: the process, and its time limit in seconds."""
    fields = _Fields(body, "request")
    request = StartRequest(
        command=fields.text("command", required=True) or "",
        args=fields.texts("args"),
        env=fields.environment("env"),
        working_dir=fields.text("working_dir"),
    )
    check_user(fields.value("user"))
    if not request.command:
        raise invalid("request.command must not be empty")
    timeout = fields.value("timeout")
    if timeout is None:
        return request, None
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0 < timeout < NUMBER_LIMIT:
        raise invalid("request.timeout must be a number of seconds above zero")
    return request, float(timeout)


def parse_signal(body: object) -> int:
    """Check the body of a signal request: a number from 1 to 31."""
    number = _whole(_Fields(body, "request").value("signal"))
    if number is None:
        raise invalid("request.signal must be an integer")
    if not 1 <= number <= 31:
        raise ApiError(f"signal {number} is outside 1..31", status=400, code="INVALID_SIGNAL")
    return number


def check_user(user: object) -> None:
    """Accept a user only where it is the one that this server runs as."""
    if user is None:
        return
    uid, gid = os.getuid(), os.getgid()
    try:
        own_name = pwd.getpwuid(uid).pw_name
    except KeyError:
        own_name = ""
    accepted: bool
    if isinstance(user, bool):
        raise invalid("request.user must be a name, a number or an object")
    if isinstance(user, int):
        accepted = user == uid
    elif isinstance(user, str):
        accepted = user in {own_name, str(uid), f"{uid}:{gid}"} and bool(user)
    elif isinstance(user, dict):
        accepted = (
            bool(user)
            and user.get("name") in {None, own_name}
            and user.get("uid") in {None, uid}
            and user.get("gid") in {None, gid}
        )
    else:
        raise invalid("request.user must be a name, a number or an object")
    if not accepted:
        message = f"processes of this sandbox run as {own_name or uid}; another user cannot be chosen"
        raise ApiError(message, status=400, code="USER_NOT_SUPPORTED")


def invalid(message: str) -> ApiError:
    """The answer to a body that does not fit."""
    return ApiError(message, status=422, code="INVALID_REQUEST")


def _parse_name(name: str | None) -> str | None:
    if name is not None and (not name or "/" in name or (name.isascii() and name.isdigit())):
        raise invalid("request.name must not be empty, hold a slash or consist of digits only")
    return name


def _parse_restart(value: Mapping[str, Any] | None) -> RestartPolicy | None:
    if value is None:
        return None
    fields = _Fields(value, "request.restart")
    return RestartPolicy(
        policy=fields.choice("policy", ("never", "on_failure", "always")),
        max_restarts=fields.optional_integer("max_restarts", 0, NUMBER_LIMIT),
        initial_backoff_ms=fields.integer("initial_backoff_ms", 500, 0, MILLISECONDS_LIMIT),
        max_backoff_ms=fields.integer("max_backoff_ms", 30_000, 0, MILLISECONDS_LIMIT),
    )


def _parse_health_check(value: Mapping[str, Any] | None) -> HealthCheck | None:
    if value is None:
        return None
    fields = _Fields(value, "request.health_check")
    path = fields.text("path")
    path = "/" if path is None else path
    if not path.startswith("/") or not path.isascii() or not path.isprintable() or " " in path:
        raise invalid("request.health_check.path must be a URL path that starts with a slash")
    if fields.value("port") is None:
        raise invalid("request.health_check.port is missing")
    return HealthCheck(
        type=fields.choice("type", ("http", "tcp")),
        port=fields.integer("port", 0, 1, 65535),
        path=path,
        initial_delay_ms=fields.integer("initial_delay_ms", 5000, 0, MILLISECONDS_LIMIT),
        interval_ms=fields.integer("interval_ms", 1000, 10, MILLISECONDS_LIMIT),
        timeout_ms=fields.integer("timeout_ms", 500, 1, MILLISECONDS_LIMIT),
        failure_threshold=fields.integer("failure_threshold", 3, 1, NUMBER_LIMIT),
    )


def _whole(value: object) -> int | None:
    """A JSON integer, which may be written as 15.0; None for anything else."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


class _Fields:
    """Typed access to a JSON object; null counts as absent."""

    def __init__(self, body: object, where: str) -> None:
        if not isinstance(body, dict):
            raise invalid(f"{where} must be a JSON object")
        self._body = body
        self._where = where

    def value(self, key: str) -> object:
        return self._body.get(key)

    def text(self, key: str, *, required: bool = False) -> str | None:
        value = self._body.get(key)
        if value is None:
            if required:
                raise invalid(f"{self._where}.{key} is missing")
            return None
        return self._checked(value, key)

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._body.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise invalid(f"{self._where}.{key} must be a list of strings")
        return tuple(self._checked(item, key) for item in value)

    def environment(self, key: str) -> dict[str, str]:
        value = self.mapping(key) or {}
        for name in value:
            if not self._checked(name, key) or "=" in name:
                raise invalid(f"{self._where}.{key} holds a name that no variable can have")
        return {name: self._checked(item, key) for name, item in value.items()}

    def mapping(self, key: str) -> dict[str, Any] | None:
        value = self._body.get(key)
        if value is not None and not isinstance(value, dict):
            raise invalid(f"{self._where}.{key} must be an object")
        return value

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        value = self._body.get(key, choices[0])
        if value is None:
            return choices[0]
        if not isinstance(value, str) or value not in choices:
            raise invalid(f"{self._where}.{key} must be one of {', '.join(choices)}")
        return value

    def integer(self, key: str, default: int, least: int, most: int) -> int:
        value = self.optional_integer(key, least, most)
        return default if value is None else value

    def optional_integer(self, key: str, least: int, most: int) -> int | None:
        value = self._body.get(key)
        if value is None:
            return None
        number = _whole(value)
        if number is None or not least <= number <= most:
            raise invalid(f"{self._where}.{key} must be an integer from {least} to {most}")
        return number

    def _checked(self, value: object, key: str) -> str:
        if not isinstance(value, str):
            raise invalid(f"{self._where}.{key} must be text")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise invalid(f"{self._where}.{key} holds an unpaired surrogate") from None
        if "\0" in value:
            raise invalid(f"{self._where}.{key} holds a NUL")
        return value

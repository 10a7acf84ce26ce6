"""JSON of the API to models, record by record: one bad record costs itself and nothing else.

Rules for every field (they cover all known generations of the API): unknown fields are named and ignored, unknown words
of an enumeration are kept, absent and null are alike, numbers may come as text, times may come in seconds, milli-,
micro- or nanoseconds or as ISO 8601. A record that cannot be used at all raises :class:`BadRecord`. The file is long
because these rules are read together with every record that they are for.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from tui.core.errors import ProtocolError
from tui.core.models import DaemonStatus, FileEntry, LastExit, Managed, NetworkPolicy, Process, Sandbox
from tui.core.text import one_line

NAME_LIMIT = 256
TEXT_LIMIT = 2000
ARGUMENT_LIMIT = 16_000
_T = TypeVar("_T")


class BadRecord(ValueError):
    """A record without which nothing can be told, such as a process without a pid."""


def decoded(body: bytes, where: str) -> object:
    """``body`` as JSON. Lone surrogates and invalid UTF-8 are tolerated. Raises ProtocolError naming ``where``."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        return json.loads(body.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        raise ProtocolError(f"{where}: the answer is not JSON", "is this the right URL?", where=where) from None


def decoded_object(body: bytes, where: str) -> Mapping[str, object]:
    """``body`` as a JSON object. Raises ProtocolError naming ``where``."""
    value = decoded(body, where)
    if not isinstance(value, dict):
        raise ProtocolError(f"{where}: the answer is not a JSON object", "is this the right URL?", where=where)
    return value


def records(items: object, read: Callable[[object], _T], where: str) -> tuple[tuple[_T, ...], int]:
    """What ``read`` makes of each item of a list, and how many it refused. Raises ProtocolError for no list at all."""
    if items is None:
        return (), 0
    if not isinstance(items, list):
        raise ProtocolError(f"{where}: a list was expected", where=where)
    good: list[_T] = []
    for item in items:
        try:
            good.append(read(item))
        except BadRecord:
            continue
    return tuple(good), len(items) - len(good)


def text(value: object, limit: int = TEXT_LIMIT) -> str:
    """``value`` cleaned; numbers as text; empty for anything else."""
    if isinstance(value, str):
        return one_line(value, limit)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def integer(value: object) -> int | None:
    """``value`` as a whole number, from a number or digits in text; None where it is neither."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if math.isfinite(value) and value.is_integer() else None
    if isinstance(value, str) and len(value) <= 24:
        digits = value.strip()
        if digits.removeprefix("-").isdecimal() and digits.isascii():
            return int(digits)
    return None


def real(value: object) -> float | None:
    """``value`` as a finite number; None where it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and len(value) <= 32:
        try:
            value = float(value)
        except ValueError:
            return None
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def boolean(value: object, default: bool = False) -> bool:
    """``value`` where it is true or false, else ``default``."""
    return value if isinstance(value, bool) else default


def milliseconds(value: object) -> int | None:
    """A time in ms since the epoch, its unit told by its magnitude; None for absent, zero, negative or nonsense."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return _iso_milliseconds(str(value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if not 0 < value < 1e21:
        return None
    if value >= 1e17:
        return int(value) // 1_000_000
    if value >= 1e14:
        return int(value) // 1000
    return int(value) if value >= 1e11 else round(value * 1000)


def _iso_milliseconds(value: str) -> int | None:
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def _fields(item: object) -> Mapping[str, object]:
    if not isinstance(item, dict):
        raise BadRecord
    return item


def _unknown(item: Iterable[str], known: frozenset[str]) -> tuple[str, ...]:
    return tuple(one_line(key, NAME_LIMIT) for key in item if key not in known)


# fmt: off
_PROCESS_FIELDS = frozenset((
    "pid", "handle", "status", "exit_code", "signal", "oom_killed", "stdin_writable", "command", "args", "started_at",
    "ended_at", "managed",
))
# fmt: on


def process_from(item: object, sandbox_id: str) -> Process:
    """One record of ``GET /api/v1/processes``. Raises BadRecord without a pid."""
    fields = _fields(item)
    pid = integer(fields.get("pid"))
    if pid is None or pid < 0:
        raise BadRecord
    args = fields.get("args")
    return Process(
        sandbox_id=sandbox_id,
        pid=pid,
        status=text(fields.get("status"), NAME_LIMIT) or "unknown",
        command=text(fields.get("command"), ARGUMENT_LIMIT),
        args=tuple(text(arg, ARGUMENT_LIMIT) for arg in args) if isinstance(args, list) else (),
        started_at=milliseconds(fields.get("started_at")) or 0,
        ended_at=milliseconds(fields.get("ended_at")),
        exit_code=integer(fields.get("exit_code")),
        signal=integer(fields.get("signal")),
        oom_killed=boolean(fields.get("oom_killed")),
        handle=integer(fields.get("handle")),
        stdin_writable=boolean(fields.get("stdin_writable")),
        managed=_managed_from(fields.get("managed")),
        unknown_fields=_unknown(fields, _PROCESS_FIELDS),
    )


def _managed_from(item: object) -> Managed | None:
    if not isinstance(item, dict):
        return None
    restart = item.get("restart")
    policy: Mapping[str, object] = restart if isinstance(restart, dict) else {}
    return Managed(
        id=text(item.get("id"), NAME_LIMIT),
        name=text(item.get("name"), NAME_LIMIT) or None,
        status=text(item.get("status"), NAME_LIMIT),
        restart_count=integer(item.get("restart_count")) or 0,
        restart_policy=text(policy.get("policy"), NAME_LIMIT),
        max_restarts=integer(policy.get("max_restarts")),
        health_status=text(item.get("health_status"), NAME_LIMIT),
        consecutive_health_failures=integer(item.get("consecutive_health_failures")) or 0,
        last_exit=_last_exit_from(item.get("last_exit")),
        last_error=text(item.get("last_error")) or None,
        next_restart_at=milliseconds(item.get("next_restart_at")),
    )


def _last_exit_from(item: object) -> LastExit | None:
    if not isinstance(item, dict):
        return None
    return LastExit(
        exit_code=integer(item.get("exit_code")),
        signal=integer(item.get("signal")),
        oom_killed=boolean(item.get("oom_killed")),
        ended_at=milliseconds(item.get("ended_at")),
    )


# fmt: off
_SANDBOX_FIELDS = frozenset((
    "id", "sandbox_id", "namespace", "name", "image", "template_id", "status", "state", "pending_reason", "outcome",
    "termination_reason", "reason", "error_details", "terminated_at", "created_at", "resources", "resource_resize",
    "runtime", "timeout_secs", "auto_resume", "entrypoint", "network_policy", "network",
    "allow_unauthenticated_access", "allow_unauthenticated_proxy_access", "exposed_ports", "pool_id", "container_id",
    "executor_id", "sandbox_url", "ingress_endpoint", "routing_hint", "file_systems", "archived_at", "snapshot_id",
))
# fmt: on


def sandbox_from(item: object, *, archived: bool = False) -> Sandbox:
    """One record of ``GET /sandboxes``. Raises BadRecord without an id."""
    fields = _fields(item)
    identity = text(fields.get("id"), NAME_LIMIT) or text(fields.get("sandbox_id"), NAME_LIMIT)
    if not identity:
        raise BadRecord
    given = fields.get("resources")
    resources: Mapping[str, object] = given if isinstance(given, dict) else {}
    disk = resources.get("disk_mb")
    return Sandbox(
        id=identity,
        status=text(fields.get("status"), NAME_LIMIT) or text(fields.get("state"), NAME_LIMIT) or "unknown",
        name=text(fields.get("name"), NAME_LIMIT),
        namespace=text(fields.get("namespace"), NAME_LIMIT),
        image=text(fields.get("image"), NAME_LIMIT),
        cpus=real(resources.get("cpus")),
        memory_mb=integer(resources.get("memory_mb")),
        disk_mb=integer(resources.get("ephemeral_disk_mb") if disk is None else disk),
        timeout_secs=integer(fields.get("timeout_secs")),
        auto_resume=boolean(fields.get("auto_resume"), default=True),
        created_at=milliseconds(fields.get("created_at")),
        terminated_at=milliseconds(fields.get("terminated_at")),
        end_reason=_end_reason(fields),
        pending_reason=text(fields.get("pending_reason")),
        sandbox_url=text(fields.get("sandbox_url")) or None,
        ingress_endpoint=text(fields.get("ingress_endpoint")) or None,
        routing_hint=text(fields.get("routing_hint")) or None,
        archived=archived or fields.get("archived_at") is not None,
        network_policy=_network_policy_from(fields.get("network_policy") or fields.get("network")),
        unknown_fields=_unknown(fields, _SANDBOX_FIELDS),
    )


def _network_policy_from(item: object) -> NetworkPolicy | None:
    if not isinstance(item, dict):
        return None
    allow, deny = (item.get(key) for key in ("allow_out", "deny_out"))
    return NetworkPolicy(
        allow_internet_access=boolean(item.get("allow_internet_access"), default=True),
        allow_out=tuple(text(entry, NAME_LIMIT) for entry in allow) if isinstance(allow, list) else (),
        deny_out=tuple(text(entry, NAME_LIMIT) for entry in deny) if isinstance(deny, list) else (),
    )


def _end_reason(fields: Mapping[str, object]) -> str:
    """Whichever account of the end this generation of the server gives, with its details."""
    reason = next(
        (found for key in ("termination_reason", "outcome", "reason") if (found := text(fields.get(key)))), ""
    )
    details = _detail_text(fields.get("error_details"))
    return f"{reason}: {details}" if reason and details else reason or details


def _detail_text(value: object) -> str:
    if isinstance(value, list):
        return one_line("; ".join(filter(None, map(_detail_text, value[:10]))), TEXT_LIMIT)
    if isinstance(value, dict):
        return next((found for k in ("message", "detail", "error", "reason") if (found := text(value.get(k)))), "")
    return text(value)


def daemon_status_from(fields: Mapping[str, object]) -> DaemonStatus:
    """``GET /api/v1/info``."""
    return DaemonStatus(
        version=text(fields.get("version"), NAME_LIMIT),
        uptime_secs=real(fields.get("uptime_secs")) or 0.0,
        running_processes=integer(fields.get("running_processes")) or 0,
        total_processes=integer(fields.get("total_processes")) or 0,
    )


def file_entry_from(item: object) -> FileEntry:
    """One entry of ``GET /api/v1/files/list``. Raises BadRecord without a name."""
    fields = _fields(item)
    name = text(fields.get("name"))
    if not name:
        raise BadRecord
    return FileEntry(
        name=name,
        is_dir=boolean(fields.get("is_dir")),
        size=integer(fields.get("size")),
        modified_at=milliseconds(fields.get("modified_at")),
    )

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.errors import ProtocolError
from tui.core.models import LastExit, Managed, NetworkPolicy, Process
from tui.io import wire

NOW = 1_770_000_000_123


@pytest.mark.parametrize(
    ("given_time", "ms"),
    [
        (NOW, NOW),
        (str(NOW), NOW),
        (float(NOW), NOW),
        (NOW // 1000, NOW // 1000 * 1000),
        (NOW / 1000, NOW),
        (NOW * 1000 + 999, NOW),
        (NOW * 1_000_000 + 999_999, NOW),
        ("2026-02-02T02:40:00.123Z", NOW),
        ("2026-02-02T02:40:00.123456789+00:00", NOW),
        ("2026-02-02 03:40:00.123+01:00", NOW),
        ("2026-02-02T02:40:00.123", NOW),
        (None, None),
        (0, None),
        (-5, None),
        (True, None),
        ("", None),
        ("soon", None),
        (float("nan"), None),
        (float("inf"), None),
        (10**40, None),
        ([], None),
    ],
)
def test_times_by_magnitude(given_time: object, ms: int | None) -> None:
    assert wire.milliseconds(given_time) == ms


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (7, 7),
        ("7", 7),
        (" -7 ", -7),
        (7.0, 7),
        (7.5, None),
        (True, None),
        ("7x", None),
        ("٧", None),
        ("--7", None),
        (None, None),
    ],
)
def test_whole_numbers(value: object, number: int | None) -> None:
    assert wire.integer(value) == number


def test_a_process_of_the_oldest_generation() -> None:
    item = {
        "pid": 42,
        "status": "running",
        "exit_code": None,
        "signal": None,
        "stdin_writable": False,
        "command": "python",
        "args": ["a.py"],
        "started_at": NOW,
        "ended_at": None,
    }
    assert wire.process_from(item, "sb") == Process("sb", 42, "running", "python", ("a.py",), NOW)


def test_a_process_of_the_newest_generation() -> None:
    item = {
        "pid": "42",
        "handle": 9,
        "status": "paused_by_future",
        "command": "web",
        "args": None,
        "stdin_writable": None,
        "started_at": NOW / 1000,
        "oom_killed": True,
        "gpu": 1,
        "managed": {
            "id": "m-1",
            "name": "web",
            "status": "backing_off",
            "restart_count": "3",
            "restart": {"policy": "on_failure", "max_restarts": None},
            "health_status": "unhealthy",
            "consecutive_health_failures": 2,
            "last_exit": {"exit_code": 1, "ended_at": NOW},
            "last_error": "bad\x1b[2J",
            "next_restart_at": "2026-02-02T02:40:00.123Z",
        },
    }
    process = wire.process_from(item, "sb")
    assert (process.pid, process.handle, process.status, process.started_at) == (42, 9, "paused_by_future", NOW)
    assert process.unknown_fields == ("gpu",)
    assert process.oom_killed
    managed = process.managed
    assert managed is not None
    assert "\x1b" not in (managed.last_error or "")
    assert managed == Managed(
        "m-1", "web", "backing_off", 3, "on_failure", None, "unhealthy", 2, LastExit(1, None, False, NOW),
        managed.last_error, NOW,
    )  # fmt: skip


def test_text_from_the_wire_is_harmless() -> None:
    item = {"pid": 1, "command": "a\x1b[2J\n\u202eb", "args": ["\x9b31m", 5], "status": "\x07", "new\x1bfield": 1}
    process = wire.process_from(item, "sb")
    shown = "".join((process.command, *process.args, process.status, *process.unknown_fields))
    assert shown.isprintable()
    assert "\u202e" not in shown


@pytest.mark.parametrize("item", [None, [], "x", {}, {"pid": None}, {"pid": "x"}, {"pid": -1}, {"pid": True}])
def test_no_process(item: object) -> None:
    with pytest.raises(wire.BadRecord):
        wire.process_from(item, "sb")


def test_bad_records_are_counted_and_good_ones_kept() -> None:
    good, rejected = wire.records([{"pid": 1}, 7, {"pid": 2}, {}], lambda item: wire.process_from(item, "sb"), "test")
    assert ([p.pid for p in good], rejected) == ([1, 2], 2)
    assert wire.records(None, wire.sandbox_from, "test") == ((), 0)
    with pytest.raises(ProtocolError):
        wire.records({"pid": 1}, wire.sandbox_from, "test")


def test_sandboxes_of_both_generations() -> None:
    old = wire.sandbox_from(
        {
            "id": "s1",
            "status": "terminated",
            "outcome": "Failure(OutOfMemory)",
            "created_at": NOW,
            "resources": {"cpus": 1, "memory_mb": 1024, "ephemeral_disk_mb": 2048},
            "timeout_secs": 600,
            "network_policy": None,
        }
    )
    assert (old.disk_mb, old.end_reason, old.auto_resume, old.unknown_fields) == (
        2048,
        "Failure(OutOfMemory)",
        True,
        (),
    )
    new = wire.sandbox_from(
        {
            "sandbox_id": "s2",
            "name": "worker",
            "status": "Suspended",
            "termination_reason": "ImageNotFound",
            "error_details": [{"message": "no such image"}, "and more"],
            "resources": {"cpus": "0.5", "memory_mb": 1024, "disk_mb": 10},
            "auto_resume": False,
            "routing_hint": "h",
            "network_policy": {"allow_internet_access": False, "allow_out": ["pypi.org"], "deny_out": None},
            "brand_new": {},
        }
    )
    assert new.network_policy == NetworkPolicy(allow_internet_access=False, allow_out=("pypi.org",))
    assert old.network_policy is None
    assert (new.id, new.cpus, new.disk_mb, new.auto_resume) == ("s2", 0.5, 10, False)
    assert new.end_reason == "ImageNotFound: no such image; and more"
    assert new.unknown_fields == ("brand_new",)
    assert new.state.value == "suspended"


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
FIELDS = sorted(wire._PROCESS_FIELDS | wire._SANDBOX_FIELDS | {"name", "is_dir", "size", "modified_at", "uptime_secs"})


@given(st.dictionaries(st.sampled_from(FIELDS), json_like, max_size=12))
def test_no_value_in_any_field_breaks_a_reader(item: dict) -> None:
    for read in (lambda i: wire.process_from(i, "sb"), wire.sandbox_from, wire.file_entry_from):
        with suppress(wire.BadRecord):
            read(item)
    wire.daemon_status_from(item)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1", b"\xff", b"[" * 100_000])
def test_what_is_not_json(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        wire.decoded(body, "test")


def test_json_that_strict_decoders_refuse() -> None:
    assert wire.decoded(b'["\\ud800", "a\xff"]', "test") == ["\ud800", "a\ufffd"]

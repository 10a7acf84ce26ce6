"""``boxscope ps`` against a real sandbox: order, states, JSON, exit codes."""

from __future__ import annotations

import os
import re
import sys

import pytest
from cli_support import Boxscope, start, wait_until_ended

from tui.local.server import LocalSandbox

Reach = tuple[str, ...]
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
SUSPECT = "import traceback\ntry:\n    {}['key']\nexcept KeyError:\n    traceback.print_exc()\n"


@pytest.fixture
def mixed(sandbox: LocalSandbox) -> dict[str, int]:
    """One process of each common kind, all but one ended."""
    pids = {
        "ok": start(sandbox, "print('fine')"),
        "failed": start(sandbox, "import nosuch"),
        "killed": start(sandbox, "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"),
        "suspect": start(sandbox, SUSPECT),
        "running": start(sandbox, "import time; time.sleep(600)", name="sleeper"),
    }
    wait_until_ended(sandbox, *(pid for kind, pid in pids.items() if kind != "running"))
    return pids


def test_states_and_order_are_those_of_the_dashboard(boxscope: Boxscope, reach: Reach, mixed: dict[str, int]) -> None:
    document = boxscope("ps", *reach, "--json").json
    processes = {process["pid"]: process for process in document["processes"]}
    assert {kind: processes[pid]["state"] for kind, pid in mixed.items()} == {
        "ok": "ok",
        "failed": "failed",
        "killed": "killed",
        "suspect": "suspect",
        "running": "running",
    }
    order = [process["state"] for process in document["processes"]]
    assert sorted(order[:2]) == ["failed", "killed"]
    assert order[2:] == ["suspect", "running", "ok"]
    assert document["summary"] == {"total": 5, "failing": 2, "suspect": 1, "unknown": 0, "running": 1, "ok": 1}


def test_json_carries_our_state_the_raw_one_and_the_evidence(
    boxscope: Boxscope, reach: Reach, mixed: dict[str, int]
) -> None:
    done = boxscope("ps", *reach, "--json")
    assert (done.code, done.err) == (0, "")
    document = done.json
    assert document["schema_version"] == 1
    assert document["contact"] == "live"
    assert document["evidence"]["source"] == "GET /api/v1/processes"
    assert ISO.fullmatch(document["evidence"]["at"])
    by_pid = {process["pid"]: process for process in document["processes"]}
    failed, killed, running = (by_pid[mixed[kind]] for kind in ("failed", "killed", "running"))
    assert failed["status"] == "exited"
    assert failed["exit_code"] == 1
    assert failed["last_error"] == "ModuleNotFoundError: No module named 'nosuch'"
    assert failed["error_count"] == 1
    assert failed["evidence"]["source"] == f"GET /api/v1/processes/{mixed['failed']}/stderr"
    assert ISO.fullmatch(failed["started_at"])
    assert ISO.fullmatch(failed["ended_at"])
    assert (killed["status"], killed["signal"], killed["signal_name"]) == ("signaled", 15, "SIGTERM")
    assert (running["name"], running["ended_at"], running["managed"]["status"]) == ("sleeper", None, "running")
    assert running["evidence"]["complete"] is False


def test_text_is_an_aligned_table_on_stdout_only(boxscope: Boxscope, reach: Reach, mixed: dict[str, int]) -> None:
    done = boxscope("ps", *reach)
    assert (done.code, done.err) == (0, "")
    header, *rows = done.out.splitlines()
    assert header.split() == ["PID", "NAME", "RUN", "STATE", "AGE", "LASTED", "LAST", "ERROR", "COMMAND"]
    assert [row[0] for row in rows] == ["x", "x", "!", "*", "."]
    for title in ("NAME", "STATE", "LAST ERROR", "COMMAND"):
        column = header.index(title)
        assert all(row[column - 1] == " " and row[column] != " " for row in rows), title


def test_colour_is_asked_for_or_left_out(boxscope: Boxscope, reach: Reach, mixed: dict[str, int]) -> None:
    plain = boxscope("ps", *reach)
    coloured = boxscope("ps", *reach, "--color", "always")
    assert "\x1b" not in plain.out
    assert "\x1b[31m" in coloured.out
    assert "\x1b" in boxscope("ps", *reach, FORCE_COLOR="1").out
    assert "\x1b" not in boxscope("ps", *reach, FORCE_COLOR="1", NO_COLOR="1").out
    assert "\x1b" not in boxscope("ps", *reach, "--color", "never", FORCE_COLOR="1").out


def test_an_empty_sandbox_gives_an_empty_list_and_a_remark(boxscope: Boxscope, reach: Reach) -> None:
    done = boxscope("ps", *reach)
    assert done.code == 0
    assert len(done.out.splitlines()) == 1
    assert "started no process" in done.err
    assert boxscope("ps", *reach, "--json").json["processes"] == []


def test_success_exit_codes_of_the_profile_count(
    sandbox: LocalSandbox, boxscope: Boxscope, reach: Reach, token_file: str
) -> None:
    pid = start(sandbox, "raise SystemExit(3)")
    wait_until_ended(sandbox, pid)
    assert boxscope("profiles", "add", "p", "--sandbox-url", sandbox.url, "--success-exit-codes", "0,3").code == 0
    [process] = boxscope("ps", "p", "--token-file", token_file, "--json").json["processes"]
    assert process["state"] == "ok"


@pytest.mark.parametrize("way", ["target", "option", "before the command", "default", "variable"])
def test_a_profile_can_be_named_in_every_way(
    sandbox: LocalSandbox, boxscope: Boxscope, token_file: str, way: str
) -> None:
    start(sandbox, "import time; time.sleep(600)")
    boxscope("profiles", "add", "p", "--api-url", sandbox.url, "--sandbox", "box")
    token = ("--token-file", token_file)
    if way == "target":
        done = boxscope("ps", "p", *token, "--json")
    elif way == "option":
        done = boxscope("ps", "-p", "p", *token, "--json")
    elif way == "before the command":
        done = boxscope("-p", "p", *token, "ps", "--json")
    elif way == "default":
        boxscope("profiles", "use", "p")
        done = boxscope("ps", *token, "--json")
    else:
        done = boxscope("ps", *token, "--json", BOXSCOPE_PROFILE="p")
    assert done.code == 0, done.err
    assert done.json["sandbox"]["name"] == "box"
    assert done.json["sandbox"]["id"] == sandbox.sandbox_id
    assert done.json["sandbox"]["state"] == "running"
    assert len(done.json["processes"]) == 1


def test_a_sandbox_is_reached_through_the_default_profile(
    sandbox: LocalSandbox, boxscope: Boxscope, token_file: str
) -> None:
    boxscope("profiles", "add", "p", "--api-url", sandbox.url)
    boxscope("profiles", "use", "p")
    token = ("--token-file", token_file)
    for name in ("box", sandbox.sandbox_id):
        assert boxscope("ps", name, *token, "--json").json["sandbox"]["id"] == sandbox.sandbox_id
    unknown = boxscope("ps", "nobox", *token, "--json")
    assert unknown.code == 4
    assert unknown.error["code"] == "sandbox_not_found"
    assert boxscope("ps", *token).code == 2


def test_keys_come_from_the_named_variable_or_the_serve_variable(sandbox: LocalSandbox, boxscope: Boxscope) -> None:
    assert boxscope("ps", "--url", sandbox.url, "--api-key-env", "BOX_KEY", BOX_KEY=sandbox.token).code == 0
    assert boxscope("ps", "--url", sandbox.url, BOXSCOPE_SERVE_TOKEN=sandbox.token).code == 0
    missing = boxscope("ps", "--url", sandbox.url, "--api-key-env", "BOX_KEY")
    assert missing.code == 3
    assert "BOX_KEY" in missing.err


def test_a_wrong_key_is_not_authorised_and_is_not_shown(sandbox: LocalSandbox, boxscope: Boxscope) -> None:
    done = boxscope("ps", "--url", sandbox.url, "--json", BOXSCOPE_SERVE_TOKEN="wrong-secret-token")
    assert done.code == 3
    assert done.out == ""
    assert done.error["code"] == "not_authorised"
    assert "wrong-secret-token" not in done.err


def test_no_answer_is_a_network_error(boxscope: Boxscope, unused_url: str) -> None:
    done = boxscope("ps", "--url", unused_url, "--json")
    assert done.code == 6
    assert done.out == ""
    assert done.error["exit_code"] == 6
    assert done.error["hint"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("ps",), 2, "which sandbox?"),
        (("ps", "x", "--url", "http://127.0.0.1:1"), 2, "too much"),
        (("ps", "-p", "nobody"), 4, "no profile 'nobody'"),
        (("ps", "-p", "a", "--url", "http://127.0.0.1:1"), 2, "exclude each other"),
        (("ps", "--url", "http://example.com"), 2, "unencrypted"),
        (("ps", "--url", "nonsense"), 2, "not a URL"),
        (("ps", "--url", "http://127.0.0.1:1", "--token-file", "nofile"), 2, "token file"),
        (("ps", "somebox"), 3, "no credential"),
    ],
)
def test_targets_that_cannot_be(boxscope: Boxscope, arguments: tuple[str, ...], code: int, message: str) -> None:
    done = boxscope(*arguments)
    assert done.code == code, done.err
    assert message in done.err
    assert done.out == ""


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_a_token_file_that_others_can_read_is_refused(boxscope: Boxscope, reach: Reach, token_file: str) -> None:
    os.chmod(token_file, 0o644)  # noqa: PTH101
    done = boxscope("ps", *reach)
    assert done.code == 2
    assert "chmod 600" in done.err


def test_a_name_with_control_characters_does_no_harm(sandbox: LocalSandbox, boxscope: Boxscope, reach: Reach) -> None:
    sandbox.start_process(
        {"command": sys.executable, "args": ["-c", "import time; time.sleep(600)", "\x1b[2J\x1b]52;c;eA==\x07"]}
    )
    done = boxscope("ps", *reach)
    assert "\x1b" not in done.out
    assert "\x07" not in done.out

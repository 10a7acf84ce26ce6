"""``boxscope why`` about real processes."""

from __future__ import annotations

import re

import pytest
from cli_support import Boxscope, start, wait_until_ended

from tui.local.server import LocalSandbox

Reach = tuple[str, ...]
CRASH = "import sys\nprint('step 14', file=sys.stderr)\ndef main():\n    {}['choices']\nmain()\n"


def test_an_uncaught_exception_as_text(sandbox: LocalSandbox, boxscope: Boxscope, reach: Reach) -> None:
    pid = start(sandbox, CRASH)
    wait_until_ended(sandbox, pid)
    done = boxscope("why", str(pid), *reach)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].startswith("WHAT   ")
    assert lines[0].endswith("ended with exit code 1")
    assert lines[1] == "WHY    uncaught KeyError: 'choices'"
    assert lines[2] == "WHERE  <string>:4 in main"
    assert re.fullmatch(r"FIRST  here at \d\d:\d\d:\d\d UTC", lines[3])
    assert lines[lines.index("BEFORE IT") + 1] == "  1  step 14"
    evidence = lines[lines.index("EVIDENCE") + 1 :]
    assert any(f"[GET /api/v1/processes/{pid}/stderr, lines 2-" in line for line in evidence)
    assert any("ended with exit code 1  [GET /api/v1/processes]" in line for line in evidence)
    assert any("complete" in line for line in evidence)


def test_the_same_as_json(sandbox: LocalSandbox, boxscope: Boxscope, reach: Reach) -> None:
    first, second = start(sandbox, CRASH), start(sandbox, CRASH)
    wait_until_ended(sandbox, first, second)
    done = boxscope("why", str(second), *reach, "--json")
    assert (done.code, done.err) == (0, "")
    card = done.json
    assert (card["pid"], card["state"], card["complete"]) == (second, "failed", True)
    assert card["why"]["text"] == "uncaught KeyError: 'choices'"
    assert card["why"]["certainty"] == "known"
    assert "seen 2 times in 2 processes" in card["same_as"]["text"]
    assert card["lines_before"] == [{"number": 1, "text": "step 14"}]
    for evidence in card["evidence"]:
        assert evidence["source"]
        assert set(evidence) == {"fact", "source", "at"}


@pytest.mark.parametrize(
    ("program", "certainty", "text"),
    [
        ("raise SystemExit(3)", "unknown", "unknown: no exception was printed"),
        ("raise SystemExit(137)", "unknown", "SIGKILL, whoever sent that"),
        ("import os; os.kill(os.getpid(), 9)", "unknown", "unknown: SIGKILL was not sent from here"),
        ("print('fine')", "known", "nothing failed"),
        (
            "import traceback\ntry:\n    {}[1]\nexcept KeyError:\n    traceback.print_exc()",
            "unknown",
            "yet it reported",
        ),
    ],
)
def test_what_the_evidence_does_not_tell_is_unknown(
    sandbox: LocalSandbox, boxscope: Boxscope, reach: Reach, program: str, certainty: str, text: str
) -> None:
    pid = start(sandbox, program)
    wait_until_ended(sandbox, pid)
    done = boxscope("why", str(pid), *reach, "--json")
    assert done.code == 0, done.err
    assert done.json["why"]["certainty"] == certainty
    assert text in done.json["why"]["text"]
    assert "memory" not in done.json["why"]["text"].replace("out-of-memory flag", "")


def test_a_running_process_is_named_by_its_name(sandbox: LocalSandbox, boxscope: Boxscope, reach: Reach) -> None:
    start(sandbox, "import sys, time; print('up', file=sys.stderr); time.sleep(600)", name="api")
    done = boxscope("why", "api", *reach, "--json")
    assert done.code == 0, done.err
    assert (done.json["state"], done.json["why"]["certainty"]) == ("running", "known")


def test_a_restart_loop_is_one_error_over_its_runs(sandbox: LocalSandbox, boxscope: Boxscope, reach: Reach) -> None:
    pid = start(
        sandbox,
        CRASH,
        name="worker",
        restart={"policy": "on_failure", "max_restarts": 1, "initial_backoff_ms": 50, "max_backoff_ms": 50},
    )
    wait_until_ended(sandbox, pid)
    done = boxscope("why", "worker", *reach, "--json")
    assert done.code == 0, done.err
    assert "KeyError: 'choices'" in done.json["why"]["text"]


@pytest.mark.parametrize(("target", "code", "word"), [("nosuch", 4, "process_not_found"), ("box/", 2, "usage_error")])
def test_what_is_not_there(boxscope: Boxscope, reach: Reach, target: str, code: int, word: str) -> None:
    done = boxscope("why", target, *reach, "--json")
    assert (done.code, done.out) == (code, "")
    assert done.error["code"] == word


def test_remote_text_is_harmless(sandbox: LocalSandbox, boxscope: Boxscope, reach: Reach) -> None:
    program = "import sys\nprint('\\x1b[2Jstep', file=sys.stderr)\nraise ValueError('\\x1b]52;c;eA==\\x07')"
    pid = start(sandbox, program)
    wait_until_ended(sandbox, pid)
    done = boxscope("why", str(pid), *reach)
    assert "\x1b" not in done.out
    assert "\x07" not in done.out
    assert "ValueError" in done.out

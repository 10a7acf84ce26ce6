"""``boxscope errors``: over files and pipes, and over real sandboxes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
from cli_support import Boxscope, child_environment, command, start, wait_until_ended

from tui.cli.file_errors import MAX_LINE, line_batches
from tui.local.server import LocalSandbox

Reach = tuple[str, ...]
PYTHON = ["Traceback (most recent call last):", '  File "/w/a.py", line {line}, in main', "    run()", "KeyError: 'x'"]
CRASH = "def main():\n    {}['choices']\nmain()\n"


def traceback(line: int = 3) -> list[str]:
    return [text.format(line=line) for text in PYTHON]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "run.log"
    lines = [
        "INFO start",
        *traceback(3),
        "INFO next",
        *traceback(77),
        "thread 'main' panicked at src/main.rs:4:5:",
        "boom",
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_json_has_one_object_a_block_with_the_documented_fields(boxscope: Boxscope, log: Path) -> None:
    done = boxscope("errors", "--file", str(log), "--json")
    assert (done.code, done.err) == (0, "")
    first, second, third = done.records
    wanted = {
        "start": 1,
        "end": 4,
        "language": "python",
        "type": "KeyError",
        "message": "'x'",
        "frames": [{"file": "/w/a.py", "line": 3, "function": "main"}],
        "chained": 0,
        "is_group": False,
        "cause_types": [],
    }
    assert wanted.items() <= first.items()
    assert first["fingerprint"].startswith("v1:")
    assert (second["start"], second["end"]) == (6, 9)
    assert first["fingerprint"] == second["fingerprint"] != third["fingerprint"]
    assert (third["type"], third["message"]) == ("panic", "boom")


def test_text_is_one_aligned_line_a_block(boxscope: Boxscope, log: Path) -> None:
    done = boxscope("errors", "--file", str(log))
    assert done.code == 0
    assert done.err == "boxscope: 3 tracebacks in 12 lines\n"
    lines = done.out.splitlines()
    assert [line.split()[:2] for line in lines] == [["2-5", "python"], ["7-10", "python"], ["11-12", "rust"]]
    assert len({line.index("E-") for line in lines}) == 1
    assert lines[0].endswith("KeyError: 'x'  (/w/a.py:3 in main)")


def test_own_paths_decide_which_frame_counts(boxscope: Boxscope, tmp_path: Path) -> None:
    path = tmp_path / "deep.log"
    frames = [
        '  File "/w/a.py", line 3, in main',
        "    plan()",
        '  File "/vendored/plan.py", line 9, in plan',
        "    go()",
        '  File "/elsewhere/go.py", line 1, in go',
    ]
    path.write_text("\n".join([PYTHON[0], *frames, PYTHON[3]]) + "\n")

    def place(*own: str) -> str:
        options = [word for root in own for word in ("--own-paths", root)]
        (record,) = boxscope("errors", "--file", str(path), "--json", *options).records
        return str(record["where"])

    assert place() == "/elsewhere/go.py:1 in go"
    assert place("/w") == "a.py:3 in main"
    assert place("/w", "/vendored") == "plan.py:9 in plan"


def test_levels_change_what_is_equal(boxscope: Boxscope, tmp_path: Path) -> None:
    path = tmp_path / "two.log"
    path.write_text("\n".join([*traceback(), "x", *traceback()]).replace("    run()", "    walk()", 1))
    marks = {
        level: len(
            {
                record["fingerprint"]
                for record in boxscope("errors", "--file", str(path), "--json", "--level", level).records
            }
        )
        for level in ("coarse", "normal", "fine")
    }
    assert marks == {"coarse": 1, "normal": 1, "fine": 2}


@contextmanager
def piped_errors() -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes], IO[bytes]]]:
    """``errors --file - --json`` with both ends of its pipes."""
    with subprocess.Popen(
        command("errors", "--file", "-", "--json"),
        env=child_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        yield child, child.stdin, child.stdout


def test_a_block_is_printed_while_the_pipe_is_still_open() -> None:
    with piped_errors() as (child, stdin, stdout):
        stdin.write("\n".join([*traceback(), *["INFO goes on"] * 60, ""]).encode())
        stdin.flush()
        assert json.loads(stdout.readline())["type"] == "KeyError"
        stdin.write("\n".join(traceback(9)).encode())
        stdin.close()
        assert json.loads(stdout.readline())["frames"][0]["line"] == 9
        assert stdout.read() == b""
        assert child.wait() == 0


def test_a_pause_in_the_pipe_completes_a_block() -> None:
    with piped_errors() as (child, stdin, stdout):
        stdin.write("\n".join([*traceback(), "INFO goes on", "half a li"]).encode())
        stdin.flush()
        assert json.loads(stdout.readline())["type"] == "KeyError"
        stdin.write("\n".join(["ne", *traceback(9)]).encode())
        stdin.close()
        second = json.loads(stdout.readline())
        assert second["start"] == len(traceback()) + 2
        assert stdout.read() == b""
        assert child.wait() == 0


def test_a_reader_that_leaves_early_ends_it_quietly(tmp_path: Path) -> None:
    path = tmp_path / "many.log"
    path.write_text("\n".join([*traceback(), "INFO"] * 5000))
    with subprocess.Popen(
        command("errors", "--file", str(path)), env=child_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.readline()
        child.stdout.close()
        assert child.stderr.read() == b""
        assert child.wait() == 0


def test_text_is_harmless_and_bytes_that_are_no_text_do_not_matter(boxscope: Boxscope, tmp_path: Path) -> None:
    path = tmp_path / "odd.log"
    path.write_bytes(
        b"\xff\xfe\x00\r\n" + "\r\n".join(traceback()).encode().replace(b"'x'", b"'\x1b]52;c;eA==\x07\xe9'")
    )
    done = boxscope("errors", "--file", str(path))
    assert "\x1b" not in done.out
    assert "\x07" not in done.out
    assert "KeyError" in done.out


def test_neither_textual_nor_httpx_nor_an_event_loop_is_imported(log: Path) -> None:
    program = (
        "import sys\nfrom tui.cli.main import run\n"
        f"assert run(['errors', '--file', {str(log)!r}]) == 0\n"
        "print([m for m in ('textual', 'rich', 'httpx', 'starlette', 'asyncio') if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=child_environment(), capture_output=True, text=True, check=True
    )
    assert done.stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--file", "nosuch.log"), "cannot read nosuch.log"),
        (("--file", "x", "box"), "too much"),
        (("--own-paths", "/w", "box"), "--own-paths goes with --file"),
        ((), "which sandbox?"),
    ],
)
def test_what_cannot_be_read_is_a_usage_error(boxscope: Boxscope, arguments: tuple[str, ...], message: str) -> None:
    done = boxscope("errors", *arguments, "--json")
    assert (done.code, done.out) == (2, "")
    assert message in done.error["message"]


class Pieces:
    """A file that gives its content in the pieces it was made of, as a pipe does."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = iter(pieces)

    def read1(self, _: int) -> bytes:
        return next(self._pieces, b"")


def batches(*pieces: bytes) -> list[list[str]]:
    file: Any = Pieces(*pieces)
    return list(line_batches(file))


def test_lines_are_whole_however_they_arrive() -> None:
    assert batches(b"a", b"b\nc\xc3", b"\xa9\n", b"d") == [["ab"], ["cé"], ["d"]]
    assert batches(b"a\n", b"\n", b"b\r\nc\x0bd\n") == [["a"], [""], ["b\r", "c\x0bd"]]
    assert batches() == []


def test_a_line_without_end_is_bounded() -> None:
    [[line], [after]] = batches(*[b"x" * (MAX_LINE // 2)] * 9, b"\nafter")
    assert MAX_LINE <= len(line) < 2 * MAX_LINE
    assert after == "after"
    [[last]] = batches(*[b"\r50%" + b"." * (MAX_LINE // 2)] * 9, b"\rKeyError")
    assert last.endswith("\rKeyError")


# ---------------------------------------------------------------- sandboxes


@pytest.fixture
def failing(sandbox: LocalSandbox) -> list[int]:
    """Two processes that fail alike, one that fails without a traceback, one that is fine."""
    pids = [
        start(sandbox, CRASH),
        start(sandbox, CRASH),
        start(sandbox, "raise SystemExit(3)"),
        start(sandbox, "print()"),
    ]
    wait_until_ended(sandbox, *pids)
    return pids


def test_equal_errors_of_a_sandbox_are_one_group(boxscope: Boxscope, reach: Reach, failing: list[int]) -> None:
    done = boxscope("errors", *reach, "--json")
    assert (done.code, done.err) == (0, "")
    document = done.json
    groups = {group["headline"]: group for group in document["groups"]}
    assert set(groups) == {"KeyError: 'choices'", "exit 3, no traceback"}
    equal = groups["KeyError: 'choices'"]
    assert (equal["count"], equal["members_beyond"], equal["exit_only"]) == (2, 0, False)
    assert sorted(member["pid"] for member in equal["members"]) == failing[:2]
    assert equal["members"][0]["seen"]["source"] in ("live line", "end of the process")
    assert {"fact": "type", "value": "KeyError"} in equal["why_equal"]
    assert groups["exit 3, no traceback"]["exit_only"] is True
    assert (document["schema_version"], document["level"], document["unread"]) == (1, "normal", 0)
    assert document["watched"][0]["processes"] == 4


def test_the_table_names_groups_counts_and_places(boxscope: Boxscope, reach: Reach, failing: list[int]) -> None:
    done = boxscope("errors", *reach)
    assert (done.code, done.err) == (0, "")
    header, *rows = done.out.splitlines()
    assert header.split() == ["ID", "COUNT", "LAST", "FIRST", "IN", "WHERE", "ERROR"]
    assert len(rows) == 2
    [row] = [row for row in rows if "KeyError" in row]
    assert row.startswith("E-")
    assert " x2 " in row
    assert "<string>:2 in main" in row
    assert all(row[header.index("ERROR") - 1] == " " for row in rows)


def test_equal_errors_of_two_sandboxes_are_one_group(
    sandbox: LocalSandbox, boxscope: Boxscope, failing: list[int]
) -> None:
    with LocalSandbox("second", token=sandbox.token) as second:
        wait_until_ended(second, start(second, CRASH))
        for name, box in (("one", sandbox), ("two", second)):
            assert boxscope("profiles", "add", name, "--api-url", box.url, "--sandbox", box.name).code == 0
        done = boxscope("errors", "one", "two", "--json", BOXSCOPE_SERVE_TOKEN=sandbox.token)
        assert done.code == 0, done.err
        [group] = [group for group in done.json["groups"] if group["headline"] == "KeyError: 'choices'"]
        assert group["sandboxes"] == {"box": 2, "second": 1}
        assert group["count"] == 3


def test_a_sandbox_without_errors_says_what_was_read(sandbox: LocalSandbox, boxscope: Boxscope, reach: Reach) -> None:
    wait_until_ended(sandbox, start(sandbox, "print()"))
    done = boxscope("errors", *reach)
    assert done.code == 0
    assert done.err == "boxscope: no error in what was read: 1 process of 1 sandbox\n"
    assert boxscope("errors", *reach, "--json").json["groups"] == []

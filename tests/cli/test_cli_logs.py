"""``boxscope logs`` against a real sandbox: what is printed, until when, and what is said of it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path

import pytest
from cli_support import Boxscope, child_environment, command, start, wait_until_ended

from tui.local.server import LocalSandbox

Reach = tuple[str, ...]
TEN_LINES = "import sys\nfor i in range(10): print('line', i, file=sys.stderr)\nprint('on stdout')"
TICKING = "import sys, time\nn = 0\nwhile True: print('tick', n, file=sys.stderr, flush=True); n += 1; time.sleep(0.05)"


def finished(sandbox: LocalSandbox, program: str) -> str:
    """The pid of a process that has run ``program`` to its end."""
    pid = start(sandbox, program)
    wait_until_ended(sandbox, pid)
    return str(pid)


def test_all_lines_of_a_finished_process(sandbox: LocalSandbox, boxscope: Boxscope, reach: Reach) -> None:
    pid = finished(sandbox, TEN_LINES)
    done = boxscope("logs", *reach, pid)
    assert (done.code, done.err) == (0, "")
    assert done.out == "".join(f"line {i}\n" for i in range(10))
    assert boxscope("logs", *reach, pid, "-f").out == done.out
    assert boxscope("logs", *reach, pid, "--stream", "stdout").out == "on stdout\n"


def test_both_streams_are_told_apart(sandbox: LocalSandbox, boxscope: Boxscope, reach: Reach) -> None:
    pid = finished(sandbox, TEN_LINES)
    lines = boxscope("logs", *reach, pid, "--stream", "both").out.splitlines()
    assert "stdout on stdout" in lines
    assert [line for line in lines if line.startswith("stderr")] == [f"stderr line {i}" for i in range(10)]


@pytest.mark.parametrize(("tail", "first"), [("3", 7), ("0", 10), ("10", 0), ("99", 0)])
@pytest.mark.parametrize("follow", [(), ("-f",)])
def test_the_tail(
    sandbox: LocalSandbox, boxscope: Boxscope, reach: Reach, tail: str, first: int, follow: tuple[str, ...]
) -> None:
    pid = finished(sandbox, TEN_LINES)
    done = boxscope("logs", *reach, pid, "-n", tail, *follow)
    assert (done.code, done.err) == (0, "")
    assert done.out == "".join(f"line {i}\n" for i in range(first, 10))


def test_json_lines_end_with_a_summary(sandbox: LocalSandbox, boxscope: Boxscope, reach: Reach) -> None:
    pid = finished(
        sandbox,
        "import sys; sys.stderr.write('a\\x1b[31mb\\ud800'.encode('utf-8', 'ignore').decode() + '\\n'); sys.exit(3)",
    )
    done = boxscope("logs", *reach, pid, "--json")
    assert (done.code, done.err) == (0, "")
    head, line, summary = done.records
    assert (head["type"], head["schema_version"], head["pid"]) == ("start", 1, int(pid))
    assert (line["type"], line["stream"], line["number"], line["text"]) == ("line", "stderr", 1, "a\x1b[31mb")
    assert (summary["type"], summary["exit_code"], summary["state"]) == ("summary", 3, "failed")
    assert summary["interrupted"] is False
    assert summary["streams"]["stderr"]["lines"] == 1
    assert summary["streams"]["stderr"]["evidence"]["complete"] is True


def test_text_is_made_harmless_unless_raw_is_asked_for(sandbox: LocalSandbox, boxscope: Boxscope, reach: Reach) -> None:
    pid = finished(sandbox, r"import sys; sys.stderr.write('\x1b[31mred\x1b[0m\x1b]52;c;eA==\x07\x1b[2J\n')")
    assert boxscope("logs", *reach, pid).out == "red\n"
    assert boxscope("logs", *reach, pid, "--color", "always").out == "\x1b[38;5;1mred\x1b[0m\n"
    assert boxscope("logs", *reach, pid, "--raw").out == "\x1b[31mred\x1b[0m\x1b]52;c;eA==\x07\x1b[2J\n"


def test_long_lines_are_printed_whole(sandbox: LocalSandbox, boxscope: Boxscope, reach: Reach) -> None:
    pid = finished(sandbox, "import sys; sys.stderr.write('x' * 300_000 + '\\x01\\n')")
    assert boxscope("logs", *reach, pid).out == "x" * 300_000 + "\u2401\n"


def test_a_running_process_gives_what_there_is(sandbox: LocalSandbox, boxscope: Boxscope, reach: Reach) -> None:
    start(sandbox, "import sys, time; print('so far', file=sys.stderr); time.sleep(600)", name="slow")
    while not (done := boxscope("logs", *reach, "slow")).out:
        assert done.code == 0
    assert done.out == "so far\n"
    assert "the process is running" in done.err


def test_following_ends_with_the_process(sandbox: LocalSandbox, boxscope: Boxscope, reach: Reach) -> None:
    pid = start(
        sandbox, "import sys, time\nfor i in range(30): print(i, file=sys.stderr, flush=True); time.sleep(0.02)"
    )
    done = boxscope("logs", *reach, str(pid), "-f")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [str(i) for i in range(30)]


def test_live_lines_have_times_and_replayed_ones_have_none(sandbox: LocalSandbox, reach: Reach) -> None:
    pid = start(sandbox, TICKING)
    with subprocess.Popen(
        command("logs", *reach, str(pid), "-f", "--timestamps"),
        env=child_environment(),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        times = []
        while not times or times[-1] == "-":
            time, *words = process.stdout.readline().split()
            assert words == ["tick", str(len(times))]
            times.append(time)
        process.terminate()
        process.stdout.read()
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3}", times[-1])


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_following_with_a_summary(
    sandbox: LocalSandbox, reach: Reach, number: signal.Signals, code: int
) -> None:
    pid = start(sandbox, TICKING)
    process = subprocess.Popen(
        command("logs", *reach, str(pid), "-f", "--json"),
        env=child_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    first = [json.loads(process.stdout.readline()) for _ in range(3)]
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == code
    assert err == ""
    summary = json.loads(out.splitlines()[-1])
    assert [record["type"] for record in first] == ["start", "line", "line"]
    assert (summary["type"], summary["interrupted"], summary["state"]) == ("summary", True, "running")


def test_a_closed_pipe_ends_it_quietly(sandbox: LocalSandbox, reach: Reach) -> None:
    pid = start(sandbox, TICKING)
    process = subprocess.Popen(
        command("logs", *reach, str(pid), "-f"),
        env=child_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("tick")
    process.stdout.close()
    assert process.wait(20) == 0
    assert process.stderr is not None
    assert "Error" not in process.stderr.read()
    process.stderr.close()


def test_a_process_that_is_not_there(sandbox: LocalSandbox, boxscope: Boxscope, reach: Reach) -> None:
    done = boxscope("logs", *reach, "nobody", "--json")
    assert done.code == 4
    assert done.out == ""
    assert done.error["code"] == "process_not_found"


def test_target_and_process_in_one_word(sandbox: LocalSandbox, boxscope: Boxscope, token_file: str) -> None:
    boxscope("profiles", "add", "p", "--api-url", sandbox.url)
    boxscope("profiles", "use", "p")
    start(sandbox, "import sys, time; print('here', file=sys.stderr); time.sleep(600)", name="web")
    for target in ("box/web", f"{sandbox.sandbox_id}/web"):
        while not (done := boxscope("logs", target, "--token-file", token_file)).out:
            assert done.code == 0, done.err
        assert done.out == "here\n"
    assert boxscope("logs", "web", "--token-file", token_file).code == 2
    assert boxscope("logs", "box/", "--token-file", token_file).code == 2


def test_both_runs_of_a_managed_process_are_found_by_name_and_pid(
    sandbox: LocalSandbox, boxscope: Boxscope, reach: Reach
) -> None:
    restart = {"policy": "on_failure", "initial_backoff_ms": 60_000, "max_restarts": 1}
    start(sandbox, "import sys; sys.exit('first run')", name="loop", restart=restart)
    while (done := boxscope("logs", *reach, "loop", "-f")).out != "first run\n":
        assert done.code in (0, 13)


def test_output_that_is_not_text_does_not_stop_it(sandbox: LocalSandbox, boxscope: Boxscope, reach: Reach) -> None:
    pid = finished(sandbox, "import sys; sys.stderr.buffer.write(b'a\\xff\\xfeb\\nc\\n')")
    assert boxscope("logs", *reach, pid).out == "a\ufffd\ufffdb\nc\n"


def test_narrow_encodings_do_not_stop_it(sandbox: LocalSandbox, reach: Reach, tmp_path: Path) -> None:
    start(sandbox, "import sys, time; print('caf\\u00e9 \\u2714', file=sys.stderr); time.sleep(600)", name="web")
    environment = child_environment(PYTHONIOENCODING="ascii")
    while True:
        done = subprocess.run(
            command("logs", *reach, "web"), env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr
        if done.stdout:
            break
    assert done.stdout == "caf\\xe9 \\u2714\n"


def test_a_log_longer_than_one_answer_is_not_called_complete(
    sandbox: LocalSandbox, boxscope: Boxscope, reach: Reach
) -> None:
    lines = 36_000
    pid = finished(sandbox, f"import sys\nfor i in range({lines}): sys.stderr.write(f'{{i:06}}' + 'x' * 994 + '\\n')")
    short = boxscope("logs", *reach, pid)
    assert short.code == 13
    assert 0 < short.out.count("\n") < lines
    assert "print all of it with -f" in short.err
    whole = boxscope("logs", *reach, pid, "-f")
    assert [line[:6] for line in whole.out.splitlines()] == [f"{i:06}" for i in range(lines)]

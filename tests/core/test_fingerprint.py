"""What makes two errors equal, and what does not."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import process
from tui.core.failures import judge
from tui.core.fingerprint import (
    Fingerprint,
    Level,
    ShortIds,
    deciding_frame,
    exit_fingerprint,
    explain,
    fingerprint_of,
    own_roots_of,
    relative_path,
)
from tui.core.normalise import normalised, normalised_path
from tui.core.tracebacks.detector import TracebackDetector
from tui.core.tracebacks.model import Frame, Traceback


def found(text: str) -> Traceback:
    """The one report in ``text``, by the real detector."""
    detector = TracebackDetector()
    blocks = detector.feed_many(text.strip("\n").split("\n")) + detector.flush()
    assert len(blocks) == 1
    return blocks[0]


def report(
    *,
    line: int = 41,
    root: str = "/workspace",
    type_: str = "KeyError",
    message: str = "'choices'",
    function: str = "parse",
) -> str:
    return f"""
Traceback (most recent call last):
  File "{root}/agent.py", line {line + 47}, in main
    run(plan)
  File "/usr/lib/python3.11/site-packages/httpx/_client.py", line {line}, in send
    return r
  File "{root}/agent.py", line {line}, in {function}
    return r["choices"][0]
{type_}: {message}
"""


def digest(text: str, level: Level = Level.NORMAL, roots: tuple[str, ...] = ()) -> str:
    return fingerprint_of(found(text), level, roots).digest


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_line_numbers_count_at_no_level(first: int, second: int) -> None:
    for level in Level:
        assert digest(report(line=first), level) == digest(report(line=second), level)


@pytest.mark.parametrize("level", Level)
def test_types_and_the_deepest_function_count_at_every_level(level: Level) -> None:
    base = digest(report(), level)
    assert digest(report(type_="ValueError"), level) != base
    assert digest(report(function="render"), level) != base


def test_parts_name_own_frames_outermost_first_and_no_message_where_the_type_says_enough() -> None:
    parts = fingerprint_of(found(report()), own_roots=("/workspace",)).parts
    assert parts == (("type", "KeyError"), ("own frame", "agent.py main"), ("own frame", "agent.py parse"))


def test_paths_count_from_the_root_of_the_users_code() -> None:
    here = digest(report(root="/workspace"), roots=("/workspace",))
    assert digest(report(root="/srv/app/v2"), roots=("/srv/app", "/srv/app/v2")) == here
    assert digest(report(root="/srv/app/v2"), roots=("/srv/app",)) != here


VARIANTS = st.sampled_from(
    [
        "worker {n} lost 0x{n:x} at 10.0.0.{b}:{n}",
        "pid {n} ended at 2026-11-24 12:{b:02d}:07.{n}",
        "no file '/tmp/x{n}/part' for 3f9a41c{n:08x}",
        "GET https://api.example.com/v1/{n}?q={n} failed",
    ]
)


@given(VARIANTS, st.integers(10, 59), st.integers(10, 59), st.integers(1000, 99999), st.integers(1000, 99999))
def test_pids_addresses_times_and_ids_in_messages_do_not_count(
    form: str, b: int, other_b: int, n: int, other_n: int
) -> None:
    first, second = form.format(n=n, b=b), form.format(n=other_n, b=other_b)
    assert normalised(first) == normalised(second)
    for level in Level:
        one, two = (digest(report(type_="RuntimeError", message=text), level) for text in (first, second))
        assert one == two


def test_messages_of_generic_types_count_and_stay_readable() -> None:
    one, two = report(type_="RuntimeError", message="queue full"), report(type_="RuntimeError", message="no such plan")
    assert digest(one) != digest(two)
    assert digest(one, Level.COARSE) == digest(two, Level.COARSE)
    assert digest(report(message="'a'"), Level.FINE) == digest(report(message="'b'"), Level.FINE)
    parts = fingerprint_of(found(report(type_="RuntimeError", message="can't open 'x' in 3 s, isn't ready"))).parts
    assert parts[-1] == ("message", "can't open <text> in <n> s, isn't ready")


def test_system_errors_count_by_errno_and_http_errors_by_status() -> None:
    full = report(type_="OSError", message="[Errno 28] No space left on device: '/data/a'")
    assert ("errno", "28") in fingerprint_of(found(full)).parts
    assert digest(full) != digest(report(type_="OSError", message="[Errno 98] Address already in use"))
    refused = report(type_="requests.exceptions.HTTPError", message="403 Client Error: Forbidden for url: https://x/1")
    assert ("HTTP status", "403") in fingerprint_of(found(refused)).parts
    other = refused.replace("403 Client Error: Forbidden", "404 Client Error: Not Found")
    assert digest(refused) != digest(other)


def test_the_innermost_cause_counts() -> None:
    chain = """
Traceback (most recent call last):
  File "/w/a.py", line 2, in load
    open(path)
FileNotFoundError: [Errno 2] No such file or directory: 'x'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/w/a.py", line 9, in <module>
    load()
{outer}: no model
"""
    parts = fingerprint_of(found(chain.format(outer="ModelMissing"))).parts
    assert parts == (("type", "FileNotFoundError"), ("own frame", "/w/a.py load"))
    assert digest(chain.format(outer="ModelMissing")) == digest(chain.format(outer="OtherError"))


GROUP = """
  + Exception Group Traceback (most recent call last):
  |   File "/w/rain.py", line 26, in <module>
  |     survey()
  | ExceptionGroup: rain survey incomplete (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/w/rain.py", line 13, in survey
    |     read(gauge)
    | {first}
    +---------------- 2 ----------------
    | Traceback (most recent call last):
    |   File "/w/rain.py", line 14, in survey
    |     read(gauge)
    | {second}
    +------------------------------------
"""


def test_a_group_counts_by_the_set_of_its_leaves() -> None:
    mixed = GROUP.format(first="GaugeError: G1 is blocked", second="ValueError: no rain")
    swapped = GROUP.format(first="ValueError: no rain", second="GaugeError: G7 is blocked")
    assert digest(mixed) == digest(swapped)
    assert [name for name, _ in fingerprint_of(found(mixed)).parts] == ["member", "member"]
    same = GROUP.format(first="GaugeError: G1 is blocked", second="GaugeError: G7 is blocked")
    assert len(fingerprint_of(found(same)).parts) == 1
    assert digest(same) != digest(mixed)


def test_a_group_went_wrong_where_its_first_leaf_did() -> None:
    frame = deciding_frame(found(GROUP.format(first="GaugeError: G1 is blocked", second="ValueError: no rain")))
    assert frame is not None
    assert frame.line == 13


@given(st.integers(2, 40), st.integers(2, 40))
def test_recursion_counts_once_however_deep(first: int, second: int) -> None:
    def deep(turns: int) -> str:
        head = 'Traceback (most recent call last):\n  File "/w/a.py", line 1, in <module>\n    a()\n'
        turn = '  File "/w/a.py", line 3, in a\n    b()\n  File "/w/a.py", line 6, in b\n    a()\n'
        return head + turn * turns + "RecursionError: maximum recursion depth exceeded"

    assert digest(deep(first)) == digest(deep(second))


def test_without_own_frames_the_three_nearest_count() -> None:
    lines = "".join(
        f'  File "/usr/lib/python3.11/site-packages/lib/m{n}.py", line {n}, in f{n}\n    x\n' for n in range(1, 7)
    )
    parts = fingerprint_of(found(f"Traceback (most recent call last):\n{lines}KeyError: 1")).parts
    assert [value.rpartition(" ")[2] for name, value in parts if name == "library frame"] == ["f4", "f5", "f6"]


def test_other_runtimes_print_the_nearest_frame_first() -> None:
    javascript = found("""
TypeError: Cannot read properties of null (reading 'forEach')
    at draw (/srv/app/src/draw.js:10:3)
    at main (/srv/app/src/app.js:4:1)
    at node:internal/main/run_main_module:23:47
""")
    own = ("/srv/app",)
    frame = deciding_frame(javascript, own)
    assert frame is not None
    assert frame.function == "draw"
    assert [v for n, v in fingerprint_of(javascript, own_roots=own).parts if n == "own frame"] == [
        "src/app.js main",
        "src/draw.js draw",
    ]
    assert ("function", "draw") in fingerprint_of(javascript, Level.COARSE, own).parts


def test_a_report_without_frames_counts_by_its_message() -> None:
    one = "thread 'main' panicked at src/main.rs:4:5:\nzone {} must be configured\nnote: run with `RUST_BACKTRACE=1`"
    assert digest(one.format(1)) == digest(one.format(22))
    assert digest(one.format(1)) != digest(one.replace("zone", "door"))


def test_fine_tells_source_texts_apart() -> None:
    other = report().replace('return r["choices"][0]', 'return r["choices"][1]')
    assert digest(report()) == digest(other)
    assert digest(report(), Level.FINE) != digest(other, Level.FINE)


def test_failures_without_a_report_count_by_state_and_command() -> None:
    def exit_digest(level: Level = Level.NORMAL, **changes: Any) -> str:
        record = process(7, status="exited", ended_at=1_800_000_001_000, **changes)
        return exit_fingerprint(record, judge(record), level).digest

    base = exit_digest(exit_code=1, args=("/srv/job.py", "--id", "17"))
    assert exit_digest(exit_code=1, args=("/opt/job.py", "--id", "4242")) == base
    assert exit_digest(exit_code=1, args=("/srv/other.py", "--id", "17")) != base
    assert exit_digest(exit_code=3, args=("/srv/job.py", "--id", "17")) != base
    assert exit_digest(Level.COARSE, exit_code=3) == exit_digest(Level.COARSE, exit_code=1)
    assert exit_digest(Level.FINE, exit_code=1, args=("a", "1")) != exit_digest(
        Level.FINE, exit_code=1, args=("a", "2")
    )
    assert exit_digest(signal=9) != exit_digest(oom_killed=True, signal=9)


def test_text_form_carries_the_version_and_matches_beginnings() -> None:
    mark = fingerprint_of(found(report()))
    assert re.fullmatch(r"v1:[0-9a-f]{16}", mark.text)
    assert mark.matches(mark.text)
    assert mark.matches(mark.text[:7])
    assert not mark.matches(mark.text[:6])
    assert not mark.matches("v2:" + mark.digest)
    assert explain(mark)[0] == ("recipe", "version 1, normal")
    assert explain(mark)[1:] == list(mark.parts)


def test_the_recipe_is_stable() -> None:
    """Fingerprints live in profiles: a change here needs a new version."""
    assert fingerprint_of(found(report()), own_roots=("/workspace",)).text == "v1:057f7aa18778a78b"


def test_short_ids_grow_where_they_would_collide_and_stay_once_given() -> None:
    ids = ShortIds()
    marks = [
        Fingerprint(Level.NORMAL, (), digest) for digest in ("3f9a" + "0" * 12, "3f9a1" + "0" * 11, "3f9a" + "1" * 12)
    ]
    assert [ids.of(mark) for mark in marks] == ["E-3f9a", "E-3f9a1", "E-3f9a11"]
    assert [ids.of(mark) for mark in reversed(marks)] == ["E-3f9a11", "E-3f9a1", "E-3f9a"]


def test_own_roots_are_the_profiles_else_the_scripts_folder() -> None:
    frames = (Frame("/srv/agent/lib/x.py", 1, "f"),)
    script = process(1, command="/usr/bin/python3", args=("-u", "/srv/agent/main.py"))
    assert own_roots_of(script, ("/workspace",), frames) == ("/workspace",)
    assert own_roots_of(script, (), frames) == ("/srv/agent",)
    assert own_roots_of(script, (), (Frame("/opt/x.py", 1, "f"),)) == ()
    assert own_roots_of(process(1, args=("main.py",)), (), frames) == ()
    assert own_roots_of(None, (), frames) == ()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/tmp/tmp8f3k2x1q/agent.py", "/tmp/*/agent.py"),
        ("/run/3f9a41c0-1111-2222-3333-444455556666/a.py", "/run/*/a.py"),
        ("/srv/dist/index-4f3a9b21.js", "/srv/dist/index-*.js"),
        ("/srv/job17/part2.py", "/srv/job17/part2.py"),
        ("/srv/deadbeef/decade.py", "/srv/deadbeef/decade.py"),
        ("C:\\app\\main.py", "C:/app/main.py"),
    ],
)
def test_parts_of_paths_that_belong_to_one_run_do_not_count(path: str, expected: str) -> None:
    assert normalised_path(path) == expected
    assert relative_path("file://" + path, ()) == expected


@given(st.text(max_size=400))
def test_normalising_never_raises_and_leaves_one_line_without_digits(text: str) -> None:
    once = normalised(text)
    assert "\n" not in once
    assert not re.search(r"\d", once)


def test_a_dump_of_faulthandler_begins_with_the_frame_that_decides() -> None:
    detector = TracebackDetector()
    lines = [
        "Fatal Python error: Segmentation fault",
        "",
        "Current thread 0x00007f3c519bcb80 (most recent call first):",
        '  File "/srv/index.py", line 14 in read_block',
        '  File "/srv/index.py", line 29 in <module>',
    ]
    (found,) = [*detector.feed_many(lines), *detector.flush()]
    frame = deciding_frame(found)
    assert frame is not None
    assert frame.function == "read_block"

"""The pieces below the server, by table and by property."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.errors import ApiError
from tui.local.journal import ENTRY_LIMIT, Entry, Journal, Stream
from tui.local.oom import OomCounter, find_counter_file
from tui.local.output import LogReader, StreamLog, Utf8Check
from tui.local.rendering import LineRenderer
from tui.local.requests import parse_run, parse_signal, parse_start

if TYPE_CHECKING:
    from pathlib import Path

PIECES = [
    *(b"\n", b"\r", b"\r\n", b"\\", b"\\n", b'"', b"a", b"\xff", b"\xc3", b"\xa9", b"\x00", b"\t\x1b\x1f\x7f"),
    "\u2028\xe9😀".encode(),
]
NASTY = st.lists(st.sampled_from(PIECES)).map(b"".join)


def expected_lines(content: bytes) -> list[str]:
    lines = content.decode(errors="replace").split("\n")
    return [line.removesuffix("\r") for line in lines[:-1]]


@given(content=NASTY, cuts=st.lists(st.integers(1, 5)))
def test_any_chunking_renders_the_same_lines(content: bytes, cuts: list[int]) -> None:
    content += b"\n"
    renderer = LineRenderer()
    rendered, comma, position = b"", b"", 0
    for size in [*cuts, len(content)]:
        block, position = content[position : position + size], position + size
        rendered += renderer.feed(block, comma + b'"', b'"', b'","')
        comma = b"," if rendered else b""
    assert json.loads(b"[" + rendered + b"]") == expected_lines(content)


@given(pieces=st.lists(NASTY))
def test_invalid_sequences_are_counted_however_they_are_cut(pieces: list[bytes]) -> None:
    check = Utf8Check()
    for piece in pieces:
        check.feed(piece)
    check.feed(b"", final=True)
    assert check.count == b"".join(pieces).decode(errors="replace").count("\ufffd")


def test_the_replacement_character_itself_is_valid() -> None:
    check = Utf8Check()
    for byte in "\ufffdx\ufffd".encode():
        check.feed(bytes([byte]))
    check.feed(b"\xff\xef\xbf\xbd", final=True)
    assert check.count == 1


@settings(deadline=None)
@given(pieces=st.lists(NASTY, max_size=30), repeat=st.integers(1, 60))
def test_a_log_keeps_the_newest_lines_and_counts_the_rest(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], repeat: int
) -> None:
    log = StreamLog(tmp_path_factory.mktemp("log"), "stdout", 8192)
    content = b"".join(pieces) * repeat
    for piece in pieces * repeat:
        log.append(piece)
    log.close()
    if content and not content.endswith(b"\n"):
        content += b"\r\n" if content.endswith(b"\r") else b"\n"
    reader = LogReader(log, log.start)
    kept = b""
    while block := reader.read(log.stop, 100):
        kept += block
    reader.close()
    assert kept.count(b"\n") == log.lines
    if not log.counts.cut_lines:
        assert content.endswith(kept)
        assert content.count(b"\n") == log.lines + log.counts.dropped_lines
    assert len(kept) <= 8192 + 2048
    log.delete()


def test_a_journal_forgets_what_nobody_waits_for() -> None:
    journal = Journal()
    journal.add(Entry(Stream.STDOUT, 1, 0))
    slow, quick = journal.subscribe(), journal.subscribe()
    for number in range(1000):
        journal.add(Entry(Stream.STDOUT, number, number))
        assert journal.take(quick) == Entry(Stream.STDOUT, number, number)
    assert journal.take(quick) is None
    assert [journal.take(slow) for _ in range(1000)] == [Entry(Stream.STDOUT, n, n) for n in range(1000)]
    journal.unsubscribe(slow)
    journal.unsubscribe(quick)
    assert not journal._entries


def test_a_follower_that_stays_behind_too_far_is_told() -> None:
    journal = Journal()
    slow = journal.subscribe()
    for number in range(ENTRY_LIMIT + 1000):
        journal.add(Entry(Stream.STDERR, number, number))
    assert journal.take(slow) is None
    assert slow.lost


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["command", "args", "env", "working_dir", "stdin_mode", "stdout_mode", "name", "restart", "health_check", "user"]
)


@given(body=JSON_VALUES | st.dictionaries(KEYS, JSON_VALUES | st.dictionaries(KEYS, JSON_VALUES)))
def test_any_json_is_taken_or_refused(body: object) -> None:
    answers = []
    for parse in (parse_start, parse_run, parse_signal):
        try:
            parse(body)
        except ApiError as error:
            answers.append((error.status, error.code))
    assert {status for status, _ in answers} <= {400, 422}
    assert all(code for _, code in answers)


V2 = "low 0\nhigh 0\noom 1\noom_kill 3\noom_group_kill 0\n"
V1 = "oom_kill_disable 0\nunder_oom 0\noom_kill 7\n"


@pytest.mark.parametrize(("text", "count"), [(V2, 3), (V1, 7), ("", 0)])
def test_the_kernel_counter_is_read(tmp_path: Path, text: str, count: int) -> None:
    path = tmp_path / "memory.events"
    path.write_text("oom_kill 0\n")
    counter = OomCounter(path)
    path.write_text(text)
    assert counter.has_risen() is (count > 0)
    assert counter.has_risen() is False


def test_without_a_counter_nothing_is_claimed(tmp_path: Path) -> None:
    assert OomCounter(None).has_risen() is False
    assert OomCounter(None).is_available is False
    assert OomCounter(tmp_path / "missing").has_risen() is False


@pytest.mark.parametrize(
    ("membership", "file"),
    [
        ("0::/box\n", "box/memory.events"),
        ("0::/\n", "memory.events"),
        ("4:memory:/box\n0::/\n", "memory/box/memory.oom_control"),
        ("4:cpu,memory:/box\n", "memory/box/memory.oom_control"),
        ("4:memory:/elsewhere\n", "memory/memory.oom_control"),
        ("0::/box\n", "unified/box/memory.events"),
        ("4:cpu:/box\n", None),
        ("", None),
    ],
)
def test_the_counter_file_is_found(tmp_path: Path, membership: str, file: str | None) -> None:
    listed = tmp_path / "cgroup"
    listed.write_text(membership)
    root = tmp_path / "root"
    root.mkdir()
    if file is not None:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()
    assert find_counter_file(root, listed) == (None if file is None else root / file)
    assert find_counter_file(root, tmp_path / "missing") is None

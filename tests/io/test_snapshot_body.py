from __future__ import annotations

import json
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.errors import ProtocolError
from tui.io.snapshot_body import Mark, SnapshotBody, usable_mark


def read(pieces: list[bytes], skip: Mark | None = None, *, truncated: bool = False) -> SnapshotBody:
    body = SnapshotBody("test", skip)
    for data in pieces:
        for piece in body.pieces(data):
            body.decode(piece)
    body.finish(truncated=truncated)
    return body


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    at = sorted({min(c, len(data)) for c in cuts} | {0, len(data)})
    return [data[a:b] for a, b in pairwise(at)]


AWKWARD = [",", '"', '","', "]", '"]', "\\", '\\",', '\\\\","', "", "a,b", "[", "]}", "\u2028", "é", "\x00", "tail\\"]
SPACINGS = [{"separators": (",", ":")}, {"separators": (", ", ": ")}, {"indent": 2}]


@pytest.mark.parametrize("style", SPACINGS)
@pytest.mark.parametrize("escaped", [True, False])
def test_awkward_lines_cut_at_every_offset(style: dict, escaped: bool) -> None:
    data = json.dumps({"pid": 4, "lines": AWKWARD, "line_count": 16}, ensure_ascii=escaped, **style).encode()
    for at in range(len(data) + 1):
        assert read([data[:at], data[at:]]).lines == AWKWARD


@pytest.mark.parametrize("style", SPACINGS)
def test_one_byte_at_a_time(style: dict) -> None:
    data = json.dumps({"line_count": 1, "lines": AWKWARD, "pid": 4}, **style).encode()
    assert read([data[n : n + 1] for n in range(len(data))]).lines == AWKWARD


lines_like = st.lists(st.one_of(st.text(max_size=20), st.sampled_from(AWKWARD)), max_size=40)


@given(lines_like, st.lists(st.integers(0, 3000), max_size=10), st.booleans(), st.sampled_from(SPACINGS))
def test_any_lines_in_any_pieces(lines: list[str], cuts: list[int], escaped: bool, style: dict) -> None:
    shown = [line.encode("utf-8", "replace").decode() for line in lines]
    data = json.dumps({"pid": 1, "lines": shown, "line_count": len(lines)}, ensure_ascii=escaped, **style).encode()
    assert read(cut(data, cuts)).lines == shown


@given(st.binary(max_size=200))
def test_nonsense_is_a_protocol_error_or_lines_and_nothing_else(junk: bytes) -> None:
    for data in (junk, b'{"lines":[' + junk, b'{"lines":["a"' + junk + b"]}"):
        with suppress(ProtocolError):
            assert all(isinstance(line, str) for line in read([data]).lines)


def test_fields_before_and_after_the_lines() -> None:
    body = read([b'{"dropped_lines": 12, "note":"\xc3\xa9 \\" [", "lines": ["a"]}'])
    assert (body.lines, body.dropped) == (["a"], 12)
    assert read([b'{"lines":["a"],"x":{"lines":["no"]},"q":"r","s":"t","dropped_lines":"7"}']).dropped == 7


@pytest.mark.parametrize("data", [b'{"lines":[]}', b'{"pid":1,"lines":null,"line_count":0}', b' { "lines" : [ ] } '])
def test_no_lines(data: bytes) -> None:
    assert read([data]).lines == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"pid":1}',
        b'{"lines":"text"}',
        b'{"lines":[1]}',
        b'{"lines":["a"',
        b'{"lines":["a"]',
        b'{"lines":["a" "b"]}',
        b'{"lines":["a"] rubbish}',
    ],
)
def test_what_is_no_snapshot(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        read([data])


def test_lone_surrogates_and_invalid_utf8_are_shown() -> None:
    body = read([b'{"lines":["ok","\\ud800 x","a\xffb","raw\x01control"],"line_count":4}'])
    assert body.lines == ["ok", "\ud800 x", "a\ufffdb", "raw\x01control"]


def test_a_ceiling_in_the_middle_keeps_the_lines_before_it() -> None:
    data = b'{"lines":["one","two","thr'
    assert read([data], truncated=True).lines == ["one", "two"]


def big(count: int, first: int = 0, spacing: str = "") -> tuple[list[str], bytes]:
    lines = [f'{n:06d} {"x" * 90} "quoted" \\ é' for n in range(first, first + count)]
    body = {"pid": 1, "lines": lines, "line_count": count}
    return lines, json.dumps(body, separators=("," + spacing, ":")).encode()


def in_chunks(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("spacing", ["", " "])
@pytest.mark.parametrize("size", [1000, 65536, 10**9])
def test_a_mark_lets_the_known_beginning_be_skipped(size: int, spacing: str) -> None:
    lines, data = big(10_000, spacing=spacing)
    marks = read(in_chunks(data, 65536)).marks
    assert 4 <= len(marks) <= 16
    longer, more = big(10_500, spacing=spacing)
    for mark in marks:
        body = read(in_chunks(more, size), mark)
        assert body.first == mark.count
        assert body.lines == longer[mark.count :]
        assert body.marks[0] == mark
    again = read(in_chunks(data, size), marks[-1])
    assert again.lines == lines[marks[-1].count :]


def test_marks_lie_close_to_the_end_and_some_far_back() -> None:
    _, data = big(100_000)
    counts = [mark.count for mark in read(in_chunks(data, 65536)).marks]
    assert counts == sorted(counts)
    assert counts[-1] > 98_000
    assert counts[0] < 50_000


def test_a_body_that_differs_before_the_mark_disagrees() -> None:
    _, data = big(10_000)
    mark = read(in_chunks(data, 65536)).marks[-1]
    _, other = big(10_500, first=1)
    body = SnapshotBody("test", mark)
    assert [piece for chunk in in_chunks(other, 65536) for piece in body.pieces(chunk)] == []
    assert body.disagrees


def test_a_body_that_ends_before_the_mark_disagrees() -> None:
    _, data = big(10_000)
    mark = read(in_chunks(data, 65536)).marks[-1]
    assert read([big(10)[1]], mark).disagrees


def test_the_mark_nearest_below_is_usable() -> None:
    marks = [Mark(10, 100, b""), Mark(20, 200, b"")]
    assert usable_mark(marks, 19) == marks[0]
    assert usable_mark(marks, 20) == marks[1]
    assert usable_mark(marks, 9) is None


def test_one_enormous_line_is_searched_once() -> None:
    """Counted, not timed: what was searched for a border or a quote is not searched again."""
    body = SnapshotBody("test")
    for piece in body.pieces(b'{"lines":["'):
        body.decode(piece)
    for _ in range(50):
        for piece in body.pieces(b"y" * 65536):
            body.decode(piece)
        assert body._scanned == body._searched == len(body._buffer)
    for piece in body.pieces(b'","z"]}'):
        body.decode(piece)
    body.finish(truncated=False)
    assert [len(line) for line in body.lines] == [50 * 65536, 1]

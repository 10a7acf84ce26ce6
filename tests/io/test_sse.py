from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.errors import ProtocolError
from tui.core.models import StreamBatch
from tui.io.sse import FollowParser


def output(line: str, timestamp: object = 0, **extra: object) -> bytes:
    return b"event: output\ndata: " + json.dumps({"line": line, "timestamp": timestamp, **extra}).encode() + b"\n\n"


def compact(line: str, timestamp: object = 0) -> bytes:
    """As the platform writes an event."""
    document = json.dumps({"line": line, "timestamp": timestamp}, separators=(",", ":"), ensure_ascii=False)
    return b"event: output\ndata: " + document.encode() + b"\n\n"


EOF = b"event: eof\ndata: {}\n\n"


def parsed(pieces: list[bytes]) -> StreamBatch:
    parser = FollowParser()
    lines: list = []
    timestamps: list[int] = []
    rejected = 0
    for piece in pieces:
        batch = parser.feed(piece)
        lines += batch.lines
        timestamps += batch.timestamps
        rejected += batch.rejected
        assert len(batch.lines) == len(batch.timestamps)
    return StreamBatch(lines, timestamps, parser.finished, rejected)


STREAM = (
    b"\xef\xbb\xbf"
    + output("plain", 1770000000123)
    + b":\n\n"
    + output("")
    + 'event: output\r\ndata: {"line":"crlf \u2028\u0085\x0c é","timestamp":1770000000}\r\n\r\n'.encode()
    + b'event: output\rdata: {"line":"cr","timestamp":0}\r\r'
    + b'event: heartbeat\ndata: {"type":"heartbeat"}\n\n'
    + b"event: ping\ndata: not json\n\n"
    + b'data:{"line":\ndata: "two data lines","timestamp":null}\n\n'
    + b'event: output\ndata: {"line":"\\ud800 lone","timestamp":"1770000000000"}\n\n'
    + b"event: output\ndata: {broken\n\n"
    + b'event: output\ndata: {"line":7}\n\n'
    + b"id: 3\nretry: 10\n\n\n\n"
    + output("last", 1770000000999, stream="stderr", more=[1, {"a": 2}])
    + EOF
    + output("after the end")
)
EXPECTED_LINES = ["plain", "", "crlf \u2028\u0085\x0c é", "cr", "two data lines", "\ud800 lone", "last"]
EXPECTED_TIMES = [1770000000123, 0, 1770000000000, 0, 0, 1770000000000, 1770000000999]


LINES = st.one_of(st.text(), st.text('ab "\\\n\r\t{}:,é', max_size=12), st.sampled_from(["", "plain", "größe 東京"]))


def check(batch: StreamBatch) -> None:
    assert batch.lines == EXPECTED_LINES
    assert batch.timestamps == EXPECTED_TIMES
    assert batch.rejected == 2
    assert batch.eof


def test_all_kinds_of_events_at_once() -> None:
    check(parsed([STREAM]))


def test_cut_in_two_at_every_offset() -> None:
    for at in range(len(STREAM) + 1):
        check(parsed([STREAM[:at], STREAM[at:]]))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 64])
def test_fed_in_pieces_of_one_size(size: int) -> None:
    check(parsed([STREAM[at : at + size] for at in range(0, len(STREAM), size)]))


@given(
    st.lists(st.text(), max_size=30), st.lists(st.integers(0, 4000), max_size=8), st.sampled_from(["\n", "\r\n", "\r"])
)
def test_any_chunking_gives_the_same_lines(lines: list[str], cuts: list[int], end: str) -> None:
    stream = b"".join(output(line, n) for n, line in enumerate(lines)).replace(b"\n", end.encode())
    at = sorted({min(c, len(stream)) for c in cuts} | {0, len(stream)})
    batch = parsed([stream[a:b] for a, b in pairwise(at)])
    assert batch.lines == [line.replace("\n", "␤") for line in lines]
    assert batch.rejected == 0
    assert not batch.eof


@given(
    st.lists(st.tuples(LINES, st.integers(0, 3)), max_size=30),
    st.lists(st.integers(0, 4000), max_size=8),
    st.sampled_from([0, 1764000000000]),
    st.integers(0, 1),
)
def test_plain_events_are_the_same_in_any_chunking(
    events: list[tuple[str, int]], cuts: list[int], time: int, grows: int
) -> None:
    sent = [(line, time + grows * more) for line, more in events if time or not grows]
    stream = b"".join(compact(line, at) for line, at in sent)
    at = sorted({min(c, len(stream)) for c in cuts} | {0, len(stream)})
    batch = parsed([stream[a:b] for a, b in pairwise(at)])
    assert (batch.lines, batch.timestamps, batch.rejected) == (
        [line.replace("\n", "␤") for line, _ in sent],
        [at for _, at in sent],
        0,
    )


@pytest.mark.parametrize(
    ("event", "lines", "rejected"),
    [
        (b'{"line":"b","c","timestamp":0}', [], 1),
        (b'{"line":"b","x":1,"timestamp":0}', ["b"], 0),
        (b'{"line":"b","timestamp":7,"timestamp":0}', ["b"], 0),
        (b'{"line":"b\\",\\"timestamp\\":0}","timestamp":0}', ['b","timestamp":0}'], 0),
        (b'{"line":null,"timestamp":0}', [], 0),
        (b'{"line":7,"timestamp":0}', [], 1),
        (b'{"timestamp":0,"line":"b"}', ["b"], 0),
        (b'{"line":"b"}', ["b"], 0),
        (b'{"line":"\xff","timestamp":0}', ["\ufffd"], 0),
    ],
)
def test_unusual_events_among_events_of_one_time(event: bytes, lines: list[str], rejected: int) -> None:
    odd = b"event: output\ndata: " + event + b"\n\n"
    for stream in (
        compact("a") + odd + compact("z"),
        compact("a") + compact("y") + odd,
        odd + compact("a") + compact("z"),
    ):
        batch = parsed([stream])
        assert sorted(batch.lines) == sorted([*lines, *(text for text in "ayz" if compact(text) in stream)])
        assert batch.rejected == rejected
        assert set(batch.timestamps) == {0}


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=5))
def test_no_bytes_break_it_and_no_chunking_changes_what_they_mean(junk: bytes, cuts: list[int]) -> None:
    stream = output("before") + junk + b"\n\n" + output("then")
    at = sorted({min(c, len(stream)) for c in cuts} | {0, len(stream)})
    assert parsed([stream[a:b] for a, b in pairwise(at)]) == parsed([stream])


def test_raw_unicode_that_str_splitlines_would_cut_stays_in_the_line() -> None:
    line = "a\u2028b\u2029c\u0085d\x0be"
    data = json.dumps({"line": line, "timestamp": 0}, ensure_ascii=False).encode()
    assert parsed([b"event: output\ndata: " + data + b"\n\n"]).lines == [line]


def test_one_event_with_two_documents_is_rejected_not_taken_for_two() -> None:
    batch = parsed([output("a") + b'event: output\ndata: {"line":"b"},{"line":"c"}\n\n' + output("d")])
    assert batch.lines == ["a", "d"]
    assert batch.rejected == 1


def test_a_bad_event_costs_itself_only() -> None:
    batch = parsed([output("a") + b'event: output\ndata: {"line":\n\n' + output("b")])
    assert (batch.lines, batch.rejected) == (["a", "b"], 1)


def test_invalid_utf8_is_replaced_not_lost() -> None:
    batch = parsed([b'event: output\ndata: {"line":"a\xffb","timestamp":0}\n\n'])
    assert batch.lines == ["a\ufffdb"]


def test_a_deeply_nested_event_is_rejected() -> None:
    assert parsed([b"event: output\ndata: " + b"[" * 200_000 + b"\n\n" + output("x")]).lines == ["x"]


def test_data_without_event_name_counts_by_its_keys() -> None:
    assert parsed([b'data: {"line":"x","timestamp":5,"stream":"stdout"}\n\n']).lines == ["x"]


def test_eof_without_data_still_ends_the_stream() -> None:
    assert parsed([b"event: eof\n\n"]).eof


def test_an_unfinished_event_is_not_delivered() -> None:
    assert parsed([output("x")[:-1]]).lines == []


def test_an_event_over_the_limit_is_named() -> None:
    parser = FollowParser(max_event_bytes=1000)
    assert parser.feed(output("small")).lines == ["small"]
    assert parser.feed(b"x" * 900).lines == []
    with pytest.raises(ProtocolError, match="longer than 1000 bytes"):
        parser.feed(b"x" * 1001)


def test_a_long_line_in_many_pieces_is_joined_once() -> None:
    """Counted, not timed: each piece is kept as it came until the event is complete."""
    parser = FollowParser()
    piece = b"x" * 65536
    parser.feed(b'event: output\ndata: {"line":"')
    for _ in range(100):
        parser.feed(piece)
    assert all(held is piece for held in parser._pieces[1:])
    assert len(parser.feed(b'","timestamp":0}\n\n').lines[0]) == 100 * 65536

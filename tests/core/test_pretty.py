"""JSON lines as people read them: what comes first, what steps back, and that nothing in them acts on a terminal."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.pretty import LIMIT, TEXT_LIMIT, expanded, pretty_line
from tui.core.text import is_plain

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ('{"level":"info","msg":"started","port":80}', "INFO  started  port=80"),
        (
            '{"time":"12:00","levelname":"ERROR","message":"full","exc":"a b"}',
            'ERROR full  time=12:00  exc="a b"',
        ),
        ('{"level":50,"msg":"boom","tags":["a","b"],"at":null}', 'ERROR boom  tags=["a","b"]  at=null'),
        ('{"a":1,"b":{"c":true}}', 'a=1  b={"c":true}'),
        (' {"event":"x"} ', "x"),
        ('{"level":"warn"}', "WARN "),
    ],
)
def test_level_and_message_come_first(raw: str, text: str) -> None:
    found = pretty_line(raw)
    assert found is not None
    assert found.text == text
    assert all(found.text[start:end].endswith("=") for start, end in found.dimmed)


@pytest.mark.parametrize("raw", ["", "{}", "[1]", "{", '{"a":}', "x {}", '{"a":1} x', "{" * 5000 + "}" * 5000])
def test_other_lines_stay_as_they_are(raw: str) -> None:
    assert pretty_line(raw) is None


def test_very_long_lines_are_not_parsed_and_long_rows_are_clipped() -> None:
    assert pretty_line(json.dumps({"msg": "x" * LIMIT})) is None
    found = pretty_line(json.dumps({"a": "x" * TEXT_LIMIT, "b": "x" * TEXT_LIMIT}))
    assert found is not None
    assert len(found.text) == TEXT_LIMIT
    assert found.clipped > 0


@given(st.dictionaries(st.text(), JSON, min_size=1, max_size=6))
def test_every_row_is_harmless_and_its_spans_lie_in_it(fields: dict[str, object]) -> None:
    found = pretty_line(json.dumps(fields))
    assert found is not None
    assert is_plain(found.text)
    for start, end in (*found.dimmed, *([found.level] if found.level else [])):
        assert 0 <= start < end
        assert end <= len(found.text) + found.clipped


@given(st.dictionaries(st.text(), JSON, max_size=6))
def test_expanded_loses_nothing(fields: dict[str, object]) -> None:
    lines = expanded(json.dumps(fields))
    assert lines is not None
    joined = "".join(line.lstrip(" ") for line in lines)
    whole = json.dumps(json.loads(json.dumps(fields)), indent=2, ensure_ascii=False)
    assert len(joined.replace(" ", "")) <= len(whole.replace(" ", ""))
    assert all("\n" not in line for line in lines)


def test_backslashes_before_a_line_feed_stay() -> None:
    lines = expanded(json.dumps({"a": "one\\\ntwo"}))
    assert lines is not None
    assert [line.strip() for line in lines] == ["{", '"a": "one\\\\', 'two"', "}"]


def test_texts_of_several_lines_are_expanded_below_each_other() -> None:
    raw = json.dumps({"msg": "x", "stack": "one\ntwo \\n\n  three"})
    lines = expanded(raw)
    assert lines is not None
    assert [line.strip() for line in lines] == ["{", '"msg": "x",', '"stack": "one', r"two \\n", 'three"', "}"]

"""Queries: what they match, where, and that scanning a block says the same as trying its lines one by one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.search import LINE_LIMIT, PatternError, compile_query


def rows(pattern: str, *lines: str, regex: bool = False, smart_case: bool = True) -> list[int]:
    block = "\n".join(lines).encode("utf-8", "surrogatepass")
    return compile_query(pattern, regex=regex, smart_case=smart_case).rows(block, len(lines))


@pytest.mark.parametrize(
    ("pattern", "expected"), [("error", [0, 1, 3]), ("Error", [1]), ("ERROR", [3]), ("x", []), ("é", [4]), ("É", [])]
)
def test_smart_case_ignores_case_unless_the_pattern_has_a_capital(pattern: str, expected: list[int]) -> None:
    assert rows(pattern, "an error", "KeyError: 1 Error", "fine", "ERROR", "caf\u00e9") == expected


def test_without_smart_case_the_case_counts() -> None:
    assert rows("error", "error", "Error", smart_case=False) == [0]


def test_letters_beyond_ascii_ignore_case_too() -> None:
    assert rows("ärger", "ÄRGER", "nothing", "ärger") == [0, 2]


def test_capital_letters_of_an_escape_are_no_capitals() -> None:
    assert compile_query(r"\S+error\W", regex=True).ignores_case
    assert not compile_query(r"\S+Error", regex=True).ignores_case


def test_plain_text_is_not_an_expression() -> None:
    assert rows("a.c(", "abc(", "a.c(", "") == [1]


def test_several_matches_of_a_line_count_once_and_blank_lines_keep_their_place() -> None:
    assert rows("a", "aa a", "", "", "a") == [0, 3]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"^b", [1]),
        (r"a$", [0, 2]),
        (r"\w+error: ", [3]),
        (r"[^z]+b", []),
        (r"a\s+b", []),
        (r"\Ab", [1]),
        (r"(?<=y)x", [3]),
        (r"a|b", [0, 1, 2]),
    ],
)
def test_expressions_see_one_line_at_a_time(pattern: str, expected: list[int]) -> None:
    assert rows(pattern, "a", "b", "za", "keyerror: yx", regex=True) == expected


def test_escape_sequences_neither_hide_text_nor_are_found() -> None:
    coloured = "\x1b[31mKey\x1b[1mError\x1b[0m: 'id' \x1b]0;title\x07end"
    assert rows("KeyError: 'id' end", "x", coloured) == [1]
    assert rows("31", coloured) == []
    assert rows("title", coloured) == []


def test_an_open_string_sequence_does_not_swallow_the_next_line() -> None:
    assert rows("next", "\x1b]0;open", "next", "\x07") == [1]


def test_lone_surrogates_are_searchable() -> None:
    assert rows("a", "\ud800a", "b") == [0]
    assert rows(r"a.?$", "\ud800a", "b", regex=True) == [0]


def test_spans_give_the_places_in_a_line() -> None:
    query = compile_query("ab")
    assert query.spans("ab AB xab") == [(0, 2), (3, 5), (7, 9)]
    assert compile_query("x*", regex=True).spans("axxb") == [(1, 3)]


def test_a_long_line_is_searched_for_text_in_full_and_for_an_expression_up_to_the_limit() -> None:
    line = "x" * (3 * LINE_LIMIT) + "needle"
    assert rows("needle", "short", line) == [1]
    assert rows("needl.", "short", line, "needle", regex=True) == [2]


@pytest.mark.parametrize("pattern", ["(", "[a", "*a", "(?P<a", "a{2,1}", "(?z)"])
def test_a_broken_expression_is_explained(pattern: str) -> None:
    with pytest.raises(PatternError) as caught:
        compile_query(pattern, regex=True)
    assert "not a regular expression" in caught.value.message
    assert caught.value.hint


def test_nothing_is_no_query() -> None:
    with pytest.raises(PatternError):
        compile_query("")


LINES = st.lists(st.text(alphabet="aAbé \t\x1b[m1", max_size=12), min_size=1, max_size=12)


@given(LINES, st.text(alphabet="aAbé1 ", min_size=1, max_size=3))
def test_a_block_is_searched_like_its_lines(lines: list[str], pattern: str) -> None:
    query = compile_query(pattern)
    shown = [re.sub(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[ -/]*[0-~])", "", line) for line in lines]
    assert query.rows("\n".join(lines).encode(), len(lines)) == [
        at for at, line in enumerate(shown) if query.matches(line)
    ]


@given(
    st.lists(st.text(alphabet="ab c", max_size=10), min_size=1, max_size=10),
    st.sampled_from([r"a+b", r"^b?$", r"[^b]+c", r"\s", r"(?:a|c)b", r"b(?! )", r"\bab\b", r"(a)\1", r".\Z"]),
)
def test_an_expression_is_tried_on_each_line(lines: list[str], pattern: str) -> None:
    expected = [at for at, line in enumerate(lines) if re.search(pattern, line)]
    assert compile_query(pattern, regex=True).rows("\n".join(lines).encode(), len(lines)) == expected

"""Cutting what stands before a report: times vary, names do not."""

from __future__ import annotations

import pytest

from tui.core.tracebacks.prefix import Prefix, split_margin
from tui.core.tracebacks.text import clean, is_logged


@pytest.mark.parametrize(
    ("prefix", "line", "rest"),
    [
        ("api | ", "api | text", "text"),
        ("api | ", "api |", ""),
        ("api | ", "db  | text", None),
        ("[worker-3] ", "[worker-4] text", None),
        ("12:00:01 web.1 | ", "12:00:59 web.1 | text", "text"),
        ("12:00:01 web.1 | ", "12:00:59 web.2 | text", None),
        ("2026-11-23T22:17:11.395Z stderr F ", "2026-11-24T00:00:00.001Z stderr F   text", "  text"),
        ("[   12.345678] ", "[  112.000001] text", "text"),
        ("Nov 23 22:17:11 host app[7]: ", "Nov 23 22:18:01 host app[7]: text", "text"),
        ("Nov 23 22:17:11 host app[7]: ", "Nov 23 22:18:01 host app[8]: text", None),
        ("run x\t", "run x\ttext", "text"),
    ],
)
def test_a_prefix_is_cut_from_lines_of_its_stream_only(prefix: str, line: str, rest: str | None) -> None:
    assert Prefix(prefix).cut(line) == rest


def test_numbers_that_count_lines_are_free_only_when_loosened() -> None:
    prefix = Prefix("0001: ")
    assert prefix.cut("0002: text") is None
    assert prefix.loosened().cut("0002: text") == "text"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  | ", ("", 2)),
        ("      | ", ("", 6)),
        ("api | ", ("api | ", None)),
        ("api |   | ", ("api | ", 2)),
        ("", ("", None)),
    ],
)
def test_the_margin_of_a_group_is_no_prefix(text: str, expected: tuple[str, int | None]) -> None:
    assert split_margin(text) == expected


@pytest.mark.parametrize(
    ("line", "cleaned"),
    [
        ("\x1b[1;31mKeyError\x1b[0m: 1", "KeyError: 1"),
        ("10%\r20%\rdone", "done"),
        ("text\r", "text"),
        ("text\r\r", "text"),
        ("\ufeff\x00text", "text"),
        ("\x1b]0;title\x07text", "text"),
        ("text\x1b[K", "text"),
        ("\x1b[3", "\x1b[3"),
    ],
)
def test_lines_are_matched_as_a_terminal_leaves_them(line: str, cleaned: str) -> None:
    assert clean(line) == cleaned


@pytest.mark.parametrize(
    "text", ["2026-11-23 22:17:11 x", "[INFO] x", "ERROR: x", "WARNING  x", "12:00:01 x", '{"a": 1}']
)
def test_records_are_told_by_time_or_level(text: str) -> None:
    assert is_logged(text)


@pytest.mark.parametrize("text", ["ErrorBudget: 3", "Information", "    indented", "KeyError: 'x'", "informal"])
def test_other_lines_are_no_records(text: str) -> None:
    assert not is_logged(text)

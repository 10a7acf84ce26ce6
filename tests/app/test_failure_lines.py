"""The lines of the failure pane: never wider than they may be, never able to act on a terminal, and what they say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.content import Content
from textual.style import Style

from tui.app.widgets.failure_lines import (
    FramePlace,
    before_lines,
    card_lines,
    evidence_lines,
    sections,
    source_lines,
)
from tui.app.widgets.highlighting import highlighted, language_of
from tui.core.cards import CauseCard, Certainty, Claim, Evidence
from tui.core.models import RawLine
from tui.core.source import SourceView, Staleness, source_view
from tui.core.tracebacks.model import Frame

HOSTILE = st.text(st.sampled_from("ab 漢é\x1b[31m\x9b\u202e\t\r[/]$\x07\u200b\U0001f600"), max_size=60)


def card(text: str = "it failed", *, certainty: Certainty = Certainty.KNOWN, before: tuple[str, ...] = ()) -> CauseCard:
    evidence = Evidence(text, f"GET /{text}", 1_800_000_000_000)
    claim = Claim(text, certainty, (evidence,))
    lines = tuple((number, RawLine(line)) for number, line in enumerate(before, 98))
    return CauseCard(claim, claim, claim, claim, claim, lines, (evidence,))


def plain(lines: Iterator[Content]) -> list[str]:
    return [line.plain for line in lines]


def seen(view: SourceView | None, frame: Frame, width: int = 60, context: int = 8, total: int = 1) -> list[str]:
    place = FramePlace(frame, 1, total)
    return plain(source_lines(place, view, width=width, context=context, mark=Style()))


@given(HOSTILE, st.lists(HOSTILE, min_size=1, max_size=12), HOSTILE, st.integers(20, 90), st.data())
def test_no_line_is_too_wide_or_acts_on_a_terminal(
    text: str, source: list[str], printed: str, width: int, data: st.DataObject
) -> None:
    at = data.draw(st.integers(1, len(source)))
    frame = Frame(f"/w/{text}.py", at, text, printed)
    content = "\n".join(source).encode("utf-8", "replace")
    view = source_view(content, frame, path=f"/w/{text}.py", modified_at=1, started_at=2)
    whole = card(text, before=tuple(source))
    lines = sections(
        (
            card_lines(whole, width, None),
            source_lines(FramePlace(frame, 3, 9), view, width=width, context=4, mark=Style()),
            before_lines(whole, width),
            evidence_lines(whole, width, None),
        )
    )
    for line in lines:
        assert cell_len(line.plain) <= width, line.plain
        assert not any(char < " " or char in "\x7f\x9b\u202e" for char in line.plain)


@given(st.lists(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=40), max_size=20))
def test_colours_change_no_text(lines: list[str]) -> None:
    for language in ("", "python", "php", "no such language"):
        assert [line.plain for line in highlighted(tuple(lines), language)] == lines


@pytest.mark.parametrize(
    ("path", "language"),
    [("/w/a.py", "python"), ("/w/a.test.TS", "typescript"), ("/w/Makefile", ""), ("/w.py/x", ""), ("", "")],
)
def test_the_name_tells_the_language(path: str, language: str) -> None:
    assert language_of(path) == language


def test_a_keyword_looks_different_from_a_name() -> None:
    (line,) = highlighted(("return value",), "python")
    assert [(span.start, span.end) for span in line.spans] == [(0, 6)]


def test_a_text_over_several_lines_is_coloured_on_each() -> None:
    first, second = highlighted(('"""begins', 'ends"""'), "python")
    assert first.spans
    assert second.spans


def test_the_source_is_numbered_and_its_line_marked() -> None:
    frame = Frame("/w/a.py", 9, "main", "nine()")
    content = b"\n".join(b"nine()" if number == 9 else b"line%d" % number for number in range(1, 13))
    view = source_view(content, frame, path="/w/a.py", modified_at=1, started_at=2)
    assert [line.rstrip() for line in seen(view, frame, context=1)] == [
        "SOURCE /w/a.py:9  in main",
        "   8  line8",
        "▶  9  nine()",
        "  10  line10",
        "read from the sandbox; the line is the one printed",
    ]


def test_a_long_path_is_cut_at_a_folder() -> None:
    frame = Frame("/workspace/deep/down/in/the/tree/agent.py", 9, "main")
    assert seen(None, frame, width=44, total=3)[0] == "SOURCE …/agent.py:9  in main    frame 1 of 3"


def test_source_that_is_not_there_yet_is_waited_for() -> None:
    assert seen(None, Frame("/w/a.py", 9, None))[1:] == ["reading …"]


def test_source_that_cannot_be_had_leaves_what_was_printed() -> None:
    view = SourceView("/w/a.py", Staleness.UNRESOLVABLE, "it is not there", highlighted=9, printed="nine()")
    assert [line.rstrip() for line in seen(view, Frame("/w/a.py", 9, None))[1:]] == [
        "▶ 9  nine()",
        "source not shown: it is not there",
    ]


@pytest.mark.parametrize(
    ("certainty", "text", "words"),
    [
        (Certainty.KNOWN, "it failed", "it failed"),
        (Certainty.LIKELY, "it failed", "likely: it failed"),
        (Certainty.UNKNOWN, "nothing tells", "unknown: nothing tells"),
        (Certainty.UNKNOWN, "unknown: nothing tells", "unknown: nothing tells"),
    ],
)
def test_how_sure_a_claim_is_stands_before_it_once(certainty: Certainty, text: str, words: str) -> None:
    assert plain(card_lines(card(text, certainty=certainty), 60, None))[1] == f"WHY    {words}"

"""The door: nothing that could act on a terminal comes through, and nothing readable is lost."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.text import DisplayLine, Sgr, Span, display_line, is_plain, one_line, reveal

HOSTILE = st.text(
    alphabet=st.one_of(st.characters(), st.sampled_from("\x1b[]m;0123\x07\r\t\x9b\x9d\u202e\ud800PX^_\\"))
)


def is_harmless(text: str) -> bool:
    return not any(
        unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")
        or c in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        for c in text
    )


@given(HOSTILE)
def test_no_control_character_survives_and_cleaning_twice_changes_nothing(raw: str) -> None:
    shown = display_line(raw)
    assert is_harmless(shown.text)
    assert display_line(shown.text).text == shown.text
    assert is_plain(shown.text)
    line = one_line(raw)
    assert is_harmless(line)
    assert one_line(line) == line
    assert is_harmless(reveal(raw))


@given(HOSTILE)
def test_spans_lie_inside_the_text_in_order(raw: str) -> None:
    shown = display_line(raw)
    position = 0
    for span in shown.spans:
        assert position <= span.start < span.end <= len(shown.text)
        position = span.end


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_plain_text_is_left_alone(raw: str) -> None:
    assert display_line(raw).text == raw[:4096]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("\x1b[2Jcleared", "cleared"),
        ("\x1b]52;c;aGVsbG8=\x07copied", "copied"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bP1$r0m\x1b\\dcs", "dcs"),
        ("a\x00b\x07c", "a␀b␇c"),
        ("\x9b31mc1", "c1"),
        ("user\u202egnp.exe", "user‹202E›gnp.exe"),
        ("half \ud83d", "half �"),
        ("one\u2028two", "one␤two"),
        ("a\tb", "a       b"),
        ("", ""),
        ("unfinished \x1b[31", "unfinished "),
        ("\x1b]0;an open title must not hide this", "0;an open title must not hide this"),
    ],
)
def test_sequences_are_made_inert(raw: str, text: str) -> None:
    assert display_line(raw).text == text


def test_colours_of_the_program_become_spans() -> None:
    shown = display_line("a\x1b[1;31mred\x1b[0mb\x1b[38;5;200mx\x1b[48;2;1;2;3my")
    assert shown.text == "aredbxy"
    assert shown.spans == (
        Span(1, 4, Sgr(foreground="1", bold=True)),
        Span(5, 6, Sgr(foreground="200")),
        Span(6, 7, Sgr(foreground="200", background="#010203")),
    )
    assert display_line("\x1b[31mred", colours=False).spans == ()


def test_spans_move_with_expanded_tabs() -> None:
    shown = display_line("\t\x1b[32mok\tdone\x1b[0m.")
    assert shown.text == "        ok      done."
    assert shown.spans == (Span(8, 20, Sgr(foreground="2")),)


def test_concealed_text_is_shown() -> None:
    assert display_line("\x1b[8msecret instruction") == DisplayLine("secret instruction")


def test_a_progress_bar_shows_its_last_state_and_counts_the_others() -> None:
    assert display_line("10%\r20%\r30%") == DisplayLine("30%", updates=2)
    assert display_line("30%\r") == DisplayLine("30%")


def test_a_long_line_is_clipped_with_its_size() -> None:
    shown = display_line("x" * 5000)
    assert (len(shown.text), shown.clipped) == (4096, 904)
    assert one_line("y" * 3000).endswith("…")


def test_text_that_looks_like_markup_stays_text() -> None:
    assert one_line("bad [/tag] :bug:") == "bad [/tag] :bug:"

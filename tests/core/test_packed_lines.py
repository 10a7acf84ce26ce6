"""Packed lines are the lines that were packed, however they are divided."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.core.models import RawLine
from tui.core.packed_lines import PackedLines

# Lone surrogates included: a server may send them, escaped.
LINES = st.lists(st.text(st.characters(exclude_characters="\n"), max_size=8).map(RawLine), max_size=12)


@given(LINES)
def test_it_is_a_sequence_of_its_lines(lines: list[RawLine]) -> None:
    packed = PackedLines.of(lines)
    again = PackedLines(packed.text, len(packed))
    assert list(again) == lines == list(packed)
    assert (len(again), again) == (len(lines), lines)
    assert again[:] is again or not lines
    for start in range(-2, len(lines) + 2):
        assert list(again[start:]) == lines[start:]
        assert list(again[:start]) == lines[:start]


@given(LINES.filter(bool), st.integers(-1, 40), st.integers(1, 13))
def test_divided_it_is_the_same_lines_within_the_limits(lines: list[RawLine], max_bytes: int, max_lines: int) -> None:
    rest: PackedLines | None = PackedLines.of(lines)
    found: list[RawLine] = []
    while rest is not None:
        part, rest = rest.divided(max_bytes, max_lines)
        assert 1 <= len(part) <= max_lines
        assert len(part.text) <= max_bytes or len(part) == 1
        assert len(part) == part.text.count(b"\n") + 1
        if rest is not None:
            # No line more would have fitted.
            more = len(part.text) + 1 + len(rest[0].encode("utf-8", "surrogatepass"))
            assert len(part) == max_lines or more > max_bytes
        found += part
    assert found == lines


def test_a_line_feed_inside_a_line_is_shown_and_divides_nothing() -> None:
    packed = PackedLines.of([RawLine("a\nb"), RawLine("c")])
    assert packed == ["a␤b", "c"]
    assert packed.text.count(b"\n") == 1

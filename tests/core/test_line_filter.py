"""The filter of output: against a plain definition, however the output is given, and its levels."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.levels import Level, level_of
from tui.core.line_filter import FilteredRows, LineFilter, Unit, compile_filter
from tui.core.search import PatternError

TEXTS = ("needle", "WARNING x", "ERROR needle", "x", "INFO needle", "")


@st.composite
def outputs(draw: st.DrawFn) -> tuple[list[str], list[Unit], list[int]]:
    """Lines, the tracebacks among them, and which of them are none, such as gaps."""
    lines = draw(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=40))
    units, at = [], draw(st.integers(0, 6))
    while at < len(lines):
        last = min(len(lines) - 1, at + draw(st.integers(0, 6)))
        units.append(Unit(at, last, draw(st.sampled_from([Level.ERROR, Level.WARNING]))))
        at = last + 1 + draw(st.integers(0, 6))
    marks = draw(st.sets(st.integers(0, len(lines) - 1), max_size=4))
    return lines, units, sorted(marks)


@st.composite
def filters(draw: st.DrawFn) -> LineFilter:
    level = draw(st.sampled_from([Level.NONE, Level.WARNING, Level.ERROR]))
    text = draw(st.sampled_from(["needle"] if not level else ["needle", ""]))
    return compile_filter(text, inverse=draw(st.booleans()), level=level, context=draw(st.integers(0, 4)))


def expected(lines: list[str], units: list[Unit], marks: list[int], chosen: LineFilter) -> list[int]:
    """What the filter shows, by its definition."""
    by_text = [chosen.query is None or ("needle" in line) != chosen.inverse for line in lines]
    in_unit = {at: unit for unit in units for at in range(unit.first, unit.last + 1)}
    spans = [
        (at, at)
        for at, line in enumerate(lines)
        if at not in in_unit and at not in marks and by_text[at] and level_of(line) >= chosen.level
    ]
    combine = all if chosen.inverse else any
    spans += [
        (unit.first, unit.last)
        for unit in units
        if unit.level >= chosen.level
        and combine(by_text[at] for at in range(unit.first, unit.last + 1) if at not in marks)
    ]
    shown: set[int] = set(marks)
    for first, last in spans:
        low, high = max(0, first - chosen.context), min(len(lines) - 1, last + chosen.context)
        low = in_unit[low].first if low in in_unit else low
        high = in_unit[high].last if high in in_unit else high
        shown.update(range(low, high + 1))
    return sorted(shown)


@given(outputs(), filters(), st.data())
def test_it_shows_what_its_definition_says_however_it_is_given(
    output: tuple[list[str], list[Unit], list[int]], chosen: LineFilter, data: st.DataObject
) -> None:
    lines, units, marks = output
    rows = FilteredRows(chosen)
    while rows.scanned < len(lines):
        first = rows.scanned
        count = data.draw(st.integers(1, len(lines) - first))
        gaps = [at - first for at in marks if first <= at < first + count]
        rows.take(first, count, *chosen.rows("\n".join(lines[first : first + count]).encode(), count), gaps)
        # A traceback is known only some time after its lines were printed; until then it is open.
        seen = [unit for unit in units if unit.last < rows.scanned]
        opened = next((unit.first for unit in units if unit not in seen and unit.first < rows.scanned), None)

        def between(start: int, stop: int, seen: Sequence[Unit] = seen) -> Sequence[Unit]:
            return [unit for unit in seen if unit.first < stop and unit.last >= start]

        rows.settle(between, opened)
    total = len(lines)
    assert [rows.shown.select(rank, total) for rank in range(rows.shown.shown(total))] == expected(
        lines, units, marks, chosen
    )


@given(outputs(), filters(), st.integers(0, 39), st.lists(st.sampled_from(TEXTS), min_size=1))
def test_what_is_given_anew_is_decided_anew(
    output: tuple[list[str], list[Unit], list[int]], chosen: LineFilter, ordinal: int, before: list[str]
) -> None:
    """What stood from ``ordinal`` on is replaced; nothing shows that others stood there before."""
    lines, _, marks = output
    first = min(ordinal, len(lines) - 1)
    rows, start = FilteredRows(chosen), 0
    for old in ([*lines[:first], *before], lines):
        rows.rewind(first)
        start = rows.scanned
        gaps = [at - start for at in marks if at >= start] if old is lines else []
        rows.take(start, len(old) - start, *chosen.rows("\n".join(old[start:]).encode(), len(old) - start), gaps)
        rows.settle(lambda start, stop: ())
    shown = [rows.shown.select(rank, len(lines)) for rank in range(rows.shown.shown(len(lines)))]
    assert shown == expected(lines, [], [at for at in marks if at >= start], chosen)


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("12:00:01 WARNING retry", Level.WARNING),
        ("[ERROR] no", Level.ERROR),
        ('{"msg": "x", "level": "error"}', Level.ERROR),
        ('{"msg": "' + "x" * 300 + '", "level": "Warn"}', Level.WARNING),
        ('{"level":30,"time":1}', Level.INFO),
        ('{"level":50,"time":1}', Level.ERROR),
        ("ts=1 level=debug msg=x", Level.DEBUG),
        ("an error is not a level", Level.NONE),
        ("ERRORS", Level.NONE),
        ("x" * 200 + " ERROR", Level.NONE),
    ],
)
def test_levels(line: str, level: Level) -> None:
    assert level_of(line) is level


def test_a_filter_of_nothing_is_refused() -> None:
    with pytest.raises(PatternError, match="nothing to filter"):
        compile_filter("")
    with pytest.raises(PatternError, match="not a regular expression"):
        compile_filter("(", regex=True)


def test_colours_do_not_hide_a_level() -> None:
    chosen = compile_filter("", level=Level.WARNING)
    assert list(chosen.rows(b"\x1b[31mERR\x1b[1mOR\x1b[0m x\nfine", 2)[1]) == [0]

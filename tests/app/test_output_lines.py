"""From rows to styled text, and where the margin shows what."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style

from tui.app.widgets.output_gutter import Times, gutter_width, time_text
from tui.app.widgets.output_lines import Body, flatten, level_layer, rule_of
from tui.app.widgets.output_palette import NAMES, Palette, sgr_style
from tui.app.widgets.scroll_margin import HAS_MATCH, HAS_TRACEBACK, NO_BAR, ON_THUMB, margin_cells, margin_glyph
from tui.app.widgets.traceback_styles import traceback_layers
from tui.core.models import RawLine
from tui.core.rows import Row, RowKind
from tui.core.text import Sgr
from tui.core.tracebacks.detector import TracebackDetector

PALETTE = Palette(Style(), {name: Style(meta={"name": name}) for name in NAMES})
BOLD, RED = Style(bold=True), Style(color="red")


def name_of(style: Style) -> str:
    return str(style.meta.get("name", ""))


@pytest.mark.parametrize(
    ("text", "name", "word"),
    [
        ("2026-11-24 12:00:00 ERROR agent: x", "error", "ERROR"),
        ("12:03 WARN  retry", "warning", "WARN"),
        ("[INFO] started", "info", "INFO"),
        ("DEBUG x", "debug", "DEBUG"),
        ('{"ts":1,"level":"error","msg":"x"}', "error", "error"),
        ('{"severity": "warning"}', "warning", "warning"),
        ("ts=1 level=info msg=x", "info", "info"),
        ("time=1 level=warning", "warning", "warning"),
        ("CRITICAL: x", "error", "CRITICAL"),
    ],
)
def test_the_level_of_a_line_is_tinted(text: str, name: str, word: str) -> None:
    layer = level_layer(text, PALETTE)
    assert layer is not None
    assert text[layer[0] : layer[1]] == word
    assert name_of(layer[2]) == name


@pytest.mark.parametrize("text", ["an error occurred", "INFORMATION", "x" * 200 + " ERROR", "", "no_ERROR_here"])
def test_other_words_are_left_alone(text: str) -> None:
    assert level_layer(text, PALETTE) is None


@given(
    st.lists(st.tuples(st.integers(-3, 30), st.integers(-3, 30), st.sampled_from([BOLD, RED])), max_size=6),
    st.integers(0, 20),
)
def test_runs_follow_each_other_and_later_layers_lie_over_earlier_ones(
    layers: list[tuple[int, int, Style]], size: int
) -> None:
    runs = flatten(layers, size, Style())
    assert runs[0][0] == 0
    assert runs[-1][1] == size
    assert all(one[1] == other[0] for one, other in pairwise(runs))
    for at in range(size):
        expected = Style()
        for start, end, style in layers:
            if start <= at < end:
                expected += style
        assert next(style for start, end, style in runs if start <= at < end) == expected


def test_a_window_of_a_body_keeps_its_styles() -> None:
    body = Body("plain red plain", flatten([(6, 9, RED)], 15, Style()))
    segments, first = body.window(4, 6)
    assert [(segment.text, segment.style) for segment in segments] == [("n ", Style()), ("red", RED), (" ", Style())]
    assert first == 4


def test_lines_of_a_javascript_frame_put_the_function_first() -> None:
    lines = [
        "/app/parse.js:3",
        "    throw new TypeError('no')",
        "    ^",
        "",
        "TypeError: no",
        "    at parse (/app/parse.js:3:11)",
        "    at main (/app/main.js:9:3)",
        "",
        "Node.js v20.0.0",
    ]
    detector = TracebackDetector()
    (block,) = [*detector.feed_many(lines), *detector.flush()]
    text = lines[5]
    layers = traceback_layers(text, 5, block, PALETTE, lambda frame, language: True)
    parts = {name_of(style): text[start:end] for start, end, style in layers}
    assert parts["path"] == "parse.js"
    assert parts["line"] == "3"
    assert text[: next(start for start, _, style in layers if name_of(style) == "function")] == "    at "
    type_layers = traceback_layers(lines[4], 4, block, PALETTE, lambda frame, language: True)
    assert {name_of(style): lines[4][start:end] for start, end, style in type_layers} == {
        "exception": "TypeError",
        "message": ": no",
    }


def test_roles_of_a_python_traceback() -> None:
    lines = [
        "Traceback (most recent call last):",
        '  File "/app/a.py", line 4, in main',
        "    run()",
        "    ~~~^^",
        '  File "/lib/site-packages/x.py", line 9, in run',
        "    y()",
        "ValueError: bad",
        "",
        "The above exception was the direct cause of the following exception:",
        "",
        "Traceback (most recent call last):",
        '  File "/app/a.py", line 8, in <module>',
        "    main()",
        "app.errors.Failed: worse",
    ]
    detector = TracebackDetector()
    (block,) = [*detector.feed_many(lines), *detector.flush()]
    names = []
    for at, text in enumerate(lines):
        layers = traceback_layers(
            text, at, block, PALETTE, lambda frame, language: "site-packages" not in (frame.file or "")
        )
        names.append([name_of(style) for _, _, style in layers])
    assert names[0] == ["header"]
    assert names[1] == ["header", "path", "line", "function"]
    assert names[2] == []
    assert names[3] == ["caret"]
    assert names[4] == names[5] == ["library"]
    assert names[6] == ["message", "exception"]
    assert names[8] == ["chain"]
    start, end, _ = traceback_layers(lines[13], 13, block, PALETTE, lambda frame, language: True)[1]
    assert lines[13][start:end] == "app.errors.Failed"


def test_colours_of_programs() -> None:
    style = sgr_style(Sgr(foreground="1", background="#010203", bold=True))
    assert style.color is not None
    assert style.color.number == 1
    assert style.bgcolor is not None
    assert style.bgcolor.triplet == (1, 2, 3)
    assert style.bold
    assert style.italic is None


def test_what_rules_say() -> None:
    assert rule_of(Row(RowKind.GAP, RawLine(""), count=1)) == "1 line is missing here"
    assert rule_of(Row(RowKind.GAP, RawLine(""), count=1204)) == "1,204 lines are missing here"
    assert rule_of(Row(RowKind.MARKER, RawLine("a\x1b[2Jb"))) == "ab"


def test_times_fill_their_column() -> None:
    for times in Times:
        for stamp in (0, 1, 1_764_000_000_000, 1_764_400_000_000):
            text = time_text(times, stamp, 1_763_000_000_000, epoch=1_764_000_000_000, zone=None)
            assert len(text) == gutter_width(times, None) - 1
    assert time_text(Times.CLOCK, 1_764_000_000_000, 0, epoch=0, zone=None) == "16:00:00 "


def test_the_margin_is_blank_where_all_fits() -> None:
    assert margin_cells(5, 5, 0, int, lambda first, stop: True, lambda first, stop: True) == [NO_BAR] * 5
    assert margin_glyph(NO_BAR) == " "


def test_the_margin_shows_thumb_and_marks() -> None:
    cells = margin_cells(
        10, 1000, 0, int, lambda first, stop: first <= 550 < stop, lambda first, stop: first <= 50 < stop
    )
    assert [at for at, cell in enumerate(cells) if cell & ON_THUMB] == [0]
    assert [at for at, cell in enumerate(cells) if cell & HAS_TRACEBACK] == [5]
    assert [at for at, cell in enumerate(cells) if cell & HAS_MATCH] == [0]
    glyphs = {margin_glyph(cell) for cell in (0, ON_THUMB, HAS_TRACEBACK, HAS_MATCH, ON_THUMB | HAS_TRACEBACK)}
    assert len(glyphs) == 5

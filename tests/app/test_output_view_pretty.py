"""JSON lines as people read them, and single lines shown whole."""

from __future__ import annotations

import pytest
from output_support import TRACEBACK, CountingBuffer, Output, OutputApp, last, numbered, painted, press, strips
from textual import on

from tui.app.screens.line import LIMIT, LineScreen, pieces
from tui.app.widgets.output_messages import CopyRequested, LineRequested
from tui.app.widgets.output_view import OutputView

SIZE = (60, 10)
OBJECT = '{"level":"error","msg":"no room","code":7,"stack":"one\\ntwo"}'


class WholeLines(OutputApp):
    """Shows lines as the dashboard does."""

    @on(LineRequested)
    def show_line(self, event: LineRequested) -> None:
        self.push_screen(LineScreen(event.row))


async def test_a_key_shows_objects_in_one_row_and_again_as_they_were() -> None:
    app = OutputApp(Output(["plain", OBJECT, "{not json}"]))
    async with app.run_test(size=SIZE) as pilot:
        before = await painted(pilot)
        rows = await press(pilot, "p")
        assert rows[:3] == ["plain", "ERROR no room  code=7  stack=one␊two", "{not json}"]
        styles = {segment.text: segment.style for segment in strips(app)[1] if segment.style}
        assert styles["ERROR"].bold
        message = next(style for text, style in styles.items() if "no room" in text)
        assert styles["code="].color != message.color
        assert await press(pilot, "p") == before


async def test_what_is_copied_is_the_line_as_it_was_written() -> None:
    app = OutputApp(Output([OBJECT]))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "p", "y")
        assert last(app, CopyRequested).text == OBJECT


async def test_only_visible_lines_are_read() -> None:
    buffer = CountingBuffer()
    app = OutputApp(Output([OBJECT] * 5000, buffer))
    async with app.run_test(size=SIZE) as pilot:
        await painted(pilot)
        buffer.reads = 0
        await press(pilot, "p")
        assert buffer.reads <= 3 * SIZE[1]


async def test_enter_unfolds_an_object_field_by_field() -> None:
    app = WholeLines(Output([*numbered(3), OBJECT]))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "p", "enter")
        await pilot.pause()
        assert isinstance(app.screen, LineScreen)
        shown = "\n".join(row.text for row in strips(app))
        for part in ("Line 4", '"level": "error"', '"code": 7', '"stack": "one', "two"):
            assert part in shown
        await pilot.press("escape")
        assert not isinstance(app.screen, LineScreen)


async def test_enter_shows_a_very_long_line_whole_up_to_a_bound_that_is_told() -> None:
    text = " ".join(f"word{at}" for at in range(200_000))
    assert len(text) > LIMIT
    app = WholeLines(Output([*numbered(3), text]))
    copied = []
    app.copy_to_clipboard = copied.append  # type: ignore[method-assign,assignment]
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "enter")
        view = app.screen.query_one(OutputView)
        while view.buffer.byte_size < LIMIT:
            await pilot.pause(0.005)
        await pilot.pause()
        shown = "\n".join(row.text for row in strips(app))
        assert "word0 word1 word2" in shown
        assert "are not shown" in shown
        assert "".join(row.text for row in view.buffer.rows(0, 10**6)) == text[:LIMIT]
        await pilot.press("y")
        assert copied == [text]


async def test_enter_means_the_line_at_the_end_of_the_selection() -> None:
    app = WholeLines(Output([*TRACEBACK, *numbered(4), "x" * 5000, *numbered(2)]))
    async with app.run_test(size=(60, 20)) as pilot:
        await press(pilot, "v", *["j"] * 14, "enter")
        assert isinstance(app.screen, LineScreen)


async def test_a_double_click_shows_a_long_line_whole() -> None:
    app = WholeLines(Output([*numbered(3), "x" * 5000]))
    async with app.run_test(size=SIZE) as pilot:
        await painted(pilot)
        await pilot.double_click(app.view, offset=(5, 3))
        await pilot.pause()
        assert isinstance(app.screen, LineScreen)


@pytest.mark.parametrize("text", ["", "x" * 10, "x" * 5000, "\x1b[31mred\x1b[0m " * 2000])
def test_pieces_are_the_line_and_leave_escape_sequences_whole(text: str) -> None:
    cut = list(pieces(text))
    assert "".join(cut) == text
    assert all(piece.count("\x1b") == piece.count("m") for piece in cut if "\x1b" in piece)

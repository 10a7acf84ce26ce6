"""Selecting lines with keys: what is drawn, how far it goes, what is copied, and how it ends."""

from __future__ import annotations

from output_support import TRACEBACK, Output, OutputApp, add, last, numbered, painted, press, screen, strips
from textual.binding import Binding

from tui.app.widgets.output_messages import CopyRequested

SIZE = (40, 10)
AFTER = [f"INFO step {at}" for at in range(4)]


def chosen(app: OutputApp) -> list[str]:
    """Rows that have the background of the selection."""
    rows = strips(app)
    plain = next(segment.style.bgcolor for segment in rows[-2] if segment.style)
    return [
        row.text[1:-1].rstrip()
        for row in rows[:-1]
        if next(segment.style.bgcolor for segment in row if segment.style) != plain
    ]


async def test_it_begins_at_the_first_row_and_copies_what_it_covers() -> None:
    app = OutputApp(Output(numbered(100)))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "g", "v")
        assert chosen(app) == ["line 0"]
        rows = await press(pilot, "j", "j", "j", "k")
        assert chosen(app) == numbered(3)
        assert rows[-1].endswith("3 lines selected  y copy  esc end")
        await press(pilot, "y")
        assert last(app, CopyRequested).text == "line 0\nline 1\nline 2"
        assert chosen(app) == []


async def test_it_goes_beyond_the_screen_both_ways() -> None:
    app = OutputApp(Output(numbered(100)))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "b", "b", "v")
        first = int(screen(app)[0].split()[1])
        await press(pilot, "k", "k")
        assert screen(app)[0] == f"line {first - 2}"
        await press(pilot, "ctrl+d", "ctrl+d", "ctrl+d")
        await press(pilot, "y")
        assert last(app, CopyRequested).text.split("\n") == numbered(14, first)
        await press(pilot, "v", "G", "y")
        assert last(app, CopyRequested).text.split("\n")[-1] == "line 99"
        assert not app.view.is_following
        await press(pilot, "v", "g", "y")
        assert last(app, CopyRequested).text.split("\n")[0] == "line 0"


async def test_it_ends_the_following_and_lines_that_arrive_move_nothing() -> None:
    app = OutputApp(Output(numbered(100)))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "v", "j")
        await add(pilot, numbered(50, 100))
        app.output.buffer.insert(3, ["repaired"])
        app.view.news()
        await painted(pilot)
        await press(pilot, "y")
        assert last(app, CopyRequested).text == "line 90\nline 91"


async def test_a_fold_is_copied_with_what_it_hides() -> None:
    lines = [*TRACEBACK[:6], *TRACEBACK[4:6], *TRACEBACK[6:]]
    app = OutputApp(Output([*lines, *AFTER]))
    async with app.run_test(size=(80, 20)) as pilot:
        await press(pilot, "v", *["j"] * 4, "y")
        assert last(app, CopyRequested).text.split("\n") == lines[:8]


async def test_esc_ends_it_and_is_for_the_screen_afterwards() -> None:
    seen = []

    class Outer(OutputApp):
        BINDINGS = [Binding("escape", "outer")]

        def action_outer(self) -> None:
            seen.append(len(chosen(self)))

    app = Outer(Output(numbered(100)))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "g", "v", "j", "escape")
        assert chosen(app) == []
        assert seen == []
        await press(pilot, "escape")
        assert seen == [0]

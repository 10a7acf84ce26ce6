"""Searching in the output view: everything is searched, the nearest match is gone to, edits do not mislead."""

from __future__ import annotations

import asyncio
import re

from output_support import TRACEBACK, Output, OutputApp, add, last, numbered, painted, press, screen, strips
from textual.pilot import Pilot

from tui.app.widgets.output_messages import SearchChanged
from tui.core.buffer import LineBuffer

SIZE = (40, 10)
AFTER = [f"INFO step {at}" for at in range(4)]


async def found(pilot: Pilot[None]) -> SearchChanged:
    """Wait until the search has seen everything; its last report."""
    app = pilot.app
    assert isinstance(app, OutputApp)
    await painted(pilot)
    while app.view._search is not None and not app.view._search.is_up_to_date:
        await pilot.pause(0.005)
    await painted(pilot)
    return last(app, SearchChanged)


async def test_it_counts_all_and_goes_to_the_nearest_from_here() -> None:
    app = OutputApp(Output([f"line {at}{' needle' if at % 100 == 50 else ''}" for at in range(1000)]))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "g", *["space"] * 20)
        top = app.view._place.top.position
        app.view.start_search("needle")
        report = await found(pilot)
        assert (report.matches, report.is_complete, report.error) == (10, True, "")
        assert top < 250
        assert report.current == 3
        assert "line 250 needle" in screen(app)
        assert not app.view.is_following


async def test_next_and_previous_go_round() -> None:
    app = OutputApp(Output([f"line {at}{' needle' if at in (5, 500, 990) else ''}" for at in range(1000)]))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "g")
        app.view.start_search("needle")
        assert (await found(pilot)).current == 1
        for key, line, current in (("n", 500, 2), ("n", 990, 3), ("n", 5, 1), ("N", 990, 3), ("N", 500, 2)):
            rows = await press(pilot, key)
            assert f"line {line} needle" in rows
            assert last(app, SearchChanged).current == current


async def test_next_goes_on_from_where_the_reader_is() -> None:
    app = OutputApp(Output([f"line {at}{' needle' if at % 100 == 0 else ''}" for at in range(1000)]))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "g")
        app.view.start_search("needle")
        await found(pilot)
        await press(pilot, *["space"] * 40)
        assert "line 400 needle" in await press(pilot, "n")


async def test_matches_are_highlighted_and_the_current_one_differs() -> None:
    app = OutputApp(Output(["a needle", "two needle needle", "none"]))
    async with app.run_test(size=SIZE) as pilot:
        app.view.start_search("needle")
        await found(pilot)
        first, second, third = strips(app)[:3]
        current = [segment.style for segment in first if segment.text == "needle"]
        others = [segment.style for segment in second if segment.text == "needle"]
        assert len(current) == 1
        assert len(others) == 2
        assert current[0].reverse  # type: ignore[union-attr]
        assert others[0].underline  # type: ignore[union-attr]
        assert not others[0].reverse  # type: ignore[union-attr]
        assert not any(segment.style.underline for segment in third if segment.style)
        app.view.clear_search()
        await painted(pilot)
        assert not any(segment.style.underline for strip in strips(app) for segment in strip if segment.style)
        assert last(app, SearchChanged).pattern == ""


async def test_lines_that_arrive_are_searched_too() -> None:
    app = OutputApp(Output(numbered(100)))
    async with app.run_test(size=SIZE) as pilot:
        app.view.start_search("needle")
        assert (await found(pilot)).matches == 0
        await add(pilot, [*numbered(5000, 100), "needle 1"])
        assert (await found(pilot)).matches == 1
        await add(pilot, ["needle 2"])
        assert (await found(pilot)).matches == 2


async def test_a_broken_expression_is_explained_and_plain_text_is_not_one() -> None:
    app = OutputApp(Output(["a(b", "ab"]))
    async with app.run_test(size=SIZE) as pilot:
        app.view.start_search("a(", regex=True)
        await painted(pilot)
        report = last(app, SearchChanged)
        assert "not a regular expression" in report.error
        assert report.hint
        app.view.start_search("a(")
        assert (await found(pilot)).matches == 1
        app.view.start_search("a.?b", regex=True)
        assert (await found(pilot)).matches == 2
        app.view.start_search("")
        await painted(pilot)
        assert last(app, SearchChanged).pattern == ""


async def test_edits_above_do_not_mislead_the_search() -> None:
    app = OutputApp(Output([f"line {at}{' needle' if at % 50 == 0 else ''}" for at in range(500)]))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "g")
        app.view.start_search("needle")
        assert (await found(pilot)).matches == 10
        app.output.buffer.insert(1, ["needle again", "other"])
        app.view.news()
        assert (await found(pilot)).matches == 11
        for key in "nnnN":
            rows = await press(pilot, key)
            assert any("needle" in row for row in rows)
            search = app.view._search
            assert search is not None
            assert search.current is not None
            assert "needle" in app.output.buffer.row(search.current - search.dropped).text


async def test_dropped_lines_do_not_mislead_the_search() -> None:
    buffer = LineBuffer(max_bytes=4000, block_bytes=400)
    app = OutputApp(Output((), buffer))
    async with app.run_test(size=SIZE) as pilot:
        app.view.start_search("needle")
        for first in range(0, 2000, 50):
            await add(pilot, [f"line {at}{' needle' if at % 10 == 0 else ''}" for at in range(first, first + 50)])
        await found(pilot)
        assert buffer.dropped_lines > 1000
        await press(pilot, "g")
        for _ in range(3):
            await press(pilot, "n")
            search = app.view._search
            assert search is not None
            assert search.current is not None
            assert "needle" in buffer.row(search.current - search.dropped).text


async def test_a_search_goes_on_in_another_output() -> None:
    first, second = Output(["needle", *numbered(50)]), Output([*numbered(50), "needle", "needle"])
    app = OutputApp(first)
    async with app.run_test(size=SIZE) as pilot:
        app.view.start_search("needle")
        assert (await found(pilot)).matches == 1
        app.view.show(second.buffer, second.found, key="second")
        app.output = second
        assert (await found(pilot)).matches == 2
        assert app.view.is_following


async def test_matches_are_marked_in_the_margin() -> None:
    app = OutputApp(Output([*numbered(500), "needle", *numbered(499)]))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "g")
        app.view.start_search("needle")
        await found(pilot)
        margin = [strip.text[-1] for strip in strips(app)]
        assert [at for at, glyph in enumerate(margin) if glyph in "┼╋"] == [5]


async def test_a_million_lines_are_searched_without_stopping_the_loop() -> None:
    buffer = LineBuffer()
    lines = [f"line {at} of many" for at in range(20_000)]
    for _ in range(50):
        buffer.append(lines)
    app = OutputApp(Output((), buffer))
    async with app.run_test(size=SIZE) as pilot:
        await painted(pilot)
        turns = 0
        app.view.start_search("line 77 of")
        while app.view._search is not None and not app.view._search.is_complete:
            turns += 1
            await asyncio.sleep(0)
        assert (await found(pilot)).matches == 50
        # Many slices, with turns for others in between.
        assert turns > 5


async def test_wrapped_lines_are_gone_to() -> None:
    app = OutputApp(Output([*numbered(20), "x" * 300 + " needle", *numbered(20)]))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "w", "g")
        app.view.start_search("needle")
        await found(pilot)
        assert any(re.search("needle", row) for row in screen(app))


async def test_a_match_beyond_the_edge_is_panned_to_and_back() -> None:
    app = OutputApp(Output(["needle at the start", "y" * 300 + "needle" + "z" * 50]))
    async with app.run_test(size=SIZE) as pilot:
        app.view.start_search("needle")
        await found(pilot)
        await press(pilot, "n")
        assert "needle" in screen(app)[1]
        await press(pilot, "n")
        assert screen(app)[0] == "needle at the start"


def highlighted(app: OutputApp, y: int) -> str:
    """What a row of the screen shows as the match that the view stands at."""
    return "".join(part.text for part in strips(app)[y] if part.style and part.style.reverse)


async def test_what_is_found_in_a_shortened_head_is_shown_there() -> None:
    app = OutputApp(Output([*TRACEBACK, *AFTER]))
    async with app.run_test(size=(60, 14)) as pilot:
        assert (await painted(pilot))[0] == "▾ Traceback"
        app.view.start_search("most recent")
        await found(pilot)
        assert screen(app)[0] == "▾ Traceback (most recent call last):"
        assert highlighted(app, 0) == "most recent"
        app.view.clear_search()
        assert (await painted(pilot))[0] == "▾ Traceback"


async def test_what_is_found_in_the_line_that_stands_for_folded_frames_unfolds_them() -> None:
    library = [
        line
        for at in range(3)
        for line in (f'  File "/usr/lib/python3/site-packages/lib{at}.py", line 1, in send', f"    call_{at}()")
    ]
    app = OutputApp(Output([*TRACEBACK[:4], *library, *TRACEBACK[6:], *AFTER]))
    async with app.run_test(size=(80, 20)) as pilot:
        assert "+ 3 frames" in (await painted(pilot))[4]
        app.view.start_search("lib0.py")
        await found(pilot)
        assert screen(app)[4:10] == library
        assert highlighted(app, 4) == "lib0.py"


async def test_what_is_found_only_as_an_object_was_written_is_shown_as_that() -> None:
    lines = ['{"level":"error","msg":"no room","code":7}', '{"level":"info","msg":"fine","code":8}']
    app = OutputApp(Output(lines))
    async with app.run_test(size=(60, 10)) as pilot:
        assert (await press(pilot, "p"))[:2] == ["ERROR no room  code=7", "INFO  fine  code=8"]
        app.view.start_search('"code":7')
        await found(pilot)
        assert screen(app)[:2] == [lines[0], "INFO  fine  code=8"]
        assert highlighted(app, 0) == '"code":7'
        app.view.start_search("no room")
        await found(pilot)
        assert screen(app)[0] == "ERROR no room  code=7"
        assert highlighted(app, 0) == "no room"

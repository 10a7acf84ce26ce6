"""Filtering in the output view: what is shown, what stays in place, and that tracebacks are never torn."""

from __future__ import annotations

from output_support import TRACEBACK, CountingBuffer, Output, OutputApp, add, last, numbered, painted, press, screen
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import Selection

from tui.app.widgets.output_messages import CopyRequested, FilterChanged
from tui.core.buffer import LineBuffer
from tui.core.levels import Level
from tui.core.models import RawLine
from tui.core.rows import RowKind

SIZE = (60, 12)
AFTER = [f"INFO step {at}" for at in range(4)]
FOLDED = ["▾ Traceback", *TRACEBACK[1:]]


async def filtered(pilot: Pilot[None]) -> list[str]:
    """Wait until the filter has seen everything; the rows of the screen that are not blank."""
    app = pilot.app
    assert isinstance(app, OutputApp)
    await painted(pilot)
    while app.view._filter is not None and not app.view._filter.is_up_to_date:
        await pilot.pause(0.005)
    return [row for row in await painted(pilot) if row]


async def test_only_what_passes_is_shown_and_the_rest_is_counted() -> None:
    app = OutputApp(Output([f"line {at}{' needle' if at % 100 == 50 else ''}" for at in range(1000)]))
    async with app.run_test(size=SIZE) as pilot:
        app.view.start_filter("needle")
        assert await filtered(pilot) == [f"line {at} needle" for at in range(50, 1000, 100)]
        message = last(app, FilterChanged)
        assert (message.pattern, message.shown, message.hidden, message.is_complete) == ("needle", 10, 990, True)
        app.view.clear_filter()
        assert (await painted(pilot))[-1] == "line 999"
        assert last(app, FilterChanged).pattern == ""


async def test_lines_that_arrive_are_filtered_too() -> None:
    app = OutputApp(Output(numbered(10)))
    async with app.run_test(size=SIZE) as pilot:
        app.view.start_filter("needle")
        assert await filtered(pilot) == []
        await add(pilot, ["a needle", "none"])
        assert await filtered(pilot) == ["a needle"]
        await add(pilot, ["none", *[f"needle {at}" for at in range(30)]])
        assert (await filtered(pilot))[-1] == "needle 29"
        assert last(app, FilterChanged).shown == 31


async def test_turned_round_by_expression_and_by_level() -> None:
    app = OutputApp(Output(["INFO one", "WARNING two", "three", "ERROR four"]))
    async with app.run_test(size=SIZE) as pilot:
        app.view.start_filter("o", inverse=True)
        assert await filtered(pilot) == ["three"]
        app.view.start_filter("^(INFO|three)", regex=True)
        assert await filtered(pilot) == ["INFO one", "three"]
        app.view.start_filter("", level=Level.WARNING)
        assert await filtered(pilot) == ["WARNING two", "ERROR four"]
        app.view.start_filter("two", level=Level.WARNING)
        assert await filtered(pilot) == ["WARNING two"]


async def test_a_pattern_that_is_none_is_explained() -> None:
    app = OutputApp(Output(numbered(3)))
    async with app.run_test(size=SIZE) as pilot:
        app.view.start_filter("(", regex=True)
        assert (await painted(pilot))[:3] == numbered(3)
        assert "not a regular expression" in last(app, FilterChanged).error


async def test_a_key_shows_lines_around() -> None:
    app = OutputApp(Output([f"line {at}{' needle' if at == 50 else ''}" for at in range(100)]))
    async with app.run_test(size=(80, 30)) as pilot:
        app.view.start_filter("needle")
        assert len(await filtered(pilot)) == 1
        for lines in (7, 21, 1):
            await press(pilot, "c")
            assert len(await filtered(pilot)) == lines


async def test_a_match_in_a_traceback_shows_it_whole_and_context_never_a_part() -> None:
    app = OutputApp(Output([*numbered(5), *TRACEBACK, *AFTER, "needle", *numbered(5)]))
    async with app.run_test(size=(80, 30)) as pilot:
        app.view.start_filter("site-packages")
        assert await filtered(pilot) == FOLDED
        app.view.start_filter("needle", context=10)
        assert await filtered(pilot) == [*FOLDED, *AFTER, "needle", *numbered(5)]
        app.view.start_filter("KeyError", inverse=True, context=0)
        assert await filtered(pilot) == [*numbered(5), *AFTER, "needle", *numbered(5)]
        app.view.start_filter("", level=Level.ERROR, context=0)
        assert await filtered(pilot) == FOLDED


async def test_a_traceback_that_is_printed_under_a_filter_becomes_whole() -> None:
    app = OutputApp(Output(numbered(5)))
    async with app.run_test(size=(80, 30)) as pilot:
        app.view.start_filter("KeyError")
        for line in [*TRACEBACK, *AFTER]:
            await add(pilot, [line])
        assert await filtered(pilot) == FOLDED


async def test_the_reader_stays_at_the_line_or_the_one_before() -> None:
    app = OutputApp(Output([f"line {at}{' needle' if at % 10 == 0 else ''}" for at in range(3000)]))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "g", *["space"] * 40)
        top = app.view._place.top.position
        app.view.start_filter("needle")
        rows = await filtered(pilot)
        assert rows[0] == f"line {top // 10 * 10} needle"
        app.view.clear_filter()
        assert app.view._place.top.position == top
        app.view.start_filter("needle")
        await filtered(pilot)
        rows = await press(pilot, "j", "j")
        app.view.clear_filter()
        assert (await painted(pilot))[0] == rows[0]
        assert not app.view.is_following


async def test_the_end_is_followed_through_a_filter() -> None:
    app = OutputApp(Output([f"line {at}{' needle' if at % 10 == 0 else ''}" for at in range(3000)]))
    async with app.run_test(size=SIZE) as pilot:
        await painted(pilot)
        app.view.start_filter("needle")
        assert (await filtered(pilot))[-1] == "line 2990 needle"
        assert app.view.is_following


async def test_a_filter_without_a_match_gives_the_place_back() -> None:
    app = OutputApp(Output(numbered(3000)))
    async with app.run_test(size=SIZE) as pilot:
        before = await press(pilot, "g", *["space"] * 10)
        app.view.start_filter("needle")
        assert await filtered(pilot) == []
        app.view.clear_filter()
        assert await painted(pilot) == before


async def test_folds_work_under_a_filter() -> None:
    lines = [*TRACEBACK[:6], *TRACEBACK[4:6], *TRACEBACK[6:]]
    app = OutputApp(Output([*numbered(50), *lines, *AFTER, *numbered(50)]))
    async with app.run_test(size=(80, 30)) as pilot:
        await press(pilot, "g")
        app.view.start_filter("KeyError")
        rows = await filtered(pilot)
        assert rows == ["▾ Traceback   2 library frames folded", *lines[1:4], "  ▸ + 2 frames in httpx", *lines[8:]]
        await press(pilot, "enter")
        assert await filtered(pilot) == ["▾ Traceback", *lines[1:]]
        await press(pilot, "enter")
        assert await filtered(pilot) == [f"▸ Traceback   {len(lines) - 2} lines folded", lines[-1]]


async def test_jumps_go_to_what_is_shown_only() -> None:
    lines = [f"line {at}{' hit' if at % 10 == 0 else ''}{' needle' if at % 100 == 0 else ''}" for at in range(1000)]
    app = OutputApp(Output([*TRACEBACK, *AFTER, *lines, *TRACEBACK[:-1], "ValueError: needle", *AFTER]))
    async with app.run_test(size=(60, 5)) as pilot:
        await press(pilot, "g")
        app.view.start_filter("needle")
        await filtered(pilot)
        app.view.start_search("hit")
        await filtered(pilot)
        for at in (100, 200, 300):
            assert f"line {at} hit needle" in await press(pilot, "n")
        await press(pilot, "e")
        assert app.view.selected_traceback is not None
        assert app.view.selected_traceback.type == "ValueError"
        await press(pilot, "e")
        assert app.view.selected_traceback.type == "ValueError"


async def test_the_oldest_lines_may_be_dropped_meanwhile() -> None:
    app = OutputApp(Output(buffer=LineBuffer(max_bytes=3000, block_bytes=500)))
    async with app.run_test(size=SIZE) as pilot:
        app.view.start_filter("needle")
        for at in range(0, 900, 30):
            await add(pilot, [f"line {n}{' needle' if n % 9 == 0 else ''}" for n in range(at, at + 30)])
        rows = await filtered(pilot)
        assert app.output.buffer.dropped_lines
        held = [row.text for row in app.output.buffer.rows(0, 10**6) if "needle" in row.text]
        assert rows == held[-12:]
        assert last(app, FilterChanged).shown == len(held)


async def test_edited_lines_are_filtered_anew() -> None:
    app = OutputApp(Output(numbered(50)))
    async with app.run_test(size=SIZE) as pilot:
        app.view.start_filter("needle")
        await filtered(pilot)
        app.output.buffer.insert(3, ["a needle"])
        app.view.news()
        assert await filtered(pilot) == ["a needle"]


async def test_a_filter_goes_on_in_another_output() -> None:
    app = OutputApp(Output([*numbered(50), "needle one"]))
    second = Output([*numbered(50), "needle two"])
    async with app.run_test(size=SIZE) as pilot:
        app.view.start_filter("needle")
        assert await filtered(pilot) == ["needle one"]
        app.view.show(second.buffer, second.found, key="second")
        assert await filtered(pilot) == ["needle two"]


async def test_what_is_copied_is_what_is_shown() -> None:
    app = OutputApp(Output([f"line {at}{' needle' if at % 10 == 0 else ''}" for at in range(100)]))
    async with app.run_test(size=SIZE) as pilot:
        app.view.start_filter("needle")
        rows = await filtered(pilot)
        await press(pilot, "Y")
        assert last(app, CopyRequested).text.split("\n") == rows


async def test_a_selection_leaves_out_what_is_hidden_by_the_filter_but_not_what_is_folded() -> None:
    lines = [*TRACEBACK[:6], *TRACEBACK[4:6], *TRACEBACK[6:]]
    app = OutputApp(Output(["a KeyError", *numbered(5), *lines, *AFTER]))
    async with app.run_test(size=(80, 30)) as pilot:
        app.view.start_filter("KeyError")
        await filtered(pilot)
        selected = Selection(Offset(0, 0), Offset(0, 10**6))
        assert app.view.get_selection(selected) == ("\n".join(["a KeyError", *lines]), "\n")


async def test_a_frame_reads_only_the_rows_it_shows() -> None:
    buffer = CountingBuffer()
    lines = [f"line {at}{' needle' if at % 50 == 0 else ''}" for at in range(20_000)]
    app = OutputApp(Output(lines, buffer))
    async with app.run_test(size=SIZE) as pilot:
        app.view.start_filter("needle")
        await filtered(pilot)
        for key in ("k", "b", "j", "g", "space"):
            buffer.reads = 0
            await press(pilot, key)
            assert buffer.reads <= 3 * SIZE[1], key
        assert screen(app)[0].endswith("needle")


async def test_lost_lines_are_told_of_in_a_filtered_view_too() -> None:
    output = Output(["needle 1", "hay", "hay"])
    output.buffer.append_marker(RowKind.GAP, "", 7)
    output.add(["hay", "needle 2"])
    app = OutputApp(output)
    async with app.run_test(size=SIZE) as pilot:
        app.view.start_filter("needle")
        first, gap, second = await filtered(pilot)
        assert (first, second) == ("needle 1", "needle 2")
        assert "7 lines are missing here" in gap
        message = last(app, FilterChanged)
        assert (message.shown, message.hidden) == (2, 3)


async def test_lines_put_in_are_filtered_without_looking_at_those_before_them_again() -> None:
    app = OutputApp(Output([f"needle {at}" for at in range(5)] + ["hay"] * 5))
    async with app.run_test(size=SIZE) as pilot:
        app.view.start_filter("needle")
        await filtered(pilot)
        running = app.view._filter
        app.output.buffer.insert(7, [RawLine("needle put in")])
        app.view.news()
        assert await filtered(pilot) == [*(f"needle {at}" for at in range(5)), "needle put in"]
        assert app.view._filter is running

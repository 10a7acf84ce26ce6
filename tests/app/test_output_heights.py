"""The scroll bar where lines wrap: it counts the rows of the screen that are drawn, in any width, however they came."""

from __future__ import annotations

import asyncio
from array import array

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from output_support import TRACEBACK, CountingBuffer, Output, OutputApp, add, numbered, painted, press
from textual.pilot import Pilot

from tui.app.widgets.output_gutter import Times
from tui.app.widgets.output_view import OutputView
from tui.app.widgets.reading_place import Spot
from tui.core.buffer import LineBuffer
from tui.core.line_sums import CHUNK
from tui.core.models import RawLine
from tui.core.rows import RowKind

CELLS = 'ab  日é\u0301👩\t\x1b[31m\r{}":,'
LINES = st.lists(
    st.one_of(
        st.text(alphabet=CELLS, max_size=40),
        st.text(alphabet="words and ", min_size=30, max_size=120),
        st.integers(200, 5000).map(lambda size: "long " * (size // 5)),
        st.just('{"level": "info", "message": "one", "more": "' + "x" * 50 + '"}'),
    ),
    max_size=40,
)


async def measured(pilot: Pilot[None]) -> OutputView:
    """Wait until all rows are measured, and painted."""
    app = pilot.app
    assert isinstance(app, OutputApp)
    async with asyncio.timeout(20):
        await painted(pilot)
        while not app.view.is_measured:
            await pilot.pause(0.005)
        await painted(pilot)
    return app.view


def drawn(view: OutputView) -> list[Spot]:
    """Every row of the screen, as the painter would draw it."""
    place = view._place
    top, place.top = place.top, Spot(place.nearest(0))
    spots = place.visible(10**7)
    place.top = top
    return spots


def check(view: OutputView, every: int = 1) -> list[Spot]:
    spots = drawn(view)
    assert view.is_measured
    assert view.screen_rows == len(spots)
    for line in range(0, len(spots), every):
        assert view.spot_at(line) == spots[line]
    if spots:
        assert spots[view.screen_rows_above] == view._place.top
        assert view.spot_at(len(spots) + 5) == spots[-1]
    return spots


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(LINES, st.integers(3, 90), st.booleans(), st.booleans())
def test_the_sum_of_heights_is_what_is_drawn(lines: list[str], width: int, pretty: bool, reveal: bool) -> None:
    async def run() -> None:
        app = OutputApp(Output([line.replace("\n", "") for line in lines]))
        async with app.run_test(size=(width, 12)) as pilot:
            app.view.pretty, app.view.reveal, app.view.wrap = pretty, reveal, True
            spots = check(await measured(pilot))
            painter = app.view._ready_painter()
            for spot in spots:
                row = app.output.buffer.row(spot.position)
                strip = painter.strip(row, app.view._row_state(painter, spot, row), 8)
                assert strip.cell_length == width
            for position in {spot.position for spot in spots}:
                # Together the rows of the screen read what the line reads, so none of them was left out.
                row = app.output.buffer.row(position)
                pieces = "".join(
                    painter.strip(row, app.view._row_state(painter, spot, row), 8).text[1:-1]
                    for spot in spots
                    if spot.position == position
                )
                assert pieces.replace(" ", "") == app.view._text_of(row).replace(" ", "")

    asyncio.run(run())


async def test_wherever_the_bar_is_clicked_that_row_is_on_top() -> None:
    lines = [("word " * (at % 7 * 9)).strip() or "short" for at in range(400)]
    app = OutputApp(Output(lines))
    async with app.run_test(size=(40, 20)) as pilot:
        await press(pilot, "w", "g")
        view = await measured(pilot)
        spots = check(view)
        assert len(spots) > 2 * len(lines)
        tops = []
        for y in (0, 4, 9, 14, 19):
            await pilot.click(OutputView, offset=(39, y))
            await painted(pilot)
            tops.append(spots.index(view._place.top))
        assert tops[0] == 0
        assert tops[-1] == len(spots) - 20
        # In the middle of the bar is the middle of what is drawn, not of the lines.
        assert abs(tops[2] - (len(spots) - 20) / 2) <= len(spots) / 20
        assert any(spots[top].sub for top in tops)


async def test_short_lines_that_do_not_fill_the_screen_scroll_where_they_wrap() -> None:
    app = OutputApp(Output(["word " * 60] * 4))
    async with app.run_test(size=(40, 10)) as pilot:
        await painted(pilot)
        assert app.view.screen_rows == 4
        await press(pilot, "w")
        view = await measured(pilot)
        assert view.screen_rows == len(check(view)) > 10
        await press(pilot, "w")
        assert view.screen_rows == 4


async def test_it_stays_right_while_lines_come_are_edited_and_go() -> None:
    buffer = LineBuffer(max_bytes=25_000, block_bytes=3_000)
    app = OutputApp(Output(["wide " * 30] * 10, buffer))
    async with app.run_test(size=(40, 10)) as pilot:
        await press(pilot, "w")
        for at in range(12):
            await add(pilot, [*numbered(40, at * 40), "wide " * (at * 5), "日本" * 30])
            check(await measured(pilot))
        await press(pilot, "b", "b")
        buffer.insert(20, [RawLine("put in " * 20)] * 3)
        buffer.insert_marker(300, RowKind.GAP, "", 40)
        buffer.remove(100, 7)
        app.view.news()
        check(await measured(pilot))
        assert buffer.dropped_rows == 0
        for at in range(40):
            await add(pilot, [*numbered(40, at * 40), "wide " * 50])
        assert buffer.dropped_rows > CHUNK
        check(await measured(pilot))
        buffer.remove(30, len(buffer) - 30)
        app.view.news()
        check(await measured(pilot))


async def test_what_is_folded_or_filtered_away_does_not_count() -> None:
    lines: list[str] = []
    for at in range(90):
        lines += [f"request {at} " + "is very long " * (at % 9), *TRACEBACK[:5], *TRACEBACK[4:], "done " * 20]
    app = OutputApp(Output([*lines, "end"]))
    async with app.run_test(size=(50, 12)) as pilot:
        await press(pilot, "w", "g")
        view = await measured(pilot)
        folded = check(view)
        for keys in (["e", "enter"], ["enter"], ["enter"], ["E", "enter", "enter"]):
            await press(pilot, *keys)
            check(await measured(pilot))
        await press(pilot, "F")
        assert len(check(await measured(pilot))) > len(folded)
        await press(pilot, "F")
        view.start_filter("request 7")
        await measured(pilot)
        while view._filter is None or not view._filter.is_up_to_date:
            await pilot.pause(0.005)
        check(await measured(pilot))
        await add(pilot, ["request 7 again " * 8, *TRACEBACK, "request 8"])
        check(await measured(pilot))
        view.start_search("SEND", regex=False)
        check(await measured(pilot))
        view.clear_filter()
        check(await measured(pilot))


async def test_options_and_widths_count_anew() -> None:
    app = OutputApp(Output([f"{at} " + "word \x1b[1mbold\x1b[0m " * (at % 30) for at in range(300)]))
    async with app.run_test(size=(60, 10)) as pilot:
        await press(pilot, "w", "g", "space", "space")
        totals = {len(check(await measured(pilot)))}
        for width in (33, 120, 300):
            await pilot.resize_terminal(width, 10)
            totals.add(len(check(await measured(pilot))))
        await press(pilot, "x")
        totals.add(len(check(await measured(pilot))))
        app.view.show_numbers, app.view.times = True, Times.CLOCK
        totals.add(len(check(await measured(pilot))))
        assert len(totals) == 6


async def test_another_output_is_measured_for_itself() -> None:
    one, other = Output(["word " * 30] * 50), Output(["word " * 60] * 20)
    app = OutputApp(one)
    async with app.run_test(size=(40, 10)) as pilot:
        await press(pilot, "w")
        first = len(check(await measured(pilot)))
        app.view.show(other.buffer, other.found, key="other")
        check(await measured(pilot))
        app.view.show(one.buffer, one.found, key="first")
        assert len(check(await measured(pilot))) == first


class Touching(CountingBuffer):
    """Counts the texts that are asked for, too."""

    def texts(self, start: int, stop: int) -> list[str]:
        found = super().texts(start, stop)
        self.reads += len(found)
        return found


async def test_a_resize_looks_at_no_more_than_the_screen_and_one_step_at_no_more_than_a_chunk() -> None:
    buffer = Touching()
    app = OutputApp(Output((), buffer))
    buffer.append([RawLine(f"{at} " + "word " * (at % 40)) for at in range(200_000)])
    async with app.run_test(size=(80, 20)) as pilot:
        await press(pilot, "w", "g", "space")
        view = await measured(pilot)
        before = view._place.top
        total = view.screen_rows
        # Nothing measures beside the screen from here on.
        view.workers.cancel_group(view, "lines")
        await pilot.pause()
        buffer.reads = 0
        for width in (60, 100, 50):
            await pilot.resize_terminal(width, 20)
            await painted(pilot)
        assert not view.is_measured
        assert 0 < buffer.reads < 20 * 30
        assert view._place.top.position == before.position
        assert view.screen_rows == total, "until they are measured anew, lines count what they did"
        heights = view._heights
        assert heights is not None
        buffer.reads = 0
        steps = 0
        while heights.step():
            steps += 1
            assert buffer.reads <= CHUNK
            buffer.reads = 0
        assert steps >= 200_000 / CHUNK
        assert view.screen_rows > total
        spots = array("I", (len(view._breaks_of(buffer.row(at))) + 1 for at in range(0, 200_000, 997)))
        above = [heights.before(at + 1) - heights.before(at) for at in range(0, 200_000, 997)]
        assert list(spots) == above


async def test_lines_of_a_size_that_nobody_reads_end_a_step() -> None:
    buffer = Touching()
    app = OutputApp(Output((), buffer))
    buffer.append([RawLine("日本 " * 1500)] * CHUNK)
    async with app.run_test(size=(80, 20)) as pilot:
        view = app.view
        view.wrap = True
        view.workers.cancel_group(view, "lines")
        await painted(pilot)
        heights = view._heights
        assert heights is not None
        steps = 0
        while heights.step():
            steps += 1
        assert steps > CHUNK / 4
        check(view, every=100)

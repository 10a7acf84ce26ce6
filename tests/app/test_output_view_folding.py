"""Folding of tracebacks in the output view: what is shown, what a key and a click do, and what stays in place."""

from __future__ import annotations

import pytest
from output_support import (
    TRACEBACK,
    CountingBuffer,
    Output,
    OutputApp,
    add,
    last,
    numbered,
    painted,
    press,
    screen,
    strips,
)
from rich.style import Style

from tui.app.widgets.output_messages import CopyRequested
from tui.core.models import RawLine
from tui.core.tracebacks.model import Traceback

LONG = [
    *TRACEBACK[:4],
    *(
        line
        for at in range(9)
        for line in (
            f'  File "/usr/lib/python3/site-packages/{"httpx" if at < 5 else "anyio"}/core.py", line {at}, in send{at}',
            f"    response = yield_{at}()",
        )
    ),
    *TRACEBACK[6:],
]
FOLDED = [
    "▾ Traceback   9 library frames folded",
    *TRACEBACK[1:4],
    "  ▸ + 9 frames in httpx, anyio",
    *TRACEBACK[6:],
]
AFTER = [f"INFO step {at}" for at in range(4)]


def style_of(app: OutputApp, y: int, text: str) -> Style:
    return next(segment.style or Style() for segment in strips(app)[y] if text in segment.text)


async def test_library_frames_are_one_row_and_the_exception_comes_last() -> None:
    app = OutputApp(Output([*LONG, *AFTER]))
    async with app.run_test(size=(80, 20)) as pilot:
        assert (await painted(pilot))[: len(FOLDED)] == FOLDED
        assert style_of(app, len(FOLDED) - 1, "KeyError").bold
        assert style_of(app, 4, "9 frames").italic


async def test_what_is_known_of_a_traceback_stands_at_its_head() -> None:
    app = OutputApp(Output([*LONG, *AFTER]))
    async with app.run_test(size=(80, 20)) as pilot:
        app.view.label_of = lambda block: f"E-3f9a ×{len(block.frames)}"
        app.view._forget()
        assert (await painted(pilot))[0] == "▾ Traceback   9 library frames folded   E-3f9a ×11"


async def test_a_block_that_is_still_printed_is_not_folded() -> None:
    app = OutputApp(Output(LONG[:-1]))
    async with app.run_test(size=(80, 40)) as pilot:
        assert (await painted(pilot))[: len(LONG) - 1] == LONG[:-1]
        rows = await add(pilot, [LONG[-1], *AFTER])
        assert rows[: len(FOLDED)] == FOLDED


async def test_enter_goes_through_the_states_and_leaves_the_head_where_it_is() -> None:
    app = OutputApp(Output([*numbered(30), *LONG, *AFTER, *numbered(30, 30)]))
    async with app.run_test(size=(80, 30)) as pilot:
        await press(pilot, "g")
        folded = await press(pilot, "e")
        at = folded.index(FOLDED[0])
        rows = await press(pilot, "enter")
        assert rows[at : at + len(LONG)] == ["▾ Traceback", *LONG[1:]]
        rows = await press(pilot, "enter")
        assert rows[at : at + 3] == [f"▸ Traceback   {len(LONG) - 2} lines folded", LONG[-1], AFTER[0]]
        assert await press(pilot, "enter") == folded


async def test_enter_folds_the_first_traceback_on_screen_where_none_is_selected() -> None:
    app = OutputApp(Output([*LONG, *AFTER]))
    async with app.run_test(size=(80, 40)) as pilot:
        assert (await press(pilot, "enter"))[: len(LONG)] == ["▾ Traceback", *LONG[1:]]
        assert not app.view.is_following


async def test_a_click_opens_a_run_and_another_on_the_head_folds_the_block() -> None:
    app = OutputApp(Output([*LONG, *AFTER]))
    async with app.run_test(size=(80, 40)) as pilot:
        await painted(pilot)
        await pilot.click(app.view, offset=(10, 4))
        assert (await painted(pilot))[: len(LONG)] == ["▾ Traceback", *LONG[1:]]
        await pilot.click(app.view, offset=(1, 0))
        assert (await painted(pilot))[1] == LONG[1]
        await pilot.click(app.view, offset=(1, 0))
        assert (await painted(pilot))[1] == LONG[-1]


async def test_library_frames_may_be_left_open_everywhere() -> None:
    app = OutputApp(Output([*LONG, *AFTER]))
    async with app.run_test(size=(80, 40)) as pilot:
        assert (await press(pilot, "F"))[: len(LONG)] == ["▾ Traceback", *LONG[1:]]
        assert (await press(pilot, "F"))[: len(FOLDED)] == FOLDED


async def test_a_hit_inside_a_fold_opens_it() -> None:
    app = OutputApp(Output([*numbered(50), *LONG, *AFTER, *numbered(50)]))
    async with app.run_test(size=(80, 20)) as pilot:
        await press(pilot, "g")
        app.view.start_search("yield_7")
        await painted(pilot)
        while app.view._search is not None and not app.view._search.is_up_to_date:
            await pilot.pause(0.005)
        assert "    response = yield_7()" in await painted(pilot)


async def test_copies_have_the_folded_lines_too() -> None:
    app = OutputApp(Output([*LONG, *AFTER]))
    async with app.run_test(size=(80, 20)) as pilot:
        await painted(pilot)
        await press(pilot, "Y")
        assert last(app, CopyRequested).text == "\n".join(LONG)


@pytest.mark.parametrize("wrap", [False, True])
async def test_every_row_is_reached_by_scrolling_and_none_twice(wrap: bool) -> None:
    lines = [line for at in range(8) for line in (f"line {at}", *LONG, *AFTER)]
    expected = [line for at in range(8) for line in (f"line {at}", *FOLDED, *AFTER)]
    app = OutputApp(Output(lines))
    async with app.run_test(size=(80, 10)) as pilot:
        app.view.wrap = wrap
        await press(pilot, "g")
        seen = screen(app)
        while len(seen) < len(expected):
            seen.append((await press(pilot, "j"))[-1])
        assert seen == expected
        assert (await press(pilot, "j"))[-1] == expected[-1]
        back = screen(app)
        while len(back) < len(expected):
            back.insert(0, (await press(pilot, "k"))[0])
        assert back == expected


async def test_the_scroll_bar_counts_shown_rows() -> None:
    app = OutputApp(Output([*numbered(8), *LONG, *AFTER, *LONG, *AFTER, *LONG, *AFTER]))
    async with app.run_test(size=(80, 10)) as pilot:
        await painted(pilot)
        await pilot.mouse_down(app.view, offset=(79, 9))
        assert (await painted(pilot))[-1] == AFTER[-1]
        shown = 8 + 3 * (len(FOLDED) + len(AFTER))
        assert app.view._place.shown == shown
        await pilot.mouse_up(app.view, offset=(79, 0))
        await pilot.mouse_down(app.view, offset=(79, 0))
        assert await painted(pilot) == [*numbered(8), *FOLDED[:2]]


async def test_folds_are_kept_while_another_output_is_shown() -> None:
    first, second = Output([*LONG, *AFTER]), Output(numbered(5))
    app = OutputApp(first)
    async with app.run_test(size=(80, 40)) as pilot:
        before = await press(pilot, "enter")
        app.view.show(second.buffer, second.found, key="second")
        assert (await painted(pilot))[:5] == numbered(5)
        app.view.show(first.buffer, first.found, key="first")
        assert await painted(pilot) == before


async def test_a_fold_above_the_reader_moves_nothing() -> None:
    app = OutputApp(Output([*LONG, *AFTER, *numbered(100)]))
    async with app.run_test(size=(80, 10)) as pilot:
        await press(pilot, "g", *["space"] * 5)
        before = screen(app)
        block: Traceback = app.output.found.all[0]
        app.view.fold_block(block)
        assert await painted(pilot) == before


async def test_a_frame_reads_only_the_rows_it_shows() -> None:
    buffer = CountingBuffer()
    app = OutputApp(Output([line for at in range(300) for line in (f"line {at}", *LONG, *AFTER)], buffer))
    async with app.run_test(size=(80, 10)) as pilot:
        await press(pilot, "g")
        for key in ("space", "j", "b", "G", "b"):
            buffer.reads = 0
            await press(pilot, key)
            assert buffer.reads <= 3 * 10, key


async def test_folded_frames_of_an_exception_group_keep_the_margin_of_their_level() -> None:
    library = [
        line
        for at in range(2)
        for line in (f'    |   File "/usr/lib/python3/site-packages/httpx/_{at}.py", line 1, in f', "    |     f()")
    ]
    group = [
        "  + Exception Group Traceback (most recent call last):",
        '  |   File "/workspace/agent.py", line 30, in <module>',
        "  |     main()",
        "  | ExceptionGroup: unhandled errors (1 sub-exception)",
        "  +-+---------------- 1 ----------------",
        "    | Traceback (most recent call last):",
        '    |   File "/workspace/agent.py", line 12, in fetch',
        "    |     await get()",
        *library,
        "    | ValueError: no",
        "    +------------------------------------",
    ]
    app = OutputApp(Output([*group, *AFTER]))
    async with app.run_test(size=(80, 20)) as pilot:
        rows = await painted(pilot)
        assert rows[7:10] == ["    |     await get()", "    |   ▸ + 2 frames in httpx", "    | ValueError: no"]


async def test_what_was_folded_stays_folded_where_lines_are_put_in_above() -> None:
    app = OutputApp(Output([*numbered(3), *TRACEBACK, *AFTER]))
    async with app.run_test(size=(80, 20)) as pilot:
        await painted(pilot)
        rows = await press(pilot, "e", "enter")
        assert rows[3:5] == ["▸ Traceback   8 lines folded", "KeyError: 'choices'"]
        app.output.buffer.insert(1, [RawLine("put in")])
        app.output.found.reset()
        app.output.found.extend(app.output.buffer.texts(0, len(app.output.buffer)))
        app.view.news()
        rows = await painted(pilot)
        assert rows[1] == "put in"
        assert rows[4:6] == ["▸ Traceback   8 lines folded", "KeyError: 'choices'"]

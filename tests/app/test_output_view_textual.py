"""What the output view relies on in Textual beyond its documented interface: each fails loudly where that changes."""

from __future__ import annotations

import asyncio

from output_support import TRACEBACK, Output, OutputApp, add, numbered, painted, press, strips
from textual.events import MouseMove
from textual.geometry import Region
from textual.strip import Strip

SIZE = (40, 10)


async def test_strips_reach_the_compositor_as_they_are() -> None:
    app = OutputApp(Output(numbered(100)))
    async with app.run_test(size=SIZE) as pilot:
        await painted(pilot)
        ours = app.view.render_lines(Region(0, 0, *SIZE))
        chops = app.screen._compositor._render_chops(Region(0, 0, *SIZE), lambda y: True)
        sent = [strip for line in chops for strip in line.values()]
        assert len(sent) == len(ours)
        assert all(one is other for one, other in zip(sent, ours, strict=True))


async def test_ansi_text_of_a_kept_strip_is_made_once() -> None:
    app = OutputApp(Output(numbered(100)))
    async with app.run_test(size=SIZE) as pilot:
        await painted(pilot)
        strip = app.view.render_lines(Region(0, 0, *SIZE))[0]
        text = strip.render(app.console)
        assert strip._render_cache == text
        assert app.view.render_lines(Region(0, 0, *SIZE))[0] is strip


async def test_appending_asks_for_no_layout() -> None:
    app = OutputApp(Output(numbered(100)))
    async with app.run_test(size=SIZE) as pilot:
        await painted(pilot)
        before = app.view._layout_updates, app.screen._layout_updates
        for at in range(5):
            await add(pilot, numbered(3, 100 + 3 * at))
        assert (app.view._layout_updates, app.screen._layout_updates) == before


async def test_there_are_no_scroll_bar_widgets() -> None:
    app = OutputApp(Output(["x" * 500, *numbered(100)]))
    async with app.run_test(size=SIZE) as pilot:
        await painted(pilot)
        assert app.view.size == SIZE
        assert not app.view.show_vertical_scrollbar
        assert not app.view.show_horizontal_scrollbar


async def test_scroll_y_mirrors_the_top_row_and_textual_can_scroll_by_it() -> None:
    app = OutputApp(Output(numbered(100)))
    async with app.run_test(size=SIZE) as pilot:
        await painted(pilot)
        assert app.view.scroll_y == 90
        await press(pilot, "b")
        assert app.view.scroll_y == 81
        app.view.scroll_y -= 5
        assert await painted(pilot) == numbered(10, 76)
        app.view.scroll_y += 2
        assert await painted(pilot) == numbered(10, 78)


async def test_selecting_beyond_the_edge_scrolls() -> None:
    app = OutputApp(Output(numbered(100)))
    async with app.run_test(size=(40, 30)) as pilot:
        await press(pilot, "f")
        await pilot.mouse_down(app.view, offset=(3, 15))
        for y in (10, 5, 0):
            app.screen._forward_event(MouseMove(app.view, 3, y, 0, -5, 1, False, False, False, 3, y))
            await pilot.pause()
        async with asyncio.timeout(20):
            while app.view._place.top.position > 60:
                await pilot.pause(0.01)
        await pilot.mouse_up(app.view, offset=(3, 0))
        selected = app.screen.get_selected_text()
        assert selected is not None
        assert len(selected.split("\n")) > 20


async def test_inside_a_border_lines_are_drawn_by_way_of_render_line() -> None:
    app = OutputApp(Output([*numbered(100), *TRACEBACK]))
    async with app.run_test(size=SIZE) as pilot:
        app.view.styles.border = ("round", "red")
        await painted(pilot)
        rows = [strip.text for strip in strips(app)]
        assert rows[0].startswith("╭")
        assert rows[-1].startswith("╰")
        assert "KeyError: 'choices'" in rows[-2]


async def test_only_the_line_under_the_pointer_has_offsets() -> None:
    app = OutputApp(Output(numbered(100)))
    async with app.run_test(size=SIZE) as pilot:
        await painted(pilot)

        def offsets(strip: Strip) -> list[object]:
            return [segment.style.meta["offset"] for segment in strip if segment.style and segment.style.meta]

        assert offsets(app.view.render_lines(Region(0, 3, SIZE[0], 1))[0]) == []
        assert offsets(app.view.render_line(3)) == [(0, 93), (0, 93)]
        assert app.screen.get_widget_and_offset_at(6, 3) == (app.view, (5, 93))


async def test_a_view_that_was_removed_may_be_painted_once_more() -> None:
    app = OutputApp(Output(numbered(100)))
    async with app.run_test(size=SIZE) as pilot:
        await painted(pilot)
        view = app.view
        await view.remove()
        # As when only the focus or the theme had changed just before.
        view._painter = None
        assert [strip.text for strip in view.render_lines(Region(0, 2, 40, 3))] == [" " * 40] * 3

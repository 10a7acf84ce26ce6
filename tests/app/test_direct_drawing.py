"""What is drawn directly looks like what Textual would have drawn, and nothing that lies over it is painted over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pyte
import pytest
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import Compositor
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from tui.app.direct_drawing import DirectCompositor, DirectUpdate, PromptScreen, draw_directly

SIZE = (40, 12)


class Page(Widget):
    """Paints whole lines, which show how often they were painted anew."""

    edition = 0
    drawn = 0

    def render_lines(self, crop: Region) -> list[Strip]:
        self.drawn += 1
        return [self._line(y).crop(crop.x, crop.right) for y in crop.line_range]

    def _line(self, y: int) -> Strip:
        text = f"{self.edition}:{y} größe 東京"
        return Strip([Segment(text, Style(bold=y % 2 == 0, color="green"))]).adjust_cell_length(self.size.width)


class Neighbour(Static):
    drawn = 0

    def render_lines(self, crop: Region) -> list[Strip]:
        self.drawn += 1
        return super().render_lines(crop)


class Pages(Screen[None]):
    CSS = """
    Pages { layers: below above; }
    #pane { border: round red; width: 30; height: 10; }
    #beside { width: 10; }
    #over { layer: above; width: 8; height: 2; offset: 4 3; background: blue; display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        draw_directly(self, Page)

    def compose(self) -> ComposeResult:
        with Horizontal():
            with Horizontal(id="pane"):
                yield Page()
            yield Neighbour("beside", id="beside")
        yield Static("over it", id="over")


class PagesApp(App[None]):
    def on_mount(self) -> None:
        self.push_screen(Pages())


class Terminal:
    """What a terminal shows after updates."""

    def __init__(self) -> None:
        self.console = Console(color_system="truecolor", force_terminal=True, width=SIZE[0], height=SIZE[1])
        self.screen = pyte.Screen(*SIZE)
        self.screen.set_mode(pyte.modes.LNM)
        self._stream = pyte.Stream(self.screen)

    def shows(self, compositor: DirectCompositor, *, full: bool = False) -> object:
        update = compositor.render_full_update() if full else compositor.render_partial_update()
        if update is not None:
            self._stream.feed(update.render_segments(self.console))
        return update

    @property
    def cells(self) -> list[list[pyte.screens.Char]]:
        return [[self.screen.buffer[y][x] for x in range(SIZE[0])] for y in range(SIZE[1])]


def compositor_of(screen: Screen[None]) -> DirectCompositor:
    found = screen._compositor
    assert isinstance(found, DirectCompositor)
    return found


@pytest.mark.parametrize("beside_too", [False, True])
async def test_it_looks_like_what_textual_draws(beside_too: bool) -> None:
    app = PagesApp()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        page, beside = app.screen.query_one(Page), app.screen.query_one("#beside", Neighbour)
        compositor, terminal, whole = compositor_of(app.screen), Terminal(), Terminal()
        terminal.shows(compositor, full=True)
        page.edition = 7
        page.refresh()
        changed: set[Widget] = {page}
        if beside_too:
            beside.update("changed")
            changed.add(beside)
        beside.drawn = 0
        compositor.update_widgets(changed)
        assert isinstance(terminal.shows(compositor), DirectUpdate)
        assert beside.drawn == beside_too, "what has not changed is not rendered"
        whole.shows(compositor, full=True)
        assert terminal.cells == whole.cells
        assert any("7:0 größe" in row for row in terminal.screen.display)


async def test_what_lies_over_it_stays() -> None:
    app = PagesApp()
    async with app.run_test(size=SIZE) as pilot:
        app.screen.query_one("#over").display = True
        await pilot.pause()
        page, compositor, terminal, whole = app.screen.query_one(Page), None, Terminal(), Terminal()
        compositor = compositor_of(app.screen)
        terminal.shows(compositor, full=True)
        page.edition = 7
        page.refresh()
        compositor.update_widgets({page})
        assert not isinstance(terminal.shows(compositor), DirectUpdate)
        whole.shows(compositor, full=True)
        assert terminal.cells == whole.cells
        assert any("over it" in row for row in terminal.screen.display)


async def test_a_part_of_it_is_drawn_as_usual() -> None:
    app = PagesApp()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        page, compositor, terminal = app.screen.query_one(Page), compositor_of(app.screen), Terminal()
        terminal.shows(compositor, full=True)
        page.edition = 7
        page.refresh(Region(0, 2, page.size.width, 1))
        compositor.update_widgets({page})
        assert not isinstance(terminal.shows(compositor), DirectUpdate)
        assert [row[1:4] for row in terminal.screen.display[1:5]] == ["0:0", "0:1", "7:2", "0:3"]


async def test_nothing_to_draw_is_nothing() -> None:
    app = PagesApp()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        compositor = compositor_of(app.screen)
        compositor.render_partial_update()
        assert compositor.render_partial_update() is None


def test_a_screen_that_composes_otherwise_is_told() -> None:
    screen: Screen[None] = Screen()
    screen._compositor = type("Other", (Compositor,), {})()
    with pytest.raises(RuntimeError, match="another way"):
        draw_directly(screen, Page)


class PromptApp(App[None]):
    def on_mount(self) -> None:
        self.push_screen(PromptPages())


class PromptPages(PromptScreen[None]):
    def compose(self) -> ComposeResult:
        yield Page()


@asynccontextmanager
async def page_without_ticks(updated_at: float) -> AsyncIterator[Page]:
    """A page on a screen whose timer ticks no more, so that what is shown is shown without it."""
    app = PromptApp()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, PromptScreen)
        app.screen._update_timer.stop()
        app.screen._updated_at = updated_at
        yield app.screen.query_one(Page)


async def test_a_change_after_a_silence_is_shown_without_waiting_for_a_tick() -> None:
    async with page_without_ticks(float("-inf")) as page:
        drawn = page.drawn
        page.refresh()
        await settled(lambda: page.drawn > drawn)


async def test_changes_in_quick_succession_wait_for_the_tick() -> None:
    async with page_without_ticks(float("inf")) as page:
        drawn = page.drawn
        page.refresh()
        for _ in range(20):
            await asyncio.sleep(0)
        assert page.drawn == drawn


async def settled(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)

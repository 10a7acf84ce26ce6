"""Texts in a border: shown, and at the price of their row."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.app.widgets.border_text import show_subtitle, show_title


class Painted(Static):
    """Counts how often it is painted."""

    painted = 0

    def render(self) -> Content:
        self.painted += 1
        return Content("inside")


class Bordered(App[None]):
    CSS = "#pane { border: round white; height: 8; width: 40; }"

    def compose(self) -> ComposeResult:
        with Vertical(id="pane"):
            yield Painted()


def screen_text(app: App[None]) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


async def test_a_subtitle_appears_without_painting_what_is_inside() -> None:
    app = Bordered()
    async with app.run_test() as pilot:
        pane, inside = app.query_one("#pane"), app.query_one(Painted)
        show_title(pane, Content.styled("title", "bold"))
        await pilot.pause()
        before = inside.painted
        for number in range(5):
            show_subtitle(pane, Content(f"{number} lines"))
            await pilot.pause()
            assert f"{number} lines" in screen_text(app)
        assert inside.painted == before
        assert "title" in screen_text(app)
        show_subtitle(pane, Content(""))
        await pilot.pause()
        assert "4 lines" not in screen_text(app)

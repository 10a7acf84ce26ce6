"""What a start does once, and what it leaves for later."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from dashboard_support import dashboard
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.theme import BUILTIN_THEMES
from textual.widget import Widget

from tests.fakes import process
from tui.app.app import BoxscopeApp
from tui.app.screens.monitor import MonitorScreen
from tui.app.themes import THEMES

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("theme", ["", "boxscope-light", "nord", "no such theme"])
async def test_the_styles_are_not_parsed_for_another_theme_first(theme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    repeated = []
    monkeypatch.setattr(Stylesheet, "reparse", lambda self: repeated.append(self))
    async with dashboard(theme=theme):
        assert repeated == []


async def test_every_theme_can_be_had_and_is_taken_at_once() -> None:
    async with dashboard() as board:
        assert set(board.app.available_themes) == {theme.name for theme in THEMES} | set(BUILTIN_THEMES)
        for theme in (*THEMES, BUILTIN_THEMES["nord"]):
            board.app.theme = theme.name
            await board.pilot.pause()
            assert board.app.current_theme is theme
            assert board.app.theme_variables["primary"].lower() == theme.primary.lower()


@pytest.mark.parametrize("size", [(160, 50), (100, 30), (60, 15), (40, 10)])
async def test_what_is_styled_once_wears_what_styling_again_gives(size: tuple[int, int]) -> None:
    async with dashboard(process(2), process(3), size=size, ready=False) as board:
        await board.until(lambda: isinstance(board.app.screen, MonitorScreen))
        nodes = [board.screen, *board.screen.walk_children(Widget)]
        assert len(nodes) > 20
        before = [(node, node.styles.base.get_rules()) for node in nodes]
        board.app.stylesheet.update(board.screen)
        assert [(node, node.styles.base.get_rules()) for node in nodes] == before


async def test_a_screen_is_not_styled_anew_when_it_is_shown_first(monkeypatch: pytest.MonkeyPatch) -> None:
    styled: list[DOMNode] = []
    update = BoxscopeApp.update_styles

    def noted(self: BoxscopeApp, node: DOMNode, animate: bool = True) -> None:
        styled.append(node)
        update(self, node, animate)

    monkeypatch.setattr(BoxscopeApp, "update_styles", noted)
    async with dashboard(process(2)) as board:
        assert styled
        assert board.screen not in styled


def test_screens_that_are_not_shown_first_are_imported_later() -> None:
    program = "import sys, tui.app.app; print(*(name for name in sys.modules if name.startswith('tui.app.screens.')))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.rpartition(".")[2] for name in done.stdout.split()}
    assert "monitor" in loaded
    assert loaded.isdisjoint({"first_run", "help", "profiles", "sandboxes", "watched", "merged"})

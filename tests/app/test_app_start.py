"""What a start does once, and what it leaves for later."""

from __future__ import annotations

import pytest
from dashboard_support import dashboard
from textual.css.stylesheet import Stylesheet
from textual.theme import BUILTIN_THEMES

from tui.app.themes import THEMES


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

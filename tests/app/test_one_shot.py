"""Callbacks after a while: none is lost, however short the while."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace

import pytest

from tests.app.output_support import Output, OutputApp, painted
from tui.app.one_shot import after
from tui.app.widgets import output_surface
from tui.app.widgets.output_surface import FRAME_SECONDS


async def test_callbacks_come_after_the_shortest_of_whiles() -> None:
    app = OutputApp(Output())
    async with app.run_test() as pilot:
        calls: list[float] = []
        whiles = [0.0, 1e-9, 1e-6, 1e-5, 1e-4, 1e-3, -1.0] * 20
        for seconds in whiles:
            after(app.view, seconds, lambda: calls.append(time.monotonic()))
        while len(calls) < len(whiles):
            await pilot.pause(0.001)


async def test_nothing_comes_when_cancelled_or_when_the_widget_is_gone() -> None:
    app = OutputApp(Output())
    calls: list[str] = []
    async with app.run_test() as pilot:
        after(app.view, 0.0, lambda: calls.append("cancelled")).cancel()
        await pilot.pause(0.01)
        after(app.view, 0.05, lambda: calls.append("gone"))
        await app.view.remove()
        await asyncio.sleep(0.1)
    assert calls == []


async def test_lines_that_come_just_before_the_next_frame_is_due_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    app = OutputApp(Output())
    async with app.run_test() as pilot:
        await painted(pilot)
        # The clock stands still less than a microsecond before the frame is due.
        clock = SimpleNamespace(monotonic=lambda: app.view._painted_at + FRAME_SECONDS - 5e-7)
        monkeypatch.setattr(output_surface, "time", clock)
        app.output.add(["the last line"])
        app.view.news()
        assert app.view._has_news
        async with asyncio.timeout(10):
            while app.view._has_news:
                await pilot.pause(0.01)
        assert app.view._frame()[-1][1].text == "the last line"

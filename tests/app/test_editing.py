"""Opening source from the dashboard: which file, at which line, and what is said where it cannot be had."""

from __future__ import annotations

from dataclasses import replace

from dashboard_support import PROFILE, dashboard, ended

from tests.fakes import process
from tui.core.errors import ConfigError

SOURCE = b"import plan\n\n    run()\n"
MAPPED = replace(PROFILE, path_map=(("/workspace", "~/src/agent"),))


async def test_a_copy_of_the_frame_at_hand_is_opened_at_its_line() -> None:
    async with dashboard(process(1, **ended), files={"/workspace/agent.py": SOURCE}) as board:
        await board.until(lambda: board.pane.has_tracebacks)
        await board.press("o")
        await board.until(lambda: board.editor.ran)
        assert board.editor.opened == [("agent.py", SOURCE, 3)]
        await board.sees("Opened a copy of agent.py")


async def test_the_frame_of_the_failure_pane_comes_first() -> None:
    async with dashboard(process(2), size=(160, 50)) as board:
        board.api.files |= {"/workspace/agent.py": SOURCE, "/workspace/plan.py": b"a\nb\n"}
        await board.until(lambda: board.api.streams)
        lines = ['  File "/workspace/agent.py", line 3, in main', '  File "/workspace/plan.py", line 2, in run']
        board.api.write("2", "Traceback (most recent call last):", *lines, "IndexError: none", "INFO")
        await board.sees("frame 2 of 2")
        await board.press("o")
        await board.until(lambda: len(board.editor.opened) == 1)
        await board.press("5", "left", "o")
        await board.until(lambda: len(board.editor.opened) == 2)
        assert [(name, line) for name, _, line in board.editor.opened] == [("plan.py", 2), ("agent.py", 3)]


async def test_a_file_that_changed_is_opened_with_a_warning() -> None:
    async with dashboard(process(1, **ended), files={"/workspace/agent.py": b"other\nlines\nhere\n"}) as board:
        await board.until(lambda: board.pane.has_tracebacks)
        await board.press("o")
        await board.sees("the line differs from the one printed")


async def test_source_that_is_not_there_is_said_to_be_so() -> None:
    async with dashboard(process(1, **ended)) as board:
        await board.until(lambda: board.pane.has_tracebacks)
        await board.press("o")
        await board.sees("agent.py is not in /workspace")
        assert not board.editor.opened


async def test_an_editor_that_fails_is_told_with_its_hint() -> None:
    async with dashboard(process(1, **ended), files={"/workspace/agent.py": SOURCE}) as board:
        board.editor.failure = ConfigError("no editor is set", "set VISUAL or EDITOR")
        await board.until(lambda: board.pane.has_tracebacks)
        await board.press("o")
        await board.sees("no editor is set")
        await board.sees("set VISUAL or EDITOR")


async def test_without_a_traceback_there_is_nothing_to_open() -> None:
    async with dashboard(process(2)) as board:
        await board.press("o", "O")
        await board.pilot.pause(0.2)
        assert not board.editor.opened


async def test_the_local_file_is_opened_through_the_path_map_without_a_request() -> None:
    async with dashboard(process(1, **ended), profile=MAPPED) as board:
        await board.until(lambda: board.pane.has_tracebacks)
        await board.press("O")
        await board.until(lambda: board.editor.ran)
        assert board.editor.opened == [("~/src/agent/agent.py", None, 3)]
        assert not board.api.asked_for("list /")


async def test_a_file_below_no_folder_of_the_map_says_what_to_add() -> None:
    async with dashboard(process(1, **ended), profile=replace(PROFILE, path_map=(("/srv", "~/srv"),))) as board:
        await board.until(lambda: board.pane.has_tracebacks)
        await board.press("O")
        await board.sees("is below no folder")
        await board.sees('path_map = { "/workspace" =')


async def test_without_a_map_it_says_what_to_add() -> None:
    async with dashboard(process(1, **ended)) as board:
        await board.until(lambda: board.pane.has_tracebacks)
        await board.press("O")
        await board.sees("has no file on this")


async def test_a_report_without_frames_says_so() -> None:
    async with dashboard(process(2)) as board:
        await board.until(lambda: board.api.streams)
        board.api.write("2", "Segmentation fault (core dumped)", "INFO")
        await board.until(lambda: board.pane.has_tracebacks)
        await board.press("o")
        await board.sees("names no file")
        assert not board.editor.opened

"""The failure pane on a fake sandbox: the cause, the source at the frames, and what is asked for it."""

from __future__ import annotations

import pytest
from dashboard_support import PROFILE, Dashboard, dashboard, ended

from tests.fakes import FakeControl, process
from tui.app.widgets.failure_pane import FailurePane
from tui.app.widgets.failure_text import FailureText
from tui.core.models import Sandbox

SOURCE = b"import plan\n\n    run()\n# after [/tag]\x1b[2J\n"
FILES = {"/workspace/agent.py": SOURCE}
TWO_FRAMES = [
    "Traceback (most recent call last):",
    '  File "/workspace/agent.py", line 3, in main',
    "    run()",
    '  File "/workspace/plan.py", line 2, in run',
    "    return steps[0]",
    "IndexError: list index out of range",
]


def files_asked(board: Dashboard) -> int:
    return board.api.asked_for("list /") + board.api.asked_for("read /")


async def test_it_says_why_and_names_the_evidence() -> None:
    async with dashboard(process(1, **ended), size=(120, 40)) as board:
        await board.until(lambda: board.pane.has_tracebacks)
        await board.press("i")
        await board.sees("uncaught KeyError: 'choices'")
        shown = board.shown()
        for words in ("WHAT", "WHY", "WHERE", "FIRST", "EVIDENCE", "GET /api/v1/processes/1/stderr, lines 1-4"):
            assert words in shown


async def test_the_source_at_a_frame_is_read_from_the_sandbox_and_shown_inert() -> None:
    async with dashboard(process(1, **ended), size=(120, 40), files=FILES) as board:
        await board.until(lambda: board.pane.has_tracebacks)
        await board.press("5")
        await board.sees("▶ 3      run()")
        await board.sees("# after [/tag]")
        await board.sees("/workspace/agent.py:3  in main")
        await board.sees("the line is the one printed")
        assert "\x1b" not in board.screen.query_one(FailureText).render().plain


async def test_source_that_cannot_be_read_says_why_and_shows_what_was_printed() -> None:
    async with dashboard(process(1, **ended), size=(120, 40)) as board:
        await board.until(lambda: board.pane.has_tracebacks)
        await board.press("5")
        await board.sees("source not shown: agent.py is not in /workspace")
        await board.sees("▶ 3  run()")


async def test_the_printed_line_wins_over_a_file_that_has_another() -> None:
    async with dashboard(
        process(1, **ended), size=(120, 40), files={"/workspace/agent.py": b"import plan\n\n    walk()\n"}
    ) as board:
        await board.until(lambda: board.pane.has_tracebacks)
        await board.press("5")
        await board.sees("▶ 3      run()")
        await board.sees("now:     walk()")
        await board.sees("the line differs from the one printed")


async def test_nothing_is_asked_while_it_is_out_of_sight() -> None:
    async with dashboard(process(1, **ended), size=(100, 30), files=FILES) as board:
        await board.until(lambda: board.pane.has_tracebacks)
        await board.press("e", "j", "e")
        await board.pilot.pause(0.4)
        assert files_asked(board) == 0
        await board.press("5")
        await board.sees("▶ 3      run()")
        asked = files_asked(board)
        await board.press("escape", "5", "escape", "5")
        await board.pilot.pause(0.4)
        assert files_asked(board) == asked


async def test_it_stands_beside_the_output_where_there_is_room_for_five_panes() -> None:
    async with dashboard(process(1, **ended), size=(160, 50), files=FILES) as board:
        await board.sees("▶ 3      run()")
        assert board.screen.pane == "processes"
        output, failure = board.pane.region, board.screen.query_one(FailurePane).region
        assert (output.y, output.height) == (failure.y, failure.height)
        assert output.right == failure.x


async def test_frames_are_walked_along_and_each_is_asked_for_once() -> None:
    async with dashboard(process(2), size=(160, 50)) as board:
        await board.until(lambda: board.api.streams)
        board.api.files["/workspace/agent.py"] = SOURCE
        board.api.files["/workspace/plan.py"] = b"def run():\n    return steps[0]\n"
        board.api.write("2", *TWO_FRAMES, "INFO going on")
        await board.sees("▶ 2      return steps[0]")
        await board.press("5", "left_square_bracket")
        await board.sees("▶ 3      run()")
        await board.sees("frame 1 of 2")
        asked = files_asked(board)
        await board.press("right", "left", "right_square_bracket", "right_square_bracket")
        await board.sees("frame 2 of 2")
        await board.pilot.pause(0.4)
        assert files_asked(board) == asked


async def test_a_sandbox_that_is_let_go_is_not_asked() -> None:
    async with dashboard(process(1, **ended), size=(100, 30), files=FILES) as board:
        await board.until(lambda: board.pane.has_tracebacks)
        await board.press("U")
        await board.sees("not watched")
        await board.press("5")
        await board.sees("source not shown: the sandbox is not contacted now")
        assert files_asked(board) == 0
        await board.press("U")
        await board.sees("▶ 3      run()")


@pytest.mark.parametrize("state", ["suspended", "terminated"])
async def test_a_sandbox_that_does_not_run_is_not_asked(state: str) -> None:
    control = FakeControl(Sandbox("sbx", "running", name="box"))
    async with dashboard(process(1, **ended), size=(100, 30), control=control, profile=PROFILE, files=FILES) as board:
        await board.until(lambda: board.pane.has_tracebacks)
        control.current = Sandbox("sbx", state, name="box")
        await board.press("r")
        await board.until(lambda: not board.screen._session.monitor.contact.is_live)
        await board.press("5")
        await board.sees("source not shown: the sandbox is not contacted now")
        assert files_asked(board) == 0


async def test_a_process_that_did_not_fail_says_so() -> None:
    async with dashboard(process(2), size=(160, 50)) as board:
        await board.sees("Nothing failed")
        await board.sees("no traceback in what was read")


async def test_another_traceback_of_the_output_can_be_chosen() -> None:
    async with dashboard(process(2), size=(160, 50)) as board:
        await board.until(lambda: board.api.streams)
        board.api.write("2", *TWO_FRAMES, "INFO between", "Traceback (most recent call last):")
        board.api.write("2", '  File "/workspace/late.py", line 9, in late', "    late()", "ValueError: late", "INFO")
        await board.sees("late.py:9 in late")
        await board.press("3", "E", "E")
        await board.sees("CHOSEN")
        await board.sees("plan.py:2 in run")


@pytest.mark.parametrize("size", [(160, 50), (120, 40), (100, 30), (80, 24), (60, 15), (40, 10)])
async def test_it_can_be_read_and_left_at_every_size(size: tuple[int, int]) -> None:
    async with dashboard(process(1, **ended), size=size, files=FILES) as board:
        await board.until(lambda: board.pane.has_tracebacks)
        await board.press("3", "5")
        await board.sees("uncaught KeyError")
        await board.until(lambda: board.screen.query_one(FailurePane).target.has_focus)
        await board.press("G", "z", "z", "g", "escape")
        await board.until(lambda: board.pane.view.has_focus)


async def test_what_it_says_can_be_copied() -> None:
    async with dashboard(process(1, **ended), size=(160, 50), files=FILES) as board:
        await board.sees("▶ 3      run()")
        await board.press("5", "y")
        await board.until(lambda: board.desktop.copied)
        copied = board.desktop.copied[0]
        assert "WHY    uncaught KeyError: 'choices'" in copied
        assert "▶ 3      run()\n" in copied
        assert "GET /api/v1/processes/1/stderr, lines 1-4" in copied
        assert "\x1b" not in copied


async def test_keys_pressed_in_one_go_add_up() -> None:
    async with dashboard(process(1, **ended), size=(80, 24)) as board:
        await board.until(lambda: board.pane.has_tracebacks)
        await board.press("5")
        await board.sees("uncaught KeyError")
        scroll = board.screen.query_one(FailurePane).target
        await board.press("j", "j", "down", "k")
        assert scroll.scroll_y == 2
        await board.press("G")
        assert scroll.scroll_y == scroll.max_scroll_y > 2
        await board.press("g")
        assert scroll.scroll_y == 0


@pytest.mark.parametrize("theme", ["boxscope-light", "ansi-dark", "ansi-light"])
async def test_it_is_drawn_in_every_kind_of_theme(theme: str) -> None:
    async with dashboard(process(1, **ended), size=(160, 50), theme=theme, files=FILES) as board:
        await board.sees("▶ 3      run()")
        assert board.app.theme == theme

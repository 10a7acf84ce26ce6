"""Selecting processes, and their outputs merged by time on one screen."""

from __future__ import annotations

from dashboard_support import TRACEBACK, Dashboard, dashboard, ended
from textual.widgets import Input

from tests.fakes import process
from tui.app.saving import saved_bytes
from tui.app.screens.dialogs import LineDialog
from tui.app.screens.merged import MergedScreen
from tui.app.screens.monitor import MonitorScreen
from tui.app.widgets.merged_pane import MergedPane
from tui.app.widgets.merged_view import labels_of, origin_style
from tui.app.widgets.reading_place import Spot
from tui.core.buffer import LineBuffer
from tui.core.models import Managed, RawLine, Stream
from tui.core.rows import RowKind
from tui.monitor.outputs import MAX_FOLLOWED

CLOCK = 1_800_000_000_000


async def merge(board: Dashboard, count: int) -> MergedPane:
    for _ in range(count):
        await board.press("space", "j")
    await board.until(lambda: len(board.table.marked) == count)
    await board.press("M")
    await board.until(lambda: isinstance(board.app.screen, MergedScreen))
    return board.app.screen.query_one(MergedPane)


def lines(pane: MergedPane) -> list[str]:
    return list(pane.rows.texts(0, len(pane.rows)))


async def test_selected_processes_are_marked_and_counted_until_esc() -> None:
    async with dashboard(process(2), process(3), process(4)) as board:
        await board.press("space", "j", "space")
        await board.sees("2 selected")
        assert board.shown().count("•") == 2
        board.api.listed = [process(1, **ended), *board.api.listed]
        await board.until(lambda: board.pids()[0] == 1)
        assert sorted(key.pid for key in board.table.marked) == [3, 4]
        await board.press("escape")
        await board.until(lambda: not board.table.marked)
        assert "selected" not in board.shown()


async def test_without_a_selection_nothing_is_merged() -> None:
    async with dashboard(process(2), process(3)) as board:
        await board.press("M")
        assert isinstance(board.app.screen, MonitorScreen)


async def test_what_a_filter_of_the_list_hides_stays_selected_and_what_is_gone_does_not() -> None:
    first, second, third = process(4, args=("one.py",)), process(3, args=("two.py",)), process(2, args=("two.py",))
    async with dashboard(first, second, third) as board:
        await board.press("space", "j", "space")
        await board.until(lambda: len(board.table.marked) == 2)
        await board.press("slash", *"two", "enter")
        await board.until(lambda: board.pids() == [3, 2])
        await board.sees("2 selected")
        board.api.listed = [first, third]
        await board.until(lambda: board.pids() == [2])
        await board.sees("1 selected")
        await board.press("M")
        await board.until(lambda: isinstance(board.app.screen, MergedScreen))
        await board.until(lambda: len(board.app.screen.query_one(MergedPane).outputs) == 1)
        assert board.app.screen.query_one(MergedPane).outputs[0].process.pid == 4


async def test_lines_of_the_selected_processes_come_merged_by_time_as_they_are_written() -> None:
    async with dashboard(process(2), process(3), process(4)) as board:
        board.api.write("4", "before anyone looked")
        await board.until(lambda: len(board.api.streams) == 3)
        pane = await merge(board, 2)
        board.api.write("4", "second", time=CLOCK + 2000)
        board.api.write("2", "of another")
        await board.sees("second")
        board.api.write("3", "first", time=CLOCK + 1000)
        board.api.write("3", "third", time=CLOCK + 3000)
        await board.sees("third")
        shown = board.shown()
        assert shown.index("before") < shown.index("first") < shown.index("second") < shown.index("third")
        assert "of another" not in shown
        first = next(line for line in shown.splitlines() if "first" in line)
        assert "3 " in first[: first.index("first")]
        assert "2 processes by time" in shown
        assert lines(pane)[-3:] == ["first", "second", "third"]


async def test_what_was_replayed_counts_as_without_a_time() -> None:
    async with dashboard(process(11, **ended), process(12, **ended)) as board:
        await board.until(lambda: board.pane.has_tracebacks)
        pane = await merge(board, 2)
        await board.sees("8 without a time")
        assert "--:--:--" in board.shown()
        assert len(pane.found) == 2
        await board.press("e")
        await board.until(lambda: pane.view.selected_traceback is not None)
        assert pane.view.selected_traceback == pane.found.all[0]


async def test_search_filter_and_the_way_back() -> None:
    async with dashboard(process(2), process(3)) as board:
        board.api.write("2", "needle here", "hay")
        board.api.write("3", "more hay")
        await merge(board, 2)
        await board.sees("more hay")
        await board.press("slash", *"needle", "enter")
        await board.sees("1 match")
        await board.press("escape", "ampersand")
        await board.until(lambda: isinstance(board.app.focused, Input))
        await board.press(*"needle", "enter")
        await board.sees("1 line passes, 2 hidden")
        await board.press("escape")
        await board.sees("more hay")
        await board.press("escape")
        await board.until(lambda: isinstance(board.app.screen, MonitorScreen))
        assert len(board.table.marked) == 2


async def test_a_small_screen_names_processes_by_their_ids() -> None:
    async with dashboard(process(2), process(3), size=(60, 15)) as board:
        board.api.write("2", "hello")
        await merge(board, 2)
        await board.sees("hello")
        line = next(line for line in board.shown().splitlines() if "hello" in line)
        assert line.index("hello") < 20


# What can be done with a merged output


async def test_why_leads_to_the_process_of_the_row_and_to_its_traceback() -> None:
    async with dashboard(process(11, **ended), process(12, **ended), size=(140, 40)) as board:
        await board.until(lambda: board.pane.has_tracebacks)
        pane = await merge(board, 2)
        await board.until(lambda: len(pane.found) == 2)
        for _ in range(2):
            await board.press("e")
        place = pane.current_place
        assert place is not None
        output, block = place
        assert block is not None
        await board.press("i")
        await board.until(lambda: isinstance(board.app.screen, MonitorScreen))
        await board.until(lambda: board.screen.pane == "failure")
        assert board.screen._selection.key == output.process.key
        assert board.cursor_pid == output.process.pid
        await board.until(lambda: board.pane.view.selected_traceback == block)
        await board.until(lambda: board.app.focused is not None and board.app.focused.id == "failure-scroll")


async def test_why_in_a_line_that_is_no_error_leads_to_its_process() -> None:
    async with dashboard(process(2), process(3), process(4)) as board:
        await board.until(lambda: len(board.api.streams) == 3)
        pane = await merge(board, 3)
        board.api.write("3", "only this", time=CLOCK + 1000)
        await board.until(lambda: lines(pane) == ["only this"])
        await board.press("i")
        await board.until(lambda: isinstance(board.app.screen, MonitorScreen))
        assert board.screen._selection.process.pid == 3


async def test_the_source_of_a_merged_traceback_is_read_from_the_sandbox_of_its_process() -> None:
    async with dashboard(
        process(11, **ended), process(12, **ended), files={"/workspace/agent.py": b"import plan\n\n    run()\n"}
    ) as board:
        await board.until(lambda: board.pane.has_tracebacks)
        pane = await merge(board, 2)
        await board.until(lambda: len(pane.found) == 2)
        await board.press("e", "o")
        await board.until(lambda: board.editor.ran)
        assert [(name, line) for name, _, line in board.editor.opened] == [("agent.py", 3)]
        await board.press("O")
        await board.sees("has no file on")


async def test_without_a_traceback_there_is_no_source_to_open() -> None:
    async with dashboard(process(2), process(3)) as board:
        await merge(board, 2)
        await board.press("o")
        await board.sees("there is no traceback here")


async def test_the_other_stream_is_merged_and_the_way_back_leads_to_where_it_was_left() -> None:
    async with dashboard(process(2), process(3)) as board:
        await board.until(lambda: len(board.api.streams) == 2)
        pane = await merge(board, 2)
        for at in range(60):
            board.api.write("2" if at % 2 else "3", f"stderr {at}", time=CLOCK + at)
        await board.sees("stderr 59")
        await board.press("g")
        first = pane.rows
        await board.press("s")
        await board.sees("stdout, merged")
        await board.until(lambda: ("3", Stream.STDOUT) in board.api.streams)
        board.api.write("3", "printed", stream=Stream.STDOUT, time=CLOCK + 5)
        await board.sees("printed")
        assert "stderr 0" not in board.shown()
        board.api.write("2", "meanwhile", time=CLOCK + 100)
        await board.press("s")
        await board.sees("stderr 0")
        await board.until(lambda: lines(pane)[-1:] == ["meanwhile"])
        assert pane.rows is first
        assert not pane.view.is_following


async def test_the_merged_rows_are_saved_with_their_processes_and_times() -> None:
    async with dashboard(process(2), process(3, args=("worker.py",))) as board:
        await board.until(lambda: len(board.api.streams) == 2)
        pane = await merge(board, 2)
        board.api.write("2", "one", time=CLOCK + 1000)
        board.api.write("3", "two", time=CLOCK + 2000)
        await board.until(lambda: len(pane.rows) == 2)
        for name, has_times in (("first.log", True), ("second.log", False)):
            await board.press("ctrl+s")
            await board.until(lambda: isinstance(board.app.screen, LineDialog))
            board.app.screen.query_one(Input).value = name
            await board.press("enter")
            await board.sees(f"saved {name}")
            saved = board.desktop.saved[name].decode().splitlines()
            assert [line.split()[has_times:] for line in saved] == [["2", "job2.py", "one"], ["3", "worker.py", "two"]]
            assert saved[0].index("one") == saved[1].index("two")
            if has_times:
                assert [line.split()[0][-3:] for line in saved] == [":01", ":02"]
                await board.press("t", "t", "t")


async def test_a_frozen_picture_takes_nothing_in_until_it_is_let_go() -> None:
    async with dashboard(process(2), process(3)) as board:
        await board.until(lambda: len(board.api.streams) == 2)
        pane = await merge(board, 2)
        board.api.write("2", "before")
        await board.sees("before")
        await board.press("P")
        await board.sees("frozen")
        board.api.write("3", "after")
        await board.until(lambda: any(output.buffer.line_count for output in pane.outputs if output.process.pid == 3))
        await board.press("g", "G")
        assert lines(pane) == ["before"]
        assert "after" not in board.shown()
        await board.press("P")
        await board.sees("after")
        assert "frozen" not in board.shown()


async def test_any_number_of_processes_of_one_name_are_told_apart() -> None:
    name = "a-worker-with-a-rather-long-name.py"
    many = [process(at, args=(name,)) for at in range(20, 34)]
    async with dashboard(*many, size=(140, 40)) as board:
        await board.until(lambda: len(board.api.streams) == len(many))
        pane = await merge(board, len(many))
        for at in range(20, 34):
            board.api.write(str(at), f"from {at}", time=CLOCK + at)
        await board.until(lambda: len(pane.rows) == len(many))
        await board.pilot.pause()
        shown = board.shown().splitlines()
        for at in range(20, 34):
            line = next(line for line in shown if f"from {at}" in line)
            assert f"{at} {name}  from {at}" in line
        await board.pilot.resize_terminal(90, 40)
        await board.sees("from 33")
        for at in range(20, 34):
            line = next(line for line in board.shown().splitlines() if f"from {at}" in line)
            assert f" {at} a-worker" in line
            assert "…" in line


def test_no_two_of_the_most_that_are_merged_look_or_are_called_the_same() -> None:
    assert len({origin_style(number) for number in range(MAX_FOLLOWED)}) == MAX_FOLLOWED
    runs = [process(7, handle=at, managed=Managed("m", name="web", restart_count=at)) for at in range(2)]
    labels = labels_of([*runs, process(8)])
    assert [label.short for label in labels] == ["7 run 1", "7 run 2", "8"]
    assert len({label.long for label in labels}) == 3


async def test_what_is_saved_is_whole_though_rows_come_and_go_meanwhile() -> None:
    buffer = LineBuffer(max_bytes=100_000, block_bytes=20_000)
    buffer.append([RawLine(f"line {at}") for at in range(9000)])
    buffer.insert_marker(5, RowKind.GAP, "", 2)
    saved = b""
    async for piece in saved_bytes(buffer):
        if not saved:
            buffer.insert(2, [RawLine("late")] * 3)
            buffer.append([RawLine("more")] * 6000)
        saved += piece
    assert buffer.dropped_lines
    expected = [f"line {at}" for at in range(9000)]
    expected.insert(5, "[2 lines are missing here]")
    assert saved.decode().splitlines() == expected


async def test_where_merged_lines_wrap_the_bar_counts_what_is_drawn_though_lines_come_late() -> None:
    async with dashboard(process(2), process(3), process(14)) as board:
        await board.until(lambda: len(board.api.streams) == 3)
        pane = await merge(board, 3)
        await board.press("w", "g")
        view, written = pane.merged_view, 0
        for at in range(1, 300, 7):
            pid, time = ("2", "3", "14")[at % 3], CLOCK + 1000 * ((at * 37) % 300)
            texts = [*TRACEBACK, "INFO"] if at % 5 == 0 else [f"{at} " + "long " * (at % 60)]
            board.api.write(pid, *texts, time=time)
            written += len(texts)
            await board.pilot.pause()
        await board.until(lambda: len(pane.rows) >= written and not pane.rows.is_behind)
        await board.until(lambda: not view.folds.is_behind and not view._has_news and view.is_measured)
        place = view._place
        top, place.top = place.top, Spot(place.nearest(0))
        spots = place.visible(10**6)
        place.top = top
        assert view.screen_rows == len(spots) > len(pane.rows)
        assert [view.spot_at(line) for line in range(len(spots))] == spots

"""The output view: following, the reader's place, and what it costs."""

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
from textual.geometry import Region

from tui.app.widgets.output_gutter import Times
from tui.app.widgets.output_messages import FollowingChanged, TracebackSelected
from tui.app.widgets.output_painter import RowPainter
from tui.app.widgets.output_view import OutputView
from tui.core.buffer import LineBuffer
from tui.core.rows import RowKind

SIZE = (40, 10)


async def test_it_follows_the_end() -> None:
    app = OutputApp(Output(numbered(100)))
    async with app.run_test(size=SIZE) as pilot:
        assert await painted(pilot) == numbered(10, 90)
        assert await add(pilot, numbered(5, 100)) == numbered(10, 95)
        assert app.view.is_following


async def test_scrolling_up_stops_following_and_counts_what_is_new() -> None:
    app = OutputApp(Output(numbered(100)))
    async with app.run_test(size=SIZE) as pilot:
        assert await press(pilot, "k") == numbered(10, 89)
        assert not app.view.is_following
        rows = await add(pilot, numbered(128, 100))
        assert rows[:9] == numbered(9, 89)
        assert rows[9].endswith("↓ 128 new")
        message = last(app, FollowingChanged)
        assert (message.is_following, message.new_lines) == (False, 128)


@pytest.mark.parametrize("key", ["G", "end", "f"])
async def test_end_and_f_resume_following(key: str) -> None:
    app = OutputApp(Output(numbered(100)))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "b", "b")
        await add(pilot, numbered(50, 100))
        assert await press(pilot, key) == numbered(10, 140)
        message = last(app, FollowingChanged)
        assert (message.is_following, message.new_lines) == (True, 0)
        assert await add(pilot, ["more"]) == [*numbered(9, 141), "more"]


async def test_scrolling_down_to_the_end_does_not_resume_following() -> None:
    app = OutputApp(Output(numbered(30)))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "k", "j", "j", "space", "pagedown", "ctrl+d")
        assert not app.view.is_following
        rows = await add(pilot, ["new"])
        assert rows[:9] == numbered(9, 20)


async def test_scrolling_up_where_all_fits_goes_on_following() -> None:
    app = OutputApp(Output(numbered(3)))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "k", "b", "g")
        assert app.view.is_following


async def test_f_ends_following_in_place() -> None:
    app = OutputApp(Output(numbered(30)))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "f")
        rows = await add(pilot, ["new"])
        assert rows[:9] == numbered(9, 20)


@pytest.mark.parametrize(
    ("keys", "first"),
    [
        (["g"], 0),
        (["home"], 0),
        (["g", "j"], 1),
        (["g", "down", "down", "up"], 1),
        (["g", "space"], 9),
        (["g", "pagedown", "b"], 0),
        (["g", "ctrl+d"], 5),
        (["ctrl+u"], 85),
        (["pageup"], 81),
    ],
)
async def test_keys_move(keys: list[str], first: int) -> None:
    app = OutputApp(Output(numbered(100)))
    async with app.run_test(size=SIZE) as pilot:
        rows = await press(pilot, *keys)
        assert rows == numbered(10, first)


async def test_place_is_kept_while_the_oldest_lines_are_dropped() -> None:
    buffer = LineBuffer(max_bytes=2500, block_bytes=300)
    app = OutputApp(Output(numbered(200), buffer))
    async with app.run_test(size=SIZE) as pilot:
        before = await press(pilot, "b", "b")
        dropped = buffer.dropped_lines
        rows = await add(pilot, numbered(150, 200))
        assert buffer.dropped_lines > dropped
        assert rows[:9] == before[:9]
        assert not app.view.is_following


async def test_when_the_lines_on_screen_are_dropped_the_oldest_left_are_shown() -> None:
    buffer = LineBuffer(max_bytes=2500, block_bytes=300)
    app = OutputApp(Output(numbered(200), buffer))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "g")
        for at in range(200, 2000, 100):
            rows = await add(pilot, numbered(100, at))
        assert rows[0] == buffer.row(0).text


async def test_place_is_kept_when_lines_come_and_go_above_and_below() -> None:
    app = OutputApp(Output(numbered(100)))
    buffer = app.output.buffer
    async with app.run_test(size=SIZE) as pilot:
        before = await press(pilot, "b", "b")
        buffer.insert(3, ["repaired 1", "repaired 2"])
        app.view.news()
        assert await painted(pilot) == before
        buffer.insert_marker(20, RowKind.GAP, "", 340)
        buffer.remove(50, 4)
        app.view.news()
        assert await painted(pilot) == before
        buffer.replace(len(buffer) - 2, 2, ["other", "end"])
        app.view.news()
        assert await painted(pilot) == before


async def test_place_is_kept_when_the_top_row_itself_goes() -> None:
    app = OutputApp(Output(numbered(100)))
    async with app.run_test(size=SIZE) as pilot:
        before = await press(pilot, "b", "b")
        app.output.buffer.remove(int(before[0].split()[1]), 1)
        app.view.news()
        assert (await painted(pilot))[1:] == before[1:]


@pytest.mark.parametrize("wrap", [False, True])
async def test_place_is_kept_in_a_resize(wrap: bool) -> None:
    app = OutputApp(Output([f"line {at} " + "word " * (at % 30) for at in range(200)]))
    async with app.run_test(size=SIZE) as pilot:
        app.view.wrap = wrap
        await press(pilot, *["b"] * 8)
        top = app.view._place.top.position
        for size in ((80, 24), (25, 6), (120, 30), SIZE):
            await pilot.resize_terminal(*size)
            await painted(pilot)
            assert app.view._place.top.position == top
        assert not app.view.is_following


@pytest.mark.parametrize("wrap", [False, True])
async def test_the_end_is_kept_in_a_resize_while_following(wrap: bool) -> None:
    app = OutputApp(Output([f"line {at} " + "word " * (at % 30) for at in range(200)] + ["the end"]))
    async with app.run_test(size=SIZE) as pilot:
        app.view.wrap = wrap
        for size in ((80, 24), (25, 6), (120, 30), SIZE):
            await pilot.resize_terminal(*size)
            assert (await painted(pilot))[-1] == "the end"
        assert app.view.is_following


async def test_wrapping_shows_every_character_and_keeps_the_top_row() -> None:
    long = " ".join(f"word{at}" for at in range(40))
    app = OutputApp(Output([long, "next"]))
    async with app.run_test(size=(30, 20)) as pilot:
        rows = await press(pilot, "g")
        assert rows[1] == "next"
        rows = await press(pilot, "w")
        end = rows.index("next")
        assert " ".join(rows[:end]).split() == long.split()
        assert await press(pilot, "w")


async def test_a_resize_keeps_the_part_of_a_wrapped_line_that_is_read() -> None:
    app = OutputApp(Output([" ".join(f"word{at}" for at in range(200)), *numbered(50)]))
    async with app.run_test(size=(30, 5)) as pilot:
        await press(pilot, "w", "g")
        word = (await press(pilot, *["j"] * 20))[0].split()[0]
        for width in (45, 2000, 60, 33):
            await pilot.resize_terminal(width, 5)
            assert word in (await painted(pilot))[0].split()


async def test_scrolling_by_rows_goes_through_a_wrapped_line() -> None:
    app = OutputApp(Output(["x" * 300, *numbered(20)]))
    async with app.run_test(size=(32, 5)) as pilot:
        await press(pilot, "w", "g")
        rows = await press(pilot, *["j"] * 8)
        assert rows == ["x" * 30, "x" * 30, *numbered(3)]
        rows = await press(pilot, "k")
        assert rows == ["x" * 30] * 3 + numbered(2)


async def test_panning_goes_as_far_as_the_longest_line_on_screen_and_no_further() -> None:
    app = OutputApp(Output(["a" * 500, *numbered(30)]))
    async with app.run_test(size=SIZE) as pilot:
        rows = await press(pilot, "l", "l", "l")
        assert rows[0] == "line 20"
        assert app.view._x == 0
        await press(pilot, "g", *["right"] * 100)
        assert app.view._x == 500 - 38
        rows = await press(pilot, *["h"] * 100)
        assert rows[1] == "line 0"


async def test_edges_of_long_lines_are_marked() -> None:
    app = OutputApp(Output(["abcdefgh" * 20]))
    async with app.run_test(size=SIZE) as pilot:
        rows = await painted(pilot)
        assert rows[0].endswith("›")
        rows = await press(pilot, "l")
        assert rows[0].startswith("‹")
        assert rows[0].endswith("›")


async def test_coming_back_to_an_output_shows_the_place_that_was_left() -> None:
    first, second = Output(numbered(100)), Output([f"other {at}" for at in range(100)])
    app = OutputApp(first)
    async with app.run_test(size=SIZE) as pilot:
        before = await press(pilot, "b", "b", "k")
        app.view.show(second.buffer, second.found, key="second")
        assert (await painted(pilot))[-1] == "other 99"
        assert last(app, FollowingChanged).is_following
        first.buffer.insert(0, ["repaired"])
        first.add(numbered(7, 100))
        app.view.show(first.buffer, first.found, key="first")
        rows = await painted(pilot)
        assert rows[:9] == before[:9]
        assert rows[9].endswith("↓ 7 new")
        assert not last(app, FollowingChanged).is_following


async def test_the_wheel_scrolls() -> None:
    app = OutputApp(Output(numbered(100)))
    async with app.run_test(size=SIZE) as pilot:
        await painted(pilot)
        await pilot._post_mouse_events([_wheel_up()], app.view)
        assert await painted(pilot) == numbered(10, 87)


def _wheel_up() -> type:
    from textual.events import MouseScrollUp

    return MouseScrollUp


async def test_the_margin_is_a_scroll_bar() -> None:
    app = OutputApp(Output(numbered(1000)))
    async with app.run_test(size=SIZE) as pilot:
        await painted(pilot)
        await pilot.mouse_down(app.view, offset=(39, 0))
        assert await painted(pilot) == numbered(10, 0)
        await pilot.hover(app.view, offset=(39, 9))
        assert await painted(pilot) == numbered(10, 990)
        await pilot.hover(app.view, offset=(39, 0))
        await pilot.mouse_up(app.view, offset=(39, 0))
        assert await painted(pilot) == numbered(10, 0)
        assert not app.screen.selections
        assert not app.view.is_following
        assert app.mouse_captured is None


# What it costs


async def test_a_page_of_a_million_lines_reads_the_rows_on_screen_only() -> None:
    buffer = CountingBuffer()
    for at in range(0, 1_000_000, 20_000):
        buffer.append([f"line {n}" for n in range(at, at + 20_000)])
    app = OutputApp(Output((), buffer))
    async with app.run_test(size=(100, 40)) as pilot:
        await painted(pilot)
        for keys in (["g"], ["space"], ["j"], ["G"], ["b"], ["k"], ["ctrl+u"]):
            buffer.reads = 0
            await press(pilot, *keys)
            assert 0 < buffer.reads <= 40
        buffer.reads = 0
        await pilot.resize_terminal(90, 30)
        await painted(pilot)
        assert buffer.reads <= 60


async def test_wrapping_a_million_lines_reads_a_few_screens() -> None:
    buffer = CountingBuffer()
    for at in range(0, 1_000_000, 20_000):
        buffer.append([f"line {n}" for n in range(at, at + 20_000)])
    app = OutputApp(Output((), buffer))
    async with app.run_test(size=(100, 40)) as pilot:
        app.view.wrap = True
        await press(pilot, "b")
        buffer.reads = 0
        await press(pilot, "b")
        await pilot.resize_terminal(60, 40)
        await painted(pilot)
        assert 0 < buffer.reads <= 12 * 40


async def test_scrolling_by_a_line_draws_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    draw = RowPainter.strip

    def counted(self: RowPainter, row: object, *rest: object) -> object:
        drawn.append(row.text)  # type: ignore[attr-defined]
        return draw(self, row, *rest)  # type: ignore[arg-type]

    app = OutputApp(Output(numbered(10_000)))
    async with app.run_test(size=(60, 40)) as pilot:
        await press(pilot, "b")
        monkeypatch.setattr(RowPainter, "strip", counted)
        await press(pilot, "k")
        # The rows at the edges of the thumb are drawn anew beside the one that came into view.
        assert 1 <= len(drawn) <= 4
        drawn.clear()
        await press(pilot, "j", "k")
        assert len(drawn) <= 4


async def test_a_thousand_pieces_of_news_are_one_paint() -> None:
    app = OutputApp(Output(numbered(50)))
    async with app.run_test(size=SIZE) as pilot:
        await painted(pilot)
        taken = 0
        take = app.view._take_news

        def counted() -> None:
            nonlocal taken
            taken += 1
            take()

        app.view._take_news = counted  # type: ignore[method-assign]
        for at in range(1000):
            app.output.add([f"new {at}"])
            app.view.news()
        assert taken <= 1
        assert (await painted(pilot))[-1] == "new 999"
        assert taken <= 2
        assert not list(app.workers)


async def test_news_that_changes_nothing_on_screen_paints_nothing() -> None:
    app = OutputApp(Output(numbered(1000)))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "g")
        frame = app.view._on_screen
        app.view.news()
        await painted(pilot)
        assert app.view._on_screen is frame


async def test_the_row_below_the_end_is_not_kept_blank() -> None:
    app = OutputApp(Output(numbered(3)))
    async with app.run_test(size=SIZE) as pilot:
        assert await painted(pilot) == [*numbered(3), *[""] * 7]
        assert await add(pilot, ["four"]) == [*numbered(3), "four", *[""] * 6]


# What is drawn


HOSTILE = [
    "\x1b[2Jcleared",
    "\x1b]52;c;ZXZpbA==\x07clipboard",
    "a\x07b\x08c\x7fd\x9b2Je",
    "bidi \u202eevil\u202c \u2066x\u2069",
    "\x1bPq#0\x1b\\sixel",
    "[red]markup[/tag] :bug:",
]


@pytest.mark.parametrize("reveal", [False, True])
async def test_nothing_hostile_reaches_the_terminal(reveal: bool) -> None:
    app = OutputApp(Output(HOSTILE))
    async with app.run_test(size=(80, 10)) as pilot:
        app.view.reveal = reveal
        rows = await painted(pilot)
        assert all(row.isprintable() for row in rows)
        assert rows[5] == "[red]markup[/tag] :bug:"
        assert ("␛" in rows[0]) is reveal


async def test_a_line_is_one_row_whatever_is_in_it() -> None:
    lines = ["a\x0bb", "c\x0cd", "e\x85f", "g\u2028h\u2029i", "", "j\x1ck", "end"]
    app = OutputApp(Output(lines))
    async with app.run_test(size=SIZE) as pilot:
        rows = await painted(pilot)
        assert [row[:1] for row in rows[:7]] == ["a", "c", "e", "g", "", "j", "e"]
        assert rows[7] == ""


async def test_every_cell_has_a_background_and_every_row_the_same_width() -> None:
    app = OutputApp(Output([*numbered(2), *TRACEBACK, "日本語 wide", "\x1b[41mred\x1b[0m", "x" * 100]))
    app.output.buffer.append_marker(RowKind.GAP, "", 3)
    async with app.run_test(size=(40, 20)) as pilot:
        await press(pilot, "e")
        for strip in strips(app):
            assert strip.cell_length == 40
            assert sum(segment.cell_length for segment in strip) == 40
            assert all(segment.style is not None and segment.style.bgcolor is not None for segment in strip)


async def test_wide_characters_are_cut_at_whole_cells() -> None:
    app = OutputApp(Output(["日本語" * 30, "a" + "日本語" * 30]))
    async with app.run_test(size=(31, 6)) as pilot:
        for keys in ([], ["l"], ["l"], ["w"]):
            await press(pilot, *keys)
            assert all(strip.cell_length == 31 for strip in strips(app))
            assert all(sum(segment.cell_length for segment in strip) == 31 for strip in strips(app))


async def test_rows_that_are_no_lines_are_rules() -> None:
    app = OutputApp(Output(["one"]))
    buffer = app.output.buffer
    buffer.append_marker(RowKind.GAP, "", 340)
    buffer.append_marker(RowKind.GAP, "", 0)
    buffer.append_marker(RowKind.MARKER, "connection lost")
    buffer.append_marker(RowKind.RESYNC)
    async with app.run_test(size=(60, 8)) as pilot:
        await press(pilot, "number_sign")
        rows = await painted(pilot)
        assert rows[0].split() == ["1", "one"]
        for row, text in zip(
            rows[1:],
            ["340 lines are missing here", "lines are missing here", "connection lost", "it begins anew here"],
            strict=False,
        ):
            assert text in row
            assert row.strip().startswith("──")
            assert row.endswith("──")


async def test_folded_updates_and_clipped_text_are_said() -> None:
    app = OutputApp(Output(["10%\r20%\r30%", "x" * 5_000_000]))
    async with app.run_test(size=(40, 200)) as pilot:
        rows = await press(pilot, "w")
        assert rows[0] == "30% ⟲2"
        assert any(row.replace("\N{NO-BREAK SPACE}", " ").endswith("… +5.0 MB") for row in rows)


async def test_numbers_and_times() -> None:
    app = OutputApp(Output())
    async with app.run_test(size=(60, 5)) as pilot:
        app.view.epoch = 1_764_000_000_000
        base = 1_764_000_000_000
        await add(pilot, ["a", "b", "c", "d"], [base + 7000, base + 7250, 0, base + 130_000])
        await press(pilot, "number_sign", "t")
        assert [row.split() for row in screen(app)[:4]] == [
            ["1", "16:00:07", "a"],
            ["2", "16:00:07", "b"],
            ["3", "c"],
            ["4", "16:02:10", "d"],
        ]
        assert [row.split()[1] for row in await press(pilot, "t") if row] == ["7.0s", "7.2s", "c", "2m10s"]
        rows = [row.split()[1:] for row in await press(pilot, "t") if row]
        assert rows == [["a"], ["+250ms", "b"], ["c"], ["d"]]
        await press(pilot, "t")
        assert app.view.times is Times.NONE


# Tracebacks


async def test_tracebacks_stand_out_and_can_be_gone_through() -> None:
    lines = [*numbered(30), *TRACEBACK, *numbered(30, 30), *TRACEBACK, *numbered(30, 60)]
    app = OutputApp(Output(lines))
    async with app.run_test(size=(80, 15)) as pilot:
        await press(pilot, "g")
        rows = await press(pilot, "e")
        assert "▾ Traceback" in rows
        assert TRACEBACK[-1] in rows
        assert last(app, TracebackSelected).traceback.start == 30  # type: ignore[union-attr]
        bars = [strip.text[0] for strip in strips(app)]
        first = rows.index("▾ Traceback")
        assert bars[first : first + 10] == ["▌"] * 10
        assert set(bars) == {"▌", " "}
        await press(pilot, "e")
        assert last(app, TracebackSelected).traceback.start == 70  # type: ignore[union-attr]
        await press(pilot, "e")
        assert last(app, TracebackSelected).traceback.start == 30  # type: ignore[union-attr]
        rows = await press(pilot, "E")
        assert last(app, TracebackSelected).traceback.start == 70  # type: ignore[union-attr]
        app.view.select_traceback(None)
        await painted(pilot)
        assert last(app, TracebackSelected).traceback is None
        assert "▎" in [strip.text[0] for strip in strips(app)]


async def test_a_click_selects_a_traceback_where_it_stands() -> None:
    app = OutputApp(Output([*numbered(3), *TRACEBACK, *numbered(30)]))
    async with app.run_test(size=(80, 10)) as pilot:
        before = await press(pilot, "g")
        await pilot.click(app.view, offset=(10, 8))
        assert await painted(pilot) == before
        assert last(app, TracebackSelected).traceback.start == 3  # type: ignore[union-attr]
        await pilot.click(app.view, offset=(10, 1))
        await painted(pilot)
        assert last(app, TracebackSelected).traceback is None


async def test_frames_of_each_output_are_told_apart_in_its_own_way() -> None:
    app = OutputApp(Output([*TRACEBACK, "end"]))
    async with app.run_test(size=(80, 12)) as pilot:
        await painted(pilot)
        own = strips(app)[2]
        app.view.show(app.output.buffer, app.output.found, key="other", is_own=lambda frame, language: False)
        await painted(pilot)
        assert strips(app)[2].text == own.text
        assert strips(app)[2] != own


async def test_a_traceback_is_marked_while_it_is_still_printed() -> None:
    app = OutputApp(Output(numbered(3)))
    async with app.run_test(size=(80, 20)) as pilot:
        await painted(pilot)
        await add(pilot, TRACEBACK[:3])
        assert [strip.text[0] for strip in strips(app)][3:6] == ["▎"] * 3
        await add(pilot, TRACEBACK[3:])
        assert [strip.text[0] for strip in strips(app)][3:13] == ["▎"] * 10


async def test_what_matters_in_a_traceback_is_bold_and_library_frames_step_back() -> None:
    app = OutputApp(Output([*TRACEBACK, "end"]))
    async with app.run_test(size=(80, 12)) as pilot:
        await painted(pilot)
        lines = strips(app)

        def styled(row: int, text: str) -> object:
            return next(segment.style for segment in lines[row] if text in segment.text)

        own, library = styled(7, "choices"), styled(5, "response")
        assert own.color != library.color  # type: ignore[attr-defined]
        for row, text in ((1, "agent.py"), (1, "88"), (1, "main"), (9, "KeyError"), (9, "'choices'")):
            assert styled(row, text).bold, text  # type: ignore[attr-defined]
        assert not styled(4, "_client.py").bold  # type: ignore[attr-defined]
        assert styled(9, "KeyError").color != styled(9, "'choices'").color  # type: ignore[attr-defined]


async def test_the_margin_marks_where_tracebacks_are() -> None:
    app = OutputApp(Output([*numbered(500), *TRACEBACK, *numbered(490)]))
    async with app.run_test(size=(40, 10)) as pilot:
        await painted(pilot)
        margin = [strip.text[-1] for strip in strips(app)]
        assert [at for at, glyph in enumerate(margin) if glyph in "┤┫"] == [5]
        assert margin[9] == "┃"
        assert margin[0] == "│"


async def test_without_colours_meaning_is_still_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = OutputApp(Output([*TRACEBACK, "\x1b[31mred\x1b[0m end"]))
    async with app.run_test(size=(80, 14)) as pilot:
        await press(pilot, "e")
        for strip in strips(app):
            for segment in strip:
                colour = segment.style.color if segment.style else None
                if colour is not None and colour.triplet is not None:
                    assert len(set(colour.triplet)) == 1
        assert [strip.text[0] for strip in strips(app)][:10] == ["▌"] * 10


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark", "ansi-light", "nord"])
async def test_a_change_of_theme_shows_at_once(theme: str) -> None:
    app = OutputApp(Output([*TRACEBACK, "2026 ERROR x"]))
    async with app.run_test(size=(80, 14)) as pilot:
        app.theme = "dracula"
        await painted(pilot)
        before = strips(app)[1]
        app.theme = theme
        await painted(pilot)
        assert strips(app)[1] != before
        assert app.view._painter is not None
        assert app.view._painter.look.palette.base == app.view.rich_style


async def test_marks() -> None:
    app = OutputApp(Output(numbered(100)))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "g", "j", "j", "m", "space", "space", "m")
        assert strips(app)[0].text[0] == "◆"
        assert (await press(pilot, "apostrophe"))[0] == "line 2"
        assert (await press(pilot, "apostrophe"))[0] == "line 20"
        await press(pilot, "m")
        assert strips(app)[0].text[0] == " "


@pytest.mark.parametrize("size", [(160, 50), (80, 24), (60, 15), (40, 10), (12, 3), (3, 1)])
async def test_any_size_is_filled(size: tuple[int, int]) -> None:
    app = OutputApp(Output([*numbered(100), *TRACEBACK, "x" * 500]))
    async with app.run_test(size=size) as pilot:
        for keys in ([], ["number_sign", "t"], ["b"], ["w"], ["g"], ["e"]):
            await press(pilot, *keys)
            lines = strips(app)
            assert len(lines) == size[1]
            assert all(strip.cell_length == size[0] for strip in lines)


async def test_news_below_a_reader_paints_the_badge_and_the_bar_only() -> None:
    app = OutputApp(Output(numbered(5000)))
    async with app.run_test(size=(40, 20)) as pilot:
        await press(pilot, "b", "b")
        frame = app.view._on_screen
        await add(pilot, numbered(2, 5000))
        regions: list[Region] = []
        refresh = app.view.refresh

        def recorded(*area: Region, **options: bool) -> OutputView:
            regions.extend(area)
            assert area
            return refresh(*area, **options)

        app.view.refresh = recorded  # type: ignore[method-assign]
        rows = await add(pilot, numbered(1, 5002))
        app.view.refresh = refresh  # type: ignore[method-assign]
        assert rows[-1].endswith("↓ 3 new")
        assert app.view._on_screen is frame
        assert 1 <= len(regions) <= 3


async def test_going_to_tracebacks_passes_over_muted_ones_unless_all_are() -> None:
    lines: list[str] = []
    for _ in range(5):
        lines += [*TRACEBACK, *numbered(20)]
    app = OutputApp(Output(lines))
    async with app.run_test(size=SIZE) as pilot:
        starts = [block.start for block in app.output.found.all]
        muted = {starts[1], starts[2], starts[4]}
        app.view.is_muted = lambda block: block.start in muted

        async def gone_to(key: str) -> int:
            await press(pilot, key)
            assert app.view.selected_traceback is not None
            return app.view.selected_traceback.start

        await press(pilot, "g")
        assert [await gone_to("e") for _ in range(3)] == [starts[0], starts[3], starts[0]]
        assert [await gone_to("E") for _ in range(2)] == [starts[3], starts[0]]
        muted.update(starts)
        assert [await gone_to("e") for _ in range(2)] == starts[1:3]

"""What an account does to the lines and says of them, case by case."""

from __future__ import annotations

import pytest

from tui.core.accounting import CONNECTION_LOST, LOG_GONE, OutputAccount, StreamEnd
from tui.core.buffer import LineBuffer
from tui.core.models import OutputSnapshot, RawLine, StreamBatch
from tui.core.rows import RowKind
from tui.core.settled import LOG_CHANGED
from tui.core.verdict import AccountStatus, Verdict, describe

Lines = list[RawLine]


def raw(*texts: str) -> Lines:
    return [RawLine(text) for text in texts]


class Screen:
    """An account and what it shows."""

    def __init__(self, base_line: int = 0) -> None:
        self.buffer = LineBuffer()
        self.account = OutputAccount(self.buffer, base_line=base_line)

    def replay(self, *texts: str, eof: bool = False) -> None:
        self.account.stream_batch(StreamBatch(raw(*texts), [0] * len(texts), eof))

    def live(self, *texts: str, at: int = 1, eof: bool = False, rejected: int = 0) -> None:
        self.account.stream_batch(StreamBatch(raw(*texts), list(range(at, at + len(texts))), eof, rejected))

    def snapshot(self, *texts: str, finished: bool = False, dropped: int = 0, truncated: bool = False) -> None:
        self.account.snapshot_requested()
        snapshot = OutputSnapshot(raw(*texts), truncated=truncated, bytes_read=2**25, server_dropped=dropped)
        self.account.snapshot(snapshot, process_finished=finished)

    @property
    def shown(self) -> list[str]:
        """Texts of lines, and kinds of other rows in brackets."""
        rows = self.buffer.rows(0, len(self.buffer))
        return [row.text if row.kind is RowKind.LINE else f"<{row.kind.name} {row.count}>" for row in rows]

    @property
    def times(self) -> list[int]:
        return [row.timestamp for row in self.buffer.rows(0, len(self.buffer))]

    @property
    def words(self) -> str:
        return describe(self.account.verdict)


@pytest.fixture
def screen() -> Screen:
    screen = Screen()
    screen.account.stream_opened()
    return screen


def test_lost_and_doubled_lines_are_put_right_and_live_times_stay(screen: Screen) -> None:
    screen.replay("a", "b", "c")
    screen.live("c", "d", "f", at=10)
    places = {row.text: row.row_id for row in screen.buffer.rows(4, 6)}
    screen.snapshot("a", "b", "c", "d", "e", "f")
    assert screen.shown == ["a", "b", "c", "d", "e", "f"]
    assert screen.times == [0, 0, 0, 11, 0, 12]
    assert {row.text: row.row_id for row in screen.buffer.rows(3, 6) if row.text in places} == places
    assert screen.words == "6 lines so far, 2 repaired"


def test_complete_needs_the_end_of_the_stream_and_of_the_process_and_a_snapshot_after_both(screen: Screen) -> None:
    screen.replay("a")
    screen.snapshot("a", finished=True)
    assert screen.account.verdict.status is not AccountStatus.COMPLETE
    screen.live("b", eof=True)
    assert screen.words == "2 lines, unverified"
    screen.snapshot("a", "b")
    assert screen.words == "2 lines so far"
    screen.snapshot("a", "b", finished=True)
    assert screen.words == "2 lines, complete"


def test_a_snapshot_requested_before_the_end_proves_no_end(screen: Screen) -> None:
    screen.replay("a")
    screen.account.snapshot_requested()
    screen.account.stream_closed(StreamEnd.EOF)
    screen.account.snapshot(OutputSnapshot(raw("a")), process_finished=True)
    assert screen.words == "1 line, unverified"


def test_without_a_request_a_snapshot_proves_nothing(screen: Screen) -> None:
    screen.replay("a", eof=True)
    screen.account.snapshot(OutputSnapshot(raw("a")), process_finished=True)
    assert screen.account.verdict.status is AccountStatus.UNVERIFIED


def test_polling_completes_with_two_equal_answers_after_the_exit() -> None:
    screen = Screen()
    screen.snapshot("a", "b")
    assert screen.words == "2 lines so far"
    screen.snapshot("a", "b", "c", finished=True)
    assert screen.account.verdict.status is not AccountStatus.COMPLETE
    screen.snapshot("a", "b", "c", "d", finished=True)
    assert screen.account.verdict.status is not AccountStatus.COMPLETE
    screen.snapshot("a", "b", "c", "d", finished=True)
    assert screen.words == "4 lines, complete"


def test_lines_of_a_snapshot_that_are_still_on_their_way_are_not_doubled(screen: Screen) -> None:
    screen.live("a")
    screen.snapshot("a", "b", "c")
    assert screen.shown == ["a", "b", "c"]
    screen.live("b", "c", "d", at=20)
    assert screen.shown == ["a", "b", "c", "d"]
    assert screen.times == [1, 20, 21, 22]
    assert screen.account.verdict.repaired == 0


def test_lines_of_a_snapshot_that_never_come_count_as_repaired(screen: Screen) -> None:
    screen.live("a")
    screen.snapshot("a", "b", "c")
    screen.live("c", "d", at=20)
    assert screen.shown == ["a", "b", "c", "d"]
    assert screen.times == [1, 0, 20, 21]
    assert screen.account.verdict.repaired == 1


def test_lines_that_a_snapshot_brought_during_the_replay_are_awaited_too(screen: Screen) -> None:
    screen.replay("a")
    screen.snapshot("a", "b", "c")
    screen.live("b", at=20)
    assert screen.shown == ["a", "b", "c"]
    assert screen.times == [0, 20, 0]


def test_a_line_read_while_it_was_written_is_completed_without_repair(screen: Screen) -> None:
    screen.live("a")
    screen.snapshot("a", "hal")
    assert screen.shown == ["a", "hal"]
    screen.live("half", at=20)
    assert screen.shown == ["a", "half"]
    screen.snapshot("a", "half", "whol")
    screen.snapshot("a", "half", "whole")
    assert screen.shown == ["a", "half", "whole"]
    assert screen.account.verdict.repaired == 0


def test_a_whole_line_is_not_cut_by_an_older_reading(screen: Screen) -> None:
    screen.live("a")
    screen.account.snapshot_requested()
    screen.live("whole", at=20)
    screen.account.snapshot(OutputSnapshot(raw("a", "who")), process_finished=False)
    assert screen.shown == ["a", "whole"]
    assert screen.times == [1, 20]


def test_a_settled_line_is_not_taken_for_another_for_being_read_half() -> None:
    screen = Screen()
    screen.account.stream_opened()
    screen.replay("a", "whole", "b")
    screen.snapshot("a", "whole", "b")
    screen.account.snapshot_requested()
    screen.account.stream_closed(StreamEnd.LOST)
    screen.account.stream_opened()
    screen.replay("a", "who")
    assert screen.shown == ["a", "whole", "b"]
    assert screen.account.verdict.repaired == 0


def test_carriage_returns_before_the_line_feed_make_no_difference(screen: Screen) -> None:
    screen.live("a\r", "bar\r50%\r100%\r\r")
    screen.snapshot("a", "bar\r50%\r100%")
    assert screen.shown == ["a", "bar\r50%\r100%"]
    assert screen.words == "2 lines so far"
    assert screen.times == [1, 2]


def test_a_lost_connection_is_said_until_the_next_one(screen: Screen) -> None:
    screen.live("a", "b")
    screen.account.stream_closed(StreamEnd.LOST)
    assert screen.buffer.row(2).text == CONNECTION_LOST
    assert screen.words == "2 lines, unverified"
    screen.account.stream_opened()
    screen.replay("a", "b", "c")
    assert screen.shown == ["a", "b", "c"]
    assert screen.times == [1, 2, 0]
    assert screen.words == "3 lines so far"


def test_lines_that_a_finished_replay_does_not_have_are_taken_away(screen: Screen) -> None:
    screen.replay("a")
    screen.live("a", "b")
    screen.account.stream_closed(StreamEnd.LOST)
    screen.account.stream_opened()
    screen.replay("a", "b")
    screen.live("c", at=20)
    assert screen.shown == ["a", "b", "c"]
    assert screen.account.verdict.repaired == 1


def test_a_replay_that_breaks_off_takes_nothing_away(screen: Screen) -> None:
    screen.replay("a")
    screen.live("b", "c")
    screen.account.stream_closed(StreamEnd.LOST)
    screen.account.stream_opened()
    screen.replay("a")
    screen.account.stream_closed(StreamEnd.LOST)
    assert screen.shown == ["a", "b", "c", "<MARKER 0>"]


def test_another_log_under_the_same_name_is_shown_from_where_it_differs(screen: Screen) -> None:
    screen.replay("a", "b", "c")
    screen.snapshot("a", "b", "c")
    screen.account.stream_closed(StreamEnd.LOST)
    screen.account.stream_opened()
    screen.replay("a", "x", "y")
    assert screen.shown == ["a", "<RESYNC 0>", "x", "y"]
    assert screen.buffer.row(1).text == LOG_CHANGED
    screen.snapshot("a", "x", "y")
    assert screen.words == "3 lines so far"


def test_a_log_that_shrank_is_cut_in_the_view(screen: Screen) -> None:
    screen.replay("a", "b", "c", "d")
    screen.snapshot("a", "b")
    assert screen.shown == ["a", "b", "<RESYNC 0>"]
    screen.live("c", at=20)
    assert screen.shown[3:] == ["c"]


def test_a_replay_shorter_than_what_is_settled_cuts_the_view(screen: Screen) -> None:
    screen.replay("a", "b", "c", "d", eof=True)
    screen.snapshot("a", "b", "c", "d", finished=True)
    screen.account.stream_opened()
    screen.replay("a", "b", eof=True)
    assert screen.shown == ["a", "b", "<RESYNC 0>"]
    assert screen.account.verdict.status is AccountStatus.UNVERIFIED


def test_a_log_that_is_gone_takes_no_evidence_with_it(screen: Screen) -> None:
    screen.replay("a", "b")
    screen.snapshot()
    assert screen.shown == ["a", "b", "<RESYNC 0>"]
    assert screen.buffer.row(2).text == LOG_GONE
    assert screen.words == "2 lines, unverified"
    screen.account.stream_closed(StreamEnd.LOST)
    screen.account.stream_opened()
    screen.replay(eof=True)
    assert [text for text in screen.shown if not text.startswith("<")] == ["a", "b"]


def test_events_that_make_no_sense_leave_a_gap_that_a_snapshot_fills(screen: Screen) -> None:
    screen.live("a", rejected=2)
    screen.live("d", at=20)
    assert screen.shown == ["a", "<GAP 2>", "d"]
    assert screen.words == "2 lines so far, 1 gap, about 2 lines, 2 events not understood"
    screen.snapshot("a", "b", "c", "d")
    assert screen.shown == ["a", "b", "c", "d"]
    assert screen.words == "4 lines so far, 2 repaired, 2 events not understood"


def test_a_gap_where_nothing_is_missing_is_closed(screen: Screen) -> None:
    screen.live("a", rejected=1)
    screen.live("b", at=20)
    screen.snapshot("a", "b")
    assert screen.shown == ["a", "b"]
    screen.live(rejected=1)
    assert screen.account.verdict.gaps == 1
    screen.snapshot("a", "b")
    assert screen.account.verdict.gaps == 0


def test_neighbouring_gaps_are_one(screen: Screen) -> None:
    screen.live("a", rejected=2)
    screen.live(rejected=3)
    assert screen.shown == ["a", "<GAP 5>"]
    assert screen.account.verdict.missing_lines == 5


def test_rubbish_in_a_second_replay_does_not_shift_what_is_held(screen: Screen) -> None:
    screen.replay("a", "b", "c")
    screen.account.stream_closed(StreamEnd.LOST)
    screen.account.stream_opened()
    screen.account.stream_batch(StreamBatch(raw("a", "c"), [0, 0], rejected=1))
    screen.replay("d")
    screen.live("e", at=20)
    assert [text for text in screen.shown if "GAP" not in text] == ["a", "b", "c", "e"]
    assert screen.account.verdict.gaps > 0
    screen.snapshot("a", "b", "c", "d", "e")
    assert screen.shown == ["a", "b", "c", "d", "e"]


def test_the_byte_ceiling_verifies_up_to_where_it_goes(screen: Screen) -> None:
    screen.replay("a")
    screen.live("b", "d", "e", eof=True)
    screen.snapshot("a", "b", "c", finished=True, truncated=True)
    assert screen.shown == ["a", "b", "c", "d", "e"]
    assert screen.words == "5 lines, unverified, 1 repaired, unchecked beyond 32 MB"


def test_a_polled_log_beyond_the_ceiling_ends_in_a_gap() -> None:
    screen = Screen()
    screen.snapshot("a", "b", truncated=True)
    screen.snapshot("a", "b", truncated=True)
    assert screen.shown == ["a", "b", "<GAP 0>"]
    assert screen.words == "2 lines, unverified, 1 gap, unchecked beyond 32 MB"


def test_a_truncated_snapshot_in_the_middle_of_a_replay_loses_no_place(screen: Screen) -> None:
    screen.replay("a", "b", "c", "d", "e")
    screen.snapshot("a", "b", truncated=True)
    screen.replay("f", "g", eof=True)
    screen.snapshot("a", "b", "c", "d", "e", "f", "g", finished=True)
    assert screen.words == "7 lines, complete"


def test_lines_of_the_process_before_are_not_shown() -> None:
    screen = Screen(base_line=2)
    screen.account.stream_opened()
    screen.replay("old")
    screen.replay("old", "a")
    screen.live("b")
    assert screen.shown == ["a", "b"]
    screen.snapshot("old", "old", "a", "b", "c")
    assert screen.shown == ["a", "b", "c"]
    assert screen.account.held_prefix().count == 4


def test_what_the_server_dropped_before_we_came_is_a_gap(screen: Screen) -> None:
    screen.replay("[boxscope: 340 earlier lines dropped]", "x", "y", eof=True)
    assert screen.shown == ["<GAP 340>", "x", "y"]
    screen.snapshot("[boxscope: 340 earlier lines dropped]", "x", "y", dropped=340, finished=True)
    assert screen.shown == ["<GAP 340>", "x", "y"]
    assert screen.words == "2 lines, unverified, 1 gap, about 340 lines"


def test_what_the_server_drops_after_we_saw_it_stays(screen: Screen) -> None:
    screen.replay("a", "b", "c")
    screen.live("d", "e")
    screen.snapshot("a", "b", "c", "d", "e")
    screen.snapshot("[boxscope: 3 earlier lines dropped]", "d", "e", "f", dropped=3)
    assert screen.shown == ["a", "b", "c", "d", "e", "f"]
    assert screen.words == "6 lines so far, 3 dropped by the server"
    held = screen.account.held_prefix()
    assert (held.count, held.tail) == (3, ["d", "e"])
    screen.account.stream_closed(StreamEnd.LOST)
    screen.account.stream_opened()
    screen.replay("[boxscope: 3 earlier lines dropped]", "d", "e", "f", "g", eof=True)
    screen.account.snapshot_requested()
    screen.account.snapshot(OutputSnapshot(raw("g"), first=4, server_dropped=3), process_finished=True)
    assert screen.words == "7 lines, complete, 3 dropped by the server"


def test_a_prefix_that_agreed_in_the_wrong_place_is_not_offered_again(screen: Screen) -> None:
    screen.replay("a", "a", "a")
    held = screen.account.snapshot_requested()
    assert held.count == 2
    screen.account.snapshot(OutputSnapshot(raw("a"), first=2, server_dropped=9), process_finished=False)
    assert screen.account.held_prefix().count == 0


def test_lines_that_the_buffer_let_go_are_counted_and_forbid_no_verdict() -> None:
    buffer = LineBuffer(max_bytes=2000, block_bytes=200)
    account = OutputAccount(buffer)
    lines = [RawLine(f"line {number} of the log") for number in range(1000)]
    account.stream_opened()
    for start in range(0, 1000, 50):
        account.stream_batch(StreamBatch(lines[start : start + 50], [0] * 50, start == 950))
    held = account.snapshot_requested()
    assert held.count == 999
    account.snapshot(OutputSnapshot(lines[999:], first=999), process_finished=True)
    assert describe(account.verdict) == f"1,000 lines, complete, {buffer.dropped_lines} no longer kept"
    account.stream_opened()
    account.stream_batch(StreamBatch(lines, [0] * 1000, True))
    assert account.verdict.status is AccountStatus.COMPLETE


def test_lines_that_the_buffer_let_go_unchecked_forbid_it() -> None:
    buffer = LineBuffer(max_bytes=2000, block_bytes=200)
    account = OutputAccount(buffer)
    lines = [RawLine(f"line {number} of the log") for number in range(1000)]
    account.stream_opened()
    account.stream_batch(StreamBatch(lines, list(range(1, 1001)), eof=True))
    assert account.snapshot_requested().count == 0
    account.snapshot(OutputSnapshot(lines), process_finished=True)
    assert account.verdict.status is AccountStatus.UNVERIFIED
    assert buffer.line_count == 1000


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict(1204, AccountStatus.COMPLETE), "1,204 lines, complete"),
        (Verdict(1204, AccountStatus.SO_FAR), "1,204 lines so far"),
        (Verdict(1, AccountStatus.SO_FAR, repaired=12), "1 line so far, 12 repaired"),
        (
            Verdict(1204, AccountStatus.SO_FAR, gaps=1, missing_lines=340),
            "1,204 lines so far, 1 gap, about 340 lines",
        ),
        (Verdict(0, AccountStatus.UNVERIFIED, gaps=2), "0 lines, unverified, 2 gaps"),
        (Verdict(5, AccountStatus.COMPLETE, rejected=1), "5 lines, complete, 1 event not understood"),
    ],
)
def test_words(verdict: Verdict, words: str) -> None:
    assert describe(verdict) == words


def test_a_replay_completes_a_line_that_a_late_snapshot_had_but_half(screen: Screen) -> None:
    screen.live("a", "b", at=1001)
    screen.account.snapshot_requested()
    screen.account.stream_closed(StreamEnd.LOST)
    screen.account.stream_opened()
    screen.account.snapshot(OutputSnapshot(raw("a", "b", "ha")), process_finished=False)
    screen.replay("a", "b")
    screen.replay("half", "c")
    screen.account.stream_opened()
    screen.account.snapshot_requested()
    screen.account.snapshot(OutputSnapshot(raw("a", "b", "half", "c", "ha")), process_finished=False)
    screen.replay("a", "b", "half", "c", "half", "d")
    assert [text for text in screen.shown if not text.startswith("<MARKER")] == ["a", "b", "half", "c", "half", "d"]


def test_an_older_reading_does_not_make_a_line_whole_that_was_read_half(screen: Screen) -> None:
    screen.account.snapshot_requested()
    screen.replay("a", "half a l")
    screen.account.snapshot(OutputSnapshot(raw("a", "half")), process_finished=False)
    screen.snapshot("a", "half a line")
    assert screen.shown == ["a", "half a line"]

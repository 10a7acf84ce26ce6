"""When a snapshot is due."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tui.core.accounting import OutputAccount, StreamEnd
from tui.core.buffer import LineBuffer
from tui.core.models import OutputSnapshot, RawLine, StreamBatch
from tui.core.snapshot_timing import SnapshotClock, SnapshotNeed, is_due

NOTHING = SnapshotNeed(
    complete=False, pending=False, unchecked=False, ended_unchecked=False, reconnected=False, hopeless=False
)
UNCHECKED = replace(NOTHING, unchecked=True)


@pytest.mark.parametrize(
    ("need", "clock", "due"),
    [
        (UNCHECKED, SnapshotClock(quiet=1.9), False),
        (UNCHECKED, SnapshotClock(quiet=2.0), True),
        (NOTHING, SnapshotClock(quiet=60), False),
        (replace(UNCHECKED, pending=True), SnapshotClock(quiet=60), False),
        (replace(UNCHECKED, hopeless=True), SnapshotClock(quiet=60), False),
        (replace(UNCHECKED, hopeless=True), SnapshotClock(quiet=60, since_exit=5), True),
        (replace(UNCHECKED, hopeless=True), SnapshotClock(quiet=60, since_exit=5, since_snapshot=4.5), False),
        (
            replace(NOTHING, hopeless=True, reconnected=True),
            SnapshotClock(quiet=0, since_snapshot=25, download=2),
            True,
        ),
        (
            replace(NOTHING, hopeless=True, reconnected=True),
            SnapshotClock(quiet=0, since_snapshot=9, download=2),
            False,
        ),
        (replace(NOTHING, hopeless=True, ended_unchecked=True), SnapshotClock(quiet=0), True),
        (UNCHECKED, SnapshotClock(quiet=60, since_snapshot=19.9, download=2), False),
        (UNCHECKED, SnapshotClock(quiet=60, since_snapshot=20.0, download=2), True),
        (replace(NOTHING, ended_unchecked=True), SnapshotClock(quiet=0), True),
        (replace(NOTHING, ended_unchecked=True), SnapshotClock(quiet=0, since_snapshot=0.5), False),
        (replace(NOTHING, reconnected=True), SnapshotClock(quiet=0), True),
        (NOTHING, SnapshotClock(quiet=0, since_exit=0.0), True),
        (NOTHING, SnapshotClock(quiet=0, since_exit=0.1, since_snapshot=5), True),
        (NOTHING, SnapshotClock(quiet=0, since_exit=1.2, since_snapshot=1.1), True),
        (NOTHING, SnapshotClock(quiet=0, since_exit=3.0, since_snapshot=1.9), False),
        (replace(NOTHING, complete=True), SnapshotClock(quiet=0, since_exit=1.2, since_snapshot=1.1), True),
        (replace(NOTHING, complete=True), SnapshotClock(quiet=60, since_exit=60, since_snapshot=50), False),
    ],
)
def test_rule(need: SnapshotNeed, clock: SnapshotClock, due: bool) -> None:
    assert is_due(need, clock) is due


def test_the_account_knows_what_it_needs() -> None:
    account = OutputAccount(LineBuffer())
    quiet = SnapshotClock(quiet=3)
    account.stream_opened()
    account.stream_batch(StreamBatch([RawLine("a")], [5]))
    assert account.snapshot_due(quiet)
    account.snapshot_requested()
    assert not account.snapshot_due(quiet)
    account.snapshot_failed()
    assert account.snapshot_due(quiet)
    account.snapshot_requested()
    account.snapshot(OutputSnapshot([RawLine("a")]), process_finished=False)
    assert not account.snapshot_due(quiet)
    account.stream_batch(StreamBatch([], [], eof=True))
    assert account.snapshot_due(SnapshotClock(quiet=0))


def test_a_log_that_is_too_large_is_asked_for_once_for_every_new_reason() -> None:
    account = OutputAccount(LineBuffer())
    quiet = SnapshotClock(quiet=3)

    def look() -> None:
        account.snapshot_requested()
        account.snapshot(OutputSnapshot([RawLine("a")], truncated=True, bytes_read=2**25), process_finished=False)

    account.stream_opened()
    account.stream_batch(StreamBatch([RawLine("a"), RawLine("b")], [5, 6]))
    look()
    account.stream_batch(StreamBatch([RawLine("c")], [7]))
    assert not account.snapshot_due(quiet)
    account.stream_closed(StreamEnd.LOST)
    account.stream_opened()
    assert account.snapshot_due(quiet)
    look()
    assert not account.snapshot_due(quiet)
    account.stream_batch(StreamBatch([RawLine("a"), RawLine("b"), RawLine("c")], [0, 0, 0], eof=True))
    assert account.snapshot_due(quiet)
    look()
    assert not account.snapshot_due(quiet)

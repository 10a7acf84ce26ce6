"""The account of one output stream: which lines on screen are known to be those of the log, and what was put right.

It is fed with the batches of follow streams and with snapshots (``GET /processes/{p}/{stream}/follow`` and
``GET /processes/{p}/{stream}``), edits a line buffer, and gives a verdict. No IO, no clock.

What comes from the log's file, the replay at the beginning of a stream (timestamp 0) and every snapshot, is settled
(see ``core.settled``). Two facts make the rest decidable. The server stores a line before it sends it, so whatever
arrived before a snapshot was requested is in that snapshot or is wrong. And the last line of a file that is being
written may be cut, so it is not held to be certain until a later reading.

Longer than other modules: one state machine, whose transitions make sense only beside each other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from tui.core.alignment import common_prefix
from tui.core.buffer import LineBuffer
from tui.core.models import OutputSnapshot, RawLine, StreamBatch
from tui.core.ports import HeldPrefix
from tui.core.reconcile import after_line
from tui.core.rows import RowKind
from tui.core.settled import SettledLog, normal
from tui.core.snapshot_timing import SnapshotClock, SnapshotNeed, is_due
from tui.core.verdict import AccountStatus, Verdict

TAIL = 8
"""Lines at the end of the held prefix that a snapshot is asked to agree with."""
CONNECTION_LOST = RawLine("connection lost")
STREAM_FAILED = RawLine("the stream failed")
LOG_GONE = RawLine("the server no longer has this log; what it sent stays here")
UNREAD = RawLine("the rest of the log was too large to be read")
_DROPPED = re.compile(r"\[boxscope: ([0-9]{1,15}) earlier lines dropped\]")
"""First line of a log of the embedded sandbox, in place of the oldest lines, which it deleted at its limit."""


class StreamEnd(Enum):
    """Why a follow stream ended. Only EOF is the server's own proof that there is no more."""

    EOF = auto()
    LOST = auto()
    FAILED = auto()


class _Phase(Enum):
    CLOSED = auto()
    REPLAY = auto()
    SKIPPING = auto()
    """The rest of a replay of which places no longer tell places in the log, while we hold its lines already."""
    LIVE = auto()


@dataclass(frozen=True, slots=True)
class _Request:
    """What was known when the pending snapshot was requested."""

    received: int
    index: int
    lines: int
    eof: bool
    resyncs: int
    server_dropped: int


class OutputAccount:
    """Accounts for one stream of one run of a process, and keeps ``buffer`` true to it.

    ``base_line`` is the index of the first line of the log that belongs to this run: after the reuse of a pid, the
    log begins with the lines of the process before.
    """

    def __init__(self, buffer: LineBuffer, *, base_line: int = 0) -> None:
        self._log = SettledLog(buffer, base=base_line)
        self._phase = _Phase.CLOSED
        self._streams = 0
        self._replayed = 0
        """Index in the log of the next line of the replay."""
        self._has_begun = False
        """The replay brought a line."""
        self._may_jump = False
        """The replay may begin after the lines held."""
        self._at_open = (base_line, 0)
        """Index and lines when the stream was opened."""
        self._ahead = 0
        """Settled lines at the end that the open stream has not delivered yet."""
        self._received = 0
        """Lines that streams brought live and that were appended."""
        self._request: _Request | None = None
        self._closed_row: int | None = None
        self._gone_row: int | None = None
        self._eof = False
        self._finished = False
        self._complete = False
        self._agreed = False
        self._agreed_after_eof = self._truncated_after_eof = False
        self._reconnected = False
        self._rejected = 0
        self._server_dropped = 0
        self._has_dropped_line = False
        """The log begins with a line that stands for those dropped."""
        self._distrusts_prefix = False
        """A snapshot agreed with the held prefix in a place where it cannot have."""
        self._truncated_at: int | None = None
        self._final_total: int | None = None
        """Lines of the log in the last snapshot, if that was taken after the end of the process and agreed."""

    @property
    def buffer(self) -> LineBuffer:
        """The lines."""
        return self._log.buffer

    # The follow stream

    def stream_opened(self) -> None:
        """A follow stream was opened: it will replay the log from its first line."""
        self._close()
        self._keep_up()
        self._phase = _Phase.REPLAY
        self._replayed = self._server_dropped
        self._has_begun = self._may_jump = False
        self._at_open = (self._log.index, self.buffer.line_count)
        self._reconnected = self._streams > 0
        self._streams += 1
        self._eof = False
        self._remove_row(self._closed_row)
        self._closed_row = None

    def stream_batch(self, batch: StreamBatch) -> None:
        """Lines arrived. Lines without a time, before the first with one, are the replay."""
        if self._phase is _Phase.CLOSED:
            self.stream_opened()
        self._keep_up()
        lines, times = normal(batch.lines), batch.timestamps
        if batch.rejected and self._phase is _Phase.REPLAY:
            is_held = self._replayed < self._log.index or self._log.rest > 0
            self._phase = _Phase.SKIPPING if is_held else _Phase.LIVE
        live_from = 0
        if self._phase is not _Phase.LIVE:
            live_from = next((at for at, time in enumerate(times) if time), len(times)) if any(times) else len(times)
        if self._phase is _Phase.REPLAY:
            self._replay(lines[:live_from])
        if live_from < len(lines):
            self._end_replay()
            self._live(lines[live_from:], times[live_from:])
        if batch.rejected:
            self._rejected += batch.rejected
            self._add_gap(batch.rejected)
        if batch.eof:
            self.stream_closed(StreamEnd.EOF)

    def stream_closed(self, reason: StreamEnd) -> None:
        """The stream ended. Nothing happens when none is open, so that EOF may be told twice."""
        if self._phase is _Phase.CLOSED:
            return
        self._keep_up()
        if reason is StreamEnd.EOF:
            self._end_replay()
            self._log.repaired += self._ahead
            self._eof = True
            self._agreed_after_eof = self._truncated_after_eof = False
        else:
            text = CONNECTION_LOST if reason is StreamEnd.LOST else STREAM_FAILED
            self._closed_row = self.buffer.append_marker(RowKind.MARKER, text)
        self._close()

    # Snapshots

    def held_prefix(self) -> HeldPrefix:
        """The lines known to be the beginning of the log, so that a snapshot need not decode them again."""
        log = self._log
        after_dropped = log.certain_index - self._server_dropped
        tail = log.last_certain(min(TAIL, after_dropped)) if log.is_mapped and not self._distrusts_prefix else []
        return HeldPrefix(after_dropped + self._has_dropped_line, tail) if tail else HeldPrefix(0, ())

    def snapshot_requested(self) -> HeldPrefix:
        """A snapshot is being requested now: what arrived until here must be in its answer.

        One request at a time. Without this call a snapshot still brings lines, but proves nothing about lines that
        are not in it.
        """
        log = self._log
        held = self.held_prefix()
        self._request = _Request(
            self._received, log.certain_index, self.buffer.line_count, self._eof, log.resyncs, self._server_dropped
        )
        return held

    def snapshot_failed(self) -> None:
        """The request was not answered."""
        self._request = None

    def snapshot(self, snapshot: OutputSnapshot, *, process_finished: bool) -> None:
        """The answer to the request. ``process_finished``: as it was known when the request was made."""
        log = self._log
        request, self._request = self._request, None
        if request and request.resyncs != log.resyncs:
            request = None
        if request and max(request.server_dropped, snapshot.server_dropped) < self._server_dropped:
            # A replay that began meanwhile told that the server has dropped more since: this reading is the older one.
            return
        self._keep_up()
        lines, start = self._placed(snapshot)
        total = start + len(lines)
        self._distrusts_prefix = snapshot.first > 0 and start > log.certain_index
        if self._distrusts_prefix:
            return
        if request and request.lines and not total and not snapshot.truncated:
            self._lose_log()
            return
        self._remove_row(self._gone_row)
        self._gone_row = None
        self._server_dropped = snapshot.server_dropped
        self._truncated_at = snapshot.bytes_read if snapshot.truncated else None
        before, resyncs, index = log.edition, log.resyncs, log.index
        log.loosen()
        log.trailing = 0
        if request and not snapshot.truncated and total < request.index:
            log.resync(log.line_of(total))
        log.take(lines, start, whole=snapshot.truncated or bool(request and request.eof))
        if log.resyncs != resyncs:
            self._ahead = 0
        elif log.index < index and log.rest:
            # The reading did not reach the line that may be cut, so it stands as before.
            log.settle(index - log.index)
        if request and not snapshot.truncated:
            log.remove_rest(log.rest - (self._received - request.received))
        self._judge_trailing()
        if snapshot.truncated and self._phase is _Phase.CLOSED and not log.rest:
            self._add_gap(0, UNREAD)
        self._conclude(request, total, process_finished=process_finished, is_changed=before != log.edition)

    # What is known

    @property
    def verdict(self) -> Verdict:
        """What is known now."""
        return Verdict(
            lines=self.buffer.line_count,
            status=self._status(),
            repaired=self._log.repaired,
            gaps=len(self._log.gaps),
            missing_lines=sum(self._log.gaps.values()),
            rejected=self._rejected,
            server_dropped=self._server_dropped,
            truncated_at=self._truncated_at,
            dropped=self.buffer.dropped_lines,
        )

    def snapshot_due(self, clock: SnapshotClock) -> bool:
        """True when a snapshot should be requested now."""
        need = SnapshotNeed(
            complete=self._complete,
            pending=self._request is not None,
            unchecked=not self._agreed,
            ended_unchecked=self._eof and not self._agreed_after_eof and not self._truncated_after_eof,
            reconnected=self._reconnected,
            hopeless=self._truncated_at is not None,
        )
        return is_due(need, clock)

    def _status(self) -> AccountStatus:
        log = self._log
        if self._complete and log.is_proven and not log.gaps:
            return AccountStatus.COMPLETE
        has_ended = self._finished or (self._eof and not self._agreed_after_eof)
        is_broken = self._phase is _Phase.CLOSED and not self._agreed and log.rest > 0
        is_partial = self._gone_row is not None or self._truncated_at is not None or not log.is_proven
        return AccountStatus.UNVERIFIED if has_ended or is_broken or is_partial else AccountStatus.SO_FAR

    def _conclude(self, request: _Request | None, total: int, *, process_finished: bool, is_changed: bool) -> None:
        """What a snapshot that was taken in says about everything before it."""
        self._finished = process_finished
        if is_changed:
            self._complete = self._agreed = False
        if request is None or self._truncated_at is not None:
            self._final_total = None
            if request is not None:
                self._reconnected = False
                self._truncated_after_eof = request.eof
            return
        self._reconnected = False
        self._agreed = not self._log.rest and self._log.index == total
        if self._agreed and request.eof:
            self._agreed_after_eof = True
        is_closed = self._phase is _Phase.CLOSED
        is_polled_twice = not self._eof and self._final_total == total and not is_changed
        has_ended = self._complete or (is_closed and (request.eof or is_polled_twice))
        self._complete = self._agreed and process_finished and has_ended
        self._final_total = total if process_finished and self._agreed else None

    # Parts of a stream

    def _placed(self, snapshot: OutputSnapshot) -> tuple[Sequence[RawLine], int]:
        """The lines of ``snapshot`` and the index in the log of the first of them."""
        lines = normal(snapshot.lines)
        if not snapshot.first:
            found = _DROPPED.fullmatch(lines[0]) if lines and snapshot.server_dropped else None
            self._has_dropped_line = found is not None and int(found[1]) == snapshot.server_dropped
            return lines[self._has_dropped_line :], snapshot.server_dropped
        return lines, snapshot.first + snapshot.server_dropped - self._has_dropped_line

    def _begin_replay(self, lines: Sequence[RawLine]) -> Sequence[RawLine]:
        """Learn from the first line of a replay where in the log it begins, and return the lines of the log."""
        self._has_begun = self._may_jump = True
        found = _DROPPED.fullmatch(lines[0])
        if found:
            self._server_dropped = int(found[1])
        elif self._has_dropped_line:
            self._server_dropped = 0
        self._has_dropped_line = found is not None
        self._replayed = self._server_dropped
        return lines[self._has_dropped_line :]

    def _replay(self, lines: Sequence[RawLine]) -> None:
        log = self._log
        if lines and not self._has_begun:
            lines = self._begin_replay(lines)
        foreign = min(max(log.base - self._replayed, 0), len(lines))
        self._replayed += foreign
        lines = lines[foreign:]
        if not lines:
            return
        behind = 0 if self._may_jump else self._replayed - log.index
        self._may_jump = False
        if behind > log.rest:
            self._phase = _Phase.SKIPPING
            return
        if behind > 0:
            log.settle(behind)
        before, base = log.edition, log.base
        log.take(lines, self._replayed, whole=False, is_replay=True)
        self._replayed += len(lines)
        if log.base != base:
            self._phase = _Phase.SKIPPING
        if log.edition != before:
            self._complete = self._agreed = False

    def _end_replay(self) -> None:
        """The replay is over: all that was received before it must have been in it."""
        log = self._log
        before = log.edition
        if self._phase is _Phase.REPLAY:
            index, lines = self._at_open
            if lines and not self._has_begun:
                self._lose_log()
            else:
                if self._replayed < index:
                    log.resync(log.line_of(self._replayed))
                log.remove_rest(log.rest)
                self._ahead = max(0, log.index - self._replayed)
        elif self._phase is _Phase.SKIPPING:
            self._add_gap(0)
        if log.edition != before:
            self._complete = self._agreed = False
        log.trailing = 0
        self._phase = _Phase.LIVE

    def _live(self, lines: Sequence[RawLine], times: Sequence[int]) -> None:
        at = self._catch_up(lines, times) if self._ahead else 0
        if at < len(lines):
            self.buffer.append(lines[at:], times[at:])
            self._received += len(lines) - at
            self._complete = self._agreed = False

    def _catch_up(self, lines: Sequence[RawLine], times: Sequence[int]) -> int:
        """Give lines that a snapshot brought first the times with which the stream now brings them.

        Returns the number of lines used up. Lines of the snapshot that the stream leaves out were lost by it.
        """
        log = self._log
        first = log.settled - self._ahead
        expected = self.buffer.raw_lines(after_line(self.buffer, first), after_line(self.buffer, log.settled))
        used = at = 0
        while used < len(lines) and at < len(expected):
            same = common_prefix(lines, expected, used, at)
            if same:
                log.set_times(first + at + 1, times[used : used + same])
                used, at = used + same, at + same
            elif lines[used] in expected[at:]:
                found = expected.index(lines[used], at)
                log.repaired += found - at
                at = found
            elif log.cut == log.settled and expected[-1] and lines[used].startswith(expected[-1]):
                log.repaired += len(expected) - 1 - at
                log.grow(log.settled, lines[used], times[used])
                used, at = used + 1, len(expected)
            else:
                log.repaired += len(expected) - at
                at = len(expected)
        self._ahead = len(expected) - at
        return used

    def _judge_trailing(self) -> None:
        """Lines that a snapshot brought at the end: lost by the stream, or still on their way."""
        log = self._log
        if self._phase is _Phase.LIVE and not log.rest:
            self._ahead += log.trailing
        elif self._phase is _Phase.LIVE:
            log.repaired += log.trailing
            self._ahead = 0
        elif self._phase is _Phase.CLOSED and self._eof:
            log.repaired += log.trailing
        log.trailing = 0

    def _close(self) -> None:
        self._phase = _Phase.CLOSED
        self._ahead = self._log.trailing = 0
        self._log.loosen()

    def _keep_up(self) -> None:
        if self._log.keep_up():
            self._ahead = 0

    def _lose_log(self) -> None:
        """The server has no such log any more. What was received is the only evidence, so it stays."""
        self._complete = self._agreed = False
        if self._gone_row is None:
            self._gone_row = self.buffer.append_marker(RowKind.RESYNC, LOG_GONE)

    def _add_gap(self, count: int, text: str = "") -> None:
        self._complete = self._agreed = False
        self._log.add_gap(count, text)

    def _remove_row(self, row_id: int | None) -> None:
        position = None if row_id is None else self.buffer.position_of(row_id)
        if position is not None:
            self.buffer.remove(position, 1)

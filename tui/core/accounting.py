"""The account of one output stream: which lines on screen are known to be those of the log, and what was put right.

It is fed with the batches of follow streams and with snapshots (``GET /processes/{p}/{stream}/follow`` and
``GET /processes/{p}/{stream}``), edits a line buffer, and gives a verdict. No IO, no clock.

Plan. The first ``settled`` lines of the buffer are known to be lines of the log, the rest is only what was received.
What is known to come from the log's file, the replay at the beginning of a stream (timestamp 0) and every snapshot,
is installed word for word after the settled lines; alignment with what was there decides only which rows keep their
ids and times. So however badly a stream loses and doubles lines, and however poorly they align, the buffer equals the
log as far as the log was read.

Two facts make the rest decidable. The server stores a line before it sends it, so whatever arrived before a snapshot
was requested is in that snapshot or is wrong. And the last line of a file that is being written may be cut, so it is
never counted as settled when a later reading is compared with it.

Longer than other modules: one state machine, whose parts make sense only beside each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from tui.core.alignment import align, common_prefix
from tui.core.blocks import RowKind, one_line_each
from tui.core.buffer import LineBuffer
from tui.core.models import OutputSnapshot, RawLine, StreamBatch
from tui.core.ports import HeldPrefix
from tui.core.reconcile import WINDOW, after_line, install
from tui.core.snapshot_timing import SnapshotClock, SnapshotNeed, is_due
from tui.core.verdict import AccountStatus, Verdict

TAIL = 8
"""Lines at the end of the held prefix that a snapshot is asked to agree with."""
CONNECTION_LOST = RawLine("connection lost")
STREAM_FAILED = RawLine("the stream failed")
LOG_CHANGED = RawLine("the log is not the one shown before: from here on its present content")
LOG_GONE = RawLine("the server no longer has this log; what it sent stays here")
UNREAD = RawLine("the rest of the log was too large to be read")


class StreamEnd(Enum):
    """Why a follow stream ended. Only EOF is the server's own proof that there is no more."""

    EOF = auto()
    LOST = auto()
    FAILED = auto()


class _Phase(Enum):
    CLOSED = auto()
    REPLAY = auto()
    SKIPPING = auto()
    """The rest of a replay that cannot be trusted to be whole, while we hold its lines already."""
    LIVE = auto()


@dataclass(frozen=True, slots=True)
class _Request:
    """What was known when the pending snapshot was requested."""

    received: int
    index: int
    lines: int
    eof: bool
    epoch: int


class OutputAccount:
    """Accounts for one stream of one run of a process, and keeps ``buffer`` true to it.

    ``base_line`` is the index of the first line of the log that belongs to this run: after the reuse of a pid, the
    log begins with the lines of the process before.
    """

    def __init__(self, buffer: LineBuffer, *, base_line: int = 0) -> None:
        self.buffer = buffer
        self._base = base_line
        self._settled = 0
        self._index = base_line
        """Index in the log of the line after the settled ones."""
        self._cut = 0
        """Number of the line that may have been cut, being the last of a file that was written to."""
        self._ahead = 0
        """Settled lines at the end that the open stream has not delivered yet."""
        self._trailing = 0
        self._phase = _Phase.CLOSED
        self._replayed = 0
        self._index_at_open = 0
        self._held_at_open = 0
        self._streams = 0
        self._epoch = 0
        self._received = 0
        """Lines that live streams brought and that were appended."""
        self._request: _Request | None = None
        self._gaps: dict[int, int] = {}
        self._fixed_gaps: set[int] = set()
        self._closed_row: int | None = None
        self._gone_row: int | None = None
        self._eof = False
        self._finished = False
        self._complete = False
        self._agreed = False
        self._agreed_after_eof = False
        self._reconnected = False
        self._proven = True
        self._mapped = True
        """Numbers of lines can be told from indices in the log."""
        self._final_total: int | None = None
        """Lines of the log in the last snapshot, if that was taken after the end of the process."""
        self._repaired = 0
        self._rejected = 0
        self._server_dropped = 0
        self._truncated_at: int | None = None

    # The follow stream

    def stream_opened(self) -> None:
        """A follow stream was opened: it will replay the log from its first line."""
        self._keep_up()
        self._close_phase()
        self._phase = _Phase.REPLAY
        self._replayed = self._server_dropped
        self._index_at_open = self._index
        self._held_at_open = self.buffer.line_count
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
            self._distrust_replay()
        live_from = 0
        if self._phase is not _Phase.LIVE:
            live_from = next((at for at, time in enumerate(times) if time), len(times))
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
        """The stream ended. After EOF, further reasons change nothing."""
        if self._phase is _Phase.CLOSED:
            return
        self._keep_up()
        if reason is StreamEnd.EOF:
            self._end_replay()
            self._repaired += self._ahead
            self._eof = True
            self._agreed_after_eof = False
        else:
            text = CONNECTION_LOST if reason is StreamEnd.LOST else STREAM_FAILED
            self._closed_row = self.buffer.append_marker(RowKind.MARKER, text)
        self._close_phase()

    # Snapshots

    def held_prefix(self) -> HeldPrefix:
        """The lines known to be the beginning of the log, so that a snapshot need not decode them again."""
        loose = self._settled > 0 and self._settled == self._cut
        settled, index = self._settled - loose, self._index - loose
        kept = min(TAIL, settled - self.buffer.dropped_lines)
        if not self._mapped or kept <= 0:
            return HeldPrefix(0, ())
        start, stop = after_line(self.buffer, settled - kept), after_line(self.buffer, settled)
        return HeldPrefix(index - self._server_dropped, self.buffer.raw_lines(start, stop))

    def snapshot_requested(self) -> HeldPrefix:
        """A snapshot is being requested now: what arrived until here must be in its answer.

        One request at a time. Without this call a snapshot still brings lines, but proves nothing about lines that
        are not in it.
        """
        held = self.held_prefix()
        self._request = _Request(
            received=self._received,
            index=self._index - (self._settled > 0 and self._settled == self._cut),
            lines=self.buffer.line_count,
            eof=self._eof,
            epoch=self._epoch,
        )
        return held

    def snapshot_failed(self) -> None:
        """The request was not answered."""
        self._request = None

    def snapshot(self, snapshot: OutputSnapshot, *, process_finished: bool) -> None:
        """The answer to the request. ``process_finished``: as it was known when the request was made."""
        request, self._request = self._request, None
        if request and request.epoch != self._epoch:
            request = None
        self._keep_up()
        start = snapshot.server_dropped + snapshot.first
        if snapshot.first and start > self._index - (self._settled == self._cut):
            return
        if request and request.lines and not (snapshot.total or snapshot.server_dropped or snapshot.truncated):
            self._lose_log()
            return
        self._remove_row(self._gone_row)
        self._gone_row = None
        self._server_dropped = snapshot.server_dropped
        self._truncated_at = snapshot.bytes_read if snapshot.truncated else None
        before = (self._repaired, self.buffer.line_count, self._epoch)
        self._loosen()
        total = snapshot.server_dropped + snapshot.total
        if request and not snapshot.truncated and total < request.index:
            self._resync(self._settled - (self._index - total))
        self._take_log(normal(snapshot.lines), start, whole=snapshot.truncated or bool(request and request.eof))
        if request and not snapshot.truncated:
            self._remove_rest(self._rest() - (self._received - request.received))
        self._judge_trailing()
        if snapshot.truncated and self._phase is _Phase.CLOSED and not self._rest():
            self._add_gap(0, UNREAD)
        after = (self._repaired, self.buffer.line_count, self._epoch)
        self._conclude(request, total, process_finished=process_finished, changed=before != after)

    # What is known

    @property
    def verdict(self) -> Verdict:
        """What is known now."""
        return Verdict(
            lines=self.buffer.line_count,
            status=self._status(),
            repaired=self._repaired,
            gaps=len(self._gaps),
            missing_lines=sum(self._gaps.values()),
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
            ended_unchecked=self._eof and not self._agreed_after_eof,
            reconnected=self._reconnected,
            hopeless=self._truncated_at is not None,
        )
        return is_due(need, clock)

    def _status(self) -> AccountStatus:
        if self._complete and self._proven and not self._gaps:
            return AccountStatus.COMPLETE
        ended = self._finished or (self._eof and not self._agreed_after_eof)
        broken = self._phase is _Phase.CLOSED and not self._agreed and self._rest() > 0
        if ended or broken or self._gone_row is not None or self._truncated_at is not None or not self._proven:
            return AccountStatus.UNVERIFIED
        return AccountStatus.SO_FAR

    def _rest(self) -> int:
        """Lines held that are not settled."""
        return self.buffer.line_count - self._settled

    def _conclude(self, request: _Request | None, total: int, *, process_finished: bool, changed: bool) -> None:
        """What a snapshot that was taken in says about everything before it."""
        self._finished = process_finished
        if request is None or self._truncated_at is not None:
            self._agreed = self._agreed and not changed
            self._complete = self._complete and not changed
            self._final_total = None
            return
        self._reconnected = False
        self._agreed = not self._rest() and self._index == total
        if self._agreed and request.eof:
            self._agreed_after_eof = True
        closed = self._phase is _Phase.CLOSED
        polled = closed and not self._eof and self._final_total == total and not changed
        ended = closed and (request.eof or polled)
        self._complete = self._agreed and process_finished and (ended or (self._complete and not changed))
        self._final_total = total if process_finished and self._agreed else None

    # Parts of a stream

    def _replay(self, lines: list[RawLine]) -> None:
        foreign = min(max(self._base - self._replayed, 0), len(lines))
        self._replayed += foreign
        lines = lines[foreign:]
        if not lines:
            return
        behind = self._replayed - self._index
        if 0 < behind <= self._rest():
            self._settled, self._index = self._settled + behind, self._replayed
        elif behind > 0:
            self._phase = _Phase.SKIPPING
            return
        base = self._base
        self._take_log(lines, self._replayed, whole=False, is_replay=True)
        if self._base != base:
            self._phase = _Phase.SKIPPING
        self._replayed += len(lines)

    def _distrust_replay(self) -> None:
        """An event of the replay could not be read, so places in the replay no longer tell places in the log."""
        holding = self._replayed < self._index or self._rest() > 0
        self._phase = _Phase.SKIPPING if holding else _Phase.LIVE

    def _end_replay(self) -> None:
        """The replay is over: all that was received before it must have been in it."""
        if self._phase is _Phase.REPLAY:
            if self._held_at_open and self._replayed == self._server_dropped:
                self._lose_log()
            else:
                if self._replayed < self._index_at_open:
                    self._resync(self._settled - (self._index - self._replayed))
                self._remove_rest(self._rest())
                self._ahead = max(0, self._index - self._replayed)
        elif self._phase is _Phase.SKIPPING:
            self._add_gap(0)
        self._trailing = 0
        self._phase = _Phase.LIVE

    def _live(self, lines: list[RawLine], times: list[int]) -> None:
        at = self._catch_up(lines, times) if self._ahead else 0
        if at < len(lines):
            self.buffer.append(lines[at:], times[at:])
            self._received += len(lines) - at
            self._complete = self._agreed = False

    def _catch_up(self, lines: list[RawLine], times: list[int]) -> int:
        """Give lines that a snapshot brought first the times with which the stream now brings them.

        Returns the number of lines used up. Lines of the snapshot that the stream leaves out were lost by it.
        """
        first = self._settled - self._ahead
        expected = self.buffer.raw_lines(after_line(self.buffer, first), after_line(self.buffer, self._settled))
        used = at = 0
        while used < len(lines) and at < len(expected):
            same = common_prefix(lines, expected, used, at)
            if same:
                position = self.buffer.position_of_line(first + at + 1)
                if position is not None:
                    self._set_times(position, times[used : used + same])
                used, at = used + same, at + same
            elif lines[used] in expected[at:]:
                found = expected.index(lines[used], at)
                self._repaired += found - at
                at = found
            elif self._cut == self._settled and expected[-1] and lines[used].startswith(expected[-1]):
                self._repaired += len(expected) - 1 - at
                self._grow(self._settled, lines[used], times[used])
                used, at = used + 1, len(expected)
            else:
                self._repaired += len(expected) - at
                at = len(expected)
        self._ahead = len(expected) - at
        return used

    def _close_phase(self) -> None:
        self._phase = _Phase.CLOSED
        self._ahead = self._trailing = 0
        self._epoch += 1
        self._loosen()

    # The log itself

    def _take_log(self, lines: list[RawLine], start: int, *, whole: bool, is_replay: bool = False) -> None:
        """``lines`` are those of the log from index ``start`` on: compare those held, install the others.

        ``whole``: the last of them cannot be cut. A replay goes on, so that only its very last line can be.
        """
        given, begin = lines, start
        if start < self._base:
            lines, start = lines[self._base - start :], self._base
        if start > self._index:
            self._bridge(lines, start)
        overlap = min(self._index - start, len(lines))
        same = self._same(lines[:overlap], start, whole)
        if same < overlap:
            base = self._base
            self._resync(self._settled - (self._index - start) + same)
            if self._base != base:
                if not is_replay:
                    self._take_log(given, begin, whole=whole)
                return
        lines = lines[same:]
        if not lines:
            return
        if self._cut == self._settled + 1 and self._rest():
            position = self.buffer.position_of_line(self._cut)
            held = self.buffer.row(position).text if position is not None else ""
            if held and lines[0] != held and lines[0].startswith(held):
                self._grow(self._cut, lines[0], 0)
        self._cut = 0
        if whole or is_replay:
            self._install(lines)
        else:
            self._install(lines[:-1])
            if self._is_cut(lines[-1]):
                return
            self._install(lines[-1:])
        if not whole:
            self._cut = self._settled

    def _install(self, lines: list[RawLine]) -> None:
        if not lines:
            return
        change = install(self.buffer, self._settled, lines, trailing=self._trailing, fixed=self._fixed_gaps)
        self._repaired += change.repaired
        self._trailing = change.trailing
        for row_id in change.filled:
            self._gaps.pop(row_id, None)
        self._settled += len(lines)
        self._index += len(lines)

    def _is_cut(self, last: RawLine) -> bool:
        """True when we hold, unsettled, the whole of a line of which a snapshot had but the beginning."""
        position = self.buffer.position_of_line(self._settled + 1)
        if position is None or not last:
            return False
        held = self.buffer.row(position).text
        return held != last and held.startswith(last)

    def _same(self, lines: list[RawLine], start: int, whole: bool) -> int:
        """How many of ``lines``, all of an index below ours, agree with what is held; dropped ones are taken to."""
        first = self._settled - (self._index - start)
        at = max(0, self.buffer.dropped_lines - first, -first)
        while at < len(lines):
            theirs = lines[at : at + WINDOW]
            stop = after_line(self.buffer, first + at + len(theirs))
            ours = self.buffer.raw_lines(after_line(self.buffer, first + at), stop)
            same = common_prefix(ours, theirs)
            at += same
            if same < len(theirs):
                cut = at == len(lines) - 1 and not whole and ours[same].startswith(theirs[same])
                return len(lines) if cut else at
        return len(lines)

    def _bridge(self, lines: list[RawLine], start: int) -> None:
        """The log now begins after what is settled: the server dropped lines in between, which we hold or miss."""
        begin = after_line(self.buffer, self._settled)
        held = self.buffer.raw_lines(begin, begin + 2 * WINDOW)
        matches = align(held, lines[:WINDOW])
        kept = matches[0].ours if matches else self._rest()
        missing = start - self._index - kept
        self._settled += kept
        self._index = start
        self._proven = False
        if missing > 0:
            row_id = self.buffer.insert_marker(after_line(self.buffer, self._settled), RowKind.GAP, "", missing)
            self._gaps[row_id] = missing
            self._fixed_gaps.add(row_id)

    def _resync(self, good: int) -> None:
        """Only the first ``good`` lines are still those of the log: what follows is another log."""
        good = max(good, 0)
        shown = self.buffer.line_count > good
        start = after_line(self.buffer, good)
        self._remove_gaps(start, len(self.buffer), fixed=True)
        self.buffer.remove(start, len(self.buffer) - start)
        self._index -= self._settled - good
        self._settled = good
        if not good:
            self._base = self._index = 0
        self._cut = self._ahead = self._trailing = 0
        self._complete = self._agreed = False
        self._epoch += 1
        if shown:
            self.buffer.append_marker(RowKind.RESYNC, LOG_CHANGED)

    def _lose_log(self) -> None:
        """The server has no such log any more. What was received is the only evidence, so it stays."""
        self._complete = self._agreed = False
        if self._gone_row is None:
            self._gone_row = self.buffer.append_marker(RowKind.RESYNC, LOG_GONE)

    def _judge_trailing(self) -> None:
        """Lines that a snapshot brought at the end: lost by the stream, or still on their way."""
        if self._phase is _Phase.LIVE:
            if self._rest():
                self._repaired += self._trailing
                self._ahead = 0
            elif self._truncated_at is None:
                self._ahead += self._trailing
        elif self._phase is _Phase.CLOSED and self._eof:
            self._repaired += self._trailing
        self._trailing = 0

    def _loosen(self) -> None:
        """Let the line that may have been cut be compared again."""
        if self._cut and self._cut == self._settled:
            self._settled -= 1
            self._index -= 1

    def _keep_up(self) -> None:
        """Follow what the buffer dropped. Unsettled lines among that are taken to have been right."""
        beyond = self.buffer.dropped_lines - self._settled
        if beyond > 0:
            self._settled += beyond
            self._index += beyond
            self._cut = self._ahead = 0
            self._proven = self._mapped = False

    # Rows

    def _remove_rest(self, count: int) -> None:
        """Take away the first ``count`` lines that are not settled: the log does not have them."""
        everything = count >= self._rest()
        if count <= 0 and not everything:
            return
        start = after_line(self.buffer, self._settled)
        stop = len(self.buffer) if everything else after_line(self.buffer, self._settled + count)
        rows = self.buffer.rows(start, stop)
        self._remove_gaps(start, stop)
        keep = [
            row
            for row in rows
            if row.kind is not RowKind.LINE and (row.kind is not RowKind.GAP or row.row_id in self._fixed_gaps)
        ]
        if len(keep) < len(rows):
            self.buffer.splice(start, len(rows), keep)
            self._repaired += max(count, 0)

    def _remove_gaps(self, start: int, stop: int, *, fixed: bool = False) -> None:
        """Forget the gaps between two positions."""
        for row_id in [row_id for row_id in self._gaps if fixed or row_id not in self._fixed_gaps]:
            position = self.buffer.position_of(row_id)
            if position is not None and start <= position < stop:
                del self._gaps[row_id]
                self._fixed_gaps.discard(row_id)

    def _add_gap(self, count: int, text: str = "") -> None:
        """Show at the end that lines are missing; ``count`` 0: unknown how many."""
        self._complete = self._agreed = False
        end = len(self.buffer)
        last = self.buffer.row(end - 1) if end else None
        if last and last.row_id in self._gaps and last.row_id not in self._fixed_gaps:
            total = last.count + count if last.count and count else 0
            self.buffer.splice(end - 1, 1, [replace(last, count=total)])
            self._gaps[last.row_id] = total
        else:
            self._gaps[self.buffer.append_marker(RowKind.GAP, text, count)] = count

    def _grow(self, number: int, line: RawLine, time: int) -> None:
        """Complete the line with this number, which was cut."""
        position = self.buffer.position_of_line(number)
        if position is not None:
            row = self.buffer.row(position)
            self.buffer.splice(position, 1, [replace(row, text=line, timestamp=time or row.timestamp)])

    def _set_times(self, position: int, times: Sequence[int]) -> None:
        """Times for lines from ``position`` on, remarks of ours in between left out."""
        rows = self.buffer.rows(position, position + len(times))
        if all(row.kind is RowKind.LINE for row in rows):
            self.buffer.set_timestamps(position, times)

    def _remove_row(self, row_id: int | None) -> None:
        position = None if row_id is None else self.buffer.position_of(row_id)
        if position is not None:
            self.buffer.remove(position, 1)


def normal(lines: list[RawLine]) -> list[RawLine]:
    """``lines`` without carriage returns at their ends: the live stream keeps one that the snapshot strips.

    Lines are also kept free of line feeds here, as the buffer keeps them, so that comparing stays exact.
    """
    joined = "\n".join(lines)
    if "\r\n" in joined or joined.endswith("\r"):
        lines = [RawLine(line.rstrip("\r")) for line in lines]
    return one_line_each(lines) if joined.count("\n") >= len(lines) > 0 else lines

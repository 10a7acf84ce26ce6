"""The account against a server that loses, doubles, cuts and breaks off, in any order of events."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tui.core.accounting import OutputAccount, StreamEnd
from tui.core.buffer import LineBuffer
from tui.core.models import OutputSnapshot, RawLine, StreamBatch
from tui.core.ports import HeldPrefix
from tui.core.rows import RowKind
from tui.core.verdict import AccountStatus

# Thousands of small steps: on a machine that is busy with other tests they take their time.
pytestmark = pytest.mark.timeout(600)
ENDLESS = 10**9
words = st.sampled_from(["", "a", "b", "ab", "abc", "Traceback", "unique"])
batches = st.lists(words, min_size=1, max_size=6)
ceilings = st.sampled_from([ENDLESS, ENDLESS, ENDLESS, 3, 7])


class HonestServer(RuleBasedStateMachine):
    """One process whose log is read by follow streams and snapshots at any moment, without any fault.

    Every line is stored before it is sent. The last line of the file may be half written while it is read.
    """

    @initialize(base=st.integers(0, 4), block_bytes=st.sampled_from([8, 100_000]), is_followed=st.booleans())
    def begin(self, base: int, block_bytes: int, is_followed: bool) -> None:
        self.log: list[str] = ["of the process before"] * base
        self.half = ""
        self.dropped = 0
        self.cut_readings = 0
        self.base = base
        self.clock = 1000
        self.serial = 0
        self.pipe_is_open = True
        self.has_exited = False
        self.exit_is_known = False
        self.asked_after_exit = False
        self.buffer = LineBuffer(block_bytes=block_bytes)
        self.account = OutputAccount(self.buffer, base_line=base)
        self.stream: list[tuple[str, int]] | None = None
        self.request: tuple[HeldPrefix, bool] | None = None
        self.answer: OutputSnapshot | None = None
        if is_followed:
            self.open()
            self.write(["a", "b"])
            self.receive(base + 1)

    # The process

    @precondition(lambda self: self.pipe_is_open)
    @rule(lines=batches)
    def write(self, lines: list[str]) -> None:
        for line in lines:
            self.serial += 1
            self.clock += 1
            text = self.half + (f"unique {self.serial}" if line == "unique" else line)
            self.half = ""
            self.log.append(text)
            if self.stream is not None:
                self.stream.append((text + "\r" * (self.serial % 7 == 0), self.clock))

    @precondition(lambda self: self.pipe_is_open)
    @rule(text=st.sampled_from(["a", "Trace", "unique"]))
    def write_half(self, text: str) -> None:
        self.half += text

    @precondition(lambda self: not self.has_exited)
    @rule()
    def exit(self) -> None:
        """What is in the pipe may still reach the log."""
        self.has_exited = True

    @precondition(lambda self: self.has_exited)
    @rule()
    def see_exit(self) -> None:
        self.exit_is_known = True

    @precondition(lambda self: self.has_exited and self.pipe_is_open)
    @rule()
    def drain(self) -> None:
        if self.half:
            self.write([""])
        self.pipe_is_open = False

    # The stream

    @precondition(lambda self: self.stream is None)
    @rule()
    def open(self) -> None:
        if self.has_exited:
            self.drain()
        self.stream = [(line, 0) for line in self.body]
        self.account.stream_opened()

    @precondition(lambda self: self.stream is not None)
    @rule(count=st.integers(1, 8))
    def receive(self, count: int) -> None:
        assert self.stream is not None
        events, self.stream[:] = self.stream[:count], self.stream[count:]
        eof = not self.pipe_is_open and not self.stream
        self.account.stream_batch(StreamBatch([RawLine(t) for t, _ in events], [s for _, s in events], eof))
        if eof:
            self.stream = None

    @precondition(lambda self: self.stream is not None)
    @rule()
    def break_off(self) -> None:
        self.stream = None
        self.account.stream_closed(StreamEnd.LOST)

    # Snapshots

    @precondition(lambda self: self.request is None)
    @rule()
    def ask(self) -> None:
        """The second time after the exit, the pipe has had its time to drain."""
        if self.exit_is_known and self.asked_after_exit:
            self.drain()
        self.asked_after_exit = self.exit_is_known
        self.request = (self.account.snapshot_requested(), self.exit_is_known)
        self.answer = None

    @precondition(lambda self: self.request is not None and self.answer is None)
    @rule(ceiling=ceilings, skips=st.booleans())
    def read_log(self, ceiling: int, skips: bool) -> None:
        """The server reads its file at some moment between request and answer."""
        assert self.request is not None
        body = self.body
        lines = body[:ceiling]
        held = self.request[0]
        matched = len(lines) >= held.count and lines[held.count - len(held.tail) : held.count] == list(held.tail)
        first = held.count if skips and matched else 0
        self.answer = OutputSnapshot(
            [RawLine(line) for line in lines[first:]],
            first=first,
            matched_prefix=matched,
            truncated=len(lines) < len(body),
            bytes_read=100,
            server_dropped=self.dropped,
        )

    @precondition(lambda self: self.answer is not None)
    @rule()
    def take_answer(self) -> None:
        assert self.answer is not None
        assert self.request is not None
        self.account.snapshot(self.answer, process_finished=self.request[1])
        self.request = self.answer = None

    @precondition(lambda self: self.request is None)
    @rule(ceiling=ceilings)
    def look(self, ceiling: int) -> None:
        """A snapshot that is answered at once."""
        self.ask()
        self.read_log(ceiling, skips=True)
        self.take_answer()

    @precondition(lambda self: self.request is not None)
    @rule()
    def fail_request(self) -> None:
        self.account.snapshot_failed()
        self.request = self.answer = None

    # What must hold

    @property
    def shown(self) -> list[str]:
        return list(self.buffer.raw_lines(0, len(self.buffer)))

    @property
    def written(self) -> list[str]:
        return self.log[self.base :]

    @property
    def body(self) -> list[str]:
        """The log as the server gives it: a line of its own stands for those that it dropped."""
        self.cut_readings += bool(self.half)
        lines = self.log[self.dropped :] + [self.half] * bool(self.half)
        return [f"[boxscope: {self.dropped} earlier lines dropped]", *lines] if self.dropped else lines

    @invariant()
    def claims_nothing_that_is_not_so(self) -> None:
        if not hasattr(self, "account"):
            return
        verdict = self.account.verdict
        if verdict.status is AccountStatus.COMPLETE:
            assert self.shown == self.written
            assert not self.pipe_is_open
        gaps = [row for row in self.buffer.rows(0, len(self.buffer)) if row.kind is RowKind.GAP]
        assert verdict.gaps == len(gaps)
        assert verdict.missing_lines == sum(row.count for row in gaps)
        assert verdict.lines == len(self.shown)

    @invariant()
    def does_not_take_the_log_for_another(self) -> None:
        if hasattr(self, "buffer"):
            assert all(row.kind is not RowKind.RESYNC for row in self.buffer.rows(0, len(self.buffer)))

    @invariant()
    def claims_to_hold_only_what_is_the_log(self) -> None:
        if hasattr(self, "account") and not self.dropped:
            held = self.account.held_prefix()
            assert self.log[held.count - len(held.tail) : held.count] == list(held.tail)
            ours = max(held.count - self.base, 0)
            assert self.shown[:ours] == self.written[:ours]

    def finish(self) -> None:
        """End the process and the stream, and take one good snapshot."""
        if self.request is not None:
            self.fail_request()
        if not self.has_exited:
            self.exit()
        self.see_exit()
        self.drain()
        if self.stream is None and self.account.verdict.status is not AccountStatus.COMPLETE:
            self.open()
        while self.stream is not None:
            self.receive(5)
        self.look(ENDLESS)

    def teardown(self) -> None:
        if not hasattr(self, "account"):
            return
        self.finish()
        assert self.shown == self.written
        assert self.account.verdict.status is AccountStatus.COMPLETE
        assert self.account.verdict.gaps == 0
        times = [row.timestamp for row in self.buffer.rows(0, len(self.buffer)) if row.timestamp]
        assert times == sorted(times)


class PlainServer(HonestServer):
    """An honest server whose lines are whole and unlike each other: the screen may never waver."""

    @precondition(lambda self: self.pipe_is_open)
    @rule(lines=batches)
    def write(self, lines: list[str]) -> None:
        super().write(["unique"] * len(lines))

    @precondition(lambda self: False)
    @rule()
    def write_half(self) -> None:
        """Never."""

    @invariant()
    def shows_the_beginning_of_the_log(self) -> None:
        if hasattr(self, "account"):
            shown = self.shown
            assert shown == self.written[: len(shown)]
            assert self.account.verdict.repaired == 0


class FaultyServer(HonestServer):
    """The faults of the contract: the race between replay and live part, a full window, events that cannot be read."""

    @precondition(lambda self: self.stream is None and self.pipe_is_open and not self.has_exited)
    @rule(doubled=st.integers(0, 3), missed=st.lists(words, max_size=3))
    def open_in_a_race(self, doubled: int, missed: list[str]) -> None:
        """The log is read, then subscribed to: what is stored in between is in neither part or in both."""
        self.open()
        stream, self.stream = self.stream, None
        assert stream is not None
        self.write(missed or ["a"])
        self.stream = stream
        stream += [(line, self.clock) for line in self.log[max(self.base, len(self.log) - doubled) :]]

    @precondition(lambda self: self.stream is not None)
    @rule(window=st.integers(0, 3))
    def lag(self, window: int) -> None:
        """A slow reader loses the oldest live events."""
        assert self.stream is not None
        live = [event for event in self.stream if event[1]]
        self.stream[:] = [event for event in self.stream if not event[1]] + live[max(0, len(live) - window) :]

    @precondition(lambda self: bool(self.stream))
    @rule(count=st.integers(1, 5))
    def receive_rubbish(self, count: int) -> None:
        """One event of a batch makes no sense."""
        assert self.stream is not None
        events, self.stream[:] = self.stream[:count], self.stream[count:]
        del events[len(events) // 2]
        batch = StreamBatch([RawLine(t) for t, _ in events], [s for _, s in events], rejected=1)
        self.account.stream_batch(batch)


class ForgetfulServer(HonestServer):
    """A server that drops its oldest lines, and says so in the first line."""

    @precondition(lambda self: len(self.log) > self.dropped + 1)
    @rule(share=st.floats(0.1, 0.9))
    def drop(self, share: float) -> None:
        self.dropped += max(1, int(share * (len(self.log) - self.dropped)))
        # The embedded sandbox closes a stream that still had to send what is deleted.
        if self.stream:
            self.break_off()

    def teardown(self) -> None:
        if not hasattr(self, "account"):
            return
        self.finish()
        kept = self.log[max(self.dropped, self.base) :]
        assert self.shown[len(self.shown) - len(kept) :] == kept
        verdict = self.account.verdict
        if len(self.shown) < len(self.written):
            # A line that was read half written, and dropped before it was read whole, stays on screen as a piece.
            pieces = verdict.missing_lines - (len(self.written) - len(self.shown))
            assert 0 <= pieces <= self.cut_readings
        if verdict.gaps:
            assert verdict.status is not AccountStatus.COMPLETE


examples = settings(max_examples=120, stateful_step_count=40, deadline=None)
TestHonestServer = HonestServer.TestCase
TestHonestServer.settings = examples
TestPlainServer = PlainServer.TestCase
TestPlainServer.settings = examples
TestFaultyServer = FaultyServer.TestCase
TestFaultyServer.settings = examples
TestForgetfulServer = ForgetfulServer.TestCase
TestForgetfulServer.settings = examples

"""The account against a server that loses, doubles, cuts and breaks off, in any order of events."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tui.core.accounting import OutputAccount, StreamEnd
from tui.core.blocks import RowKind
from tui.core.buffer import LineBuffer
from tui.core.models import OutputSnapshot, RawLine, StreamBatch
from tui.core.ports import HeldPrefix
from tui.core.verdict import AccountStatus

words = st.sampled_from(["", "a", "b", "ab", "abc", "Traceback", "unique"])


class FaultyServer(RuleBasedStateMachine):
    """One process whose log is read by follow streams and by snapshots, as the contract (sections 3 and 4) has it."""

    @initialize(base=st.integers(0, 4), block_bytes=st.sampled_from([8, 100_000]))
    def begin(self, base: int, block_bytes: int) -> None:
        self.log: list[str] = ["of the process before"] * base
        self.dropped = 0
        self.base = base
        self.clock = 1000
        self.serial = 0
        self.running = True
        self.exit_seen = False
        self.buffer = LineBuffer(block_bytes=block_bytes)
        self.account = OutputAccount(self.buffer, base_line=base)
        self.stream: list[tuple[str, int]] | None = None
        self.stream_eof = False
        self.request: tuple[HeldPrefix, bool] | None = None
        self.answer: OutputSnapshot | None = None
        self.requested_after_eof = False
        self.writes_after_answer = 0

    # The process

    @precondition(lambda self: self.running)
    @rule(lines=st.lists(words, min_size=1, max_size=6), lag=st.sampled_from([10**9, 10**9, 10**9, 2, 0]))
    def write(self, lines: list[str], lag: int) -> None:
        """Stores first, then broadcasts; a subscriber's window of ``lag`` events loses the oldest."""
        for line in lines:
            self.serial += 1
            text = f"unique {self.serial}" if line == "unique" else line
            self.clock += 1
            self.log.append(text)
            if self.stream is not None:
                self.stream.append((text + "\r" * (self.serial % 7 == 0), self.clock))
        if self.stream is not None and lag < 10**9:
            live = [event for event in self.stream if event[1]]
            replay = [event for event in self.stream if not event[1]]
            self.stream[:] = replay + live[max(0, len(live) - lag) :]

    @precondition(lambda self: self.running)
    @rule()
    def exit(self) -> None:
        self.running = False
        if self.stream is not None:
            self.stream_eof = True

    @precondition(lambda self: not self.running)
    @rule()
    def see_exit(self) -> None:
        self.exit_seen = True

    # The stream

    @precondition(lambda self: self.stream is None)
    @rule(doubled=st.integers(0, 3), missed=st.lists(words, max_size=3), cut=st.booleans())
    def open(self, doubled: int, missed: list[str], cut: bool) -> None:
        """The log is read, then subscribed to: what is written in between is in neither part or in both."""
        self.stream = [(line, 0) for line in self.body]
        if self.running and cut and len(self.log) > self.base and len(self.log[-1]) > 1:
            whole = self.log[-1]
            self.stream[-1] = (whole[: len(whole) // 2], 0)
            self.stream.append((whole, self.clock))
        elif self.running and doubled:
            self.stream += [(line, self.clock) for line in self.log[self.base :][-doubled:]]
        elif self.running:
            self.log += missed
        self.stream_eof = not self.running
        self.account.stream_opened()

    @precondition(lambda self: self.stream is not None)
    @rule(count=st.integers(1, 8))
    def receive(self, count: int) -> None:
        assert self.stream is not None
        events, self.stream[:] = self.stream[:count], self.stream[count:]
        eof = self.stream_eof and not self.stream
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
        self.request = (self.account.snapshot_requested(), self.exit_seen)
        self.answer = None

    @precondition(lambda self: self.request is not None and self.answer is None)
    @rule(ceiling=st.sampled_from([10**9, 10**9, 10**9, 3, 7]), cut=st.booleans(), trust=st.booleans())
    def read_log(self, ceiling: int, cut: bool, trust: bool) -> None:
        """The server reads its file at some moment between request and answer."""
        assert self.request is not None
        lines = self.body
        truncated = len(lines) > ceiling
        lines = lines[:ceiling]
        if cut and self.running and not truncated and self.stream is not None and lines:
            undelivered = [text.rstrip("\r") for text, time in self.stream if time]
            if undelivered and undelivered[-1] == lines[-1] and len(lines[-1]) > 1:
                lines[-1] = lines[-1][: len(lines[-1]) // 2]
        held = self.request[0]
        tail = lines[held.count - len(held.tail) : held.count]
        matched = len(lines) >= held.count and tail == list(held.tail)
        first = held.count if trust and matched else 0
        self.answer = OutputSnapshot(
            [RawLine(line) for line in lines[first:]],
            first=first,
            matched_prefix=matched,
            truncated=truncated,
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
        if not self.dropped:
            return list(self.log)
        return [f"[boxscope: {self.dropped} earlier lines dropped]", *self.log[self.dropped :]]

    @invariant()
    def never_claims_what_is_not_so(self) -> None:
        if not hasattr(self, "account"):
            return
        verdict = self.account.verdict
        if verdict.status is AccountStatus.COMPLETE:
            assert self.shown == self.written
            assert not self.running
        gaps = [row for row in self.buffer.rows(0, len(self.buffer)) if row.kind is RowKind.GAP]
        assert verdict.gaps == len(gaps)
        assert verdict.missing_lines == sum(row.count for row in gaps)
        assert verdict.lines == len(self.shown)
        assert verdict.lines >= self.account.held_prefix().count - self.base

    @invariant()
    def never_takes_this_log_for_another(self) -> None:
        if hasattr(self, "buffer"):
            assert all(row.kind is not RowKind.RESYNC for row in self.buffer.rows(0, len(self.buffer)))

    @invariant()
    def claims_as_held_what_is_the_log(self) -> None:
        if hasattr(self, "account"):
            held = self.account.held_prefix()
            if not self.dropped:
                assert self.body[held.count - len(held.tail) : held.count] == list(held.tail)
                ours = max(held.count - self.base, 0)
                assert self.shown[:ours] == self.written[:ours]

    def finish(self) -> None:
        """End the process and the stream, and take one good snapshot."""
        if self.request is not None:
            self.fail_request()
        if self.running:
            self.exit()
        self.see_exit()
        if self.stream is None and self.account.verdict.status is not AccountStatus.COMPLETE:
            self.open(0, [], cut=False)
        while self.stream is not None:
            self.receive(5)
        self.ask()
        self.read_log(10**9, cut=False, trust=True)
        self.take_answer()

    def teardown(self) -> None:
        if not hasattr(self, "account"):
            return
        self.finish()
        assert self.shown == self.written
        assert self.account.verdict.status is AccountStatus.COMPLETE
        assert self.account.verdict.gaps == 0
        times = [row.timestamp for row in self.buffer.rows(0, len(self.buffer)) if row.timestamp]
        assert times == sorted(times)


class ForgetfulServer(FaultyServer):
    """The same over a server that drops its oldest lines, and says so in the first line."""

    @precondition(lambda self: len(self.log) > self.dropped + 1)
    @rule(share=st.floats(0.1, 0.9))
    def drop(self, share: float) -> None:
        self.dropped += max(1, int(share * (len(self.log) - self.dropped)))
        # The embedded sandbox closes a stream that still had to send what is deleted.
        if self.stream is not None:
            self.break_off()

    def teardown(self) -> None:
        if not hasattr(self, "account"):
            return
        self.finish()
        if self.account.held_prefix().count == 0:
            self.ask()
            self.read_log(10**9, cut=False, trust=True)
            self.take_answer()
        kept = self.log[max(self.dropped, self.base) :]
        assert self.shown[len(self.shown) - len(kept) :] == kept
        verdict = self.account.verdict
        if verdict.status is AccountStatus.COMPLETE:
            assert self.shown == self.written
        elif len(self.shown) < len(self.written):
            assert verdict.gaps
            assert verdict.missing_lines >= len(self.written) - len(self.shown)


TestFaultyServer = FaultyServer.TestCase
TestFaultyServer.settings = settings(max_examples=300, stateful_step_count=30, deadline=None)

TestForgetfulServer = ForgetfulServer.TestCase
TestForgetfulServer.settings = settings(max_examples=300, stateful_step_count=30, deadline=None)

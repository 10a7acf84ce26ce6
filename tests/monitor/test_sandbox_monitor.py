"""What is asked of a sandbox, when, and what becomes of the answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.fakes import FakeApi, FakeConnection, FakeControl, VirtualClock, interrupted, process, settle
from tui.core.contact import ContactState
from tui.core.errors import AuthError, ConnectionFailed, NotFoundError, RateLimited, ServerError
from tui.core.failures import State
from tui.core.models import LastExit, Managed, Process, Sandbox, Stream
from tui.core.profile import Profile, Transport, Watch
from tui.core.streamstate import StreamState
from tui.core.verdict import AccountStatus
from tui.monitor.sandbox import SandboxMonitor

TRACEBACK = [
    "Traceback (most recent call last):",
    '  File "/workspace/agent.py", line 3, in main',
    "    run()",
    "KeyError: 'choices'",
]


class Watched:
    def __init__(self, *, status: str = "running", profile: Profile | None = None, control: bool = True) -> None:
        self.clock = VirtualClock()
        self.api = FakeApi()
        self.control = FakeControl(Sandbox("sbx", status, name="box")) if control else None
        self.connection = FakeConnection(self.api, self.control, profile or Profile("test", sandbox="box"))
        self.monitor = SandboxMonitor(self.connection, clock=self.clock, random_source=lambda: 1.0)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[SandboxMonitor]:
        task = asyncio.create_task(self.monitor.run())
        await settle()
        try:
            yield self.monitor
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("suspended", ContactState.ASLEEP),
        ("suspending", ContactState.ASLEEP),
        ("pending", ContactState.STARTING),
        ("snapshotting", ContactState.STARTING),
        ("terminated", ContactState.OVER),
        ("failed", ContactState.OVER),
        ("hibernating-in-2027", ContactState.ASLEEP),
    ],
)
async def test_a_sandbox_that_is_not_running_gets_no_request(status: str, state: ContactState) -> None:
    watched = Watched(status=status)
    async with watched.running() as monitor:
        await watched.clock.advance(600)
        assert watched.api.requests == []
        assert monitor.contact.state is state
        assert watched.control is not None
        assert watched.control.requests > 10


async def test_requests_begin_when_it_runs_and_end_when_it_is_suspended() -> None:
    watched = Watched(status="pending")
    watched.api.listed = [process(7)]
    assert watched.control is not None
    async with watched.running() as monitor:
        watched.control.current = Sandbox("sbx", "running", name="box")
        await watched.clock.advance(6)
        assert monitor.contact.is_live
        assert [row.process.pid for row in monitor.rows] == [7]
        watched.control.current = Sandbox("sbx", "suspended", name="box")
        await watched.clock.advance(15)
        assert monitor.contact.state is ContactState.ASLEEP
        asked = len(watched.api.requests)
        watched.api.end_stream("7", error=interrupted())
        await watched.clock.advance(300)
        assert len(watched.api.requests) == asked
        assert monitor.rows[0].verdict.state is State.UNKNOWN


async def test_a_broken_stream_asks_the_control_plane_before_it_reconnects() -> None:
    watched = Watched()
    watched.api.listed = [process(7)]
    assert watched.control is not None
    async with watched.running():
        await watched.clock.advance(1)
        assert watched.api.asked_for("follow 7") == 1
        asked = watched.control.requests
        watched.control.current = Sandbox("sbx", "terminated", name="box")
        watched.api.end_stream("7", error=interrupted())
        await watched.clock.advance(120)
        assert watched.control.requests > asked
        assert watched.api.asked_for("follow 7") == 1


async def test_letting_go_stops_every_request_and_watching_again_resumes() -> None:
    watched = Watched()
    watched.api.listed = [process(7)]
    async with watched.running() as monitor:
        await watched.clock.advance(5)
        assert watched.api.open_streams == 1
        monitor.release()
        await settle()
        assert watched.api.open_streams == 0, "an open stream would hold the sandbox awake"
        asked = list(watched.api.requests)
        await watched.clock.advance(600)
        assert watched.api.requests == asked
        assert monitor.contact.state is ContactState.RELEASED
        monitor.watch_again()
        await watched.clock.advance(3)
        assert monitor.contact.is_live
        assert watched.api.open_streams == 1


async def test_a_named_url_is_contacted_without_a_control_plane() -> None:
    watched = Watched(control=False, profile=Profile(sandbox_url="http://127.0.0.1:1"))
    watched.api.listed = [process(1)]
    async with watched.running() as monitor:
        await watched.clock.advance(3)
        assert monitor.contact.is_live
        assert len(monitor.rows) == 1


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (AuthError("no", status=401), ContactState.REFUSED),
        (NotFoundError("gone", status=404), ContactState.GONE),
        (ConnectionFailed("refused"), ContactState.OFFLINE),
        (ServerError("bad", status=502), ContactState.OFFLINE),
        (ServerError("wait", status=503, code="SANDBOX_NOT_READY"), ContactState.STARTING),
    ],
)
async def test_errors_become_contact_states(error: Exception, state: ContactState) -> None:
    watched = Watched()
    watched.api.failures["processes"] = error  # type: ignore[assignment]
    async with watched.running() as monitor:
        await watched.clock.advance(1)
        assert monitor.contact.state is state
        assert monitor.contact.error
        assert monitor.contact.retry_at is not None
        watched.api.failures.clear()
        await watched.clock.advance(60)
        assert monitor.contact.is_live
        assert monitor.contact.error == ""


async def test_attempts_back_off_while_there_is_no_contact() -> None:
    watched = Watched()
    watched.api.failures["processes"] = ConnectionFailed("refused")
    async with watched.running():
        await watched.clock.advance(600)
        assert 15 <= watched.api.asked_for("processes") <= 40


async def test_429_slows_down() -> None:
    watched = Watched()
    watched.api.failures["processes"] = RateLimited("slow", status=429, retry_after=20.0)
    async with watched.running() as monitor:
        await watched.clock.advance(41)
        assert watched.api.asked_for("processes") <= 4
        assert monitor.contact.retry_at is not None


async def test_stale_states_are_unknown_and_finished_ones_stay() -> None:
    watched = Watched()
    watched.api.listed = [process(1), process(2, status="exited", exit_code=1, ended_at=1_800_000_001_000)]
    async with watched.running() as monitor:
        await watched.clock.advance(3)
        assert {row.process.pid: row.verdict.state for row in monitor.rows} == {1: State.RUNNING, 2: State.FAILED}
        watched.api.failures["processes"] = ConnectionFailed("refused")
        await watched.clock.advance(60)
        assert {row.process.pid: row.verdict.state for row in monitor.rows} == {1: State.UNKNOWN, 2: State.FAILED}


async def test_failures_come_first_and_a_printed_exception_makes_a_success_suspect() -> None:
    watched = Watched()
    watched.api.listed = [
        process(1),
        process(2, status="exited", exit_code=0, ended_at=1_800_000_001_000),
        process(3, status="exited", exit_code=0, ended_at=1_800_000_002_000),
        process(4, status="signaled", signal=9, ended_at=1_800_000_001_000),
    ]
    watched.api.logs["3", Stream.STDERR] = TRACEBACK
    async with watched.running() as monitor:
        await watched.clock.advance(10)
        assert [row.process.pid for row in monitor.rows] == [4, 3, 1, 2]
        assert monitor.rows[1].verdict.state is State.SUSPECT
        assert monitor.rows[1].last_error == "KeyError: 'choices'"


async def test_restarts_seen_within_ten_minutes_are_a_loop() -> None:
    def managed(count: int) -> Managed:
        return Managed("m1", name="agent", status="running", restart_count=count, last_exit=LastExit(exit_code=1))

    watched = Watched()
    watched.api.listed = [process(1, managed=managed(5))]
    async with watched.running() as monitor:
        await watched.clock.advance(3)
        assert monitor.rows[0].verdict.state is State.RUNNING, "restarts of unknown age are no evidence"
        for count in (6, 7, 8):
            watched.api.listed = [process(count, managed=managed(count))]
            await watched.clock.advance(3)
        assert monitor.rows[0].verdict.state is State.RESTART_LOOP
        await watched.clock.advance(700)
        assert monitor.rows[0].verdict.state is State.RUNNING


async def test_on_select_reads_only_the_selected_output() -> None:
    watched = Watched(profile=Profile("test", sandbox="box", watch=Watch.ON_SELECT))
    watched.api.listed = [process(1), process(2)]
    async with watched.running() as monitor:
        await watched.clock.advance(10)
        assert watched.api.asked_for("follow") == 0
        monitor.select(monitor.rows[0].key)
        await watched.clock.advance(1)
        assert watched.api.asked_for("follow") == 1


async def test_lost_lines_are_repaired_when_the_stream_is_quiet() -> None:
    watched = Watched()
    watched.api.listed = [process(1)]
    async with watched.running() as monitor:
        await watched.clock.advance(3)
        output = monitor.select(monitor.rows[0].key)
        assert output is not None
        watched.api.write("1", "one")
        await watched.clock.advance(0.1)
        watched.api.lose_next = 1
        watched.api.write("1", "two", "three")
        await watched.clock.advance(0.1)
        assert output.buffer.raw_lines(0, 9) == ["one", "three"]
        await watched.clock.advance(5)
        assert output.buffer.raw_lines(0, 9) == ["one", "two", "three"]
        assert output.verdict.repaired == 1
        assert output.state is StreamState.FOLLOWING


async def test_complete_is_claimed_after_the_end_only() -> None:
    watched = Watched()
    running = process(1)
    watched.api.listed = [running]
    async with watched.running() as monitor:
        await watched.clock.advance(3)
        output = monitor.select(running.key)
        assert output is not None
        watched.api.write("1", *TRACEBACK)
        await watched.clock.advance(5)
        assert output.verdict.status is AccountStatus.SO_FAR
        watched.api.listed = [process(1, status="exited", exit_code=1, ended_at=1_800_000_003_000)]
        watched.api.end_stream("1")
        await watched.clock.advance(10)
        assert output.verdict.status is AccountStatus.COMPLETE
        assert output.state is StreamState.ENDED
        assert output.is_over
        assert output.tracebacks.uncaught == 1


async def test_a_capture_that_ends_before_the_process_is_told() -> None:
    watched = Watched()
    watched.api.listed = [process(1)]
    async with watched.running() as monitor:
        await watched.clock.advance(3)
        watched.api.end_stream("1")
        await watched.clock.advance(5)
        output = monitor.select(monitor.rows[0].key)
        assert output is not None
        assert output.state is StreamState.CAPTURE_ENDED


async def test_an_unknown_process_is_not_taken_for_a_silent_one() -> None:
    watched = Watched(profile=Profile("test", sandbox="box", watch=Watch.ON_SELECT))
    watched.api.listed = [process(1)]
    async with watched.running() as monitor:
        await watched.clock.advance(3)
        key = monitor.rows[0].key
        watched.api.listed = []
        output = monitor.select(key)
        assert output is not None
        await watched.clock.advance(10)
        assert output.state is StreamState.UNKNOWN_PROCESS


async def test_polling_takes_over_where_following_is_refused() -> None:
    watched = Watched()
    watched.api.listed = [process(1)]
    watched.api.failures["follow"] = NotFoundError("no such route", status=404)
    async with watched.running() as monitor:
        await watched.clock.advance(3)
        output = monitor.select(monitor.rows[0].key)
        assert output is not None
        assert output.state is StreamState.POLLING
        watched.api.write("1", "one", "two")
        await watched.clock.advance(20)
        assert output.buffer.raw_lines(0, 9) == ["one", "two"]
        assert watched.api.asked_for("follow") == 1


async def test_the_profile_can_ask_for_polling() -> None:
    watched = Watched(profile=Profile("test", sandbox="box", transport=Transport.POLL))
    watched.api.listed = [process(1)]
    watched.api.write("1", "one")
    async with watched.running() as monitor:
        await watched.clock.advance(3)
        assert watched.api.asked_for("follow") == 0
        watched.api.listed = [process(1, status="exited", exit_code=0, ended_at=1_800_000_003_000)]
        watched.api.write("1", "two")
        await watched.clock.advance(30)
        output = monitor.select(monitor.rows[0].key)
        assert output is not None
        assert output.buffer.raw_lines(0, 9) == ["one", "two"]
        assert output.verdict.status is AccountStatus.COMPLETE
        assert output.is_over


async def test_reconnecting_skips_what_is_held() -> None:
    watched = Watched()
    watched.api.listed = [process(1)]
    async with watched.running() as monitor:
        await watched.clock.advance(3)
        output = monitor.select(monitor.rows[0].key)
        assert output is not None
        for number in range(10):
            watched.api.write("1", f"line {number}")
            await watched.clock.advance(0.2)
            watched.api.end_stream("1", error=interrupted())
            await watched.clock.advance(40)
        assert output.buffer.raw_lines(0, 99) == [f"line {number}" for number in range(10)]
        assert output.state is StreamState.FOLLOWING


async def test_an_action_is_for_the_run_that_was_chosen_and_the_list_is_read_again() -> None:
    watched = Watched()
    watched.api.listed = [process(1), process(2)]
    async with watched.running() as monitor:
        await watched.clock.advance(3)
        before = watched.api.asked_for("processes")
        await monitor.actions.signal(process(2).key, 15)
        await settle()
        assert "signal 2 15" in watched.api.requests
        assert watched.api.asked_for("processes") == before + 1
        with pytest.raises(NotFoundError):
            await monitor.actions.signal(process(3).key, 15)


async def test_a_reused_pid_is_another_process() -> None:
    watched = Watched()
    watched.api.listed = [process(2, handle=None, started_at=10)]
    async with watched.running() as monitor:
        await watched.clock.advance(3)
        key = monitor.rows[0].key
        watched.api.listed = [process(2, handle=None, started_at=20)]
        await watched.clock.advance(3)
        with pytest.raises(NotFoundError):
            await monitor.actions.kill(key)
        assert watched.api.asked_for("kill") == 0


async def test_killing_what_has_ended_is_no_failure() -> None:
    watched = Watched()
    watched.api.listed = [process(2)]
    async with watched.running() as monitor:
        await watched.clock.advance(3)
        watched.api.failures["kill"] = ServerError("already finished", status=500)
        with pytest.raises(ServerError):
            await monitor.actions.kill(process(2).key)
        watched.api.listed = [process(2, status="exited", exit_code=0, ended_at=5)]
        await monitor.actions.kill(process(2).key)


def agent_run(pid: int, restarts: int, last_exit: LastExit | None = None, **changes: object) -> Process:
    """A run of a managed process."""
    managed = Managed("m1", name="agent", status="running", restart_count=restarts, last_exit=last_exit)
    return process(pid, managed=managed, **changes)


async def test_how_a_run_ended_is_taken_from_the_run_that_follows() -> None:
    watched = Watched()
    watched.api.listed = [agent_run(1, 1)]
    async with watched.running() as monitor:
        await watched.clock.advance(3)
        first = monitor.select(agent_run(1, 1).key)
        assert first is not None
        watched.api.write("1", *TRACEBACK)
        watched.api.listed = [agent_run(2, 2, LastExit(exit_code=3, ended_at=1_800_000_004_000))]
        watched.api.end_stream("1")
        await watched.clock.advance(10)
        assert first.process.exit_code == 3
        assert first.verdict.status is AccountStatus.COMPLETE
        assert monitor.runs(monitor.rows[0].process) == [agent_run(1, 1).key, agent_run(2, 2).key]
        assert [row.lineage for row in monitor.rows] == [("sbx", "m1")]


async def test_a_run_keeps_its_number_whatever_the_server_says_of_its_successors() -> None:
    watched = Watched()
    watched.api.listed = [agent_run(1, 2)]
    async with watched.running() as monitor:
        await watched.clock.advance(3)
        output = monitor.select(agent_run(1, 2).key)
        assert output is not None
        output.process_seen(agent_run(1, 5, status="exited", exit_code=1, ended_at=1_800_000_004_000))
        assert (output.process.run, output.process.exit_code) == (3, 1)


async def test_the_end_of_a_stream_has_the_list_read_at_once() -> None:
    watched = Watched()
    watched.api.listed = [process(1)]
    async with watched.running() as monitor:
        await watched.clock.advance(3)
        watched.api.listed = [process(1, status="exited", exit_code=1, ended_at=1_800_000_003_000)]
        watched.api.end_stream("1")
        await settle()
        assert monitor.rows[0].verdict.state is State.FAILED


async def test_an_output_is_over_only_when_it_was_verified() -> None:
    watched = Watched()
    watched.api.listed = [process(1, status="exited", exit_code=1, ended_at=1_800_000_001_000)]
    watched.api.write("1", *TRACEBACK)
    claims: list[AccountStatus] = []

    def heard(_: object) -> None:
        claims.extend(output.verdict.status for output in watched.monitor.outputs.values() if output.is_over)

    watched.monitor.subscribe(heard)
    async with watched.running():
        await watched.clock.advance(10)
    assert claims
    assert set(claims) == {AccountStatus.COMPLETE}


async def test_a_look_that_failed_is_repeated() -> None:
    watched = Watched()
    watched.api.listed = [process(1)]
    async with watched.running() as monitor:
        await watched.clock.advance(3)
        output = monitor.select(monitor.rows[0].key)
        assert output is not None
        watched.api.failures["snapshot"] = ServerError("bad", status=502)
        watched.api.lose_next = 1
        watched.api.write("1", "lost", "one")
        await watched.clock.advance(5)
        assert output.buffer.raw_lines(0, 9) == ["one"]
        assert output.error == "bad"
        watched.api.failures.clear()
        await watched.clock.advance(60)
        assert output.buffer.raw_lines(0, 9) == ["lost", "one"]
        assert output.error == ""

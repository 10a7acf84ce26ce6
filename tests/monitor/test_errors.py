"""Error groups while outputs grow, end and are repaired; and the cause card made from a monitor."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from tests.fakes import FakeApi, FakeConnection, FakeControl, VirtualClock, process, settle
from tui.core.cards import Certainty
from tui.core.causes import cause_card
from tui.core.fingerprint import Level
from tui.core.group_members import TimeSource
from tui.core.models import LastExit, Managed, Sandbox, Stream
from tui.core.profile import Profile
from tui.monitor.cases import case_of
from tui.monitor.errors import SLICE, ErrorsFound
from tui.monitor.sandbox import SandboxMonitor

T0 = 1_800_000_000_000


def report(type_: str = "KeyError", line: int = 3) -> list[str]:
    return [
        "Traceback (most recent call last):",
        f'  File "/workspace/agent.py", line {line}, in main',
        "    run()",
        f"{type_}: 'choices'",
    ]


class Scene:
    """A monitor over a sandbox whose processes a test writes, and the groups kept from it."""

    def __init__(self, sandbox_id: str = "sbx", errors: ErrorsFound | None = None) -> None:
        self.clock = VirtualClock()
        self.api = FakeApi(sandbox_id)
        control = FakeControl(Sandbox(sandbox_id, "running", name=f"box-{sandbox_id}", memory_mb=512))
        profile = Profile("test", sandbox=sandbox_id)
        self.monitor = SandboxMonitor(
            FakeConnection(self.api, control, profile), clock=self.clock, random_source=lambda: 1.0
        )
        self.news = 0
        self.errors = errors or ErrorsFound(on_news=self._count)

    def _count(self) -> None:
        self.news += 1

    def counts(self) -> dict[str, int]:
        return {group.headline: group.count for group in self.errors.groups.groups()}

    def end(self, pid: int, **how: Any) -> None:
        """The process ends: the list says so, and its streams end."""
        self.api.listed = [
            replace(p, status="exited", ended_at=T0 + 9000, **how) if p.pid == pid else p for p in self.api.listed
        ]
        self.api.end_stream(str(pid))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[SandboxMonitor]:
        self.errors.watch(self.monitor)
        task = asyncio.create_task(self.monitor.run())
        await self.clock.advance(1)
        try:
            yield self.monitor
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def test_a_traceback_is_grouped_while_it_is_the_last_thing_printed_and_counted_once_when_it_ends() -> None:
    scene = Scene()
    scene.api.listed = [process(7)]
    async with scene.running():
        scene.api.write("7", "INFO start", *report(), time=T0 + 77)
        await settle()
        assert scene.counts() == {"KeyError: 'choices'": 1}
        scene.api.write("7", "INFO goes on")
        await settle()
        assert scene.counts() == {"KeyError: 'choices'": 1}
        [group] = scene.errors.groups_for(process(7).key)
        assert (group.last.at, group.last.source) == (T0 + 77, TimeSource.LINE)
        assert dict(group.by_sandbox) == {"box-sbx": 1}
        assert scene.news >= 1


async def test_equal_errors_of_processes_and_sandboxes_are_one_group() -> None:
    errors = ErrorsFound()
    first, second = Scene("a", errors), Scene("b", errors)
    first.api.listed = [process(7, "a"), process(8, "a")]
    second.api.listed = [process(7, "b")]
    async with first.running(), second.running():
        for scene, pid in ((first, "7"), (first, "8"), (second, "7")):
            scene.api.write(pid, *report(line=int(pid)), "INFO after")
        await settle()
        [group] = errors.groups.groups()
        assert (group.count, dict(group.by_sandbox)) == (3, {"box-a": 2, "box-b": 1})


async def test_nothing_is_looked_at_where_no_traceback_is_new() -> None:
    scene = Scene()
    scene.api.listed = [process(7)]
    async with scene.running():
        scene.api.write("7", *report(), *["INFO after"] * 50)
        await settle()
        before, version = scene.news, scene.errors.groups.version
        for number in range(50):
            scene.api.write("7", f"INFO step {number}")
            await settle()
        assert (scene.news, scene.errors.groups.version) == (before, version)


async def test_many_tracebacks_at_once_are_grouped_in_slices_and_none_is_left_out() -> None:
    scene = Scene()
    scene.api.listed = [process(7)]
    number = 2 * SLICE + 17
    scene.api.logs[("7", Stream.STDERR)] = [line for _ in range(number) for line in report()]
    async with scene.running():
        await settle()
        assert scene.counts() == {"KeyError: 'choices'": number}


async def test_lines_put_in_before_a_traceback_do_not_double_it() -> None:
    scene = Scene()
    scene.api.listed = [process(7)]
    async with scene.running() as monitor:
        scene.api.lose_next = 2
        scene.api.write("7", "INFO lost", "INFO lost too", *report(), "INFO after")
        await settle()
        assert scene.counts() == {"KeyError: 'choices'": 1}
        await scene.clock.advance(60)
        output = monitor.outputs[(process(7).key, Stream.STDERR)]
        [block] = output.found.all
        assert block.start == 2
        assert scene.counts() == {"KeyError: 'choices'": 1}
        group = scene.errors.group_of(process(7).key, block)
        assert group is not None
        assert [member.line for member in group.members] == [2]


async def test_a_failure_without_a_traceback_is_a_group_once_its_stderr_was_read() -> None:
    scene = Scene()
    scene.api.listed = [process(7), process(8)]
    async with scene.running():
        scene.api.write("7", "INFO start")
        scene.api.write("8", *report())
        await settle()
        scene.end(7, exit_code=3)
        scene.end(8, exit_code=1)
        await scene.clock.advance(10)
        assert scene.counts() == {"exit 3, no traceback": 1, "KeyError: 'choices'": 1}
        [group] = scene.errors.groups_for(process(7).key)
        assert (group.is_exit_only, group.last.source) == (True, TimeSource.PROCESS_END)


async def test_runs_of_a_managed_process_count_each() -> None:
    scene = Scene()
    waiting = Managed("m1", "worker", "backing_off", restart_count=0)
    first = process(7, managed=waiting, status="exited", exit_code=1, ended_at=T0)
    scene.api.listed = [first]
    scene.api.logs[("7", Stream.STDERR)] = ["INFO start"]
    async with scene.running():
        await scene.clock.advance(5)
        second = replace(first, pid=8, handle=8, managed=replace(waiting, restart_count=1))
        scene.api.listed = [second]
        await scene.clock.advance(5)
        [group] = scene.errors.groups.groups()
        assert (group.count, group.headline) == (2, "exit 1, no traceback")
        assert sorted(member.process.run for member in group.members) == [1, 2]


async def test_mutes_and_levels_are_those_of_the_groups() -> None:
    probe = Scene()
    probe.api.listed = [process(7)]
    probe.api.logs[("7", Stream.STDERR)] = report()
    async with probe.running():
        await settle()
        mark = probe.errors.groups.groups()[0].fingerprint.text
    scene = Scene(errors=ErrorsFound(muted=[mark], level=Level.COARSE))
    scene.api.listed = [process(7)]
    scene.api.logs[("7", Stream.STDERR)] = report()
    async with scene.running():
        await settle()
        [group] = scene.errors.groups.groups()
        assert (group.is_muted, group.count, group.fingerprint.level) == (True, 1, Level.COARSE)


async def test_groups_begin_with_what_was_found_before_anyone_listened() -> None:
    scene = Scene()
    scene.api.listed = [process(7)]
    scene.api.logs[("7", Stream.STDERR)] = report()
    async with scene.running() as monitor:
        late = ErrorsFound()
        late.watch(monitor)
        assert [group.count for group in late.groups.groups()] == [1]


async def test_the_card_of_a_failed_process() -> None:
    scene = Scene()
    scene.api.listed = [process(7)]
    async with scene.running() as monitor:
        scene.api.write("7", "INFO step 13", "WARN retry", *report(), time=T0 + 77)
        await settle()
        scene.end(7, exit_code=1)
        await scene.clock.advance(10)
        case = case_of(monitor, scene.errors, process(7).key)
        assert case is not None
        card = cause_card(case)
        assert (card.why.text, card.why.certainty) == ("uncaught KeyError: 'choices'", Certainty.KNOWN)
        assert card.where is not None
        assert card.where.text == "/workspace/agent.py:3 in main"
        assert card.lines_before == ((1, "INFO step 13"), (2, "WARN retry"))
        assert any(e.source.endswith("stderr, lines 3-6") and e.at == T0 + 77 for e in card.why.evidence)
        assert case_of(monitor, scene.errors, process(99).key) is None


async def test_the_card_of_a_failure_without_a_traceback_shows_the_last_lines() -> None:
    scene = Scene()
    scene.api.listed = [process(7)]
    async with scene.running() as monitor:
        scene.api.write("7", *(f"INFO step {number}" for number in range(9)), "", "")
        await settle()
        scene.end(7, signal=9, oom_killed=True)
        await scene.clock.advance(10)
        case = case_of(monitor, scene.errors, process(7).key)
        assert case is not None
        card = cause_card(case)
        assert card.why.text == "the platform reports an out-of-memory kill; the sandbox has 512 MB"
        assert [number for number, _ in card.lines_before] == [5, 6, 7, 8, 9]
        assert card.first_seen is not None
        assert card.first_seen.text == "here"


async def test_the_card_of_a_chosen_traceback_tells_where_that_one_was() -> None:
    scene = Scene()
    scene.api.listed = [process(7)]
    async with scene.running() as monitor:
        scene.api.write("7", *report("ValueError", 8), "INFO between", *report(), time=T0 + 77)
        await settle()
        scene.end(7, exit_code=1)
        await scene.clock.advance(10)
        first = monitor.outputs[(process(7).key, Stream.STDERR)].found.all[0]
        plain = case_of(monitor, scene.errors, process(7).key)
        chosen = case_of(monitor, scene.errors, process(7).key, (Stream.STDERR, first))
        assert plain is not None
        assert chosen is not None
        card = cause_card(chosen)
        # Why it failed stays as it was; the rest is about the one that was chosen.
        assert card.why == cause_card(plain).why
        assert card.is_aside
        assert not cause_card(plain).is_aside
        assert card.where is not None
        assert card.where.text == "/workspace/agent.py:8 in main"
        assert card.lines_before == ()


async def test_an_earlier_run_that_the_list_no_longer_holds_keeps_its_card() -> None:
    scene = Scene()
    first = process(7, managed=Managed("m", "worker", "running"))
    scene.api.listed = [first]
    async with scene.running() as monitor:
        scene.api.write("7", *report(), time=T0 + 77)
        await settle()
        last = LastExit(exit_code=1, ended_at=T0 + 9000)
        again = Managed("m", "worker", "running", restart_count=1, last_exit=last)
        scene.api.listed = [process(8, managed=again)]
        scene.api.end_stream("7")
        await scene.clock.advance(10)
        assert monitor.row(first.key) is None
        case = case_of(monitor, scene.errors, first.key)
        assert case is not None
        card = cause_card(case)
        assert card.what.text.endswith("ended with exit code 1")
        assert card.why.text == "uncaught KeyError: 'choices'"
        assert case_of(monitor, scene.errors, process(99).key) is None

"""The dashboard on several fake sandboxes behind one fake control plane."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from dashboard_support import PROFILE, TRACEBACK, Dashboard, ended

from tests.fakes import (
    FakeApi,
    FakeConnection,
    FakeConnector,
    FakeControl,
    FakeDesktop,
    FakeEditor,
    FakeProfiles,
    process,
)
from tui.app.app import BoxscopeApp
from tui.app.screens.monitor import MonitorScreen
from tui.core.blocks import MemoryBlocks
from tui.core.errors import BoxscopeError, NotFoundError
from tui.core.models import Sandbox, SandboxList
from tui.core.profile import Profile


class Fleet(FakeControl):
    """A control plane with several sandboxes, each with an API of its own."""

    def __init__(self, *sandboxes: Sandbox) -> None:
        super().__init__(sandboxes[0])
        self.sandboxes_by_id = {sandbox.id: sandbox for sandbox in sandboxes}
        self.apis = {sandbox.id: FakeApi(sandbox.id) for sandbox in sandboxes}
        self.listing_failure: BoxscopeError | None = None
        self.gates: dict[str, asyncio.Event] = {}
        """What is asked for by such a name is told when the event comes."""

    async def sandboxes(self) -> SandboxList:
        self.requests += 1
        if self.listing_failure:
            raise self.listing_failure
        return SandboxList(tuple(self.sandboxes_by_id.values()))

    async def sandbox(self, id_or_name: str) -> Sandbox:
        self.requests += 1
        if gate := self.gates.get(id_or_name):
            await gate.wait()
        for sandbox in self.sandboxes_by_id.values():
            if id_or_name in (sandbox.id, sandbox.name):
                return sandbox
        raise NotFoundError(f"no sandbox {id_or_name}", status=404)

    def api(self, name: str) -> FakeApi:
        return next(self.apis[sandbox.id] for sandbox in self.sandboxes_by_id.values() if sandbox.name == name)

    def fail(self, name: str, pid: int, *lines: str, **changes: Any) -> None:
        """A process of that sandbox failed with a traceback, or with ``lines``."""
        api = self.api(name)
        api.write(str(pid), *(lines or TRACEBACK))
        api.listed = [*api.listed, process(pid, api.sandbox_id, **(ended | changes))]

    def run(self, name: str, pid: int, **changes: Any) -> None:
        """A process of that sandbox is running."""
        api = self.api(name)
        api.listed = [*api.listed, process(pid, api.sandbox_id, **changes)]


class FleetConnection(FakeConnection):
    def __init__(self, fleet: Fleet, profile: Profile) -> None:
        super().__init__(next(iter(fleet.apis.values())), fleet, profile)
        self._fleet = fleet

    def sandbox_api(self, sandbox: Sandbox) -> FakeApi:
        return self._fleet.apis[sandbox.id]


class FleetConnector(FakeConnector):
    def __init__(self, fleet: Fleet) -> None:
        super().__init__(next(iter(fleet.apis.values())), fleet)
        self._fleet = fleet

    def connect(self, profile: Profile) -> FakeConnection:
        if self.failure:
            raise self.failure
        connection = FleetConnection(self._fleet, profile)
        self.connections.append(connection)
        return connection


def fleet_of(*names: str, **statuses: str) -> Fleet:
    """Sandboxes of these names, running unless another status is given."""
    return Fleet(*(Sandbox(f"sbx-{name}", statuses.get(name, "running"), name=name) for name in names))


@asynccontextmanager
async def several(
    fleet: Fleet,
    *watched: str,
    size: tuple[int, int] = (160, 50),
    profiles: FakeProfiles | None = None,
    base: Profile = PROFILE,
    used: Sequence[Profile] = (),
    **options: Any,
) -> AsyncIterator[Dashboard]:
    """The dashboard on the sandboxes of these names; none: the user is asked. ``used`` are their profiles."""
    named = list(used) or [replace(base, sandbox=name) for name in watched or ("",)]
    connector = FleetConnector(fleet)
    desktop, editor = FakeDesktop(), FakeEditor()
    app = BoxscopeApp(
        connector=connector,
        profiles=profiles or FakeProfiles(PROFILE),
        profile=named[0],
        further=named[1:],
        new_store=MemoryBlocks,
        desktop=desktop,
        editor=editor,
        **options,
    )
    async with app.run_test(size=size, notifications=True) as pilot:
        board = Dashboard(app, pilot, fleet.api(watched[0]) if watched else connector.api, connector)
        board.desktop, board.editor = desktop, editor
        if watched and not fleet.gates:
            await board.until(lambda: isinstance(app.screen, MonitorScreen))
            session = board.screen._session
            await board.until(
                lambda: (
                    all(
                        each.monitor.has_listed
                        or not each.monitor.sandbox
                        or not each.monitor.sandbox.state.may_be_contacted
                        for each in session.watched
                    )
                    and all(each.monitor.sandbox for each in session.watched)
                )
            )
        yield board

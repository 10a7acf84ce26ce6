"""The embedded sandbox with its demo processes: started when it is wanted, ended with the program."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tui.core.profile import KeySource, Profile

if TYPE_CHECKING:
    from tui.core.ports import Connector
    from tui.local.separate import SeparateSandbox

NOTICE = "Demo: real processes of this machine, without isolation. They end when you leave."


def way_to(sandbox: SeparateSandbox, *, read_only: bool = False) -> tuple[Connector, Profile]:
    """What the dashboard needs to watch ``sandbox``: its token goes to it alone, and no other credential is used."""
    from tui.io.connector import HttpConnector

    source = HttpConnector(os.environ, Path.home(), Path.cwd(), sandbox.token)
    profile = Profile(
        name=sandbox.name,
        api_url=sandbox.url,
        sandbox=sandbox.name,
        key_source=KeySource.AUTO,
        read_only=read_only,
    )
    return source, profile


class DemoSandbox:
    """A context; nothing runs before :meth:`start`."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> DemoSandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start(self) -> SeparateSandbox:
        """Start the server and the demo processes. Raises LocalServerError."""
        from tui.local.scenario import demo_scenario
        from tui.local.separate import SeparateSandbox

        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="boxscope-demo-"))
        sandbox = self._stack.enter_context(SeparateSandbox("demo"))
        for request in demo_scenario(Path(folder)):
            sandbox.start_process(request)
        return sandbox

    async def start_for_dashboard(self) -> tuple[Connector, Profile]:
        """As :meth:`start`, without holding the event loop; gives the way to it."""
        return way_to(await asyncio.to_thread(self.start))

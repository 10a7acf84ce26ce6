"""What can be done to a process: each action is for the very run that a key names, never for a row or a bare pid."""

from __future__ import annotations

from collections.abc import Callable

from tui.core.errors import ApiError, NotFoundError
from tui.core.models import Process, ProcessKey
from tui.core.ports import SandboxApi


class Actions:
    """Sends requests for processes. ``find`` gives the way to a run or raises NotFoundError; ``on_done`` is called
    after each action that the server took, so that the list is read again soon. Nothing is changed here: a row changes
    when the server says so."""

    def __init__(self, find: Callable[[ProcessKey], tuple[SandboxApi, Process]], on_done: Callable[[], None]) -> None:
        self._find = find
        self._on_done = on_done
        self.signals_sent: dict[ProcessKey, int] = {}
        """The last signal that we sent to a run and the server took."""

    async def signal(self, key: ProcessKey, number: int) -> None:
        """``POST /processes/{pid}/signal``. Raises BoxscopeError; NotFoundError where the run is gone."""
        api, process = self._find(key)
        await api.signal(process.ref, number)
        self.signals_sent[key] = number
        self._on_done()

    async def kill(self, key: ProcessKey) -> None:
        """``DELETE /processes/{pid}``. That it had already ended is no failure. Raises BoxscopeError."""
        api, process = self._find(key)
        try:
            await api.kill(process.ref)
            self.signals_sent[key] = 9
        except ApiError as error:
            if error.status not in (404, 500) or not await self._has_ended(api, process):
                raise
        self._on_done()

    async def restart(self, key: ProcessKey) -> Process:
        """``POST /processes/{name}/restart``, for managed processes. Raises BoxscopeError."""
        api, process = self._find(key)
        if not process.managed:
            hint = "only processes that were started with a name or a restart policy can be restarted"
            raise NotFoundError(f"process {process.pid} is not managed", hint, status=404)
        restarted = await api.restart(process.name or process.ref)
        self._on_done()
        return restarted

    async def write_stdin(self, key: ProcessKey, content: bytes) -> None:
        """``POST /processes/{pid}/stdin``: queued, not consumed. Raises BoxscopeError."""
        api, process = self._find(key)
        await api.write_stdin(process.ref, content)

    @staticmethod
    async def _has_ended(api: SandboxApi, process: Process) -> bool:
        try:
            now = await api.process(process.ref)
        except NotFoundError:
            return True
        return now.key != process.key or now.is_finished

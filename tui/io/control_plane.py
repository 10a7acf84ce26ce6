"""Sandboxes and their status, from the control plane. Requests to it neither wake a sandbox nor keep one awake."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from tui.core.errors import NotFoundError, ProtocolError
from tui.core.models import Sandbox, SandboxList
from tui.core.text import one_line
from tui.io import wire
from tui.io.transport import HttpClient

PAGE_LIMIT: Final = 50
PAGE_SIZE: Final = "100"


class HttpControlPlane:
    """Implements ``core.ports.ControlPlane`` over the URL that ``/sandboxes`` is appended to."""

    def __init__(self, http: HttpClient, base: str) -> None:
        self._http = http
        self._base = base

    async def sandboxes(self) -> SandboxList:
        """``GET /sandboxes``, page after page by ``next_cursor``, up to a cap; a sandbox given twice counts once."""
        found: dict[str, Sandbox] = {}
        rejected = 0
        cursors: set[str] = set()
        params = {"limit": PAGE_SIZE}
        what = "list of sandboxes"
        for _ in range(PAGE_LIMIT):
            answer = await self._http.get(f"{self._base}/sandboxes", what=what, params=params)
            page = wire.decoded_object(answer.body, what)
            items = page.get("sandboxes")
            good, bad = wire.records(page.get("items") if items is None else items, wire.sandbox_from, what)
            found |= {sandbox.id: sandbox for sandbox in good}
            rejected += bad
            cursor = page.get("next_cursor")
            if not isinstance(cursor, str) or not cursor:
                return SandboxList(tuple(found.values()), rejected)
            if cursor in cursors:
                break
            cursors.add(cursor)
            params = {"limit": PAGE_SIZE, "cursor": cursor}
        return SandboxList(tuple(found.values()), rejected, truncated=True)

    async def sandbox(self, id_or_name: str) -> Sandbox:
        """``GET /sandboxes/{id-or-name}``, then ``GET /archived-sandboxes/{...}``. Raises NotFoundError."""
        try:
            return await self._one("sandboxes", id_or_name, archived=False)
        except NotFoundError as missing:
            try:
                return await self._one("archived-sandboxes", id_or_name, archived=True)
            except NotFoundError:
                # Servers without an archive answer 404 as well; the first answer is the one that says something.
                raise missing from None

    async def _one(self, collection: str, id_or_name: str, *, archived: bool) -> Sandbox:
        what = f"sandbox {one_line(id_or_name, 100)}"
        segment = quote(id_or_name, safe="")
        segment = segment.replace(".", "%2E") if not segment.strip(".") else segment
        answer = await self._http.get(f"{self._base}/{collection}/{segment}", what=what)
        try:
            return wire.sandbox_from(wire.decoded(answer.body, what), archived=archived)
        except wire.BadRecord:
            raise ProtocolError(f"{what}: the answer is no sandbox record", where=what) from None

"""Streaming answers that can be broken off, and errors as JSON."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from tui.local.output import LinesDropped
from tui.local.streams import StreamBroken

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from starlette.types import Receive, Scope, Send

LARGE_CHUNK = 64 * 1024


def error_response(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The one shape of every refusal."""
    return JSONResponse({"error": message, "code": code}, status_code=status, headers=headers)


class StreamedBody(Response):
    """Sends the chunks of a generator.

    The generator is closed as soon as the client is gone. When it raises StreamBroken or LinesDropped, the connection
    is closed without the end of the body, so that the client cannot take what it has for the whole.
    """

    def __init__(self, chunks: AsyncGenerator[bytes, None], media_type: str) -> None:
        self._chunks = chunks
        self.status_code = 200
        self.background = None
        self.media_type = media_type
        self.init_headers({"cache-control": "no-store"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, until the generator ends or the client goes."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if scope["method"] == "HEAD":
            await self._chunks.aclose()
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        pump = asyncio.ensure_future(self._pump(send))
        leave = asyncio.ensure_future(_client_left(receive))
        try:
            await asyncio.wait((pump, leave), return_when=asyncio.FIRST_COMPLETED)
        finally:
            leave.cancel()
            pump.cancel()
            await asyncio.wait((pump, leave))
        if not pump.cancelled() and not isinstance(pump.exception(), StreamBroken | LinesDropped):
            pump.result()

    async def _pump(self, send: Send) -> None:
        async with aclosing(self._chunks) as chunks:
            async for chunk in chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                if len(chunk) >= LARGE_CHUNK:
                    # A fast client would otherwise keep the event loop busy until the end of the log.
                    await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _client_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

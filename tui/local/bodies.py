"""Request bodies, bounded and decoded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NoReturn

from tui.core.errors import ApiError
from tui.local.gate import BODY_LIMIT

if TYPE_CHECKING:
    from starlette.requests import Request


async def read_body(request: Request) -> bytes:
    """The raw body. Raises ApiError 413 ``BODY_TOO_LARGE`` above 2 MB, whatever length was announced."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > BODY_LIMIT:
            raise ApiError(f"the body is larger than {BODY_LIMIT} bytes", status=413, code="BODY_TOO_LARGE")
    return bytes(body)


async def read_json(request: Request) -> object:
    """The JSON body. Raises ApiError 415 ``NOT_JSON`` by content type, 400 ``MALFORMED_JSON`` by content."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise ApiError("the content type must be application/json", status=415, code="NOT_JSON")
    body = await read_body(request)
    try:
        decoded: object = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ApiError("the body is not valid JSON", status=400, code="MALFORMED_JSON") from error
    return decoded


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)

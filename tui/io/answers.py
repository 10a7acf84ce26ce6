"""Answers that mean no, as errors of ours.

Error bodies come in four shapes: ``{"error": text, "code"?}``, ``{"message": text, ...}``, plain text, nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from tui.core.errors import (
    ApiError,
    AuthError,
    ConflictError,
    NotFoundError,
    NotRunning,
    RateLimited,
    ServerError,
)
from tui.core.text import one_line

MESSAGE_LIMIT = 300
NEVER_DELIVERED = frozenset({"SANDBOX_UPSTREAM_ERROR", "SANDBOX_NOT_READY", "SANDBOX_UNREACHABLE"})
"""Codes of the proxy by which a request did not reach the sandbox, so that even a POST may be sent again."""
_NOT_RUNNING = frozenset({"SANDBOX_NOT_RUNNING", "SANDBOX_NOT_READY"})


class Unavailable(ServerError):
    """502, 503 and 504: worth asking again, after ``retry_after`` seconds where the server says so."""

    def __init__(self, message: str, hint: str = "", *, status: int, code: str = "", retry_after: float | None) -> None:
        super().__init__(message, hint, status=status, code=code)
        self.retry_after = retry_after


def error_from_answer(
    status: int, reason: str, headers: Mapping[str, str], body: bytes, *, what: str, source: str = "", secret: str = ""
) -> ApiError:
    """The error for an answer whose status is not 2xx.

    ``what`` was asked for, with a credential from ``source``; ``secret`` is taken out of whatever the server echoes.
    """
    message, code = _told(body, secret)
    message = message or one_line(reason, MESSAGE_LIMIT) or "no reason given"
    full = f"{what}: {message} (HTTP {status}{f', {code}' if code else ''})"
    if 300 <= status < 400:
        return _redirect(status, headers, what)
    if status == 401:
        hint = f"the credential from {source} was refused" if source else "no credential was sent"
        return AuthError(full, f"{hint}; set another key or run 'tl login'", status=status, code=code)
    if status == 403:
        hint = f"the credential from {source} may not do this; check organisation and project" if source else ""
        return AuthError(full, hint, status=status, code=code)
    if status == 404:
        return NotFoundError(full, status=status, code=code)
    if status == 409:
        return ConflictError(full, status=status, code=code)
    retry_after = _retry_after(headers.get("retry-after", ""))
    if status == 429:
        return RateLimited(full, "ask less often", status=status, code=code, retry_after=retry_after)
    if status >= 500 and code in _NOT_RUNNING:
        return NotRunning(full, "the control plane knows its status", status=status, code=code)
    if status in (502, 503, 504):
        return Unavailable(full, status=status, code=code, retry_after=retry_after)
    if status >= 500:
        return ServerError(full, status=status, code=code)
    return ApiError(full, status=status, code=code)


def _redirect(status: int, headers: Mapping[str, str], what: str) -> ApiError:
    try:
        host = urlsplit(headers.get("location", "")).hostname or ""
    except ValueError:
        host = ""
    target = f" to {one_line(host, 100)}" if host else ""
    return ApiError(
        f"{what}: the server redirects{target}; redirects are not followed (HTTP {status})",
        "give the final URL in the profile",
        status=status,
    )


def _told(body: bytes, secret: str) -> tuple[str, str]:
    """Message and code of an error body, cleaned, without ``secret``."""
    content = body.decode("utf-8", "replace")
    if secret:
        content = content.replace(secret, "***")
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        inner = found.get("error")
        nested: Mapping[str, object] = inner if isinstance(inner, dict) else {}
        texts = (inner, nested.get("message"), *(found.get(k) for k in ("message", "detail", "error_details")))
        message = next((t for t in texts if isinstance(t, str) and t.strip()), "")
        code = next((c for c in (found.get("code"), nested.get("code")) if isinstance(c, str)), "")
        return one_line(_without(message.strip(), secret), MESSAGE_LIMIT), one_line(_without(code, secret), 64)
    if found is not None and not isinstance(found, str):
        return "", ""
    first = (found if isinstance(found, str) else content).strip().partition("\n")[0].strip()
    return one_line(_without(first, secret), MESSAGE_LIMIT), ""


def _without(value: str, secret: str) -> str:
    """``value`` without ``secret``, which JSON escapes may have hidden until they were decoded."""
    return value.replace(secret, "***") if secret else value


def _retry_after(value: str) -> float | None:
    """Seconds to wait, from a number or an HTTP date; None for neither."""
    value = value.strip()
    if value.isascii() and value.isdecimal() and len(value) < 10:
        return float(value)
    # Imported where it is needed: it is large, and few servers send a date.
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())

"""Every error that boxscope raises on purpose.

::

    BoxscopeError(message, hint="")
    ├── UsageError                  the command line asks for something that cannot be
    ├── ConfigError                 our own files
    │   ├── ProfileError
    │   └── JournalError
    ├── ConnectionFailed            no answer
    │   ├── TimedOut
    │   └── StreamInterrupted
    ├── ApiError(status, code)      the server answered and said no
    │   ├── AuthError               401, 403
    │   ├── NotFoundError           404
    │   ├── ConflictError           409
    │   ├── RateLimited             429, with retry_after in seconds
    │   ├── NotRunning              the proxy says that the sandbox is not running
    │   └── ServerError             5xx
    ├── ProtocolError               the answer made no sense; ``where`` tells which
    └── LocalServerError            the embedded sandbox

They are raised in ``io`` and ``local`` and caught in three places: the monitor, which turns them into a state; the
command line, which prints one line and exits with a code; and the validator of a form. Anything else that is raised
is a bug and ends the program, with the terminal restored.

A message says what failed and to what; ``hint`` says what to do next. Neither ever holds a secret.
"""

from __future__ import annotations


class BoxscopeError(Exception):
    """An expected failure, with a next step for the reader."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class UsageError(BoxscopeError):
    """The command line cannot be carried out as it was written."""


class ConfigError(BoxscopeError):
    """One of our own files cannot be read, understood or written."""


class ProfileError(ConfigError):
    """A profile file is missing, broken, or holds something that profiles may not hold."""


class JournalError(ConfigError):
    """A recorded session cannot be read or written."""


class ConnectionFailed(BoxscopeError):
    """No answer came: name resolution, TLS, refused, reset."""


class TimedOut(ConnectionFailed):
    """No answer came in time."""


class StreamInterrupted(ConnectionFailed):
    """A follow stream broke before its ``eof`` event; it says nothing about the process."""


class ApiError(BoxscopeError):
    """The server answered with a status that means no.

    ``status`` is the HTTP status, ``code`` the machine-readable reason where the body gives one (``NOT_FOUND``,
    ``SANDBOX_NOT_RUNNING``, ...), else the empty string.
    """

    def __init__(self, message: str, hint: str = "", *, status: int, code: str = "") -> None:
        super().__init__(message, hint)
        self.status = status
        self.code = code


class AuthError(ApiError):
    """401: the credential is missing or not valid. 403: it is valid but may not do this."""


class NotFoundError(ApiError):
    """404: unknown to the server, or the endpoint does not exist in its generation."""


class ConflictError(ApiError):
    """409: overtaken by another request, or the name is taken."""


class RateLimited(ApiError):
    """429: asked too often. ``retry_after`` is in seconds; None where the server does not say."""

    def __init__(self, message: str, hint: str = "", *, status: int, code: str = "", retry_after: float | None) -> None:
        super().__init__(message, hint, status=status, code=code)
        self.retry_after = retry_after


class NotRunning(ApiError):
    """The proxy reports that the sandbox is starting, stopping or gone; ask the control plane which."""


class ServerError(ApiError):
    """5xx: the server or the proxy in front of it failed."""


class ProtocolError(BoxscopeError):
    """An answer that does not fit the API; ``where`` names the endpoint or the event."""

    def __init__(self, message: str, hint: str = "", *, where: str = "") -> None:
        super().__init__(message, hint)
        self.where = where


class LocalServerError(BoxscopeError):
    """The embedded sandbox cannot be started or has failed."""

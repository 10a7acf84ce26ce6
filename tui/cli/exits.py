"""Exit codes of the command line, and which error leads to which.

====  ====================================================================
code  meaning
====  ====================================================================
0     done; an orderly stop of ``boxscope serve`` by a signal included
1     other error
2     usage or configuration
3     not authorised
4     sandbox, process or profile not found
6     service or network error; a retry may help
13    cannot tell: contact lost, or the evidence has a gap
130   interrupted
143   terminated
====  ====================================================================

``boxscope run`` exits with the code of its command, 128 + n for signal n, 126 and 127 where it cannot be started.
"""

from __future__ import annotations

import re

from tui.core.errors import (
    ApiError,
    AuthError,
    BoxscopeError,
    ConfigError,
    ConnectionFailed,
    NotFoundError,
    NotRunning,
    ProfileError,
    RateLimited,
    ServerError,
    UsageError,
)

DONE = 0
OTHER = 1
USAGE = 2
NOT_AUTHORISED = 3
NOT_FOUND = 4
NETWORK = 6
CANNOT_TELL = 13
INTERRUPTED = 130
TERMINATED = 143
NOT_EXECUTABLE = 126
NO_SUCH_COMMAND = 127


class Refusal(BoxscopeError):
    """The command line ends here, with ``exit_code`` and the machine-readable ``code``."""

    def __init__(self, message: str, hint: str = "", *, exit_code: int, code: str) -> None:
        super().__init__(message, hint)
        self.exit_code = exit_code
        self.code = code


def no_such_profile(name: str) -> Refusal:
    """The refusal for a profile name without a file."""
    return Refusal(
        f"there is no profile '{name}'",
        "list them with: boxscope profiles ls",
        exit_code=NOT_FOUND,
        code="profile_not_found",
    )


# The first class that fits decides, so the special ones come first.
_CODES: tuple[tuple[type[BoxscopeError], int], ...] = (
    (UsageError, USAGE),
    (ProfileError, USAGE),
    (ConfigError, USAGE),
    (AuthError, NOT_AUTHORISED),
    (NotFoundError, NOT_FOUND),
    (NotRunning, CANNOT_TELL),
    (RateLimited, NETWORK),
    (ServerError, NETWORK),
    (ConnectionFailed, NETWORK),
)


def exit_code(error: BoxscopeError) -> int:
    """The exit code for ``error``."""
    if isinstance(error, Refusal):
        return error.exit_code
    return next((code for kind, code in _CODES if isinstance(error, kind)), OTHER)


def error_code(error: BoxscopeError) -> str:
    """The machine-readable reason: the server's own code, else the kind of error (``connection_failed``)."""
    if isinstance(error, Refusal | ApiError) and error.code:
        return error.code
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).lower()

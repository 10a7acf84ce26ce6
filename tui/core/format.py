"""Numbers, times and signals in the words that people read; the same in tables, headers and headless output."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

SIGNAL_NAMES: dict[int, str] = {
    1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE",
    9: "SIGKILL", 10: "SIGUSR1", 11: "SIGSEGV", 12: "SIGUSR2", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM",
    16: "SIGSTKFLT", 17: "SIGCHLD", 18: "SIGCONT", 19: "SIGSTOP", 20: "SIGTSTP", 21: "SIGTTIN", 22: "SIGTTOU",
    23: "SIGURG", 24: "SIGXCPU", 25: "SIGXFSZ", 26: "SIGVTALRM", 27: "SIGPROF", 28: "SIGWINCH", 29: "SIGIO",
    30: "SIGPWR", 31: "SIGSYS",
}  # fmt: skip
"""Names of the numbers that ``POST /processes/{p}/signal`` takes; sandboxes run Linux, so these are Linux's."""


def signal_name(number: int) -> str:
    """``SIGKILL`` for 9; ``signal 40`` for a number without a name."""
    return SIGNAL_NAMES.get(number, f"signal {number}")


def signal_number(text: str) -> int | None:
    """The number for ``TERM``, ``SIGTERM``, ``sigterm`` or ``15``; None where there is no such signal."""
    word = text.strip().upper()
    if word.isdecimal():
        return int(word) if 1 <= int(word) <= 31 else None
    wanted = word if word.startswith("SIG") else f"SIG{word}"
    return next((number for number, name in SIGNAL_NAMES.items() if name == wanted), None)


def duration(milliseconds: float) -> str:
    """A length of time in at most two units: ``0.4s``, ``12s``, ``2m44s``, ``1h05m``, ``3d02h``."""
    seconds = max(0.0, milliseconds / 1000)
    if seconds < 1:
        return f"{seconds:.1f}s"
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    if whole < 86400:
        return f"{whole // 3600}h{whole % 3600 // 60:02d}m"
    return f"{whole // 86400}d{whole % 86400 // 3600:02d}h"


def age(milliseconds: float) -> str:
    """A length of time in one unit, for narrow columns: ``now``, ``12s``, ``4m``, ``2h``, ``3d``."""
    seconds = int(max(0.0, milliseconds / 1000))
    if seconds < 1:
        return "now"
    if seconds < 60:
        return f"{seconds}s"
    if seconds < 3600:
        return f"{seconds // 60}m"
    if seconds < 86400:
        return f"{seconds // 3600}h"
    return f"{seconds // 86400}d"


def clock(milliseconds: int, zone: tzinfo | None = None, *, with_millis: bool = False) -> str:
    """Time of day ``12:03:11`` (or ``12:03:11.250``) in ``zone``; UTC where none is given."""
    moment = datetime.fromtimestamp(milliseconds / 1000, zone or UTC)
    text = moment.strftime("%H:%M:%S")
    return f"{text}.{milliseconds % 1000:03d}" if with_millis else text


def iso(milliseconds: int | None) -> str | None:
    """ISO 8601 in UTC with milliseconds, as every JSON output has it; None stays None."""
    if milliseconds is None:
        return None
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"


def count(number: int, noun: str = "", plural: str = "") -> str:
    """``1,204`` or, with a noun, ``1 line`` and ``1,204 lines``."""
    text = f"{number:,}"
    if not noun:
        return text
    return f"{text} {noun if number == 1 else plural or noun + 's'}"


def size(number: int) -> str:
    """Bytes as ``812 B``, ``1.2 KB``, ``49.9 MB``; decimal units."""
    value = float(number)
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("unreachable")

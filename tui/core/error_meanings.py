"""What the words of an error mean in the sandbox that it was printed in: facts beside the error, not guesses.

Each function looks at one report and gives a clause with its evidence, or None. The clauses name limits and rules that
the control plane tells of; that these are why the error came is left to the reader, who sees both.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tui.core.cards import Case, Evidence, FoundReport
from tui.core.egress import failed_host, refusal
from tui.core.fingerprint import innermost
from tui.core.text import one_line
from tui.core.tracebacks.model import ExceptionPart

Meaning = tuple[str, Evidence]
"""A clause, and what it is known from."""

SANDBOX = "GET /sandboxes/{id}"
_NO_SPACE = re.compile(r"No space left on device|ENOSPC|\[Errno 28\]|not enough space on the disk|disk quota exceeded")
_MODULE = re.compile(
    r"No module named '?([\w.]+)|Cannot find (?:module|package) '([^']{1,200})'|cannot load such file -- (\S{1,200})"
    r"|there is no package called .([\w.]+).|module '([^']{1,200})' not found|Can't locate (\S{1,200}) in @INC"
)
_PARTS = 20


def no_space(case: Case, report: FoundReport) -> Meaning | None:
    """There was no space left: how large the disk is."""
    if case.disk_mb is None or not _NO_SPACE.search(_words(report)):
        return None
    fact = f"the sandbox has {case.disk_mb:,} MB of disk"
    return fact, Evidence(fact, SANDBOX)


def no_connection(case: Case, report: FoundReport) -> Meaning | None:
    """A host could not be reached: whether the sandbox may connect to it."""
    host = failed_host(_words(report))
    why = one_line(refusal(case.egress, host), 200) if host and case.egress is not None else ""
    return (f"{one_line(host, 100)} is refused: {why}", Evidence(why, SANDBOX)) if why else None


def no_module(case: Case, report: FoundReport) -> Meaning | None:
    """A module is not there: for which program."""
    found = _MODULE.search(_words(report))
    if found is None:
        return None
    name = next(group for group in found.groups() if group)
    program = case.process.command.rpartition("/")[2] or case.process.command
    fact = f"{one_line(program, 60)} of this sandbox does not find {one_line(name, 100)}"
    return fact, Evidence(f"command {one_line(case.process.command, 200)}", case.list_source, case.listed_at)


MEANINGS: tuple[Callable[[Case, FoundReport], Meaning | None], ...] = (no_space, no_connection, no_module)


def meaning(case: Case, report: FoundReport) -> Meaning | None:
    """What the first function that knows anything says."""
    return next((found for each in MEANINGS if (found := each(case, report)) is not None), None)


def _words(report: FoundReport) -> str:
    """Types and messages of the report, the innermost cause first, because that names what happened."""
    exception = report.traceback.exception
    parts: list[ExceptionPart] = [innermost(exception)]
    waiting = [exception]
    while waiting and len(parts) < _PARTS:
        part = waiting.pop(0)
        parts.append(part)
        waiting.extend((*part.causes, *part.members))
    return "\n".join(f"{part.type or ''}: {part.message[:1000]}" for part in parts)

"""When two errors count as one: the fingerprint of a failure, recipe version 1.

1. The innermost cause of a chain decides; of a group, the set of its leaves.
2. Its type counts, fully named.
3. Its own frames count, each as path below the own roots and function, recursion collapsed, without line numbers;
   where no frame is own, the last three library frames.
4. Its message counts only where type and place say too little (generic types, no frames), with digits, hexadecimal
   numbers, UUIDs, paths, quoted parts and addresses replaced.
5. *Fine* adds the source text of the deepest own frame and the message; *coarse* keeps the type and the deepest own
   function.
6. A fingerprint begins with the version of the recipe and has a short form for people, such as ``E-3f9a``.

Failures without a report group by state and command line.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from tui.core.failures import Verdict
from tui.core.models import Process
from tui.core.tracebacks.model import ExceptionPart, Frame, Traceback
from tui.core.tracebacks.owncode import is_own

VERSION = "v1"
SHORT_DIGITS = 4
LIBRARY_FRAMES = 3
"""Frames that count where none is own."""


class Level(Enum):
    """How finely errors are told apart."""

    FINE = "fine"
    NORMAL = "normal"
    COARSE = "coarse"

    @property
    def finer(self) -> Level:
        """The next finer level; FINE stays."""
        return {Level.COARSE: Level.NORMAL}.get(self, Level.FINE)

    @property
    def coarser(self) -> Level:
        """The next coarser level; COARSE stays."""
        return {Level.FINE: Level.NORMAL}.get(self, Level.COARSE)


GENERIC_TYPES = frozenset(
    {
        "Exception", "BaseException", "RuntimeError", "AssertionError", "ValueError", "SystemError", "Error", "panic",
        "fatal error", "java.lang.RuntimeException", "java.lang.Exception", "java.lang.IllegalStateException",
        "System.Exception", "StandardError", "HTTPError", "requests.exceptions.HTTPError", "httpx.HTTPStatusError",
        "urllib.error.HTTPError",
    }
)  # fmt: skip
"""Types that say little of what went wrong, so that the message has to."""
_BY_ERRNO = frozenset({"OSError", "IOError", "EnvironmentError", "socket.error"})
_ERRNO = re.compile(r"\[(?:Errno|WinError) -?\d+\]")
_REPLACED: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE), "<uuid>"),
    (re.compile(r"\b[a-z][a-z0-9+.-]{1,15}://[^\s'\"<>]+", re.IGNORECASE), "<url>"),
    (re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b"), "<address>"),
    (re.compile(r"'[^'\n]{0,500}'|\"[^\"\n]{0,500}\"|`[^`\n]{0,500}`"), "<text>"),
    (re.compile(r"(?:[A-Za-z]:)?(?:[\\/][\w.@+~-]+){2,}[\\/]?"), "<path>"),
    (re.compile(r"\b0x[0-9a-f]+\b", re.IGNORECASE), "<hex>"),
    (re.compile(r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{6,}\b", re.IGNORECASE), "<hex>"),
    (re.compile(r"\d+(?:[.,]\d+)*"), "<n>"),
)
MESSAGE_LIMIT = 300
"""Characters of a message that are looked at."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What makes errors equal. ``parts`` are the facts that were hashed, as names and values, for people who ask."""

    value: str
    parts: tuple[tuple[str, str], ...]

    def short(self, digits: int = SHORT_DIGITS) -> str:
        """``E-3f9a``; more ``digits`` where two short forms would be the same."""
        return f"E-{self.value.partition(':')[2][:digits]}"


def normalised(message: str) -> str:
    """The first line of a message with what varies from case to case replaced."""
    line = message.partition("\n")[0][:MESSAGE_LIMIT]
    for pattern, stand_in in _REPLACED:
        line = pattern.sub(stand_in, line)
    return " ".join(line.split())


def of_traceback(report: Traceback, own_roots: tuple[str, ...] = (), level: Level = Level.NORMAL) -> Fingerprint:
    """The fingerprint of a report."""
    leaves = _leaves(innermost(report.exception))
    frames = report.frames if len(leaves) == 1 else ()
    described = sorted({_described(leaf, frames, report.language, own_roots, level) for leaf in leaves})
    parts = [("language", report.language)]
    parts.extend(part for one in described for part in one)
    return _hashed(parts, level)


def of_exit(process: Process, verdict: Verdict) -> Fingerprint:
    """The fingerprint of a failure without a report: how it ended, and what was run."""
    template = " ".join(normalised(word) for word in (process.name or process.short_command_line).split())
    return _hashed([("state", verdict.state.value), ("ended", verdict.word), ("command", template)], Level.NORMAL)


def innermost(part: ExceptionPart) -> ExceptionPart:
    """The cause at the bottom of a chain."""
    while part.causes:
        part = part.causes[0]
    return part


def _leaves(part: ExceptionPart) -> list[ExceptionPart]:
    """The exceptions of a group that are no groups; the exception itself where it is none."""
    if not part.members:
        return [part]
    return [leaf for member in part.members for leaf in _leaves(innermost(member))]


def _described(
    part: ExceptionPart, all_frames: Sequence[Frame], language: str, own_roots: tuple[str, ...], level: Level
) -> tuple[tuple[str, str], ...]:
    """The facts about one exception that count at ``level``."""
    name = part.type or language
    frames = part.frames or tuple(all_frames)
    own = [frame for frame in frames if is_own(frame.file, own_roots, language, frame.function)]
    places = _places(own, own_roots) if own else _places(frames[-LIBRARY_FRAMES:], ())
    if level is Level.COARSE:
        return (("type", name), ("in", places[-1].rpartition(":")[2] if places else ""))
    facts = [("type", name), *(("frame", place) for place in places)]
    if level is Level.FINE:
        deepest = (own or list(frames))[-1:]
        facts.extend(("source", frame.source.strip()) for frame in deepest if frame.source)
        facts.append(("message", normalised(part.message)))
    elif name in _BY_ERRNO and (errno := _ERRNO.search(part.message)):
        facts.append(("message", errno[0]))
    elif name in GENERIC_TYPES or name in _BY_ERRNO or not places:
        facts.append(("message", normalised(part.message)))
    return tuple(facts)


def _places(frames: Sequence[Frame], own_roots: tuple[str, ...]) -> list[str]:
    """``path:function`` of each frame, consecutive equal ones once."""
    places: list[str] = []
    for frame in frames:
        place = f"{_below(frame.file or '?', own_roots)}:{frame.function or '?'}"
        if not places or places[-1] != place:
            places.append(place)
    return places


def _below(path: str, roots: tuple[str, ...]) -> str:
    """``path`` below the root that holds it, else its last two parts: folders differ from machine to machine."""
    for root in roots:
        bare = root.rstrip("/\\")
        if path.startswith((bare + "/", bare + "\\")):
            return path[len(bare) + 1 :].replace("\\", "/")
    return "/".join(re.split(r"[\\/]", path)[-2:]) if re.match(r"/|[A-Za-z]:[\\/]", path) else path


def _hashed(parts: Sequence[tuple[str, str]], level: Level) -> Fingerprint:
    text = "\x1e".join(f"{name}\x1f{value}" for name, value in (("level", level.value), *parts))
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return Fingerprint(f"{VERSION}:{digest}", tuple(parts))

"""When two errors count as one: the fingerprint recipe, version 1.

1. The innermost cause of a chain is what counts; of a group, the sorted set of its leaves.
2. The type of the exception, as it was printed.
3. The own frames: path below the root of the user's code, and function. Recursion counts once, line numbers never.
   Where no frame is the user's own, the three frames nearest to the error.
4. The message only for types that say little by themselves and for reports without frames, with numbers, quoted
   parts, paths and addresses replaced. Errors of the operating system count by errno, those of HTTP by status.
5. *Fine* adds the source text of these frames and the message; *coarse* keeps the type and the own function nearest to
   the error.

A failure without a report counts by state and command. The text form begins with the version, so that a fingerprint
kept in a profile never comes to mean something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b

from tui.core.failures import Verdict
from tui.core.models import Process
from tui.core.mutes import SHORT_DIGITS, VERSION, is_named
from tui.core.normalise import command_template, normalised, normalised_function, normalised_path
from tui.core.tracebacks.model import ExceptionPart, Frame, Traceback
from tui.core.tracebacks.owncode import is_own

LIBRARY_FRAMES = 3
"""Frames that count where none is the user's own."""
_MAX_PARTS = 1000

_GENERIC = frozenset(
    (
        "Exception",
        "BaseException",
        "RuntimeError",
        "AssertionError",
        "AssertionFailedError",
        "Error",
        "RuntimeException",
        "StandardError",
        "ErrorException",
        "ApplicationException",
        "UncheckedIOException",
        "panic",
        "die",
        "error",
        "fatal error",
        "Fatal error",
        "Fatal Python error",
        "uncaught exception",
    )
)
_OS_ERRORS = frozenset(("OSError", "IOError", "EnvironmentError", "error", "WindowsError", "SystemCallError"))
_ERRNO = re.compile(r"\[(?:Errno|WinError) (-?\d+)\]")
_HTTP_TYPE = re.compile(r"HTTP|Http|Status(?:Code)?(?:Error|Exception)|ResponseError|ApiError|APIStatusError")
_HTTP_STATUS = re.compile(r"(?<![\d.])([1-5]\d\d)(?![\d.]*\d)")
_DEEPEST_LAST = frozenset(("python", "nim"))
_SCRIPT = re.compile(r"\.(?:py|pyw|js|mjs|cjs|ts|mts|tsx|jsx|rb|php|pl|lua|R|r|exs|sh|bash|jl|dart)$")


class Level(Enum):
    """How finely errors are told apart."""

    COARSE = "coarse"
    NORMAL = "normal"
    FINE = "fine"

    @property
    def coarser(self) -> Level:
        """The next level that unites more."""
        return Level.COARSE if self is not Level.FINE else Level.NORMAL

    @property
    def finer(self) -> Level:
        """The next level that tells more apart."""
        return Level.FINE if self is not Level.COARSE else Level.NORMAL


Part = tuple[str, str]
"""A fact that counts: its name and its value."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What equal errors have in common."""

    level: Level
    parts: tuple[Part, ...]
    digest: str
    """16 hexadecimal digits over level and parts."""

    @property
    def text(self) -> str:
        """The form for profiles and JSON: ``v1:3f9a41…``."""
        return f"{VERSION}:{self.digest}"

    def matches(self, text: str) -> bool:
        """Whether ``text`` names this fingerprint: ``v1:`` or ``E-`` and a beginning of its digits, four or more."""
        return is_named(self.digest, text)


def fingerprint_of(traceback: Traceback, level: Level = Level.NORMAL, own_roots: tuple[str, ...] = ()) -> Fingerprint:
    """The fingerprint of a report; ``own_roots`` as :func:`own_roots_of` gives them."""
    leaves = tuple(_leaves(traceback.exception))
    if len(leaves) == 1 and not traceback.is_group:
        return _sealed(level, _parts_of(leaves[0], traceback, level, own_roots))
    members = sorted({_joined(_parts_of(leaf, traceback, level, own_roots)) for leaf in leaves})
    return _sealed(level, [("member", member) for member in members])


def exit_fingerprint(process: Process, verdict: Verdict, level: Level = Level.NORMAL) -> Fingerprint:
    """The fingerprint of a failure that printed no report: state and command."""
    parts = [("state", verdict.state.value), ("command", command_template(process.command, process.args))]
    if level is not Level.COARSE:
        parts.insert(1, ("ended", verdict.word))
    if level is Level.FINE:
        parts[2] = ("command", process.command_line)
    return _sealed(level, parts)


def explain(fingerprint: Fingerprint) -> list[Part]:
    """Why errors are one group, as facts to list: the recipe's version and level, then each part."""
    return [("recipe", f"version {VERSION.removeprefix('v')}, {fingerprint.level.value}"), *fingerprint.parts]


def own_roots_of(process: Process | None, own_paths: tuple[str, ...], frames: Iterable[Frame] = ()) -> tuple[str, ...]:
    """The roots of the user's own code: those of the profile, else the folder of the script that the process runs.

    The folder counts only where it holds one of ``frames``; else nothing is given, and own is what is in no library.
    """
    if own_paths or process is None:
        return own_paths
    for word in (process.command, *process.args):
        folder, slash, name = word.rpartition("/")
        if slash and folder.startswith("/") and _SCRIPT.search(name):
            below = folder + "/"
            return (folder,) if any((frame.file or "").startswith(below) for frame in frames) else ()
    return ()


def deepest_first(frames: Sequence[Frame], traceback: Traceback) -> Sequence[Frame]:
    """``frames`` with the one nearest to the error first, whichever way the runtime prints them.

    Python's own tracebacks end with that frame, faulthandler's dumps begin with it.
    """
    is_last = traceback.language in _DEEPEST_LAST and traceback.kind != "faulthandler"
    return frames[::-1] if is_last else frames


def innermost(part: ExceptionPart) -> ExceptionPart:
    """The exception at the bottom of the chain of causes."""
    for _ in range(_MAX_PARTS):
        if not part.causes:
            break
        part = part.causes[-1]
    return part


def deciding_frame(traceback: Traceback, own_roots: tuple[str, ...] = ()) -> Frame | None:
    """The frame that tells where it went wrong: the own one nearest to the error, else the nearest one.

    Of a group that is told for its first leaf: the frames of the group itself only say who waited for its members.
    """
    part = next(_leaves(traceback.exception), traceback.exception)
    for candidates in (part.frames, traceback.exception.frames, traceback.frames):
        frames = deepest_first(candidates, traceback)
        own = (frame for frame in frames if is_own(frame.file, own_roots, traceback.language, frame.function))
        if (found := next(own, None)) is not None:
            return found
    frames = deepest_first(part.frames or traceback.frames, traceback)
    return frames[0] if frames else None


def relative_path(file: str, own_roots: tuple[str, ...]) -> str:
    """``file`` as seen from the innermost of ``own_roots`` that holds it, without what belongs to one run only."""
    path = file.removeprefix("file://").replace("\\", "/")
    for root in sorted(own_roots, key=len, reverse=True):
        bare = root.rstrip("/\\").replace("\\", "/")
        if bare and path.startswith(bare + "/"):
            path = path[len(bare) + 1 :]
            break
    return normalised_path(path)


class ShortIds:
    """Short names for fingerprints: ``E-3f9a``, longer where two would be the same. A name once given stays."""

    def __init__(self) -> None:
        self._by_digest: dict[str, str] = {}
        self._taken: dict[str, str] = {}

    def of(self, fingerprint: Fingerprint) -> str:
        """The short name of ``fingerprint``."""
        digest = fingerprint.digest
        known = self._by_digest.get(digest)
        if known is None:
            length = SHORT_DIGITS
            while digest[:length] in self._taken and length < len(digest):
                length += 1
            known = f"E-{digest[:length]}"
            self._taken[digest[:length]] = digest
            self._by_digest[digest] = known
        return known


def _leaves(part: ExceptionPart) -> Iterator[ExceptionPart]:
    """What counts of a report: the innermost cause, or the leaves where that is a group."""
    waiting = [part]
    for _ in range(_MAX_PARTS):
        if not waiting:
            return
        bottom = innermost(waiting.pop())
        if bottom.members:
            waiting.extend(reversed(bottom.members))
        else:
            yield bottom


def _parts_of(part: ExceptionPart, traceback: Traceback, level: Level, own_roots: tuple[str, ...]) -> list[Part]:
    language = traceback.language
    frames = deepest_first(part.frames, traceback)
    own = [frame for frame in frames if is_own(frame.file, own_roots, language, frame.function)]
    parts: list[Part] = [("type", part.type or language)]
    chosen = own or list(frames[:LIBRARY_FRAMES])
    if level is Level.COARSE:
        function = next((frame.function for frame in chosen if frame.function), None)
        if function:
            parts.append(("function", normalised_function(function)))
        return parts if function else parts + _message(part, has_frames=bool(frames), is_full=False)
    name = "own frame" if own else "library frame"
    # A frame counts where it stands nearest to the error; printed outermost first, as Python does.
    places = list(dict.fromkeys(_place(frame, own_roots, level) for frame in chosen))[::-1]
    parts.extend((name, place) for place in places)
    return parts + _message(part, has_frames=bool(frames), is_full=level is Level.FINE)


def _place(frame: Frame, own_roots: tuple[str, ...], level: Level) -> str:
    function = normalised_function(frame.function) if frame.function else "?"
    place = f"{relative_path(frame.file, own_roots)} {function}" if frame.file else function
    source = " ".join(frame.source.split()) if level is Level.FINE else ""
    return f"{place}: {source}" if source else place


def _message(part: ExceptionPart, *, has_frames: bool, is_full: bool) -> list[Part]:
    name = (part.type or "").replace("::", ".").rpartition(".")[2]
    parts: list[Part] = []
    errno = _ERRNO.search(part.message[:200]) if name in _OS_ERRORS else None
    status = _HTTP_STATUS.search(part.message[:500]) if part.type and _HTTP_TYPE.search(part.type) else None
    if errno:
        parts.append(("errno", errno[1]))
    elif status:
        parts.append(("HTTP status", status[1]))
    counts = is_full or not has_frames or not part.type or (name in _GENERIC and not errno and not status)
    if counts and (message := normalised(part.message)):
        parts.append(("message", message))
    return parts


def _joined(parts: Iterable[Part]) -> str:
    return ", ".join(value for _, value in parts)


def _sealed(level: Level, parts: Iterable[Part]) -> Fingerprint:
    kept = tuple(parts)
    digest = blake2b(digest_size=8, person=b"boxscope-v1")
    digest.update(level.value.encode())
    for name, value in kept:
        digest.update(f"\0{name}\0{value}".encode("utf-8", "surrogatepass"))
    return Fingerprint(level, kept, digest.hexdigest())

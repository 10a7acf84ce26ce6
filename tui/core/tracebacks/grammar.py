"""The small interface every runtime family implements, and what a grammar may see of the lines before.

A grammar is asked with each candidate line whether a report opens there. If so it gives a ``Machine`` and
the numbers of the earlier lines (the head, a source excerpt) that belong to the report; the detector feeds
those and all later lines of the same stream to the machine, which answers with a ``Verdict``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import islice
from typing import Protocol

from tui.core.tracebacks.model import ExceptionPart, Frame, LineRole, Traceback
from tui.core.tracebacks.prefix import EMPTY, Prefix
from tui.core.tracebacks.text import clean, names_stream

MAX_FRAMES = 20_000
"""Frames kept of one block; later ones are part of its span only."""
MAX_RECENT = 64
"""Lines remembered for grammars that look back."""
MAX_ROLES = 50_000
MAX_TEXT_LINES = 200
"""Lines kept of one message, and of one list of notes."""
MAX_PARTS = 1_000
_MIN_LOOK = 16


class Verdict(Enum):
    """What a machine says of a line."""

    TAKE = "part of the report; it reaches at least to here"
    HOLD = "part of the report only if a later line is taken"
    SKIP = "not mine, but the report may go on after it"
    CLOSE = "not mine; the report ended at the last line taken"
    DONE = "the last line of the report"
    ENDED = "not mine; the lines held were the last of the report"


class Grammar(Protocol):
    """One runtime family. ``hints`` are substrings one of which every opening line holds."""

    @property
    def hints(self) -> tuple[str, ...]:
        """Substrings one of which is in every line at which a report of this family can open."""

    def open(self, text: str, index: int, recent: Recent) -> Opening | None:
        """The report that opens with ``text``, or None."""


@dataclass(slots=True)
class Recent:
    """The last lines that no block took, for grammars whose reports are known only by their second line."""

    lines: Sequence[tuple[int, str]]
    floor: int = -1
    """Number of the last line of the last block; nothing before it belongs to a new one."""
    ceiling: int | None = None
    """Number of the line that is looked at, where it is looked at again after later ones."""

    def before(self, prefix: Prefix, limit: int = 40) -> Iterator[tuple[int, str]]:
        """Earlier lines of the same stream, nearest first, cleaned and without the prefix.

        Who asks for few lines looks past few lines of other streams: each head costs a bounded search.
        """
        looked_at = max(_MIN_LOOK, 2 * limit)
        for index, raw in islice(reversed(self.lines), looked_at):
            if limit <= 0:
                return
            if index <= self.floor and not prefix:
                return
            if self.ceiling is not None and index >= self.ceiling:
                continue
            text = clean(raw)
            cut = prefix.cut(text) if prefix else None if names_stream(text) else text
            if cut is not None:
                limit -= 1
                yield index, cut


@dataclass(slots=True)
class Opening:
    """A report that has begun: its machine, its stream, and the earlier lines that are part of it."""

    machine: Machine
    prefix: Prefix = EMPTY
    earlier: tuple[int, ...] = ()
    opens_mid_line: bool = False
    """Whether what precedes the head may be the unfinished end of another line instead of a prefix."""
    is_headless: bool = False
    """Whether the head of the report was lost, so that what precedes it may be its own."""
    remains: tuple[int, ...] = ()
    """Lines at the very beginning of the output that are the report's, though nothing can be read from them."""


@dataclass(slots=True)
class Part:
    """An exception of a report while it is being read."""

    type: str | None = None
    message: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    causes: list[Part] = field(default_factory=list)
    members: list[Part] = field(default_factory=list)

    def add_text(self, text: str, *, is_note: bool = False) -> None:
        """Add a line to the message or to the notes, within bounds."""
        into = self.notes if is_note else self.message
        if len(into) < MAX_TEXT_LINES:
            into.append(text)

    def frozen(self, depth: int = 0) -> ExceptionPart:
        """The finished form."""
        deeper = depth < 60
        return ExceptionPart(
            type=self.type,
            message="\n".join(self.message),
            notes=tuple(self.notes),
            frames=tuple(self.frames),
            causes=tuple(part.frozen(depth + 1) for part in self.causes) if deeper else (),
            members=tuple(part.frozen(depth + 1) for part in self.members) if deeper else (),
        )


class Machine:
    """Reads one report line by line. Subclasses implement ``take`` and fill the parts."""

    language = ""
    kind = ""

    def __init__(self) -> None:
        self.part = Part()
        """The exception that propagated, as known so far."""
        self.frames: list[Frame] = []
        self.roles: dict[int, LineRole] = {}
        self.chained: list[Part] = []
        self.is_group = False
        self.is_truncated = False
        self.is_handled = False
        self.is_interrupted = False
        """Whether records of another thread came since the last line taken."""

    def take(self, text: str, index: int) -> Verdict:
        """Judge the next line of the stream, given without prefix and escapes."""
        raise NotImplementedError

    def continues(self, text: str) -> bool:
        """Whether ``text`` is beyond doubt the next line: tells a prefix from the rest of another line."""
        return False

    def may_go_on(self) -> bool:
        """Whether lines of the report may follow behind a record of another thread, which the machine declined."""
        return True

    def is_report(self) -> bool:
        """Whether what was read so far is enough to be reported."""
        return bool(self.frames)

    def add_frame(self, frame: Frame, part: Part | None = None) -> None:
        """Record a frame line, within bounds."""
        if len(self.frames) < MAX_FRAMES:
            self.frames.append(frame)
            (part or self.part).frames.append(frame)
        self.mark(frame.index, LineRole.FRAME)

    def mark(self, index: int, role: LineRole) -> None:
        """Record what the line is for."""
        if len(self.roles) < MAX_ROLES:
            self.roles[index] = role

    def finish(self) -> None:
        """Settle what depends on the whole; called on a copy for a block that is still open."""

    def traceback(self, start: int, end: int, lines: tuple[int, ...] | None) -> Traceback:
        """The finished report."""
        self.finish()
        causes = list(self.chained)
        top = self.part.frozen()
        if causes and not top.causes:
            top = ExceptionPart(
                type=top.type,
                message=top.message,
                notes=top.notes,
                frames=top.frames,
                causes=tuple(part.frozen(1) for part in causes[:MAX_PARTS]),
                members=top.members,
            )
        return Traceback(
            language=self.language,
            kind=self.kind,
            start=start,
            end=end,
            exception=top,
            frames=tuple(self.frames),
            lines=lines,
            roles={index: role for index, role in self.roles.items() if start <= index <= end},
            chained=len(causes),
            is_group=self.is_group,
            cause_types=tuple(part.type for part in causes if part.type)[:MAX_PARTS],
            truncated=self.is_truncated,
            handled=self.is_handled,
        )


OpenFunction = Callable[[str, int, Recent], Opening | None]


@dataclass(frozen=True, slots=True)
class Family:
    """A grammar made of a function; most families need no more."""

    hints: tuple[str, ...]
    opener: OpenFunction

    def open(self, text: str, index: int, recent: Recent) -> Opening | None:
        """See ``Grammar.open``."""
        return self.opener(text, index, recent)

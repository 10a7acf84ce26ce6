"""What a parsed error block is: frames, exceptions in a tree, and where the block stands in the output."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class LineRole(Enum):
    """What one line of a block is for, so that a view can weigh it without parsing it again."""

    HEADER = "header"
    FRAME = "frame"
    SOURCE = "source"
    CARET = "caret"
    EXCEPTION = "exception"
    NOTE = "note"
    CHAIN = "chain"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame line as printed. ``line`` is 1-based; None where the format does not print it."""

    file: str | None
    line: int | None
    function: str | None
    source: str = ""
    """The source text printed below or beside the frame, without its indent; empty where none was printed."""
    index: int = -1
    """Number of the frame's own line in everything that was fed."""


@dataclass(frozen=True, slots=True)
class ExceptionPart:
    """One exception of a block: the one that propagated, a cause of it, or a member of a group."""

    type: str | None
    message: str = ""
    """The whole message; its lines joined by line feeds."""
    notes: tuple[str, ...] = ()
    frames: tuple[Frame, ...] = ()
    causes: tuple[ExceptionPart, ...] = ()
    """What this one was raised from or while handling, nearest first."""
    members: tuple[ExceptionPart, ...] = ()
    """The exceptions inside a group."""


@dataclass(frozen=True, slots=True)
class Traceback:
    """One report of an uncaught or logged exception, found in output. Indices are 0-based and inclusive."""

    language: str
    kind: str
    """The layout it was printed in: ``python``, ``node``, ``go-panic``, ..."""
    start: int
    end: int
    exception: ExceptionPart
    """The exception that propagated, with its causes and members below it."""
    frames: tuple[Frame, ...] = ()
    """Every frame line of the block in printed order, whichever part it belongs to."""
    lines: tuple[int, ...] | None = None
    """The block's own lines where lines of another stream fall between; None where it has all from start to end."""
    roles: dict[int, LineRole] = field(default_factory=dict)
    """Role by line number, for the lines whose role is known; the others are OTHER."""
    chained: int = 0
    is_group: bool = False
    cause_types: tuple[str, ...] = ()
    truncated: bool = False
    """True where the head or the tail of the report was lost or bounded."""
    handled: bool = False
    """True where the report says that the program caught it or goes on (a log record, a warning)."""

    @property
    def type(self) -> str | None:
        """Type of the exception that propagated, as printed; None where the format prints none."""
        return self.exception.type

    @property
    def message(self) -> str:
        """First line of the message of the exception that propagated; empty where there is none."""
        return self.exception.message.partition("\n")[0]

    @property
    def headline(self) -> str:
        """``TYPE: message`` in one line, for lists."""
        if self.type and self.message:
            return f"{self.type}: {self.message}"
        return self.type or self.message or self.language

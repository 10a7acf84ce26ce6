"""Nim's layout without a heading: frames first, then the error.

::

    /src/dye.nim(2)  dye
    /src/dye.nim(1)  mix
    Error: unhandled exception: no dye [ValueError]
"""

from __future__ import annotations

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Family, Machine, Opening, Recent, Verdict
from tui.core.tracebacks.model import Frame, LineRole
from tui.core.tracebacks.prefix import MAX_PREFIX, Prefix

_ERROR = "Error: unhandled exception: "
_HEAD = expression(r"Error: unhandled exception: (.*?)(?: \[(\w+)\])?$")
_FRAME = expression(r"(\S.{0,300}?)\((\d{1,9})\) +(\S+)$")
_MAX_FRAMES = 60


class NimMachine(Machine):
    """Reads one report."""

    language = "nim"
    kind = "nim"

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        text = text.rstrip()
        frame = _FRAME.match(text)
        if frame and self.part.type is None:
            self.add_frame(Frame(frame.group(1), int(frame.group(2)), frame.group(3), index=index))
            return Verdict.TAKE
        head = _HEAD.match(text)
        if head is None:
            return Verdict.CLOSE
        self.part.type = head.group(2)
        self.part.add_text(head.group(1))
        self.mark(index, LineRole.EXCEPTION)
        return Verdict.DONE


def _open(text: str, index: int, recent: Recent) -> Opening | None:
    at = text.find(_ERROR)
    if at < 0 or at > MAX_PREFIX:
        return None
    prefix = Prefix(text[:at])
    frames: list[int] = []
    for line, above in recent.before(prefix, _MAX_FRAMES):
        if _FRAME.match(above.rstrip()) is None:
            break
        frames.insert(0, line)
    return Opening(NimMachine(), prefix, tuple(frames)) if frames else None


GRAMMAR = Family(hints=(_ERROR,), opener=_open)

"""Python reports that name a frame in three words: pretty_errors.

::

    ---------------------------------------------------
    depot.py 3 <module>                                     file, line and function
    main()

    ZeroDivisionError:
    division by zero
"""

from __future__ import annotations

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Family, Machine, Opening, Recent, Verdict
from tui.core.tracebacks.model import Frame, LineRole
from tui.core.tracebacks.prefix import MAX_PREFIX, Prefix
from tui.core.tracebacks.python_lines import EXCEPTION

_RULE = expression(r"-{20,}$")
_FRAME = expression(r"(\S.{0,300}?\.pyw?) (\d{1,9}) ([\w<>.]{1,200})$")
_MAX_SOURCE = 4


class PrettyMachine(Machine):
    """Reads one report of pretty_errors."""

    language = "python"
    kind = "pretty-errors"

    def __init__(self) -> None:
        super().__init__()
        self._held = 0
        self._below_blank = False

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        text = text.rstrip()
        if _RULE.match(text) and not self.frames:
            self.mark(index, LineRole.HEADER)
            return Verdict.TAKE
        if self.part.type is not None:
            self.part.add_text(text)
            return Verdict.DONE
        frame = _FRAME.match(text)
        if frame:
            self._held = 0
            self.add_frame(Frame(frame.group(1), int(frame.group(2)), frame.group(3), index=index))
            return Verdict.TAKE
        if not text:
            self._below_blank = True
            return Verdict.HOLD
        kind = EXCEPTION.match(text)
        if kind and self._below_blank and kind.group(2) == "":
            self.part.type = kind.group(1)
            self.mark(index, LineRole.EXCEPTION)
            return Verdict.TAKE
        self._held += 1
        return Verdict.HOLD if self._held <= _MAX_SOURCE else Verdict.CLOSE

    def is_report(self) -> bool:
        """A frame and a type."""
        return bool(self.frames) and self.part.type is not None


def _open(text: str, index: int, recent: Recent) -> Opening | None:
    at = text.find(".py ")
    start = max(text.rfind(" ", 0, at), text.rfind("\t", 0, at)) + 1
    if at < 0 or start > MAX_PREFIX or _FRAME.match(text.rstrip(), start) is None:
        return None
    prefix = Prefix(text[:start])
    above = next(recent.before(prefix, 1), None)
    if above is None or _RULE.match(above[1].rstrip()) is None:
        return None
    return Opening(PrettyMachine(), prefix, (above[0],))


GRAMMAR = Family(hints=(".py ",), opener=_open)

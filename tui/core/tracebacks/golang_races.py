"""The reports of Go's race detector, each between two rules.

::

    ==================
    WARNING: DATA RACE
    Read at 0x0000005cd4d0 by goroutine 6:
      main.main.func1()                                 function, then its place
          /src/main.go:4 +0x24
    <blank>
    Previous write at 0x0000005cd4d0 by main goroutine:
    ...
    ==================
"""

from __future__ import annotations

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Family, Machine, Opening, Recent, Verdict
from tui.core.tracebacks.model import Frame, LineRole
from tui.core.tracebacks.prefix import MAX_PREFIX, Prefix
from tui.core.tracebacks.text import is_logged

_WARNING = "WARNING: DATA RACE"
_RULE = "=================="
_ACCESS = expression(
    r"(?:Read|Write|Previous read|Previous write|Atomic|Previous atomic).* (?:at 0x[0-9a-f]+ )?by |Goroutine \d+ \(\w+\) created at:"
)
_FUNCTION = expression(r"  (\S.*)\((?:\.\.\.)?\)$|  (\[failed to restore the stack\])$")
_PLACE = expression(r" {6}(\S.*?):(\d{1,9})(?: \+0x[0-9a-f]+)?$")
_MAX_LINES = 400


class RaceMachine(Machine):
    """Reads one report of a race."""

    language = "go"
    kind = "go-race"

    def __init__(self) -> None:
        super().__init__()
        self._lines = 0
        self._function: str | None = None

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        text = text.rstrip()
        self._lines += 1
        if text == _WARNING and self.part.type is None:
            self.part.type = "DATA RACE"
            self.mark(index, LineRole.EXCEPTION)
            return Verdict.TAKE
        if text == _RULE:
            self.mark(index, LineRole.HEADER)
            return Verdict.DONE if self.part.type else Verdict.TAKE
        if not text:
            return Verdict.HOLD
        place = _PLACE.match(text)
        if place and self._function is not None:
            self.add_frame(Frame(place.group(1), int(place.group(2)), self._function, index=index))
            self._function = None
            return Verdict.TAKE
        function = _FUNCTION.match(text)
        if function:
            self._function = function.group(1) or function.group(2)
            self.mark(index, LineRole.FRAME)
            return Verdict.TAKE
        if _ACCESS.match(text) and self._lines <= _MAX_LINES:
            self.mark(index, LineRole.CHAIN)
            return Verdict.TAKE
        return Verdict.SKIP if is_logged(text) and self._lines <= _MAX_LINES else Verdict.CLOSE

    def is_report(self) -> bool:
        """A frame."""
        return self.part.type is not None and bool(self.frames)


def _open(text: str, index: int, recent: Recent) -> Opening | None:
    text = text.rstrip()
    lead = text[: -len(_WARNING)]
    if not text.endswith(_WARNING) or len(lead) > MAX_PREFIX:
        return None
    prefix = Prefix(lead)
    above = next(recent.before(prefix, 1), None)
    earlier = (above[0],) if above and above[1].rstrip() == _RULE else ()
    return Opening(RaceMachine(), prefix, earlier)


GRAMMAR = Family(hints=(_WARNING,), opener=_open)

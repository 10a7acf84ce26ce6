"""GNU Fortran's layout: a place, an error, then a backtrace whose places stand on lines of their own.

::

    At line 8 of file loom.f90
    Fortran runtime error: Index '5' of dimension 1 of array 'i' above upper bound of 3
    <blank>
    Error termination. Backtrace:
    #0  0x55bb7422734e in weave
            at /src/loom.f90:8
"""

from __future__ import annotations

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Family, Machine, Opening, Recent, Verdict
from tui.core.tracebacks.model import Frame, LineRole
from tui.core.tracebacks.prefix import MAX_PREFIX, Prefix

_BACKTRACE = "Error termination. Backtrace:"
_ERROR = expression(r"(Fortran runtime error): (.*)$|((?:ERROR )?STOP)(?: (.*))?$")
_AT_LINE = expression(r"At line (\d{1,9}) of file (\S+)")
_FUNCTION = expression(r"#\d+ +0x[0-9a-f]+(?: in (\S.*))?$")
_PLACE = expression(r"\s+at (\S.*?):(\d{1,9})$")
_MAX_ABOVE = 5


class FortranMachine(Machine):
    """Reads one report."""

    language = "fortran"
    kind = "fortran"

    def __init__(self) -> None:
        super().__init__()
        self._in_frames = False

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        text = text.rstrip()
        function, place = _FUNCTION.match(text), _PLACE.match(text)
        if function:
            self.add_frame(Frame(None, None, function.group(1), index=index))
            return Verdict.TAKE
        if place and self.frames:
            last = self.frames[-1]
            self.frames[-1] = Frame(place.group(1), int(place.group(2)), last.function, index=last.index)
            return Verdict.TAKE
        if self._in_frames:
            return Verdict.CLOSE
        error = _ERROR.match(text)
        if error:
            self.part.type = error.group(1) or error.group(3)
            self.part.add_text(error.group(2) or error.group(4) or "")
            self.mark(index, LineRole.EXCEPTION)
        self._in_frames = text == _BACKTRACE
        return Verdict.TAKE

    def is_report(self) -> bool:
        """The heading of the backtrace."""
        return self._in_frames


def _open(text: str, index: int, recent: Recent) -> Opening | None:
    at = text.find(_BACKTRACE)
    if at < 0 or at > MAX_PREFIX:
        return None
    prefix = Prefix(text[:at])
    passed: list[int] = []
    count = 0
    for line, above in recent.before(prefix, _MAX_ABOVE):
        passed.insert(0, line)
        if _ERROR.match(above) or _AT_LINE.match(above):
            count = len(passed)
    return Opening(FortranMachine(), prefix, tuple(passed[-count:]) if count else ())


GRAMMAR = Family(hints=(_BACKTRACE,), opener=_open)

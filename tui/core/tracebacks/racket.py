"""Racket's layout: a message, then the context it was raised in.

::

    car: contract violation
      expected: pair?
      given: 5
      context...:
       /src/loom.rkt:2:0: weave
       [repeats 1 more time]
       body of "/src/loom.rkt"
"""

from __future__ import annotations

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Family, Machine, Opening, Recent, Verdict
from tui.core.tracebacks.model import Frame, LineRole
from tui.core.tracebacks.prefix import MAX_PREFIX, Prefix
from tui.core.tracebacks.text import is_logged

_CONTEXT = "  context...:"
_FRAME = expression(r"   (\S.{0,300}?):(\d{1,9}):\d{1,9}(?:: (.+))?$|   body of (?:\"(.{1,300})\"|(\S.*))$")
_MAX_MESSAGE = 24


class RacketMachine(Machine):
    """Reads one report."""

    language = "racket"
    kind = "racket"

    def __init__(self) -> None:
        super().__init__()
        self._in_context = False

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        text = text.rstrip()
        if text == _CONTEXT:
            self._in_context = True
            self.mark(index, LineRole.HEADER)
            return Verdict.TAKE
        if not self._in_context:
            self.part.add_text(text)
            self.mark(index, LineRole.EXCEPTION)
            return Verdict.TAKE
        if not text.startswith("   "):
            return Verdict.CLOSE
        frame = _FRAME.match(text)
        if frame:
            line = frame.group(2)
            file = frame.group(1) or frame.group(4) or frame.group(5)
            self.add_frame(Frame(file, int(line) if line else None, frame.group(3), index=index))
        return Verdict.TAKE

    def is_report(self) -> bool:
        """A message with a context."""
        return self._in_context and bool(self.part.message)


def _open(text: str, index: int, recent: Recent) -> Opening | None:
    stripped = text.rstrip()
    if not stripped.endswith(_CONTEXT) or len(stripped) > MAX_PREFIX:
        return None
    prefix = Prefix(stripped[: -len(_CONTEXT)])
    passed: list[int] = []
    for line, above in recent.before(prefix, _MAX_MESSAGE):
        if is_logged(above) or not above.strip():
            break
        passed.insert(0, line)
        if above[0] not in " \t":
            return Opening(RacketMachine(), prefix, tuple(passed))
    return None


GRAMMAR = Family(hints=(_CONTEXT,), opener=_open)

"""JRuby's layout: the type and message, then frames whose methods are aligned to the right.

::

    DryError: drying failed
        heat at dryer.rb:2
      <main> at dryer.rb:3
    ArgumentError: too hot                   a cause follows at once
"""

from __future__ import annotations

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Family, Machine, Opening, Part, Recent, Verdict
from tui.core.tracebacks.lookback import head_before, prefix_before
from tui.core.tracebacks.model import Frame, LineRole
from tui.core.tracebacks.text import is_logged

_FRAME = expression(r"\s+(\S.{0,200}?) at (\S{1,300}\.(?:rb|java)|uri:classloader:\S{1,300}|-e|\(eval\)):(\d{1,9})$")
_HEAD = expression(r"([A-Z]\w*(?:::[A-Z]\w*)*): (.*)$|([A-Z]\w*(?:::[A-Z]\w*)*(?:Error|Exception))$")
_MAX_MESSAGE = 10


class JRubyMachine(Machine):
    """Reads one report of JRuby."""

    language = "ruby"
    kind = "jruby"

    def __init__(self) -> None:
        super().__init__()
        self._current = self.part
        self._held = 0

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        text = text.rstrip()
        frame = _FRAME.match(text)
        if frame:
            self._held = 0
            self.add_frame(Frame(frame.group(2), int(frame.group(3)), frame.group(1), index=index), self._current)
            return Verdict.TAKE
        head = _HEAD.match(text)
        if head and (self._current.frames or self.part.type is None):
            self._begin(head.group(1) or head.group(3), head.group(2) or "")
            self.mark(index, LineRole.EXCEPTION)
            return Verdict.HOLD if self.frames else Verdict.TAKE
        self._held += 1
        if self._current.frames or is_logged(text) or self._held > _MAX_MESSAGE:
            return Verdict.CLOSE
        self._current.add_text(text)
        return Verdict.HOLD

    def is_report(self) -> bool:
        """A head with a frame."""
        return self.part.type is not None and bool(self.frames)

    def finish(self) -> None:
        """See ``Machine.finish``."""
        # A head that no frame followed was the program's own line.
        self.chained = [part for part in self.chained if part.frames]

    def continues(self, text: str) -> bool:
        """See ``Machine.continues``."""
        return _FRAME.match(text) is not None

    def _begin(self, kind: str, message: str) -> None:
        if self.part.type is not None:
            self._current = Part()
            self.chained.append(self._current)
        self._current.type = kind
        self._current.add_text(message)


def _open(text: str, index: int, recent: Recent) -> Opening | None:
    text = text.rstrip()
    at = text.rfind(" at ")
    start = text.rfind("  ", 0, at) + 2
    if at < 0 or start < 2 or _FRAME.match(text, start - 2) is None:
        return None
    prefix = prefix_before(text, start, recent)
    if prefix is None:
        return None
    passed = head_before(
        recent, prefix, lambda line, distance: _HEAD.match(line.rstrip()) is not None, lambda line: False, _MAX_MESSAGE
    )
    return Opening(JRubyMachine(), prefix, tuple(line for line, _ in reversed(passed))) if passed else None


GRAMMAR = Family(hints=(".rb:", " at org/jruby/", "uri:classloader:"), opener=_open)

"""Clojure's own report of an error: a place, a message and where the rest was written, but no frames.

::

    Execution error (ArithmeticException) at user/weigh (scales.clj:1).
    Divide by zero
    <blank>
    Full report at:
    /tmp/clojure-2673900092240025041.edn
"""

from __future__ import annotations

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Family, Machine, Opening, Recent, Verdict
from tui.core.tracebacks.model import Frame, LineRole
from tui.core.tracebacks.prefix import MAX_PREFIX, Prefix
from tui.core.tracebacks.text import is_logged

_HEAD = expression(
    r"(?:Execution error|Syntax error|Unexpected error|Error)(?: (?:macroexpanding|reading source|compiling|printing return value)"
    r"(?: [^\s()]{1,200})?)?(?: \(([A-Z][\w$.]*)\))?(?: (?:compiling|macroexpanding|reading source))?(?: [^\s()]{1,200})?"
    r" at (?:([^\s()]{1,300}) )?\(([^():]{1,300}):(\d{1,9})(?::\d{1,9})?\)\.$"
)
_REPORT = "Full report at:"
_MAX_MESSAGE = 20


class ClojureMachine(Machine):
    """Reads one report of ``clojure.main``."""

    language = "java"
    kind = "clojure"

    def __init__(self) -> None:
        super().__init__()
        self._held = 0
        self._below_report = False

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        text = text.rstrip()
        head = _HEAD.match(text)
        if head and not self.frames:
            self.part.type = head.group(1)
            self.add_frame(Frame(head.group(3), int(head.group(4)), head.group(2), index=index))
            self.mark(index, LineRole.EXCEPTION)
            return Verdict.TAKE
        if self._below_report:
            return Verdict.DONE
        if text == _REPORT:
            self._below_report = True
            return Verdict.TAKE
        self._held += 1
        if head or is_logged(text) or self._held > _MAX_MESSAGE:
            return Verdict.CLOSE
        if text or self.part.message:
            self.part.add_text(text)
        # The first line below the head is its message, whatever it is.
        return Verdict.TAKE if self._held == 1 and text else Verdict.HOLD

    def is_report(self) -> bool:
        """The head is enough."""
        return bool(self.frames)


def _open(text: str, index: int, recent: Recent) -> Opening | None:
    at = text.find(" error")
    start = max(text.rfind(word, 0, at + 6) for word in ("Execution error", "Syntax error", "Unexpected error"))
    if start < 0 or start > MAX_PREFIX or _HEAD.match(text.rstrip(), start) is None:
        return None
    return Opening(ClojureMachine(), Prefix(text[:start]), opens_mid_line=bool(text[:start].strip()))


GRAMMAR = Family(hints=("Execution error", "Syntax error ", "Unexpected error "), opener=_open)

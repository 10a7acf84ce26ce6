"""Tcl's layout: a message, then the commands it was raised in, quoted, and where they stand.

::

    no coal
        while executing
    "error {no coal}"
        (procedure "f" line 1)
        invoked from within
    "f 2"
        (file "stove.tcl" line 4)
"""

from __future__ import annotations

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Family, Machine, Opening, Recent, Verdict
from tui.core.tracebacks.model import Frame, LineRole
from tui.core.tracebacks.prefix import MAX_PREFIX, Prefix

_FRAME = expression(r"    \((procedure|file) \"(.{1,200})\" line (\d{1,9})\)$")
_BETWEEN = expression(r"    (?:while executing|invoked from within|while compiling|while evaluating .*|\(.*\))$")
_OPENERS = ("    while executing", "    invoked from within")
_MAX_COMMAND = 30


class TclMachine(Machine):
    """Reads one report."""

    language = "tcl"
    kind = "tcl"

    def __init__(self) -> None:
        super().__init__()
        self._command = 0

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        text = text.rstrip()
        frame = _FRAME.match(text)
        if frame:
            self._command = 0
            is_file = frame.group(1) == "file"
            name = frame.group(2)
            place = Frame(name if is_file else None, int(frame.group(3)), None if is_file else name, index=index)
            self.add_frame(place)
            return Verdict.TAKE
        if not self.part.message:
            self.part.add_text(text)
            self.mark(index, LineRole.EXCEPTION)
            return Verdict.TAKE
        if _BETWEEN.match(text):
            self._command = 1
            return Verdict.TAKE
        if not self._command:
            return Verdict.CLOSE
        if self._command == 1 and not text.startswith('"'):
            return Verdict.CLOSE
        # A command of several lines is quoted whole.
        self._command += 1
        if text.endswith('"'):
            self._command = 0
            return Verdict.TAKE
        return Verdict.HOLD if self._command < _MAX_COMMAND else Verdict.CLOSE

    def is_report(self) -> bool:
        """The opening has seen message and command."""
        return bool(self.part.message)


def _open(text: str, index: int, recent: Recent) -> Opening | None:
    stripped = text.rstrip()
    opener = next((words for words in _OPENERS if stripped.endswith(words)), None)
    if opener is None or len(stripped) - len(opener) > MAX_PREFIX:
        return None
    prefix = Prefix(stripped[: -len(opener)])
    above = next(recent.before(prefix, 1), None)
    return Opening(TclMachine(), prefix, (above[0],)) if above and above[1].strip() else None


GRAMMAR = Family(hints=_OPENERS, opener=_open)

"""IPython's layout: a dashed rule, the type beside the header, frames with numbered source.

::

    -------------------------------------------------
    KeyError            Traceback (most recent call last)
    Cell In[1], line 4
          3 x = {}
    ----> 4 x["a"]
    File ~/app/store.py:12, in get(key)
    KeyError: 'a'
"""

from __future__ import annotations

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Family, Machine, Opening, Part, Recent, Verdict
from tui.core.tracebacks.model import Frame, LineRole
from tui.core.tracebacks.prefix import MAX_PREFIX, Prefix
from tui.core.tracebacks.python_lines import CONTEXT, DIRECT_CAUSE
from tui.core.tracebacks.python_message import MessageTail

_HEADER = expression(r"([^\W\d][\w.]{0,200})\s{2,}Traceback \(most recent call last\)$")
_RULE = expression(r"(?:In \[\d+\]: )?-{20,}$")
"""A prompt may stand before it: the interpreter prints no line feed after what was typed into a pipe."""
_FILE = expression(r"File (\S.{0,300}?):(\d{1,9})(?:, in (.*))?$")
_CELL = expression(r"(?:Cell|Input) (In ?\[\d+\])(?:, line (\d{1,9})|, in (.*))?(?:, in (.*))?$")
_OLD = expression(r"(<ipython-input-[^>]+>|/\S{1,300}|~/\S{1,300}) in (\S.*)$")
_ARROW = expression(r"-{1,5}> ?(\d{1,9}) ")


class NotebookMachine(Machine):
    """Reads one report of IPython."""

    language = "python"
    kind = "ipython"

    def __init__(self) -> None:
        super().__init__()
        self._expected = ""
        self._blanks = 0
        self._ended = False
        self._tail = MessageTail()

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        text = text.rstrip()
        header = _HEADER.match(text)
        if header:
            if self._expected and self._ended:
                return Verdict.CLOSE
            self._expected = header.group(1)
            self.mark(index, LineRole.HEADER)
            return Verdict.TAKE
        if _RULE.match(text):
            if self._expected:
                return Verdict.CLOSE
            return Verdict.TAKE
        if self._ended:
            return self._after(text, index)
        if self._expected and (text == self._expected or text.startswith(self._expected + ": ")):
            self.part.type = self._expected
            message = text[len(self._expected) + 2 :]
            self.part.add_text(message)
            self._ended = True
            self._tail = MessageTail(text, message, self.frames[-1].source if self.frames else "")
            self.mark(index, LineRole.EXCEPTION)
            return Verdict.TAKE
        return self._frame(text, index)

    def _frame(self, text: str, index: int) -> Verdict:
        file, cell, old = _FILE.match(text), _CELL.match(text), _OLD.match(text)
        if file:
            self.add_frame(Frame(file.group(1), int(file.group(2)), _bare(file.group(3)), index=index))
        elif cell:
            line = cell.group(2)
            name = _bare(cell.group(3) or cell.group(4))
            self.add_frame(Frame(cell.group(1), int(line) if line else None, name, index=index))
        elif old:
            self.add_frame(Frame(old.group(1), None, _bare(old.group(2)), index=index))
        else:
            arrow = _ARROW.match(text)
            self.mark(index, LineRole.SOURCE)
            if arrow and self.frames and not self.frames[-1].source:
                last = self.frames[-1]
                line = int(arrow.group(1)) if last.line is None else last.line
                self.frames[-1] = Frame(last.file, line, last.function, text[arrow.end() :].strip(), last.index)
            if not text:
                self._blanks += 1
                return Verdict.HOLD if self._blanks <= 3 else Verdict.CLOSE
            if text[0] not in " -\t" and not text.startswith(("(...)", "[...")):
                return Verdict.HOLD
        self._blanks = 0
        return Verdict.TAKE

    def _after(self, text: str, index: int) -> Verdict:
        if text in (DIRECT_CAUSE, CONTEXT):
            self.chained.insert(0, self.part)
            self.part = Part()
            self._ended = False
            self._blanks = 0
            self.mark(index, LineRole.CHAIN)
            return Verdict.TAKE
        if not text:
            return self._tail.blank()
        verdict = self._tail.judge(text, self.part)
        if verdict is Verdict.TAKE:
            self._tail.taken(text)
            self.part.add_text(text)
        return verdict


def _bare(call: str | None) -> str | None:
    """A function's name without the arguments printed after it."""
    return call.partition("(")[0] if call else None


def _open(text: str, index: int, recent: Recent) -> Opening | None:
    match = _HEADER.search(text.rstrip())
    if match is None or match.start() > MAX_PREFIX:
        return None
    prefix = Prefix(text[: match.start()])
    above = next(recent.before(prefix, 1), None)
    earlier = (above[0],) if above and _RULE.match(above[1].rstrip()) else ()
    return Opening(NotebookMachine(), prefix, earlier)


GRAMMAR = Family(hints=("Traceback (most recent call last)",), opener=_open)

"""What Node.js prints when something that is no error is thrown: the place, its source and the value, but no frames.

::

    /srv/shop/till.js:4
    throw { code: 5 }
    ^
    { code: 5 }
    (Use `node --trace-uncaught ...` to show where the exception was thrown)
    <blank>
    Node.js v20.20.2                                 what shows that the process died of it

An error whose list of frames is empty is printed in the same way, in brackets.
"""

from __future__ import annotations

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Family, Machine, Opening, Recent, Verdict
from tui.core.tracebacks.model import LineRole
from tui.core.tracebacks.prefix import EMPTY, Prefix
from tui.core.tracebacks.text import is_logged

_CARET = expression(r"\s*\^+$")
_PLACE = expression(r"(?:file://)?(?:\S.{0,300}\.\w{1,4}|\[eval\]|\[stdin\]|node:\S+):(\d{1,9})$")
_OWN_PLACE = expression(r"(?:file://|/|[A-Za-z]:[\\/]).*\.[cm]?[jt]sx?:\d{1,9}$|node:\S+:\d{1,9}$")
"""A place as it stands above an excerpt of Node's; a compiler names the column too."""
_THROW = "throw "
_OBJECT = expression(r"\{|\[(?: |$|\w*Function\b|class |\w*Error\b)")
"""Objects, lists and functions as they are shown; of simple values Node says how to find out who threw them."""
_BRACKETED = expression(r"\[([A-Za-z_$][\w$.]*)(?: \[[^\]]*\])?(?:: (.*))?\]$")
_OPENED = expression(r"\[[A-Za-z_$][\w$.]*(?: \[[^\]]*\])?(?:: .*)?\] \{$")
"""An error without frames that has properties, which is a report of an error."""
_NO_ERROR = ("Function", "AsyncFunction", "GeneratorFunction", "class", "Object", "Array", "Symbol", "Module")
_FRAME = expression(r"\s+at ")
_USE = "(Use `node --trace-uncaught"
_DIED = "Node.js v"
_MAX_VALUE = 30
_MAX_SOURCE = 3


class ThrownMachine(Machine):
    """Reads one report of a thrown value; it is none until the process is seen to die of it."""

    language = "javascript"
    kind = "node-value"

    def __init__(self) -> None:
        super().__init__()
        self._held = 0
        self._has_caret = False
        self._has_died = False
        self._below_blank = False
        self._has_place = False
        self._is_thrown = False
        self._is_open = False
        self._last = ""

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        text = text.rstrip()
        if not self._has_caret:
            return self._excerpt(text, index)
        if not text:
            self._below_blank = self._held > 0
            return Verdict.HOLD
        if self._below_blank:
            self._has_died = text.startswith(_DIED)
            return Verdict.ENDED if self._has_died else Verdict.CLOSE
        if self.is_interrupted and not self._held:
            return Verdict.CLOSE
        self._held += 1
        if self._is_open:
            self._is_open = text[:1] in " \t"
            self.part.add_text(text)
            return Verdict.TAKE
        if self._held == 1 and _OPENED.match(text):
            return Verdict.CLOSE
        if _FRAME.match(text) or is_logged(text) or self._held > _MAX_VALUE:
            return Verdict.CLOSE
        if self._held == 1:
            named = _BRACKETED.match(text)
            if named and named.group(1) in _NO_ERROR:
                named = None
            self.part.type = named.group(1) if named else None
            self.part.add_text((named.group(2) or "") if named else text)
            self._is_thrown = self._is_thrown and _OBJECT.match(text) is not None
            if self._is_thrown:
                self._is_open = text[-1] in "{["
                return Verdict.TAKE
        elif text.startswith(_USE):
            self._has_died = True
            return Verdict.DONE
        else:
            self.part.add_text(text)
        return Verdict.HOLD

    def is_report(self) -> bool:
        """The end of the process, the advice printed at it, a thrown object; or no more than the excerpt."""
        if self._has_died or (self._is_thrown and self._held > 0):
            return True
        return self._has_caret and self._has_place and not self._held

    def finish(self) -> None:
        """See ``Machine.finish``."""
        self.is_truncated = not self._held

    def _excerpt(self, text: str, index: int) -> Verdict:
        self._has_caret = _CARET.match(text) is not None
        if not self._last:
            self._has_place = _OWN_PLACE.match(text.strip()) is not None
        elif self._has_caret:
            self._is_thrown = self._last.startswith(_THROW, text.find("^"))
        self._last = text
        self.mark(index, LineRole.CARET if self._has_caret else LineRole.SOURCE)
        return Verdict.TAKE


def _open(text: str, index: int, recent: Recent) -> Opening | None:
    caret = text.find("^")
    lead = text[:caret]
    stem = lead.rstrip(" ")
    prefix = EMPTY if not stem else Prefix(lead[: len(stem) + 1])
    if _CARET.match(text.rstrip(), len(prefix.text)) is None:
        return None
    above: list[int] = []
    for line, before in recent.before(prefix, _MAX_SOURCE + 1):
        above.insert(0, line)
        if _PLACE.match(before.strip()):
            return Opening(ThrownMachine(), prefix, tuple(above)) if len(above) > 1 else None
        if is_logged(before):
            return None
    return None


GRAMMAR = Family(hints=("^",), opener=_open)

"""Perl's layout: a message that ends in its place, then one line a caller.

::

    barcode is unreadable at shelf.pl line 2.
            main::scan("40?6") called at shelf.pl line 3

A single line of the same shape is also how warnings look, so one is reported only where its text is fatal.
"""

from __future__ import annotations

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Family, Machine, Opening, Recent, Verdict
from tui.core.tracebacks.lookback import prefix_before
from tui.core.tracebacks.model import Frame, LineRole
from tui.core.tracebacks.prefix import EMPTY, MAX_PREFIX, Prefix
from tui.core.tracebacks.text import is_logged

_HEAD = expression(r"(.*?) at (\S{1,300}) line (\d{1,9})(?:, <\w+> (?:line|chunk) \d+)?(?:, near .*|\.)?$")
_CALLER = expression(r"\s+(\S.{0,800}?) called at (\S{1,300}) line (\d{1,9})(?:, <\w+> (?:line|chunk) \d+)?$")
_FATAL = expression(
    r"Died at |Can't (?:locate|call method|use|find|load|open|exec|modify|redeclare|coerce|return|take|goto|\"\w+\")|Illegal division by zero at "
    r"|Undefined subroutine |Modification of a read-only value|Not an? \w+ reference at |Global symbol |syntax error at "
    r"|Attempt to (?:reload|bless)|Out of memory|Deep recursion limit|Uncaught exception"
)
_PREFIX_END = expression(r"(?:[|\]>:] |\t)$")
_COMPILING = expression(r"syntax error at |Global symbol |Bareword |Missing right |Can't find string terminator")
_ABORTED = expression(
    r"(?:Execution of \S+ aborted due to compilation errors\.|BEGIN failed--compilation aborted at .*|Compilation failed in require at .*)$"
)


class PerlMachine(Machine):
    """Reads one report of Carp, or of ``die``."""

    language = "perl"
    kind = "perl"

    def __init__(self, *, has_head: bool, is_fatal: bool = False) -> None:
        super().__init__()
        self._has_head = has_head
        self._is_fatal = is_fatal
        self._callers = 0

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        text = text.rstrip()
        caller = _CALLER.match(text)
        if caller:
            self._callers += 1
            function = caller.group(1)
            name = function if function.startswith("eval") else function.partition("(")[0]
            self.add_frame(Frame(caller.group(2), int(caller.group(3)), name, index=index))
            return Verdict.TAKE
        if self._has_head and not self.frames:
            head = _HEAD.match(text)
            if head is None:
                self.part.add_text(text)
                return Verdict.TAKE
            self.part.add_text(head.group(1))
            self.add_frame(Frame(head.group(2), int(head.group(3)), None, index=index))
            self.mark(index, LineRole.EXCEPTION)
            return Verdict.TAKE
        if self._is_fatal and (_ABORTED.match(text) or _COMPILING.match(text)):
            return Verdict.TAKE
        return Verdict.CLOSE

    def is_report(self) -> bool:
        """A caller, or a message that only ``die`` prints."""
        return self._callers >= (1 if self._has_head else 2) or (self._is_fatal and bool(self.frames))

    def continues(self, text: str) -> bool:
        """See ``Machine.continues``."""
        return _CALLER.match(text) is not None


def _open(text: str, index: int, recent: Recent) -> Opening | None:
    fatal = _FATAL.search(text)
    at = text.find(" called at ")
    if at >= 0 and fatal is None:
        tab, blanks = text.rfind("\t", 0, at), text.rfind("    ", 0, at)
        start = max(tab, blanks + 3 if blanks >= 0 else -1)
        if start < 0:
            return None
        prefix = prefix_before(text, start + 1, recent) if text[:start].strip() else EMPTY
        if prefix is None or _CALLER.match(text[len(prefix.text) :].rstrip() if prefix else text.rstrip()) is None:
            return None
        above = next(iter(recent.before(prefix, 1)), None)
        if above and _HEAD.match(above[1].rstrip()):
            return Opening(PerlMachine(has_head=True), prefix, (above[0],))
        return Opening(PerlMachine(has_head=False), prefix)
    if fatal and fatal.start() <= MAX_PREFIX and _HEAD.match(text.rstrip(), fatal.start()):
        lead = text[: fatal.start()]
        if not lead.strip() or _PREFIX_END.search(lead) or (lead.endswith(" ") and is_logged(lead)):
            return Opening(PerlMachine(has_head=True, is_fatal=True), Prefix(lead), opens_mid_line=bool(lead))
    return None


GRAMMAR = Family(hints=(" called at ", " line "), opener=_open)

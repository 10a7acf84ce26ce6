"""Rust's reports of an error that was returned: what ``main`` prints, and those of anyhow, eyre and color-eyre.

::

    Error: starting the mill                           color-eyre: "Error:", then the numbered list
    <blank>
    Caused by:
        0: reading the config                          one cause alone has no number
        1: No such file or directory (os error 2)
    <blank>
    Location:                                          eyre only
        src/main.rs:2:50
    Stack backtrace:                                   where the environment asked for it
       0: mill::main
                 at ./src/main.rs:32:19
"""

from __future__ import annotations

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Family, Machine, Opening, Part, Recent, Verdict
from tui.core.tracebacks.lookback import prefix_before
from tui.core.tracebacks.model import Frame, LineRole
from tui.core.tracebacks.prefix import MAX_PREFIX, Prefix
from tui.core.tracebacks.rust import FUNCTION, PLACE
from tui.core.tracebacks.text import is_logged

_HEAD = expression(r"Error: ?(.*)$")
_CRASHED = "The application panicked (crashed)."
_DEBUG = expression(r"Error: (?:[A-Z]\w*(?:::\w+)*(?: \{ .* \}|\(.*\))|\".*\")$")
_NUMBERED = expression(r"   +(\d+): (.*)$")
_HEADINGS = ("Caused by:", "Location:", "Stack backtrace:", "Backtrace:")
_LOCATION = expression(r"\s+(\S.{0,300}?):(\d{1,9})(?::\d{1,9})?$")
_FOOTER = expression(
    r"Backtrace omitted\. |Run with (?:RUST_BACKTRACE|COLORBT_SHOW_HIDDEN)|note: Some details|(?:Message|Location): |Note: |Suggestion: "
)
_DRAWN = expression(r"\s+(?:━|⋮)")
_MAX_BLANKS = 3
_MAX_LINES = 4_000


class ReturnedErrorMachine(Machine):
    """Reads the report of an error that a program returned."""

    language = "rust"
    kind = "rust-error"

    def __init__(self) -> None:
        super().__init__()
        self._heading = ""
        self._blanks = 0
        self._lines = 0
        self._has_number = False
        self._is_debug = False
        self._is_drawn = False

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        text = text.rstrip()
        self._lines += 1
        if self._lines == 1:
            return self._head(text, index)
        if not text:
            self._blanks += 1
            return Verdict.HOLD if self._blanks <= _MAX_BLANKS else Verdict.CLOSE
        verdict = self._line(text, index)
        if verdict is Verdict.TAKE:
            self._blanks = 0
        return verdict

    def is_report(self) -> bool:
        """Causes, a backtrace, a place, or a value that only Rust prints so."""
        return bool(self.chained) or bool(self.frames) or self._is_debug or self._is_drawn

    def _head(self, text: str, index: int) -> Verdict:
        self.mark(index, LineRole.EXCEPTION)
        head = _HEAD.match(text)
        if head is None:
            self.part.type = "panic"
            self._is_drawn = True
            return Verdict.TAKE
        if head.group(1):
            self.part.add_text(head.group(1))
        self._is_debug = _DEBUG.match(text) is not None
        return Verdict.TAKE

    def _line(self, text: str, index: int) -> Verdict:
        if text in _HEADINGS:
            self._heading = text
            self.mark(index, LineRole.CHAIN)
            return Verdict.TAKE
        if _FOOTER.match(text):
            return self._footer(text, index)
        if _DRAWN.match(text):
            self._heading, self._is_drawn = _HEADINGS[-1], True
            return Verdict.TAKE
        if text[0] != " " or is_logged(text) or self._lines > _MAX_LINES:
            return Verdict.CLOSE
        if "acktrace" in self._heading:
            return self._frame(text, index)
        if self._heading == "Location:":
            location = _LOCATION.match(text)
            if location:
                self.add_frame(Frame(location.group(1), int(location.group(2)), None, index=index))
            return Verdict.TAKE if location else Verdict.CLOSE
        return self._cause(text)

    def _cause(self, text: str) -> Verdict:
        """A numbered cause, a single one without a number, or the next line of one."""
        numbered = _NUMBERED.match(text)
        if not self.part.message:
            # color-eyre counts the error itself.
            if numbered is None:
                return Verdict.CLOSE
            self._has_number = True
            self.part.add_text(numbered.group(2))
            return Verdict.TAKE
        if not self._heading and not self._has_number:
            self.part.add_text(text)
            return Verdict.HOLD
        if numbered or not self.chained:
            self._has_number = self._has_number or numbered is not None
            if numbered or self._heading:
                self.chained.append(Part(message=[numbered.group(2) if numbered else text.strip()]))
        return Verdict.TAKE

    def _frame(self, text: str, index: int) -> Verdict:
        function = FUNCTION.match(text)
        if function:
            self.add_frame(Frame(None, None, function.group(2), index=index))
            return Verdict.TAKE
        place = PLACE.match(text)
        if place is None or not self.frames:
            return Verdict.CLOSE
        last = self.frames[-1]
        line = place.group(2)
        self.frames[-1] = Frame(place.group(1), int(line) if line else None, last.function, index=last.index)
        return Verdict.TAKE

    def _footer(self, text: str, index: int) -> Verdict:
        self.mark(index, LineRole.NOTE)
        kind, _, rest = text.partition(":")
        if kind == "Message":
            self.part.add_text(rest.strip())
        location = _LOCATION.match(rest) if kind == "Location" else None
        if location:
            self.add_frame(Frame(location.group(1), int(location.group(2)), None, index=index))
        return Verdict.TAKE


def _open(text: str, index: int, recent: Recent) -> Opening | None:
    text = text.rstrip()
    at = text.find(_CRASHED)
    if at < 0:
        debug = _DEBUG.search(text)
        at = debug.start() if debug else -1
    if 0 <= at <= MAX_PREFIX and (at == 0 or text[at - 1] in " \t|]"):
        lead = Prefix(text[:at])
        return Opening(ReturnedErrorMachine(), lead, opens_mid_line=bool(lead))
    for heading in ("Caused by:", "Stack backtrace:"):
        if text.endswith(heading) and len(text) <= MAX_PREFIX:
            return _open_below_head(Prefix(text[: -len(heading)]), recent)
    return _open_at_number(text, recent)


def _open_below_head(prefix: Prefix, recent: Recent) -> Opening | None:
    """A heading, a blank above it, and above that the error's message."""
    passed: list[int] = []
    for number, (line, above) in enumerate(recent.before(prefix, 12)):
        passed.append(line)
        if number == 0 and above.strip():
            return None
        if _HEAD.match(above):
            return Opening(ReturnedErrorMachine(), prefix, tuple(reversed(passed)))
        if number and (is_logged(above) or not above.strip()):
            return None
    return None


def _open_at_number(text: str, recent: Recent) -> Opening | None:
    """color-eyre's list begins below a bare head."""
    at = text.find("   0: ")
    prefix = prefix_before(text, at, recent) if 0 <= at <= MAX_PREFIX else None
    above = next(recent.before(prefix, 1), None) if prefix is not None else None
    if prefix is None or above is None or above[1].rstrip() != "Error:":
        return None
    return Opening(ReturnedErrorMachine(), prefix, (above[0],))


GRAMMAR = Family(hints=("Caused by:", "Stack backtrace:", "   0: ", _CRASHED, "Error: "), opener=_open)

"""PHP's layout: uncaught exceptions with their previous ones, and fatal errors without a trace.

::

    PHP Fatal error:  Uncaught T: message in /f.php:3
    Stack trace:
    #0 /f.php(4): C->m()
    #1 {main}
    <blank>
    Next U: message in /f.php:7                        the last one propagated
    Stack trace:
    #0 {main}
      thrown in /f.php on line 7
"""

from __future__ import annotations

import re

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Family, Machine, Opening, Part, Recent, Verdict
from tui.core.tracebacks.lookback import head_before
from tui.core.tracebacks.model import Frame, LineRole
from tui.core.tracebacks.prefix import MAX_PREFIX, Prefix
from tui.core.tracebacks.text import is_logged

_UNCAUGHT = expression(r"(?:PHP )?(?:Fatal error|Recoverable fatal error|Warning): +Uncaught ")
_NAME = r"[A-Za-z_][\w\\]*(?:@anonymous(?= ?/\S+:\d+\$|\b))?"
_HEAD = expression(rf"(?:Next )?({_NAME})(?: ?/\S+:\d+\$\w+)?(?:: (.*)| in .*:\d+$|$)")
_STRICT = expression(r"(?:Exception|Error)(?:@anonymous)?$|\\")
_LOGGED_HEAD = expression(r"(?:^|[\s:])([A-Z]\w*(?:\\\w+)+|\w*(?:Exception|Error)): (.*)$")
_END = expression(r" in (\S.{0,300}?)(?::| on line )(\d{1,9})$")
_FRAME = expression(
    r"#\d+ (?:(\S.{0,300}?)\((\d{1,9})\)(?: : eval\(\)'d code(?:\(\d+\))?)?: |(\[internal function\]): |(\{main\})$)(.*)$"
)
_THROWN = expression(r"\s*thrown in \S.* on line \d+$")
_FATAL = expression(r"(?:PHP )?(Fatal error|Parse error): +(?!Uncaught )(.*) in (\S.{0,300}) on line (\d{1,9})$")
_TYPED_RECORD = expression(rf"({_NAME}(?:Exception|Error)|Error|Exception)(?:: (.*))? in \S.*:\d+$")
_OBJECT = expression(r"\[object\] \(([\w\\]+)\(code: -?\d+\): (.*) at \S+:\d+\)$")
_MAX_MESSAGE = 30


class PhpMachine(Machine):
    """Reads one report of PHP."""

    language = "php"
    kind = "php"

    def __init__(self, *, is_cut: bool = False) -> None:
        super().__init__()
        self._state = self._frames if is_cut else self._head
        self._is_cut = is_cut
        self._held = 0
        self._has_trace = False

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        return self._state(text.rstrip(), index)

    def continues(self, text: str) -> bool:
        """See ``Machine.continues``."""
        return text == "Stack trace:"

    def is_report(self) -> bool:
        """A head with a trace, or a fatal error."""
        if self._is_cut:
            return len(self.frames) >= 2
        return self.part.type is not None and self._has_trace

    def finish(self) -> None:
        """See ``Machine.finish``."""
        self.is_truncated = self.part.type is None

    def _head(self, text: str, index: int) -> Verdict:
        self.mark(index, LineRole.EXCEPTION)
        fatal = _FATAL.match(text)
        if fatal:
            self._has_trace = True
            self.part.type = fatal.group(1)
            self.part.add_text(fatal.group(2))
            return Verdict.DONE
        uncaught = _UNCAUGHT.search(text)
        self._begin_part(text[uncaught.end() :] if uncaught else text)
        self._state = self._message
        return Verdict.TAKE

    def _begin_part(self, body: str) -> None:
        typed = _TYPED_RECORD.search(body)
        match = _HEAD.match(body)
        if match is None or (typed and is_logged(body)):
            match = typed
        if match is None or not _STRICT.search(match.group(1)):
            match = _LOGGED_HEAD.search(body) or match
        if match is None:
            return
        self.part.type = match.group(1)
        message = match.group(2) or ""
        end = _END.search(message)
        message = message[: end.start()] if end else message
        if message:
            self.part.add_text(message)

    def _message(self, text: str, index: int) -> Verdict:
        if text == "Stack trace:":
            self.mark(index, LineRole.CHAIN)
            self._has_trace = True
            self._state = self._frames
            self._held = 0
            return Verdict.TAKE
        if _FRAME.match(text):
            self._has_trace = True
            self._state = self._frames
            return self._frames(text, index)
        self._held += 1
        if self._held > _MAX_MESSAGE or is_logged(text):
            return Verdict.CLOSE
        end = _END.search(text)
        self.part.add_text(text[: end.start()] if end else text)
        return Verdict.HOLD

    def _frames(self, text: str, index: int) -> Verdict:
        if self._is_cut and not self.frames and (text in ("Stack trace:", "[stacktrace]") or _OBJECT.search(text)):
            record = _OBJECT.search(text)
            if record:
                self.part.type = record.group(1)
                self.part.add_text(record.group(2))
                self.mark(index, LineRole.EXCEPTION)
            return Verdict.TAKE
        match = _FRAME.match(text)
        if match:
            self._held = 0
            self._frame(match, index)
            return Verdict.TAKE
        if _THROWN.match(text):
            self.mark(index, LineRole.NOTE)
            return Verdict.DONE
        if not text:
            self._held += 1
            return Verdict.HOLD if self._held == 1 else Verdict.CLOSE
        if text.startswith("Next ") and _HEAD.match(text):
            if len(self.chained) < 1_000:
                self.chained.insert(0, self.part)
            self.part = Part()
            self._begin_part(text[5:])
            self.mark(index, LineRole.CHAIN)
            self._state = self._message
            self._held = 0
            return Verdict.TAKE
        return Verdict.CLOSE

    def _frame(self, match: re.Match[str], index: int) -> None:
        if match.group(4):
            self.add_frame(Frame(None, None, "{main}", index=index))
            return
        call = match.group(5)
        function = call.partition("(")[0] or call
        if match.group(3):
            self.add_frame(Frame(None, None, function, index=index))
        else:
            self.add_frame(Frame(match.group(1), int(match.group(2)), function, index=index))


def _open(text: str, index: int, recent: Recent) -> Opening | None:
    text = text.rstrip()
    match = _UNCAUGHT.search(text) or _FATAL.search(text)
    if match:
        lead = text[: match.start()]
        if len(lead) > MAX_PREFIX or (match.group().startswith("Warning") and "Uncaught" not in match.group()):
            return None
        return Opening(PhpMachine(), Prefix(lead), opens_mid_line=bool(lead.strip()))
    stripped = text.rstrip()
    if not stripped.endswith("Stack trace:"):
        return _open_at_frame(stripped, recent)
    lead = stripped[: -len("Stack trace:")]
    if len(lead) > MAX_PREFIX:
        return None
    prefix = Prefix(lead)
    passed = head_before(recent, prefix, _is_head, lambda line: False, 10)
    if not passed:
        return Opening(PhpMachine(is_cut=True), prefix, is_headless=True)
    return Opening(PhpMachine(), prefix, tuple(line for line, _ in reversed(passed)))


def _open_at_frame(text: str, recent: Recent) -> Opening | None:
    """Numbered frames without a head: the head was cut off."""
    at = text.find("#")
    if at < 0 or at > MAX_PREFIX or ".php(" not in text or _FRAME.match(text, at) is None:
        return None
    prefix = Prefix(text[:at])
    above = list(recent.before(prefix, 2))
    if len(above) == 2 and above[0][1].rstrip() == "[stacktrace]" and _OBJECT.search(above[1][1]):
        return Opening(PhpMachine(is_cut=True), prefix, (above[1][0], above[0][0]))
    head = _HEAD.match(above[0][1].rstrip()) if above else None
    if (head and _STRICT.search(head.group(1))) or (above and _LOGGED_HEAD.search(above[0][1].rstrip())):
        # The trace printed by hand, below type and message.
        return Opening(PhpMachine(), prefix, (above[0][0],))
    return Opening(PhpMachine(is_cut=True), prefix, is_headless=True)


def _is_head(text: str, distance: int) -> bool:
    text = text.rstrip()
    if _TYPED_RECORD.search(text) or _UNCAUGHT.search(text):
        return True
    match = _HEAD.match(text)
    if match is None or not _STRICT.search(match.group(1)):
        # A message of several lines names its place in the last of them.
        return distance > 1 and _LOGGED_HEAD.search(text) is not None
    return _END.search(text) is not None or (distance > 1 and match.group(2) is not None)


GRAMMAR = Family(hints=("Uncaught ", "Stack trace:", "Fatal error: ", "Parse error: ", ".php("), opener=_open)

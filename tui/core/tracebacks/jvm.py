"""The JVM's layout, as printed for Java, Kotlin, Scala and Groovy, and as loggers derive it.

::

    Exception in thread "main" pkg.Type: message     head; or only ``pkg.Type: message``
        at pkg.Class.method(File.java:12)            frame (a tab, then "at")
        ... 3 more
        Suppressed: pkg.Type: message                one tab deeper
    Caused by: pkg.Type: message                     then frames again
"""

from __future__ import annotations

import re

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Family, Machine, Opening, Part, Recent, Verdict
from tui.core.tracebacks.lookback import head_before, prefix_before
from tui.core.tracebacks.model import Frame, LineRole
from tui.core.tracebacks.prefix import MAX_PREFIX, Prefix
from tui.core.tracebacks.python_lines import HEADER, QUOTING
from tui.core.tracebacks.text import indent_of, is_level, is_logged

_AT = expression(r"(?:^|[ \t|])at (?=\S)")
FRAME = expression(
    r"\s*at ([^()\s][^()]{0,500}[^()\s])"
    r"\(((?:[^()\s:]{1,200}\.(?:java|kt|kts|scala|sc|groovy|clj|cljc|gvy|jsp|rb))(?::(-?\d{1,9}))?"
    r"|Native Method|Unknown Source|<generated>|<unknown>|<eval>(?::\d+)?|[\w$-]{1,100}(?::(\d{1,9}))?)\)"
    r"(?: ~?\[[^\]]{0,200}\])?\s*$"
)
_NAME = r"[^\W\d][\w$]*(?:[.$/][^\W\d][\w$-]*){0,30}"
_THREAD = expression(rf'Exception in thread "([^"]*)" (?:({_NAME})(?:: (.*)|:?$)|(.*)$)')
_HEAD = expression(rf"(?:Caught: |Exception: )?({_NAME})(?:: ?(.*))?$")
_STATE = "java.lang.Thread.State"
"""Of a dump of threads, not of an exception."""
_CAUGHT = "Caught: "
_POWER_ASSERTION = expression(r"(?:Caught: )?(Assertion failed): *$")
_STRICT = expression(r"(?:Exception|Error|Throwable|Failure|Fault|Interrupt|Death|Timeout)\w*$")
_IN_RECORD = expression(rf"(?:^|[\s:;(\[>])({_NAME}(?:Exception|Error|Throwable))(?:: (.*))?$")
_CAUSE = expression(rf"\s*(Caused by|Wrapped by): (?:(\[CIRCULAR REFERENCE.*)|({_NAME})(?:: ?(.*))?$|(.*)$)")
_SUPPRESSED = expression(rf"\s+Suppressed: ({_NAME})(?:: ?(.*))?$")
_MORE = expression(r"\s*\.\.\. \d+ (?:more|common frames omitted|frames? (?:omitted|truncated|excluded)|.*)$")
_DRIVER = "Driver stacktrace:"
_MAX_SKIPPED = 3
_MAX_CAUSE = 4
_MAX_MESSAGE = 30


def split_record(text: str) -> tuple[str, str] | None:
    """Type and message where a log record ends in them."""
    match = _IN_RECORD.search(text)
    return (match.group(1), match.group(2) or "") if match else None


class JvmMachine(Machine):
    """Reads one report of the JVM."""

    language = "java"
    kind = "jvm"

    def __init__(self, *, has_head: bool) -> None:
        super().__init__()
        self._state = self._head if has_head else self._frames
        self._current = self.part
        self._held = 0
        self._skipped = 0
        self._is_thread_head = False
        self._last_is_propagated = False
        self._quotes = False
        self._is_elided = False

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        return self._state(text.rstrip(), index)

    def continues(self, text: str) -> bool:
        """See ``Machine.continues``."""
        return FRAME.match(text) is not None or (self._quotes and text.startswith('  File "'))

    def is_report(self) -> bool:
        """A head with a frame, a thread's head alone, or two frames."""
        if self.part.type is not None:
            return bool(self.frames) or self._is_thread_head
        return len(self.frames) >= 2 or bool(self.frames and self.chained)

    def finish(self) -> None:
        """See ``Machine.finish``."""
        self.is_truncated = self.part.type is None
        if self._last_is_propagated and self.chained:
            # Printed root cause first: the last one is what propagated.
            parts = [self.part, *self.chained]
            self.part = parts[-1]
            self.chained = parts[-2::-1]

    def _head(self, text: str, index: int) -> Verdict:
        thread = _THREAD.search(text)
        record = None if thread or _is_plain_head(text) else split_record(text)
        head = _HEAD.match(text.strip())
        power = _POWER_ASSERTION.match(text)
        if power:
            self.part.type, message = power.group(1), ""
        elif thread:
            self._is_thread_head = True
            self.part.type = thread.group(2)
            message = thread.group(3) or thread.group(4) or ""
        elif record:
            self.part.type, message = record
        elif head:
            self.part.type, message = head.group(1), head.group(2) or ""
        else:
            return Verdict.CLOSE
        if message:
            self.part.add_text(message.rstrip())
        self._quotes = message.endswith(HEADER)
        self.mark(index, LineRole.EXCEPTION)
        self._state = self._frames
        return Verdict.TAKE

    def _frames(self, text: str, index: int) -> Verdict:
        match = FRAME.match(text)
        if match:
            self._held = self._skipped = 0
            self.add_frame(_frame(match, index), self._current)
            return Verdict.TAKE
        cause = _CAUSE.match(text)
        if cause:
            return self._cause(cause, index)
        if _MORE.match(text):
            self._held = 0
            self._is_elided = True
            return Verdict.TAKE
        suppressed = _SUPPRESSED.match(text)
        if suppressed:
            self._is_elided = False
            self._current = Part(type=suppressed.group(1), message=[suppressed.group(2) or ""])
            self.part.members.append(self._current)
            self.mark(index, LineRole.CHAIN)
            return Verdict.TAKE
        if text == _DRIVER:
            self.mark(index, LineRole.CHAIN)
            return Verdict.TAKE
        if not self._current.frames and not self._is_elided:
            return self._message(text)
        if not text and self._quotes and self._skipped < _MAX_SKIPPED:
            self._skipped += 1
            return Verdict.HOLD
        if is_logged(text) and not split_record(text) and self._skipped < _MAX_SKIPPED:
            self._skipped += 1
            return Verdict.SKIP
        return Verdict.CLOSE

    def _message(self, text: str) -> Verdict:
        """Between a head and its first frame: further lines of the message."""
        self._held += 1
        if self._quotes and text[:1] == " ":
            # Spark's errors hold the report of a Python worker in their message.
            self._held = 0
            return Verdict.TAKE
        if self._held > _MAX_MESSAGE or _THREAD.search(text):
            return Verdict.CLOSE
        if is_logged(text):
            return Verdict.SKIP if self._held < _MAX_SKIPPED else Verdict.CLOSE
        self._current.add_text(text)
        return Verdict.HOLD

    def _cause(self, match: re.Match[str], index: int) -> Verdict:
        self.mark(index, LineRole.CHAIN)
        self._held = self._skipped = 0
        self._is_elided = False
        if match.group(2):
            return Verdict.TAKE
        part = Part(type=match.group(3), message=[match.group(4) or match.group(5) or ""])
        self._quotes = self._quotes or part.message[0].endswith(HEADER)
        self._current = part
        if indent_of(match.string) > 0 and self.part.members and match.string[:1] in " \t":
            self.part.members[-1].causes.append(part)
        elif len(self.chained) < 1_000:
            self.chained.append(part)
        self._last_is_propagated = self._last_is_propagated or match.group(1) == "Wrapped by"
        return Verdict.TAKE


def _is_plain_head(text: str) -> bool:
    return _HEAD.match(text.strip()) is not None and not is_logged(text)


def _frame(match: re.Match[str], index: int) -> Frame:
    where = match.group(2)
    line = match.group(3) or match.group(4)
    file = where.rpartition(":")[0] if line else where
    if " " in file or file.startswith("<"):
        return Frame(file=None, line=None, function=match.group(1), index=index)
    return Frame(file=file, line=int(line) if line and int(line) > 0 else None, function=match.group(1), index=index)


def _is_head(text: str, distance: int) -> bool:
    if _THREAD.search(text) or text.rstrip() == "Assertion failed:":
        return True
    stripped = text.strip()
    match = _HEAD.match(stripped)
    if match and not is_level(match.group(1)) and match.group(1) != _STATE:
        name, has_colon = match.group(1), match.group(2) is not None
        if _STRICT.search(name) or "." in name or "$" in name:
            if has_colon or _STRICT.search(name):
                return True
        elif distance == 1 and name[:1].isupper() and (has_colon or stripped == name) and not is_logged(text):
            return True
    return split_record(text) is not None


def _is_barrier(text: str) -> bool:
    return FRAME.match(text) is not None or _MORE.match(text) is not None


def _open(text: str, index: int, recent: Recent) -> Opening | None:
    at = text.find('Exception in thread "')
    if at >= 0:
        if at > MAX_PREFIX or not _THREAD.match(text, at):
            return None
        return Opening(JvmMachine(has_head=True), Prefix(text[:at]), opens_mid_line=bool(text[:at].strip()))
    quoting = QUOTING.search(text.rstrip())
    if quoting:
        lead = text[: quoting.start(1)]
        if len(lead) > MAX_PREFIX:
            return None
        return Opening(JvmMachine(has_head=True), Prefix(lead), opens_mid_line=bool(lead.strip()))
    found = _AT.search(text)
    if found is None:
        return None
    at = text.find("at ", found.start())
    if FRAME.match(text, at) is None:
        return None
    prefix = prefix_before(text, at, recent)
    if prefix is None:
        return None
    passed = head_before(recent, prefix, _is_head, _is_barrier)
    passed = _with_repeated(recent, prefix, passed)
    earlier = tuple(line for line, _ in reversed(passed))
    if not earlier:
        return Opening(JvmMachine(has_head=False), prefix, _cause_before(recent, prefix), is_headless=True)
    return Opening(JvmMachine(has_head=True), prefix, earlier)


def _cause_before(recent: Recent, prefix: Prefix) -> tuple[int, ...]:
    """Lines from a cause to the frame, where the head above the cause was lost."""
    passed: list[int] = []
    for line, text in recent.before(prefix, _MAX_CAUSE):
        passed.insert(0, line)
        if _CAUSE.match(text):
            return tuple(passed)
        if is_logged(text) or FRAME.match(text):
            break
    return ()


def _with_repeated(recent: Recent, prefix: Prefix, passed: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Groovy says first what it caught: head and message once more, behind a word of its own."""
    count = len(passed)
    if not count:
        return passed
    lines = list(recent.before(prefix, 2 * count))
    repeated = [text.rstrip() for _, text in lines[count:]]
    if len(repeated) == count and repeated[-1].startswith(_CAUGHT):
        repeated[-1] = repeated[-1].removeprefix(_CAUGHT)
        if repeated == [text.rstrip() for _, text in passed]:
            return lines
    return passed


GRAMMAR = Family(hints=('Exception in thread "', "  at ", "\tat ", "\nat ", HEADER), opener=_open)

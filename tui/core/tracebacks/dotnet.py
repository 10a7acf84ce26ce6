"""The layout of .NET and Mono.

::

    Unhandled exception. N.Type: message             .NET; Mono prints "Unhandled Exception:" on a line of its own
     ---> N.Inner: message                           inner exceptions; on the head line in Mono
       at N.Class.Method(Args) in /f.cs:line 3       innermost frames first
       --- End of inner exception stack trace ---
       at N.Class.Main() in /f.cs:line 9
    ---> (Inner Exception #1) N.Type: message ... <---
"""

from __future__ import annotations

import re

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Family, Machine, Opening, Part, Recent, Verdict
from tui.core.tracebacks.lookback import head_before, prefix_before
from tui.core.tracebacks.model import Frame, LineRole
from tui.core.tracebacks.prefix import MAX_PREFIX, Prefix
from tui.core.tracebacks.text import is_logged

_AT = expression(r"(?:^|[ \t|])at (?=\S)")
_FRAME = expression(
    r"\s*at ((?:\(wrapper [\w-]{1,60}\) )?[^()\s\d][^()]{0,600}?) ?\(([^()]{0,800}(?:\([^()]{0,100}\)[^()]{0,200}){0,5})\)"
    r"(?: (?:\[0x[0-9a-f]+\]|<0x[0-9a-f]+ \+ 0x[0-9a-f]+>))?(?: in (.{1,400}?)(?::line (\d{1,9})|:(\d{1,9})))?\s*(?:<---)?\s*$"
)
_NAME = r"[^\W\d][\w`]*(?:[.+][^\W\d][\w`]*){0,20}(?:\[[\w.,\[\]`]{0,100}\])?"
_UNHANDLED = expression(r"Unhandled [Ee]xception[.:] ?")
_ANNOUNCED = ("Unhandled Exception:", "Unhandled exception:")
_FATAL = "[ERROR] FATAL UNHANDLED EXCEPTION: "
_HEAD = expression(rf"({_NAME})(?: \(0x[0-9A-Fa-f]+\))?: (.*)$|({_NAME})$")
_IN_RECORD = expression(rf"(?:^|[\s:;(\[>])({_NAME}(?:Exception|Error))(?: \(0x[0-9A-Fa-f]+\))?(?:: (.*))?$")
_INNER = expression(rf"\s*---> (\(Inner Exception #\d+\) )?({_NAME})(?:: (.*))?$")
_MARK = expression(
    r"\s*--- End of (?:inner exception )?stack trace.*---\s*$|\s*--- End of stack trace from previous location.*$"
)
_STRICT = expression(r"(?:Exception|Error|Failure)(?:`\d)?$")
_CAPITALISED = expression(r"(?:^|\s)([A-Z][\w.`+]*): ")
_CALL = expression(r"at [\w.<>`+\[\]|]+\.[\w.<>`|]+ ?\(.*\)")
_JAVA_PLACE = expression(r"Native Method\)|\(\S+\.(?:java|kt|scala|groovy|clj):\d+\)")
_MAX_MESSAGE = 30


class DotnetMachine(Machine):
    """Reads one report of .NET or Mono."""

    language = "csharp"
    kind = "dotnet"

    def __init__(self, *, has_head: bool) -> None:
        super().__init__()
        self._has_head = has_head
        self._held = 0
        self._is_marked = False
        self._inner: list[Part] = []
        self._current = self.part

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        match = _FRAME.match(text)
        if match:
            self._held = 0
            self._is_marked = False
            self.add_frame(_frame(match, index), self._current)
            return Verdict.TAKE
        if self._has_head and self.part.type is None and not self.frames:
            return self._head(text, index)
        inner = _INNER.match(text)
        if inner:
            return self._open_inner(inner, index)
        if _MARK.match(text):
            if "inner exception" in text:
                self._current = self.part
            self._is_marked = True
            self.mark(index, LineRole.CHAIN)
            return Verdict.TAKE
        if text.strip() == "<---":
            return Verdict.TAKE
        if not text.strip() and self._current.frames:
            self._held += 1
            return (
                Verdict.HOLD
                if self._held <= 1 and (self.is_group or self._is_marked or not self._has_head)
                else Verdict.CLOSE
            )
        if not self._current.frames and not is_logged(text):
            self._held += 1
            self._read(text)
            return Verdict.HOLD if self._held <= _MAX_MESSAGE else Verdict.CLOSE
        return Verdict.CLOSE

    def continues(self, text: str) -> bool:
        """See ``Machine.continues``."""
        return _FRAME.match(text) is not None

    def is_report(self) -> bool:
        """A head with a frame, or two frames."""
        return bool(self.frames) and (self.part.type is not None or len(self.frames) >= 2)

    def finish(self) -> None:
        """See ``Machine.finish``."""
        self.is_truncated = self.part.type is None

    def _head(self, text: str, index: int) -> Verdict:
        if text.rstrip().endswith(_ANNOUNCED):
            self.mark(index, LineRole.HEADER)
            return Verdict.TAKE
        split = _split_head(text)
        if split is None:
            return Verdict.CLOSE
        self.mark(index, LineRole.EXCEPTION)
        self.part.type, message = split
        self.is_group = self.part.type.endswith("AggregateException")
        self._read(message)
        return Verdict.TAKE

    def _read(self, text: str) -> None:
        """Take a line of a message, and the inner exceptions that Mono names behind it."""
        first, *inner = text.split(" ---> ")
        self._current.add_text(first)
        for text_of_inner in inner:
            head = _HEAD.match(text_of_inner)
            name = (head.group(1) or head.group(3)) if head else None
            part = Part(type=name, message=[(head.group(2) or "") if head else text_of_inner])
            self._add(part)

    def _open_inner(self, match: re.Match[str], index: int) -> Verdict:
        self.mark(index, LineRole.CHAIN)
        part = Part(type=match.group(2), message=[match.group(3) or ""])
        if match.group(1):
            self._current = part
            if len(self.part.members) < 1_000:
                self.part.members.append(part)
        else:
            self._add(part)
        self._held = 0
        return Verdict.TAKE

    def _add(self, part: Part) -> None:
        self._current = part
        if len(self.chained) < 1_000:
            self.chained.append(part)


def _split_head(text: str) -> tuple[str, str] | None:
    at = text.find(_FATAL)
    if at >= 0:
        text = text[at + len(_FATAL) :]
    unhandled = _UNHANDLED.search(text)
    if unhandled:
        text = text[unhandled.end() :]
    match = _HEAD.match(text.strip())
    if match and (_STRICT.search(match.group(1) or match.group(3)) or not is_logged(text)):
        name = match.group(1) or match.group(3)
        is_named = name[:1].isupper() and match.group(2) is not None
        if _STRICT.search(name) or (is_named and ("." in name or " ---> " in text)):
            return name, match.group(2) or ""
    first = text.split(" ---> ")[0]
    record = _IN_RECORD.search(first)
    if record:
        return record.group(1), (record.group(2) or "") + text[len(first) :]
    loose = _last_word_head(text, first)
    if loose is None and match:
        return match.group(1) or match.group(3), match.group(2) or ""
    return loose


def _last_word_head(text: str, first: str) -> tuple[str, str] | None:
    """Type and message of ``alarm DoorJam: text ---> ...``, where the type has no telling ending."""
    match = _CAPITALISED.search(first) if " ---> " in text else None
    return (match.group(1), first[match.end() :] + text[len(first) :]) if match else None


def _frame(match: re.Match[str], index: int) -> Frame:
    line = match.group(4) or match.group(5)
    file = match.group(3)
    return Frame(file=file, line=int(line) if line else None, function=match.group(1).strip(), index=index)


def _is_head(text: str, distance: int) -> bool:
    if _FATAL in text or _UNHANDLED.search(text):
        return True
    if " ---> " in text:
        # A message of several lines may hold the arrow in a later one.
        first = text.split(" ---> ")[0]
        head = _HEAD.match(first.strip())
        named = head is not None and (head.group(2) is not None or _STRICT.search(head.group(3)) is not None)
        return (
            named
            or text.lstrip().startswith("--->")
            or _IN_RECORD.search(first) is not None
            or _CAPITALISED.search(first) is not None
        )
    match = _HEAD.match(text.strip())
    if match and not is_logged(text):
        name = match.group(1) or match.group(3)
        if _STRICT.search(name) or (distance == 1 and match.group(2) is not None and name[:1].isupper()):
            return True
    return _IN_RECORD.search(text) is not None


def _is_barrier(text: str) -> bool:
    return _FRAME.match(text) is not None


def _open(text: str, index: int, recent: Recent) -> Opening | None:
    found = _AT.search(text)
    if found is None:
        return None
    at = text.find("at ", found.start())
    if at > MAX_PREFIX * 2 or _FRAME.match(text, at) is None:
        return None
    prefix = prefix_before(text, at, recent)
    if prefix is None:
        return None
    passed = head_before(recent, prefix, _is_head, _is_barrier)
    if passed and " ---> " in passed[-1][1] and passed[-1][1].lstrip().startswith("--->"):
        passed = _above_inner(recent, prefix, passed)
    earlier = [line for line, _ in reversed(passed)]
    if passed:
        above = next((entry for entry in recent.before(prefix, len(passed) + 1) if entry[0] < earlier[0]), None)
        if above and above[1].rstrip().endswith(_ANNOUNCED):
            earlier.insert(0, above[0])
    if not earlier and _looks_unlike(text[at:]):
        return None
    return Opening(DotnetMachine(has_head=bool(earlier)), prefix, tuple(earlier), is_headless=not earlier)


def _above_inner(recent: Recent, prefix: Prefix, passed: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The head above ``---> Inner: message`` lines."""
    lines = list(recent.before(prefix, len(passed) + 20))
    for count in range(len(passed), len(lines)):
        text = lines[count][1]
        if text.lstrip().startswith("---> "):
            continue
        if _is_head(text, 1):
            return lines[: count + 1]
        if is_logged(text):
            break
    return passed


def _looks_unlike(frame: str) -> bool:
    """Whether a frame without a head is too little to be .NET's: prose has parentheses too."""
    return _CALL.match(frame) is None or _JAVA_PLACE.search(frame) is not None


GRAMMAR = Family(hints=("  at ", "\tat ", "\nat "), opener=_open)

"""The layouts of Node.js, Deno and Bun.

::

    /src/app.js:5                                    excerpt: place, source, caret, blank
    const x = null.y
                   ^

    TypeError [CODE]: message                        head; may stand at the end of a log line
        at f (/src/app.js:5:9)                       frame
        at node:internal/main:28:49 {                a brace opens the error's properties
      code: 'E',
      [cause]: Error: message                        causes and members are indented reports
          at g (/src/app.js:7:1)
    }

It is long because the renderings of Node, Deno and Bun share their frames and their inspected properties.
"""

from __future__ import annotations

import re

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Family, Machine, Opening, Part, Recent, Verdict
from tui.core.tracebacks.lookback import head_before, prefix_before
from tui.core.tracebacks.model import Frame, LineRole
from tui.core.tracebacks.prefix import EMPTY, MAX_PREFIX, Prefix
from tui.core.tracebacks.text import indent_of, interrupts, is_level, is_logged

_AT = expression(r"(?:^|[ \t|])(?:at|❯) (?=\S)")
_TEST = "● "
"""Jest's mark of a failed test."""
_TAIL = expression(r"(.*?):(\d{1,9})(?::(\d{1,9}))?$")
_TIME = expression(r"\d\d:\d\d(?::\d\d)?$")
"""What stands in brackets in a schedule; Bun prints line and column alone only for code of its own, on its first line."""
_PLACES = ("<anonymous>", "native", "unknown location", "<unknown>")
_NAME = r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*){0,8}"
_CODE = r"(?: \[[\w. -]{1,60}\])?"
_KNOWN = r"(?:Error|Exception|UnhandledPromiseRejection|Failure|Fault)"
_LEAD = expression(
    r"(?:error: )?Uncaught (?:\(in (?:promise|worker.*?)\) ?)?|error: (?=[A-Z]\w*Error)|[Uu]n(?:handled|caught) (?:[Pp]romise )?(?:[Rr]ejection|[Ee]xception|[Ee]rror):? (?:at: )?(?=[A-Z]\w*Error)|\(node:\d+\) UnhandledPromiseRejectionWarning: "
)
_HEAD = expression(rf"({_NAME}){_CODE}(?:: (.*)|:?)$")
_SPACED_HEAD = expression(r"([A-Z]\w*(?: [A-Z]\w*){1,4}): (.*)$")
_STRICT_HEAD = expression(rf"((?:{_NAME})?{_KNOWN}){_CODE}(?:: (.*)|:?)$")
_IN_RECORD = expression(rf"(?:^|[\s:;(\[>'\"=])((?:{_NAME})?{_KNOWN}){_CODE}(?:: (.*))?$")
_TAGGED_HEAD = expression(rf"\] (?:- )?([A-Z][A-Za-z_$]*[a-z][\w$]*){_CODE}: (.*)$")
_NO_STACK = expression(rf"(?:^|\s)\[({_NAME}){_CODE}(?:: (.*))?\] \{{$")
_PROPERTY = expression(rf"\s*(?:\[?(?:cause|\w+)\]?|'[^']*'): ({_NAME}){_CODE}(?:: (.*))?$")
_CAUSE = expression(rf"\s*(?:\[cause\]|cause): (?:({_NAME}){_CODE}(?:: (.*))?$|\[({_NAME})(?:: (.*?))?\](?: \{{)?$|)")
_CAUSED_BY = expression(rf"\s*[Cc]aused by:? ({_NAME}){_CODE}(?:: (.*))?$")
_NO_CAUSE = expression(r"\s*(?:\[cause\]|cause): (?:undefined|null|\[(?:Function|class|Getter)\b.*),?$")
_EARLIER = expression(r"(?:From previous event:|-{40,60})$")
"""What long-stack-trace libraries print between the frames of one event and those of the event that caused it."""
_CAUSE_BELOW = expression(r"\s+Cause:$")
_SECTION = expression(r"\s*(?:Stack|Message|Received|Expected|Actual|Error properties):(?: |$)")
"""Titles in the reports of test runners, which look like heads without a message."""
_ELIDED = expression(
    r"\s*(?:at <Jasmine>|\.\.\. \d+ lines matching cause stack trace \.\.\."
    r"|\[\.\.\. lines matching original stack trace \.\.\.\])"
)
_TRAILED = expression(r"(\s+at .*?:\d+:\d+\)?) \S.*$")
_SECOND = expression(r"\s*(?:Emitted '[^']*' event (?:on .{1,80} instance )?at:|Thrown at:)\s*$")
_SCRIPT = "<anonymous_script>:"
_EXCERPT_PLACE = expression(r"(?:file://)?(\S.{0,300}):(\d{1,9})$")
_CARET = expression(r"\s*\^+\s*$|\s*~+\s*$")
_CODE_FRAME = expression(r"\s+(?:\d+)?\s*\|(?: |$)")
_UNCAUGHT = "error: Uncaught "
_PHP = ("Fatal ", "fatal ")
_QUOTES = ('"', "'", "`")
_NUMBERED = expression(r"\s*\d+ \| ")
_WARNING = expression(
    r"TS\d+ \[ERROR\]: |\(node:\d+\) (?!UnhandledPromiseRejectionWarning)|Trace(?::|$)|Warning: |\(Use `"
)
_EXCERPTED_HEAD = expression(rf"(?<![\w.$])(?:{_NAME})?Error{_CODE}(?::|$)")
_RUST_PLACE = expression(r" {8,}at \S+:\d+:\d+$")
_RUST_FUNCTION = expression(r"\s*\d+: ")
_MAX_MESSAGE = 60
_MAX_SOURCE = 14


def parse_frame(text: str, index: int) -> Frame | None:
    """The frame of an ``at`` line; None where the line is none of JavaScript's."""
    body = text.strip()
    if body.startswith("❯ "):
        name, _, place = body[2:].rpartition(" ")
        match = _TAIL.match(place)
        return Frame(match.group(1), int(match.group(2)), name or None, index=index) if match else None
    if not body.startswith("at "):
        return None
    body = body[3:]
    opened = body.rfind(" {")
    if opened > 0 and (body.endswith(("{", "}"))):
        body = body[: body.find(" {", body.rfind(")") if ")" in body[:opened] else body.rfind(":", 0, opened))].rstrip()
    body = body.rstrip(",")
    function: str | None = None
    if body.endswith(")"):
        bracket = body.find(" (")
        if bracket < 0:
            return None
        function, place = body[:bracket], body[bracket + 2 : -1]
    else:
        place = body
        place = place.removeprefix("async ")
    if place.startswith("eval at "):
        place = place.rpartition(", ")[2]
    if place in _PLACES or place.startswith("index "):
        return Frame(None, None, function, index=index) if function else None
    match = _TAIL.match(place)
    if match is None:
        return None
    if (match.group(3) is None and function is None) or _TIME.match(place):
        return None
    return Frame(match.group(1), int(match.group(2)), function, index=index)


class JavaScriptMachine(Machine):
    """Reads one report. ``head_index`` is the line that holds type and message."""

    language = "javascript"
    kind = "node"

    def __init__(self, head_index: int | None, *, indent: int = 0) -> None:
        super().__init__()
        self._head_index = head_index
        self._base = indent
        self._in_braces = False
        self._in_message = False
        self._errors_at: int | None = None
        self._current = self.part
        self._expects_list = False
        self._held = 0
        self._is_silent = False
        self._has_excerpt = False
        self._is_numbered = False
        self._is_below_caret = False
        self._in_members = False
        self._has_properties = False
        self._is_uncaught = False
        self._has_marked_frames = False
        self._is_test = False
        self._expects_cause = False

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        if self._head_index is not None and index <= self._head_index and text.lstrip().startswith(_TEST):
            self._is_test = True
        if self._head_index is not None and index < self._head_index:
            self._has_excerpt = True
            self._is_numbered = self._is_numbered or _NUMBERED.match(text) is not None
            self.mark(index, LineRole.CARET if _CARET.match(text) else LineRole.SOURCE)
            return Verdict.TAKE
        if index == self._head_index:
            return self._head(text, index)
        frame = parse_frame(text, index)
        if frame is not None:
            return self._frame(frame, text)
        if self._in_braces:
            return self._braces(text, index)
        if self._in_message:
            return self._message(text)
        return self._after_frames(text, index)

    def continues(self, text: str) -> bool:
        """See ``Machine.continues``."""
        return parse_frame(text, 0) is not None or (self._in_braces and indent_of(text) > self._base)

    def is_report(self) -> bool:
        """A head with a frame or properties, or two frames."""
        if self._is_silent:
            return False
        if self._head_index is None:
            return len(self.frames) >= 2 or (bool(self.frames) and self._has_properties)
        if (self._has_excerpt and not self._is_numbered) or self._is_uncaught:
            return True
        return bool(self.frames) or bool(self.part.members) or self.is_group

    def finish(self) -> None:
        """See ``Machine.finish``."""
        self.is_truncated = self._head_index is None or self._in_braces
        self.is_group = (self.part.type or "").endswith("AggregateError")

    def _head(self, text: str, index: int) -> Verdict:
        self.mark(index, LineRole.EXCEPTION)
        self._in_message = True
        if _WARNING.match(text.strip()):
            self._is_silent = True
        self._is_uncaught = text.startswith(_UNCAUGHT)
        if self._base and _CAUSE.match(text):
            # What the cause belongs to was cut off, and with it the brace that the cause stands in.
            self._in_braces, self._in_message, self._base = True, False, 0
        kind, message = split_head(text)
        self.part.type = kind
        if message:
            self.part.add_text(message)
        self.is_group = (kind or "").endswith("AggregateError")
        if _NO_STACK.search(text.rstrip()):
            self._in_braces, self._in_message = True, False
        return Verdict.TAKE

    def _frame(self, frame: Frame, text: str) -> Verdict:
        self._in_message = False
        self._held = 0
        self._has_marked_frames = self._has_marked_frames or text.lstrip().startswith("❯ ")
        if self._in_members and indent_of(text) <= 4:
            self._in_members = False
        if self._head_index is None and not self.frames and indent_of(text) > 4:
            # The head was cut off, and with it the brace that opened the properties this frame is in.
            self._in_braces = True
        self.add_frame(frame, self._current)
        if not self._in_braces and text.rstrip().endswith(" {"):
            self._in_braces = True
        return Verdict.TAKE

    def _message(self, text: str) -> Verdict:
        member = (
            _STRICT_HEAD.match(text.strip()) if self._is_uncaught and self.is_group and text[:4] == "    " else None
        )
        if member:
            # Deno prints the members of an AggregateError before its source.
            self._in_members = True
            self._current = Part(type=member.group(1), message=[member.group(2) or ""])
            self.part.members.append(self._current)
            return Verdict.HOLD
        if self._is_uncaught and (_UNCAUGHT in text or (self.part.type is None and _STRICT_HEAD.match(text))):
            return Verdict.CLOSE
        self._held += 1
        if self._held > _MAX_MESSAGE or (is_logged(text) and (self._is_uncaught or interrupts(text))):
            return Verdict.CLOSE
        self._current.add_text(text)
        return Verdict.HOLD

    def _braces(self, text: str, index: int) -> Verdict:
        if not text.strip():
            return Verdict.HOLD
        indent = indent_of(text)
        if indent <= self._base and text.lstrip()[0] in "}])":
            self._in_braces = False
            self._has_properties = True
            self._errors_at = None
            return Verdict.TAKE
        if indent <= self._base:
            return Verdict.CLOSE
        self._property(text, indent, index)
        return Verdict.TAKE

    def _property(self, text: str, indent: int, index: int) -> None:
        if self._errors_at is not None and indent <= self._errors_at:
            self._errors_at = None
            self._current = self.part
        cause = None if _NO_CAUSE.match(text) else _CAUSE.match(text)
        if cause and self._errors_at is None:
            self.mark(index, LineRole.CHAIN)
            name = cause.group(1) or cause.group(3)
            self._current = Part(type=name, message=[cause.group(2) or cause.group(4) or ""])
            if len(self.chained) < 1_000:
                self.chained.append(self._current)
            return
        stripped = text.strip()
        if stripped in ("[errors]: [", "errors: ["):
            self._errors_at = indent
            return
        head = _STRICT_HEAD.match(stripped)
        if head and self._errors_at is not None and indent == self._errors_at + 2 and len(self.part.members) < 1_000:
            self._current = Part(type=head.group(1), message=[head.group(2) or ""])
            self.part.members.append(self._current)
            self.mark(index, LineRole.EXCEPTION)

    def _after_frames(self, text: str, index: int) -> Verdict:
        trailed = _TRAILED.match(text)
        frame = parse_frame(trailed.group(1), index) if trailed else None
        if frame is not None:
            self.add_frame(frame, self._current)
            return Verdict.DONE
        if self._in_members:
            return self._below_members(text)
        if self._is_test or (self._has_marked_frames and not text.strip()):
            below = self._below_test(text, index)
            if below is not None:
                return below
        if self._has_marked_frames and _CODE_FRAME.match(text):
            self.mark(index, LineRole.SOURCE)
            return Verdict.TAKE
        between = self._between(text, index) or self._further(text)
        if between is not None:
            return between
        caused = _CAUSED_BY.match(text)
        if caused:
            self.mark(index, LineRole.CHAIN)
            self._current = Part(type=caused.group(1), message=[caused.group(2) or ""])
            self.chained.append(self._current)
            return Verdict.TAKE
        if self.chained and not self._current.frames and not is_logged(text) and text.strip():
            self._held += 1
            return Verdict.HOLD if self._held < 10 else Verdict.CLOSE
        return Verdict.CLOSE

    def _between(self, text: str, index: int) -> Verdict | None:
        """What stands between lists of frames, or for frames that were left out."""
        if _ELIDED.match(text):
            if text.rstrip().endswith(" {"):
                self._in_braces = True
            return Verdict.TAKE
        if _SECOND.match(text):
            self.mark(index, LineRole.CHAIN)
            return Verdict.TAKE
        return Verdict.HOLD if _EARLIER.match(text.rstrip()) else None

    def _below_test(self, text: str, index: int) -> Verdict | None:
        """Jest and Vitest print a cause below a blank line, Jest under a title of its own."""
        self._held += 1
        if self._held > _MAX_SOURCE:
            return Verdict.CLOSE
        if not text.strip() or (self._is_test and _CODE_FRAME.match(text.replace(">", " ", 1))):
            return Verdict.HOLD
        if _CAUSE_BELOW.match(text):
            self._expects_cause = True
            return Verdict.HOLD
        head = _STRICT_HEAD.match(text.strip()) if self._expects_cause else None
        if head is None:
            return None
        self._expects_cause = False
        self.mark(index, LineRole.CHAIN)
        self._current = Part(type=head.group(1), message=[head.group(2) or ""])
        self.chained.append(self._current)
        return Verdict.TAKE

    def _below_members(self, text: str) -> Verdict:
        """After the frames of a member: the next one, or the source and the frames of what holds them."""
        if _UNCAUGHT in text:
            return Verdict.CLOSE
        member = _STRICT_HEAD.match(text.strip()) if text[:4] == "    " else None
        if member:
            self._current = Part(type=member.group(1), message=[member.group(2) or ""])
            if len(self.part.members) < 1_000:
                self.part.members.append(self._current)
            return Verdict.HOLD
        self._current = self.part
        self._held += 1
        return Verdict.HOLD if self._held <= 4 and text.strip() else Verdict.CLOSE

    def _further(self, text: str) -> Verdict | None:
        """Bun prints the causes as further reports, each below its own numbered source."""
        if not self._is_numbered:
            return None
        if not text.strip() or _NUMBERED.match(text) or _CARET.match(text):
            self._held += 1
            self._is_below_caret = _CARET.match(text) is not None
            return Verdict.HOLD if self._held < 12 else Verdict.CLOSE
        if not self._is_below_caret or len(self.chained) > 100:
            return None
        name, message = split_head(text)
        self._current = Part(type=name, message=[message])
        self.chained.append(self._current)
        self._is_below_caret = False
        return Verdict.TAKE


def split_head(text: str) -> tuple[str | None, str]:
    """Type and message of a head line; no type where it prints none."""
    stripped = text.strip()
    if stripped.startswith(_TEST):
        return None, ""
    bare = _NO_STACK.search(stripped)
    if bare:
        return bare.group(1), bare.group(2) or ""
    lead = _LEAD.search(stripped)
    if lead:
        stripped = stripped[lead.end() :]
    head = _HEAD.match(stripped)
    if head and not is_level(head.group(1)) and (head.group(2) is not None or lead is None):
        strict = _STRICT_HEAD.match(stripped)
        if strict or not _IN_RECORD.search(stripped):
            return _typed(head, stripped)
    record = _IN_RECORD.search(stripped)
    if record:
        return record.group(1), record.group(2) or ""
    if head is None and (spaced := _SPACED_HEAD.match(stripped)) and not is_logged(stripped):
        return _typed(spaced, stripped)
    held = _PROPERTY.match(stripped)
    if held:
        return held.group(1), held.group(2) or ""
    if head and (lead is None or _STRICT_HEAD.match(stripped)):
        return _typed(head, stripped)
    tagged = _named_in_record(stripped)
    return _typed(tagged, stripped) if tagged else (None, stripped)


def _typed(head: re.Match[str], text: str) -> tuple[str | None, str]:
    name = head.group(1)
    return name, head.group(2) or ""


def _is_head(text: str, distance: int) -> bool:
    stripped = text.strip()
    if not stripped or _SECTION.match(stripped):
        return False
    if stripped.startswith(_TEST):
        return True
    if _WARNING.match(stripped) or _LEAD.match(stripped) or _STRICT_HEAD.match(stripped):
        return True
    if _IN_RECORD.search(stripped) and not stripped.startswith(("throw ", "return ", "//", "- ", "* ")):
        return _CARET.match(stripped) is None
    head = _HEAD.match(stripped)
    if head is None or is_level(head.group(1)):
        return distance == 1 and _is_named(text)
    if head.group(2) is not None:
        return distance == 1 or (head.group(1)[0].isupper() and indent_of(text) == 0 and distance <= 3)
    return distance == 1 and stripped[0].isupper()


def _is_named(text: str) -> bool:
    """Whether a line directly above frames has a name before a colon: of several words, or behind a tag."""
    return (_SPACED_HEAD.match(text) is not None and not is_logged(text)) or _named_in_record(text) is not None


def _named_in_record(text: str) -> re.Match[str] | None:
    """The type and message at the end of a record, where the type has no telling ending."""
    match = _TAGGED_HEAD.search(text)
    return None if match is None or is_level(match.group(1)) else match


def _is_barrier(text: str) -> bool:
    return parse_frame(text, 0) is not None


def _excerpt_before(lines: list[tuple[int, str]], start: int) -> int:
    """How many of ``lines`` (nearest first) from ``start`` on are source excerpts above a head."""
    end = start
    for _ in range(2):
        at = end
        while at < min(len(lines), end + 2) and not lines[at][1].strip():
            at += 1
        if at + 1 < len(lines) and lines[at + 1][1].startswith(_SCRIPT):
            # Text that is no file, as of JSON, is shown without a caret.
            return at + 2
        if at >= len(lines) or not _CARET.match(lines[at][1]):
            break
        at += 1
        if at < len(lines) and _NUMBERED.match(lines[at][1]):
            while at < len(lines) and _NUMBERED.match(lines[at][1]):
                at += 1
            return at
        place = next(
            (k for k in range(at + 1, min(at + 6, len(lines))) if _EXCERPT_PLACE.match(lines[k][1].strip())), None
        )
        if place is None:
            if lines[-1][0] == 0 and len(lines) <= at + 2 and not lines[at - 2][1].strip():
                # A capture that begins inside the excerpt, below which Node leaves a line blank; Python does not.
                return len(lines)
            break
        end = place + 1
    return end


def _below_excerpt(lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The first line below a source excerpt and all below that, where what was thrown has no name to be known by."""
    caret = next((number for number, (_, line) in enumerate(lines) if _CARET.match(line)), 0)
    if not caret or any(_is_barrier(line) for _, line in lines[:caret]):
        return []
    count = caret if lines[caret - 1][1].strip() else caret - 1
    return lines[:count] if count and _excerpt_before(lines, count) > count else []


def _open(text: str, index: int, recent: Recent) -> Opening | None:
    text = text.rstrip()
    bare = _NO_STACK.search(text)
    if bare and "Error" in bare.group(1):
        return _open_without_stack(text, text.find("[", bare.start()), index, recent)
    uncaught = text.find(_UNCAUGHT)
    if 0 <= uncaught <= MAX_PREFIX and not text.endswith((*_PHP, *_QUOTES), 0, uncaught):
        lead = Prefix(text[:uncaught])
        return Opening(JavaScriptMachine(index), lead, opens_mid_line=bool(lead))
    found = _AT.search(text)
    if found is None:
        return _open_at_excerpt(text, index, recent)
    at = found.end() - (2 if text.startswith("❯ ", found.end() - 2) else 3)
    if at > MAX_PREFIX * 2 or parse_frame(text[at:], index) is None:
        return None
    prefix = prefix_before(text, at, recent)
    if prefix is None:
        return None
    if _RUST_PLACE.search(text):
        number, above = next(recent.before(prefix, 1), (0, ""))
        # At the beginning of a capture only a piece of the function may stand above its place.
        if _RUST_FUNCTION.match(above) or (number == 0 and ".rs:" in text):
            return None
    passed = head_before(recent, prefix, _is_head, _is_barrier) or _below_excerpt(list(recent.before(prefix, 40)))
    if not passed:
        return Opening(JavaScriptMachine(None), prefix, is_headless=True)
    head_index, head = passed[-1]
    lines = list(recent.before(prefix, len(passed) + 16))
    count = _excerpt_before(lines, len(passed))
    for number in range(count, min(count + 3, len(lines))):
        if lines[number][1].strip().startswith(_TEST):
            count = number + 1
    earlier = tuple(line for line, _ in reversed(lines[:count]))
    return Opening(JavaScriptMachine(head_index, indent=indent_of(head)), prefix, earlier)


def _open_without_stack(text: str, at: int, index: int, recent: Recent) -> Opening:
    lead = text[:at]
    prefix = Prefix(lead) if lead.strip() and at <= MAX_PREFIX else EMPTY
    lines = list(recent.before(prefix, 16))
    count = _excerpt_before(lines, 0)
    earlier = tuple(line for line, _ in reversed(lines[:count]))
    indent = 0 if prefix else indent_of(text)
    return Opening(JavaScriptMachine(index, indent=indent), prefix, earlier, opens_mid_line=bool(prefix))


def _open_at_excerpt(text: str, index: int, recent: Recent) -> Opening | None:
    """A head below a source excerpt needs no frame to be one; nor does a thrown value."""
    head = _EXCERPTED_HEAD.search(text)
    if head is None or not recent.lines or head.start() > MAX_PREFIX:
        return None
    lead = text[: head.start()]
    prefix = Prefix(lead) if lead.strip() else EMPTY
    lines = list(recent.before(prefix, 16))
    count = _excerpt_before(lines, 0)
    if count == 0:
        return None
    earlier = tuple(line for line, _ in reversed(lines[:count]))
    return Opening(JavaScriptMachine(index, indent=0 if prefix else indent_of(text)), prefix, earlier)


GRAMMAR = Family(hints=("  at ", "\tat ", "\nat ", "] {", "Error", "❯ ", _UNCAUGHT), opener=_open)

"""CPython's own layout: plain, chained, grouped, quoted from workers, and the layouts loggers derive from it.

Grammar of a plain report::

    [Exception in thread T:]                        head lines, found by looking back
    Traceback (most recent call last):              header
      File "p.py", line 3, in f                     frame
        source                                      source, any number of lines
        ^^^^^^                                      caret
      [Previous line repeated 9 more times]
    pkg.Type: message                               exception; then message lines and notes
    <blank> During handling of ... <blank>          chain, then the next header

A group repeats this inside margins of ``  | ``, two columns further in at every level.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Family, Machine, Opening, Part, Recent, Verdict
from tui.core.tracebacks.lookback import settled
from tui.core.tracebacks.model import Frame, LineRole
from tui.core.tracebacks.prefix import EMPTY, MAX_PREFIX, Prefix, split_margin
from tui.core.tracebacks.text import indent_of, is_level, is_logged

HEADER = "Traceback (most recent call last):"
GROUP_HEADER = "Exception Group Traceback (most recent call last):"
DIRECT_CAUSE = "The above exception was the direct cause of the following exception:"
CONTEXT = "During handling of the above exception, another exception occurred:"
_CHAINS = (DIRECT_CAUSE, CONTEXT)

FRAME = expression(r'(\s*(?:> )?)File "(.*)", line (\d+)(?:, in (.*))?$')
_HEAD_LINE = expression(
    r"Exception in thread .*:$|Exception ignored (?:in|on|while) .*|Error in atexit\._run_exitfuncs:$"
    r"|Error in sys\.excepthook:$|Original exception was:$|Process \S.*:$|--- Logging error ---$"
)
_REMOTE = expression(r"[\w.]*_?RemoteTraceback: *$")
_TYPE = r"[^\W\d]\w*(?:\.(?:<locals>\.)?[^\W\d]\w*){0,20}(?:\([\w.]+\))?"
EXCEPTION = expression(rf"({_TYPE})(?:: ?(.*))?$")
_BARE_EXCEPTION = expression(rf"({_TYPE})$")
_TYPE_LIKE = expression(
    r"(?:Error|Exception|Warning|Exit|Interrupt|Iteration|Group|Failure|Timeout|Fault)(?:\(\w+\))?$"
)
_REPEATED = expression(r"\s*\[Previous line repeated \d+ more times?\]$")
_CARET = expression(r"\s*[~^]+[~^ ]*$")
_SEPARATOR = expression(r"( *)\+(?:-\+)?-{4,}(?: (?:\d+|\.\.\.) -{4,})?\s*$")
_MARGIN = expression(r"( *)\| ?")
_MORE = expression(r"\.\.\. and \d+ more exceptions?|\.\.\. \(max_group_depth is \d+\)")
_ARROW = expression(r"-->? ?\d+ ")
_OTHERS_FRAME = expression(r"\s+(?:at \S.*[:)\d]\s*\{?$|from \S+:\d+|\d+: from )")
_VALUES = expression(r"\s+[│└├|]")

# A message line at the left margin is told from the program's next output by how messages go on.
_CONTINUED = expression(
    r"\[(?:SQL|parameters|generated in|cached since|type=)|\(Background on|LINE \d+:|DETAIL:|HINT:|CONTEXT:|Hint:|hint:"
    r"|For further information|Did you mean|Note:|note:|[-+?] |The above |Expected |Actual |"
    r"(?:stdout|stderr|Output|Command|Reason|Traceback)\b.*:$|\(Use |See |Run |Try |Please "
)
_COMPARED = expression(
    r"First (?:differing|list|sequence|tuple|has)|Second (?:list|sequence|tuple|has)|[-+?] |[-+]$|Mismatched |Max |Arrays |Items in "
)
_OPEN_ENDED = (":", "(", "[", "{", ",", "\\", '"""', "'''", "=")

_MAX_SKIPPED = 25
_MAX_BLANKS = 2
_MAX_AFTER = 4


@dataclass(slots=True)
class _Level:
    """One nesting level of a group: its margin's column, the exception being read and those before it."""

    column: int
    part: Part = field(default_factory=Part)
    chain: list[Part] = field(default_factory=list)


class PythonMachine(Machine):
    """Reads one report of CPython's own layout."""

    language = "python"
    kind = "python"

    def __init__(
        self, column: int | None = None, *, has_header: bool = True, is_silent: bool = False, is_cut: bool = False
    ) -> None:
        super().__init__()
        self._levels = [_Level(0)]
        self._is_silent = is_silent
        self._is_cut = is_cut
        if column is not None:
            self._levels.append(_Level(column))
            self.is_group = True
        self._state = self._head
        self._indent = 2
        self._skipped = 0
        self._blanks = 0
        self._after = 0
        self._interrupted = False
        self._has_java = False
        self._message_lines = 0
        self._continues_message = False
        self._in_child = False
        self._quoted = False
        self._seen_header = False
        self._has_exception = False
        self._expects_header = has_header
        self._exceptions = 0
        self._call_stack = False
        self._group_open = column is not None
        if is_cut and column is not None:
            self._state = self._between

    # ---- the interface

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        if text[:1] == " " and text.isspace() and self._state == self._after_exception and not self._blanks:
            # Only messages hold lines of nothing but blanks; nobody prints them after a report.
            return Verdict.HOLD
        text = text.rstrip()
        if not self._group_open:
            return self._state(text, index)
        separator = _SEPARATOR.match(text)
        if separator:
            return self._separate(len(separator.group(1)), text, index)
        margin = _MARGIN.match(text)
        if margin and len(self._levels) > 1:
            column = len(margin.group(1))
            if column == self._levels[-1].column:
                verdict = self._state(text[margin.end() :], index)
                return Verdict.TAKE if verdict in (Verdict.HOLD, Verdict.CLOSE) else verdict
            if any(level.column == column for level in self._levels[1:]):
                self._pop_to(column)
                verdict = self._state(text[margin.end() :], index)
                return Verdict.TAKE if verdict in (Verdict.HOLD, Verdict.CLOSE) else verdict
        if GROUP_HEADER in text or HEADER in text:
            return Verdict.CLOSE
        if self._state == self._after_exception and text and not is_logged(text):
            # 3.11 prints the further lines of a member's message without the margin.
            self._after += 1
            return Verdict.HOLD if self._after < 2 * _MAX_AFTER else Verdict.CLOSE
        return self._foreign(text)

    def continues(self, text: str) -> bool:
        """See ``Machine.continues``."""
        return FRAME.match(text) is not None or (self._group_open and _MARGIN.match(text) is not None)

    def is_report(self) -> bool:
        """A frame and an exception, or a header with either, or at least two frames."""
        if self._is_silent and not self._has_exception:
            return False
        if self._seen_header:
            return bool(self.frames) or self._has_exception
        return (bool(self.frames) and self._has_exception) or len(self.frames) >= 2

    def finish(self) -> None:
        """See ``Machine.finish``."""
        while len(self._levels) > 2:
            self._fold()
        if len(self._levels) == 2:
            self._unwrap()
        root = self._levels[0]
        self.part = root.part
        self.chained = list(reversed(root.chain))
        self.is_group = bool(self.part.members) or (self.part.type or "").endswith("ExceptionGroup")
        if not self._seen_header and not self._has_exception:
            self.is_truncated = True
        if self.part.type is None:
            self.is_truncated = True

    # ---- levels of a group

    @staticmethod
    def _is_empty(level: _Level) -> bool:
        part = level.part
        return part.type is None and not part.frames and not part.members and not level.chain

    def _fold(self) -> None:
        """Close the innermost level: its exception becomes a member of the group around it."""
        level = self._levels.pop()
        if self._is_empty(level):
            return
        level.part.causes = list(reversed(level.chain))
        outer = self._levels[-1].part
        if len(outer.members) < 1_000:
            outer.members.append(level.part)

    def _pop_to(self, column: int) -> None:
        while len(self._levels) > 1 and self._levels[-1].column > column:
            self._fold()

    def _separate(self, column: int, text: str, index: int) -> Verdict:
        self.mark(index, LineRole.CHAIN)
        opens = "+-+-" in text
        if opens:
            self._pop_to(column)
            if len(self._levels) == 1:
                # The head of the group was lost: this margin is the group's own.
                self._levels.append(_Level(column))
            if len(self._levels) < 70:
                self._levels.append(_Level(column + 2))
        elif any(mark.isdigit() for mark in text) or "..." in text:
            self._pop_to(column - 1)
            if len(self._levels) < 70:
                self._levels.append(_Level(column))
        else:
            self._pop_to(column - 1)
            if len(self._levels) <= 2:
                self._close_group()
        self._state = self._after_exception if not self._group_open else self._between
        self._message_lines = self._after = 0
        return Verdict.TAKE

    def _unwrap(self) -> None:
        """The group itself stands at the level of the report."""
        level = self._levels.pop()
        self._levels[0].part = level.part
        self._levels[0].chain.extend(level.chain)

    def _close_group(self) -> None:
        """The outermost group has ended; what follows may be a chain, at the left margin."""
        if len(self._levels) == 2:
            self._unwrap()
        self._group_open = False
        self._has_exception = True

    # ---- states; each judges a line without its margin

    def _between(self, text: str, index: int) -> Verdict:
        """Inside a group, before the next header or exception of a member."""
        if not text.strip():
            return Verdict.TAKE
        if text.endswith(HEADER) or FRAME.match(text) or _REMOTE.match(text):
            return self._head(text, index)
        if _MORE.match(text.strip()):
            return Verdict.TAKE
        return self._exception(text, index) or Verdict.TAKE

    def _head(self, text: str, index: int) -> Verdict:
        """Before the first frame of a part: head lines, header, or the frame of a headless report."""
        if text.endswith(GROUP_HEADER):
            return self._open_group(text, index)
        if text.endswith(HEADER):
            return self._header(index)
        frame = FRAME.match(text)
        if frame:
            return self._frame(frame, index)
        if _REMOTE.match(text):
            self._levels[-1].part.type = text.rstrip(" :")
            self.mark(index, LineRole.EXCEPTION)
            self._quoted = True
            return Verdict.TAKE
        if text == '"""':
            self._quoted = True
            return Verdict.TAKE
        if _HEAD_LINE.match(text):
            self.mark(index, LineRole.HEADER)
            return Verdict.TAKE
        if self._call_stack:
            return self._logging_tail(text, index)
        if not self._expects_header and not self.frames and indent_of(text) >= 4:
            self.mark(index, LineRole.SOURCE)
            return Verdict.TAKE
        if self._seen_header or self.frames or self._is_cut:
            verdict = self._exception(text, index)
            if verdict:
                return verdict
        return self._foreign(text)

    def _open_group(self, text: str, index: int) -> Verdict:
        column = max(text.find("+"), 0)
        self._levels[-1]
        if self._group_open:
            self.mark(index, LineRole.HEADER)
            self._seen_header = True
            self._state = self._frames
            return Verdict.TAKE
        self._levels.append(_Level(column))
        self._group_open = True
        return self._header(index)

    def _header(self, index: int) -> Verdict:
        self.mark(index, LineRole.HEADER)
        self._seen_header = True
        self._state = self._frames
        self._blanks = self._skipped = 0
        self._indent = 2
        return Verdict.TAKE

    def _frame(self, match: re.Match[str], index: int) -> Verdict:
        self._indent = len(match.group(1))
        function = match.group(4)
        self.add_frame(
            Frame(
                file=match.group(2),
                line=_number(match.group(3)),
                function=function.rstrip() if function else None,
                index=index,
            ),
            self._levels[-1].part,
        )
        self._state = self._frames
        self._skipped = self._blanks = 0
        return Verdict.TAKE

    def _frames(self, text: str, index: int) -> Verdict:
        """After a header or a frame: source, carets, further frames, or the exception."""
        frame = FRAME.match(text)
        if frame and indent_of(text) <= max(self._indent, 3) + 4:
            return self._frame(frame, index)
        indent = indent_of(text)
        if not text.strip():
            self._blanks += 1
            return Verdict.HOLD if self._blanks <= _MAX_BLANKS else Verdict.CLOSE
        if _REPEATED.match(text) or text.lstrip().startswith("--- <exception caught here> ---"):
            return Verdict.TAKE
        if _ARROW.match(text) and self.frames:
            self.mark(index, LineRole.SOURCE)
            return Verdict.TAKE
        if text.endswith(HEADER):
            return Verdict.CLOSE
        if indent and indent >= min(self._indent + 1, 4):
            if not self.frames:
                return Verdict.CLOSE if _OTHERS_FRAME.match(text) else self._foreign(text)
            self._blanks = 0
            if _CARET.match(text):
                self.mark(index, LineRole.CARET)
            else:
                self.mark(index, LineRole.SOURCE)
                self._keep_source(text.strip())
            return Verdict.TAKE
        if HEADER in text or GROUP_HEADER in text or (not self.frames and _OTHERS_FRAME.match(text)):
            return Verdict.CLOSE
        if self._call_stack:
            return self._logging_tail(text, index)
        if self._indent == 0 and self.frames and self.frames[-1].source == "" and not self._is_strict_exception(text):
            self._keep_source(text.strip())
            self.mark(index, LineRole.SOURCE)
            return Verdict.TAKE
        return self._exception(text, index) or self._foreign(text)

    def _keep_source(self, source: str) -> None:
        frame = self.frames[-1]
        if frame.source or _VALUES.match(" " + source):
            return
        kept = Frame(frame.file, frame.line, frame.function, source, frame.index)
        part = self._levels[-1].part
        if part.frames and part.frames[-1] is frame:
            part.frames[-1] = kept
        self.frames[-1] = kept

    @staticmethod
    def _is_strict_exception(text: str) -> bool:
        match = EXCEPTION.match(text)
        return bool(match and (match.group(2) is not None or _TYPE_LIKE.search(match.group(1))))

    def _exception(self, text: str, index: int) -> Verdict | None:
        stripped = text.strip() if self._group_open else text
        match = EXCEPTION.match(stripped)
        if match is None or is_level(match.group(1)) or (is_logged(stripped) and not _TYPE_LIKE.search(match.group(1))):
            return None
        part = self._levels[-1].part
        if self._in_child:
            self._in_child = False
            self._state = self._after_exception
            return self._continue_message(text, index)
        part.type = match.group(1)
        message = match.group(2) or ""
        part.message = [message] if message else []
        self.mark(index, LineRole.EXCEPTION)
        self._has_exception = True
        self._exceptions += 1
        self._state = self._after_exception
        self._blanks = self._after = self._message_lines = self._skipped = 0
        self._interrupted = False
        self._continues_message = message.endswith(_OPEN_ENDED) or (match.group(2) == "" and text.endswith(":"))
        return Verdict.TAKE

    def _after_exception(self, text: str, index: int) -> Verdict:  # noqa: C901 - one case after the other, as printed
        """After an exception line: more of its message, notes, a chain, or the end."""
        stripped = text.strip()
        if not stripped:
            self._blanks += 1
            return Verdict.HOLD if self._blanks <= _MAX_BLANKS else Verdict.CLOSE
        if stripped in _CHAINS:
            return self._chain(text, index)
        if self._quoted and stripped == '"""':
            self._quoted = False
            self._end_quote()
            return Verdict.TAKE
        if stripped == "Call stack:" and not self._call_stack:
            self._call_stack = True
            self._state = self._head
            self.mark(index, LineRole.CHAIN)
            return Verdict.TAKE
        if self._quotes_child(text):
            return self._child(text, index)
        if HEADER in text or FRAME.match(text) or _HEAD_LINE.match(text):
            return Verdict.CLOSE
        if self._group_open:
            return self._continue_message(text, index)
        if is_logged(text):
            self._after += 1
            self._interrupted = True
            return Verdict.SKIP if self._after < _MAX_AFTER and not self._blanks else Verdict.CLOSE
        if self._interrupted:
            return Verdict.CLOSE
        if self._embeds_java(text):
            return self._continue_message(text, index)
        if text[0] in " \t":
            if _OTHERS_FRAME.match(text):
                return Verdict.CLOSE
            if self._blanks and not (self._message_lines or self._continues_message or self._after):
                return Verdict.CLOSE
            return self._continue_message(text, index)
        if self._blanks:
            return self._after_blank(text, index)
        if _CONTINUED.match(text) or self._continues_message:
            self._continues_message = text.rstrip().endswith(_OPEN_ENDED)
            return self._continue_message(text, index)
        self._after += 1
        return Verdict.HOLD if self._after < _MAX_AFTER else Verdict.CLOSE

    def _embeds_java(self, text: str) -> bool:
        """Spark's Python errors hold the JVM's whole report in their message, behind a colon."""
        if not self._message_lines and text.startswith(": ") and not self._blanks:
            self._has_java = True
        return (
            self._has_java and not self._blanks and text.startswith((": ", "\tat ", "\t...", "Caused by: ", "Driver "))
        )

    def _after_blank(self, text: str, index: int) -> Verdict:
        """A message goes on behind a blank line where it began with one, or where it is a comparison."""
        part = self._levels[-1].part
        starts_empty = part.message[:1] in ([], [""]) and not self._message_lines and self._continues_message
        is_comparison = part.type == "AssertionError" and _COMPARED.match(text) is not None
        if starts_empty or is_comparison:
            return self._continue_message(text, index)
        return Verdict.CLOSE

    def _quotes_child(self, text: str) -> bool:
        """Whether ``text`` begins the report of another process, quoted in the message."""
        if self._blanks or self._group_open:
            return False
        if text == HEADER:
            return self._continues_message
        if text == f"Original {HEADER}":
            return True
        frame = FRAME.match(text)
        return (
            frame is not None
            and frame.group(4) is not None
            and frame.group(1) == "  "
            and "::" in "".join(self._levels[-1].part.message[:1])
        )

    def _child(self, text: str, index: int) -> Verdict:
        self._in_child = True
        frame = FRAME.match(text)
        if frame:
            return self._frame(frame, index)
        return self._header(index)

    def _continue_message(self, text: str, index: int) -> Verdict:
        self._message_lines += 1
        self._after = self._blanks = 0
        part = self._levels[-1].part
        self.mark(index, LineRole.NOTE)
        part.add_text(text.rstrip(), is_note=bool(part.message) and text[:1] not in " \t")
        return Verdict.TAKE

    def _end_quote(self) -> None:
        """The quoted report of a worker is over: it is the text of one RemoteTraceback, a cause."""
        level = self._levels[-1]
        level.part.causes = level.chain[-20:][::-1]
        level.chain = []
        self._has_exception = True

    def _chain(self, text: str, index: int) -> Verdict:
        level = self._levels[-1]
        if len(level.chain) < 1_000:
            level.chain.append(level.part)
        level.part = Part()
        self.mark(index, LineRole.CHAIN)
        self._state = self._next_part
        self._blanks = self._skipped = 0
        self._quoted = False
        return Verdict.TAKE

    def _next_part(self, text: str, index: int) -> Verdict:
        """After a chain line: a blank, then a header, a group, a quote, or an exception without frames."""
        if not text.strip():
            self._blanks += 1
            return Verdict.TAKE if self._blanks <= 1 and self._group_open else Verdict.HOLD
        if GROUP_HEADER in text or HEADER in text or FRAME.match(text) or _REMOTE.match(text) or text == '"""':
            return self._head(text, index)
        if is_logged(text):
            return self._foreign(text)
        return self._exception(text, index) or self._foreign(text)

    def _logging_tail(self, text: str, index: int) -> Verdict:
        """After ``Call stack:`` of logging's own error report."""
        if text.startswith("Message: "):
            self.mark(index, LineRole.NOTE)
            return Verdict.TAKE
        if text.startswith("Arguments: "):
            self.mark(index, LineRole.NOTE)
            return Verdict.DONE
        return self._foreign(text)

    def _foreign(self, text: str) -> Verdict:
        self._skipped += 1
        if self._skipped > _MAX_SKIPPED or HEADER in text:
            return Verdict.CLOSE
        return Verdict.SKIP


def _number(digits: str) -> int | None:
    return int(digits) if len(digits) < 19 else None


def _open(text: str, index: int, recent: Recent) -> Opening | None:
    at = text.find(HEADER)
    if at >= 0 and text.rstrip().endswith(HEADER):
        return _open_at_header(text, at, recent)
    for chain in _CHAINS:
        at = text.find(chain)
        if at >= 0:
            return _open_at_chain(text, at, recent)
    text = text.rstrip()
    at = text.find('File "')
    if at < 0 or FRAME.match(text, _frame_start(text, at)) is None:
        return None
    return _open_at_frame(text, at, recent)


def _frame_start(text: str, at: int) -> int:
    """Where the frame's own two blanks begin."""
    if text.endswith("> ", 0, at):
        return max(at - 2, 0)
    return at - 2 if text.endswith("  ", 0, at) else at


def _open_at_header(text: str, at: int, recent: Recent) -> Opening | None:
    if text.endswith("Exception Group ", 0, at):
        at -= len("Exception Group ")
        start = at - 4 if text.endswith("  + ", 0, at) else at
        column = None
        prefix_text = text[:start]
    else:
        prefix_text, column = split_margin(text[:at])
        if not prefix_text.strip() and column is None:
            # A header that is indented as a whole (doctest, twisted) carries its lines with it.
            prefix_text = text[:at]
    prefix = settled(Prefix(prefix_text if len(prefix_text) <= MAX_PREFIX else ""), recent)
    if column is not None:
        return _open_in_group(prefix, column, recent)
    earlier = _heads_before(prefix, recent)
    machine = PythonMachine()
    return Opening(machine, prefix, earlier, opens_mid_line=bool(prefix_text.strip()))


def _open_in_group(prefix: Prefix, column: int, recent: Recent) -> Opening:
    """A report whose first line lies inside a group's margin: the head was cut off."""
    earlier: list[int] = []
    for line, text in recent.before(prefix, 24):
        margin = _SEPARATOR.match(text) or _MARGIN.match(text)
        # A header or a frame would have opened the report itself.
        if margin is None or not margin.group(1) or text.endswith(HEADER) or 'File "' in text:
            break
        earlier.insert(0, line)
        column = len(margin.group(1))
    return Opening(PythonMachine(max(column, 2), has_header=False, is_cut=True), prefix, tuple(earlier))


def _heads_before(prefix: Prefix, recent: Recent) -> tuple[int, ...]:
    """Numbers of the runtime's lines before a header: thread and process heads, or the opening of a quote."""
    found: list[int] = []
    for number, (index, text) in enumerate(recent.before(prefix, 3)):
        bare = text.rstrip()
        if number == 0 and bare == '"""':
            found.append(index)
            continue
        if found:
            return (index, *found) if _REMOTE.match(text) else ()
        return (index,) if _HEAD_LINE.match(bare) else ()
    return ()


def _open_at_frame(text: str, at: int, recent: Recent) -> Opening | None:
    start = _frame_start(text, at)
    prefix_text, column = split_margin(text[:start])
    if len(prefix_text) > MAX_PREFIX:
        return None
    prefix = Prefix(prefix_text if prefix_text.strip() else "")
    if column is not None:
        return _open_in_group(prefix, column, recent)
    earlier: tuple[int, ...] = ()
    is_silent = False
    for line, before in recent.before(prefix, 1):
        # A capture that begins inside a report begins with its source line, or with a piece of a frame line.
        if line == 0 and before[:4] == "    " and not is_logged(before):
            earlier = (line,)
        # Stacks that belong to no exception: logging's stack_info, tracemalloc.
        is_silent = before.rstrip().endswith("(most recent call last):")
    machine = PythonMachine(has_header=False, is_silent=is_silent)
    return Opening(machine, prefix, earlier)


def _open_at_chain(text: str, at: int, recent: Recent) -> Opening | None:
    """A chain line without an open report: the first part was cut off down to its last lines."""
    prefix = Prefix(text[:at]) if at <= MAX_PREFIX and text[:at].strip() else EMPTY
    lines = list(recent.before(prefix, 24))
    if len(lines) == 1 and lines[0][0] == 0 and not lines[0][1].strip():
        return Opening(PythonMachine(has_header=False, is_cut=True), prefix)
    if len(lines) < 2 or lines[0][1].strip() or _strict_exception(lines[1][1]) is None:
        return None
    count = 2
    while count < len(lines) and indent_of(lines[count][1]) >= 4 and not is_logged(lines[count][1]):
        count += 1
    if lines[count - 1][0] != 0 and count == 2:
        return None
    earlier = tuple(line for line, _ in reversed(lines[:count]))
    return Opening(PythonMachine(has_header=False, is_cut=True), prefix, earlier)


def _strict_exception(text: str) -> re.Match[str] | None:
    match = EXCEPTION.match(text.rstrip())
    return match if match and _TYPE_LIKE.search(match.group(1)) else None


GRAMMAR = Family(hints=(HEADER, 'File "', DIRECT_CAUSE, CONTEXT), opener=_open)

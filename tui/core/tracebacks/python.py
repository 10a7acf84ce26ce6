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

It is long because the states of one reader stand side by side; how frames, groups and messages are read is elsewhere.
"""

from __future__ import annotations

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Verdict
from tui.core.tracebacks.model import LineRole
from tui.core.tracebacks.python_frames import FramesMachine
from tui.core.tracebacks.python_groups import MARGIN, SEPARATOR
from tui.core.tracebacks.python_lines import (
    CHAINS,
    EXCEPTION,
    FRAME,
    GROUP_HEADER,
    HEAD_LINE,
    HEADER,
    OTHERS_FRAME,
    QUOTE,
    REMOTE,
    TYPE_LIKE,
    head_line,
    looks_like_exception,
)
from tui.core.tracebacks.python_message import MessageTail
from tui.core.tracebacks.text import indent_of, is_level, is_logged

_MORE = expression(r"\.\.\. and \d+ more exceptions?|\.\.\. \(max_group_depth is \d+\)")
_MAX_OUTSIDE = 8


class PythonMachine(FramesMachine):
    """Reads one report of CPython's own layout."""

    language = "python"
    kind = "python"

    def __init__(
        self,
        column: int | None = None,
        *,
        has_header: bool = True,
        is_silent: bool = False,
        is_cut: bool = False,
        is_remains: bool = False,
    ) -> None:
        super().__init__()
        self._is_silent = is_silent
        self._is_cut = is_cut or is_remains
        self._is_remains = is_remains
        if column is not None:
            self._levels.push(column)
            self.is_group = True
        self._state = self._head
        self._tail = MessageTail()
        self._outside = 0
        self._in_child = False
        self._quoted = False
        self._has_exception = False
        self._expects_header = has_header
        self._group_open = column is not None
        if is_cut and column is not None:
            self._state = self._between

    # ---- the interface

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        if text[:1] == " " and text.isspace() and self._state == self._after_exception and not self._tail.has_blank:
            # Only messages hold lines of nothing but blanks; nobody prints them after a report.
            return Verdict.HOLD
        text = text.rstrip()
        if not self._group_open:
            return self._state(text, index)
        separator = SEPARATOR.match(text)
        if separator:
            return self._separate(len(separator.group(1)), text, index)
        margin = MARGIN.match(text)
        if margin and len(self._levels) > 1:
            column = len(margin.group(1))
            if column == self._levels.top.column or self._levels.has_column(column):
                self._levels.pop_to(column)
                verdict = self._state(text[margin.end() :], index)
                return Verdict.TAKE if verdict in (Verdict.HOLD, Verdict.CLOSE) else verdict
        if GROUP_HEADER in text or HEADER in text:
            return Verdict.CLOSE
        if self._state == self._after_exception and text and not is_logged(text):
            # 3.11 prints the further lines of a member's message without the margin.
            self._outside += 1
            return Verdict.HOLD if self._outside < _MAX_OUTSIDE else Verdict.CLOSE
        return self._foreign(text)

    def continues(self, text: str) -> bool:
        """See ``Machine.continues``."""
        return FRAME.match(text) is not None or (self._group_open and MARGIN.match(text) is not None)

    def may_go_on(self) -> bool:
        """See ``Machine.may_go_on``; records are counted here."""
        return False

    def is_report(self) -> bool:
        """A frame and an exception, or a header with either, or at least two frames."""
        if self._is_silent and not self._has_exception:
            return False
        if self._is_remains:
            return self._has_exception
        if self._seen_header:
            return bool(self.frames) or self._has_exception
        return (bool(self.frames) and self._has_exception) or len(self.frames) >= 2

    def finish(self) -> None:
        """See ``Machine.finish``."""
        root = self._levels.settle()
        self.part = root.part
        self.chained = list(reversed(root.chain))
        self.is_group = bool(self.part.members) or (self.part.type or "").endswith("ExceptionGroup")
        self.is_truncated = self.part.type is None or not (self._seen_header or self._has_exception)

    # ---- groups

    def _separate(self, column: int, text: str, index: int) -> Verdict:
        self.mark(index, LineRole.CHAIN)
        self._levels.separate(column, text)
        if len(self._levels) <= 2 and not any(mark.isdigit() for mark in text) and "..." not in text:
            # The outermost group has ended; what follows may be a chain, at the left margin.
            self._levels.unwrap()
            self._group_open = False
            self._has_exception = True
        self._state = self._between if self._group_open else self._after_exception
        self._tail = MessageTail()
        self._outside = 0
        return Verdict.TAKE

    # ---- states; each judges a line without its margin

    def _between(self, text: str, index: int) -> Verdict:
        """Inside a group, before the next header or exception of a member."""
        if not text.strip():
            return Verdict.TAKE
        if text.endswith(HEADER) or FRAME.match(text) or REMOTE.match(text):
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
        remote = REMOTE.search(text)
        if remote:
            self._levels.top.part.type = remote.group().rstrip(" :")
            self.mark(index, LineRole.EXCEPTION)
            self._quoted = True
            return Verdict.TAKE
        if text == QUOTE:
            self._quoted = True
            return Verdict.TAKE
        if head_line(text):
            self.mark(index, LineRole.HEADER)
            return Verdict.TAKE
        if self._is_cut and text in CHAINS and not (self._seen_header or self.frames):
            return self._chain(index)
        if self._call_stack:
            return self._logging_tail(text, index)
        if not self._expects_header and not self.frames and indent_of(text) >= 4:
            self.mark(index, LineRole.SOURCE)
            return Verdict.TAKE
        if self._seen_header or self.frames or self._is_cut:
            return self._exception(text, index) or self._foreign(text)
        return self._foreign(text)

    def _open_group(self, text: str, index: int) -> Verdict:
        if not self._group_open:
            self._levels.push(max(text.find("+"), 0))
            self._group_open = True
        return self._header(index)

    def _exception(self, text: str, index: int) -> Verdict | None:
        stripped = text.strip() if self._group_open or self._in_child else text
        match = EXCEPTION.match(stripped)
        if match is None or is_level(match.group(1)) or (is_logged(stripped) and not TYPE_LIKE.search(match.group(1))):
            return None
        is_shown = self._seen_header or self._is_cut or f"raise {stripped}" in self._source
        if not (is_shown or looks_like_exception(stripped)):
            return None
        part = self._levels.top.part
        self._state = self._after_exception
        if self._in_child:
            self._in_child = False
            verdict = self._continue_message(text, index)
            self._tail = MessageTail(stripped, match.group(2) or "", self._source)
            return verdict
        part.type = match.group(1)
        message = match.group(2) or ""
        part.message = [message] if message else []
        self.mark(index, LineRole.EXCEPTION)
        self._has_exception = True
        self._tail = MessageTail(stripped, message, self._source)
        self._blanks = self._outside = self._skipped = 0
        return Verdict.TAKE

    def _after_exception(self, text: str, index: int) -> Verdict:
        """After an exception line: more of its message, notes, a chain, or the end."""
        stripped = text.strip()
        if not stripped:
            return self._tail.blank()
        if stripped in CHAINS:
            return self._chain(index)
        if self._quoted and stripped == QUOTE:
            self._quoted = False
            self._end_quote()
            return Verdict.TAKE
        if stripped == "Call stack:" and not self._call_stack:
            self._call_stack = True
            self._state = self._head
            self.mark(index, LineRole.CHAIN)
            return Verdict.TAKE
        if self._is_remains and OTHERS_FRAME.match(text):
            # What was left of the head belongs to another runtime's frames.
            self._has_exception = False
            return Verdict.CLOSE
        if self._tail.embeds_java(text):
            return self._continue_message(text, index)
        if self._quotes_child(text):
            return self._child(text, index)
        if HEADER in text or FRAME.match(text) or HEAD_LINE.match(text):
            return Verdict.CLOSE
        if self._group_open:
            return self._continue_message(text, index)
        verdict = self._tail.judge(text, self._levels.top.part)
        return self._continue_message(text, index) if verdict is Verdict.TAKE else verdict

    def _quotes_child(self, text: str) -> bool:
        """Whether ``text`` begins the report of another process, quoted in the message."""
        if self._tail.has_blank or self._group_open:
            return False
        if text.strip() == HEADER:
            return self._tail.is_open_ended
        if text == f"Original {HEADER}":
            return True
        frame = FRAME.match(text)
        if frame is None or frame.group(4) is None or frame.group(1) != "  ":
            return False
        return "::" in "".join(self._levels.top.part.message[:1])

    def _child(self, text: str, index: int) -> Verdict:
        self._in_child = True
        frame = FRAME.match(text)
        if frame:
            return self._frame(frame, index)
        self._header(index)
        self._indent = indent_of(text) + 2
        return Verdict.TAKE

    def _continue_message(self, text: str, index: int) -> Verdict:
        self._tail.taken(text)
        self._outside = 0
        part = self._levels.top.part
        self.mark(index, LineRole.NOTE)
        part.add_text(text.rstrip(), is_note=bool(part.message) and text[:1] not in " \t")
        return Verdict.TAKE

    def _end_quote(self) -> None:
        """The quoted report of a worker is over: it is the text of one RemoteTraceback, a cause."""
        level = self._levels.top
        level.part.causes = level.chain[-20:][::-1]
        level.chain = []
        self._has_exception = True

    def _chain(self, index: int) -> Verdict:
        self._levels.top.begin_next()
        self.mark(index, LineRole.CHAIN)
        self._state = self._next_part
        self._blanks = self._skipped = 0
        return Verdict.TAKE

    def _next_part(self, text: str, index: int) -> Verdict:
        """After a chain line: a blank, then a header, a group, a quote, or an exception without frames."""
        if not text.strip():
            self._blanks += 1
            return Verdict.TAKE if self._blanks <= 1 and self._group_open else Verdict.HOLD
        if GROUP_HEADER in text or HEADER in text or FRAME.match(text) or REMOTE.match(text) or text == QUOTE:
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

"""Frames of CPython's reports: from a header to the line before the exception.

A frame is followed by any number of source lines, each with the marks below it; loguru and better_exceptions add trees
of values, stackprinter numbered lines with an arrow.
"""

from __future__ import annotations

import re

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Machine, Verdict
from tui.core.tracebacks.model import Frame, LineRole
from tui.core.tracebacks.python_groups import Levels
from tui.core.tracebacks.python_lines import FRAME, GROUP_HEADER, HEADER, OTHERS_FRAME, TYPE_LIKE, looks_like_exception
from tui.core.tracebacks.text import indent_of

_REPEATED = expression(r"\s*\[Previous line repeated \d+ more times?\]$")
_CARET = expression(r"\s*[~^]+[~^ ]*$")
_ARROW = expression(r"-->? ?\d+ ")
_VALUES = expression(r"\s+[│└├|]")
_CAUGHT = "--- <exception caught here> ---"
_EXAMPLE = "Failed example:"
"""Doctest's second line; its first is like a frame without a traceback."""
_ELLIPSIS = "..."
"""What stands for the frames where documents quote a report."""
_MAX_SKIPPED = 25
_MAX_BLANKS = 2
_MAX_SOURCE = 2_000


class FramesMachine(Machine):
    """Reads header, frames and source; what follows them is its subclass's."""

    def __init__(self) -> None:
        super().__init__()
        self._levels = Levels()
        self._state = self._frames
        self._indent = 2
        self._skipped = 0
        self._blanks = 0
        self._source = ""
        """The source printed below the last frame."""
        self._is_wrapped = False
        self._seen_header = False
        self._call_stack = False

    def _exception(self, text: str, index: int) -> Verdict | None:
        """The verdict on an exception line; None where ``text`` is none."""
        raise NotImplementedError

    def _logging_tail(self, text: str, index: int) -> Verdict:
        """The verdict on a line after the stack that logging prints with an error of its own."""
        raise NotImplementedError

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
        part = self._levels.top.part
        line = _number(match.group(3))
        self.add_frame(Frame(match.group(2), line, function.rstrip() if function else None, index=index), part)
        self._is_wrapped = function is None and match.group().endswith(" in")
        self._state = self._frames
        self._skipped = self._blanks = 0
        self._source = ""
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
        if self._is_wrapped:
            # A narrow console breaks a frame line before its function.
            return self._wrapped(text)
        if _REPEATED.match(text) or text.lstrip().startswith(_CAUGHT):
            return Verdict.TAKE
        if _ARROW.match(text) and self.frames:
            self.mark(index, LineRole.SOURCE)
            return Verdict.TAKE
        if text.endswith(HEADER):
            return Verdict.CLOSE
        if indent and indent >= min(self._indent + 1, 4):
            return self._below_frame(text, index)
        if HEADER in text or GROUP_HEADER in text or (not self.frames and OTHERS_FRAME.match(text)):
            return Verdict.CLOSE
        if self._call_stack:
            return self._logging_tail(text, index)
        if self._indent == 0 and self.frames:
            verdict = self._at_margin(text, index)
            if verdict:
                return verdict
        return self._exception(text, index) or self._foreign(text)

    def _below_frame(self, text: str, index: int) -> Verdict:
        """A source line, or the marks below one."""
        if not self.frames and text.strip() == _ELLIPSIS:
            self._seen_header = False
            return Verdict.CLOSE
        if not self.frames:
            return Verdict.CLOSE if OTHERS_FRAME.match(text) else self._foreign(text)
        self._blanks = 0
        if _CARET.match(text):
            self.mark(index, LineRole.CARET)
        else:
            self.mark(index, LineRole.SOURCE)
            self._keep_source(text.strip())
        return Verdict.TAKE

    def _at_margin(self, text: str, index: int) -> Verdict | None:
        """The verdict on source where indentation was lost, or on a frame that never had any; None for other lines."""
        if _CARET.match(text):
            self.mark(index, LineRole.CARET)
            return Verdict.TAKE
        if self.frames[-1].source or _is_named(text):
            return None
        if text == _EXAMPLE:
            return Verdict.CLOSE
        self._keep_source(text.strip())
        self.mark(index, LineRole.SOURCE)
        return Verdict.TAKE

    def _wrapped(self, text: str) -> Verdict:
        self._is_wrapped = False
        self._replace(self.frames[-1], function=text.strip())
        return Verdict.TAKE

    def _keep_source(self, source: str) -> None:
        if len(self._source) < _MAX_SOURCE:
            self._source += "\n" + source if self._source else source
        frame = self.frames[-1]
        if not frame.source and not _VALUES.match(" " + source):
            self._replace(frame, source=source)

    def _replace(self, frame: Frame, *, function: str | None = None, source: str = "") -> None:
        """Complete the last frame, wherever it is kept."""
        kept = Frame(frame.file, frame.line, function or frame.function, source or frame.source, frame.index)
        part = self._levels.top.part
        if part.frames and part.frames[-1] is frame:
            part.frames[-1] = kept
        self.frames[-1] = kept

    def _foreign(self, text: str) -> Verdict:
        self._skipped += 1
        if self._skipped > _MAX_SKIPPED or HEADER in text:
            return Verdict.CLOSE
        return Verdict.SKIP


def _is_named(text: str) -> bool:
    """Whether a line at the margin is an exception, where the source stands at the margin too."""
    name = text.partition(":")[0].rpartition(".")[2]
    return looks_like_exception(text) and (name[:1].isupper() or TYPE_LIKE.search(name) is not None)


def _number(digits: str) -> int | None:
    return int(digits) if len(digits) < 19 else None

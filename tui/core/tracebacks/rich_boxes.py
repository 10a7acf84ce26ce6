"""Tracebacks as Rich draws them: one box a part, the exception below the box.

::

    ╭──────── Traceback (most recent call last) ────────╮
    │ /src/pretty.py:7 in <module>                      │      frame; a long path wraps onto the next line
    │ ❱ 7 report({"mon": [1]})                          │      source, and perhaps a box of local values
    ╰───────────────────────────────────────────────────╯
    ZeroDivisionError: division by zero                        wraps at the width of the box
"""

from __future__ import annotations

import re

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import MAX_RECENT, Family, Machine, Opening, Part, Recent, Verdict
from tui.core.tracebacks.model import Frame, LineRole
from tui.core.tracebacks.prefix import MAX_PREFIX, Prefix
from tui.core.tracebacks.python_lines import CONTEXT, DIRECT_CAUSE, EXCEPTION, HEADER, OTHERS_HEAD
from tui.core.tracebacks.text import is_logged

_TITLE = "Traceback (most recent call last)"
_TOP = expression(r"[╭┌+][─-]{2,} (?:Exception Group )?Traceback \(most recent call last\) [─-]{2,}[╮┐+]")
_SUB = expression(r"[╭┌+][─-]{2,} Sub-exception #\d+ [─-]{2,}[╮┐+]")
_PLAIN_TOP = expression(r"[╭┌+][─-]{4,}[╮┐+]$")
_BOTTOM = expression(r"[╰└+][─-]{4,}[╯┘+]\s*$")
_SIDE = expression(r"[│|] (.*?)\s*[│|]?\s*$")
_FRAME = expression(r"(\S.{0,500}?):(\d{1,9}) in (\S.*)$")
_TAIL = expression(r"(.{0,200}?):(\d{1,9}) in (\S.*)$")
_SYNTAX = expression(r" ?(/\S{0,500}|\S{1,300}\.py):(\d{1,9})$")
_CHAIN_STARTS = (DIRECT_CAUSE[:40], CONTEXT[:36])
_EDGES = "╭╰│┌└+|"


class RichMachine(Machine):
    """Reads one report drawn in boxes."""

    language = "python"
    kind = "rich"

    def __init__(self, *, is_cut: bool = False) -> None:
        super().__init__()
        self._is_cut = is_cut
        self._in_box = is_cut
        self._width = 0
        self._path = ""
        self._last = 0
        self._blanks = 0
        self._after_exception = False
        self._in_chain_text = False
        self._in_member = False

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        text = text.rstrip()
        if self._in_box:
            return self._inside(text, index)
        if _TOP.match(text) and self.part.type is not None:
            return Verdict.CLOSE
        if _TOP.match(text) or _SUB.match(text) or (_PLAIN_TOP.match(text) and self.frames and self.part.type is None):
            return self._open_box(text, index, is_member=_SUB.match(text) is not None)
        if not text:
            self._blanks += 1
            return Verdict.HOLD if self._blanks <= 2 else Verdict.CLOSE
        return self._below(text, index)

    def continues(self, text: str) -> bool:
        """See ``Machine.continues``."""
        return text[:1] in ("│", "|")

    def may_go_on(self) -> bool:
        """See ``Machine.may_go_on``."""
        return self._in_box

    def is_report(self) -> bool:
        """A frame or an exception below a box."""
        return bool(self.frames) or (self.part.type is not None and not self._is_cut)

    def finish(self) -> None:
        """See ``Machine.finish``."""
        self.is_truncated = self._is_cut or self.part.type is None
        self.is_group = bool(self.part.members) or (self.part.type or "").endswith("ExceptionGroup")

    def _open_box(self, text: str, index: int, *, is_member: bool) -> Verdict:
        if is_member and self.part.type is None:
            return Verdict.CLOSE
        self._in_box = True
        self._width = max(self._width, len(text))
        self._blanks = 0
        self.mark(index, LineRole.HEADER)
        if is_member:
            self.part.members.append(Part())
        self._after_exception = False
        return Verdict.TAKE

    def _inside(self, text: str, index: int) -> Verdict:
        if _BOTTOM.match(text):
            self._in_box = False
            self._blanks = 0
            return Verdict.TAKE
        side = _SIDE.match(text)
        if side is None:
            return Verdict.SKIP if is_logged(text) else Verdict.CLOSE
        inner = side.group(1)
        if _TOP.match(inner) or _BOTTOM.match(inner):
            # The box of a group's member stands inside the box that names the member.
            self._in_member = _TOP.match(inner) is not None
        elif self._in_member and (nested := _SIDE.match(inner)):
            inner = nested.group(1)
        if not inner:
            self._path = ""
            return Verdict.TAKE
        if inner[0] == "❱" or inner.startswith("> "):
            self.mark(index, LineRole.SOURCE)
            self._path = ""
            return Verdict.TAKE
        syntax = _SYNTAX.match(inner)
        if syntax:
            self.add_frame(Frame(syntax.group(1), int(syntax.group(2)), None, index=index))
            return Verdict.TAKE
        if inner[0] in _EDGES or inner[0] == " ":
            self._path = ""
            return Verdict.TAKE
        frame = _FRAME.match(inner)
        if frame and (self._path == "" or "/" in frame.group(1)[:1]):
            self._frame(frame.group(1), frame, index)
        elif self._path and (frame := _TAIL.match(inner)):
            self._frame(self._path + frame.group(1), frame, index)
        else:
            self._path = self._path + inner if len(self._path) < 1_000 else ""
        return Verdict.TAKE

    def _frame(self, file: str, match: re.Match[str], index: int) -> None:
        self._path = ""
        self.add_frame(Frame(file, int(match.group(2)), match.group(3).strip(), index=index))

    def _below(self, text: str, index: int) -> Verdict:
        if text.strip().startswith(_CHAIN_STARTS) and len(self.chained) < 1_000:
            self.chained.insert(0, self.part)
            self.part = Part()
            self._after_exception = False
            self._blanks = 0
            self._in_chain_text = not text.endswith(":")
            self.mark(index, LineRole.CHAIN)
            return Verdict.TAKE
        if self._in_chain_text and self._blanks == 0:
            self._in_chain_text = not text.endswith(":")
            return Verdict.TAKE
        if self._after_exception:
            return self._wrapped(text)
        match = EXCEPTION.match(text)
        if match is None or self._blanks:
            return Verdict.SKIP if is_logged(text) and not self._blanks else Verdict.CLOSE
        if self.part.type is None:
            self.part.type = match.group(1)
            self.part.add_text(match.group(2) or "")
        self.mark(index, LineRole.EXCEPTION)
        self._after_exception = True
        self._last = len(text)
        return Verdict.TAKE

    def _wrapped(self, text: str) -> Verdict:
        """A line goes on with the message where its first word had no room on the line before."""
        if HEADER in text or OTHERS_HEAD.match(text):
            return Verdict.CLOSE
        if text[:1] in "╭╰│" or text.startswith("[NOTE] "):
            return Verdict.TAKE
        first_word = text.split(" ", 1)[0]
        if self._blanks == 0 and not is_logged(text) and self._last + 1 + len(first_word) > self._width:
            self._last = len(text)
            self.part.add_text(text, is_note=False)
            return Verdict.TAKE
        return Verdict.CLOSE


def _open(text: str, index: int, recent: Recent) -> Opening | None:
    match = _TOP.search(text)
    if match is None and _BOTTOM.search(text):
        return _open_at_bottom(text, recent)
    if match is None or match.start() > MAX_PREFIX:
        return None
    lead = text[: match.start()]
    return Opening(RichMachine(), Prefix(lead), opens_mid_line=bool(lead.strip()))


def _open_at_bottom(text: str, recent: Recent) -> Opening | None:
    """The end of a box whose beginning was cut off: nothing but its lines stand above, up to the capture's first."""
    bottom = _BOTTOM.search(text)
    lead = text[: bottom.start()] if bottom else ""
    if len(lead) > MAX_PREFIX:
        return None
    earlier: list[int] = []
    for number, above in recent.before(Prefix(lead), MAX_RECENT):
        if above[:1] != "│":
            return None
        earlier.insert(0, number)
    if not earlier or earlier[0] != 0:
        return None
    return Opening(RichMachine(is_cut=True), Prefix(lead), tuple(earlier))


GRAMMAR = Family(hints=(_TITLE, "╰──"), opener=_open)

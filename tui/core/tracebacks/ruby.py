"""Ruby's layouts: head and first frame in one line, or a logger's head above bare frames.

::

    queue.rb:3:in `fetch': key not found (KeyError)     head; 3.4 quotes 'Hash#fetch'
            from queue.rb:6:in `block in <main>'
             ... 93 levels...
    queue.rb:9:in `run': job failed (JobError)          a cause follows at once
"""

from __future__ import annotations

import re

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Family, Machine, Opening, Part, Recent, Verdict
from tui.core.tracebacks.lookback import prefix_before
from tui.core.tracebacks.model import Frame, LineRole
from tui.core.tracebacks.prefix import Prefix
from tui.core.tracebacks.python_lines import HEADER, OTHERS_HEAD
from tui.core.tracebacks.text import is_level, is_logged

_PLACE = r"((?:<internal:)?[^\s:`'][^:`']{0,300}>?|-e):(\d{1,9}):in [`']([^`'\n]{1,300}|[^\n]{1,300}?)'"
_HEAD = expression(rf"{_PLACE}: (.*)$")
_FRAME = expression(rf"\s*(?:\d+: )?(?:from )?{_PLACE}\s*$")
_BARE_PLACE = expression(r"\s*(?:\d+: )?from (\S[^:]{0,300}):(\d{1,9})\s*$")
_REVERSED = expression(r"\s+\d+: from ")
_LEVELS = expression(r"\s*\.\.\. \d+ levels?\.\.\.$")
_TYPED = expression(r"(.*?)\s*\(([A-Z]\w*(?:::\w+)*)\)$")
_NAMED = expression(
    r"([A-Z]\w*(?:::[A-Z]\w*)*(?:Error|Exception|Invalid|NotFound|Timeout|Interrupt)?)(?: \((.*)\):?|: (.*))$"
)
_RECORDED = expression(r"\s#?<?([A-Z]\w*(?:::[A-Z]\w*)+|[A-Z]\w*(?:Error|Exception))(?: \((.*)\)| ?: (.*?)>?)$")
_BELOW = expression(r"\s*\^+~*\s*$|Did you mean\?")
_RESCUING = ("rescue in ", "ensure in ")
_CLASS = expression(r"[A-Z]\w*(?:::[A-Z]\w*)*$")
_THREAD = expression(r"#<Thread:.* terminated with exception")
_LOGGER = expression(r"[EFW], \[[^\]]*\] +(?:ERROR|FATAL|WARN) -- .*?: (.*)$")
_MAX_MESSAGE = 20


class RubyMachine(Machine):
    """Reads one report of Ruby."""

    language = "ruby"
    kind = "ruby"

    def __init__(self, *, is_bare: bool = False, is_reversed: bool = False, is_cut: bool = False) -> None:
        super().__init__()
        self._is_cut = is_cut
        self._is_bare = is_bare
        self._is_reversed = is_reversed
        self._current = self.part
        self._held = 0
        self._heads: set[str] = set()
        self._has_from = False
        self._is_below_head = False
        self._is_unsure = False
        """Whether a blank line came below the message, behind which only the source is Ruby's."""

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        text = text.rstrip()
        frame = _FRAME.match(text) or _BARE_PLACE.match(text)
        if frame:
            self._has_from = True
            self._is_below_head = self._is_unsure = False
            self._held = 0
            self._add(frame, index)
            return Verdict.TAKE
        head = _HEAD.match(text)
        if head:
            return self._head(head, text, index)
        if self.part.type is None and not self.part.message and not self.frames:
            return self._first(text, index)
        if _LEVELS.match(text):
            return Verdict.TAKE
        if self._has_from and self._current.frames and not self._is_below_head:
            return self._after(text)
        self._held += 1
        if self.is_interrupted and self.part.type is not None and not _BELOW.match(text):
            return Verdict.CLOSE
        if self._held > _MAX_MESSAGE or is_logged(text) or HEADER in text or OTHERS_HEAD.match(text):
            return Verdict.CLOSE
        if not self._current.type:
            self._settle_type(text)
        self._current.add_text(text)
        # The source below a message and what was meant instead are Ruby's own, frames below them or not.
        if _BELOW.match(text):
            self._is_unsure = False
            return Verdict.TAKE
        self._is_unsure = self._is_unsure or not text
        return Verdict.TAKE if text[:1] in (" ", "\t") and not self._is_unsure else Verdict.HOLD

    def continues(self, text: str) -> bool:
        """See ``Machine.continues``."""
        # Another stream's prefix would pass for the beginning of a path.
        return text.lstrip().startswith("from ") and _FRAME.match(text) is not None

    def is_report(self) -> bool:
        """A typed head, or a head with frames, or three bare frames."""
        if self._is_bare:
            return len(self.frames) >= (1 if self.part.type else 2 if self._is_cut else 3)
        if self.part.type is not None or self.part.message[:1] == ["unhandled exception"]:
            return True
        return bool(self.part.message) and len(self.frames) >= 2

    def finish(self) -> None:
        """See ``Machine.finish``."""
        self.is_truncated = self.part.type is None and not self.part.message

    def _first(self, text: str, index: int) -> Verdict:
        """The line above bare frames, or a head of its own: a thread's, a logger's, or the reversed order's."""
        self.mark(index, LineRole.HEADER)
        if _THREAD.search(text) or (self._is_reversed and text.startswith("Traceback")):
            return Verdict.TAKE
        logger = _LOGGER.search(text)
        body = logger.group(1) if logger else text.strip()
        typed, named = _TYPED.match(body), _NAMED.match(body)
        if named is None or is_level(named.group(1)):
            named = _RECORDED.search(body) or named
        if typed:
            self.part.type, message = typed.group(2), typed.group(1)
        elif named:
            self.part.type, message = named.group(1), named.group(2) or named.group(3) or ""
        elif _is_blank_head(text):
            return Verdict.TAKE
        else:
            return Verdict.CLOSE
        self.part.add_text(message)
        self.mark(index, LineRole.EXCEPTION)
        return Verdict.TAKE

    def _head(self, match: re.Match[str], text: str, index: int) -> Verdict:
        if self._is_bare and self.frames:
            return Verdict.CLOSE
        if self.part.type is None and not self.part.message:
            self._heads.add(text)
        elif not self._has_from or text in self._heads or not _TYPED.match(match.group(4)) or not self._may_be_cause():
            return Verdict.CLOSE
        else:
            self._heads.add(text)
            self._current = Part()
            self.chained.append(self._current)
        self._is_below_head = True
        self.mark(index, LineRole.EXCEPTION)
        message = match.group(4)
        typed = _TYPED.match(message)
        if typed:
            self._current.type = typed.group(2)
        elif _CLASS.match(message):
            # Without a message only the class is printed.
            self._current.type, message = message, ""
        self._current.add_text(typed.group(1) if typed else message)
        self._add(match, index)
        self.mark(index, LineRole.EXCEPTION)
        if self._is_reversed:
            return Verdict.DONE
        return Verdict.TAKE

    def _may_be_cause(self) -> bool:
        """Whether a further head is that of a cause: what has one was raised while something was rescued."""
        if self._current.type == "Ractor::RemoteError":
            return True
        return any(word in (frame.function or "") for frame in self._current.frames for word in _RESCUING)

    def _after(self, text: str) -> Verdict:
        if self._is_reversed and not text:
            return Verdict.HOLD
        return Verdict.CLOSE

    def _settle_type(self, text: str) -> None:
        typed = _TYPED.match(text)
        if typed:
            self._current.type = typed.group(2)

    def _add(self, match: re.Match[str], index: int) -> None:
        function = match.group(3) if match.re.groups >= 3 else None
        self.add_frame(Frame(match.group(1), int(match.group(2)), function, index=index), self._current)


def _is_blank_head(text: str) -> bool:
    return not text.strip()


def _open(text: str, index: int, recent: Recent) -> Opening | None:
    at = text.find(":in ")
    if at < 0:
        return None
    reversed_at = _REVERSED.search(text)
    start = reversed_at.end() - len("1: from ") if reversed_at else _place_start(text, at)
    prefix = prefix_before(text, start, recent)
    if prefix is None:
        return None
    above = next(recent.before(prefix, 1), None)
    if reversed_at and above and "Traceback (most recent call last):" in above[1]:
        return Opening(RubyMachine(is_reversed=True), prefix, (above[0],))
    body = text[len(prefix.text) :].rstrip()
    if not prefix and body[:1] in (" ", "\t") and _HEAD.match(body.lstrip()) and not reversed_at:
        # Indented as a whole.
        prefix = Prefix(body[: len(body) - len(body.lstrip())])
        body = body.lstrip()
        above = next(recent.before(prefix, 1), None)
    if _HEAD.match(body):
        earlier = (above[0],) if above and _THREAD.search(above[1]) else ()
        return Opening(RubyMachine(), prefix, earlier, opens_mid_line=bool(prefix))
    if _FRAME.match(body) is None:
        return None
    if body.lstrip().startswith("from "):
        return Opening(RubyMachine(is_bare=True, is_cut=True), prefix, is_headless=True)
    return _open_bare(prefix, recent)


def _open_bare(prefix: Prefix, recent: Recent) -> Opening | None:
    """Frames without ``from``: what a logger or ``puts error.backtrace`` prints below a head."""
    above = list(recent.before(prefix, 2))
    if above and not above[0][1].strip() and len(above) > 1 and _NAMED.match(above[1][1].strip()):
        return Opening(RubyMachine(is_bare=True), prefix, (above[1][0], above[0][0]))
    if above:
        body = above[0][1].strip()
        if _LOGGER.search(body) or _TYPED.match(body) or _NAMED.match(body) or _RECORDED.search(body):
            return Opening(RubyMachine(is_bare=True), prefix, (above[0][0],))
    return Opening(RubyMachine(is_bare=True), prefix)


def _place_start(text: str, at: int) -> int:
    """Where the path before ``:LINE:in`` begins."""
    colon = text.rfind(":", 0, at)
    if colon < 0:
        return at
    from_at = text.rfind("from ", 0, colon)
    if from_at >= 0:
        return len(text[:from_at].rstrip(" \t0123456789:"))
    internal = text.rfind("<internal:", 0, colon)
    if internal >= 0:
        return internal
    return max(text.rfind(" ", 0, colon), text.rfind("\t", 0, colon)) + 1


GRAMMAR = Family(hints=(":in `", ":in '"), opener=_open)

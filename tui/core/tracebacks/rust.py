"""The layout of Rust's panics, before and after 1.73, with and without a backtrace.

::

    thread 'main' (17) panicked at src/lamp.rs:2:74:       the message stands on the following lines
    zone must be configured
    stack backtrace:
       0: core::panicking::panic_fmt
                 at /rustc/59807616/library/core/src/panicking.rs:80:14
    note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
"""

from __future__ import annotations

import re

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Family, Machine, Opening, Recent, Verdict
from tui.core.tracebacks.model import Frame, LineRole
from tui.core.tracebacks.prefix import EMPTY, MAX_PREFIX, Prefix
from tui.core.tracebacks.text import is_logged

_HEAD = expression(r"thread '(?!\{)([^']*)' (?:\(\d+\) )?panicked at (.*)$")
"""A name that begins with a brace is the place for one, in the source of a program."""
_OLD_END = expression(r"(?:'?, |')(\S{1,300}):(\d{1,9}):\d{1,9}$")
_NEW = expression(r"(\S.{0,300}):(\d{1,9}):\d{1,9}:$")
FUNCTION = expression(r"\s*(\d{1,6}): +(?:0x[0-9a-f]+ - )?(\S.*)$")
PLACE = expression(r"\s*at (\S.{0,500}?)(?::(\d{1,9}))?(?::(\d{1,9}))?$")
_NOTE = expression(r"note: (?:run with `RUST_BACKTRACE|Run with `RUST_BACKTRACE|Some details are omitted)")
_OVERFLOW = expression(r"thread '([^']*)' (?:\(\d+\) )?has overflowed its stack$")
_ABORT = expression(
    r"(?:thread caused non-unwinding panic\. aborting\.|thread panicked while processing panic\. aborting\.|fatal runtime error: .*)$"
)
_MAX_MESSAGE = 60


class RustMachine(Machine):
    """Reads one panic."""

    language = "rust"
    kind = "rust-panic"

    def __init__(self, *, is_cut: bool = False) -> None:
        super().__init__()
        self._state = self._frames if is_cut else self._head
        self._function: str | None = None
        self._held = 0
        self._is_old = False

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        return self._state(text.rstrip(), index)

    def continues(self, text: str) -> bool:
        """See ``Machine.continues``."""
        return _NOTE.match(text) is not None or text == "stack backtrace:"

    def is_report(self) -> bool:
        """A head is enough: without a backtrace there is only a message."""
        return self.part.type is not None or len(self.frames) >= 2

    def finish(self) -> None:
        """See ``Machine.finish``."""
        self.is_truncated = self.part.type is None

    def _head(self, text: str, index: int) -> Verdict:
        self.mark(index, LineRole.HEADER)
        if _OVERFLOW.match(text):
            self.part.type = "stack overflow"
            self._state = self._end
            return Verdict.TAKE
        match = _HEAD.match(text)
        if match is None:
            return Verdict.CLOSE
        self.part.type = "panic"
        rest = match.group(2)
        if _NEW.match(rest):
            self._state = self._first_message
            return Verdict.TAKE
        self._is_old = True
        end = _OLD_END.search(rest)
        message = rest[: end.start()] if end else rest
        self.part.add_text(message.removeprefix("'"))
        self._state = self._message
        return Verdict.TAKE

    def _first_message(self, text: str, index: int) -> Verdict:
        if _NOTE.match(text) or text == "stack backtrace:":
            return self._message(text, index)
        self.part.add_text(text)
        self.mark(index, LineRole.EXCEPTION)
        self._state = self._message
        return Verdict.TAKE

    def _message(self, text: str, index: int) -> Verdict:
        if text == "stack backtrace:":
            self.mark(index, LineRole.CHAIN)
            self._state = self._frames
            self._held = 0
            return Verdict.TAKE
        if _NOTE.match(text):
            return self._note(index)
        if _ABORT.match(text):
            return Verdict.TAKE
        self._held += 1
        if self._held > _MAX_MESSAGE or _HEAD.match(text) or is_logged(text):
            return Verdict.CLOSE
        if text.startswith(("  left: ", " right: ", "  right: ", "  expected: ")):
            self.part.add_text(text)
            return Verdict.TAKE
        self.part.add_text(text)
        return Verdict.HOLD

    def _frames(self, text: str, index: int) -> Verdict:
        function = FUNCTION.match(text)
        if function:
            self.add_frame(Frame(None, None, function.group(2), index=index))
            return Verdict.TAKE
        place = PLACE.match(text)
        if place and not self.frames:
            line = place.group(2)
            self.add_frame(Frame(place.group(1), int(line) if line else None, None, index=index))
            return Verdict.TAKE
        if place:
            self._place(place)
            self.mark(index, LineRole.FRAME)
            return Verdict.TAKE
        if _NOTE.match(text):
            return self._note(index)
        return self._end(text, index)

    def _place(self, match: re.Match[str]) -> None:
        last = self.frames[-1]
        if last.file is not None:
            return
        line = match.group(2)
        frame = Frame(match.group(1), int(line) if line else None, last.function, index=last.index)
        self.frames[-1] = frame
        if self.part.frames:
            self.part.frames[-1] = frame

    def _note(self, index: int) -> Verdict:
        self.mark(index, LineRole.NOTE)
        self._state = self._end
        return Verdict.TAKE

    def _end(self, text: str, index: int) -> Verdict:
        if _ABORT.match(text):
            self.part.add_text(text, is_note=True)
            return Verdict.TAKE
        return Verdict.CLOSE


def _open(text: str, index: int, recent: Recent) -> Opening | None:
    text = text.rstrip()
    match = _HEAD.search(text) or _OVERFLOW.search(text)
    if match:
        lead = text[: match.start()]
        if len(lead) > MAX_PREFIX:
            return None
        return Opening(RustMachine(), Prefix(lead), opens_mid_line=bool(lead.strip()))
    if ".rs:" in text:
        return _open_at_place(text, recent)
    return None


def _open_at_place(text: str, recent: Recent) -> Opening | None:
    """A backtrace without its head: the head was cut off."""
    at = text.find("             at ")
    if at < 0 or at > MAX_PREFIX or PLACE.match(text, at) is None:
        return None
    prefix = Prefix(text[:at]) if text[:at].strip() else EMPTY
    above = next(recent.before(prefix, 1), None)
    if above is None or FUNCTION.match(above[1]) is None:
        # Where nothing stands above, the capture began between a function and its place.
        return None if above else Opening(RustMachine(is_cut=True), prefix, is_headless=True)
    return Opening(RustMachine(is_cut=True), prefix, (above[0],), is_headless=True)


GRAMMAR = Family(hints=("panicked at ", "has overflowed its stack", ".rs:"), opener=_open)

"""Lua, R and Haskell, whose reports are a message line and a list below a fixed heading.

::

    lua5.4: lamp.lua:1: message                 Error in f(x) : message          prog: message
    stack traceback:                            Calls: g -> f                    CallStack (from HasCallStack):
            lamp.lua:1: in local 'dim'          Execution halted                   error, called at a.hs:3:5 in main:Main
"""

from __future__ import annotations

import re

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Family, Machine, Opening, Recent, Verdict
from tui.core.tracebacks.model import Frame, LineRole
from tui.core.tracebacks.prefix import MAX_PREFIX, Prefix
from tui.core.tracebacks.text import is_logged

_LUA_HEAD = "stack traceback:"
_LUA_PROGRAM = expression(r"(?:\S*lua\S*|\S+\.exe): ")
_LUA_PLACE = expression(r"(\S{1,300}|\(command line\)|\[string \".*\"\]):(\d{1,9}): ")
_LUA_LOGGED = expression(r" \S{1,300}\.lua:\d{1,9}: ")
_LUA_FRAME = expression(
    r"\s*(?:\[C\]|(.{1,300}?):(\d{1,9})?): (?:in (.*)|(\?))$|\s+\(\.\.\.tail calls\.\.\.\)$|\s+\[C\]: (?:in )?(.*)$"
)
_LUA_SKIPPED = expression(r"\s+\.\.\.(?:\s*\(skipping \d+ levels?\))?$")
_LUA_NAME = expression(r"(?:local|function|method|field|upvalue|global|metamethod|for iterator) (?:'([^']*)'|(<.*>))$")


class LuaMachine(Machine):
    """Reads one report of Lua; the lines before the heading are the message."""

    language = "lua"
    kind = "lua"

    def __init__(self, *, has_message: bool, is_cut: bool = False) -> None:
        super().__init__()
        self._has_message = has_message
        self._is_cut = is_cut
        self._in_frames = is_cut

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        text = text.rstrip()
        if text.endswith(_LUA_HEAD) and not self._in_frames:
            self._in_frames = True
            self.mark(index, LineRole.HEADER)
            return Verdict.TAKE
        if not self._in_frames:
            if not self.part.message:
                program = _LUA_PROGRAM.match(text)
                text = text[program.end() :] if program else text
                place = _LUA_PLACE.match(text) or _LUA_LOGGED.search(text)
                text = text[place.end() :] if place else text
            self.part.add_text(text)
            self.mark(index, LineRole.EXCEPTION)
            return Verdict.TAKE
        match = _LUA_FRAME.match(text)
        if match:
            self._frame(match, text, index)
            return Verdict.TAKE
        return Verdict.TAKE if _LUA_SKIPPED.match(text) else Verdict.CLOSE

    def is_report(self) -> bool:
        """The heading with a frame, or two frames."""
        return len(self.frames) >= (2 if self._is_cut else 1)

    def finish(self) -> None:
        """See ``Machine.finish``."""
        self.is_truncated = not self._has_message

    def _frame(self, match: re.Match[str], text: str, index: int) -> None:
        body = match.group(3) or match.group(5)
        if body is None and not match.group(4):
            self.mark(index, LineRole.FRAME)
            return
        named = _LUA_NAME.match(body or "")
        function = (named.group(1) or named.group(2)) if named else body
        if function == "?":
            function = None
        line = match.group(2)
        self.add_frame(Frame(match.group(1), int(line) if line else None, function, index=index))


def _open_lua(text: str, index: int, recent: Recent) -> Opening | None:
    stripped = text.rstrip()
    if not stripped.endswith(_LUA_HEAD):
        return _open_lua_at_frame(stripped)
    lead = stripped[: -len(_LUA_HEAD)]
    if len(lead) > MAX_PREFIX or lead.endswith("interpreter "):
        return None
    prefix = Prefix(lead)
    passed: list[int] = []
    for number, (line, above) in enumerate(recent.before(prefix, 24)):
        if number and is_logged(above):
            break
        passed.append(line)
        if _LUA_PROGRAM.match(above) or (number == 0 and _LUA_PLACE.match(above)):
            return Opening(LuaMachine(has_message=True), prefix, tuple(reversed(passed)))
    nearest = tuple(passed[:1])
    return Opening(LuaMachine(has_message=bool(nearest)), prefix, nearest)


def _open_lua_at_frame(text: str) -> Opening | None:
    """Frames without a heading: the head was cut off."""
    at = text.rfind("\t")
    if at < 0 or at > MAX_PREFIX or ".lua:" not in text or _LUA_FRAME.match(text, at) is None:
        return None
    return Opening(LuaMachine(has_message=False, is_cut=True), Prefix(text[:at]), is_headless=True)


_R_ERROR = expression(r"Error(?: in (.{1,500}?) ?)?: ?(.*)$|Error in (.{1,500})$")
_R_CALL = expression(r"Error in \S.{0,500}\) : ")
_R_TRACE = expression(r"\d{1,3}: \S")
_R_END = "Execution halted"
_QUOTES = ('"', "'", "`")
_R_MAX = 30


class RMachine(Machine):
    """Reads the error of an R script: one that stopped it, or one in a call, which ``try`` prints too."""

    language = "r"
    kind = "r"

    def __init__(self, *, is_whole: bool) -> None:
        super().__init__()
        self._is_whole = is_whole
        self._held = 0
        self._calls = False

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        text = text.rstrip()
        if text == _R_END:
            self.mark(index, LineRole.NOTE)
            return Verdict.DONE
        match = _R_ERROR.match(text)
        if match and not self.roles:
            self.mark(index, LineRole.EXCEPTION)
            if match.group(2):
                self.part.add_text(match.group(2))
            return Verdict.TAKE
        if text.startswith("Calls: "):
            self._calls = True
            self.mark(index, LineRole.CHAIN)
            return Verdict.TAKE
        if self._is_whole:
            self.part.add_text(text.strip())
            return Verdict.TAKE
        if (self._calls and _R_TRACE.match(text)) or (text[:2] == "  " and not self._held):
            self.part.add_text(text.strip())
            return Verdict.TAKE
        self._held += 1
        return Verdict.CLOSE if match or is_logged(text) or self._held > _R_MAX else Verdict.HOLD

    def is_report(self) -> bool:
        """The head is enough."""
        return bool(self.roles)


def _open_r(text: str, index: int, recent: Recent) -> Opening | None:
    stripped = text.rstrip()
    if not stripped.endswith(_R_END):
        call = _R_CALL.search(text)
        if call is None or call.start() > MAX_PREFIX or "Error in" in text[: call.start()]:
            return None
        lead = text[: call.start()]
        if lead.endswith(_QUOTES):
            return None
        return Opening(RMachine(is_whole=False), Prefix(lead), opens_mid_line=bool(lead.strip()))
    lead = stripped[: -len(_R_END)]
    if len(lead) > MAX_PREFIX:
        return None
    prefix = Prefix(lead)
    passed: list[int] = []
    for line, above in recent.before(prefix, 30):
        passed.append(line)
        if _R_ERROR.match(above):
            return Opening(RMachine(is_whole=True), prefix, tuple(reversed(passed)))
    return None


_HS_STACK = expression(r"CallStack \(from (?:HasCallStack|-prof)\):$")
_HS_FRAME = expression(r"\s+(\S.{0,300}?), called at (\S{1,300}?):(\d{1,9}):\d{1,9} in \S+$")
_HS_PROF = expression(r"\s+(\S{1,300}) \((\S{1,300}?):(?:\(?(\d{1,9})[,:].*|<.*>)\)$")
_HS_HEAD = expression(r"([\w./<>-]{1,100}): (.*)$")
_HS_UNMATCHED = "Non-exhaustive patterns in "
_HS_UNMATCHED_HEAD = expression(
    rf"(?<!\S)[\w./<>-]{{1,100}}: (?=\S{{1,300}}\.hs:[\d,()-]{{1,40}}(?::[\d-]{{1,20}})?: {_HS_UNMATCHED})"
)
"""What a program says of patterns that match nothing; it prints no stack for it."""


class HaskellMachine(Machine):
    """Reads one report of GHC's runtime."""

    language = "haskell"
    kind = "haskell"

    def __init__(self, *, is_line: bool = False) -> None:
        super().__init__()
        self._is_line = is_line

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        text = text.rstrip()
        if self._is_line:
            self.part.add_text(text.partition(": ")[2])
            self.mark(index, LineRole.EXCEPTION)
            return Verdict.DONE
        if _HS_STACK.match(text):
            self.mark(index, LineRole.HEADER)
            return Verdict.TAKE
        called = _HS_FRAME.match(text) or _HS_PROF.match(text)
        if called:
            line = called.group(3)
            self.add_frame(Frame(called.group(2), int(line) if line else None, called.group(1), index=index))
            return Verdict.TAKE
        if self.frames:
            return Verdict.CLOSE
        if not self.part.message:
            head = _HS_HEAD.match(text)
            text = head.group(2) if head else text
        self.part.add_text(text)
        self.mark(index, LineRole.EXCEPTION)
        return Verdict.TAKE

    def is_report(self) -> bool:
        """Frames, or the one line that has none."""
        return self._is_line or super().is_report()


def _open_haskell(text: str, index: int, recent: Recent) -> Opening | None:
    unmatched = _HS_UNMATCHED_HEAD.search(text)
    if unmatched and unmatched.start() <= MAX_PREFIX:
        return Opening(HaskellMachine(is_line=True), Prefix(text[: unmatched.start()]))
    match = _HS_STACK.search(text.rstrip())
    if match is None or match.start() > MAX_PREFIX:
        return None
    prefix = Prefix(text[: match.start()])
    passed: list[int] = []
    for line, above in recent.before(prefix, 6):
        if not above.strip() or is_logged(above):
            break
        passed.append(line)
        if _HS_HEAD.match(above):
            break
    return Opening(HaskellMachine(), prefix, tuple(reversed(passed)))


LUA = Family(hints=(_LUA_HEAD, ".lua:"), opener=_open_lua)
R = Family(hints=(_R_END, "Error in "), opener=_open_r)
HASKELL = Family(hints=("CallStack (from ", _HS_UNMATCHED), opener=_open_haskell)

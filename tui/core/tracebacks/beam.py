"""Elixir's and Erlang's layouts.

::

    ** (KeyError) key :b not found in: %{a: 1}
        (app 1.0.0) lib/mail.ex:12: Mail.run/1         frames; before them argument lists and clauses, indented
        (stdlib 4.2) proc_lib.erl:240: :proc_lib.init_p/3
    Last message: :x                                   only in reports of a server
    State: %{n: 1}
"""

from __future__ import annotations

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Family, Machine, Opening, Recent, Verdict
from tui.core.tracebacks.model import Frame, LineRole
from tui.core.tracebacks.prefix import EMPTY, MAX_PREFIX, Prefix
from tui.core.tracebacks.text import indent_of, is_logged

_HEAD = expression(
    r"(?<!\S)\*\* \((EXIT(?: from [^)]{0,200})?|[A-Z]\w{0,80}[a-z][\w.]{0,160}|stop|throw|exit(?: \w{1,60})?)\)(?: (.*))?$"
)
"""Emphasis and powers are written with two asterisks before a bracket too: names are capitalised, and stand alone."""
_FRAME = expression(r"\s+(?:\([\w.-]{1,80}(?: [\w.+-]{1,60})?\) )?(\S{1,300}?\.\w{1,5}):(\d{1,9}): (.+)$")
_CUT_FRAME = expression(
    r"    (?=\([\w.-]{1,80} [\w.+-]{1,60}\) \S{1,300}\.(?:exs?|erl):\d+: "
    r"|\S{1,300}\.exs?:\d+: (?:\S{1,200}/\d+|anonymous fn.{0,200}|\((?:file|module)\))\s*$)"
)
_CALL = expression(
    r"\s{4,}(?:\([\w.-]{1,80}(?: [\w.+-]{1,60})?\) )?(:?[A-Za-z_][\w.!?:@]{0,200}(?:\.[\w!?]+)?(?:\(.*\)|/\d+))$"
)
_SERVER = expression(
    r"(?:Last message|State|Client|Function|    Args|Start Call|Initial Call|Ancestors)\b.*:|Client \S+ is "
)
_CLAUSES = expression(
    r"\s*(?:The following arguments were given to|Attempted function clauses|hint:|Hint:|Did you mean|Stacktrace:|\(stacktrace)"
)
_REPORT = expression(r"=(?:CRASH|ERROR|SUPERVISOR) REPORT==== ")
_IN_PROCESS = expression(
    r"Error in process |\s+crasher:|\s+exception (?:error|exit|throw): |\*\* Generic server |\*\* Reason for termination|\*\* State machine "
)
_MAX_MESSAGE = 12


class ElixirMachine(Machine):
    """Reads one report of Elixir."""

    language = "elixir"
    kind = "elixir"

    def __init__(self, *, is_cut: bool = False) -> None:
        super().__init__()
        self._is_cut = is_cut
        self._indent = 0
        self._held = 0
        self._blanks = 0
        self._in_clauses = False
        self._is_server = False
        self._has_client = False

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        if self.part.type is None and not self._is_cut:
            return self._head(text, index)
        if not text.strip():
            self._blanks += 1
            if text and not self.frames:
                return Verdict.HOLD if self._blanks < 20 else Verdict.CLOSE
            if self._has_client and self._blanks == 1:
                # What the client was doing is the last part of a server's report.
                return Verdict.HOLD
            if self.frames or self._blanks > 3:
                return Verdict.CLOSE
            return Verdict.HOLD
        self._blanks = 0
        frame = _FRAME.match(text)
        if frame and indent_of(text) >= 4 and not is_logged(text):
            self.add_frame(Frame(frame.group(1), int(frame.group(2)), frame.group(3).strip(), index=index))
            return Verdict.TAKE
        call = _CALL.match(text.rstrip())
        if call and not self._in_clauses and indent_of(text) == self._indent + 4:
            self.add_frame(Frame(None, None, call.group(1), index=index))
            return Verdict.TAKE
        return self._other(text)

    def continues(self, text: str) -> bool:
        """See ``Machine.continues``."""
        return _FRAME.match(text) is not None or (indent_of(text) >= 4 and _HEAD.match(text.lstrip()) is not None)

    def is_report(self) -> bool:
        """A head: scripts that fail to compile print no frames."""
        return self.part.type is not None or len(self.frames) >= 2

    def finish(self) -> None:
        """See ``Machine.finish``."""
        self.is_truncated = self.part.type is None

    def _head(self, text: str, index: int) -> Verdict:
        match = _HEAD.match(text.lstrip())
        if match is None:
            return Verdict.CLOSE
        self._indent = indent_of(text)
        self.part.type = match.group(1)
        self.part.add_text((match.group(2) or "").rstrip())
        self.mark(index, LineRole.EXCEPTION)
        return Verdict.TAKE

    def _other(self, text: str) -> Verdict:
        if _CLAUSES.match(text):
            self._in_clauses = True
        if indent_of(text) > self._indent:
            if self.frames and not self._is_server and not _SERVER.match(text):
                # Some messages print their frames nested; what is indented below a frame is the frame's.
                return Verdict.TAKE if indent_of(text) > self._indent + 4 and not self.is_interrupted else Verdict.CLOSE
            return Verdict.TAKE
        if _SERVER.match(text):
            self._is_server = True
            self._has_client = self._has_client or text.startswith("Client ")
            return Verdict.TAKE
        if self.frames or is_logged(text) or _HEAD.match(text.lstrip()):
            return Verdict.CLOSE
        self._held += 1
        self.part.add_text(text)
        return Verdict.HOLD if self._held <= _MAX_MESSAGE else Verdict.CLOSE


class ErlangMachine(Machine):
    """Reads one report of Erlang's error logger."""

    language = "erlang"
    kind = "erlang"

    def __init__(self) -> None:
        super().__init__()
        self._lines = 0
        self._is_crash = False

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        self._lines += 1
        if self._lines == 1:
            self.mark(index, LineRole.HEADER)
            return Verdict.TAKE
        if not text.strip() or _REPORT.match(text) or self._lines > 400:
            return Verdict.CLOSE
        if _IN_PROCESS.match(text):
            self._is_crash = True
        error = text.strip().partition("exception error: ")
        if error[1]:
            self.part.type = "error"
            self.part.add_text(error[2])
        return Verdict.TAKE

    def is_report(self) -> bool:
        """The report of a crash, not of a restart."""
        return self._is_crash


def _open(text: str, index: int, recent: Recent) -> Opening | None:
    report = _REPORT.search(text)
    if report and report.start() <= MAX_PREFIX:
        return Opening(ErlangMachine(), Prefix(text[: report.start()]))
    match = _HEAD.search(text)
    if match is None:
        return _open_at_frame(text)
    if match.start() > MAX_PREFIX:
        return None
    lead = text[: match.start()]
    prefix = Prefix(lead) if lead.strip() else EMPTY
    return Opening(ElixirMachine(), prefix, opens_mid_line=bool(prefix))


def _open_at_frame(text: str) -> Opening | None:
    """Frames without a head: the head was cut off."""
    match = _CUT_FRAME.search(text)
    if match is None or match.start() > MAX_PREFIX:
        return None
    lead = text[: match.start()]
    return Opening(ElixirMachine(is_cut=True), Prefix(lead) if lead.strip() else EMPTY, is_headless=True)


GRAMMAR = Family(hints=("** (", " REPORT====", ".ex:", ".exs:", ".erl:"), opener=_open)

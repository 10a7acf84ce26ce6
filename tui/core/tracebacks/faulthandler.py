"""CPython's faulthandler: what it prints of all threads on a fatal error, a signal or a timeout.

::

    Fatal Python error: Segmentation fault
    <blank>
    Current thread 0x00007f24f9037b80 (most recent call first):
      File "/src/crash.py", line 3 in grab               no comma before "in"
    <blank>
    Extension modules: numpy.core (total: 1)
"""

from __future__ import annotations

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Family, Machine, Opening, Recent, Verdict
from tui.core.tracebacks.model import Frame, LineRole
from tui.core.tracebacks.prefix import MAX_PREFIX, Prefix
from tui.core.tracebacks.text import is_logged

_HEAD = expression(
    r"(Fatal Python error): (.*)$|(Timeout) \((\d+:\d\d:\d\d[.\d]*)\)!$|(Windows fatal exception): (.*)$"
)
_THREAD = expression(
    r"(?:Current thread|Thread) 0x[0-9a-fA-F]+ ?(?:\[.*?\] )?\(most recent call first\):$|Stack \(most recent call first\):$"
)
_FRAME = expression(r'  File "(.*)", line (\d{1,9}|\?\?\?) in (.*)$')
_OTHER = expression(
    r"  <no Python frame>|  \.\.\.$|  Garbage-collecting|<(?:Cannot|tstate|freed|invalid).*>$|  <.*>$|  Binary file |Python runtime state: |Current thread's C stack trace"
)
_MODULES = expression(r"Extension modules: ")


class FaulthandlerMachine(Machine):
    """Reads one dump."""

    language = "python"
    kind = "faulthandler"

    def __init__(self, *, is_cut: bool = False) -> None:
        super().__init__()
        self._is_cut = is_cut
        self._blanks = 0
        self._has_thread = False

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        text = text.rstrip()
        frame = _FRAME.match(text)
        if frame:
            self._blanks = 0
            line = frame.group(2)
            self.add_frame(Frame(frame.group(1), int(line) if line.isdigit() else None, frame.group(3), index=index))
            return Verdict.TAKE
        if _THREAD.match(text):
            self._has_thread = True
            self._blanks = 0
            self.mark(index, LineRole.HEADER)
            return Verdict.TAKE
        if not text:
            self._blanks += 1
            return Verdict.HOLD if self._blanks <= 2 else Verdict.CLOSE
        head = _HEAD.match(text)
        if head and self.part.type is None and not self._has_thread:
            self.part.type = head.group(1) or head.group(3) or head.group(5)
            self.part.add_text(head.group(2) or head.group(4) or head.group(6) or "")
            self.mark(index, LineRole.EXCEPTION)
            return Verdict.TAKE
        if _MODULES.match(text):
            return Verdict.DONE
        if _OTHER.match(text):
            self._blanks = 0
            return Verdict.TAKE
        if is_logged(text) and not self._blanks:
            return Verdict.SKIP
        return Verdict.CLOSE

    def continues(self, text: str) -> bool:
        """See ``Machine.continues``."""
        return _FRAME.match(text) is not None or _THREAD.match(text) is not None

    def is_report(self) -> bool:
        """A head or a thread with a frame."""
        if self._is_cut:
            return len(self.frames) >= 2 or (bool(self.frames) and self._has_thread)
        return self.part.type == "Fatal Python error" or bool(self.frames)

    def finish(self) -> None:
        """See ``Machine.finish``."""
        self.is_truncated = self._is_cut


def _open(text: str, index: int, recent: Recent) -> Opening | None:
    stripped = text.rstrip()
    if 'File "' in stripped:
        return _open_at_frame(stripped)
    match = _HEAD.search(stripped) or _THREAD.search(stripped)
    if match is None or match.start() > MAX_PREFIX:
        return None
    lead = stripped[: match.start()]
    if lead and lead[-1] not in " \t|]:>":
        return None
    prefix = Prefix(lead)
    if not _HEAD.match(stripped, match.start()):
        above = list(recent.before(prefix, 3))
        for count, (_, line) in enumerate(above, start=1):
            if _HEAD.match(line.rstrip()):
                return Opening(FaulthandlerMachine(), prefix, tuple(number for number, _ in reversed(above[:count])))
            if line.strip() and not _OTHER.match(line):
                break
    return Opening(FaulthandlerMachine(), prefix, opens_mid_line=bool(lead.strip()))


def _open_at_frame(text: str) -> Opening | None:
    """A frame without a thread's heading: the head was cut off."""
    at = text.find('  File "')
    if at < 0 or at > MAX_PREFIX or _FRAME.match(text, at) is None:
        return None
    prefix = Prefix(text[:at] if text[:at].strip() else "")
    return Opening(FaulthandlerMachine(is_cut=True), prefix, is_headless=True)


GRAMMAR = Family(
    hints=("Fatal Python error: ", "Timeout (", "(most recent call first):", '  File "', "Windows fatal exception: "),
    opener=_open,
)

"""OCaml, Dart, Swift, Crystal, Nim, D and Zig: a head of its own and a short list of frames.

Each is a table of three expressions read by one machine: how the head looks, how a frame looks, and which
other lines may stand between.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Family, Machine, Opening, Recent, Verdict
from tui.core.tracebacks.model import Frame, LineRole
from tui.core.tracebacks.prefix import MAX_PREFIX, Prefix
from tui.core.tracebacks.text import is_logged


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout with a head that can be recognised by itself. Groups are named type, message, file, line, function."""

    language: str
    head: re.Pattern[str]
    frame: re.Pattern[str]
    between: re.Pattern[str] | None = None
    needs_frames: bool = True
    message_lines: int = 0
    """Lines of a message that may follow the head before the first frame."""


_OCAML = Layout(
    "ocaml",
    expression(
        r"Fatal error: exception (?:(?P<type>Stack overflow|Out of memory)|File \"(?P<file>[^\"]{1,300})\", line (?P<line>\d{1,9}), "
        r"characters [\d-]+: (?P<message>.*)|(?P<type2>[A-Z][\w.']{0,200})(?:[ (](?P<message2>.*?)\)?)?)$"
    ),
    expression(
        r"(?:Raised by primitive operation at|Raised at|Re-raised at|Called from)(?: (?P<function>\S.*?))?(?: in)? "
        r"file \"(?P<file>[^\"]{1,300})\"(?: \(inlined\))?, lines? (?P<line>\d{1,9})[-\d]*, characters .*$"
    ),
    needs_frames=False,
)
_DART = Layout(
    "dart",
    expression(r"Unhandled exception:$"),
    expression(r"#\d+ +(?P<function>\S.{0,300}?) \((?P<file>[^()]{1,300}?)(?::(?P<line>\d{1,9}))?(?::\d{1,9})?\)$"),
    expression(r"<asynchronous suspension>$"),
    message_lines=20,
)
_SWIFT = Layout(
    "swift",
    expression(
        r"(?P<file>\S{1,300}\.swift):(?P<line>\d{1,9}): (?P<type>Fatal error|Assertion failed|Precondition failed)(?:: (?P<message>.*))?$"
    ),
    expression(
        r"\d+ +0x[0-9a-f]+ (?P<function>.{1,300}?) (?:\+ \d+ )?in \S+(?: at (?P<file>\S.{0,300}?):(?P<line>\d{1,9})(?::\d+)?)?$"
    ),
    needs_frames=False,
)
_CRYSTAL = Layout(
    "crystal",
    expression(
        r"Unhandled exception(?: in spawn(?:\(name: .*?\))?)?: (?P<message>.*?)(?: \((?P<type>[A-Z][\w:]*)\))?$"
    ),
    expression(
        r"  from (?P<file>\S.{0,300}?)(?::(?P<line>\d{1,9}):\d{1,9})? in '(?P<function>.{1,300})'$|  from \?\?\?$"
    ),
)
_NIM = Layout(
    "nim",
    expression(r"Traceback \(most recent call last(?:, using override)?\)$"),
    expression(r"(?P<file>\S.{0,300}?)\((?P<line>\d{1,9})\) +(?P<function>\S+)$"),
    expression(r"Error: unhandled exception: (?P<message>.*?)(?: \[(?P<type>\w+)\])?$|\[\[reraised from:|\]\]"),
)
_D = Layout(
    "d",
    expression(
        r"(?P<type>[\w.]{1,200}(?:Exception|Error))@(?P<file>\S{1,300}?)\((?P<line>\d{1,9})\)(?:: (?P<message>.*))?$"
    ),
    expression(
        r"(?P<file>\S{1,300}?):(?P<line>\d{1,9}|\?)(?: (?P<function>\S.{0,400}))? \[0x[0-9a-f]+\]$|\?\?:\? (?P<function2>.*)$"
    ),
    expression(r"-{4,}$"),
)
_ZIG = Layout(
    "zig",
    expression(r"thread \d+ (?P<type>panic): (?P<message>.*)$"),
    expression(r"(?P<file>\S{1,300}?\.zig):(?P<line>\d{1,9}):\d{1,9}: 0x[0-9a-f]+ in (?P<function>\S.*?) \(.*\)$"),
    expression(r"    \S|\s*\^$|\?\?\?:\?:\?"),
)


class LayoutMachine(Machine):
    """Reads one report of a ``Layout``."""

    def __init__(self, layout: Layout) -> None:
        super().__init__()
        self.language = layout.language
        self.kind = layout.language
        self._layout = layout
        self._has_head = False
        self._held = 0

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        text = text.rstrip()
        layout = self._layout
        if not self._has_head:
            return self._head(text, index)
        frame = layout.frame.match(text)
        if frame:
            self._held = 0
            self._frame(frame, index)
            return Verdict.TAKE
        between = layout.between.match(text) if layout.between else None
        if between:
            named = between.groupdict()
            if named.get("message") is not None:
                self.part.type = named.get("type")
                self.part.message = [named["message"] or ""]
            return Verdict.TAKE
        if not self.frames and self._held < layout.message_lines and not is_logged(text):
            self._held += 1
            self.part.add_text(text)
            return Verdict.HOLD
        return Verdict.CLOSE

    def is_report(self) -> bool:
        """A head, with a frame where the head alone says too little."""
        return self._has_head and (bool(self.frames) or not self._layout.needs_frames)

    def continues(self, text: str) -> bool:
        """See ``Machine.continues``."""
        return self._layout.frame.match(text) is not None

    def finish(self) -> None:
        """See ``Machine.finish``."""
        if self.language == "dart" and self.part.type is None and self.part.message:
            name, colon, rest = self.part.message[0].partition(": ")
            if colon and name.isidentifier():
                self.part.type = name
                self.part.message[0] = rest

    def _head(self, text: str, index: int) -> Verdict:
        match = self._layout.head.match(text)
        if match is None:
            return Verdict.CLOSE
        self._has_head = True
        named = match.groupdict()
        self.part.type = named.get("type") or named.get("type2")
        message = named.get("message") or named.get("message2")
        if message:
            self.part.add_text(message.strip('"') if self.language == "ocaml" else message)
        if named.get("file"):
            self.add_frame(Frame(named["file"], _line(named.get("line")), None, index=index))
        self.mark(index, LineRole.EXCEPTION)
        return Verdict.TAKE

    def _frame(self, match: re.Match[str], index: int) -> None:
        named = match.groupdict()
        function = named.get("function") or named.get("function2")
        self.add_frame(Frame(named.get("file"), _line(named.get("line")), function, index=index))


def _line(digits: str | None) -> int | None:
    return int(digits) if digits and digits.isdigit() else None


def _opener(layout: Layout, hints: tuple[str, ...]) -> Family:
    def open_layout(text: str, index: int, recent: Recent) -> Opening | None:
        stripped = text.rstrip()
        match = layout.head.search(stripped)
        if match is None or match.start() > MAX_PREFIX:
            return None
        lead = stripped[: match.start()]
        if lead and lead[-1] not in " \t|]:>":
            return None
        return Opening(LayoutMachine(layout), Prefix(lead), opens_mid_line=bool(lead.strip()))

    return Family(hints, open_layout)


OCAML = _opener(_OCAML, ("Fatal error: exception ",))
DART = _opener(_DART, ("Unhandled exception:",))
SWIFT = _opener(_SWIFT, (": Fatal error", ": Assertion failed", ": Precondition failed"))
CRYSTAL = _opener(_CRYSTAL, ("Unhandled exception",))
NIM = _opener(_NIM, ("Traceback (most recent call last)", "Traceback (most recent call last, "))
D = _opener(_D, ("Exception@", "Error@"))
ZIG = _opener(_ZIG, ("panic: ",))

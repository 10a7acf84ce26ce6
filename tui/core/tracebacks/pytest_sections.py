"""Failures as pytest prints them: a ruled title, then the long, short or native style.

::

    ____________ test_storm ____________
        def test_storm():                               long style: source, ">" at the line, "E" lines,
    >       assert beaufort(28) == 12                   then ``path:line: Type``
    E       assert 10 == 12
    tests/test_wind.py:9: AssertionError
    tests/test_wind.py:9: in test_storm                 short style: ``path:line: in function``
    E   assert 10 == 12
"""

from __future__ import annotations

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Family, Machine, Opening, Part, Recent, Verdict
from tui.core.tracebacks.model import Frame, LineRole
from tui.core.tracebacks.prefix import MAX_PREFIX, Prefix
from tui.core.tracebacks.python_lines import CONTEXT, DIRECT_CAUSE, EXCEPTION, HEADER

_TITLE = expression(r"_{3,} (\S.*?) _{3,}$")
_END = expression(r"={3,} .*={3,}$|={10,}$|-{5,} (?:Captured|generated|live log).*-{5,}$|!{5,} .*")
_SHORT = expression(r"(\S.{0,300}?):(\d{1,9}): in (.+)$")
_LONG = expression(r"(\S[^:]{0,300}?):(\d{1,9}): ?([A-Za-z_][\w.]*)?$")
_BETWEEN = expression(r"(?:_ ){5,}_?$")
_FAILED = expression(r"E(?: {1,7}(.*))?$")


class PytestMachine(Machine):
    """Reads one failed test."""

    language = "python"
    kind = "pytest"

    def __init__(self) -> None:
        super().__init__()
        self._has_title = False
        self._held = 0
        self._has_failure = False

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        text = text.rstrip()
        if _TITLE.match(text):
            if self._has_title:
                return Verdict.CLOSE
            self._has_title = True
            self.mark(index, LineRole.HEADER)
            return Verdict.TAKE
        if _END.match(text) or text.endswith(HEADER):
            return Verdict.CLOSE
        if text in (DIRECT_CAUSE, CONTEXT) and len(self.chained) < 1_000:
            self.finish()
            self.chained.insert(0, self.part)
            self.part = Part()
            self._has_failure = False
            self.mark(index, LineRole.CHAIN)
            return self._taken()
        failed = _FAILED.match(text)
        if failed:
            self._failure((failed.group(1) or "").strip(), index)
            return self._taken()
        short, long = _SHORT.match(text), _LONG.match(text)
        if short:
            self.add_frame(Frame(short.group(1), int(short.group(2)), short.group(3), index=index))
            return self._taken()
        if long and not text.startswith(" "):
            self.add_frame(Frame(long.group(1), int(long.group(2)), None, index=index))
            if long.group(3):
                self.part.type = long.group(3)
            return self._taken()
        if text.startswith(">"):
            self.mark(index, LineRole.SOURCE)
            return self._taken()
        self._held += 1
        return Verdict.HOLD if self._held < 38 else Verdict.TAKE if text[:4] in ("", "    ") else Verdict.CLOSE

    def is_report(self) -> bool:
        """A title, a frame and an "E" line."""
        return self._has_failure and bool(self.frames)

    def finish(self) -> None:
        """See ``Machine.finish``."""
        if self.part.type is None and self.part.message[:1] and self.part.message[0].startswith("assert"):
            self.part.type = "AssertionError"

    def _taken(self) -> Verdict:
        self._held = 0
        return Verdict.TAKE

    def _failure(self, text: str, index: int) -> None:
        self.mark(index, LineRole.EXCEPTION)
        if not self._has_failure:
            match = EXCEPTION.match(text)
            if match and not text.startswith("assert "):
                self.part.type = match.group(1)
                text = match.group(2) or ""
        self._has_failure = True
        self.part.add_text(text)


def _open(text: str, index: int, recent: Recent) -> Opening | None:
    match = _TITLE.search(text.rstrip())
    if match is None or match.start() > MAX_PREFIX:
        return None
    return Opening(PytestMachine(), Prefix(text[: match.start()]))


GRAMMAR = Family(hints=("___ ",), opener=_open)

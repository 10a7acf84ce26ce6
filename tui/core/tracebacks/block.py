"""A block that is still open: its machine, its stream and the lines it has taken so far."""

from __future__ import annotations

import copy

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Machine, Verdict
from tui.core.tracebacks.model import Traceback
from tui.core.tracebacks.prefix import EMPTY, Prefix
from tui.core.tracebacks.text import interrupts, names_stream

MAX_GAP = 400
"""Lines of other streams after which a silent block is closed."""
MAX_HELD = 40
"""Lines kept back until a later one decides whether they belong to the block."""
MAX_INTERRUPTING = 4
"""Records of other threads in a row inside a report; after more of them it is over."""
_ENDS = expression(r"\S[ \t](?=.)")
_MAX_SHORTER = 16
_MAX_TRIES = 8
_MAX_SPANS = 20_000
_MAX_FIRST = 8


class Block:
    """One open report. ``offer`` judges a line; ``spans`` are the runs of lines it owns."""

    __slots__ = (
        "blanks",
        "first",
        "gap",
        "held",
        "interrupting",
        "is_capped",
        "is_decided",
        "loosened",
        "machine",
        "prefix",
        "shorter",
        "spans",
        "tries",
    )

    def __init__(self, machine: Machine, prefix: Prefix, *, is_decided: bool) -> None:
        self.machine = machine
        self.prefix = prefix
        self.is_decided = is_decided
        """Whether a second line has confirmed what the prefix is."""
        self.spans: list[list[int]] = []
        self.held: list[tuple[int, str]] = []
        self.first: list[tuple[int, str]] = []
        """The first raw lines it took, in case it turns out to be no report."""
        self.blanks = 0
        """Blank lines at the end of those held."""
        self.gap = 0
        self.interrupting = 0
        """Records of other threads since the last line taken."""
        self.is_capped = False
        self.tries = 0
        """Lines that were looked at for what the prefix may be instead."""
        self.loosened: Prefix | None = None
        self.shorter: list[Prefix] | None = None
        """The beginnings of an undecided prefix at which it may end."""

    def cut(self, text: str) -> str | None:
        """``text`` without the prefix of this block, or None where it does not have it as it stands."""
        prefix = self.prefix
        if not prefix.text:
            return None if names_stream(text) else text
        cut = prefix.cut(text)
        if self.is_decided:
            # A report indented as a whole has no stream of its own: what is indented less stands at its margin.
            return text.lstrip(" \t") if cut is None and prefix.text.isspace() else cut
        self.is_decided = cut is not None
        return cut

    def cut_otherwise(self, text: str) -> str | None:
        """The same for a prefix not yet decided: it may be shorter, none at all, or one that counts."""
        self.tries += 1
        if self.tries > _MAX_TRIES:
            self.is_decided = True
            return None
        cut = None
        shorter = self._shorter(text)
        if shorter is not None:
            self.prefix = shorter
            cut = shorter.cut(text)
        elif self.machine.continues(text):
            self.prefix = EMPTY
        else:
            if self.loosened is None:
                self.loosened = self.prefix.loosened()
            cut = self.loosened.cut(text)
            if cut is None or not self.machine.continues(cut):
                return None
            self.prefix = self.loosened
        self.is_decided = True
        return text if cut is None else cut

    def _shorter(self, text: str) -> Prefix | None:
        """The part of the prefix that is the stream's, where unfinished output stood between it and the head."""
        if self.shorter is None:
            ends = [end.end() for end in _ENDS.finditer(self.prefix.text)]
            self.shorter = [Prefix(self.prefix.text[:end]) for end in ends[-1 : -1 - _MAX_SHORTER : -1]]
        for shorter in self.shorter:
            cut = shorter.cut(text)
            if cut is not None and self.machine.continues(cut):
                return shorter
        return None

    def offer(self, index: int, raw: str, text: str) -> Verdict:
        """Judge a line of this block's stream and keep account of it."""
        verdict = self.machine.take(text, index)
        if verdict is Verdict.TAKE or verdict is Verdict.DONE:
            for held, _ in self.held:
                self.own(held)
            self.held.clear()
            self.blanks = 0
            self.own(index)
            if len(self.first) < _MAX_FIRST:
                self.first.append((index, raw))
            self.gap = self.interrupting = 0
            self.machine.is_interrupted = False
        elif verdict is Verdict.ENDED:
            count = len(self.held) - self.blanks
            for held, _ in self.held[:count]:
                self.own(held)
            del self.held[:count]
            return Verdict.CLOSE
        elif verdict is Verdict.HOLD:
            # Behind another thread's record, text that is only possible is no longer likely.
            is_doubtful = self.interrupting > 0 and bool(text.strip()) and self.machine.is_report()
            if len(self.held) >= MAX_HELD or is_doubtful:
                return Verdict.CLOSE
            self.held.append((index, raw))
            self.blanks = 0 if text.strip() else self.blanks + 1
        elif verdict is Verdict.CLOSE and self.interrupting < MAX_INTERRUPTING and self._is_interrupted(text):
            self.interrupting += 1
            self.machine.is_interrupted = True
            return Verdict.SKIP
        return verdict

    def _is_interrupted(self, text: str) -> bool:
        """Whether the report may go on behind ``text``, which is another thread's."""
        return bool(self.spans) and self.machine.may_go_on() and interrupts(text)

    def traceback(self) -> Traceback | None:
        """The report as known so far; None where it is none."""
        if not self.spans or not self.machine.is_report():
            return None
        # Lines of one stream can be offered after later ones, when a head is found by looking back.
        spans = sorted(self.spans)
        start, end = spans[0][0], max(last for _, last in spans)
        lines = None
        if len(spans) > 1:
            lines = tuple(sorted({index for first, last in spans for index in range(first, last + 1)}))
        return self.machine.traceback(start, end, lines)

    def preview(self) -> Traceback | None:
        """The same without settling anything: the block goes on."""
        if not self.spans or not self.machine.is_report():
            return None
        duplicate = Block(copy.deepcopy(self.machine), self.prefix, is_decided=True)
        duplicate.spans = self.spans
        return duplicate.traceback()

    def own(self, index: int) -> None:
        """Note that the line is the block's, within bounds."""
        spans = self.spans
        if spans and spans[-1][1] == index - 1:
            spans[-1][1] = index
        elif len(spans) < _MAX_SPANS:
            spans.append([index, index])
        else:
            self.is_capped = True

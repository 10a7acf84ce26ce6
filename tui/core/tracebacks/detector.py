"""Finds reports of uncaught and logged exceptions in lines of output, incrementally.

How it works, in the order a line passes through:

1. **Candidates.** While no block is open, a line is looked at only if it holds one of the substrings that the
   grammars name as hints (``candidates``). Most lines of a log never become a string, and never meet a regular
   expression; of those passed over only the last are kept, for grammars that look back (``passed``).
2. **Opening.** Each grammar whose hint is present may open a block there. It may look back over the last
   few dozen lines that no block took, because many reports are known only by their first frame line. What
   precedes the head on its line is the block's *prefix* (``prefix``).
3. **Streams.** While blocks are open, each line is cleaned of escapes (``text``) and offered to the blocks
   whose prefix it has; the rest of the line goes to the block's *machine*, a small state machine of its
   runtime family (``python``, ``jvm``, ...; table in ``families``).
4. **Verdicts.** A machine takes a line, holds it until a later line decides, lets it pass as another
   stream's, or says that the report is over. Then the block ends at the last line *taken*; held lines are
   looked at afresh, since a new report may open among them.
5. **Ends.** A block also ends when a new report opens in its stream, when too many lines of other streams
   pass, and at ``flush``.

Every decision depends on the lines alone, so that the blocks are the same however the lines arrive. State is
bounded: open blocks, held lines, remembered lines, frames and message lines all have limits. Each line costs
a constant number of linear matches on at most ``text.MAX_MATCHED`` characters; a line is looked at again at
most as often as lines can be held.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from tui.core.tracebacks.block import MAX_GAP, Block
from tui.core.tracebacks.candidates import Candidates
from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.families import FAMILIES
from tui.core.tracebacks.grammar import MAX_RECENT, Grammar, Opening, Recent, Verdict
from tui.core.tracebacks.model import Traceback
from tui.core.tracebacks.passed import PassedLines
from tui.core.tracebacks.prefix import Prefix
from tui.core.tracebacks.text import clean, is_logged

MAX_OPEN = 12
"""Open blocks; one more closes the oldest."""
MAX_REMAINS = 8
"""Lines at the very beginning of the output that may be what is left of a report's head."""
_FRAGMENT = expression(r"(?:, line \d+.*|:\d+\)?|\)|\+0x[0-9a-f]+)$")
"""The end of a frame line, where the capture began inside one."""


class TracebackDetector:
    """Incremental detector over one stream of raw lines (without line feeds; indices count from 0)."""

    def __init__(self, families: Sequence[Grammar] = FAMILIES) -> None:
        self._families = families
        self._candidates = Candidates(family.hints for family in families)
        self._next = 0
        self._open: list[Block] = []
        self._recent: deque[tuple[int, str]] = deque(maxlen=MAX_RECENT)
        self._passed = PassedLines(MAX_RECENT)
        self._floor = -1

    @property
    def next_index(self) -> int:
        """Index the next line will have."""
        return self._next

    def feed(self, line: str) -> list[Traceback]:
        """Take one line; the blocks that became complete by it."""
        return self.feed_many((line,))

    def feed_many(self, lines: Iterable[str]) -> list[Traceback]:
        """Take several lines; the blocks that became complete, in the order in which they did."""
        batch = lines if isinstance(lines, (list, tuple)) else list(lines)
        if not batch:
            return []
        text = "\n".join(batch)
        if text.count("\n") >= len(batch):
            text = "\n".join(line.replace("\n", " ") for line in batch)
        return self.feed_text(text.encode("utf-8", "surrogatepass"))

    def feed_text(self, text: bytes) -> list[Traceback]:
        """As :meth:`feed_many`, of lines of UTF-8 divided by line feeds: the empty text is one empty line."""
        found: list[Traceback] = []
        starts = iter(self._candidates.starts(text))
        candidate = next(starts, None)
        at, size, index = 0, len(text), self._next
        while at <= size:
            if not self._open:
                while candidate is not None and candidate < at:
                    candidate = next(starts, None)
                end = size if candidate is None else candidate - 1
                if end >= at:
                    count = text.count(b"\n", at, end) + 1
                    self._passed.add(index, text, at, end, count)
                    index, at = index + count, end + 1
                    continue
            end = text.find(b"\n", at)
            if end < 0:
                end = size
            self._dispatch(index, text[at:end].decode("utf-8", "surrogatepass"), found)
            index, at = index + 1, end + 1
        self._next = index
        return found

    def flush(self) -> list[Traceback]:
        """End of output: the blocks that were still open."""
        found: list[Traceback] = []
        # Closing a block may open others among the lines it held.
        while self._open:
            self._close(self._open[0], found)
        self._recent.clear()
        self._passed.clear()
        return found

    def open_block(self) -> Traceback | None:
        """The block that is still being printed, as known so far; the latest one where there are several."""
        for block in reversed(self._open):
            preview = block.preview()
            if preview is not None:
                return preview
        return None

    def _keep(self, entries: list[tuple[int, str]]) -> None:
        """Remember lines no block took. Lines that were held come late: those remembered stay in order."""
        late = bool(self._recent and entries and entries[0][0] < self._recent[-1][0])
        self._recent.extend(entries)
        if late:
            self._recent = deque(sorted(self._recent), maxlen=MAX_RECENT)

    # ---- one line

    def _dispatch(self, index: int, raw: str, found: list[Traceback]) -> None:
        self._recent.extend(self._passed.take())
        queue: deque[tuple[int, str]] = deque([(index, raw)])
        while queue:
            index, raw = queue.popleft()
            text = clean(raw)
            if self._offer(index, raw, text, found, queue):
                continue
            if not self._try_open(index, raw, text, found, queue):
                self._keep([(index, raw)])

    def _offer(self, index: int, raw: str, text: str, found: list[Traceback], queue: deque[tuple[int, str]]) -> bool:
        """Offer the line to the open blocks; whether one kept it (or it was put back to be looked at afresh)."""
        doubtful: list[Block] = []
        for block in sorted(self._open, key=_by_prefix) if len(self._open) > 1 else tuple(self._open):
            # A line that another block held comes late; it is no part of a block that has passed it.
            is_late = block.spans[-1][1] >= index
            cut = None if is_late else block.cut(text)
            if cut is None and not is_late and not block.is_decided:
                # Blocks that have the prefix to the letter come first.
                doubtful.append(block)
            elif self._offer_to(block, cut, index, raw, found, queue):
                return True
        return any(self._offer_to(block, block.cut_otherwise(text), index, raw, found, queue) for block in doubtful)

    def _offer_to(
        self,
        block: Block,
        cut: str | None,
        index: int,
        raw: str,
        found: list[Traceback],
        queue: deque[tuple[int, str]],
    ) -> bool:
        """Offer the line, of which ``cut`` is left behind the prefix, to one block; the same answer as for all."""
        if cut is None:
            block.gap += 1
            if block.gap <= MAX_GAP:
                return False
            verdict = Verdict.CLOSE
        else:
            verdict = block.offer(index, raw, cut)
        if verdict is Verdict.SKIP:
            return False
        if verdict is Verdict.CLOSE:
            held = self._finish(block, found)
            queue.extendleft(reversed([*held, (index, raw)]))
        elif verdict is Verdict.DONE:
            self._finish(block, found)
        return True

    def _try_open(self, index: int, raw: str, text: str, found: list[Traceback], queue: deque[tuple[int, str]]) -> bool:
        """Whether a block opens at the line (or the line was put back behind lines to be looked at first)."""
        for number in self._candidates.families(text):
            opening = self._families[number].open(text, index, Recent(self._recent, self._floor, index))
            if opening is None:
                continue
            held = self._close_stream(opening.prefix, found)
            if held:
                queue.extendleft(reversed([*held, (index, raw)]))
                return True
            if self._begin(opening, index, raw, text, found):
                return True
        return False

    def _close_stream(self, prefix: Prefix, found: list[Traceback]) -> list[tuple[int, str]]:
        """End the block of the same stream, if there is one; the lines it held."""
        held: list[tuple[int, str]] = []
        for other in [block for block in self._open if block.prefix.text == prefix.text]:
            held += self._finish(other, found)
        return held

    def _begin(self, opening: Opening, index: int, raw: str, text: str, found: list[Traceback]) -> bool:
        block = Block(opening.machine, opening.prefix, is_decided=not opening.opens_mid_line)
        if len(self._open) >= MAX_OPEN:
            self._close(self._open[0], found)
        earlier = set(opening.earlier)
        for number in opening.remains:
            block.own(number)
            earlier.add(number)
        if opening.is_headless and not opening.remains:
            for number in self._remains(opening.prefix, min(earlier, default=index)):
                block.own(number)
                earlier.add(number)
        for number, line in [entry for entry in self._recent if entry[0] in opening.earlier] if earlier else ():
            self._replay(block, number, line)
        verdict = self._replay(block, index, raw, text)
        if verdict not in (Verdict.TAKE, Verdict.DONE):
            return False
        if earlier:
            self._recent = deque((entry for entry in self._recent if entry[0] not in earlier), maxlen=MAX_RECENT)
        self._open.append(block)
        if verdict is Verdict.DONE:
            self._finish(block, found)
        return True

    def _remains(self, prefix: Prefix, first: int) -> list[int]:
        """Lines from the very first to the one before ``first``, where they look like the end of a lost head."""
        remains: list[int] = []
        if first > MAX_REMAINS:
            return remains
        for number, text in Recent(self._recent, self._floor).before(prefix, 2 * MAX_REMAINS):
            if number >= first:
                continue
            if not (text[:1] in ("", " ", "\t", "+", "-") or text.isspace() or (number == 0 and _is_fragment(text))):
                break
            remains.insert(0, number)
            if number == 0:
                return remains
        return []

    @staticmethod
    def _replay(block: Block, index: int, raw: str, text: str | None = None) -> Verdict:
        text = clean(raw) if text is None else text
        cut = text[len(block.prefix.text) :] if text.startswith(block.prefix.text) else block.prefix.cut(text)
        return block.offer(index, raw, text if cut is None else cut)

    # ---- ends

    def _finish(self, block: Block, found: list[Traceback]) -> list[tuple[int, str]]:
        """Take the block off the open ones and report it; the lines it still held."""
        self._open.remove(block)
        traceback = block.traceback()
        if traceback is not None:
            found.append(traceback)
            self._floor = max(self._floor, traceback.end)
        else:
            # Another grammar may still know what these lines belong to.
            self._keep(block.first)
        return block.held

    def _close(self, block: Block, found: list[Traceback]) -> None:
        """End the block, and look at the lines it held afresh."""
        for index, raw in self._finish(block, found):
            self._dispatch(index, raw, found)


def _is_fragment(text: str) -> bool:
    """Whether ``text`` may be the end of a frame line."""
    return _FRAGMENT.search(text.rstrip()) is not None and not is_logged(text)


def _by_prefix(block: Block) -> int:
    """Blocks with the longest prefix first: the unprefixed ones would take every line."""
    return -len(block.prefix.text)

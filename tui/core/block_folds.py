"""What is folded in one output: the choices of its reader, and the rows that they hide.

Hidden rows are kept as ordinals (see ``LineBuffer.dropped_rows``), so that dropping the oldest rows moves nothing;
tracebacks that become complete are added at the end. Only a choice or an edit of lines makes the ranges anew. Of each
traceback that was looked into only the places of its runs are kept, since there may be very many.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, zip_longest

from tui.core.folding import FoldPlan, FoldState, IsOwn, plan
from tui.core.format import count
from tui.core.projection import Folded
from tui.core.row_source import RowSource, TracebackSource
from tui.core.tracebacks.model import Traceback

OPEN, CLOSED = "▾", "▸"
AT_ONCE = 100
"""New tracebacks that are looked into by one call, some 50 microseconds each; the rest is left to the next."""
_PLANS = 256
"""Tracebacks whose plan is kept for the rows that are drawn."""
_Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class FoldMark:
    """What a row says about a fold. A head has a ``glyph`` and a ``note`` beside its own text; of a row that stands
    for a run of frames the ``note`` is all that is shown."""

    is_head: bool
    glyph: str = ""
    note: str = ""


class BlockFolds:
    """Folds of the tracebacks of one output; call :meth:`sync` before asking for rows, and again while it is behind."""

    def __init__(self, is_own: IsOwn, *, folds_libraries: bool = True) -> None:
        self.hidden = Folded()
        """The hidden rows, by ordinal."""
        self.is_own = is_own
        self._folds_libraries = folds_libraries
        self._choices: dict[int, FoldState] = {}
        self._opened: set[int] = set()
        # Ids of the rows at which something was chosen, by line: lines are numbered anew where others are put in.
        self._ids: dict[int, int] = {}
        self._plans: dict[int, FoldPlan] = {}
        # First lines of the tracebacks that were looked into, and the lines of their runs, where there are any.
        self._starts = array("q")
        self._spans: dict[int, _Spans] = {}
        self._resets = 0
        self._state: tuple[int, ...] = ()
        self._known = 0
        self._last_start = -1
        self._is_stale = True
        # The first line that something was chosen for since the last look at the rows.
        self._chosen: int | None = None
        self._changed: int | None = None
        self.is_behind = False
        """There are tracebacks that :meth:`sync` has not come to yet; they are shown as they are."""

    # Choices

    def state_of(self, block: Traceback) -> FoldState:
        """How much of ``block`` is shown."""
        default = FoldState.OWN if self._folds_libraries else FoldState.ALL
        state = self._choices.get(block.start, default)
        states = self._plan(block).states
        return state if state in states else FoldState.ALL

    def cycle(self, block: Traceback) -> None:
        """Show ``block`` in the next state; runs that were opened one by one are as the others again."""
        chosen = self._plan(block)
        states = chosen.states
        self._choices[block.start] = states[(states.index(self.state_of(block)) + 1) % len(states)]
        self._opened.difference_update(run.first for run in chosen.runs)
        self._note_chosen(block.start)

    def set_default(self, *, folds_libraries: bool) -> None:
        """How tracebacks are shown that the reader chose nothing for; takes the choices back."""
        self._folds_libraries = folds_libraries
        self._choices.clear()
        self._opened.clear()
        self._note_chosen(0)

    def set_own(self, is_own: IsOwn) -> None:
        """Tell own frames from those of libraries in another way."""
        if is_own is not self.is_own:
            self.is_own = is_own
            self._forget_plans()
            self._note_chosen(0)

    def open_line(self, block: Traceback, line_index: int) -> bool:
        """Show a line of ``block`` that is folded away or stands for those that are; False where it is neither."""
        state, chosen = self.state_of(block), self._plan(block)
        if state is FoldState.HEAD and line_index not in (block.start, chosen.exception):
            self._choices[block.start] = FoldState.OWN if chosen.runs else FoldState.ALL
            self._note_chosen(block.start)
            self.open_line(block, line_index)
            return True
        run = chosen.run_at(line_index)
        if state is not FoldState.OWN or run is None or run.first in self._opened:
            return False
        self._opened.add(run.first)
        self._note_chosen(block.start)
        return True

    def _note_chosen(self, line: int) -> None:
        self._chosen = line if self._chosen is None else min(line, self._chosen)
        self._is_stale = True

    # What rows say

    def mark(self, block: Traceback, line_index: int) -> FoldMark | None:
        """What the row of a line of the complete ``block`` says in place of or beside its text."""
        if block.start > self._last_start:
            return None
        chosen, state = self._plan(block), self.state_of(block)
        if line_index == block.start:
            if state is FoldState.HEAD:
                lines = sum(last - first + 1 for first, last in chosen.hidden(state))
                return FoldMark(True, CLOSED, f"{count(lines, 'line')} folded")
            frames = sum(run.frames for run in chosen.folded_runs(state, self._opened))
            note = f"{count(frames, 'library frame')} folded" if frames else ""
            return FoldMark(True, OPEN if FoldState.HEAD in chosen.states else "", note)
        run = chosen.run_at(line_index)
        if run is None or run.first != line_index or run.first in self._opened or state is not FoldState.OWN:
            return None
        return FoldMark(False, CLOSED, run.summary)

    def marked_lines(self, block: Traceback) -> list[int]:
        """The lines of the complete ``block`` of whose rows :meth:`mark` has something to say."""
        if block.start > self._last_start:
            return []
        runs = self._plan(block).folded_runs(self.state_of(block), self._opened)
        return [block.start, *(run.first for run in runs if run.first != block.start)]

    # Rows

    def take_changed(self) -> int | None:
        """The first ordinal whose row may be shown otherwise, for other reasons than an edit of lines, than when this
        was last called; None where none may."""
        changed, self._changed = self._changed, None
        return changed

    def _note_changed(self, ordinals: Iterable[int]) -> None:
        self._changed = min(ordinals if self._changed is None else (*ordinals, self._changed), default=None)

    def sync(self, buffer: RowSource, found: TracebackSource) -> bool:
        """Bring the hidden rows in accord with both; True where they are others now, not only more at the end."""
        state = (buffer.edits, buffer.dropped_rows, found.version, found.resets)
        if state == self._state and not self._is_stale and not self.is_behind:
            return False
        edited = not self._state or state[0] != self._state[0]
        dropped = bool(self._state) and state[1] != self._state[1]
        if edited and self._state:
            self._move_choices(buffer)
        if found.resets != self._resets:
            self._resets, edited = found.resets, True
            self._forget_plans()
        self._note_choices(buffer)
        self._state = state
        known = found.completed
        if not (edited or self._is_stale or (dropped and self._cut_at_head(buffer, found))):
            fresh = list(islice(self._later(found), AT_ONCE))
            self._note_changed(self._ordinal(block.start, buffer) for block in fresh[:1])
            behind = known - self._known - len(fresh)
            is_right = behind == 0 or (behind > 0 and len(fresh) == AT_ONCE)
            if is_right and not self._hides_forgotten(buffer, found):
                for block in fresh:
                    self._look_into(block)
                ranges = _joined([each for block in fresh for each in self._ordinals(block.start, buffer, found)])
                if not ranges or not len(self.hidden) or ranges[0][0] > self.hidden.range(len(self.hidden) - 1)[1] + 1:
                    self.hidden.extend(ranges)
                    self._known += len(fresh)
                    self._starts.extend(block.start for block in fresh)
                    self._last_start = fresh[-1].start if fresh else self._last_start
                    self.is_behind = behind > 0
                    return False
        self._rebuild(buffer, found)
        self._known = len(self._starts) + found.forgotten
        self.is_behind = self._known < known
        return True

    def _move_choices(self, buffer: RowSource) -> None:
        """Lines were put in or taken away: what was chosen goes with its rows."""
        moved: dict[int, int] = {}
        for line, row_id in self._ids.items():
            position = buffer.position_of(row_id)
            number = None if position is None else buffer.row(position).number
            if number is not None:
                moved[line] = number - 1
        self._choices = {moved[line]: state for line, state in self._choices.items() if line in moved}
        self._opened = {moved[line] for line in self._opened if line in moved}
        self._ids = {moved[line]: row_id for line, row_id in self._ids.items() if line in moved}

    def _note_choices(self, buffer: RowSource) -> None:
        for line in (self._choices.keys() | self._opened) - self._ids.keys():
            position = buffer.position_of_line(line + 1)
            if position is not None:
                self._ids[line] = buffer.id_at(position)

    def _affordable(self, starts: array[int]) -> tuple[array[int], list[int]]:
        """The first of ``starts``, up to where too many are new, and the new ones among them."""
        if starts == self._starts:
            return starts, []
        held, fresh = set(self._starts), list[int]()
        for at, start in enumerate(starts):
            if start not in held:
                if len(fresh) == AT_ONCE:
                    return starts[:at], fresh
                fresh.append(start)
        return starts, fresh

    def _later(self, found: TracebackSource) -> Iterator[Traceback]:
        """The complete blocks that begin after the last that is known."""
        block = found.next_after(self._last_start)
        while block is not None:
            if not found.is_open(block):
                yield block
            block = found.next_after(block.start)

    def _cut_at_head(self, buffer: RowSource, found: TracebackSource) -> bool:
        """What is left of a block whose head was dropped is shown as it is."""
        oldest = found.at(buffer.dropped_lines)
        if oldest is None or found.is_open(oldest) or oldest.start >= buffer.dropped_lines:
            return False
        self._choices[oldest.start] = FoldState.ALL
        return True

    def _hides_forgotten(self, buffer: RowSource, found: TracebackSource) -> bool:
        """Whether something is hidden before the first traceback that is known: there were too many."""
        oldest = found.next_after(-1)
        position = None if oldest is None else buffer.position_of_line(oldest.start + 1)
        if position is None:
            return False
        start, stop = buffer.dropped_rows, buffer.dropped_rows + position
        return self.hidden.rank(stop) - self.hidden.rank(start) < stop - start

    def _rebuild(self, buffer: RowSource, found: TracebackSource) -> None:
        before = self.hidden
        starts, fresh = self._affordable(array("q", found.starts))
        kept = set(starts)
        changed = [start for start in self._starts if start not in kept]
        for start in changed:
            self._spans.pop(start, None)
        for start in fresh:
            block = found.next_after(start - 1)
            if block is not None:
                self._look_into(block)
        changed += fresh
        changed += () if self._chosen is None else (self._chosen,)
        self._note_changed(self._ordinal(min(changed), buffer) for _ in changed[:1])
        self._is_stale, self._chosen = False, None
        self._starts = starts
        self._last_start = starts[-1] if starts else -1
        told = self._spans.keys() | (self._choices.keys() & kept)
        self.hidden = Folded(_joined([each for start in told for each in self._ordinals(start, buffer, found)]))
        self._note_changed(_differing(before, self.hidden))

    def _look_into(self, block: Traceback) -> None:
        """Keep where the runs of ``block`` are."""
        if spans := tuple((run.first, run.last) for run in self._plan(block).runs):
            self._spans[block.start] = spans

    def _forget_plans(self) -> None:
        self._plans.clear()
        self._spans.clear()
        del self._starts[:]

    def _plan(self, block: Traceback) -> FoldPlan:
        known = self._plans.get(block.start)
        if known is None or (known.block is not block and known.block != block):
            known = self._plans[block.start] = plan(block, self.is_own)
            if len(self._plans) > _PLANS:
                del self._plans[next(iter(self._plans))]
        return known

    def _ordinal(self, line: int, buffer: RowSource) -> int:
        """The row of a line; the first that is held where it is not."""
        return buffer.dropped_rows + (buffer.position_of_line(line + 1) or 0)

    def _ordinals(self, start: int, buffer: RowSource, found: TracebackSource) -> Iterator[tuple[int, int]]:
        """The hidden rows of the block that begins at ``start``."""
        shift = buffer.dropped_rows - buffer.dropped_lines
        has_marks = len(buffer) != buffer.line_count - buffer.dropped_lines
        for first, last in self._hidden_lines(start, found):
            if not has_marks:
                yield first + shift, last + shift
                continue
            # A row that is no line of the log, such as a gap, is not hidden with those around it.
            for line in range(first, last + 1):
                position = buffer.position_of_line(line + 1)
                if position is not None:
                    yield position + buffer.dropped_rows, position + buffer.dropped_rows

    def _hidden_lines(self, start: int, found: TracebackSource) -> list[tuple[int, int]]:
        state = self._choices.get(start, FoldState.OWN if self._folds_libraries else FoldState.ALL)
        if state is FoldState.HEAD:
            block = found.next_after(start - 1)
            return [] if block is None else self._plan(block).hidden(state)
        if state is FoldState.ALL:
            return []
        spans = self._spans.get(start, ())
        return [(first + 1, last) for first, last in spans if last > first and first not in self._opened]


def _joined(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges in order; those that touch are one."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def _differing(before: Folded, now: Folded) -> list[int]:
    """The first row that only one of them hides, in a list; an empty one where both hide the same."""
    for one, other in zip_longest(before.ranges(), now.ranges()):
        if one != other:
            return [min(each for span in (one, other) if span is not None for each in span)]
    return []

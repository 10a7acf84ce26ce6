"""What may be folded away in one traceback: runs of library frames, or all but its head and the exception.

Lines are counted as in :class:`Traceback`: 0-based, in everything that was fed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from tui.core.format import count
from tui.core.tracebacks.model import Frame, LineRole, Traceback
from tui.core.tracebacks.owncode import is_own, package_of

IsOwn = Callable[[Frame, str], bool]
"""Whether a frame of a language is the program's own."""
FEWEST_FRAMES = 2
"""Library frames in a row that are worth a line of summary."""
NAMED_PACKAGES = 4
_IN_FRAME = (None, LineRole.OTHER, LineRole.SOURCE, LineRole.CARET)


def own_by(roots: tuple[str, ...]) -> IsOwn:
    """Frames below ``roots`` are own; without roots, those of no library."""
    return lambda frame, language: is_own(frame.file, roots, language, frame.function)


class FoldState(Enum):
    """How much of a traceback is shown."""

    OWN = "own frames"
    ALL = "everything"
    HEAD = "head and exception"


@dataclass(frozen=True, slots=True)
class FrameRun:
    """Consecutive library frames, whose lines follow each other without one of another stream between them."""

    first: int
    last: int
    frames: int
    packages: tuple[str, ...]

    @property
    def summary(self) -> str:
        """What stands for the run: ``+ 9 frames in httpx, anyio``."""
        names = ", ".join(self.packages[:NAMED_PACKAGES]) + (", …" if len(self.packages) > NAMED_PACKAGES else "")
        return f"+ {count(self.frames, 'frame')}" + (f" in {names}" if names else "")


@dataclass(frozen=True, slots=True)
class FoldPlan:
    """What can be folded in ``block``."""

    block: Traceback
    runs: tuple[FrameRun, ...]
    exception: int
    """The line that names the exception which propagated."""
    states: tuple[FoldState, ...]
    """The states that differ, in the order in which a key goes through them."""

    def run_at(self, line_index: int) -> FrameRun | None:
        """The run that the line is in."""
        return next((run for run in self.runs if run.first <= line_index <= run.last), None)

    def folded_runs(self, state: FoldState, opened: Collection[int]) -> list[FrameRun]:
        """The runs that are one line each; ``opened`` are the first lines of those that were opened one by one."""
        return [run for run in self.runs if run.first not in opened] if state is FoldState.OWN else []

    def hidden(self, state: FoldState, opened: Collection[int] = ()) -> list[tuple[int, int]]:
        """First and last line of the ranges that are not shown, in order and apart."""
        if state is FoldState.HEAD:
            kept = (self.block.start, self.exception)
            return list(_ranges(line for line in own_lines(self.block) if line not in kept))
        return [(run.first + 1, run.last) for run in self.folded_runs(state, opened) if run.last > run.first]


def own_lines(block: Traceback) -> Iterable[int]:
    """The block's own lines."""
    return block.lines if block.lines is not None else range(block.start, block.end + 1)


def exception_line(block: Traceback) -> int:
    """Index of the line that names the exception which propagated; the last line where none is known."""
    indices = [index for index, role in block.roles.items() if role is LineRole.EXCEPTION]
    return max(indices, default=block.end)


def plan(block: Traceback, is_own: IsOwn) -> FoldPlan:
    """What can be folded in a complete block; ``is_own`` is asked once a frame."""
    runs, exception = tuple(_runs(block, is_own)), exception_line(block)
    has_more = any(line not in (block.start, exception) for line in own_lines(block))
    own, head = (FoldState.OWN,) if runs else (), (FoldState.HEAD,) if has_more else ()
    return FoldPlan(block, runs, exception, (*own, FoldState.ALL, *head))


def _runs(block: Traceback, is_own: IsOwn) -> Iterator[FrameRun]:
    held: list[tuple[int, Frame]] = []
    for line, frame in [*_frames_by_line(block), (-1, None)]:
        if held and (frame is None or line != held[-1][0] + 1):
            yield from _run_of(held, block.language)
            held = []
        if frame is not None and not is_own(frame, block.language):
            held.append((line, frame))
        elif held:
            yield from _run_of(held, block.language)
            held = []


def _run_of(held: list[tuple[int, Frame]], language: str) -> Iterator[FrameRun]:
    frames = [frame for line, frame in held if frame.index == line]
    if len(frames) >= FEWEST_FRAMES:
        packages = (package_of(frame, language) for frame in frames)
        yield FrameRun(held[0][0], held[-1][0], len(frames), tuple(dict.fromkeys(name for name in packages if name)))


def _frames_by_line(block: Traceback) -> Iterator[tuple[int, Frame | None]]:
    """The block's own lines, each with the frame that it belongs to; None for heads, exceptions and the like."""
    by_index = {frame.index: frame for frame in block.frames}
    if not by_index:
        return
    roles, last = block.roles, max(by_index)
    # Go prints the function above the line that its frames are counted by, other runtimes print what follows below.
    leads = roles.get(min(by_index) - 1) is LineRole.FRAME
    current: Frame | None = None
    for line in own_lines(block):
        role = roles.get(line)
        if line in by_index:
            current = by_index[line]
        elif role is LineRole.FRAME and leads:
            current = by_index.get(line + 1)
        elif (role is not LineRole.FRAME and role not in _IN_FRAME) or (not roles and line > last):
            current = None
        yield line, current


def _ranges(lines: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Runs of consecutive numbers as their first and last."""
    first = last = -2
    for line in lines:
        if line != last + 1:
            if last >= 0:
                yield first, last
            first = line
        last = line
    if last >= 0:
        yield first, last

"""Weight for the lines of a traceback: what the reader needs stands out, what surrounds it steps back."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from rich.style import Style

from tui.app.widgets.output_palette import Palette
from tui.core.folding import IsOwn
from tui.core.tracebacks.model import ExceptionPart, Frame, LineRole, Traceback

Layer = tuple[int, int, Style]
"""A style for the characters from a start to before an end; later layers lie over earlier ones."""

_TYPE = re.compile(r"([A-Za-z_][\w.$:]*[\w$])(?=:\s|:?$)")


def traceback_layers(text: str, line_index: int, block: Traceback, palette: Palette, is_own: IsOwn) -> list[Layer]:
    """The layers for line ``line_index`` of ``block``, which reads ``text`` on screen."""
    role = block.roles.get(line_index, LineRole.OTHER)
    size = len(text)
    if role is LineRole.HEADER:
        return [(0, size, palette["header"])]
    if role is LineRole.CHAIN:
        return [(0, size, palette["chain"])]
    if role is LineRole.NOTE:
        return [(0, size, palette["note"])]
    if role is LineRole.EXCEPTION:
        return _exception(text, block, palette)
    if role is LineRole.CARET:
        return [(0, size, palette["caret" if _frame_is_own(block, line_index, is_own) else "library"])]
    if role is LineRole.SOURCE:
        return [] if _frame_is_own(block, line_index, is_own) else [(0, size, palette["library"])]
    if role is LineRole.FRAME:
        frame = _frame_of(block, line_index)
        if frame is None:
            return []
        return _frame(text, frame, palette) if is_own(frame, block.language) else [(0, size, palette["library"])]
    return []


def _frame_of(block: Traceback, line_index: int) -> Frame | None:
    """The frame that the line belongs to: the last one printed up to it."""
    at = bisect_right(block.frames, line_index, key=lambda frame: frame.index) - 1
    return block.frames[at] if at >= 0 else None


def _frame_is_own(block: Traceback, line_index: int, is_own: IsOwn) -> bool:
    frame = _frame_of(block, line_index)
    return frame is None or is_own(frame, block.language)


def _frame(text: str, frame: Frame, palette: Palette) -> list[Layer]:
    """File name, line number and function stand out; the words of the format around them step back."""
    layers: list[Layer] = [(0, len(text), palette["header"])]
    after = 0
    if frame.file and (at := text.find(frame.file)) >= 0:
        after = at + len(frame.file)
        name = at + max(frame.file.rfind("/"), frame.file.rfind("\\")) + 1
        layers.append((name, after, palette["path"]))
    if frame.line is not None and (at := text.find(str(frame.line), after)) >= 0:
        layers.append((at, at + len(str(frame.line)), palette["line"]))
        after = at
    if frame.function:
        # Printed after the file by some runtimes, before it by others.
        at = text.find(frame.function, after)
        at = text.find(frame.function) if at < 0 else at
        if at >= 0:
            layers.append((at, at + len(frame.function), palette["function"]))
    return layers


def _exception(text: str, block: Traceback, palette: Palette) -> list[Layer]:
    """Type in the colour of errors, message in bright text."""
    place = _find_type(text, block)
    if place is None:
        return [(0, len(text), palette["message"])]
    start, end = place
    return [(end, len(text), palette["message"]), (start, end, palette["exception"])]


def _find_type(text: str, block: Traceback) -> tuple[int, int] | None:
    names = {part.type for part in _parts(block.exception) if part.type}
    places = [(at, at + len(name)) for name in names if (at := text.find(name)) >= 0]
    if places:
        return min(places, key=lambda place: (place[0], -place[1]))
    match = _TYPE.search(text)
    return match.span(1) if match else None


def _parts(part: ExceptionPart) -> Iterator[ExceptionPart]:
    yield part
    for other in (*part.causes, *part.members):
        yield from _parts(other)

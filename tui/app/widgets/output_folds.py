"""What a row of a folded traceback reads, and the weight of its parts."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from tui.app.widgets.output_palette import Palette
from tui.app.widgets.traceback_styles import Layer
from tui.core.block_folds import FoldMark
from tui.core.text import DisplayLine, Span, one_line

GAP = "   "
_PYTHON_HEAD = "Traceback (most recent call last):"
_SHORT_HEAD = "Traceback"
_MARGIN = re.compile(r"\s*(?:\|\s*)*")


@dataclass(frozen=True, slots=True)
class FoldLine:
    """What a row says about a fold, and the ``label`` of the traceback that it is the head of."""

    mark: FoldMark
    label: str = ""


def folded_text(line: DisplayLine, fold: FoldLine, *, shortens: bool = True) -> DisplayLine:
    """The row that reads ``line`` as it is shown with its fold; ``shortens`` its head where that says nothing."""
    mark = fold.mark
    if not mark.is_head:
        return DisplayLine(f"{_margin(line.text)}{mark.glyph} {one_line(mark.note)}")
    text = line.text
    if shortens and not line.spans:
        # Coloured text keeps its length, for its colours are told by offsets.
        text = text.replace(_PYTHON_HEAD, _SHORT_HEAD)
    lead = f"{mark.glyph} " if mark.glyph else ""
    spans = tuple(Span(span.start + len(lead), span.end + len(lead), span.style) for span in line.spans)
    return replace(line, text=lead + text + _tail(fold), spans=spans)


def _margin(text: str) -> str:
    """What stands before a frame: blanks, and within an exception group the line at the left of its level."""
    found = _MARGIN.match(text)
    return found.group() if found else ""


def _tail(fold: FoldLine) -> str:
    return "".join(f"{GAP}{part}" for part in (fold.mark.note, one_line(fold.label)) if part)


def own_text_end(text: str, fold: FoldLine) -> int:
    """Where the row's own text ends and what is said of the fold begins; all of a summary is said of it."""
    return len(text) - len(_tail(fold)) if fold.mark.is_head else 0


def fold_layers(text: str, fold: FoldLine, palette: Palette) -> list[Layer]:
    """The layers for a row that reads ``text``, over those of a line of a traceback."""
    if not fold.mark.is_head:
        start = len(_margin(text))
        return [(0, start, palette["library"]), (start, len(text), palette["fold"])]
    end = own_text_end(text, fold)
    layers: list[Layer] = [(end, len(text), palette["fold"])]
    if fold.mark.glyph:
        layers.append((0, len(fold.mark.glyph), palette["fold-glyph"]))
    if fold.label:
        layers.append((len(text) - len(one_line(fold.label)), len(text), palette["fold-label"]))
    return layers

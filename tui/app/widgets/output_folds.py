"""What a row of a folded traceback reads, and the weight of its parts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tui.app.widgets.output_palette import Palette
from tui.app.widgets.traceback_styles import Layer
from tui.core.block_folds import FoldMark
from tui.core.text import DisplayLine, Span, one_line

GAP = "   "
_PYTHON_HEAD = "Traceback (most recent call last):"
_SHORT_HEAD = "Traceback"


@dataclass(frozen=True, slots=True)
class FoldLine:
    """What a row says about a fold, and the ``label`` of the traceback that it is the head of."""

    mark: FoldMark
    label: str = ""


def folded_text(line: DisplayLine, fold: FoldLine) -> DisplayLine:
    """The row that reads ``line`` as it is shown with its fold."""
    mark = fold.mark
    if not mark.is_head:
        indent = len(line.text) - len(line.text.lstrip())
        return DisplayLine(f"{' ' * indent}{mark.glyph} {one_line(mark.note)}")
    text = line.text
    if not line.spans:
        # Coloured text keeps its length, for its colours are told by offsets.
        text = text.replace(_PYTHON_HEAD, _SHORT_HEAD)
    lead = f"{mark.glyph} " if mark.glyph else ""
    spans = tuple(Span(span.start + len(lead), span.end + len(lead), span.style) for span in line.spans)
    return replace(line, text=lead + text + _tail(fold), spans=spans)


def _tail(fold: FoldLine) -> str:
    return "".join(f"{GAP}{part}" for part in (fold.mark.note, one_line(fold.label)) if part)


def own_text_end(text: str, fold: FoldLine) -> int:
    """Where the row's own text ends and what is said of the fold begins; all of a summary is said of it."""
    return len(text) - len(_tail(fold)) if fold.mark.is_head else 0


def fold_layers(text: str, fold: FoldLine, palette: Palette) -> list[Layer]:
    """The layers for a row that reads ``text``, over those of a line of a traceback."""
    if not fold.mark.is_head:
        return [(0, len(text), palette["fold"])]
    end = own_text_end(text, fold)
    layers: list[Layer] = [(end, len(text), palette["fold"])]
    if fold.mark.glyph:
        layers.append((0, len(fold.mark.glyph), palette["fold-glyph"]))
    if fold.label:
        layers.append((len(text) - len(one_line(fold.label)), len(text), palette["fold-label"]))
    return layers

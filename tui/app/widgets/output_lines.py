"""From a row of the buffer to segments: cleaned text, its styles in layers, its gutter, and windows of it in cells.

Remote text passes ``core.text`` here and nowhere else on its way to the screen.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style

from tui.app.widgets.output_folds import FoldLine, fold_layers, folded_text, own_text_end
from tui.app.widgets.output_palette import Palette, sgr_style
from tui.app.widgets.traceback_styles import Layer, traceback_layers
from tui.app.widgets.wrapping import width_of, window
from tui.core import format as fmt
from tui.core.folding import IsOwn
from tui.core.levels import level_of, level_span
from tui.core.pretty import PrettyLine, pretty_line
from tui.core.rows import Row, RowKind
from tui.core.search import Query
from tui.core.text import DisplayLine, display_line, one_line, reveal
from tui.core.tracebacks.model import Traceback

NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Body:
    """The text of a row as it may be drawn, with styles that cover it from start to end without a gap."""

    text: str
    runs: tuple[Layer, ...]

    def segments(self, start: int, end: int) -> list[Segment]:
        """The characters from ``start`` to before ``end``."""
        if len(self.runs) == 1:
            return [Segment(self.text[start:end], self.runs[0][2])] if end > start else []
        return [
            Segment(self.text[max(low, start) : min(high, end)], style)
            for low, high, style in self.runs
            if low < end and high > start
        ]

    def window(self, cell: int, width: int) -> tuple[list[Segment], int]:
        """What falls into ``width`` cells from ``cell`` on, and the offset of its first character."""
        start, end, lead = window(self.text, cell, width)
        segments = self.segments(start, end)
        if lead:
            segments.insert(0, Segment(" " * lead, self.runs[0][2]))
        return segments, start


def pretty_of(row: Row, *, revealed: bool, fold: FoldLine | None, query: Query | None) -> PrettyLine | None:
    """The row as a JSON object is read; None for rows that are none and for such as say something else.

    A row in which ``query`` is found only as it was written is shown as that.
    """
    pretty = None if revealed or fold is not None or row.kind is not RowKind.LINE else pretty_line(row.text)
    return None if pretty is not None and _hides(pretty.text, row, query) else pretty


def _hides(text: str, row: Row, query: Query | None) -> bool:
    """Whether ``query`` is found in the row but not in the ``text`` that stands for it."""
    return query is not None and not query.spans(text) and bool(query.spans(display_line(row.text).text))


def shown_text(
    row: Row,
    *,
    revealed: bool,
    colours: bool = True,
    fold: FoldLine | None = None,
    pretty: PrettyLine | None = None,
    query: Query | None = None,
) -> DisplayLine:
    """The row's text as it may be drawn; ``revealed`` shows what would be taken out, and what ``query`` is found in
    is not shortened."""
    if pretty is not None:
        return DisplayLine(pretty.text, clipped=pretty.clipped)
    if fold is not None:
        line = shown_text(row, revealed=revealed, colours=colours)
        short = folded_text(line, fold)
        if fold.mark.is_head and _hides(short.text[: own_text_end(short.text, fold)], row, query):
            return folded_text(line, fold, shortens=False)
        return short
    if row.kind is not RowKind.LINE:
        return DisplayLine(one_line(row.text))
    if revealed:
        text = reveal(row.text)
        return DisplayLine(text, clipped=max(0, len(row.text) - len(text)))
    return display_line(row.text, colours=colours)


def body_of(
    line: DisplayLine,
    palette: Palette,
    background: Style,
    *,
    block: Traceback | None,
    line_index: int,
    is_own: IsOwn,
    query: Query | None,
    is_current_match: bool,
    fold: FoldLine | None = None,
    pretty: PrettyLine | None = None,
) -> Body:
    """The row's text and the styles over ``background``: program's colours, then meaning, then search hits."""
    text = line.text
    layers: list[Layer] = []
    if block is not None:
        layers = traceback_layers(text, line_index, block, palette, is_own)
    elif pretty is not None:
        layers = pretty_layers(pretty, palette)
    elif (level := level_layer(text, palette)) is not None:
        layers = [level]
    if line.spans:
        # In a block our own weights say more than the program's colours, elsewhere the program knows better.
        own = [(span.start, span.end, sgr_style(span.style)) for span in line.spans]
        layers = [*own, *layers] if block is not None else [*layers, *own]
    if fold is not None:
        layers = [*layers, *fold_layers(text, fold, palette)]
    if query is not None:
        style = palette["match-current" if is_current_match else "match"]
        searched = text if fold is None else text[: own_text_end(text, fold)]
        layers = [*layers, *((start, end, style) for start, end in query.spans(searched))]
    size = len(text)
    text += suffix_of(line)
    if len(text) > size:
        layers.append((size, len(text), palette["suffix"]))
    return Body(text, flatten(layers, len(text), background))


def suffix_of(line: DisplayLine) -> str:
    """What is said after a line of which not everything is shown; it does not break where lines wrap."""
    if not line.updates and not line.clipped:
        return ""
    folded = f" ⟲{line.updates}" if line.updates else ""
    clipped = f"… +{fmt.size(line.clipped)}".replace(" ", NO_BREAK) if line.clipped else ""
    return f"{folded} {clipped}" if clipped else folded


def decorated(body: Body, layers: Sequence[Layer]) -> Body:
    """``body`` with more layers over it."""
    return Body(body.text, flatten([*body.runs, *layers], len(body.text), Style()))


def pretty_layers(pretty: PrettyLine, palette: Palette) -> list[Layer]:
    """The names of fields step back, the level has its tint."""
    layers: list[Layer] = [(start, end, palette["key"]) for start, end in pretty.dimmed]
    if pretty.level is not None:
        start, end = pretty.level
        level = level_of(pretty.text[start:end])
        if level:
            layers.append((start, end, palette[level.name.lower()]))
    return layers


def level_layer(text: str, palette: Palette) -> Layer | None:
    """A tint for the word that tells the level of a log line, in plain and in JSON lines."""
    found = level_span(text)
    return None if found is None else (found[0], found[1], palette[found[2].name.lower()])


def flatten(layers: Sequence[Layer], size: int, base: Style) -> tuple[Layer, ...]:
    """Layers as runs that follow each other over ``size`` characters."""
    if not layers:
        return ((0, size, base),)
    cuts = sorted({0, size, *(edge for start, end, _ in layers for edge in (start, end) if 0 < edge < size)})
    styles = [base] * (len(cuts) - 1)
    for start, end, style in layers:
        for at in range(bisect_left(cuts, max(0, start)), bisect_left(cuts, min(end, size))):
            styles[at] = styles[at] + style
    return tuple((cuts[at], cuts[at + 1], styles[at]) for at in range(len(styles))) or ((0, size, base),)


def rule_of(row: Row) -> str:
    """What a row that is no line of the log says."""
    text = one_line(row.text)
    if row.kind is RowKind.GAP:
        if text:
            return text
        if row.count:
            return f"{fmt.count(row.count, 'line is', 'lines are')} missing here"
        return "lines are missing here, how many is not known"
    if row.kind is RowKind.RESYNC:
        return text or "the log was replaced; it begins anew here"
    return text


def rule_segments(row: Row, palette: Palette, width: int) -> list[Segment]:
    """A row that is no line of the log: its text in the middle of a rule."""
    style = palette.base + palette["gap" if row.kind in (RowKind.GAP, RowKind.RESYNC) else "marker"]
    text = rule_of(row)
    room = max(0, width - 6)
    start, end, _ = window(text, 0, room)
    label = f" {text[start:end]} " if end else ""
    free = width - width_of(label)
    left = max(0, free // 2)
    return [Segment("─" * left + label + "─" * max(0, free - left), style)]

"""One row of the screen as a strip: gutter, a window of the text, and the cell of the scroll bar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.strip import Strip

from tui.app.widgets.output_folds import FoldLine
from tui.app.widgets.output_gutter import (
    BAR,
    BAR_SELECTED,
    BAR_WIDTH,
    MARKED,
    TIME_WIDTHS,
    UNKNOWN_TIMES,
    Origin,
    Times,
    number_width,
    time_text,
)
from tui.app.widgets.output_lines import Body, body_of, decorated, pretty_of, rule_segments, shown_text
from tui.app.widgets.output_palette import Palette
from tui.app.widgets.scroll_margin import HAS_MATCH, HAS_TRACEBACK, NO_BAR, ON_THUMB, margin_glyph
from tui.app.widgets.wrapping import width_of
from tui.core.folding import IsOwn
from tui.core.rows import Row, RowKind
from tui.core.search import Query
from tui.core.tracebacks.model import Traceback

MARGIN = 1
"""Cells at the right for the scroll bar; kept free when there is none, so that nothing moves when it appears."""
LESS, MORE = "‹", "›"
"""Stand at the edge of a line that goes on beyond it."""
UNSTYLED = Style()


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that what rows look like depends on, but for the rows and their state."""

    palette: Palette
    width: int
    gutter: int
    x: int
    line_count: int | None
    """None where line numbers are not shown."""
    times: Times
    epoch: int
    zone: tzinfo | None
    reveal: bool
    colours: bool
    pretty: bool
    query: Query | None
    is_own: IsOwn
    filters: tuple[LineFilter, ...]
    """What Textual lays over every line, such as the colours of the theme in place of the palette's."""
    background: Color
    origins: int = 0
    """Cells for the labels of the outputs that rows are of; 0 where all are of one."""


@dataclass(frozen=True, slots=True)
class RowState:
    """What is special about a row, and which part of it is drawn."""

    breaks: tuple[int, ...] | None = None
    """Where it wraps; None where lines do not wrap."""
    sub: int = 0
    before: int = 0
    """Time of the previous row, in milliseconds; 0 where it is not known."""
    block: Traceback | None = None
    is_selected: bool = False
    is_current_match: bool = False
    is_marked: bool = False
    is_chosen: bool = False
    """Selected with keys."""
    fold: FoldLine | None = None
    selected: tuple[int, int] | None = None
    """Selected characters; -1 stands for the end of the text."""
    origin: Origin | None = None


class RowPainter:
    """Draws rows in one look."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self._styles: dict[tuple[str, int], Style] = {}

    def _style(self, name: str, background: Style) -> Style:
        """The style of that name on the background of the row, put together once."""
        key = (name, id(background))
        style = self._styles.get(key)
        if style is None:
            base = self.look.palette.base + background
            style = self._styles[key] = base + self.look.palette[name] if name else base
        return style

    def _origin_style(self, origin: Origin, background: Style) -> Style:
        key = (f"{origin.style} {origin.emphasis}", id(background))
        style = self._styles.get(key)
        if style is None:
            plain = self._style(origin.style, background)
            style = self._styles[key] = plain + Style.parse(origin.emphasis) if origin.emphasis else plain
        return style

    def strip(self, row: Row, state: RowState, cell: int, badge: str = "") -> Strip:
        """The whole row of the screen."""
        background = self._background(state)
        segments = self._gutter(row, state, background)
        text, _ = self._text(row, state, background)
        return self._closed([*segments, *text], background, cell, badge)

    def blank(self, cell: int, badge: str = "") -> Strip:
        """A row of the screen below the end of the output."""
        return self._closed([], UNSTYLED, cell, badge)

    def strip_with_offsets(self, row: Row, state: RowState, ordinal: int) -> Strip:
        """The row with what Textual's text selection reads from it: offsets into the text, and ``ordinal`` as its y."""
        text, first = self._text(row, state, UNSTYLED)
        # Every cell of the gutter stands for the first character: one cell, one segment, one style of its own.
        gutter = [Segment(" ", Style.from_meta({"offset": (first, ordinal)})) for _ in range(self.look.gutter)]
        return self._closed([*gutter, *Strip(text).apply_offsets(first, ordinal)], UNSTYLED, NO_BAR)

    def _background(self, state: RowState) -> Style:
        if state.is_chosen:
            return self.look.palette["chosen"]
        return self.look.palette["selected"] if state.is_selected else UNSTYLED

    def _gutter(self, row: Row, state: RowState, background: Style) -> list[Segment]:
        look = self.look
        base = self._style("", background)
        glyph, style = " ", base
        if state.is_marked and state.sub == 0:
            glyph, style = MARKED, self._style("mark", background)
        elif state.block is not None:
            name = "bar-selected" if state.is_selected else "bar"
            glyph, style = BAR_SELECTED if state.is_selected else BAR, self._style(name, background)
        segments = [Segment(glyph, style)]
        if look.gutter == BAR_WIDTH:
            return segments
        if state.sub or (row.kind is not RowKind.LINE and state.origin is None):
            return [*segments, Segment(" " * (look.gutter - BAR_WIDTH), base)]
        if look.line_count is not None:
            width = number_width(look.line_count)
            segments.append(Segment(f"{row.number or '':>{width - 1}} ", self._style("number", background)))
        if look.times is not Times.NONE:
            text = time_text(look.times, row.timestamp, state.before, epoch=look.epoch, zone=look.zone)
            if state.origin is not None and row.kind is RowKind.LINE and text.isspace():
                text = f"{UNKNOWN_TIMES[look.times]:>{TIME_WIDTHS[look.times] - 1}} "
            segments.append(Segment(text, self._style("time" if row.timestamp else "no-time", background)))
        if state.origin is not None:
            label = state.origin.label[: look.origins - 1]
            text = label + " " * (look.origins - width_of(label))
            segments.append(Segment(text, self._origin_style(state.origin, background)))
        return segments

    def _text(self, row: Row, state: RowState, background: Style) -> tuple[list[Segment], int]:
        """The segments of the text that is on screen, and the offset of their first character."""
        look = self.look
        width = max(1, look.width - look.gutter - MARGIN)
        if row.kind is not RowKind.LINE:
            return rule_segments(row, look.palette, width), 0
        pretty = None
        if look.pretty:
            pretty = pretty_of(row, revealed=look.reveal, fold=state.fold, query=look.query)
        line = shown_text(
            row, revealed=look.reveal, colours=look.colours, fold=state.fold, pretty=pretty, query=look.query
        )
        body = body_of(
            line,
            look.palette,
            self._style("", background),
            block=state.block,
            line_index=(row.number or 0) - 1,
            is_own=look.is_own,
            query=look.query,
            is_current_match=state.is_current_match,
            fold=state.fold,
            pretty=pretty,
        )
        if state.selected is not None:
            body = _selected(body, state.selected, look.palette["selection"])
        if state.breaks is None:
            return self._window(body, width, background)
        edges = (0, *state.breaks, len(body.text))
        return body.segments(edges[state.sub], edges[state.sub + 1]), edges[state.sub]

    def _window(self, body: Body, width: int, background: Style) -> tuple[list[Segment], int]:
        """What pans into view; a small mark at either edge tells that the line goes on there."""
        x = self.look.x
        size = width_of(body.text)
        has_more = size > x + width and width > 1
        has_less = x > 0 and size > 0 and width > 2
        segments, first = body.window(x + has_less, width - has_more - has_less)
        style = self._style("suffix", background)
        if has_less:
            segments.insert(0, Segment(LESS, style))
            first = max(0, first - 1)
        if has_more:
            used = sum(width_of(segment.text) for segment in segments)
            segments.append(Segment(" " * (width - 1 - used) + MORE, style))
        return segments, first

    def _closed(self, segments: list[Segment], background: Style, cell: int, badge: str = "") -> Strip:
        """``segments`` filled up to the margin, and its cell."""
        look = self.look
        base = self._style("", background)
        room = max(0, look.width - MARGIN)
        used = sum(width_of(segment.text) for segment in segments)
        if badge and (start := room - width_of(badge)) > 0:
            segments = list(Strip([*segments, Segment(" " * max(0, start - used), base)]).crop(0, start))
            segments.append(Segment(badge, self._style("badge", background)))
            used = room
        if used < room:
            segments.append(Segment(" " * (room - used), base))
        elif used > room:
            segments = list(Strip(segments, used).crop(0, room))
        name = "margin"
        if cell & HAS_TRACEBACK:
            name = "margin-traceback"
        elif cell & HAS_MATCH:
            name = "margin-match"
        elif cell & ON_THUMB:
            name = "margin-thumb"
        segments.append(Segment(margin_glyph(cell), self._style(name, UNSTYLED)))
        segments = _joined(segments)
        for line_filter in look.filters:
            segments = line_filter.apply(segments, look.background)
        return Strip(segments, room + MARGIN)


def _joined(segments: list[Segment]) -> list[Segment]:
    """Neighbours of the very same style as one: less for Textual to copy, less for the terminal to read."""
    joined: list[Segment] = []
    text, style = "", None
    for part, part_style, _ in segments:
        if part_style is style:
            text += part
        else:
            if text:
                joined.append(Segment(text, style))
            text, style = part, part_style
    if text:
        joined.append(Segment(text, style))
    return joined


def _selected(body: Body, span: tuple[int, int], style: Style) -> Body:
    """``body`` with the selected characters in ``style``."""
    start, end = span
    end = len(body.text) if end < 0 else min(end, len(body.text))
    if end <= start:
        return body
    return decorated(body, [(start, end, style)])

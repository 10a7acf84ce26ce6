"""The lines of the failure pane: the card, the source at a frame, the lines before, the evidence.

Each function makes lines no wider than it is told, so that nothing is wrapped a second time when it is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import tzinfo

from textual.content import Content
from textual.style import Style

from tui.app.widgets.highlighting import highlighted, language_of
from tui.core.cards import CauseCard, Certainty, Claim, FoundReport
from tui.core.format import clock
from tui.core.source import SourceView, Staleness
from tui.core.text import display_line, one_line
from tui.core.tracebacks.model import Frame

INDENT = 7
"""Columns of the words before the facts."""
READING = "reading …"
_LINE = 400
"""Characters of a line of source that are looked at."""
_CLAIM = 600


@dataclass(frozen=True, slots=True)
class FramePlace:
    """A frame, and its place among those of its report that name a file."""

    frame: Frame
    number: int
    total: int


def card_lines(card: CauseCard, width: int, zone: tzinfo | None) -> Iterator[Content]:
    """What, why, where, same as, first seen."""
    yield from fact("WHAT", Content(one_line(card.what.text, _CLAIM)), width)
    yield from fact("WHY", Content.styled(_claimed(card.why), "bold"), width)
    if card.is_aside and card.shown is not None:
        yield from fact("CHOSEN", Content.styled(_chosen(card.shown), "$text-warning"), width)
    for name, claim in (("WHERE", card.where), ("SAME", card.same_as), ("FIRST", card.first_seen)):
        if claim is not None:
            yield from fact(name, Content(_claimed(claim) + _at(name, claim, zone)), width)


def fact(name: str, text: Content, width: int) -> list[Content]:
    """A name in the margin and a text that is wrapped beside it."""
    lines = text.wrap(max(8, width - INDENT))
    margin = Content.styled(f"{name:<{INDENT}}", "$text-muted")
    return [Content.assemble(margin if not number else " " * INDENT, line) for number, line in enumerate(lines)]


def heading(name: str) -> Content:
    """The name of a section."""
    return Content.styled(name, "$text-muted")


def source_lines(
    place: FramePlace, view: SourceView | None, *, width: int, context: int, mark: Style
) -> Iterator[Content]:
    """The frame's file and place, the source around its line, how far that can be trusted."""
    frame = place.frame
    path = view.path if view and view.lines else frame.file or "unknown file"
    yield source_heading(one_line(f"{path}:{frame.line or '?'}", 300), place, width)
    if view is None:
        yield Content.styled(READING, "$text-muted")
        return
    yield from _window(view, width, context, mark)
    if view.staleness is Staleness.UNRESOLVABLE and view.printed and not view.lines:
        yield _numbered("▶", view.highlighted, len(str(view.highlighted or 1)), Content(printed(view)), width, mark)
    yield from _trust(view, width)


def source_heading(where: str, place: FramePlace, width: int) -> Content:
    """The place in the file; of a long path its end, which tells more than its beginning."""
    function = f"  in {one_line(place.frame.function, 60)}" if place.frame.function else ""
    number = f"  frame {place.number} of {place.total}" if place.total > 1 else ""
    room = width - INDENT - len(number)
    if len(where) + len(function) > room:
        function = function if len(function) <= room // 2 else ""
        where = where if len(where) + len(function) <= room else _shortened(where, room - len(function))
    left = Content.assemble((f"{'SOURCE':<{INDENT}}", "$text-muted"), where, (function, "$text-muted"))
    blank = " " * max(0, width - left.cell_length - len(number))
    return Content.assemble(left, blank, (number, "$text-muted")).truncate(width)


def _shortened(path: str, room: int) -> str:
    """The last parts of ``path`` that fit, at least a part of its last one."""
    end = path[-max(8, room - 1) :]
    return "…" + (end[end.index("/") :] if "/" in end else end)


def _window(view: SourceView, width: int, context: int, mark: Style) -> Iterator[Content]:
    current = view.highlighted
    if not view.lines or current is None:
        return
    shown = range(max(view.first, current - context), min(view.first + len(view.lines) - 1, current + context) + 1)
    digits = len(str(shown[-1]))
    clean = tuple(display_line(view.lines[n - view.first], limit=_LINE, colours=False).text for n in shown)
    differs = view.staleness is Staleness.DIFFERS and bool(view.printed)
    for number, line in zip(shown, highlighted(clean, language_of(view.path)), strict=True):
        if number != current:
            yield _numbered(" ", number, digits, line, width, None)
        elif differs:
            # The traceback's own line is the evidence; what the file holds now comes after it.
            indent = len(line.plain) - len(line.plain.lstrip())
            yield _numbered("▶", number, digits, Content(" " * indent + printed(view)), width, mark)
            yield _numbered(" ", None, digits, Content.assemble(("now: ", "$text-warning"), line), width, None)
        else:
            yield _numbered("▶", number, digits, line, width, mark)


def printed(view: SourceView) -> str:
    """The line as the traceback printed it, fit to be drawn."""
    return display_line(view.printed, limit=_LINE, colours=False).text


def _numbered(sign: str, number: int | None, digits: int, line: Content, width: int, mark: Style | None) -> Content:
    is_current = sign != " "
    margin = f"{sign} {number if number is not None else '':>{digits}}  "
    whole = Content.assemble((margin, "bold $text-error" if is_current else "$text-muted"), line)
    whole = whole.truncate(width, ellipsis=True, pad=is_current)
    return whole.stylize_before("bold").stylize_before(mark) if mark is not None else whole


def _trust(view: SourceView, width: int) -> list[Content]:
    """How far the lines can be trusted; what is good news is said in a low voice."""
    if view.staleness is Staleness.UNRESOLVABLE:
        text, tone = f"source not shown: {view.reason}", "$text-warning"
    elif view.staleness in (Staleness.FRESH, Staleness.UNKNOWN):
        text, tone = f"read from the sandbox; {view.reason}", "$text-muted"
    else:
        text, tone = f"read from the sandbox; {view.reason}", "$text-warning"
    return Content.styled(one_line(text, 400), tone).wrap(width)


def before_lines(card: CauseCard, width: int) -> Iterator[Content]:
    """The lines before the report, or the last ones of the output."""
    if not card.lines_before:
        return
    yield heading("BEFORE IT" if card.shown else "LAST LINES")
    digits = len(str(card.lines_before[-1][0]))
    for number, raw in card.lines_before:
        text = display_line(raw, limit=_LINE, colours=False).text
        line = Content.assemble((f"  {number:>{digits}}  ", "$text-muted"), text)
        yield line.truncate(width, ellipsis=True)


def evidence_lines(card: CauseCard, width: int, zone: tzinfo | None) -> Iterator[Content]:
    """Everything that was looked at: when it was told, what it says, and where."""
    yield heading("EVIDENCE")
    for evidence in card.evidence:
        at = clock(evidence.at, zone) if evidence.at else "–"
        margin = Content.styled(f"  {at:<8}  ", "$text-muted")
        lines = [
            *Content(one_line(evidence.fact, 300)).wrap(max(8, width - 12)),
            *Content.styled(one_line(evidence.source, 300), "$text-muted").wrap(max(8, width - 12)),
        ]
        yield from (Content.assemble(margin if not n else " " * 12, line) for n, line in enumerate(lines))


def sections(parts: Iterable[Iterable[Content]]) -> list[Content]:
    """The sections one after the other, with a blank line between those that have lines."""
    lines: list[Content] = []
    for part in parts:
        new = list(part)
        if lines and new:
            lines.append(Content(""))
        lines.extend(new)
    return lines


def _claimed(claim: Claim) -> str:
    """The claim with the word for how sure it is, unless it says so itself."""
    text = one_line(claim.text, _CLAIM)
    if claim.certainty is Certainty.LIKELY:
        return f"likely: {text}"
    return f"unknown: {text}" if claim.certainty is Certainty.UNKNOWN and "unknown" not in text else text


def _at(name: str, claim: Claim, zone: tzinfo | None) -> str:
    at = claim.evidence[0].at if name == "FIRST" and claim.evidence else None
    return f" at {clock(at, zone)}" if at else ""


def _chosen(report: FoundReport) -> str:
    handled = ", caught by the program" if report.traceback.handled else ""
    return f"{one_line(report.traceback.headline, 200)}  ({report.stream.value} {report.lines}{handled})"

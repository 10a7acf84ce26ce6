"""The door through which remote text reaches a screen: what could act on a terminal or deceive a reader is made inert.

Two ways in. :func:`one_line` is for names, command lines and messages, which are cleaned as they arrive.
:func:`display_line` is for lines of output, which are stored as they were written and cleaned when they become visible;
its colours (SGR sequences) survive as :class:`Span` data, everything else that is not text is taken out or shown as a
symbol. Both bound the length.

What counts as hostile: C0 and C1 controls, DEL, escape sequences of every kind (CSI, OSC, DCS, APC, PM, SOS, two-byte
ones), marks that reorder text (bidi embeddings, overrides, isolates), line and paragraph separators, invisible tag
characters, and lone surrogates.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TAB_WIDTH = 8
VIEW_LIMIT = 4096
"""Characters of one line that a view draws unless it is asked for the whole line."""

_INVISIBLE = r"\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f"
# One expression finds everything that is not plain text. The string forms (OSC and its kin) count only where
# BEL or ST ends them: an open one must not hide the text behind it. No part of the expression can match in two ways,
# and no body runs past the next introducer, so that the time is linear.
_SEQUENCE = re.compile(
    r"(?P<csi>(?:\x1b\[|\x9b)(?P<params>[0-?]*)(?P<inter>[ -/]*)(?P<final>[@-~])?)"
    r"|(?P<string>(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x90\x98\x9c-\x9f]*(?:\x07|\x9c|\x1b\\))"
    r"|(?P<escape>\x1b[ -/]*[0-~]?)"
    rf"|(?P<char>[\x00-\x08\x0a-\x1f\x7f-\x9f{_INVISIBLE}])"
)
_TAB_OR_HOSTILE = re.compile(rf"[\x00-\x1f\x7f-\x9f{_INVISIBLE}]")


@dataclass(frozen=True, slots=True)
class Sgr:
    """Rendition that a program asked for. A colour is ``"0"`` to ``"255"`` (palette), ``"#rrggbb"`` or None."""

    foreground: str | None = None
    background: str | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False
    strike: bool = False


PLAIN = Sgr()


@dataclass(frozen=True, slots=True)
class Span:
    """``style`` applies to the characters from ``start`` to before ``end`` of the cleaned text."""

    start: int
    end: int
    style: Sgr


@dataclass(frozen=True, slots=True)
class DisplayLine:
    """A line of output that may be drawn."""

    text: str
    spans: tuple[Span, ...] = ()
    clipped: int = 0
    """Characters of the raw line that are not shown because the line is very long."""
    updates: int = 0
    """Earlier states of the line that carriage returns overwrote (progress bars)."""
    neutralised: int = 0
    """Control sequences and characters that were taken out or replaced."""


def is_plain(text: str) -> bool:
    """True when ``text`` can be drawn as it is: no control, no mark that reorders, no tab."""
    return text.isprintable() or _TAB_OR_HOSTILE.search(text) is None


def one_line(text: str, limit: int = 2000) -> str:
    """``text`` as one harmless line of at most ``limit`` characters; line ends become a visible mark.

    Cleaning twice changes nothing.
    """
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isprintable():
        return text
    return _SEQUENCE.sub(_inert, text.replace("\t", " "))


def _inert(match: re.Match[str]) -> str:
    """What stands for a sequence in a cleaned line: nothing for a whole escape sequence, a symbol for a character."""
    char = match["char"]
    return symbol(char) if char is not None else ""


def symbol(char: str) -> str:
    """A visible, harmless stand-in for one hostile character."""
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if code in (0x2028, 0x2029):
        return "␤"
    return "�" if code < 0xA0 or 0xD800 <= code <= 0xDFFF else f"‹{code:X}›"


def reveal(raw: str, limit: int = VIEW_LIMIT) -> str:
    """``raw`` with every hostile character shown as a symbol and nothing taken out: what the ``x`` key shows."""
    return _TAB_OR_HOSTILE.sub(lambda m: symbol(m[0]), raw[:limit])


def display_line(raw: str, *, limit: int = VIEW_LIMIT, colours: bool = True) -> DisplayLine:
    """The line as it may be drawn.

    A carriage return inside the line starts the state that a terminal would show last; earlier states are counted in
    ``updates``. A trailing one is part of a ``\\r\\n`` line end. ``limit`` bounds the characters that are looked at.
    """
    if len(raw) <= limit and raw.isprintable():
        return DisplayLine(raw)
    updates = 0
    if "\r" in raw:
        raw, updates = _last_state(raw)
    clipped = max(0, len(raw) - limit)
    if clipped:
        raw = raw[:limit]
    if raw.isprintable():
        return DisplayLine(raw, clipped=clipped, updates=updates)
    text, spans, neutralised = _clean(raw, colours=colours)
    if "\t" in text:
        text, spans = _expand_tabs(text, spans)
    return DisplayLine(text, spans, clipped, updates, neutralised)


def _last_state(raw: str) -> tuple[str, int]:
    """The state after the last carriage return that is followed by text, and how many states it replaced."""
    body = raw.rstrip("\r")
    head, _, last = body.rpartition("\r")
    if not head:
        return last, 0
    return last, sum(1 for state in head.split("\r") if state)


def _clean(raw: str, *, colours: bool) -> tuple[str, tuple[Span, ...], int]:
    """Text without hostile parts, the spans of its colours, and how many parts were made inert."""
    out: list[str] = []
    spans: list[Span] = []
    style, span_start, length, position, neutralised = PLAIN, 0, 0, 0, 0
    for match in _SEQUENCE.finditer(raw):
        piece = raw[position : match.start()]
        position = match.end()
        out.append(piece)
        length += len(piece)
        if match["final"] == "m" and not match["inter"] and not match["params"].startswith((">", "?", "<", "=")):
            changed = apply_sgr(style, match["params"])
            if changed != style:
                if colours and style != PLAIN and length > span_start:
                    spans.append(Span(span_start, length, style))
                style, span_start = changed, length
            continue
        neutralised += 1
        if match["char"] is not None:
            stand_in = symbol(match["char"])
            out.append(stand_in)
            length += len(stand_in)
    piece = raw[position:]
    out.append(piece)
    length += len(piece)
    if colours and style != PLAIN and length > span_start:
        spans.append(Span(span_start, length, style))
    return "".join(out), tuple(spans), neutralised


def _expand_tabs(text: str, spans: tuple[Span, ...]) -> tuple[str, tuple[Span, ...]]:
    """``text`` with blanks up to the next tab stop for each tab, and ``spans`` moved along."""
    out: list[str] = []
    moved = {0: 0}
    column = 0
    wanted = sorted({edge for span in spans for edge in (span.start, span.end)}, reverse=True)
    for index, char in enumerate(text):
        while wanted and wanted[-1] == index:
            moved[wanted.pop()] = column
        width = TAB_WIDTH - column % TAB_WIDTH if char == "\t" else 1
        out.append(" " * width if char == "\t" else char)
        column += width
    for edge in wanted:
        moved[edge] = column
    return "".join(out), tuple(Span(moved[s.start], moved[s.end], s.style) for s in spans)


def apply_sgr(style: Sgr, params: str) -> Sgr:
    """``style`` after the parameters of one ``CSI … m``. Unknown numbers change nothing; conceal is ignored."""
    numbers = [int(p) if p.isdecimal() and len(p) < 5 else 0 for p in re.split("[;:]", params)] if params else [0]
    # A mutable copy: frozen dataclasses are rebuilt once, at the end.
    state = {name: getattr(style, name) for name in Sgr.__slots__}
    index = 0
    while index < len(numbers):
        number = numbers[index]
        if number in (38, 48):
            colour, index = _extended_colour(numbers, index)
            if colour is not None:
                state["foreground" if number == 38 else "background"] = colour
            continue
        index += 1
        if number == 0:
            state = {name: getattr(PLAIN, name) for name in Sgr.__slots__}
        else:
            state.update(_SIMPLE.get(number, {}))
    return Sgr(**state)


def _extended_colour(numbers: list[int], index: int) -> tuple[str | None, int]:
    """The colour of a ``38;5;n`` or ``38;2;r;g;b`` group that begins at ``index``, and where to go on."""
    kind = numbers[index + 1] if index + 1 < len(numbers) else None
    if kind == 5 and index + 2 < len(numbers):
        return str(min(numbers[index + 2], 255)), index + 3
    if kind == 2 and index + 4 < len(numbers):
        red, green, blue = (min(n, 255) for n in numbers[index + 2 : index + 5])
        return f"#{red:02x}{green:02x}{blue:02x}", index + 5
    return None, len(numbers)


_SIMPLE: dict[int, dict[str, object]] = {
    1: {"bold": True},
    2: {"dim": True},
    3: {"italic": True},
    4: {"underline": True},
    7: {"reverse": True},
    9: {"strike": True},
    21: {"underline": True},
    22: {"bold": False, "dim": False},
    23: {"italic": False},
    24: {"underline": False},
    27: {"reverse": False},
    29: {"strike": False},
    39: {"foreground": None},
    49: {"background": None},
    **{30 + n: {"foreground": str(n)} for n in range(8)},
    **{40 + n: {"background": str(n)} for n in range(8)},
    **{90 + n: {"foreground": str(8 + n)} for n in range(8)},
    **{100 + n: {"background": str(8 + n)} for n in range(8)},
}

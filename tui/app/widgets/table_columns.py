"""Columns of a table: what they show, how wide they become, and which give way when the terminal is narrow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from rich.cells import cell_len, set_cell_size

GAP = 2
"""Blank cells between two columns."""
ELLIPSIS = "…"

RowT = TypeVar("RowT")


@dataclass(frozen=True, slots=True)
class Cell:
    """Plain text, drawn as it stands, and a style key: ``error``, ``warning``, ``success``, ``muted``, ``accent``.

    The text must have passed :func:`tui.core.text.one_line` if it came from elsewhere; nothing in it is markup.
    An empty style is the text colour of the table.
    """

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Width:
    """How wide a column is, in cells. Use :func:`fixed`, :func:`fit` or :func:`flex`."""

    minimum: int
    maximum: int | None = None
    weight: int = 0
    """Share of the space that is left over; 0 for a column that is as wide as its content."""


def fixed(cells: int) -> Width:
    """Always ``cells`` wide."""
    return Width(cells, cells)


def fit(minimum: int, maximum: int) -> Width:
    """As wide as title and content up to ``maximum``; gives way down to ``minimum`` before a column is dropped."""
    return Width(minimum, maximum)


def flex(minimum: int, maximum: int | None = None, *, weight: int = 1) -> Width:
    """Takes a share of what is left over. The last such column of a table takes the whole rest."""
    return Width(minimum, maximum, weight)


# Without slots: Python 3.11 cannot make a frozen generic with slots by its subscripted name, ``Column[Row](...)``.
@dataclass(frozen=True)
class Column(Generic[RowT]):
    """One column. ``render`` must depend on the row alone: its result is kept as long as the row stays equal.

    ``priority`` 0 is never hidden; of the others the highest number goes first when there is too little room.
    """

    key: str
    title: str
    render: Callable[[RowT], Cell]
    width: Width
    align: Literal["left", "right"] = "left"
    priority: int = 1


def text_width(text: str) -> int:
    """Cells that ``text`` takes on the screen."""
    return len(text) if text.isascii() else cell_len(text)


def fit_text(text: str, width: int, align: Literal["left", "right"] = "left") -> str:
    """``text`` in exactly ``width`` cells: padded, or clipped with an ellipsis as its last character."""
    if width <= 0:
        return ""
    if text.isascii():
        if len(text) > width:
            return text[: width - 1] + ELLIPSIS
        return text.ljust(width) if align == "left" else text.rjust(width)
    cells = cell_len(text)
    if cells > width:
        return set_cell_size(text, width - 1) + ELLIPSIS
    blanks = " " * (width - cells)
    return text + blanks if align == "left" else blanks + text


def fit_columns(columns: Sequence[Column[RowT]], natural: Sequence[int], available: int) -> tuple[int, ...]:
    """The width of every column in ``available`` cells; 0 hides a column.

    ``natural`` is the width that each column's title and visible content would like. Columns are dropped by priority
    until the least widths of the rest fit; then the columns that fit their content grow, most important first; what is
    left goes to the flexible ones. If the columns that may not be hidden need too much, the widest gives way.
    """
    wishes = [_wish(column.width, wish) for column, wish in zip(columns, natural, strict=True)]
    least = [c.width.minimum if c.width.weight else min(c.width.minimum, wishes[i]) for i, c in enumerate(columns)]
    shown = list(range(len(columns)))

    def needed() -> int:
        return sum(least[i] for i in shown) + GAP * max(0, len(shown) - 1)

    while needed() > available:
        droppable = [i for i in shown if columns[i].priority > 0]
        if not droppable:
            break
        shown.remove(max(droppable, key=lambda i: (columns[i].priority, i)))
    widths = [least[i] if i in shown else 0 for i in range(len(columns))]
    rest = available - needed()
    while rest < 0 and widths[widest := max(shown, key=lambda i: widths[i])] > 1:
        widths[widest] -= 1
        rest += 1
    for i in sorted(shown, key=lambda i: columns[i].priority):
        if rest > 0 and not columns[i].width.weight:
            growth = min(wishes[i] - widths[i], rest)
            widths[i] += growth
            rest -= growth
    if rest > 0:
        _share(columns, widths, [i for i in shown if columns[i].width.weight], rest)
    return tuple(widths)


def _wish(width: Width, natural: int) -> int:
    """``natural`` inside the bounds of ``width``; a fixed column always gets its number."""
    if width.minimum == width.maximum:
        return width.minimum
    natural = max(1, natural)
    return natural if width.maximum is None else min(natural, width.maximum)


def _share(columns: Sequence[Column[RowT]], widths: list[int], flexible: list[int], rest: int) -> None:
    """Give ``rest`` cells to the ``flexible`` columns by weight, each up to its maximum, the last one what remains."""
    weights = sum(columns[i].width.weight for i in flexible)
    for i in flexible:
        width = columns[i].width
        share = rest if i == flexible[-1] else rest * width.weight // weights
        if width.maximum is not None:
            share = min(share, width.maximum - widths[i])
        weights -= width.weight
        rest -= share
        widths[i] += share

"""Where a report of CPython begins: at its header, inside a group's margin, at a lone frame, at a chain line.

A capture may begin anywhere, so that the first line that can be known is not always the report's own first.
"""

from __future__ import annotations

from tui.core.tracebacks.grammar import Family, Opening, Recent
from tui.core.tracebacks.lookback import settled
from tui.core.tracebacks.prefix import EMPTY, MAX_PREFIX, Prefix, split_margin
from tui.core.tracebacks.python import PythonMachine
from tui.core.tracebacks.python_groups import MARGIN, SEPARATOR
from tui.core.tracebacks.python_lines import (
    CHAINS,
    CONTEXT,
    DIRECT_CAUSE,
    EXCEPTION,
    FRAME,
    HEADER,
    QUOTE,
    QUOTING,
    REMOTE,
    head_line,
    strict_exception,
)
from tui.core.tracebacks.text import clean, indent_of, is_logged

_MAX_MARGIN = 150
"""Columns of blanks and bars before a header; groups do not nest deeper than some seventy levels."""
_MAX_REMAINS = 8
"""Lines at the very beginning of a capture that may be what is left of a report."""


def _open(text: str, index: int, recent: Recent) -> Opening | None:
    at = text.find(HEADER)
    if at >= 0 and text.rstrip().endswith(HEADER):
        if QUOTING.search(text.rstrip()):
            return None
        return _open_at_header(text, at, recent)
    for chain in CHAINS:
        at = text.find(chain)
        if at >= 0:
            return _open_at_chain(text, at, recent)
    text = text.rstrip()
    if index <= _MAX_REMAINS and 'File "' not in text:
        return _open_at_remains(text, recent)
    at = text.find('File "')
    if at < 0 or FRAME.match(text, _frame_start(text, at)) is None:
        return None
    return _open_at_frame(text, at, recent)


def _open_at_remains(text: str, recent: Recent) -> Opening | None:
    """The very beginning of a capture may be the end of a report: source lines, or a group's margin."""
    above = [before for _, before in recent.before(EMPTY, _MAX_REMAINS)]
    earlier = tuple(line for line, _ in reversed(recent.lines))
    if not above or len(earlier) != len(above) or earlier[0] != 0:
        return None
    separator = SEPARATOR.match(text)
    if separator and separator.group(1) and all(SEPARATOR.match(line) or MARGIN.match(line) for line in above):
        column = max(len(separator.group(1)), 2)
        return Opening(PythonMachine(column, has_header=False, is_cut=True), EMPTY, earlier)
    if strict_exception(text) is None or any(not line.startswith("    ") for line in above):
        return None
    return Opening(PythonMachine(has_header=False, is_remains=True), EMPTY, earlier)


def _frame_start(text: str, at: int) -> int:
    """Where the frame's own two blanks begin."""
    if text.endswith("> ", 0, at):
        return max(at - 2, 0)
    return at - 2 if text.endswith("  ", 0, at) else at


def _open_at_header(text: str, at: int, recent: Recent) -> Opening | None:
    if text.endswith("Exception Group ", 0, at):
        at -= len("Exception Group ")
        start = at - 4 if text.endswith("  + ", 0, at) else at
        column = None
        prefix_text = text[:start]
    else:
        prefix_text, column = split_margin(text[:at])
        if not prefix_text.strip() and column is None:
            # A header that is indented as a whole (doctest, twisted) carries its lines with it.
            prefix_text = text[:at]
    if column is not None and _has_margin_above(text[:at], recent):
        # A margin that all lines have is the prefix of their stream.
        prefix_text, column = text[:at], None
    prefix = settled(Prefix(prefix_text if len(prefix_text) <= MAX_PREFIX else ""), recent)
    if column is not None:
        return _open_in_group(prefix, column, recent)
    if at > _MAX_MARGIN and not text[:at].strip(" |"):
        return None
    if prefix_text.rstrip().endswith("#"):
        # A comment of a program, as in a listing or a diff.
        return None
    above = clean(recent.lines[-1][1]) if recent.lines else ""
    if prefix_text.endswith("    ") and above.rstrip().endswith("Expected:"):
        # Doctest quotes the report it waited for.
        return None
    earlier = _heads_before(prefix, recent)
    machine = PythonMachine()
    return Opening(machine, prefix, earlier, opens_mid_line=bool(prefix_text.strip(" |")))


def _has_margin_above(margin: str, recent: Recent) -> bool:
    """Whether the line above has the same margin and text in it: in a group, a separator or a blank stands there."""
    above = clean(recent.lines[-1][1]) if recent.lines else ""
    return above.startswith(margin) and bool(above[len(margin) :].strip())


def _open_in_group(prefix: Prefix, column: int, recent: Recent) -> Opening:
    """A report whose first line lies inside a group's margin: the head was cut off."""
    earlier: list[int] = []
    for line, text in recent.before(prefix, 24):
        margin = SEPARATOR.match(text) or MARGIN.match(text)
        # A header or a frame would have opened the report itself.
        if margin is None or not margin.group(1) or text.endswith(HEADER) or 'File "' in text:
            break
        earlier.insert(0, line)
        column = len(margin.group(1))
    return Opening(
        PythonMachine(max(column, 2), has_header=False, is_cut=True), prefix, tuple(earlier), is_headless=True
    )


def _heads_before(prefix: Prefix, recent: Recent) -> tuple[int, ...]:
    """Numbers of the runtime's lines before a header: thread and process heads, or the opening of a quote."""
    found: list[int] = []
    for number, (index, text) in enumerate(recent.before(prefix, 3)):
        bare = text.rstrip()
        if number == 0 and bare == QUOTE:
            found.append(index)
            continue
        if found:
            return (index, *found) if REMOTE.search(text) else ()
        return (index,) if head_line(bare) else ()
    return ()


def _open_at_frame(text: str, at: int, recent: Recent) -> Opening | None:
    start = _frame_start(text, at)
    prefix_text, column = split_margin(text[:start])
    if len(prefix_text) > MAX_PREFIX or prefix_text.rstrip().endswith("#") or text.endswith("- ", 0, at):
        return None
    # A report that is indented as a whole carries its lines with it.
    prefix = Prefix(prefix_text)
    if column is not None:
        return _open_in_group(prefix, column, recent)
    earlier: tuple[int, ...] = ()
    is_silent = False
    for line, before in recent.before(prefix, 1):
        # A capture that begins inside a report begins with its source line, or with a piece of a frame line.
        if line == 0 and before[:4] == "    " and not is_logged(before):
            earlier = (line,)
        # Stacks that belong to no exception: logging's stack_info, tracemalloc.
        is_silent = before.rstrip().endswith("(most recent call last):")
    machine = PythonMachine(has_header=False, is_silent=is_silent)
    return Opening(machine, prefix, earlier, is_headless=True)


def _open_at_chain(text: str, at: int, recent: Recent) -> Opening | None:
    """A chain line without an open report: the first part was cut off down to its last lines."""
    prefix = Prefix(text[:at]) if at <= MAX_PREFIX and text[:at].strip() else EMPTY
    lines = list(recent.before(prefix, 24))
    if len(lines) == 1 and lines[0][0] == 0 and not lines[0][1].strip():
        return Opening(PythonMachine(has_header=False, is_cut=True), prefix)
    if len(lines) < 2 or lines[0][1].strip():
        return None
    if len(lines) <= _MAX_REMAINS and lines[-1][0] == 0 and not any(is_logged(line) for _, line in lines):
        # All that was printed so far is the end of the first part.
        remains = tuple(number for number, _ in reversed(lines))
        named = EXCEPTION.match(lines[1][1].rstrip())
        last = () if named is None else remains[-2:]
        machine = PythonMachine(has_header=False, is_cut=True)
        return Opening(machine, prefix, last, remains=remains[: len(remains) - len(last)])
    is_beginning = len(lines) > 2 and lines[-1][0] == 0
    if strict_exception(lines[1][1]) is None and not (is_beginning and EXCEPTION.match(lines[1][1].rstrip())):
        return None
    count = 2
    while count < len(lines) and indent_of(lines[count][1]) >= 4 and not is_logged(lines[count][1]):
        count += 1
    if lines[count - 1][0] != 0 and (count == 2 or strict_exception(lines[1][1]) is None):
        return None
    earlier = tuple(line for line, _ in reversed(lines[:count]))
    return Opening(PythonMachine(has_header=False, is_cut=True), prefix, earlier)


GRAMMAR = Family(
    hints=(HEADER, 'File "', DIRECT_CAUSE, CONTEXT, "Error", "Exception", "+----------------"), opener=_open
)

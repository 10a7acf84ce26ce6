"""What the headless commands print: data on stdout, everything else on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

from tui.cli.exits import error_code, exit_code
from tui.core.errors import BoxscopeError

SCHEMA_VERSION = 1
"""Version of every JSON document; it grows when a field changes its meaning or goes."""


def report(error: BoxscopeError, *, as_json: bool) -> None:
    """Tell about ``error`` on stderr: one line and a hint, or one JSON object."""
    if as_json:
        document = {
            "schema_version": SCHEMA_VERSION,
            "code": error_code(error),
            "message": error.message,
            "hint": error.hint,
            "exit_code": exit_code(error),
        }
        print(json.dumps(document), file=sys.stderr)
        return
    narrate(error.message)
    if error.hint:
        print(f"  {error.hint}", file=sys.stderr)


def narrate(message: str) -> None:
    """One line for the person at the terminal; stdout stays data."""
    print(f"boxscope: {message}", file=sys.stderr)


def print_json(document: Mapping[str, object]) -> None:
    """One indented JSON document on stdout."""
    print(json.dumps({"schema_version": SCHEMA_VERSION, **document}, indent=2))


def print_record(record: Mapping[str, object]) -> None:
    """One line of JSON lines on stdout."""
    print(json.dumps(record, separators=(",", ":")))


def wants_colour(choice: str, file: TextIO, environ: Mapping[str, str] | None = None) -> bool:
    """Whether to colour text in ``file``: ``--color`` decides, then the environment, then whether it is a terminal."""
    environ = os.environ if environ is None else environ
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "0") not in ("", "0") or environ.get("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    return file.isatty() and environ.get("TERM") != "dumb"


def coloured(text: str, sgr: str, *, colour: bool) -> str:
    """``text`` in the rendition ``sgr`` (``"31"`` for red) where ``colour`` is on."""
    return f"\x1b[{sgr}m{text}\x1b[0m" if colour and sgr else text


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, right: frozenset[int] = frozenset()) -> list[str]:
    """Lines of a table with aligned columns; those in ``right`` are flush right, the last one is not padded."""
    from wcwidth import wcswidth

    lines = [tuple(header), *(tuple(row) for row in rows)]
    widths = [max(max(0, wcswidth(line[column])) for line in lines) for column in range(len(header))]
    last = len(header) - 1
    out = []
    for line in lines:
        cells = []
        for column, cell in enumerate(line):
            blanks = " " * (widths[column] - max(0, wcswidth(cell)))
            if column in right:
                cells.append(blanks + cell)
            else:
                cells.append(cell if column == last else cell + blanks)
        out.append("  ".join(cells).rstrip())
    return out

"""Texts without what differs from one occurrence of an error to the next: numbers, addresses, names of things.

What is left is the same for the same cause, and it stays readable, since it is shown to the user as the reason why
errors count as equal.
"""

from __future__ import annotations

import re

MAX_TEXT = 300
"""Characters of a message that take part; what lies behind tells equal errors apart more often than it unites them."""

_VARYING = re.compile(
    r"(?P<quoted>(?<!\w)'[^'\n]*'(?!\w)|(?<!\w)\"[^\"\n]*\"(?!\w)|`[^`\n]*`|(?<!\w)‘[^’\n]*’|“[^”\n]*”)"
    r"|(?P<uuid>\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b)"
    r"|(?P<url>\b[a-z][a-z0-9+.-]{1,20}://[^\s'\"<>)\]]+)"
    r"|(?P<address>\b0[xX][0-9a-fA-F]+\b|\b\d{1,3}(?:\.\d{1,3}){3}\b(?::\d+)?|\[[0-9a-fA-F:]{2,45}\](?::\d+)?)"
    r"|(?P<path>(?<![\w.<])(?:~|\.{1,2}|[A-Za-z]:)?[/\\](?:[\w.@+~-]+[/\\])*[\w.@+~-]+)"
    r"|(?P<hex>\b(?=[0-9a-fA-F]*\d)(?=[0-9a-fA-F]*[a-fA-F])[0-9a-fA-F]{6,}\b)"
    r"|(?P<number>\d+(?:[.,:]\d+)*)"
)
_PLACEHOLDERS = {
    "quoted": "<text>",
    "uuid": "<id>",
    "url": "<url>",
    "address": "<address>",
    "path": "<path>",
    "hex": "<hex>",
    "number": "<n>",
}
# One part of a path that a program made up for this one run.
_PASSING = re.compile(
    r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
    r"|(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{8,}|\d{5,}|tmp[\w-]{6,}|(?P<lead>[\w-]+?[-_.])(?:\d{5,}|(?=[a-f]*\d)[0-9a-f]{8,})"
)
_FUNCTION_NOISE = (
    (re.compile(r"::h[0-9a-f]{16}$"), ""),
    (re.compile(r"\((?:0x[0-9a-f]+|\{|\.\.\.|, |[?}])+\)$"), ""),
    (re.compile(r"\$\$Lambda[$/][\w$/]+"), "$$Lambda"),
    (re.compile(r"0x[0-9a-fA-F]+"), "<address>"),
)


def normalised(text: str) -> str:
    """The first line of ``text`` with quoted parts, ids, addresses, paths and numbers replaced by words for them."""
    head = text.lstrip().partition("\n")[0][:MAX_TEXT]
    return " ".join(_VARYING.sub(lambda match: _PLACEHOLDERS[match.lastgroup or "number"], head).split())


def normalised_function(name: str) -> str:
    """A function's name without hashes, argument values and addresses that a runtime puts into it."""
    for pattern, replacement in _FUNCTION_NOISE:
        name = pattern.sub(replacement, name)
    return name


def normalised_path(path: str) -> str:
    """``path`` with those parts replaced that were made up for one run, such as ``tmp8f3k2x1q``."""
    return "/".join(_passing_part(part) for part in path.replace("\\", "/").split("/"))


def _passing_part(part: str) -> str:
    stem, dot, suffix = part.rpartition(".")
    if not dot or len(suffix) > 5:
        stem, dot, suffix = part, "", ""
    match = _PASSING.fullmatch(stem)
    if match is None:
        return part
    return f"{match['lead'] or ''}*{dot}{suffix}"


def command_template(command: str, arguments: tuple[str, ...]) -> str:
    """A command line with what differs between calls of the same command replaced; folders are left out.

    The first word that is no option names the script or the subcommand, so it stays as it is.
    """
    words = [_last_part(command)]
    has_name = False
    for argument in arguments:
        if not has_name and argument and not argument.startswith("-") and len(argument) <= 80 and "\n" not in argument:
            words.append(_last_part(argument))
            has_name = True
        else:
            words.append(normalised(argument))
    return " ".join(words)


def _last_part(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2] or path

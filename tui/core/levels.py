"""The level that a line of a log tells: by a word near its start, in JSON, or as ``level=``."""

from __future__ import annotations

import re
from enum import IntEnum

WITHIN = 120
"""Characters at the start of a line in which a level is looked for."""
JSON_WITHIN = 4096
"""The same for lines that are JSON objects, whose fields come in any order."""

_JSON = (
    r'"(?:level|levelname|lvl|severity|log\.level)"\s*:\s*(?:'
    r'"(?:(?P<error2>error|err|fatal|critical|panic|alert|emergency)|(?P<warning2>warning|warn)'
    r'|(?P<info2>info|notice)|(?P<debug2>debug|trace))"'
    r"|(?:(?P<error4>[56]0)|(?P<warning4>40)|(?P<info4>30)|(?P<debug4>[12]0))\b)"
)
_WORDS = (
    r"\b(?P<error>ERROR|ERRO|FATAL|CRITICAL|CRIT|PANIC|SEVERE|EMERG|ALERT)\b"
    r"|\b(?P<warning>WARNING|WARN)\b|\b(?P<info>INFO|NOTICE)\b|\b(?P<debug>DEBUG|TRACE|VERBOSE)\b"
)
_FIELD = (
    r"\blevel=(?:(?P<error3>error|fatal|panic|critical)|(?P<warning3>warn(?:ing)?)|(?P<info3>info)"
    r"|(?P<debug3>debug|trace))\b"
)
_ANY = re.compile(f"{_WORDS}|{_JSON}|{_FIELD}")
_IN_JSON = re.compile(_JSON, re.IGNORECASE)


class Level(IntEnum):
    """How bad a line is; NONE for one that tells no level."""

    NONE = 0
    DEBUG = 1
    INFO = 2
    WARNING = 3
    ERROR = 4


def level_span(text: str) -> tuple[int, int, Level] | None:
    """Where in a line its level stands, in characters, and which it is."""
    match = _ANY.search(text, 0, WITHIN)
    if match is None and text.startswith("{"):
        match = _IN_JSON.search(text, 0, JSON_WITHIN)
    if match is None or match.lastgroup is None:
        return None
    start, end = match.span(match.lastgroup)
    return start, end, Level[match.lastgroup.rstrip("234").upper()]


def level_of(text: str) -> Level:
    """The level that a line tells."""
    found = level_span(text)
    return Level.NONE if found is None else found[2]

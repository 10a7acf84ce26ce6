"""Lines that are one JSON object, as people read them: level and message first, then the other fields.

Only what is on screen is made pretty. Every part of the text passes ``core.text``, for JSON can hide in escapes what
no line shows.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tui.core.text import one_line

LIMIT = 64 * 1024
"""Characters of a line beyond which it is not parsed."""
TEXT_LIMIT = 4096
"""Characters of the pretty row."""
_LEVELS = ("level", "levelname", "lvl", "severity", "log.level")
_MESSAGES = ("message", "msg", "event")
_NUMBERS = {10: "TRACE", 20: "DEBUG", 30: "INFO", 40: "WARN", 50: "ERROR", 60: "FATAL"}
_BARE = re.compile(r"[^\s=\"{}\[\],]+")
_LINE_FEEDS = re.compile(r"(?<!\\)((?:\\\\)*)\\n")


@dataclass(frozen=True, slots=True)
class PrettyLine:
    """The row, and where in it the parts are that step back, in characters."""

    text: str
    level: tuple[int, int] | None
    dimmed: tuple[tuple[int, int], ...]
    clipped: int = 0
    """Characters that are not shown."""


@lru_cache(maxsize=256)
def pretty_line(raw: str) -> PrettyLine | None:
    """``raw`` in one row, ``LEVEL message  key=value …``; None where it is not one JSON object with fields."""
    fields = _fields(raw)
    if not fields:
        return None
    level, message = _first(fields, _LEVELS), _first(fields, _MESSAGES)
    parts: list[str] = []
    span = None
    if level is not None:
        word = _NUMBERS.get(fields[level], "") if isinstance(fields[level], int) else ""
        word = word or one_line(str(fields[level]), 20).upper()
        span = (0, len(word))
        parts.append(f"{word:<5}")
    if message is not None:
        parts.append(_value(fields[message], is_message=True))
    text = " ".join(parts)
    dimmed = []
    for key, value in fields.items():
        if key in (level, message) or len(text) > TEXT_LIMIT:
            continue
        text += "  " if text else ""
        start = len(text)
        text += f"{one_line(key, 200)}="
        dimmed.append((start, len(text)))
        text += _value(value)
    clipped = max(0, len(text) - TEXT_LIMIT)
    return PrettyLine(text[:TEXT_LIMIT], span, tuple(dimmed), clipped)


def expanded(raw: str) -> list[str] | None:
    """The object over several lines, those of its texts included; None where ``raw`` is no JSON object."""
    fields = _fields(raw)
    if fields is None:
        return None
    lines: list[str] = []
    for line in json.dumps(fields, indent=2, ensure_ascii=False).split("\n"):
        first, *rest = _LINE_FEEDS.sub(r"\1\n", line).split("\n")
        indent = " " * (len(line) - len(line.lstrip()) + 4)
        lines.extend([first, *(indent + part for part in rest)])
    return lines


def _fields(raw: str) -> dict[str, Any] | None:
    text = raw.strip() if len(raw) <= LIMIT else ""
    if not (text.startswith("{") and text.endswith("}")):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _first(fields: dict[str, Any], names: tuple[str, ...]) -> str | None:
    return next((name for name in names if isinstance(fields.get(name), str | int)), None)


def _value(value: object, *, is_message: bool = False) -> str:
    if isinstance(value, str):
        clean = one_line(value, TEXT_LIMIT)
        return clean if is_message or _BARE.fullmatch(clean) else f'"{clean}"'
    return one_line(json.dumps(value, ensure_ascii=False, separators=(",", ":")), TEXT_LIMIT)

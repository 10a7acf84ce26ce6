"""The beginning of a snapshot's body: what stands before its lines, found without waiting for the rest."""

from __future__ import annotations

import json
import re
from typing import Final

_KEY: Final = re.compile(r'\s*"((?:[^"\\]|\\.)*)"\s*:\s*')
_decode_value = json.JSONDecoder().raw_decode


def array_start(head: str) -> tuple[dict[str, object], int, bool] | None:
    """The fields before ``lines``, the offset of its content, and whether it is null; None while more is needed.

    Raises ValueError where the text is no object with ``lines``.
    """
    fields: dict[str, object] = {}
    at = len(head) - len(head.lstrip())
    if at == len(head):
        return None
    if head[at] != "{":
        raise ValueError("the answer is not a JSON object")
    at += 1
    while (key := _KEY.match(head, at)) is not None:
        at = key.end()
        if key[1] == "lines" and head[at : at + 1] == "[":
            return fields, at + 1, False
        try:
            value, at = _decode_value(head, at)
        except (ValueError, RecursionError):
            return None
        if key[1] == "lines":
            if value is not None:
                raise ValueError("'lines' is not a list")
            return fields, at, True
        fields[key[1]] = value
        rest = head[at:].lstrip()
        if not rest:
            return None
        if rest[0] != ",":
            raise ValueError("the answer holds no lines")
        at = len(head) - len(rest) + 1
    if head[at:].lstrip().startswith("}"):
        raise ValueError("the answer holds no lines")
    return None

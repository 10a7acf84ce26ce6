"""A profile as a TOML document that a person may have written: comments, order and spelling stay.

Apart from :mod:`tui.io.profiles`, which imports it where there is a file: a start without one need not load tomlkit.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import fields
from enum import Enum
from pathlib import Path

import tomlkit
from tomlkit.exceptions import ParseError, TOMLKitError
from tomlkit.items import InlineTable

from tui.core.errors import ProfileError
from tui.core.path_map import PathMap, checked_path_map
from tui.core.profile import DESCRIPTIONS, KEYS, Profile

_DEFAULTS = {f.name: f.default for f in fields(Profile)}


def parsed(content: str, path: Path) -> tomlkit.TOMLDocument:
    """The document in ``content``. Raises ProfileError naming the file ``path``, line and column."""
    try:
        return tomlkit.parse(content)
    except ParseError as error:
        reason = str(error).partition(" at line ")[0].strip().rstrip(".")
        raise ProfileError(
            f"{path}, line {error.line}, column {error.col}: {reason}", "correct the file; it was left as it is"
        ) from None
    except TOMLKitError as error:
        raise ProfileError(f"{path}: {error}", "correct the file; it was left as it is") from None


def text_of(document: tomlkit.TOMLDocument) -> str:
    """What is to be written to the file."""
    return tomlkit.dumps(document)


def with_default(document: tomlkit.TOMLDocument | None, name: str | None) -> str:
    """The text of ``config.toml`` when it names the profile ``name`` as the default one, or none."""
    if document is None:
        document = tomlkit.document()
    line = ""
    if name is None:
        document.pop("default_profile", None)
    elif "default_profile" in document:
        document["default_profile"] = name
    else:
        # At the top, because after the first table the key would belong to that table. A name needs no escapes.
        line = f'default_profile = "{name}"\n'
    return line + text_of(document)


def values_of(profile: Profile) -> dict[str, object]:
    """The profile as a table, without what is as by default."""
    table: dict[str, object] = {}
    for key in KEYS:
        value = getattr(profile, key)
        if value == _DEFAULTS[key]:
            continue
        value = value.value if isinstance(value, Enum) else value
        if key == "path_map":
            table[key] = _inline(value)
        else:
            table[key] = list(value) if isinstance(value, tuple) else value
    return table


def _inline(pairs: PathMap) -> InlineTable:
    """The pairs as one line: a table of its own would take in every key that follows."""
    table = tomlkit.inline_table()
    table.update(dict(pairs))
    return table


def new_document() -> tomlkit.TOMLDocument:
    """An empty profile that explains itself."""
    document = tomlkit.document()
    document.add(tomlkit.comment("A boxscope profile. It holds no secrets, only where one comes from."))
    return document


def update(document: tomlkit.TOMLDocument, values: MutableMapping[str, object]) -> None:
    """Bring ``document`` to ``values``, touching only what differs; a default that is written out stays."""
    for key in [key for key in document if key not in values and document[key] != _DEFAULTS[key]]:
        document.remove(key)
    for key, value in values.items():
        if key not in document:
            item = tomlkit.item(value)
            item.comment(DESCRIPTIONS[key])
            document.add(key, item)
        elif not _is_same(key, document[key], value):
            document[key] = value


def _is_same(key: str, written: object, value: object) -> bool:
    """Whether the file says the same already, in whatever of the ways that there are for it."""
    if key == "path_map":
        return checked_path_map(written, key=key) == checked_path_map(value, key=key)
    return written == value

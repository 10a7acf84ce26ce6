"""The profile files: one TOML file per profile, and the name of the default one in ``config.toml``.

Nothing is written to a file that cannot be read. Edits keep the user's comments and order, and a file is replaced as a
whole or not at all.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import fields
from enum import Enum
from pathlib import Path

import tomlkit
from tomlkit.exceptions import ParseError, TOMLKitError
from tomlkit.items import InlineTable

from tui.core.errors import ConfigError, ProfileError
from tui.core.path_map import PathMap, checked_path_map
from tui.core.ports import ProfileListing
from tui.core.profile import DESCRIPTIONS, KEYS, Profile, checked_name, profile_from
from tui.io.paths import atomic_write, config_file, private_folder, profiles_dir, read_text

_DEFAULTS = {f.name: f.default for f in fields(Profile)}


class ProfileFiles:
    """Implements ``core.ports.Profiles`` over the configuration folder ``directory``."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._folder = profiles_dir(directory)

    def listing(self) -> ProfileListing:
        """All profiles by name, and what is wrong with those that cannot be used."""
        good: list[Profile] = []
        broken: dict[str, str] = {}
        for name in self._names():
            try:
                good.append(self.load(name))
            except ProfileError as error:
                broken[name] = f"{error.message} ({error.hint})" if error.hint else error.message
        return ProfileListing(tuple(good), broken, self._default())

    def load(self, name: str) -> Profile:
        """The profile ``name``. Raises ProfileError naming file, line and column, or the key at fault."""
        path = self._path(name)
        document = _document(path)
        if document is None:
            known = ", ".join(self._names())
            raise ProfileError(
                f"there is no profile '{name}'",
                f"profiles: {known}" if known else "add one with 'boxscope profiles add'",
            )
        return profile_from(name, document.unwrap(), where=str(path))

    def save(self, profile: Profile, *, replace: bool) -> str:
        """Write ``profile``, all of its values checked as if read, and return the path. Raises ProfileError."""
        path = self._path(profile.name)
        values = _values(profile)
        checked = profile_from(profile.name, values)
        document = _document(path)
        if document is None:
            document = _new_document()
        elif not replace:
            raise ProfileError(f"there is a profile '{profile.name}' already", "say that it is to be replaced")
        else:
            profile_from(profile.name, document.unwrap(), where=str(path))
        _update(document, _values(checked))
        private_folder(self._directory)
        self._write(path, tomlkit.dumps(document))
        return str(path)

    def remove(self, name: str) -> None:
        """Delete the file of ``name``, also a broken one, and no longer name it as the default."""
        path = self._path(name)
        was_default = self._default() == name
        try:
            path.unlink()
        except FileNotFoundError:
            raise ProfileError(f"there is no profile '{name}'") from None
        except OSError as error:
            raise ProfileError(f"cannot delete {path}: {error.strerror}") from None
        if was_default:
            self._set_default(None)

    def use(self, name: str) -> None:
        """Make ``name`` the default. Raises ProfileError where it cannot be used."""
        self.load(name)
        self._set_default(name)

    def _names(self) -> list[str]:
        try:
            found = [path.stem for path in self._folder.glob("*.toml") if not path.name.startswith(".")]
        except OSError as error:
            raise ProfileError(f"cannot read the folder {self._folder}: {error.strerror}") from None
        return sorted(found)

    def _path(self, name: str) -> Path:
        return self._folder / f"{checked_name(name)}.toml"

    def _default(self) -> str:
        document = _document(config_file(self._directory))
        value = document.get("default_profile", "") if document is not None else ""
        return str(value) if isinstance(value, str) else ""

    def _set_default(self, name: str | None) -> None:
        path = config_file(self._directory)
        document = _document(path)
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
        self._write(path, line + tomlkit.dumps(document))

    def _write(self, path: Path, content: str) -> None:
        try:
            atomic_write(path, content.encode())
        except ConfigError as error:
            raise ProfileError(error.message, error.hint) from None


def _document(path: Path) -> tomlkit.TOMLDocument | None:
    """The TOML in ``path``; None where there is no such file. Raises ProfileError naming file, line and column."""
    try:
        content = read_text(path)
    except ConfigError as error:
        raise ProfileError(error.message, error.hint) from None
    if content is None:
        return None
    try:
        return tomlkit.parse(content)
    except ParseError as error:
        reason = str(error).partition(" at line ")[0].strip().rstrip(".")
        raise ProfileError(
            f"{path}, line {error.line}, column {error.col}: {reason}", "correct the file; it was left as it is"
        ) from None
    except TOMLKitError as error:
        raise ProfileError(f"{path}: {error}", "correct the file; it was left as it is") from None


def _values(profile: Profile) -> dict[str, object]:
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


def _new_document() -> tomlkit.TOMLDocument:
    """An empty profile that explains itself."""
    document = tomlkit.document()
    document.add(tomlkit.comment("A boxscope profile. It holds no secrets, only where one comes from."))
    return document


def _update(document: tomlkit.TOMLDocument, values: MutableMapping[str, object]) -> None:
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

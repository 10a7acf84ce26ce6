"""The profile files: one TOML file per profile, and the name of the default one in ``config.toml``.

Nothing is written to a file that cannot be read. Edits keep the user's comments and order, and a file is replaced as a
whole or not at all.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tui.core.errors import ConfigError, ProfileError
from tui.core.ports import ProfileListing
from tui.core.profile import Profile, checked_name, profile_from
from tui.io.paths import atomic_write, config_file, private_folder, profiles_dir, read_text

if TYPE_CHECKING:
    from tomlkit import TOMLDocument


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
        from tui.io.profile_documents import new_document, text_of, update, values_of

        path = self._path(profile.name)
        values = values_of(profile)
        checked = profile_from(profile.name, values)
        document = _document(path)
        if document is None:
            document = new_document()
        elif not replace:
            raise ProfileError(f"there is a profile '{profile.name}' already", "say that it is to be replaced")
        else:
            profile_from(profile.name, document.unwrap(), where=str(path))
        update(document, values_of(checked))
        private_folder(self._directory)
        self._write(path, text_of(document))
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
        from tui.io.profile_documents import with_default

        path = config_file(self._directory)
        self._write(path, with_default(_document(path), name))

    def _write(self, path: Path, content: str) -> None:
        try:
            atomic_write(path, content.encode())
        except ConfigError as error:
            raise ProfileError(error.message, error.hint) from None


def _document(path: Path) -> TOMLDocument | None:
    """The TOML in ``path``; None where there is no such file. Raises ProfileError naming file, line and column."""
    try:
        content = read_text(path)
    except ConfigError as error:
        raise ProfileError(error.message, error.hint) from None
    if content is None:
        return None
    from tui.io.profile_documents import parsed

    return parsed(content, path)

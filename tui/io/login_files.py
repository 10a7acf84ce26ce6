"""The files of the ``tl`` command, read only: its login, its configuration, and the project file.

=====================================================  ============================================================
``~/.config/tensorlake/credentials.toml``              one table per API URL: ``token``, ``organization``, ``project``
``~/.config/tensorlake/.tensorlake_config``            ``tensorlake.api_url``, ``.apikey``; ``indexify.namespace``
``.tensorlake/config.toml``, here or in a parent       the same, and top-level ``organization`` and ``project``
=====================================================  ============================================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from tui.core.errors import ConfigError
from tui.io.hosts import DEFAULT_API_URL, canonical
from tui.io.paths import read_text


@dataclass(frozen=True, slots=True)
class Login:
    """A personal access token of the credentials file."""

    token: str = field(repr=False)
    organization: str
    project: str
    source_text: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What one configuration file of the ``tl`` command says; empty texts for what it does not say."""

    source_text: str = ""
    api_url: str = ""
    namespace: str = ""
    organization: str = ""
    project: str = ""
    api_key: str = field(default="", repr=False)


class LoginFiles:
    """Reads each file once, when it is first needed. Every access may raise ConfigError naming file and line."""

    default_api_url = DEFAULT_API_URL

    def __init__(self, home: Path, cwd: Path) -> None:
        folder = home / ".config" / "tensorlake"
        self._credentials_path = folder / "credentials.toml"
        self._configured_path = folder / ".tensorlake_config"
        # The folder of the global files may itself be found as a project's; it is none.
        places = (parent / ".tensorlake" / "config.toml" for parent in (cwd, *cwd.parents))
        self._project_path = next((path for path in places if path.is_file()), None)

    @cached_property
    def configured(self) -> Settings:
        """The global configuration."""
        return _settings(self._configured_path, "the configuration of the tl command")

    @cached_property
    def project(self) -> Settings:
        """The project file of the working directory."""
        path = self._project_path
        return _settings(path, f"the project file {path}") if path else Settings()

    @cached_property
    def _logins(self) -> Mapping[str, object]:
        return _table(self._credentials_path) or {}

    def login_for(self, api_url: str) -> Login | None:
        """The login filed under ``api_url``; a token outside any table belongs to the public service."""
        wanted = canonical(api_url)
        for key, table in self._logins.items():
            if isinstance(table, dict) and (key == api_url or _canonical(key) == wanted):
                found = self._login(table, key)
                if found is not None:
                    return found
        if wanted == canonical(DEFAULT_API_URL):
            return self._login(self._logins, DEFAULT_API_URL)
        return None

    def other_logins(self, api_url: str) -> list[str]:
        """The API URLs that there is a login for, except ``api_url``."""
        wanted = canonical(api_url)
        urls = {_canonical(key) for key, table in self._logins.items() if isinstance(table, dict)}
        return sorted(urls - {wanted, ""})

    def report(self) -> dict[str, str]:
        """What each file holds, in a word or two."""
        return {
            "tl login (credentials file)": self._said(lambda: bool(self._logins)),
            "tl configuration": self._said(lambda: bool(self.configured.api_key)),
            "project file (.tensorlake/config.toml)": self._said(lambda: bool(self.project.api_key)),
        }

    def _said(self, is_there: Callable[[], bool]) -> str:
        try:
            return "found" if is_there() else "not found"
        except ConfigError as error:
            return error.message

    def _login(self, table: Mapping[str, object], key: str) -> Login | None:
        token = _text(table, "token")
        if not token:
            return None
        source = f"the login of the tl command for {key}"
        return Login(token, _text(table, "organization"), _text(table, "project"), source)


def _canonical(key: str) -> str:
    try:
        return canonical(key)
    except ValueError:
        return ""


def _settings(path: Path, source_text: str) -> Settings:
    table = _table(path)
    if table is None:
        return Settings()
    tensorlake, indexify = (t if isinstance(t := table.get(k), dict) else {} for k in ("tensorlake", "indexify"))
    return Settings(
        source_text=source_text,
        api_url=_text(tensorlake, "api_url"),
        namespace=_text(indexify, "namespace"),
        organization=_text(table, "organization"),
        project=_text(table, "project"),
        api_key=_text(tensorlake, "apikey"),
    )


def _text(table: Mapping[str, object], key: str) -> str:
    value = table.get(key)
    return value.strip() if isinstance(value, str) else ""


def _table(path: Path) -> Mapping[str, object] | None:
    """The TOML in ``path``; None where there is no such file. Raises ConfigError naming the file and the line."""
    content = read_text(path)
    if content is None:
        return None
    # Imported where it is needed: most users have no such file.
    import tomllib

    try:
        return tomllib.loads(content)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        # Not chained: the text of the file, which holds a secret, hangs on the error of some versions of Python.
        raise ConfigError(f"{path}: not valid TOML ({error})", "correct the file, or run 'tl login' again") from None

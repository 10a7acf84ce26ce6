"""A profile: a saved way to connect and watch. It never holds a secret, only where one comes from.

This module knows the fields, their types and their limits; ``io.profiles`` reads and writes the files.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from urllib.parse import urlsplit

from tui.core.errors import ProfileError
from tui.core.mutes import is_fingerprint
from tui.core.path_map import PathMap, checked_path_map

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Transport(Enum):
    """How output reaches us: follow first and poll where it fails, or one of them only."""

    AUTO = "auto"
    FOLLOW = "follow"
    POLL = "poll"


class KeySource(Enum):
    """Where the credential comes from."""

    AUTO = "auto"
    """Environment, then the login of the ``tl`` command, then its project file."""
    ENV = "env"
    """The environment variable named by ``api_key_env``."""
    LOGIN = "login"
    """The login of the ``tl`` command only."""
    NONE = "none"
    """No credential is sent."""


class Watch(Enum):
    """Whose output is read."""

    LISTED = "listed"
    """Of the processes that matter most, up to a bound, so that their errors show in the list."""
    ON_SELECT = "on-select"
    """Of the selected process only."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile. Each field is a key of ``profiles/NAME.toml``."""

    name: str = ""
    """Taken from the file's name; not a key of the file."""
    sandbox: str = ""
    """Id or name of the sandbox to watch; empty: choose from the list."""
    sandbox_url: str = ""
    """Origin of the per-sandbox API, when it is not to be asked from the control plane."""
    api_url: str = ""
    """Origin of the control plane; empty: as the ``tl`` command has it."""
    namespace: str = ""
    """Namespace on local and self-hosted servers; empty: ``default``."""
    organization: str = ""
    project: str = ""
    key_source: KeySource = KeySource.AUTO
    api_key_env: str = ""
    """Name of the environment variable that holds the key."""
    refresh_interval: float = 2.0
    """Seconds between two requests for the process list."""
    transport: Transport = Transport.AUTO
    watch: Watch = Watch.LISTED
    filter: str = ""
    """Filter that the process list starts with."""
    read_only: bool = False
    """No action that changes anything is offered."""
    success_exit_codes: tuple[int, ...] = (0,)
    own_paths: tuple[str, ...] = ()
    """Roots of the user's own code inside the sandbox."""
    path_map: PathMap = ()
    """Folders of the sandbox and the folders of this machine that hold the same files."""
    ignore: tuple[str, ...] = ()
    """Fingerprints of errors that are counted and step back: ``E-3f9a``, or ``v1:`` and more digits."""


DESCRIPTIONS: Mapping[str, str] = {
    "sandbox": "id or name of the sandbox to watch",
    "sandbox_url": "the sandbox's own address, e.g. https://box.sandbox.tensorlake.ai",
    "api_url": "origin of the control plane, e.g. https://api.tensorlake.ai",
    "namespace": "namespace on a local or self-hosted server",
    "organization": "organisation id, with a personal access token",
    "project": "project id, with a personal access token",
    "key_source": "auto, env, login or none",
    "api_key_env": "name of the environment variable that holds the key",
    "refresh_interval": "seconds between two requests for the process list",
    "transport": "auto, follow or poll",
    "watch": "whose output is read: listed or on-select",
    "filter": "filter that the process list starts with",
    "read_only": "offer no action that changes anything",
    "success_exit_codes": "exit codes that are no failure",
    "own_paths": "roots of your own code inside the sandbox",
    "path_map": "folders of the sandbox = the same folders on this machine",
    "ignore": "fingerprints of errors that step back, e.g. E-3f9a",
}
"""One line per key, for the form, the help and the comments of a new file."""

KEYS = tuple(f.name for f in fields(Profile) if f.name != "name")
_SECRET = re.compile(r"tl_api_?key_|^sk-|^Bearer\s|^eyJ[A-Za-z0-9_-]{10,}\.", re.IGNORECASE)


def nearest_key(key: str) -> str:
    """The known key that ``key`` is most likely meant to be, or the empty string."""
    found = difflib.get_close_matches(key, KEYS, n=1, cutoff=0.5)
    return found[0] if found else ""


def checked_name(name: str) -> str:
    """``name`` if it may name a profile. Raises ProfileError."""
    if not NAME.fullmatch(name):
        raise ProfileError(
            f"'{name}' cannot name a profile",
            "use letters, digits, dots, dashes and underscores, beginning with a letter or digit, 64 at most",
        )
    return name


def profile_from(name: str, table: Mapping[str, object], *, where: str = "") -> Profile:
    """The profile in ``table``; ``where`` names the file in errors. Raises ProfileError naming the key at fault."""
    place = f"{where}: " if where else ""
    values: dict[str, object] = {}
    for key, value in table.items():
        if key not in KEYS:
            guess = nearest_key(key)
            if key in ("api_key", "token", "pat", "key", "secret"):
                hint = "profiles hold no secrets: put the key into an environment variable and name it in api_key_env"
            else:
                hint = f"did you mean '{guess}'?" if guess else f"known keys: {', '.join(KEYS)}"
            raise ProfileError(f"{place}unknown key '{key}'", hint)
        values[key] = _checked(key, value, place)
    return Profile(name=name, **values)  # type: ignore[arg-type]


def _checked(key: str, value: object, place: str) -> object:
    """``value`` as the type that the field ``key`` has."""
    default = next(f.default for f in fields(Profile) if f.name == key)
    if isinstance(default, Enum):
        return _choice(key, value, type(default), place)
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise ProfileError(f"{place}'{key}' must be true or false, not {value!r}")
        return value
    if isinstance(default, float):
        return _interval(key, value, place)
    if key == "path_map":
        return checked_path_map(value, key=f"{place}'{key}'")
    if isinstance(default, tuple):
        return _list(key, value, place)
    if not isinstance(value, str):
        raise ProfileError(f"{place}'{key}' must be text in quotes, not {value!r}")
    return _text(key, value.strip(), place)


def _choice(key: str, value: object, choices: type[Enum], place: str) -> Enum:
    for member in choices:
        if member.value == value:
            return member
    allowed = ", ".join(str(m.value) for m in choices)
    raise ProfileError(f"{place}'{key}' is {value!r}", f"it must be one of: {allowed}")


def _interval(key: str, value: object, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.2 <= value <= 3600:
        raise ProfileError(f"{place}'{key}' is {value!r}", "it must be a number of seconds from 0.2 to 3600")
    return float(value)


def _list(key: str, value: object, place: str) -> tuple[object, ...]:
    kind = int if key == "success_exit_codes" else str
    if not isinstance(value, list | tuple) or any(not isinstance(v, kind) or isinstance(v, bool) for v in value):
        what = "whole numbers" if kind is int else "texts"
        raise ProfileError(f"{place}'{key}' must be a list of {what}, not {value!r}")
    if key == "ignore" and (wrong := next((text for text in value if not is_fingerprint(text)), None)) is not None:
        raise ProfileError(f"{place}'{key}': {wrong!r} is no fingerprint", "write it as E-3f9a or v1:3f9a")
    return tuple(value)


def _text(key: str, value: str, place: str) -> str:
    if _SECRET.search(value):
        raise ProfileError(
            f"{place}'{key}' looks like a secret; it was not taken",
            "profiles hold no secrets: put the key into an environment variable and name it in api_key_env",
        )
    if key.endswith("_url") and value:
        return checked_url(value, key=f"{place}'{key}'")
    if key == "api_key_env" and value and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
        raise ProfileError(f"{place}'{key}' is not the name of an environment variable: {value!r}")
    return value


def checked_url(value: str, *, key: str = "the URL") -> str:
    """``value`` without a trailing slash, if it is an http or https origin. Raises ProfileError.

    Plain http is accepted for this machine only, because the key travels in a header.
    """
    parts = urlsplit(value)
    try:
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ProfileError(f"{key} is not a URL: {value!r}") from error
    if parts.scheme not in ("http", "https") or not host:
        raise ProfileError(f"{key} is not a URL: {value!r}", "it must begin with https:// (or http:// on this machine)")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ProfileError(f"{key} may hold no user, password, query or fragment", "give the origin only")
    if parts.scheme == "http" and not is_loopback(host):
        raise ProfileError(f"{key} would send the key unencrypted to {host}", "use https://")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}{parts.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """True for the names and addresses of this machine itself."""
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.\d{1,3}){3}", host) is not None

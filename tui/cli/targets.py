"""From the words of a command line to a profile and a connector."""

from __future__ import annotations

import os
import stat
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tui.cli.exits import no_such_profile
from tui.core.errors import ConfigError, UsageError
from tui.core.profile import KeySource, Profile, checked_url

if TYPE_CHECKING:
    from tui.io.connector import HttpConnector
    from tui.io.profiles import ProfileFiles

TOKEN_LIMIT = 16_384
"""Bytes of a token file that are read; more is no token."""


def profile_files(environ: Mapping[str, str]) -> ProfileFiles:
    """The profile files of this user."""
    from tui.io.paths import config_dir
    from tui.io.profiles import ProfileFiles

    return ProfileFiles(config_dir(environ))


def connector(arguments: Namespace, environ: Mapping[str, str]) -> HttpConnector:
    """What makes connections; it hands over the token of ``--token-file``, if given. Raises ConfigError."""
    from tui.io.connector import HttpConnector

    token = read_token(Path(arguments.token_file)) if arguments.token_file else None
    return HttpConnector(environ, Path.home(), Path.cwd(), token)


def read_token(path: Path) -> str:
    """The token in ``path``. Raises ConfigError, also where others than the user may read the file."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(TOKEN_LIMIT)
    except OSError as error:
        raise ConfigError(f"cannot read the token file {path}: {error.strerror}") from error
    if stat.S_ISREG(mode) and os.name == "posix" and mode & 0o077:
        raise ConfigError(f"the token file {path} can be read by others", f"protect it: chmod 600 {path}")
    try:
        token = content.decode("ascii").strip()
    except UnicodeDecodeError:
        token = ""
    if not token or not token.isprintable() or " " in token:
        raise ConfigError(f"the token file {path} holds no token", "it must hold the token and nothing else")
    return token


def base_profile(arguments: Namespace, environ: Mapping[str, str]) -> Profile | None:
    """The profile that the options name, else the default one; None where there is none.

    ``--url`` makes one that has no file. Raises UsageError, ProfileError, and Refusal for an unknown name.
    """
    if arguments.url is not None:
        if arguments.profile is not None:
            raise UsageError("--url and --profile exclude each other", "a profile names its own URL")
        return Profile(sandbox_url=checked_url(arguments.url, key="--url"), sandbox=arguments.sandbox or "")
    files = profile_files(environ)
    listing = files.listing()
    name = arguments.profile or environ.get("BOXSCOPE_PROFILE") or listing.default
    if not name:
        return None
    if name not in listing.broken and all(profile.name != name for profile in listing.profiles):
        raise no_such_profile(name)
    return files.load(name)


def with_options(profile: Profile, arguments: Namespace) -> Profile:
    """``profile`` with what the options change in it."""
    if arguments.sandbox is not None and arguments.url is None:
        profile = on_sandbox(profile, arguments.sandbox)
    if arguments.api_key_env is not None:
        profile = replace(profile, api_key_env=arguments.api_key_env, key_source=KeySource.ENV)
    return profile


def on_sandbox(profile: Profile, id_or_name: str) -> Profile:
    """``profile`` watching another sandbox, whose URL the control plane tells."""
    return profile if profile.sandbox == id_or_name else replace(profile, sandbox=id_or_name, sandbox_url="")


def target_profile(
    target: str, arguments: Namespace, environ: Mapping[str, str], *, needs_sandbox: bool = True
) -> Profile:
    """The profile to watch ``target`` with: a profile's name, or a sandbox reached through the chosen profile.

    An empty ``target`` is the sandbox of the chosen profile. Raises what :func:`base_profile` raises, and UsageError
    where ``needs_sandbox`` and the profile names none.
    """
    if target and arguments.url is not None:
        raise UsageError(f"--url already says what to watch; '{target}' is too much")
    if target and arguments.sandbox is not None:
        raise UsageError(f"--sandbox already says what to watch; '{target}' is too much")
    if target and arguments.profile is None:
        listing = profile_files(environ).listing()
        if target in listing.broken or any(profile.name == target for profile in listing.profiles):
            return _named(with_options(profile_files(environ).load(target), arguments), needs_sandbox=needs_sandbox)
    profile = with_options(base_profile(arguments, environ) or Profile(), arguments)
    return _named(on_sandbox(profile, target) if target else profile, needs_sandbox=needs_sandbox)


def _named(profile: Profile, *, needs_sandbox: bool) -> Profile:
    if needs_sandbox and not profile.sandbox and not profile.sandbox_url:
        raise UsageError(
            "which sandbox? none was named",
            "give its id or name, a profile that names one, or --url URL",
        )
    return profile

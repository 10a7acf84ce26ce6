"""``boxscope profiles``: list, show, add, remove and choose the saved ways to connect and watch."""

from __future__ import annotations

import os
import re
import tomllib
from argparse import Namespace
from collections.abc import Mapping
from enum import Enum
from pathlib import Path

from tui.cli import exits
from tui.cli.exits import no_such_profile
from tui.cli.printing import narrate, print_json, table
from tui.cli.targets import profile_files
from tui.core.profile import KEYS, Profile, checked_name, profile_from


def profiles(arguments: Namespace) -> int:
    """Carry out one action. Raises ProfileError, and Refusal for an unknown name."""
    actions = {"ls": _list, "show": _show, "add": _add, "rm": _remove, "use": _use}
    return actions[arguments.action](arguments)


def _list(arguments: Namespace) -> int:
    """Print all profiles, the broken ones with what is wrong with them."""
    listing = profile_files(os.environ).listing()
    if arguments.json:
        print_json(
            {
                "default": listing.default or None,
                "profiles": [
                    {"name": p.name, "is_default": p.name == listing.default, **_plain(p)} for p in listing.profiles
                ],
                "broken": [{"name": name, "message": message} for name, message in sorted(listing.broken.items())],
            }
        )
        return exits.DONE
    rows = [
        ("*" if p.name == listing.default else "", p.name, _watched(p), p.key_source.value) for p in listing.profiles
    ]
    if rows:
        print("\n".join(table(("", "NAME", "WATCHES", "KEY"), rows)))
    for name, message in sorted(listing.broken.items()):
        narrate(f"profile '{name}' cannot be used: {message}")
    if not rows and not listing.broken:
        narrate("no profiles yet; save one with: boxscope profiles add NAME --sandbox ID_OR_NAME")
    return exits.DONE


def _show(arguments: Namespace) -> int:
    """Print one profile with all its values and where each comes from."""
    _require(arguments.name)
    profile = profile_files(os.environ).load(arguments.name)
    path = _path(arguments.name)
    lines = _lines_of_keys(path)
    values = _plain(profile)
    if arguments.json:
        origins = {
            key: {"source": "file", "line": lines[key]} if key in lines else {"source": "default"} for key in values
        }
        print_json({"name": profile.name, "file": str(path), "values": values, "origins": origins})
        return exits.DONE
    print(f"# {path}")
    settings = [f"{key} = {_toml(value)}" for key, value in values.items()]
    width = max(len(setting) for setting in settings)
    for key, setting in zip(values, settings, strict=True):
        print(f"{setting:<{width}}  # {f'line {lines[key]}' if key in lines else 'default'}")
    return exits.DONE


def _add(arguments: Namespace) -> int:
    """Save a profile made from the options."""
    checked_name(arguments.name)
    given = {key: getattr(arguments, f"key_{key}") for key in KEYS}
    profile = profile_from(arguments.name, {key: value for key, value in given.items() if value is not None})
    path = profile_files(os.environ).save(profile, replace=arguments.replace)
    narrate(f"saved {path}")
    return exits.DONE


def _remove(arguments: Namespace) -> int:
    _require(arguments.name)
    profile_files(os.environ).remove(arguments.name)
    narrate(f"removed profile '{arguments.name}'")
    return exits.DONE


def _use(arguments: Namespace) -> int:
    _require(arguments.name)
    profile_files(os.environ).use(arguments.name)
    narrate(f"'{arguments.name}' is now the default profile")
    return exits.DONE


def _require(name: str) -> None:
    """Raise Refusal where no file, not even a broken one, has this name."""
    listing = profile_files(os.environ).listing()
    if name not in listing.broken and all(profile.name != name for profile in listing.profiles):
        raise no_such_profile(name)


def _path(name: str) -> Path:
    from tui.io.paths import config_dir, profiles_dir

    return profiles_dir(config_dir(os.environ)) / f"{name}.toml"


def _lines_of_keys(path: Path) -> Mapping[str, int]:
    """The line, from 1, on which the file sets each of its keys."""
    text = path.read_text(encoding="utf-8")
    found: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r"""\s*["']?([A-Za-z_]+)["']?\s*=""", line)
        if match:
            found.setdefault(match[1], number)
    return {key: found.get(key, 1) for key in tomllib.loads(text)}


def _plain(profile: Profile) -> dict[str, object]:
    """The profile's values as JSON and TOML know them, by key."""
    values: dict[str, object] = {}
    for key in KEYS:
        value = getattr(profile, key)
        if isinstance(value, Enum):
            value = value.value
        if key == "path_map":
            value = dict(value)
        values[key] = list(value) if isinstance(value, tuple) else value
    return values


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(_toml(item) for item in value)}]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_toml(key)} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'
    return str(value)


def _watched(profile: Profile) -> str:
    """What a profile watches, for the list."""
    return profile.sandbox_url or profile.sandbox or "(chosen from the list)"

"""Where the user keeps on this machine what lies elsewhere in a sandbox: the ``path_map`` of a profile.

A path of the sandbox is remote text. It is made plain before it is looked up, so that ``..`` leads nowhere, and what
is left of it below a root is appended to the user's own root and to nothing else.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence

from tui.core.errors import ProfileError

PathMap = tuple[tuple[str, str], ...]
"""Pairs of a folder of the sandbox and the folder of this machine that stands for it."""

_LOCAL = re.compile(r"/|~(?:/|$)|[A-Za-z]:[\\/]")
_EXAMPLE = 'write it as { "/workspace" = "~/src/agent" }'


def checked_path_map(value: object, *, key: str) -> PathMap:
    """The pairs in a table, a list of pairs, or a list of ``REMOTE=LOCAL``. Raises ProfileError naming ``key``."""
    pairs: dict[str, str] = {}
    for remote, local in _pairs(value, key):
        if not remote.startswith("/"):
            raise ProfileError(f"{key}: {remote!r} is no absolute path of the sandbox", _EXAMPLE)
        if not _LOCAL.match(local):
            raise ProfileError(f"{key}: {local!r} is no absolute path of this machine", f"{_EXAMPLE}; ~ is your home")
        for path in (remote, local):
            if ".." in re.split(r"[\\/]", path) or not path.isprintable():
                raise ProfileError(f"{key}: {path!r} holds '..' or what cannot be printed", "write the path out")
        root = posixpath.normpath("/" + remote.lstrip("/"))
        if root in pairs:
            raise ProfileError(f"{key}: {root!r} is there twice", "leave one of them out")
        pairs[root] = local
    return tuple(pairs.items())


def local_path(remote: str, path_map: PathMap) -> str | None:
    """The path of this machine for an absolute path of the sandbox, by the innermost root that holds it; None: none."""
    if not remote.startswith("/") or "\\" in remote or not remote.isprintable():
        return None
    path = posixpath.normpath("/" + remote.lstrip("/"))
    for root, local in sorted(path_map, key=lambda pair: -len(pair[0])):
        below = "/" if root == "/" else root + "/"
        if path.startswith(below) and path != below:
            return f"{local.rstrip('/')}/{path[len(below) :]}"
    return None


def _pairs(value: object, key: str) -> Sequence[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if isinstance(value, Mapping):
        entries: Sequence[object] = list(value.items())
    elif isinstance(value, list | tuple):
        entries = value
    else:
        raise ProfileError(f"{key} must be a table of paths, not {value!r}", _EXAMPLE)
    for entry in entries:
        parts = entry.split("=", 1) if isinstance(entry, str) else entry
        if not isinstance(parts, list | tuple) or len(parts) != 2 or not all(isinstance(part, str) for part in parts):
            raise ProfileError(f"{key}: {entry!r} is no pair of paths", _EXAMPLE)
        found.append((parts[0].strip(), parts[1].strip()))
    return found

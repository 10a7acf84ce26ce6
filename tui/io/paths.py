"""Where our files lie, and how they are written: private folders, whole files or none."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from tui.core.errors import ConfigError

APP = "boxscope"


def config_dir(environ: Mapping[str, str]) -> Path:
    """Settings and profiles; ``BOXSCOPE_CONFIG_DIR`` overrides."""
    given = environ.get("BOXSCOPE_CONFIG_DIR")
    return Path(given) if given else platformdirs.user_config_path(APP, appauthor=False)


def state_dir(environ: Mapping[str, str]) -> Path:
    """Journals, known fingerprints, logs; ``BOXSCOPE_STATE_DIR`` overrides."""
    given = environ.get("BOXSCOPE_STATE_DIR")
    return Path(given) if given else platformdirs.user_state_path(APP, appauthor=False)


def cache_dir(environ: Mapping[str, str]) -> Path:
    """What may be deleted at any time; inside the state folder where ``BOXSCOPE_STATE_DIR`` is set."""
    given = environ.get("BOXSCOPE_STATE_DIR")
    return Path(given) / "cache" if given else platformdirs.user_cache_path(APP, appauthor=False)


def profiles_dir(config: Path) -> Path:
    """One file per profile."""
    return config / "profiles"


def config_file(config: Path) -> Path:
    """Settings that belong to no profile, such as which one is the default."""
    return config / "config.toml"


def private_folder(path: Path) -> Path:
    """``path``, created with its parents where missing, each for this user only (0700). Raises ConfigError."""
    try:
        for folder in reversed([path, *path.parents]):
            if not folder.is_dir():
                folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot create the folder {path}: {error.strerror}") from error
    return path


def atomic_write(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Replace ``path`` by ``content`` in one step, so that a reader finds the old file or the new one, never a part.

    The file is created beside ``path`` and moved over it. A symbolic link is not written through: what it points to
    may lie in a folder that others can write to. Raises ConfigError; the old file is then untouched.
    """
    if path.is_symlink():
        raise ConfigError(f"{path} is a symbolic link", f"edit the file it points to: {path.readlink()}")
    private_folder(path.parent)
    temporary: str | None = None
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
        temporary = None
        _sync_folder(path.parent)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make the renaming itself survive a power cut, where folders can be opened."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_text(path: Path) -> str | None:
    """The text of ``path``; None where there is no such file. Raises ConfigError naming the file."""
    try:
        return path.read_bytes().decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error

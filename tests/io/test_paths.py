from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tui.core.errors import ConfigError
from tui.io import paths


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folders_of_the_user_and_their_overrides(clean_environment: Path) -> None:
    for folder in (paths.config_dir({}), paths.state_dir({}), paths.cache_dir({})):
        assert clean_environment in folder.parents
        assert "boxscope" in folder.parts
    environ = {"BOXSCOPE_CONFIG_DIR": "/c", "BOXSCOPE_STATE_DIR": "/s"}
    assert paths.config_dir(environ) == Path("/c")
    assert paths.state_dir(environ) == Path("/s")
    assert Path("/s") in paths.cache_dir(environ).parents


def test_files_and_folders_are_for_the_user_only(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        target = tmp_path / "a" / "b" / "file"
        paths.atomic_write(target, b"content")
    finally:
        os.umask(old)
    assert target.read_bytes() == b"content"
    assert mode(target) == 0o600
    assert mode(target.parent) == mode(target.parent.parent) == 0o700


def test_a_wider_mode_of_an_old_file_is_narrowed(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")
    target.chmod(0o666)
    paths.atomic_write(target, b"new")
    assert (target.read_bytes(), mode(target)) == (b"new", 0o600)


def test_a_failure_keeps_the_old_file_and_leaves_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="No space left"):
        paths.atomic_write(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_reader_that_has_the_file_open_keeps_the_old_one_whole(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")
    with target.open("rb") as reader:
        paths.atomic_write(target, b"new and longer")
        assert reader.read() == b"old"
    assert target.read_bytes() == b"new and longer"


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_bytes(b"untouched")
    link.symlink_to(real)
    with pytest.raises(ConfigError, match="symbolic link"):
        paths.atomic_write(link, b"new")
    assert real.read_bytes() == b"untouched"
    assert link.is_symlink()


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigError, match="cannot create the folder"):
        paths.private_folder(tmp_path / "file" / "below")
    assert paths.read_text(tmp_path / "file" / "below") is None
    with pytest.raises(ConfigError, match="cannot read"):
        paths.read_text(tmp_path)

"""The spool file: private, nameless, reusing its space."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.buffer import LineBuffer
from tui.core.errors import ConfigError
from tui.core.models import RawLine
from tui.core.rows import RowKind
from tui.io.spool import SpoolFile


def test_the_file_is_private_and_has_no_name(tmp_path: Path) -> None:
    directory = tmp_path / "cache" / "spool"
    spool = SpoolFile(directory)
    spool.append(b"secret output")
    status = os.fstat(spool._fd)
    assert stat.S_IMODE(status.st_mode) == 0o600
    assert status.st_nlink == 0
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert list(directory.iterdir()) == []
    spool.close()


def test_closing_twice_does_nothing(tmp_path: Path) -> None:
    spool = SpoolFile(tmp_path)
    fd = spool._fd
    spool.close()
    spool.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)


def test_a_directory_that_cannot_be_made_is_our_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError) as caught:
        SpoolFile(tmp_path / "file" / "spool")
    assert caught.value.hint


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(st.one_of(st.binary(max_size=20_000), st.integers(0, 30)), max_size=40))
def test_blocks_read_back_whatever_was_freed_between(
    steps: list[bytes | int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    spool = SpoolFile(tmp_path_factory.mktemp("spool"))
    kept: dict[int, bytes] = {}
    for step in steps:
        if isinstance(step, bytes):
            ref = spool.append(step)
            assert ref is not None
            assert ref not in kept
            kept[ref] = step
        elif step in kept:
            spool.free(step)
            del kept[step]
        assert {ref: spool.read(ref) for ref in kept} == kept
    for ref in list(kept):
        spool.free(ref)
    assert spool.file_size == 0
    assert os.fstat(spool._fd).st_size == 0
    spool.close()


def test_space_of_dropped_blocks_is_used_again(tmp_path: Path) -> None:
    spool = SpoolFile(tmp_path)
    buffer = LineBuffer(spool, max_bytes=200_000, block_bytes=10_000)
    for start in range(0, 40_000, 500):
        buffer.append([RawLine(f"{at}: some words of a log line" * (1 + at % 3)) for at in range(start, start + 500)])
    assert buffer.dropped_lines > 20_000
    assert spool.file_size < 400_000
    buffer.close()


def test_a_full_disk_is_no_exception(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = SpoolFile(tmp_path)
    kept = spool.append(b"before")
    assert kept is not None

    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", refuse)
        assert spool.append(b"too much") is None
    assert spool.read(kept) == b"before"
    after = spool.append(b"room again")
    assert after is not None
    assert spool.read(after) == b"room again"
    spool.close()


def test_a_file_cut_short_is_our_error(tmp_path: Path) -> None:
    spool = SpoolFile(tmp_path)
    ref = spool.append(b"x" * 9000)
    assert ref is not None
    os.ftruncate(spool._fd, 100)
    with pytest.raises(ConfigError):
        spool.read(ref)
    spool.close()


def test_a_buffer_on_a_spool_keeps_lone_surrogates_times_and_markers(tmp_path: Path) -> None:
    buffer = LineBuffer(SpoolFile(tmp_path), block_bytes=50)
    lines = [RawLine(f"{at} \udc80 é \ud800") for at in range(100)]
    buffer.append(lines[:50], list(range(50)))
    buffer.append_marker(RowKind.GAP, "", 7)
    buffer.append(lines[50:], list(range(50, 100)))
    assert buffer.raw_lines(0, 101) == lines
    assert [row.timestamp for row in buffer.rows(0, 50)] == list(range(50))
    assert (buffer.row(50).kind, buffer.row(50).count) == (RowKind.GAP, 7)
    buffer.close()

"""Fingerprints in a profile."""

from __future__ import annotations

import pytest

from tui.core.mutes import is_fingerprint, is_named, without

DIGEST = "3f9a41c07be2d501"


@pytest.mark.parametrize("text", ["E-3f9a", "e-3F9A", "v1:3f9a", f"v1:{DIGEST}", "E-3f9a4"])
def test_these_name_it(text: str) -> None:
    assert is_fingerprint(text)
    assert is_named(DIGEST, text)


@pytest.mark.parametrize("text", ["E-3f9b", "v1:41c0", "v2:3f9a"])
def test_these_name_another(text: str) -> None:
    assert is_fingerprint(text)
    assert not is_named(DIGEST, text)


@pytest.mark.parametrize("text", ["", "3f9a", "E-3f9", "E:3f9a", "v1-3f9a", f"E-{DIGEST}0", "E-xyzw", "E-3f9a\n"])
def test_these_name_none(text: str) -> None:
    assert not is_fingerprint(text)
    assert not is_named(DIGEST, text)


def test_taking_one_away_takes_every_way_to_write_it() -> None:
    assert without(["E-3f9a", "E-0000", f"v1:{DIGEST}", "v2:3f9a"], [DIGEST]) == ("E-0000", "v2:3f9a")

"""Which file of this machine stands for one of the sandbox, and what is refused."""

from __future__ import annotations

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.errors import ProfileError
from tui.core.path_map import checked_path_map, local_path

MAP = checked_path_map({"/workspace": "~/src/agent", "/workspace/lib": "/srv/lib", "/": "/mnt/box"}, key="path_map")


@pytest.mark.parametrize(
    "written", [{"/w": "~/src"}, ["/w=~/src"], [["/w", "~/src"]], (("/w", "~/src"),), {"//w/./": "~/src"}]
)
def test_every_way_to_write_it_is_understood(written: object) -> None:
    assert checked_path_map(written, key="path_map") == (("/w", "~/src"),)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"workspace": "~/src"}, "no absolute path of the sandbox"),
        ({"/w": "src/agent"}, "no absolute path of this machine"),
        ({"/w": "./src"}, "no absolute path of this machine"),
        ({"/w": "~other/src"}, "no absolute path of this machine"),
        ({"/w": "~/src/../../etc"}, "'..'"),
        ({"/w/../x": "~/src"}, "'..'"),
        ({"/w": "/a\x1b[2J"}, "cannot be printed"),
        ({"/w": "~/a", "/w/": "~/b"}, "twice"),
        (["/w"], "no pair"),
        ({"/w": 3}, "no pair"),
        ("/w=~/src", "must be a table"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_reason(written: object, words: str) -> None:
    with pytest.raises(ProfileError, match="path_map") as caught:
        checked_path_map(written, key="path_map")
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("remote", "local"),
    [
        ("/workspace/agent.py", "~/src/agent/agent.py"),
        ("/workspace/lib/a/b.py", "/srv/lib/a/b.py"),
        ("/workspace2/agent.py", "/mnt/box/workspace2/agent.py"),
        ("/workspace/../etc/passwd", "/mnt/box/etc/passwd"),
        ("/workspace/x/../../../../etc/passwd", "/mnt/box/etc/passwd"),
        ("//workspace//agent.py", "~/src/agent/agent.py"),
        ("agent.py", None),
        ("/workspace/..\\..\\x", None),
        ("/workspace/a\x00b", None),
        ("/", None),
    ],
)
def test_the_innermost_root_decides(remote: str, local: str | None) -> None:
    assert local_path(remote, MAP) == local


@given(st.lists(st.sampled_from(["..", ".", "a", "workspace", "", "~", "b c"]), max_size=8).map("/".join))
def test_nothing_leads_out_of_the_local_root(tail: str) -> None:
    found = local_path(f"/workspace/{tail}", checked_path_map({"/workspace": "/home/me/src"}, key="path_map"))
    assert found is None or posixpath.normpath(found).startswith("/home/me/src/")

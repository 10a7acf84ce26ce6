"""Output of compilers, tools, servers and shells that looks like a report and is none, behind any prefix."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tui.core.tracebacks.detector import TracebackDetector

LOOK_ALIKES = {
    name: body.split("\n")
    for name, body in re.findall(
        r"^#### (\S+)\n(.*?)\n?(?=^#### |\Z)",
        (Path(__file__).parent / "data" / "look_alikes.txt").read_text("utf-8"),
        re.DOTALL | re.MULTILINE,
    )
}
PREFIXES = ("", "api-1  | ", "2026-11-24T10:00:00.123Z stderr F ", "[worker-3] ", "\t", "    ", "ERROR ")


def test_many_tools_are_there() -> None:
    assert {"gcc2", "cargo", "terraform", "kubectl", "jstack", "diffout", "ocamlc", "mentions"} <= set(LOOK_ALIKES)
    assert len(LOOK_ALIKES) >= 55


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_nothing_is_reported(name: str) -> None:
    for prefix in PREFIXES:
        detector = TracebackDetector()
        found = detector.feed_many([prefix + line for line in LOOK_ALIKES[name]]) + detector.flush()
        assert [(prefix, block.start, block.end, block.headline) for block in found] == []

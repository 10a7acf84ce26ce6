"""Reports as they arrive: cut off, woven into other streams, interrupted by records, back to back; each block exact."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tui.core.tracebacks.detector import TracebackDetector
from tui.core.tracebacks.record import as_record

CASES: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "data" / "disfigured.jsonl").read_text("utf-8").splitlines()
]


def found(lines: list[str], size: int) -> list[tuple[Any, ...]]:
    detector = TracebackDetector()
    blocks = [block for at in range(0, len(lines), size) for block in detector.feed_many(lines[at : at + size])]
    records = [as_record(block) for block in blocks + detector.flush()]
    return sorted(
        (block["start"], block["end"], block.get("lines"), block["language"], block["type"], len(block["frames"]))
        for block in records
    )


def test_every_kind_of_harm_is_there() -> None:
    kinds = {case["kind"] for case in CASES}
    assert {"inside1", "inside2", "cuthead", "midcut", "weave2", "weave-bare", "twice", "then", "unfinished"} <= kinds
    assert {"python", "javascript", "java", "go", "rust", "ruby", "php", "native"} <= {c["language"] for c in CASES}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_every_block_is_exact_whole_and_line_by_line(case: dict[str, Any]) -> None:
    expected = [
        (block["start"], block["end"], block.get("own"), block["language"], block["type"], block["frames"])
        for block in case["expected"]
    ]
    assert found(case["lines"], len(case["lines"])) == expected
    assert found(case["lines"], 1) == expected

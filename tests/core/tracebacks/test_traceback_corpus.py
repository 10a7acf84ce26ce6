"""Reports printed by real programs, as they are and as logs disfigure them: every block exact."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tui.core.tracebacks.detector import TracebackDetector
from tui.core.tracebacks.record import as_record

CASES: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "data" / "runs.jsonl").read_text("utf-8").splitlines()
]
SHORT = [case for case in CASES if case["expected"]]
# Without a frame, R's report and a single line are not looked for behind a time; see the candidates module.
SINGLE_LINE = {"r", "shell", "ocaml", "perl", "native", "erlang", "elixir"}


def detect(lines: list[str]) -> list[dict[str, Any]]:
    detector = TracebackDetector()
    return sorted(
        (as_record(block) for block in detector.feed_many(lines) + detector.flush()), key=lambda b: b["start"]
    )


def essence(block: dict[str, Any]) -> tuple[Any, ...]:
    frames = tuple((frame["file"], frame["line"], frame["function"]) for frame in block["frames"])
    message = block["message"] if "message" in block else block["message_first_line"]
    return (block["start"], block["end"], block["language"], block["type"], message, block["chained"], frames)


def test_the_corpus_spans_the_runtimes() -> None:
    languages = {block["language"] for case in CASES for block in case["expected"]}
    assert {
        "python",
        "javascript",
        "java",
        "go",
        "rust",
        "csharp",
        "ruby",
        "php",
        "perl",
        "native",
        "lua",
        "r",
    } <= languages
    assert any(case["noise"] for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_every_block_is_exact(case: dict[str, Any]) -> None:
    found = detect(case["lines"])
    assert [essence(block) for block in found] == [essence(block) for block in case["expected"]]
    assert [block["is_group"] for block in found] == [block["is_group"] for block in case["expected"]]


def disfigured(kind: str, number: int, line: str) -> str:
    minute, second = divmod(number, 60)
    if kind == "container":
        return f"station-1  | {line}"
    if kind == "time":
        return f"2026-11-23 22:{minute:02d}:{second:02d},{number * 37 % 1000:03d} ERROR {line}"
    if kind == "worker":
        return f"[worker-3] {line}"
    if kind == "blank eaten":
        return f"api | {line}".rstrip()
    if kind == "carriage return":
        return line + "\r"
    if kind == "coloured":
        return f"\x1b[31m{line}\x1b[0m"
    return line.expandtabs(8)


@pytest.mark.parametrize(
    "kind", ["container", "time", "worker", "blank eaten", "carriage return", "coloured", "tabs expanded"]
)
def test_blocks_are_the_same_however_lines_are_disfigured(kind: str) -> None:
    missed = []
    for case in SHORT:
        single = any(block["language"] in SINGLE_LINE for block in case["expected"])
        startup = case["id"] in ("py-syntaxdirect", "py-taberr", "tool-stackprinter", "go-repanic")
        if kind in ("time", "worker") and (single or startup or not all(b["frames"] for b in case["expected"])):
            continue
        lines = [disfigured(kind, number, line) for number, line in enumerate(case["lines"])]
        if [essence(block) for block in detect(lines)] != [essence(block) for block in case["expected"]]:
            missed.append(case["id"])
    assert missed == []


def test_two_streams_are_kept_apart_by_their_prefixes() -> None:
    missed = []
    for case, other in zip(SHORT, SHORT[7:] + SHORT[:7], strict=True):
        mine = [f"web-1  | {line}" for line in case["lines"]]
        theirs = [f"store-1 | {line}" for line in other["lines"]]
        lines: list[str] = []
        places: list[int] = []
        for number in range(max(len(mine), len(theirs))):
            if number < len(theirs):
                lines.append(theirs[number])
            if number < len(mine):
                places.append(len(lines))
                lines.append(mine[number])
        back = {place: number for number, place in enumerate(places)}
        found = [block for block in detect(lines) if block["start"] in back]
        spans = [(back[block["start"]], back.get(block["end"]), block["type"]) for block in found]
        if spans != [(block["start"], block["end"], block["type"]) for block in case["expected"]]:
            missed.append(case["id"])
        for block in found:
            own = block.get("lines") or range(block["start"], block["end"] + 1)
            assert all(place in back for place in own)
    assert missed == []


def test_reports_back_to_back_stay_apart() -> None:
    found = []
    offset = 0
    lines: list[str] = []
    expected = []
    for case in SHORT:
        if case["id"] in ("cs-trace", "perl-syntax") or case["id"].startswith("pytest"):
            continue
        lines += case["lines"]
        expected += [(block["start"] + offset, block["end"] + offset) for block in case["expected"]]
        offset = len(lines)
        lines.append("2026-11-23 22:17:11,395 [INFO] collect: next program")
        offset = len(lines)
    found = [(block["start"], block["end"]) for block in detect(lines)]
    assert found == expected


def test_a_report_cut_at_its_end_reaches_to_the_cut() -> None:
    missed = []
    for case in SHORT:
        block = case["expected"][0]
        if block["language"] != "python" or len(block["frames"]) < 2 or not case["id"].startswith("py"):
            continue
        lines = case["lines"][block["start"] : block["end"]]
        if "Traceback" not in lines[0] or case["id"].startswith("pytest"):
            continue
        cut = lines[:4]
        if len(cut) < 4 or not cut[3].startswith("    "):
            continue
        found = detect(cut)
        if [(b["start"], b["end"], b["truncated"]) for b in found] != [(0, 3, True)]:
            missed.append(case["id"])
    assert missed == []

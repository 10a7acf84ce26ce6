"""Where the file of a frame may lie, and how far the text found there can be trusted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import process
from tui.core.source import Staleness, candidates, source_view
from tui.core.tracebacks.model import Frame

T0 = 1_800_000_000_000
TEXT = "".join(f"line {number}\n" for number in range(1, 101)).encode()
ENDED = process(7, status="exited", exit_code=1, ended_at=T0)


def view_of(line: int | None = 50, source: str = "", content: bytes = TEXT, modified_at: int | None = T0 - 1):
    return source_view(
        content, Frame("/w/a.py", line, "f", source), path="/w/a.py", modified_at=modified_at, started_at=T0, context=3
    )


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("/w/a.py", ("/w/a.py",)),
        ("file:///w/a.mjs", ("/w/a.mjs",)),
        ("/w/lib/../a.py", ("/w/a.py",)),
        ("//w/a.py", ("/w/a.py",)),
        ("a.py", ("/workspace/a.py", "/srv/a.py", "/proc/7/cwd/a.py")),
        ("./src/a.py", ("/workspace/src/a.py", "/srv/src/a.py", "/proc/7/cwd/src/a.py")),
        ("../a.py", ("/a.py",)),
        ("data.py", ("/workspace/data.py", "/srv/data.py", "/proc/7/cwd/data.py")),
    ],
)
def test_paths_to_look_at(file: str, expected: tuple[str, ...]) -> None:
    assert candidates(Frame(file, 1, "f"), process(7), ("/workspace", "/srv", "package.prefix")) == expected


@pytest.mark.parametrize(
    "file",
    [
        "<string>", "<stdin>", "<frozen importlib._bootstrap>", "<ipython-input-3-ab>", "node:internal/main", "native",
        "[eval]", "webpack:///src/a.js", "https://deno.land/x/a.ts", "C:\\app\\a.py", "", None, "/dev/stdin",
        "/proc/self/mem", "/w/../dev/zero", "internal/process/task_queues.js",
    ],
)  # fmt: skip
def test_frames_without_a_file_are_never_asked_for(file: str | None) -> None:
    assert isinstance(candidates(Frame(file, 1, "f"), process(7), ("/workspace",)), str)


def test_a_relative_path_of_an_ended_process_needs_roots() -> None:
    reason = candidates(Frame("a.py", 1, "f"), ENDED, ())
    assert isinstance(reason, str)
    assert "own_paths" in reason
    assert candidates(Frame("a.py", 1, "f"), ENDED, ("/w",)) == ("/w/a.py",)


def test_the_lines_around_the_line_are_shown() -> None:
    view = view_of()
    assert (view.first, view.highlighted) == (47, 50)
    assert view.lines == tuple(f"line {number}" for number in range(47, 54))
    assert view_of(1).lines[0] == "line 1"
    assert view_of(100).lines[-1] == "line 100"


@pytest.mark.parametrize(
    ("source", "modified_at", "expected"),
    [
        ("line 50", T0 - 1, Staleness.FRESH),
        ("line 50", T0 + 1, Staleness.CHANGED),
        ("line 50", None, Staleness.FRESH),
        ("line 49", T0 - 1, Staleness.DIFFERS),
        ("line 49", T0 + 1, Staleness.DIFFERS),
        ("", T0 - 1, Staleness.FRESH),
        ("", T0 + 1, Staleness.CHANGED),
        ("", None, Staleness.UNKNOWN),
    ],
)
def test_staleness(source: str, modified_at: int | None, expected: Staleness) -> None:
    view = view_of(source=source, modified_at=modified_at)
    assert view.staleness is expected
    assert view.reason
    assert view.printed == source


def test_blanks_and_parts_of_a_statement_do_not_make_a_line_differ() -> None:
    content = b"def f():\n\treturn  r[\n"
    frame = Frame("/w/a.py", 2, "f", 'return r["choices"]')
    view = source_view(content, frame, path="/w/a.py", modified_at=1, started_at=2)
    assert view.staleness is Staleness.DIFFERS
    whole = source_view(
        b"x\n  return (r[0] + 1)\n", Frame("/w/a.py", 2, "f", "r[0] + 1"), path="p", modified_at=1, started_at=2
    )
    assert whole.staleness is Staleness.FRESH


def test_a_line_beyond_the_end_means_another_file() -> None:
    view = view_of(101)
    assert (view.staleness, view.lines) == (Staleness.DIFFERS, ())
    assert view.reason == "the file has 100 lines now"
    assert view_of(None).staleness is Staleness.UNRESOLVABLE


@given(st.binary(max_size=300), st.integers(0, 20))
def test_any_bytes_can_be_shown(content: bytes, line: int) -> None:
    view = source_view(content, Frame("/w/a.py", line, "f"), path="p", modified_at=1, started_at=2)
    assert all("\n" not in text and "\r" not in text for text in view.lines)
    if view.lines:
        assert view.first <= line < view.first + len(view.lines)

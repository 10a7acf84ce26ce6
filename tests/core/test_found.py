"""Looking tracebacks up by line, over a detector small enough to see through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tui.core.found import TracebackIndex
from tui.core.tracebacks.model import ExceptionPart, Traceback


def block(start: int, end: int, lines: tuple[int, ...] | None = None) -> Traceback:
    return Traceback("python", "python", start, end, ExceptionPart("E", str(start)), lines=lines)


class BracketDetector:
    """A block begins at ``(`` and ends at ``)``; other lines between belong to it."""

    def __init__(self) -> None:
        self.next_index = 0
        self._start: int | None = None

    def feed_many(self, lines: Sequence[str]) -> list[Traceback]:
        complete = []
        for line in lines:
            if line == "(" and self._start is None:
                self._start = self.next_index
            elif line == ")" and self._start is not None:
                complete.append(block(self._start, self.next_index))
                self._start = None
            self.next_index += 1
        return complete

    def feed_text(self, text: bytes) -> list[Traceback]:
        return self.feed_many(text.decode().split("\n"))

    def flush(self) -> list[Traceback]:
        still_open = self.open_block()
        self._start = None
        return [still_open] if still_open else []

    def open_block(self) -> Traceback | None:
        return None if self._start is None else block(self._start, self.next_index - 1)


def index(lines: str, kept: int = 100) -> TracebackIndex:
    found = TracebackIndex(BracketDetector, kept=kept)
    found.extend(list(lines))
    return found


def test_lookup_by_line() -> None:
    found = index("..(xx)..(x)")
    assert [tb.start for tb in found.all] == [2, 8]
    assert [found.at(at).start if found.at(at) else None for at in range(11)] == [
        *(None, None, 2, 2, 2, 2, None, None, 8, 8, 8)
    ]
    assert found.at(99) is None


def test_neighbours() -> None:
    found = index("..(xx)..(x)")
    assert [getattr(found.next_after(at), "start", None) for at in (-1, 1, 2, 7, 8)] == [2, 2, 8, 8, None]
    assert [getattr(found.previous_before(at), "start", None) for at in (2, 3, 8, 9)] == [None, 2, 2, 8]
    assert found.begins_between(0, 3)
    assert not found.begins_between(3, 8)
    assert found.begins_between(8, 9)


def test_the_open_block_is_found_before_it_ends() -> None:
    found = index("(x)..(a")
    assert found.open_block is not None
    assert found.at(6) is found.open_block
    assert found.next_after(0) is found.open_block
    assert found.previous_before(7) is found.open_block
    assert found.begins_between(5, 6)
    assert len(found) == 2
    version = found.version
    found.extend(["b"])
    assert found.at(7) is found.open_block
    assert found.version != version
    found.flush()
    assert found.open_block is None
    assert found.at(7) is found.all[-1]


def test_lines_of_another_stream_between_do_not_belong() -> None:
    found = TracebackIndex(BracketDetector)
    found._take([block(0, 6, (0, 2, 6)), block(1, 5, (1, 3, 4, 5))])
    assert [found.at(at).start for at in range(7)] == [0, 1, 0, 1, 1, 1, 0]  # type: ignore[union-attr]


def test_blocks_that_complete_out_of_order_are_kept_in_order() -> None:
    found = TracebackIndex(BracketDetector)
    found._take([block(5, 9), block(1, 8, (1, 8))])
    assert [tb.start for tb in found.all] == [1, 5]


def test_the_number_kept_is_bounded_and_the_rest_counted() -> None:
    found = index("()" * 50, kept=10)
    assert len(found) <= 10
    assert len(found) + found.forgotten == 50
    assert found.all[-1].end == 99


def test_dropped_lines_take_their_blocks_along() -> None:
    found = index("(x)(x)(x)")
    found.forget_before(5)
    assert [tb.start for tb in found.all] == [3, 6]
    assert found.forgotten == 1


def test_reset_begins_again_at_line_0() -> None:
    found = index("..(x")
    version = found.version
    found.reset()
    assert len(found) == 0
    assert found.open_block is None
    assert found.version != version
    found.extend(list("()"))
    assert found.at(0) is not None


def test_version_stands_still_while_nothing_is_found() -> None:
    found = index("(x)")
    version = found.version
    found.extend(list("...."))
    assert found.version == version
    assert found.line_count == 7


@given(st.text(alphabet="(.)", max_size=40), st.integers(1, 7))
def test_lookups_agree_with_a_plain_search(lines: str, size: int) -> None:
    found = TracebackIndex(BracketDetector)
    for at in range(0, len(lines), size):
        found.extend(list(lines[at : at + size]))
    blocks = found.all
    for at in range(len(lines)):
        assert found.at(at) == next((tb for tb in blocks if tb.start <= at <= tb.end), None)
        assert found.next_after(at) == next((tb for tb in blocks if tb.start > at), None)
        assert found.previous_before(at) == next((tb for tb in reversed(blocks) if tb.start < at), None)


def test_a_text_is_as_good_as_its_lines() -> None:
    lines = ["a", "(", "b", ")", "c", "(", "d", ")", "(", "e"]
    whole, cut = TracebackIndex(BracketDetector), TracebackIndex(BracketDetector)
    whole.extend(lines)
    cut.extend_text("\n".join(lines[:3]).encode())
    cut.extend_text("\n".join(lines[3:]).encode())
    assert [found.start for found in cut.all] == [found.start for found in whole.all] == [1, 5, 8]
    assert cut.line_count == len(lines)
    assert cut.open_start == 8


def test_what_was_not_handled_is_counted_and_the_last_of_it_known() -> None:
    found = TracebackIndex(BracketDetector, kept=4)
    assert (found.uncaught, found.latest_uncaught, found.latest) == (0, None, None)
    for at in range(0, 20, 2):
        found._take([replace(block(at, at + 1), handled=at == 18)])
    assert found.forgotten
    assert found.uncaught == 9
    assert found.latest_uncaught == block(16, 17)


def test_all_packed_ones_are_found_by_their_lines() -> None:
    found = index("(x)" * 500, kept=1000)
    assert [tb.start for tb in found.all] == list(found.starts) == list(range(0, 1500, 3))
    assert [tb.end for tb in found.all] == list(found.ends)
    assert all(tb is not None and tb.start == at - at % 3 for at in range(1500) for tb in [found.at(at)])
    assert found.latest == found.all[-1]

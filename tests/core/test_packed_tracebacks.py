"""Packed tracebacks are those that were packed, wherever they were put in."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from tui.core.packed_tracebacks import FRESH, PACK, PackedTracebacks, packed, unpacked
from tui.core.tracebacks.detector import TracebackDetector
from tui.core.tracebacks.model import ExceptionPart, Frame, LineRole, Traceback

TEXTS = st.text(st.characters(codec=None), max_size=6)
FRAMES = st.builds(
    Frame, st.none() | TEXTS, st.none() | st.integers(1, 10**12), st.none() | TEXTS, TEXTS, st.integers(-1, 99)
)
FEW_FRAMES = st.lists(FRAMES, max_size=3).map(tuple)
NOTES = st.lists(TEXTS, max_size=2).map(tuple)
LEAVES = st.builds(ExceptionPart, st.none() | TEXTS, TEXTS, NOTES, FEW_FRAMES)
PARTS = st.recursive(
    LEAVES,
    lambda below: st.builds(
        ExceptionPart,
        st.none() | TEXTS,
        TEXTS,
        NOTES,
        FEW_FRAMES,
        st.lists(below, max_size=2).map(tuple),
        st.lists(below, max_size=2).map(tuple),
    ),
    max_leaves=8,
)
BLOCKS = st.builds(
    Traceback,
    TEXTS,
    TEXTS,
    st.integers(0, 10**12),
    st.integers(0, 10**12),
    PARTS,
    FEW_FRAMES,
    st.none() | st.lists(st.integers(0, 10**12), max_size=3).map(tuple),
    st.dictionaries(st.integers(0, 10**12), st.sampled_from(LineRole), max_size=3),
    st.integers(0, 9),
    st.booleans(),
    NOTES,
    st.booleans(),
    st.booleans(),
)


def block(start: int) -> Traceback:
    return Traceback("python", "python", start, start, ExceptionPart("E", str(start)))


@given(st.lists(BLOCKS, max_size=3))
def test_what_is_unpacked_is_what_was_packed(blocks: list[Traceback]) -> None:
    assert unpacked(packed(blocks)) == blocks


def test_a_chain_may_be_longer_than_a_call_is_deep() -> None:
    part = ExceptionPart("E")
    for number in range(5000):
        part = ExceptionPart("E", str(number), causes=(part,))
    [found] = unpacked(packed([Traceback("python", "python", 0, 1, part)]))
    depth, here = 0, found.exception
    while here.causes:
        depth, here = depth + 1, here.causes[0]
    assert depth == 5000
    assert found.exception.message == "4999"


def test_equal_reports_take_little() -> None:
    report = ["Traceback (most recent call last):", '  File "/app/a.py", line 3, in run', "    go()", "ValueError: no"]
    detector = TracebackDetector()
    blocks = [*detector.feed_many(report * 1000), *detector.flush()]
    assert len(blocks) == 1000
    kept = PackedTracebacks()
    for one in blocks:
        kept.insert(len(kept), one)
    assert list(kept) == blocks
    assert kept.packed_bytes < 100 * len(blocks)


@given(st.randoms(use_true_random=False), st.integers(0, 3 * (FRESH + PACK)))
def test_it_is_a_list(chance: random.Random, count: int) -> None:
    kept, plain = PackedTracebacks(), list[Traceback]()
    for number in range(count):
        at = len(plain) if chance.random() < 0.9 else chance.randint(0, len(plain))
        kept.insert(at, block(number))
        plain.insert(at, block(number))
        if chance.random() < 0.02:
            gone = chance.randint(0, len(plain))
            kept.drop(gone)
            del plain[:gone]
    assert len(kept) == len(plain)
    assert list(kept) == plain
    assert kept[-3:] == plain[-3:]
    assert [kept[at] for at in range(-len(plain), 0)] == plain
    kept.drop(len(plain))
    assert (list(kept), kept.packed_bytes) == ([], 0)

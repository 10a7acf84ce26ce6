"""Numbers, times and signals in words."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest

from tui.core.format import age, clock, count, duration, iso, signal_name, signal_number, size


@pytest.mark.parametrize(
    ("ms", "long", "short"),
    [
        (-5, "0.0s", "now"),
        (400, "0.4s", "now"),
        (12_000, "12s", "12s"),
        (164_000, "2m44s", "2m"),
        (3_900_000, "1h05m", "1h"),
        (266_400_000, "3d02h", "3d"),
    ],
)
def test_lengths_of_time(ms: int, long: str, short: str) -> None:
    assert duration(ms) == long
    assert age(ms) == short


def test_moments() -> None:
    assert clock(1_770_000_000_123) == "02:40:00"
    assert clock(1_770_000_000_123, timezone(timedelta(hours=1)), with_millis=True) == "03:40:00.123"
    assert iso(1_770_000_000_003) == "2026-02-02T02:40:00.003Z"
    assert iso(None) is None


def test_counts_and_sizes() -> None:
    assert count(1204, "line") == "1,204 lines"
    assert count(1, "match", "matches") == "1 match"
    assert count(2, "match", "matches") == "2 matches"
    assert [size(n) for n in (812, 1_200, 49_900_000, 5_000_000_000_000)] == ["812 B", "1.2 KB", "49.9 MB", "5000.0 GB"]


def test_signals() -> None:
    assert (signal_name(9), signal_name(40)) == ("SIGKILL", "signal 40")
    assert [signal_number(text) for text in ("TERM", "sigterm", " 15 ", "SIGKILL", "40", "NOPE", "0", "")] == [
        15, 15, 15, 9, None, None, None, None,
    ]  # fmt: skip

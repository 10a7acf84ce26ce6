"""How long to wait before trying again."""

from __future__ import annotations

from collections.abc import Callable


class Backoff:
    """Doubling waits with jitter: between half and all of 1, 2, 4, ... ``maximum`` seconds.

    ``random`` gives numbers from 0 to 1; it is a parameter so that tests can fix it.
    """

    def __init__(self, random: Callable[[], float], *, base: float = 1.0, maximum: float = 30.0) -> None:
        self._random = random
        self._base = base
        self._maximum = maximum
        self._failures = 0

    @property
    def failures(self) -> int:
        """Failures since the last success."""
        return self._failures

    def next_delay(self) -> float:
        """Seconds to wait after one more failure."""
        ceiling = min(self._maximum, self._base * 2.0 ** min(self._failures, 16))
        self._failures += 1
        return ceiling * (0.5 + self._random() / 2)

    def reset(self) -> None:
        """Contact is there again."""
        self._failures = 0

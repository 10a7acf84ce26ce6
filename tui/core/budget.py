"""One bound on the bytes that all outputs of a session keep together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

MAX_BYTES: Final = 2**30
"""Bytes of output that are kept, text and times, before the oldest lines go."""


class Holder(Protocol):
    """One buffer, as the budget sees it."""

    @property
    def byte_size(self) -> int:
        """Bytes held."""

    def drop_oldest(self) -> int:
        """Drop the oldest lines, as few as can be dropped, and return their bytes; 0 where there are none to drop."""


class DiskBudget:
    """Shared by the buffers of a session. Where they are over it, the oldest lines of the largest go first."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._holders: dict[Holder, Callable[[], None]] = {}

    def join(self, holder: Holder, on_dropped: Callable[[], None]) -> None:
        """Count ``holder`` in; ``on_dropped`` is called when it lost lines because of the budget."""
        self._holders[holder] = on_dropped

    def leave(self, holder: Holder) -> None:
        """Count ``holder`` no more."""
        self._holders.pop(holder, None)

    def keep(self) -> None:
        """Drop what is over the budget. Cheap enough to be called whenever a buffer has grown by a block."""
        over = sum(holder.byte_size for holder in self._holders) - self._max_bytes
        dropped: dict[Holder, None] = {}
        exhausted: set[Holder] = set()
        while over > 0 and len(exhausted) < len(self._holders):
            largest = max((h for h in self._holders if h not in exhausted), key=lambda holder: holder.byte_size)
            freed = largest.drop_oldest()
            over -= freed
            if freed:
                dropped[largest] = None
            else:
                exhausted.add(largest)
        for holder in dropped:
            self._holders[holder]()

"""Rows of the process list: what each shows, their order, and which of them a filter lets through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter

from tui.core.failures import State, Verdict
from tui.core.models import Process, ProcessKey

_ORDER = attrgetter("order")


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """One process as the list shows it."""

    process: Process
    verdict: Verdict
    last_error: str = ""
    """Headline of the latest uncaught exception in its output, cleaned; empty: none known."""
    error_count: int = 0
    order: tuple[int, int, int] = field(init=False, compare=False, repr=False)
    """Place in the list: worst class first; within a class the latest change first; pid settles ties."""

    def __post_init__(self) -> None:
        # Once for each row and not for each sorting: of thousands of rows nearly all stay as they are.
        object.__setattr__(self, "order", (self.verdict.state.rank, -self.changed_at, self.process.pid))

    @property
    def key(self) -> ProcessKey:
        """Identity of the run that the row shows now; what actions are for."""
        return self.process.key

    @property
    def lineage(self) -> ProcessKey | tuple[str, str]:
        """Identity of the row, which outlives a restart; the cursor stays on it."""
        return self.process.lineage

    @property
    def changed_at(self) -> int:
        """When it last changed: its end, else its start; ms."""
        return self.process.ended_at or self.process.started_at


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts for the title of the list."""

    failing: int = 0
    suspect: int = 0
    unknown: int = 0
    running: int = 0
    ok: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.failing + self.suspect + self.unknown + self.running + self.ok


def tally(rows: Iterable[ProcessRow]) -> Tally:
    """Counts by class."""
    counts = Counter(row.verdict.state.letter for row in rows)
    return Tally(counts["x"] + counts["~"], counts["!"], counts["?"], counts["*"], counts["."])


def in_order(rows: Iterable[ProcessRow]) -> list[ProcessRow]:
    """By :attr:`ProcessRow.order`, which is the same for the same rows, so that nothing flickers."""
    return sorted(rows, key=_ORDER)


@dataclass(frozen=True, slots=True)
class Filter:
    """What the user typed behind ``/``: words that must all occur; ``!`` turns it round, ``~`` matches loosely."""

    text: str = ""

    @property
    def is_active(self) -> bool:
        """False when everything passes."""
        return bool(self.text.strip().lstrip("!~").strip())

    def allows(self, row: ProcessRow) -> bool:
        """True when ``row`` is to be shown. Case matters only where the filter has a capital letter."""
        if not self.is_active:
            return True
        text = self.text.strip()
        inverse = text.startswith("!")
        text = text.lstrip("!").strip()
        fuzzy = text.startswith("~")
        text = text.lstrip("~").strip()
        return inverse != self._matches(row, text, fuzzy=fuzzy)

    @staticmethod
    def _matches(row: ProcessRow, text: str, *, fuzzy: bool) -> bool:
        process = row.process
        subject = f"{process.pid} {process.name} {row.verdict.word} {process.command_line} {row.last_error}"
        if text == text.lower():
            subject = subject.lower()
        if fuzzy:
            letters = iter(subject)
            return all(char in letters for char in text if char != " ")
        return all(word in subject for word in text.split())


def only_what_matters(rows: Iterable[ProcessRow]) -> list[ProcessRow]:
    """Without the processes that ended well."""
    return [row for row in rows if row.verdict.state is not State.OK]

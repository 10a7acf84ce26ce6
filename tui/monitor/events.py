"""What the monitor tells its listeners: that there is news, and of what kind. The news is read from the monitor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tui.core.models import ProcessKey, Stream


@dataclass(frozen=True, slots=True)
class SandboxChanged:
    """The sandbox, its status or our contact with it changed."""


@dataclass(frozen=True, slots=True)
class ProcessesChanged:
    """The process list, or what is known of its processes, changed."""


@dataclass(frozen=True, slots=True)
class OutputChanged:
    """Lines were added or repaired, or the state of the stream changed."""

    key: ProcessKey
    stream: Stream


Event = SandboxChanged | ProcessesChanged | OutputChanged
Listener = Callable[[Event], None]

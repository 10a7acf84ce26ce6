"""The real command line with a heartbeat inside the dashboard: a coroutine that notes how late it is woken.

    python -m tests.benchmarks.observed FILE ARGUMENTS...

The beats between ``SIGUSR1`` and the next one go to FILE: milliseconds of delay, the longest and the 99th of 100.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from tests.benchmarks.heartbeat import Heartbeat


def main(file: str, arguments: list[str]) -> int:
    """Run the command line with an observed application."""
    import tui.app.app
    from tui.cli.main import run

    class ObservedApp(tui.app.app.BoxscopeApp):
        """The dashboard with a heartbeat."""

        def on_ready(self) -> None:
            observe(file)

    tui.app.app.BoxscopeApp = ObservedApp  # type: ignore[misc]
    return run(arguments)


def observe(file: str) -> None:
    """Beat from one ``SIGUSR1`` to the next."""
    beats: list[Heartbeat] = []

    def toggle() -> None:
        if not beats:
            beats.append(Heartbeat())
            beats[0].start()
        else:
            Path(file).write_text(" ".join(map(str, beats.pop().stop())))

    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, toggle)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))

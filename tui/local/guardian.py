"""A small process that outlives the server by a moment and leaves nothing behind.

Run as a script: ``guardian.py DIRECTORY MARK``. It reads ``+GROUP`` and ``-GROUP`` lines from its standard input, which
the server holds open; when that pipe closes, however the server died, it kills the process groups that are left, on
Linux also every process that carries the mark in its environment, and removes the directory. It imports nothing of this
package and needs no privileges.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
from pathlib import Path


def marked_processes(mark: str) -> list[int]:
    """Pids of the processes whose environment has a variable that starts with ``mark``; none without ``/proc``.

    It finds what left its process group with ``setsid``, and what was adopted by another parent.
    """
    wanted = mark.encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        if environment.startswith(wanted) or b"\0" + wanted in environment:
            found.append(int(entry.name))
    return found


def kill_marked(mark: str) -> None:
    """SIGKILL to every process with that mark, until no new one is found: the first may have started others."""
    killed: set[int] = set()
    while found := set(marked_processes(mark)) - killed:
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        killed |= found


def watch(directory: str, mark: str) -> None:
    """Follow the server's notes until it is gone, then clean up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    kill_marked(mark)
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    watch(sys.argv[1], sys.argv[2])

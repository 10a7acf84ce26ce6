"""Whether the kernel says that it killed for want of memory.

Source: ``oom_kill`` in ``memory.events`` (cgroup v2) or ``memory.oom_control`` (v1) of the server's own cgroup. The
kernel does not name the victim there, so the counter is looked at once a second and a death is called an OOM kill only
if the counter rose since the look before, by SIGKILL, and nobody sent that signal through this server.
"""

from __future__ import annotations

from pathlib import Path

CGROUP_ROOT = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")


class OomCounter:
    """The counter of OOM kills in one file; without such a file it never rises."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._seen = self._read()

    @property
    def is_available(self) -> bool:
        """Whether the kernel offers the counter here."""
        return self._path is not None

    def has_risen(self) -> bool:
        """Whether there were kills since the last call."""
        before, self._seen = self._seen, self._read()
        return self._seen > before

    def _read(self) -> int:
        if self._path is None:
            return 0
        try:
            text = self._path.read_text()
        except OSError:
            return 0
        for line in text.splitlines():
            key, _, value = line.partition(" ")
            if key == "oom_kill" and value.strip().isdigit():
                return int(value)
        return 0


def find_counter_file(root: Path = CGROUP_ROOT, membership: Path = MEMBERSHIP) -> Path | None:
    """The file that counts the OOM kills of this process's cgroup; None where the system has none."""
    try:
        lines = membership.read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        relative = group.lstrip("/")
        if not controllers:
            candidates = [root / relative / "memory.events", root / "unified" / relative / "memory.events"]
        elif "memory" in controllers.split(","):
            candidates = [root / "memory" / relative / "memory.oom_control", root / "memory" / "memory.oom_control"]
        else:
            continue
        for candidate in candidates:
            if candidate.is_file():
                return candidate
    return None

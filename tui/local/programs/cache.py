"""A quiet cache: it prints nothing unless it is spoken to on standard input."""

from __future__ import annotations

import sys
import threading


def answer(command: str, store: dict[str, str]) -> str:
    """Carry out ``set KEY VALUE`` or ``get KEY``."""
    verb, _, rest = command.partition(" ")
    key, _, value = rest.partition(" ")
    if verb == "set":
        store[key] = value
        return "ok"
    return store.get(key, "(nothing)") if verb == "get" else f"unknown command {verb!r}"


def main() -> None:
    """Serve until ended."""
    store: dict[str, str] = {}
    for line in sys.stdin:
        print(answer(line.strip(), store), flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()

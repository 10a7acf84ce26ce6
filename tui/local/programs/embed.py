"""Embeds a few documents and ends well."""

from __future__ import annotations

import hashlib
import sys
import time

DOCUMENTS = ("contract.pdf", "minutes.md", "mail-archive.mbox", "handbook.html", "roadmap.txt")


def embed(text: str, size: int = 8) -> list[float]:
    """A small vector for a text."""
    digest = hashlib.sha256(text.encode()).digest()
    return [round(byte / 255, 3) for byte in digest[:size]]


def main() -> None:
    """Embed everything."""
    print(f"INFO embed: {len(DOCUMENTS)} documents", file=sys.stderr)
    for document in DOCUMENTS:
        print(f"{document}\t{embed(document)}", flush=True)
        print(f"INFO embed: {document} done", file=sys.stderr)
        time.sleep(0.2)
    print("INFO embed: finished, 0 failed", file=sys.stderr)


if __name__ == "__main__":
    main()

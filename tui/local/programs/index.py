"""Builds an index with native code and is ended by a segmentation fault."""

from __future__ import annotations

import ctypes
import faulthandler
import resource
import sys
import time


def read_block(address: int, size: int) -> bytes:
    """Read memory that a native library should have filled."""
    return ctypes.string_at(address, size)


def build(blocks: int) -> None:
    """Read block after block; the last address is wrong."""
    buffer = ctypes.create_string_buffer(b"block", 16)
    for block in range(blocks):
        print(f"INFO index: block {block + 1}/{blocks}", file=sys.stderr)
        time.sleep(0.3)
        read_block(ctypes.addressof(buffer) if block + 1 < blocks else 8, 16)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    faulthandler.enable()
    build(4)

"""A periodic job that ends well and is started again each time."""

from __future__ import annotations

import sys
import time


def main() -> None:
    """Look for expired sessions once."""
    print("INFO tick: looking for expired sessions", file=sys.stderr)
    time.sleep(2)
    print("INFO tick: nothing to do", file=sys.stderr)


if __name__ == "__main__":
    main()

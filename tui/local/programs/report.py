"""Prints a traceback and says that all is well: the exit code is 0 although the report was not written."""

from __future__ import annotations

import sys
import tempfile
import time
import traceback
from pathlib import Path


def collect() -> dict[str, int]:
    """The numbers of the day."""
    return {"tickets": 14, "closed": 9, "reopened": 2}


def write_report(target: Path, numbers: dict[str, int]) -> None:
    """Write the numbers down."""
    lines = [f"{name},{value}" for name, value in numbers.items()]
    target.write_text("\n".join(lines))


def main() -> int:
    """Write the report and hide what went wrong."""
    print("INFO report: collecting", file=sys.stderr)
    time.sleep(0.5)
    with tempfile.TemporaryDirectory() as directory:
        try:
            write_report(Path(directory) / "2031" / "report.csv", collect())
        except OSError:
            traceback.print_exc()
    print("INFO report: done", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())

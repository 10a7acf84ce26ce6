"""A gateway that logs JSON lines with numbered levels, as many web services do, stacks included."""

from __future__ import annotations

import json
import os
import sys
import time
import traceback

LEVELS = {"info": 30, "warn": 40, "error": 50}


class UpstreamError(Exception):
    """The service behind the gateway gave no usable answer."""


def log(level: str, message: str, **fields: object) -> None:
    """One record as one line."""
    record = {"level": LEVELS[level], "time": int(time.time() * 1000), "pid": os.getpid(), "name": "gateway"}
    print(json.dumps({**record, "msg": message, **fields}), file=sys.stderr)


def pick_upstream(weights: dict[str, int], number: int) -> str:
    """The upstream for a request; the third one is not configured."""
    name = ("eu-1", "eu-2", "us-1")[number % 3]
    if name not in weights:
        raise UpstreamError(f"no weight for upstream {name}")
    return name


def main() -> None:
    """Route requests for ever."""
    weights = {"eu-1": 3, "eu-2": 1}
    number = 0
    while True:
        try:
            upstream = pick_upstream(weights, number if number % 12 == 2 else number % 2)
        except UpstreamError as error:
            kind = type(error).__name__
            log("error", str(error), err={"type": kind, "message": str(error), "stack": traceback.format_exc()})
        else:
            log("info", "request completed", reqId=f"req-{number}", upstream=upstream, responseTime=12 + number % 9)
        if number % 15 == 14:
            log("warn", "upstream is slow", upstream="eu-2", responseTime=1840)
        number += 1
        time.sleep(0.7)


if __name__ == "__main__":
    main()

"""Calls one function of this folder and writes what it returns as JSON: ``child MODULE:FUNCTION ARGUMENTS FILE``."""

from __future__ import annotations

import importlib
import inspect
import json
import sys
from pathlib import Path

if __name__ == "__main__":
    module, _, function = sys.argv[1].partition(":")
    answer = getattr(importlib.import_module(f"tests.benchmarks.{module}"), function)(*json.loads(sys.argv[2]))
    if inspect.iscoroutine(answer):
        import asyncio

        answer = asyncio.run(answer)
    Path(sys.argv[3]).write_text(json.dumps(answer))

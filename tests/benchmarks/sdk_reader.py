"""Prints the stderr of a process with the official SDK; run by the SDK's own interpreter.

Usage: ``sdk_reader.py URL NAME PID`` with the token in ``TENSORLAKE_API_KEY``.
"""

from __future__ import annotations

import os
import sys

from tensorlake.sandbox import Sandbox  # type: ignore[import-not-found]  # installed in .venv-sdk only

if __name__ == "__main__":
    url, name, pid = sys.argv[1:]
    sandbox = Sandbox.connect(name, api_url=url, api_key=os.environ["TENSORLAKE_API_KEY"])
    for event in sandbox.follow_stderr(int(pid)):
        sys.stdout.write(event.line + "\n")

"""``boxscope serve``: the embedded sandbox on its own, for the official SDK, curl and tests."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tui.cli import exits

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def serve(arguments: Namespace) -> int:
    """Serve until a signal comes; that is an orderly stop, so the exit code is 0. Raises LocalServerError."""
    from tui.local.faults import Faults
    from tui.local.server import LocalSandbox

    faults = Faults.faithful() if arguments.faithful_faults else None
    with (
        _signals_to_pipe() as signals,
        _private_folder() as folder,
        LocalSandbox(arguments.name, port=arguments.port, faults=faults) as sandbox,
    ):
        token_file = folder / "token"
        sandbox.write_token_file(token_file)
        ready = {"url": sandbox.url, "sandbox": sandbox.sandbox_id, "token_file": str(token_file), "pid": os.getpid()}
        print(json.dumps(ready), flush=True)
        print("boxscope: serving processes of this machine without isolation; ctrl+c stops", file=sys.stderr)
        os.read(signals, 1)
    return exits.DONE


@contextmanager
def _signals_to_pipe() -> Iterator[int]:
    """The reading end of a pipe that gets a byte for each stop signal.

    A pipe, because a handler may write to one whatever the main thread is doing, which holds for no lock. A signal that
    the caller has us ignore (``nohup``) stays ignored.
    """
    reading, writing = os.pipe()
    heeded = [number for number in STOP_SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, lambda *_: os.write(writing, b"!")) for number in heeded}
    try:
        yield reading
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)


@contextmanager
def _private_folder() -> Iterator[Path]:
    """A folder that only this user can enter, removed at the end."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    parent = runtime if runtime and Path(runtime).is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="boxscope-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)

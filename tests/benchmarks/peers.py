"""The programs that we are measured against, and where they are."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.programs import ROOT

FOLDER = ROOT / ".venv-peers"
TOOLONG = "toolong==1.5.0"
HTTPX_SSE = "httpx-sse==0.4.3"


def toolong() -> str:
    """The command of toolong, which needs a Textual of its own; empty where it cannot be installed."""
    command = FOLDER / "bin" / "tl"
    if not command.exists() and not _failed("toolong"):
        print(f"creating {FOLDER.name} with {TOOLONG}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(FOLDER)], check=False, capture_output=True)
        _install("toolong", TOOLONG)
    return str(command) if command.exists() else ""


def httpx_sse() -> str:
    """The folder with httpx-sse, for the module path; empty where it cannot be installed."""
    folder = FOLDER / "sse"
    if not (folder / "httpx_sse").is_dir() and toolong() and not _failed("httpx-sse"):
        _install("httpx-sse", "--no-deps", "--target", str(folder), HTTPX_SSE)
    return str(folder) if (folder / "httpx_sse").is_dir() else ""


def sdk_python() -> str:
    """The interpreter with the official SDK; empty without ``make sdk``."""
    python = ROOT / ".venv-sdk" / "bin" / "python"
    return str(python) if python.exists() else ""


def installed(name: str) -> str:
    """The path of a program of the system; empty where it is not installed."""
    return shutil.which(name) or ""


def describe() -> dict[str, str]:
    """Versions of the peers that are there."""
    found = {}
    for name, words in (("lnav", ["-V"]), ("less", ["--version"]), ("curl", ["--version"]), ("grep", ["--version"])):
        path = installed(name)
        if path:
            said = subprocess.run([path, *words], capture_output=True, text=True, check=False).stdout
            found[name] = said.splitlines()[0][:40] if said else "?"
    return found


def _failed(name: str) -> bool:
    return (FOLDER / f"{name}.failed").exists()


def _install(name: str, *words: str) -> None:
    """Install once; a failure is remembered, so that a machine without network is not asked again and again."""
    done = subprocess.run(
        [str(FOLDER / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", *words],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode and FOLDER.is_dir():
        (FOLDER / f"{name}.failed").write_text(done.stderr[-2000:])
        print(f"{name} could not be installed: {done.stderr.strip()[-200:]}", file=sys.stderr)


def missing(name: str) -> str:
    """Why there is no row for a peer."""
    path: Path = FOLDER / f"{name}.failed"
    return f"{name} could not be installed" if path.exists() else f"{name} is not installed"

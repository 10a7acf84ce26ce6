"""The wheel as a user gets it: built, installed into a fresh environment, and run from there."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tui import __version__

ROOT = Path(__file__).parent.parent


def run(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        cwd=Path(command[0]).parent,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder)
    run(sys.executable, "-m", "pip", "wheel", *options, ROOT)
    (built,) = folder.glob("boxscope-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command in a fresh environment; its dependencies are those that these tests run with."""
    home = tmp_path_factory.mktemp("venv")
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    target = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel)
    # Behind the environment's own packages, and without this checkout, which is installed beside the dependencies.
    (target / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home / "bin" / "boxscope"


def test_the_wheel_holds_package_and_stylesheets_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {"tui/__main__.py", "tui/styles/base.tcss", "tui/local/programs/agent.py"} <= set(names)
    assert {name.partition("/")[0] for name in names} == {"tui", f"boxscope-{__version__}.dist-info"}
    assert any(name.endswith("LICENSE") for name in names)
    sheets = {path.name for path in (ROOT / "styles").glob("*.tcss")}
    assert sheets == {Path(name).name for name in names if name.startswith("tui/styles/")}


def test_the_command_runs_from_a_fresh_environment(installed: Path, tmp_path: Path) -> None:
    assert run(installed, "--version") == f"boxscope {__version__}\n"
    assert "commands" in run(installed, "--help")
    listed = run(installed, "profiles", "ls", "--json", BOXSCOPE_CONFIG_DIR=str(tmp_path))
    assert '"profiles": []' in listed


def test_it_runs_from_the_wheel_and_finds_its_stylesheets_there(installed: Path) -> None:
    python = installed.parent / "python"
    where = Path(run(python, "-c", "import tui.app.stylesheets as s; print(s.FOLDER)").strip())
    assert where.name == "styles"
    assert where.resolve().is_relative_to(installed.parent.parent.resolve())


def test_the_checkout_finds_its_stylesheets_beside_the_package() -> None:
    from tui.app.stylesheets import stylesheets

    assert [Path(path).parent for path in stylesheets()] == [ROOT / "styles"] * len(list((ROOT / "styles").iterdir()))

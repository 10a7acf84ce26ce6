"""The house rules that a program can check."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "tui"
SOURCES = sorted(PACKAGE.rglob("*.py"))
HEAVY = ("textual", "rich", "httpx", "starlette", "uvicorn", "aiohttp", "tomlkit", "msgspec", "platformdirs", "asyncio")


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def imported_by(*arguments: str) -> set[str]:
    """Names of the modules that one run of the command imports, and its success."""
    program = (
        "import sys\n"
        "from tui.__main__ import main\n"
        "try:\n"
        "    code = main(sys.argv[1:])\n"
        "except SystemExit as leave:\n"
        "    code = leave.code\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, None), done.stderr
    return set(done.stderr.split("\n"))


def test_import_contracts_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    "arguments", [("--version",), ("--help",), ("ps", "--help"), ("serve", "--help"), ("profiles", "add", "--help")]
)
def test_version_and_help_import_nothing_heavy(arguments: tuple[str, ...]) -> None:
    modules = imported_by(*arguments)
    assert "tui" in modules
    assert modules.isdisjoint(HEAVY)


def test_version_does_not_even_import_argparse() -> None:
    assert imported_by("--version").isdisjoint({"argparse", "dataclasses", "tui.cli"})


def test_profiles_are_listed_without_screen_and_network() -> None:
    modules = imported_by("profiles", "ls")
    assert "tui.io.profiles" in modules
    assert modules.isdisjoint({"textual", "rich", "httpx", "aiohttp", "starlette", "uvicorn"})


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if p.name == "__init__.py"], ids=lambda p: str(p.relative_to(ROOT))
)
def test_packages_do_nothing_on_import(path: Path) -> None:
    text = path.read_text()
    if path.parent == PACKAGE:
        assert re.search(r'^__version__ = "\d+\.\d+\.\d+"$', text, re.MULTILINE)
        assert "import" not in re.sub(r"#.*|\"\"\".*?\"\"\"", "", text)
    else:
        assert text == ""


def test_long_files_say_why_at_their_top() -> None:
    silent = []
    for path in SOURCES:
        text = path.read_text()
        if text.count("\n") > 300:
            top = text.split('"""')[1] if text.startswith('"""') else ""
            if not re.search(r"\b(one file|in one place|long|lines|together)\b", top):
                silent.append(str(path.relative_to(ROOT)))
    assert silent == []


def test_every_module_says_what_it_is_for() -> None:
    assert [
        str(p.relative_to(ROOT)) for p in SOURCES if p.name != "__init__.py" and not p.read_text().startswith('"""')
    ] == []


def test_text_files_have_unix_line_ends_and_no_path_of_a_machine() -> None:
    # The brackets keep this line from matching itself.
    private = re.compile(rb"/(?:[w]ork|[f]arm)/|/[r]oot/")
    faults = []
    for path in tracked_files():
        content = path.read_bytes()
        if b"\0" in content[:4096] or path.suffix in (".png", ".svg"):
            continue
        name = path.relative_to(ROOT)
        if (
            "data" not in name.parts
            and path.suffix in (".py", ".toml", ".md", ".tcss", ".yaml", "")
            and b"\r\n" in content
        ):
            faults.append(f"{name}: CRLF line ends")
        if path.suffix in (".py", ".toml", ".md", ".tcss", "") and private.search(content):
            faults.append(f"{name}: absolute path of a machine")
    assert faults == []


def test_core_reads_no_clock_and_opens_no_file() -> None:
    faults = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (PACKAGE / "core").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and reaches_out(node.func)
    ]
    assert faults == []


def reaches_out(function: ast.expr) -> bool:
    """True for calls that contracts on imports cannot see: files through a built-in, the clock through datetime."""
    if isinstance(function, ast.Name):
        return function.id in ("open", "input", "print")
    return isinstance(function, ast.Attribute) and function.attr in ("now", "utcnow", "today")

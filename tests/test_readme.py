"""The README's key table is derived from the command table; ``python -m tests.test_readme`` writes it again."""

from __future__ import annotations

import re
from pathlib import Path

from tui.app.commands import COMMANDS, key_label
from tui.app.widgets.failure_text import FailureScroll
from tui.app.widgets.output_view import OutputView

README = Path(__file__).parent.parent / "README.md"
TABLE = re.compile(r"(<!-- keys:[^\n]*-->\n).*?(<!-- /keys -->)", re.DOTALL)


def key_table() -> str:
    """The table of all keys as Markdown."""
    rows = ["| key | what it does |", "|---|---|"]
    for command in COMMANDS:
        keys = command.key_label or " ".join(f"`{key_label(key)}`" for key in command.keys.split(","))
        shown = keys if keys.startswith("`") else f"`{keys}`"
        rows.append(f"| {shown} | {command.help} |")
    for place, widget in (("output", OutputView), ("failure", FailureScroll)):
        for binding in widget.BINDINGS:
            if binding.description and binding.key not in ("e", "E"):
                keys = " ".join(f"`{key_label(key)}`" for key in binding.key.split(","))
                rows.append(f"| {keys} | in the {place}: {binding.description.lower()} |")
    return "\n".join(rows) + "\n"


def written(text: str) -> str:
    """``text`` with the key table as it should be."""
    return TABLE.sub(lambda match: match[1] + key_table() + match[2], text)


def test_the_key_table_is_current() -> None:
    text = README.read_text(encoding="utf-8")
    assert TABLE.search(text)
    assert written(text) == text, "run: python -m tests.test_readme"


def test_pictures_and_files_that_it_names_exist() -> None:
    text = README.read_text(encoding="utf-8")
    for path in re.findall(r"\]\(([^)]+)\)", text) + re.findall(r"`([A-Z]+\.md)`", text):
        assert (README.parent / path).is_file(), path


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")

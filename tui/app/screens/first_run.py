"""The first screen of somebody who has no profile yet: what was looked for, and the ways to go on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Center, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.app.widgets.bars import Segment, StatusBar

NOTE = (
    "Watching a sandbox sends requests to it. For named sandboxes those requests reset the idle clock, so a watched"
    " sandbox does not suspend. boxscope never contacts a suspended sandbox unless you ask it to."
)


class FirstRunScreen(Screen[str]):
    """Answers with ``env``, ``login``, ``demo`` or ``profiles``; ``quit`` leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,escape", "choose('quit')", "Quit", show=False),
        Binding("1", "choose('env')", "Environment", show=False),
        Binding("2", "choose('login')", "Login", show=False),
        Binding("3", "choose('demo')", "Demo", show=False),
        Binding("4", "choose('profiles')", "Profiles", show=False),
        Binding("j", "move(1)", "Down", show=False),
        Binding("k", "move(-1)", "Up", show=False),
    ]

    def __init__(self, report: Mapping[str, str], *, broken: int, has_demo: bool) -> None:
        """``report`` says where credentials were looked for and what was there; ``broken`` counts broken profiles."""
        super().__init__()
        self._report, self._broken, self._has_demo = report, broken, has_demo

    def compose(self) -> ComposeResult:
        """What was found, and the choices."""
        bar = StatusBar(id="status")
        bar.left = (Segment("boxscope", "bold $accent"),)
        bar.right = (Segment("first run", "$text-muted"),)
        yield bar
        with Center(id="first-run"), Vertical(id="welcome"):
            yield Static("Welcome", classes="dialog-title", markup=False)
            yield Static(self._found(), markup=False, id="looked-in")
            yield OptionList(*self._choices(), id="choices", compact=True)
            yield Static(NOTE, classes="dialog-note", markup=False)
        yield Static("  ↑↓ choose   enter go on   q quit", id="first-run-keys", markup=False)

    def on_mount(self) -> None:
        """The list has the focus."""
        self.query_one(OptionList).focus()

    def _found(self) -> Content:
        width = max((len(place) for place in self._report), default=0)
        lines = [Content("There is no profile yet. Credentials were looked for in:"), Content("")]
        for place, what in self._report.items():
            style = "$text-muted" if what.startswith("not") else "bold"
            lines.append(Content.assemble(f"  {place:<{width}}   ", (what, style)))
        count = f"{self._broken} broken" if self._broken else "none"
        lines.append(Content.assemble(f"  {'boxscope profiles':<{width}}   ", (count, "$text-muted")))
        return Content("\n").join(lines)

    def _choices(self) -> list[Option]:
        choices = [
            ("env", "1", "Use an API key from an environment variable (nothing is stored)"),
            ("login", "2", "Use the login of the tl command (run 'tl login' first)"),
            ("demo", "3", "Try the built-in demo sandbox (no network, no account)"),
            ("profiles", "4", "Look at the profiles"),
        ]
        return [
            Option(
                Content.assemble((f" {key} ", "bold $accent"), f" {text}"),
                id=name,
                disabled=name == "demo" and not self._has_demo,
            )
            for name, key, text in choices
        ]

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_id or "quit")

    def action_choose(self, choice: str) -> None:
        """Choose by key."""
        if choice != "demo" or self._has_demo:
            self.dismiss(choice)

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        options = self.query_one(OptionList)
        if rows > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

"""Dialogs. Each that changes something names its target in full, and was given that target before it opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from tui.app.commands import Command, Situation
from tui.core.format import SIGNAL_NAMES, signal_name, signal_number
from tui.core.models import Process
from tui.core.text import one_line


def target_text(process: Process, sandbox: str = "") -> Content:
    """A process in full, for a dialog: pid, managed name, its sandbox where several are watched, and command line."""
    name = f"  {process.name}" if process.name else ""
    box = f"  in {sandbox}" if sandbox else ""
    return Content.assemble((f"pid {process.pid}{name}{box}", "bold"), "\n", one_line(process.command_line, 400))


class ConfirmDialog(ModalScreen[bool]):
    """Asks before something is done; the safe answer has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n,q", "answer(False)", "No", show=False),
        Binding("y", "answer(True)", "Yes", show=False),
        Binding("left,right,tab,shift+tab", "other", "Other answer", show=False),
    ]

    def __init__(
        self, question: str, target: Content | str, yes: str, *, no: str = "Cancel", danger: bool = True
    ) -> None:
        super().__init__()
        self._question = question
        self._target = Content(target) if isinstance(target, str) else target
        self._yes, self._no, self._danger = yes, no, danger

    def compose(self) -> ComposeResult:
        """Question, target, two buttons."""
        with Vertical(classes="dialog"):
            yield Static(self._question, classes="dialog-title", markup=False)
            yield Static(self._target, classes="dialog-target", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button(self._no, id="no", compact=True)
                yield Button(f"{self._yes}  y", id="yes", variant="error" if self._danger else "primary", compact=True)

    def on_mount(self) -> None:
        """The safe answer first."""
        self.query_one("#no", Button).focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_answer(self, answer: bool) -> None:
        """Answer by key."""
        self.dismiss(answer)

    def action_other(self) -> None:
        """Move between the two buttons."""
        wanted = "#yes" if self.query_one("#no", Button).has_focus else "#no"
        self.query_one(wanted, Button).focus()


class ChoiceDialog(ModalScreen[str | None]):
    """A short list to choose from; answers with the id of the choice, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "cancel", "Cancel", show=False),
        Binding("j", "down", "Down", show=False),
        Binding("k", "up", "Up", show=False),
    ]

    def __init__(self, title: str, target: Content, options: Sequence[Option], *, keys: dict[str, str]) -> None:
        """``keys`` maps a key to the id of the option that it chooses at once."""
        super().__init__()
        self._title_text, self._target, self._options, self._keys = title, target, list(options), keys

    def compose(self) -> ComposeResult:
        """Title, target, list."""
        with Vertical(classes="dialog"):
            yield Static(self._title_text, classes="dialog-title", markup=False)
            yield Static(self._target, classes="dialog-target", markup=False)
            yield OptionList(*self._options, compact=True)

    def on_key(self, event: object) -> None:
        """The key of an option chooses it."""
        choice = self._keys.get(getattr(event, "key", ""))
        if choice is None:
            return
        option = self.query_one(OptionList).get_option(choice)
        if not option.disabled:
            event.stop()  # type: ignore[attr-defined]
            self.dismiss(choice)

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_id)

    def action_cancel(self) -> None:
        """Choose nothing."""
        self.dismiss(None)

    def action_down(self) -> None:
        """Next option."""
        self.query_one(OptionList).action_cursor_down()

    def action_up(self) -> None:
        """Previous option."""
        self.query_one(OptionList).action_cursor_up()


def actions_dialog(target: Content, commands: Sequence[Command], situation: Situation) -> ChoiceDialog:
    """The actions menu for one process; what cannot be done says why."""
    options, keys = [], {}
    for command in commands:
        letter = command.label.rpartition(" ")[2]
        reason = command.disabled_reason(situation)
        text = Content.assemble(
            (f" {letter} ", "bold $accent" if not reason else "$text-disabled"),
            f" {command.title:<18}",
            (reason or command.help, "$text-muted"),
        )
        options.append(Option(text, id=command.id, disabled=reason is not None))
        keys[letter] = command.id
    return ChoiceDialog("Actions", target, options, keys=keys)


_COMMON_SIGNALS = (15, 2, 1, 9, 3, 10, 12, 18, 19)


class SignalDialog(ModalScreen[int | None]):
    """Choose a signal by list, or type its name or number; answers with the number."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", show=False),
        Binding("down", "to_list", "List", show=False),
    ]

    def __init__(self, target: Content) -> None:
        super().__init__()
        self._target = target

    def compose(self) -> ComposeResult:
        """Target, input, list."""
        with Vertical(classes="dialog"):
            yield Static("Send a signal to", classes="dialog-title", markup=False)
            yield Static(self._target, classes="dialog-target", markup=False)
            yield Input(placeholder="name or number, or choose below", compact=True, id="signal")
            yield OptionList(
                *(Option(f"{number:>3}  {SIGNAL_NAMES[number]}", id=str(number)) for number in _COMMON_SIGNALS),
                compact=True,
            )
            yield Static("", classes="dialog-error", id="error", markup=False)

    def on_mount(self) -> None:
        """The list has the focus: Enter sends TERM after one more question."""
        self.query_one(OptionList).focus()
        self.query_one(OptionList).highlighted = 0

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        number = signal_number(event.value)
        if number is None:
            self.query_one("#error", Static).update(f"“{one_line(event.value, 40)}” is no signal; try TERM or 15")
        else:
            self._ask(number)

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self._ask(int(event.option_id or 0))

    def _ask(self, number: int) -> None:
        def answered(yes: bool | None) -> None:
            if yes:
                self.dismiss(number)

        name = signal_name(number)
        self.app.push_screen(ConfirmDialog(f"Send {name}?", self._target, f"Send {name}"), answered)

    def action_cancel(self) -> None:
        """Send nothing."""
        self.dismiss(None)

    def action_to_list(self) -> None:
        """From the input to the list."""
        self.query_one(OptionList).focus()


class LineDialog(ModalScreen[str | None]):
    """Asks for one line of text."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel", show=False)]

    def __init__(self, title: str, target: Content, placeholder: str, *, value: str = "") -> None:
        super().__init__()
        self._title_text, self._target, self._placeholder, self._value = title, target, placeholder, value

    def compose(self) -> ComposeResult:
        """Title, target, input."""
        with Vertical(classes="dialog"):
            yield Static(self._title_text, classes="dialog-title", markup=False)
            yield Static(self._target, classes="dialog-target", markup=False)
            yield Input(value=self._value, placeholder=self._placeholder, compact=True)
            yield Static("enter go on   esc cancel", classes="dialog-hint", markup=False)

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)

    def action_cancel(self) -> None:
        """No answer."""
        self.dismiss(None)


class TextDialog(ModalScreen[None]):
    """Shows facts in two columns, to be read and scrolled."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,d", "close", "Close", show=False),
        Binding("j,down", "scroll(1)", "Down", show=False),
        Binding("k,up", "scroll(-1)", "Up", show=False),
    ]

    def __init__(self, title: str, facts: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._title_text, self._facts = title, list(facts)

    def compose(self) -> ComposeResult:
        """Title and facts."""
        width = max((len(name) for name, _ in self._facts), default=0)
        with Vertical(classes="dialog dialog-wide"):
            yield Static(self._title_text, classes="dialog-title", markup=False)
            with VerticalScroll(can_focus=False):
                for name, value in self._facts:
                    with Horizontal(classes="fact"):
                        yield Static(name.ljust(width), classes="fact-name", markup=False)
                        yield Static(Content(value), classes="fact-value", markup=False)
            yield Static("esc close", classes="dialog-hint", markup=False)

    def action_close(self) -> None:
        """Close."""
        self.dismiss(None)

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

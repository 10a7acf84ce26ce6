"""Every command of the dashboard, once: its key, its words, and when it is not to be had.

Bindings, the footer, the help screen, the command palette, the actions menu and the README's key table are all derived
from :data:`COMMANDS`. Longer than other files, because a table that is read as a whole stays in one place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from textual.binding import Binding

from tui.core.contact import Contact
from tui.core.models import Process


@dataclass(frozen=True, slots=True)
class Situation:
    """What a command's availability depends on."""

    process: Process | None = None
    """The process under the cursor of the list."""
    contact: Contact = field(default_factory=Contact)
    read_only: bool = False
    has_tracebacks: bool = False
    has_output: bool = False
    has_frame: bool = False
    """There is a frame of a traceback to open the source of."""
    earlier_runs: int = 0
    later_runs: int = 0
    has_control: bool = False
    sandbox: str = ""
    selected: int = 0
    """Processes that are selected in the list."""


Reason = Callable[[Situation], str | None]


def always(_: Situation) -> str | None:
    """Never disabled."""
    return None


def needs_process(situation: Situation) -> str | None:
    """There must be a process to do it to."""
    return None if situation.process else "no process is selected"


def _may_act(situation: Situation) -> str | None:
    if situation.read_only:
        return "the profile is read-only"
    if reason := needs_process(situation):
        return reason
    return None if situation.contact.is_live else "the sandbox is not in contact"


def needs_running(situation: Situation) -> str | None:
    """The process must be running, and changing things allowed."""
    if reason := _may_act(situation):
        return reason
    assert situation.process is not None
    return "the process has ended" if situation.process.is_finished else None


def needs_managed(situation: Situation) -> str | None:
    """The process must be one that the sandbox restarts."""
    if reason := _may_act(situation):
        return reason
    assert situation.process is not None
    return None if situation.process.managed else "only a managed process can be restarted"


def needs_stdin(situation: Situation) -> str | None:
    """Its standard input must be an open pipe."""
    if reason := needs_running(situation):
        return reason
    assert situation.process is not None
    return None if situation.process.stdin_writable else "its standard input is not open"


def needs_tracebacks(situation: Situation) -> str | None:
    """There must be one to jump to."""
    return None if situation.has_tracebacks else "no traceback in this output"


def needs_frame(situation: Situation) -> str | None:
    """There must be a frame to go to."""
    return None if situation.has_frame else "no traceback with frames is shown"


def needs_output(situation: Situation) -> str | None:
    """There must be lines."""
    return None if situation.has_output else "there is no output yet"


def needs_selected(situation: Situation) -> str | None:
    """Processes must be selected in the list."""
    return None if situation.selected else "select processes first (space in the list)"


def needs_earlier_runs(situation: Situation) -> str | None:
    """There must be a run before the one that is shown."""
    return None if situation.earlier_runs else "no earlier run is held"


def needs_later_runs(situation: Situation) -> str | None:
    """There must be a run after the one that is shown."""
    return None if situation.later_runs else "this is the latest run"


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that a user can do.

    ``action`` is a Textual action of the monitor screen. ``footer`` orders the hints at the bottom, 0 keeps it out.
    """

    id: str
    keys: str
    title: str
    help: str
    action: str
    group: str = "general"
    disabled_reason: Reason = always
    destructive: bool = False
    footer: int = 0
    hint: str = ""
    """A shorter title for the footer."""
    key_label: str = ""
    """How the key is written; empty: as the first of ``keys``."""

    @property
    def label(self) -> str:
        """How its first key is written for people."""
        return self.key_label or key_label(self.keys.partition(",")[0])

    def binding(self) -> Binding:
        """Its Textual binding, remappable by its id."""
        return Binding(self.keys, self.action, self.title, show=False, id=self.id)


_LABELS = {
    "question_mark": "?",
    "colon": ":",
    "slash": "/",
    "ampersand": "&",
    "escape": "esc",
    "number_sign": "#",
    "apostrophe": "'",
    "plus": "+",
    "minus": "-",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "space": "space",
    "pageup": "PgUp",
    "pagedown": "PgDn",
}


def key_label(key: str) -> str:
    """A Textual key name as it is printed on a keyboard."""
    return _LABELS.get(key, key.upper() if key.startswith("f") and key[1:].isdecimal() else key)


COMMANDS: tuple[Command, ...] = (
    Command("app.help", "question_mark,f1", "Help", "Keys and words of this screen", "help", footer=90),
    Command(
        "app.palette", "colon,ctrl+p", "Commands", "Find any command by typing", "app.command_palette", footer=80,
    ),
    Command("pane.next", "tab", "Next pane", "Move the focus to the next pane", "next_pane", footer=40, hint="pane"),
    Command("pane.previous", "shift+tab", "Previous pane", "Move the focus to the previous pane", "previous_pane"),
    Command(
        "pane.sandboxes", "1", "Sandboxes", "Show another of the watched sandboxes, or watch one more", "sandboxes",
    ),
    Command("pane.processes", "2", "Go to processes", "Focus the process list", "focus_processes"),
    Command("pane.output", "3", "Go to output", "Focus the output", "focus_output"),
    Command("pane.errors", "4", "Go to errors", "Focus the error groups", "focus_errors"),
    Command(
        "pane.failure", "5", "Go to failure", "Focus the failure: why the process failed, and the source of it",
        "focus_failure",
    ),
    Command("pane.zoom", "z", "Zoom", "Give the focused pane the whole screen, again to restore", "zoom", footer=45),
    Command(
        "display.freeze", "P", "Freeze display",
        "Hold the picture still; output goes on being read and is shown when you let go", "freeze",
    ),
    Command("sandbox.refresh", "r", "Refresh now", "Ask the sandbox at once, or try again now", "refresh", footer=70,
            hint="refresh"),
    Command(
        "sandbox.release", "U", "Stop or resume watching",
        "Send the sandbox no requests, so that it may go to sleep; again to watch it", "release", group="sandbox",
    ),
    Command("profiles.pick", "ctrl+o", "Profiles", "Choose, add or edit a profile", "profiles", group="profiles"),
    Command("app.back", "q", "Back or leave", "One level back; at the top, leave", "back", footer=95, hint="quit"),
    Command(
        "app.cancel", "escape", "Cancel", "Cancel, clear a filter or search, one level back; never leaves", "cancel",
    ),
    Command(
        "processes.filter", "slash", "Filter or search",
        "In the list: filter by typing (! turns it round, ~ matches loosely). In the output: search", "find",
        footer=30, hint="find",
    ),
    Command(
        "processes.all", "A", "Show all", "Show or hide the processes that ended well", "toggle_all", group="processes",
    ),
    Command(
        "process.details", "d", "Details", "Everything known about the process", "details", group="processes",
        disabled_reason=needs_process, footer=50, hint="details",
    ),
    Command(
        "process.why", "i", "Why?",
        "The cause of the failure with its evidence; in the errors: why these are one group", "why",
        group="processes", disabled_reason=needs_process, footer=15, hint="why",
    ),
    Command("errors.finer", "plus", "Finer groups", "Tell errors apart by more", "finer", group="errors"),
    Command("errors.coarser", "minus", "Coarser groups", "Tell errors apart by less", "coarser", group="errors"),
    Command(
        "errors.mute", "", "Mute or unmute",
        "In the errors: mute the group, or no longer; it stays in the counts, and the profile remembers it", "mute",
        group="errors", key_label="M",
    ),
    Command(
        "processes.select", "", "Select", "Select the process under the cursor, or no longer; esc selects none",
        "select_process", group="processes", disabled_reason=needs_process, key_label="space",
    ),
    Command(
        "processes.merge", "M", "Merged output", "The output of the selected processes in one, merged by time", "merge",
        group="processes", disabled_reason=needs_selected,
    ),
    Command("output.open", "enter", "Open output", "Go to the output of the process", "open_output", group="processes"),
    Command(
        "output.stream", "s", "stdout or stderr", "Switch between standard error and standard output", "switch_stream",
        group="output", disabled_reason=needs_process, footer=25, hint="stdout/stderr",
    ),
    Command(
        "output.next-error", "e", "Next traceback", "Jump to the next traceback; those of muted groups are passed over",
        "next_traceback", group="output", disabled_reason=needs_tracebacks, footer=10, hint="next error",
    ),
    Command(
        "output.previous-error", "E", "Previous traceback", "Jump to the previous traceback, past muted groups",
        "previous_traceback", group="output", disabled_reason=needs_tracebacks,
    ),
    Command(
        "source.open", "o", "Open source", "Open a copy of the source at the frame in your editor", "edit",
        group="output", disabled_reason=needs_frame, footer=12, hint="open source",
    ),
    Command(
        "source.local", "O", "Open local file",
        "Open the file of this machine that stands for the source at the frame (path_map in the profile)",
        "edit_local", group="output", disabled_reason=needs_frame,
    ),
    Command(
        "output.save", "ctrl+s", "Save output", "Save the output of this pane to a file", "save", group="output",
        disabled_reason=needs_output,
    ),
    Command(
        "output.previous-run", "left_square_bracket", "Previous run", "Show the run before this one", "previous_run",
        group="output", disabled_reason=needs_earlier_runs,
    ),
    Command(
        "output.next-run", "right_square_bracket", "Next run", "Show the run after this one", "next_run",
        group="output", disabled_reason=needs_later_runs,
    ),
    Command(
        "actions.menu", "a", "Actions", "Signal, kill, restart or write to the process", "actions", group="actions",
        disabled_reason=needs_process, footer=20, hint="actions",
    ),
    Command(
        "process.signal", "", "Send a signal", "Choose a signal and send it", "signal", group="actions",
        disabled_reason=needs_running, destructive=True, key_label="a s",
    ),
    Command(
        "process.kill", "", "Kill", "End it and its whole group", "kill", group="actions",
        disabled_reason=needs_running, destructive=True, key_label="a k",
    ),
    Command(
        "process.restart", "", "Restart", "Restart a managed process", "restart", group="actions",
        disabled_reason=needs_managed, destructive=True, key_label="a r",
    ),
    Command(
        "process.stdin", "", "Write to stdin", "Send one line to its standard input", "write_stdin", group="actions",
        disabled_reason=needs_stdin, destructive=True, key_label="a i",
    ),
)  # fmt: skip

BY_ID = {command.id: command for command in COMMANDS}
BY_ACTION = {command.action: command for command in COMMANDS}


def bindings() -> list[Binding]:
    """Bindings of all commands that have a key of their own."""
    return [command.binding() for command in COMMANDS if command.keys]


def menu() -> tuple[Command, ...]:
    """The commands of the actions menu."""
    return tuple(command for command in COMMANDS if command.group == "actions" and command.destructive)


def footer() -> list[Command]:
    """The commands of the footer, in their order."""
    return sorted((command for command in COMMANDS if command.footer), key=lambda command: command.footer)

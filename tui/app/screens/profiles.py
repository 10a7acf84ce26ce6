"""The profile picker and the form that adds or edits a profile."""

from __future__ import annotations

from dataclasses import fields
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, OptionList, Select, Static
from textual.widgets.option_list import Option

from tui.app.screens.dialogs import ConfirmDialog
from tui.core.errors import BoxscopeError
from tui.core.ports import Profiles
from tui.core.profile import DESCRIPTIONS, KeySource, Profile, Transport, checked_name, profile_from
from tui.core.text import one_line

NEW = "new profile"
"""Id of the option that opens the form; it holds a blank, so that no profile can have it as a name."""


class ProfilePicker(ModalScreen[Profile | None]):
    """All profiles, the broken ones with what is wrong; answers with the one to use."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "cancel", "Cancel", show=False),
        Binding("j", "move(1)", "Down", show=False),
        Binding("k", "move(-1)", "Up", show=False),
        Binding("n", "add", "New", show=False),
        Binding("e", "edit", "Edit", show=False),
        Binding("u", "use", "Make default", show=False),
        Binding("x,delete", "remove", "Remove", show=False),
    ]

    def __init__(self, profiles: Profiles, *, current: str = "") -> None:
        super().__init__()
        self._profiles = profiles
        self._current = current

    def compose(self) -> ComposeResult:
        """Title, list, hints."""
        with Vertical(classes="dialog dialog-wide"):
            yield Static("Profiles", classes="dialog-title", markup=False)
            yield OptionList(id="profile-list", compact=True)
            yield Static("", classes="dialog-error", id="error", markup=False)
            yield Static(
                "enter watch   n new   e edit   u make default   x remove   esc close",
                classes="dialog-hint",
                markup=False,
            )

    def on_mount(self) -> None:
        """Read the files."""
        self._reload()

    def _reload(self) -> None:
        """Read the files again; the cursor stays on its profile."""
        wanted = self._chosen_name() or self._current
        listing = self._profiles.listing()
        options = self.query_one("#profile-list", OptionList)
        options.clear_options()
        for profile in listing.profiles:
            marks = [
                word
                for word, is_so in (
                    ("default", profile.name == listing.default),
                    ("now", profile.name == self._current),
                )
                if is_so
            ]
            where = profile.sandbox or profile.sandbox_url or "choose a sandbox from the list"
            text = Content.assemble(
                (f"{profile.name:<20}", "bold"),
                (f" {one_line(where, 60)}", "$text-muted"),
                (f"   {', '.join(marks)}" if marks else "", "$text-accent"),
            )
            options.add_option(Option(text, id=profile.name))
        for name, problem in listing.broken.items():
            text = Content.assemble(
                (f"{name:<20}", "bold"), (f" cannot be used: {one_line(problem, 200)}", "$text-error")
            )
            options.add_option(Option(text, id=name, disabled=True))
        options.add_option(Option(Content.styled("+ new profile", "$text-accent"), id=NEW))
        ids = [option.id for option in options.options]
        options.highlighted = ids.index(wanted) if wanted in ids else 0
        options.focus()

    def _chosen_name(self) -> str:
        options = self.query_one("#profile-list", OptionList)
        if options.highlighted is None:
            return ""
        name = options.get_option_at_index(options.highlighted).id or ""
        return "" if name == NEW else name

    def _load(self, name: str) -> Profile | None:
        try:
            return self._profiles.load(name)
        except BoxscopeError as error:
            self._show_error(error)
            return None

    def _show_error(self, error: BoxscopeError) -> None:
        text = f"{error.message}. {error.hint}" if error.hint else error.message
        self.query_one("#error", Static).update(one_line(text, 400))

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        if event.option_id == NEW:
            self.action_add()
        elif event.option_id and (profile := self._load(event.option_id)):
            self.dismiss(profile)

    def action_add(self) -> None:
        """Open an empty form."""
        self.app.push_screen(ProfileForm(self._profiles, Profile()), self._saved)

    def action_edit(self) -> None:
        """Open the form with the profile under the cursor."""
        if (name := self._chosen_name()) and (profile := self._load(name)):
            self.app.push_screen(ProfileForm(self._profiles, profile), self._saved)

    def _saved(self, profile: Profile | None) -> None:
        if profile:
            self._reload()

    def action_use(self) -> None:
        """Make the profile under the cursor the default."""
        if name := self._chosen_name():
            try:
                self._profiles.use(name)
            except BoxscopeError as error:
                self._show_error(error)
            else:
                self._reload()

    def action_remove(self) -> None:
        """Remove the profile under the cursor, after asking."""
        name = self._chosen_name()
        if not name:
            return

        def answered(yes: bool | None) -> None:
            if not yes:
                return
            try:
                self._profiles.remove(name)
            except BoxscopeError as error:
                self._show_error(error)
            else:
                self._reload()

        self.app.push_screen(ConfirmDialog("Remove this profile?", name, "Remove"), answered)

    def action_cancel(self) -> None:
        """Choose none."""
        self.dismiss(None)

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        options = self.query_one("#profile-list", OptionList)
        if rows > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()


_TEXT_KEYS = ("sandbox", "sandbox_url", "api_url", "namespace", "api_key_env", "refresh_interval", "filter")
_CHOICES = {"key_source": KeySource, "transport": Transport}
_ORDER = (
    "sandbox",
    "sandbox_url",
    "api_url",
    "namespace",
    "key_source",
    "api_key_env",
    "refresh_interval",
    "transport",
    "filter",
)


class ProfileForm(ModalScreen[Profile | None]):
    """Adds or edits a profile; answers with the saved one. What cannot be saved is explained in the form."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", show=False),
        Binding("ctrl+s", "save", "Save", show=False),
    ]

    def __init__(self, profiles: Profiles, profile: Profile) -> None:
        super().__init__()
        self._profiles = profiles
        self._profile = profile

    def compose(self) -> ComposeResult:
        """A line per key."""
        is_new = not self._profile.name
        with Vertical(classes="dialog dialog-wide form-dialog"):
            yield Static("New profile" if is_new else "Edit profile", classes="dialog-title", markup=False)
            with VerticalScroll(classes="form", can_focus=False):
                with Horizontal(classes="field"):
                    yield Static("name", classes="field-name", markup=False)
                    yield Input(
                        value=self._profile.name,
                        placeholder="how you call it",
                        id="field-name",
                        compact=True,
                        disabled=not is_new,
                    )
                for key in _ORDER:
                    with Horizontal(classes="field"):
                        yield Static(key.replace("_", " "), classes="field-name", markup=False)
                        yield self._field(key)
            yield Static("", classes="dialog-error form-error", id="error", markup=False)
            yield Static(
                "The key itself is never stored: only where it comes from.", classes="dialog-note", markup=False
            )
            with Horizontal(classes="dialog-buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Save  ctrl+s", id="save", variant="primary", compact=True)

    def _field(self, key: str) -> Input | Select[str]:
        value = getattr(self._profile, key)
        if key in _CHOICES:
            options = [(str(member.value), str(member.value)) for member in _CHOICES[key]]
            return Select(options, value=value.value, allow_blank=False, id=f"field-{key}", compact=True)
        text = f"{value:g}" if isinstance(value, float) else str(value)
        return Input(value=text, placeholder=DESCRIPTIONS[key], id=f"field-{key}", compact=True)

    def on_mount(self) -> None:
        """Begin where there is something to fill in."""
        self.query_one("#field-name" if not self._profile.name else "#field-sandbox", Input).focus()

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.action_save()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "save":
            self.action_save()
        else:
            self.dismiss(None)

    def action_cancel(self) -> None:
        """Save nothing."""
        self.dismiss(None)

    def action_save(self) -> None:
        """Check and save."""
        try:
            profile = self._read()
            self._profiles.save(profile, replace=bool(self._profile.name))
        except BoxscopeError as error:
            text = f"{error.message}. {error.hint}" if error.hint else error.message
            self.query_one("#error", Static).update(one_line(text, 400))
        else:
            self.dismiss(profile)

    def _read(self) -> Profile:
        """The profile as it stands in the form, the keys that the form does not show unchanged. Raises ProfileError."""
        name = checked_name(self.query_one("#field-name", Input).value.strip())
        table: dict[str, object] = {}
        for field in fields(Profile):
            if field.name == "name":
                continue
            value = getattr(self._profile, field.name)
            table[field.name] = getattr(value, "value", value)
        for key in _TEXT_KEYS:
            text = self.query_one(f"#field-{key}", Input).value.strip()
            table[key] = _number(text) if key == "refresh_interval" else text
        for key in _CHOICES:
            table[key] = self.query_one(f"#field-{key}", Select).value
        return profile_from(name, table)


def _number(text: str) -> float | str:
    """The number in ``text``; the text itself where it is none, for the check to complain of."""
    try:
        return float(text)
    except ValueError:
        return text

"""The application: which screen is shown for which profile, themes, and the command palette.

The main screen is what nearly every start shows first, so the others are imported when they are.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from textual.app import App, SystemCommand
from textual.screen import Screen
from textual.theme import BUILTIN_THEMES, Theme

from tui.app.notices import notice_of
from tui.app.screens.monitor import MonitorScreen
from tui.app.stylesheets import stylesheets
from tui.app.themes import DEFAULT, THEMES
from tui.app.watched import Way
from tui.core.blocks import BlockStore
from tui.core.errors import BoxscopeError
from tui.core.ports import Connection, Connector, Desktop, Editor, Profiles
from tui.core.profile import KeySource, Profile
from tui.core.text import one_line

Answer = TypeVar("Answer")
OUR_THEMES = {theme.name: theme for theme in THEMES}
StartDemo = Callable[[], Awaitable[tuple[Connector, Profile]]]


def _help_screen() -> Screen[None]:
    from tui.app.screens.help import HelpScreen

    return HelpScreen()


class BoxscopeApp(App[None]):
    """The dashboard. Everything from outside comes in through the ports that it is given."""

    TITLE = "boxscope"
    CSS_PATH = stylesheets()
    SCREENS = {"help": _help_screen}
    ENABLE_COMMAND_PALETTE = True
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (40, "-narrow"), (80, "-normal"), (140, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (10, "-low"), (20, "-medium"), (36, "-tall")]
    COMMAND_PALETTE_BINDING = "ctrl+p"

    def __init__(
        self,
        *,
        connector: Connector,
        profiles: Profiles,
        profile: Profile | None,
        further: Sequence[Profile] = (),
        new_store: Callable[[], BlockStore],
        desktop: Desktop,
        editor: Editor,
        initial: str = "",
        guard: str = "",
        notice: str = "",
        theme: str = "",
        start_demo: StartDemo | None = None,
        when_shown: Callable[[], None] | None = None,
    ) -> None:
        """``profile`` None: the picker, or the first-run screen where there is no profile.

        What ``further`` names is watched as well; what ``profile`` names is shown first.

        ``initial`` names the process (managed name or pid) to select once it is listed; ``guard`` one that leaving
        would kill, so that the user is asked first; ``notice`` is shown once. ``start_demo`` starts the embedded
        sandbox with its demo processes and gives the way to it. ``when_shown`` is called once the app is on screen.
        """
        # Before Textual's own __init__: every later change of theme has all styles parsed twice more.
        self.set_reactive(App.theme, theme if theme in BUILTIN_THEMES or theme in OUR_THEMES else DEFAULT)
        super().__init__()
        self._when_shown = when_shown
        self._connector = connector
        self._profiles = profiles
        self._profile, self._further = profile, further
        self._new_store = new_store
        self._desktop, self._editor = desktop, editor
        self._initial, self._guard, self._notice = initial, guard, notice
        self._start_demo = start_demo

    @property
    def available_themes(self) -> dict[str, Theme]:
        """Textual's themes and ours."""
        return {**super().available_themes, **OUR_THEMES}

    def on_mount(self) -> None:
        """The first screen."""
        if self._profile is not None:
            self.open_profile(self._profile, *self._further)
        elif self._profiles.listing().profiles:
            self._pick_profile()
        else:
            self._first_run()

    def on_ready(self) -> None:
        """The screen is drawn."""
        if self._when_shown is not None:
            self._when_shown()

    # Screens

    def _first_run(self) -> None:
        from tui.app.screens.first_run import FirstRunScreen

        screen = FirstRunScreen(
            self._connector.credential_report(),
            broken=len(self._profiles.listing().broken),
            has_demo=self._start_demo is not None,
        )
        self.push_screen(screen, self._first_choice)

    def _first_choice(self, choice: str | None) -> None:
        if choice == "env":
            self.open_profile(Profile(key_source=KeySource.ENV, api_key_env="TENSORLAKE_API_KEY"))
        elif choice == "login":
            self.open_profile(Profile(key_source=KeySource.LOGIN))
        elif choice == "demo":
            self.run_worker(self._demo())
        elif choice == "profiles":
            self._pick_profile()
        else:
            self.exit()

    async def _demo(self) -> None:
        assert self._start_demo is not None
        try:
            self._connector, profile = await self._start_demo()
        except BoxscopeError as error:
            self.notify(one_line(error.message), severity="error", markup=False)
            self._first_run()
        else:
            self.open_profile(profile)

    def _pick_profile(self, error: str = "") -> None:
        from tui.app.screens.profiles import ProfilePicker

        current = self._profile.name if self._profile else ""
        self.push_screen(ProfilePicker(self._profiles, current=current), self._picked)
        if error:
            self.notify(error, severity="error", markup=False, timeout=10)

    def _picked(self, profile: Profile | None) -> None:
        if profile is not None:
            self._initial = self._guard = self._notice = ""
            self.open_profile(profile)
        elif len(self.screen_stack) == 1:
            # Nothing else is open to go back to.
            if self._profiles.listing().profiles:
                self.exit()
            else:
                self._first_run()

    def open_profile(self, profile: Profile, *further: Profile) -> None:
        """Watch what ``profile`` names, and what ``further`` ones name; ask which sandboxes where it names none."""
        connections = self._connected([profile, *further])
        if connections is None:
            return
        self._profile = profile
        if profile.sandbox or profile.sandbox_url:
            self._watch([Way(connection) for connection in connections])
        else:
            from tui.app.screens.sandboxes import SandboxPicker

            (connection,) = connections
            self._replace(
                SandboxPicker(connection, on_profiles=self._pick_profile),
                lambda chosen: self._chosen(connection, chosen),
            )

    def _connected(self, profiles: Sequence[Profile]) -> list[Connection] | None:
        """A connection for each; where one cannot be made, none are kept, and the user is asked for a profile."""
        connections: list[Connection] = []
        try:
            for profile in profiles:
                connections.append(self._connector.connect(profile))  # noqa: PERF401 - those made so far are closed
        except BoxscopeError as error:
            for connection in connections:
                self.run_worker(connection.aclose())
            self._pick_profile(notice_of(error))
            return None
        return connections

    def _chosen(self, connection: Connection, sandboxes: tuple[str, ...] | None) -> None:
        if sandboxes is None:
            self.exit()
            return
        # Each sandbox has a connection of its own: its streams hold so many of those that one may have open.
        further = self._connected([connection.profile] * (len(sandboxes) - 1))
        if further is None:
            self.run_worker(connection.aclose())
        else:
            self._watch([Way(*way) for way in zip((connection, *further), sandboxes, strict=True)])

    def _watch(self, ways: Sequence[Way]) -> None:
        self._replace(
            MonitorScreen(
                ways,
                connect=self._connector.connect,
                new_store=self._new_store,
                initial=self._initial,
                guard=self._guard,
                notice=self._notice,
                desktop=self._desktop,
                editor=self._editor,
                profiles=self._profiles,
                on_profiles=self._pick_profile,
            ),
            lambda _: None,
        )

    def _replace(self, screen: Screen[Answer], answered: Callable[[Answer | None], None]) -> None:
        """Show ``screen`` in the place of every screen above the base."""
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.push_screen(screen, answered)

    def copy_to_clipboard(self, text: str) -> None:
        """Copy through the terminal (OSC 52), and through the desktop's own clipboard where there is one."""
        super().copy_to_clipboard(text)
        self.run_worker(self._desktop.copy(text))

    # The command palette

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The commands and processes of the screen, then the themes."""
        if isinstance(screen, MonitorScreen):
            for title, help_text, call in screen.palette_entries():
                yield SystemCommand(title, help_text, call)
        for theme in THEMES:
            yield SystemCommand(f"Theme: {theme.name}", "Change the colours", lambda name=theme.name: self._use(name))
        yield SystemCommand("Theme: choose", "All themes, those of the terminal too", self.action_change_theme)
        yield SystemCommand("Leave", "Leave boxscope", self.exit)

    def _use(self, theme: str) -> None:
        self.theme = theme

"""A screen of several panes, of which small terminals show one: focus, zoom, the keys that lead from pane to pane."""

from __future__ import annotations

from textual import events
from textual.widget import Widget

from tui.app.direct_drawing import PromptScreen


class PanedScreen(PromptScreen[None]):
    """The class ``-on-NAME`` tells stylesheets and commands which pane has the focus, ``-zoomed`` that it is alone."""

    PANES: tuple[str, ...] = ()
    """Ids of the panes in the order of tab. The first is where escape leads."""

    def __init__(self) -> None:
        super().__init__()
        self.show_pane(self.PANES[0], update=False)

    def take_size(self) -> None:
        """Wear the classes of the terminal's size from the start: to be called while composing.

        Textual adds them with the first resize, and then styles every widget of the screen once more.
        """
        for size, breakpoints in zip(
            self.app.size, (self.app.HORIZONTAL_BREAKPOINTS, self.app.VERTICAL_BREAKPOINTS), strict=True
        ):
            reached = max((point for point in breakpoints or () if point[0] <= size), default=None)
            if reached is not None:
                self.add_class(reached[1], update=False)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Keep Textual, which handles this next, from styling anew what was styled when it was mounted a moment ago."""
        event.refresh_styles = event.refresh_styles and self.stack_updates > 0

    def pane_target(self, name: str) -> Widget:
        """The widget of a pane that takes the focus."""
        raise NotImplementedError

    def may_step_to(self, name: str) -> bool:
        """Whether tab stops at a pane; one without content may be passed over."""
        return bool(name)

    @property
    def pane(self) -> str:
        """The pane that has the focus."""
        return next((name for name in self.PANES if self.has_class(f"-on-{name}")), self.PANES[0])

    def focus_pane(self, name: str) -> None:
        """Show and focus a pane before the next key is looked at: keys typed in one go reach the one they are for."""
        self.show_pane(name)
        widget = self.pane_target(name)
        self.set_focus(widget)
        if self.focused is not widget:
            # It was hidden until now: it can take the focus when the screen is laid out anew.
            self.call_after_refresh(widget.focus)

    def show_pane(self, name: str, *, update: bool = True) -> None:
        """On a small screen, or zoomed, only the focused pane is shown. ``update`` False: before there are widgets."""
        self.update_classes({f"-on-{each}": each == name for each in self.PANES}, update=update)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Follow the focus: where it is by now, since keys pressed in one go may have moved it on from there."""
        inside = {node.id for node in (self.focused or event.widget).ancestors_with_self}
        self.show_pane(next((name for name in self.PANES if name in inside), self.PANES[0]))

    def action_next_pane(self) -> None:
        """Focus the next pane."""
        self._step_pane(1)

    def action_previous_pane(self) -> None:
        """Focus the pane before."""
        self._step_pane(-1)

    def _step_pane(self, step: int) -> None:
        panes = [name for name in self.PANES if name == self.pane or self.may_step_to(name)]
        self.focus_pane(panes[(panes.index(self.pane) + step) % len(panes)])

    def action_zoom(self) -> None:
        """Give the focused pane the whole screen, or take it back."""
        self.toggle_class("-zoomed")

"""The source at the frames of a traceback, read from the sandbox's own files."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.core.source import SourceView, Staleness
from tui.core.text import display_line, one_line
from tui.core.tracebacks.model import Frame

Read = Callable[[Frame], Awaitable[SourceView]]


class SourceDialog(ModalScreen[None]):
    """Shows one frame after the other; ``[`` and ``]`` or the arrows move along them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,o", "close", "Close", show=False),
        Binding("left_square_bracket,left,k,up", "step(-1)", "Previous frame", show=False),
        Binding("right_square_bracket,right,j,down", "step(1)", "Next frame", show=False),
    ]

    def __init__(self, headline: str, frames: tuple[Frame, ...], first: int, read: Read) -> None:
        """``frames`` in printed order, ``first`` the one to begin with; ``read`` gives the source around one."""
        super().__init__()
        self._headline, self._frames, self._at, self._read = headline, frames, first, read

    def compose(self) -> ComposeResult:
        """Place, text, how far it can be trusted."""
        with Vertical(classes="dialog dialog-source"):
            yield Static(Content(self._headline), classes="dialog-title", markup=False)
            yield Static("", id="source-place", markup=False)
            with VerticalScroll(can_focus=False):
                yield Static("", id="source-text", markup=False)
            yield Static("", id="source-state", markup=False)
            yield Static("[ ] frames   esc close", classes="dialog-hint", markup=False)

    def on_mount(self) -> None:
        """Read the first frame."""
        self._show()

    def _show(self) -> None:
        frame = self._frames[self._at]
        place = one_line(f"{frame.file or 'unknown file'}:{frame.line or '?'}  {frame.function or ''}", 300)
        number = f"frame {self._at + 1} of {len(self._frames)}   "
        self.query_one("#source-place", Static).update(Content.assemble((number, "$text-muted"), place))
        self.query_one("#source-text", Static).update(Content.styled("reading …", "$text-muted"))
        self.query_one("#source-state", Static).update("")
        self.run_worker(self._load(frame), exclusive=True)

    async def _load(self, frame: Frame) -> None:
        view = await self._read(frame)
        self.query_one("#source-text", Static).update(source_text(view))
        tone = {Staleness.FRESH: "$text-muted", Staleness.UNKNOWN: "$text-muted"}.get(view.staleness, "$text-warning")
        words = view.reason or "read from the sandbox, unchanged since the process began"
        self.query_one("#source-state", Static).update(Content.styled(one_line(words, 300), tone))

    def action_step(self, step: int) -> None:
        """The frame before or after."""
        wanted = self._at + step
        if 0 <= wanted < len(self._frames):
            self._at = wanted
            self._show()

    def action_close(self) -> None:
        """Close."""
        self.dismiss(None)


def source_text(view: SourceView) -> Content:
    """The lines with their numbers, the one in question marked; what the traceback printed where nothing was read."""
    if not view.lines:
        return (
            Content.assemble(("printed: ", "$text-muted"), one_line(view.printed, 400)) if view.printed else Content("")
        )
    width = len(str(view.first + len(view.lines) - 1))
    parts = []
    for number, raw in enumerate(view.lines, start=view.first):
        is_it = number == view.highlighted
        mark, style = ("▶", "bold $text-error") if is_it else (" ", "$text-muted")
        text = display_line(raw, limit=400, colours=False).text
        parts.append(Content.assemble((f"{mark} {number:>{width}}  ", style), (text, "bold" if is_it else "")))
    if view.staleness is Staleness.DIFFERS and view.printed:
        parts.append(Content.assemble(("printed: ", "$text-warning"), one_line(view.printed, 400)))
    return Content("\n").join(parts)

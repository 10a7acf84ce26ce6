"""The failure pane: why the selected process failed, and the source at the frames of its traceback.

The source is asked for only while the pane is in sight, and a moment after the frame was chosen, because reading it is
a request to the sandbox. What was read is kept, so that going back along the frames asks nothing.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import tzinfo

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from tui.app.one_shot import after
from tui.app.widgets.border_text import show_subtitle, show_title
from tui.app.widgets.empty_panel import EmptyPanel
from tui.app.widgets.failure_lines import FramePlace
from tui.app.widgets.failure_text import FailureScroll, FailureText
from tui.core.cards import CauseCard
from tui.core.emptiness import Emptiness
from tui.core.fingerprint import deciding_frame
from tui.core.models import Process, ProcessKey
from tui.core.source import CONTEXT, SourceView, Staleness
from tui.core.text import one_line
from tui.core.tracebacks.model import Frame

Read = Callable[[Process, Frame], Awaitable[SourceView]]
PAUSE = 0.15
"""Seconds that a frame must stay chosen before its source is asked for."""
KEPT = 64
"""Views that are kept."""
_AROUND = 26
"""Rows of the pane that are left to what is not source."""
_Place = tuple[ProcessKey, str | None, int | None, str]


class FailurePane(Vertical):
    """Shows one :class:`CauseCard`, or why there is none to show."""

    class Shown(Message, namespace="failure_pane"):
        """The pane has come into sight; what it shows may be out of date."""

    def __init__(
        self,
        *,
        read: Read,
        id: str | None = None,  # noqa: A002
        zone: tzinfo | None = None,
        own_paths: tuple[str, ...] = (),
    ) -> None:
        """``read`` gives the source around a frame of a process; it never raises what can be expected."""
        super().__init__(id=id)
        self._read_source, self._zone = read, zone
        self.own_paths = own_paths
        """Roots of the user's own code in the sandbox whose processes are shown."""
        self._process: Process | None = None
        self._card: CauseCard | None = None
        self._frames: tuple[Frame, ...] = ()
        self._at = 0
        self._report: object = None
        self._views: OrderedDict[_Place, SourceView] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None
        self._wanted: _Place | None = None
        self._is_live = False
        self.is_in_sight = False
        """True while it is on screen, so that keeping it up to date is worth something."""

    def compose(self) -> ComposeResult:
        """The facts, or the panel that stands for them."""
        with FailureScroll(id="failure-scroll"):
            yield FailureText(self._zone)
        yield EmptyPanel(id="failure-empty")

    def on_mount(self) -> None:
        """Nothing is known yet."""
        self._show_empty(Emptiness("No process is selected"))

    @property
    def target(self) -> Widget:
        """What takes the focus."""
        return self.query_one(FailureScroll)

    @property
    def frame(self) -> Frame | None:
        """The frame whose source is shown."""
        return self._frames[self._at] if self._frames else None

    def show(self, card: CauseCard | None, process: Process | None, why_empty: Emptiness, *, is_live: bool) -> None:
        """Show ``card`` of ``process``, or say why there is none. ``is_live``: the sandbox may be asked."""
        if is_live and not self._is_live:
            # What could not be read may be had now.
            for place in [place for place, view in self._views.items() if view.staleness is Staleness.UNRESOLVABLE]:
                del self._views[place]
        self._is_live = is_live
        self._process, self._card = process, card
        if card is None or process is None:
            self._frames, self._report = (), None
            self._show_empty(why_empty)
            return
        self._take_frames(process, card)
        self.query_one(EmptyPanel).display = False
        self.query_one(FailureText).display = True
        self._show_text()

    def forget_source(self) -> None:
        """Read the source anew when it is wanted next."""
        self._views.clear()
        self._wanted = None
        self._show_text()

    def _take_frames(self, process: Process, card: CauseCard) -> None:
        """Keep to the frame that was chosen, unless it is another report, or that has other frames by now."""
        shown = card.shown
        frames = tuple(frame for frame in shown.traceback.frames if frame.file) if shown else ()
        report = (process.key, shown.stream, shown.traceback.start) if shown else None
        if report == self._report and frames == self._frames:
            return
        is_other = report != self._report
        self._report, self._frames = report, frames
        deciding = deciding_frame(shown.traceback, self.own_paths) if shown else None
        self._at = frames.index(deciding) if deciding in frames else max(0, len(frames) - 1)
        if is_other:
            self.query_one(FailureScroll).scroll_home(animate=False)

    def _show_empty(self, why: Emptiness) -> None:
        self.query_one(FailureText).display = False
        panel = self.query_one(EmptyPanel)
        panel.display = True
        panel.show(why)
        self._show_frame()

    def _show_text(self) -> None:
        card, place, view = self._card, None, None
        if card is None:
            return
        if (frame := self.frame) is not None and self._process is not None:
            key = _place_of(self._process, frame)
            place = FramePlace(frame, self._at + 1, len(self._frames))
            view = self._views.get(key)
            if view is None:
                self._want(key)
        context = max(3, min(CONTEXT, (self.size.height - _AROUND) // 2))
        self.query_one(FailureText).show(card, place, view, context)
        self._show_frame()

    def _show_frame(self) -> None:
        process = self._process
        title = [Content.styled("Failure", "bold")]
        if process is not None:
            name = f"  {one_line(process.name, 40)} run {process.run}" if process.managed else ""
            title.append(Content.styled(f"{process.pid}{name}", "$text-muted"))
        show_title(self, Content("  ").join(title))
        keys = "[ ] frames  o open" if len(self._frames) > 1 else "o open" if self._frames else ""
        show_subtitle(self, Content.styled(keys, "$text-muted"))

    # ---------------------------------------------------------------- source

    def _want(self, key: _Place) -> None:
        """Ask for the source of the frame once it has stayed for a moment, if anybody can see it."""
        if not self.is_in_sight or key == self._wanted:
            return
        self._wanted = key
        if self._timer is not None:
            self._timer.cancel()
        self._timer = after(self, PAUSE, self._begin)

    def _begin(self) -> None:
        self._timer = None
        frame, process = self.frame, self._process
        if self.is_in_sight and frame is not None and process is not None:
            self.run_worker(self._load(process, frame), exclusive=True, group="failure source")
        else:
            self._wanted = None

    async def _load(self, process: Process, frame: Frame) -> None:
        view = await self._read_source(process, frame)
        key = _place_of(process, frame)
        self._views[key] = view
        while len(self._views) > KEPT:
            self._views.popitem(last=False)
        if self._wanted == key:
            self._wanted = None
        self._show_text()

    # ---------------------------------------------------------------- what happens

    def on_failure_scroll_frame_stepped(self, event: FailureScroll.FrameStepped) -> None:
        """Another frame of the same report."""
        event.stop()
        wanted = self._at + event.step
        if 0 <= wanted < len(self._frames):
            self._at = wanted
            self._show_text()

    def on_failure_scroll_copy_wanted(self, event: FailureScroll.CopyWanted) -> None:
        """What it says, for a report or a question to somebody."""
        event.stop()
        if self._card is not None:
            self.app.copy_to_clipboard(self.query_one(FailureText).text + "\n")
            self.notify("failure copied", markup=False, timeout=2)

    def on_show(self) -> None:
        """It came into sight."""
        self.is_in_sight = True
        self.post_message(self.Shown())
        self._show_text()

    def on_hide(self) -> None:
        """It went out of sight."""
        self.is_in_sight = False

    def on_resize(self, _: events.Resize) -> None:
        """There is more or less room for source."""
        self._show_text()


def _place_of(process: Process, frame: Frame) -> _Place:
    return process.key, frame.file, frame.line, frame.source

"""What a pane shows instead of nothing: why it is empty, and the key that leads on."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from tui.core.emptiness import Emptiness


def emptiness_text(emptiness: Emptiness) -> Content:
    """Heading, reasons and keys as one block."""
    parts = [Content.styled(emptiness.heading, "bold")]
    if emptiness.lines:
        parts.append(Content(""))
        parts.extend(Content.styled(line, "$text-muted") for line in emptiness.lines)
    if emptiness.keys:
        parts.append(Content(""))
        keys = [Content.assemble((key, "bold $accent"), (f"  {what}", "$text-muted")) for key, what in emptiness.keys]
        parts.append(Content("    ").join(keys))
    return Content("\n").join(parts)


class EmptyPanel(Static):
    """A centred, wrapped text in a pane without content."""

    DEFAULT_CSS = """
    EmptyPanel { width: 1fr; height: 1fr; content-align: center middle; text-align: center; padding: 0 2; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__("", id=id, markup=False)
        self._shown: Emptiness | None = None

    def show(self, emptiness: Emptiness) -> None:
        """Show this, unless it is what is shown."""
        if emptiness != self._shown:
            self._shown = emptiness
            self.update(emptiness_text(emptiness))

"""A callback after a while, which comes for certain.

Textual's own ``set_timer`` never calls back where its time is over before its task begins to wait: a timer of a
repeating kind would skip such a turn, and one that has a single turn skips it too. On a busy machine this hits short
delays every few thousand times.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual.widget import Widget


def after(widget: Widget, seconds: float, callback: Callable[[], object]) -> asyncio.TimerHandle:
    """Call ``callback`` in the turn of ``widget`` after so many seconds, unless the handle is cancelled before.

    Nothing is called once the widget is gone. Raises RuntimeError outside of the event loop.
    """
    return asyncio.get_running_loop().call_later(max(0.0, seconds), widget.call_later, callback)

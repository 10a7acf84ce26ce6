"""How the single lines of CPython's reports look, for every grammar that meets them."""

from __future__ import annotations

import re

from tui.core.tracebacks.expressions import expression

HEADER = "Traceback (most recent call last):"
GROUP_HEADER = "Exception Group Traceback (most recent call last):"
DIRECT_CAUSE = "The above exception was the direct cause of the following exception:"
CONTEXT = "During handling of the above exception, another exception occurred:"
CHAINS = (DIRECT_CAUSE, CONTEXT)
QUOTING = expression(
    r"(?:^|\s)((?:[a-z]\w*\.){2,}[A-Z][\w$]*(?:Exception|Error)): Traceback \(most recent call last\):$"
)
"""A Java exception whose message is the report of a Python worker."""
QUOTE = '"""'

FRAME = expression(r'(\s*(?:> )?)File "(.*)", line (\d+)(?:, in(?: (.*))?)?$')
HEAD_LINE = expression(
    r"Exception in thread .*:$|Exception ignored (?:in\b|on |while ).*|Error in atexit\._run_exitfuncs:$"
    r"|Error in sys\.excepthook:$|Original exception was:$|Process \S.*:$|--- Logging error ---$"
)


def head_line(text: str) -> bool:
    """Whether ``text`` ends in a line that precedes a header; unfinished output may stand before it."""
    match = HEAD_LINE.search(text)
    return match is not None and (match.start() == 0 or not text[match.start() - 1].isalnum())


REMOTE = expression(r"[\w.]*_?RemoteTraceback: *$")
_TYPE = r"[^\W\d]\w*(?:\.(?:<locals>\.)?[^\W\d]\w*){0,20}(?:\([\w.]+\))?"
EXCEPTION = expression(rf"({_TYPE})(?:: ?(.*))?$")
TYPE_LIKE = expression(r"(?:Error|Exception|Warning|Exit|Interrupt|Iteration|Group|Failure|Timeout|Fault)(?:\(\w+\))?$")
OTHERS_FRAME = expression(
    r"\s+(?:at \S.*[:)\d]\s*\{?$|from \S+:\d+|\d+: from |\S.* called at \S+ line \d+|thrown in .* on line \d+$"
    r"|\(\w+ [\d.]+\) \S+\.\w+:\d+: )"
)
"""Frames of other runtimes: no message holds them by accident."""
OTHERS_HEAD = expression(
    r"(?:panic|fatal error): |thread '.*' (?:\(\d+\) )?panicked at |goroutine \d+ \[|stack traceback:$|\*\* \(\w"
    r"|Exception in thread \"|Unhandled [Ee]xception|(?:PHP )?Fatal error: |==\d+==|={20,}$|Fatal Python error: "
    r"|terminate called |CallStack \(from|Error in \S.* ?:|[╭┌]─|\S+:\d+:in [`']|(?:file://)?\S+\.\w{2,4}:\d+$"
    r"|(?:node:\S+|<anonymous_script>):\d+$|Timeout \(\d+:\d\d|-{75}$|_{8,} \S.* _{8,}$|\s+● \S|\S+:\d+: \w*Warning: |\S+\.\w+:\d+:\d+: \w|<\w+>:\d+: \w*Warning: "
)
"""Lines with which the report of another runtime, a warning or a diagnostic begins."""


def strict_exception(text: str) -> re.Match[str] | None:
    """The exception line in ``text``, where the type's own name says that it is one."""
    match = EXCEPTION.match(text.rstrip())
    return match if match and TYPE_LIKE.search(match.group(1)) else None


def looks_like_exception(text: str) -> bool:
    """Whether ``text`` is an exception line even where no header announced one."""
    match = EXCEPTION.match(text)
    return bool(match and (match.group(2) or TYPE_LIKE.search(match.group(1))))

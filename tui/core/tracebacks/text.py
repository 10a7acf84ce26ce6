"""The text a line is matched by: escapes removed, overwritten parts dropped, length bounded.

Nothing here changes what is shown; only the detector reads cleaned text.
"""

from __future__ import annotations

from tui.core.tracebacks.expressions import expression

MAX_MATCHED = 8192
"""Characters of a line that are looked at. What lies behind is kept by the buffer and shown, but never matched."""

# A bound on the raw text keeps one endless line from costing more than any other line. Coloured text
# holds several escape bytes a character, so the raw bound is above the matched one.
_MAX_RAW = 4 * MAX_MATCHED

_ESCAPES = expression(
    r"\x1b(?:\[[0-9:;<=>?]{0,64}[ -/]{0,4}[@-~]|\][^\x07\x1b]{0,2048}(?:\x07|\x1b\\)?|[()*+][0-9A-Za-z]|[@-Z\\^_=>78])"
    r"|[\x00\ufeff\x07]"
)
_UNCLEAN = frozenset("\x1b\x00\ufeff\r\x07")

_TIME = r"\d{4}[-/.]\d\d[-/.]\d\d|\d\d:\d\d:\d\d|\d\d/[A-Z][a-z]{2}/\d{4}|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d"
_LEVEL = (
    r"TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|CRITICAL|FATAL|SEVERE"
    r"|trace|debug|info|notice|warn|warning|error|critical|fatal"
)
_LOGGED = expression(
    rf"\s?[\[(<]?(?:{_TIME})"
    rf"|[\[(<]\s*(?:{_LEVEL})\s*[\])>]"
    rf"|(?:{_LEVEL})(?:\s+|\s*[|:\[]\s*|$)(?![\"'])"
    r"|\[[ \d]+\.\d+\]|[IWEF]\d{4} \d\d:|level=|time=|ts=|[DIWEF], \["
    r"|\{\"\w+\":|\d{1,3}(?:\.\d{1,3}){3} - \S{1,60} \[\d"
)
_TAGGED = expression(
    r"\[[\w.:/ -]{1,60}\] +\S|[A-Za-z][\w./-]{0,60} +\| |\d{1,3}(?:\.\d{1,3}){3} - |[\w.-]{1,60}\[\d+\]: "
)
_ANNOUNCING = expression(
    r"[Ee]rror|ERR\b|[Ee]xception|FATAL|CRIT|SEVERE|Fatal|fatal|[Pp]anic|race\b|[Tt]raceback|[Cc]aught|[Ff]ail|[Cc]rash|abort"
    r"|\b[EF](?:, \[|\d{4} )|\] (?:- )?[A-Z]+[a-z]\w*: "
)
_STREAM = expression(r"[A-Za-z][\w./-]{0,60}[-_.]\d{1,4} *\|(?: |$)")
_UPPER_LEVEL = frozenset(
    "TRACE DEBUG INFO NOTICE WARN WARNING ERROR ERR CRITICAL FATAL SEVERE HINT NOTE TODO FIXME PASSED FAILED OK".split()  # noqa: SIM905 - words
)


def clean(line: str) -> str:
    """Text of ``line`` as a terminal would leave it, without escapes, at most MAX_MATCHED characters."""
    if len(line) > _MAX_RAW:
        tail = line.rstrip("\r") if line.endswith("\r") else line
        cut = tail.rfind("\r") + 1
        line = tail[cut : cut + _MAX_RAW]
    if not _UNCLEAN.isdisjoint(line):
        line = line.rstrip("\r")
        if "\r" in line:
            line = line[line.rfind("\r") + 1 :]
        line = _ESCAPES.sub("", line)
        line = line.rstrip("\r")
    return line[:MAX_MATCHED]


def is_logged(text: str) -> bool:
    """Whether ``text`` opens like a log record: with a time or a level."""
    return _LOGGED.match(text) is not None


def interrupts(text: str) -> bool:
    """Whether ``text`` is another thread's record that may stand inside a report: it announces no report itself."""
    return (is_logged(text) or _TAGGED.match(text) is not None) and _ANNOUNCING.search(text) is None


def names_stream(text: str) -> bool:
    """Whether ``text`` begins with the name of a container, as ``web-1  | `` does."""
    return _STREAM.match(text) is not None


def is_level(word: str) -> bool:
    """Whether ``word`` names a log level or a similar mark, and so no exception type."""
    return word in _UPPER_LEVEL


def indent_of(text: str) -> int:
    """Number of blanks and tabs before the first other character."""
    return len(text) - len(text.lstrip(" \t"))

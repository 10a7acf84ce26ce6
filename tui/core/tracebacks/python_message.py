"""Where a message ends: its further lines stand at any indentation, and nothing closes them.

What is known: chain lines and quotes come only after the whole message; a log record or another report is no part
of it; a source line that raises with ``\\n`` in its text promises further lines; some libraries end their messages
with lines of their own. For the rest, a line at the left margin is held until an indented one confirms it, and a
paragraph behind a blank line goes on only when it is indented.
"""

from __future__ import annotations

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Part, Verdict
from tui.core.tracebacks.python_lines import OTHERS_FRAME, OTHERS_HEAD
from tui.core.tracebacks.text import is_logged

_CONTINUED = expression(
    r"\[(?:SQL|parameters|generated in|cached since|type=)|\(Background on|LINE \d+:|DETAIL:|HINT:|CONTEXT:|Hint:|hint:"
    r"|For further information|Did you mean|Note:|note:|[-+?] |The above |Expected |Actual |"
    r"(?:stdout|stderr|Output|Command|Reason|Traceback)\b.*:$|\(Use |See |Run |Try |Please "
    r"|CUDA kernel errors|For debugging consider|Compile with `|Reason: |HTTP response "
)
_LIBRARY = expression(
    r"During: (?:typing|resolving|lowering|Pass) |\(Background on this error at: |\[SQL: |\[parameters: "
    r"|Failed validating |On (?:instance|schema)\b.*:$|Expected one of: *$|Previous tokens: |HTTP response (?:headers|body): "
    r"|More information: https://|Enable logging at debug level for details\.|There are \d+ candidate implementations:"
    r"|If you did not qualify the name |To tolerate the error on drop |'[A-Z]\w+ |[+:]- '?[A-Z]"
    r"|file: '.{1,300}', line: \d+$|'.*\\n'$"
    r"|This error may have been caused by the following argument|For more information on this error, see "
)
"""Lines that only the messages of certain libraries hold: numba, SQLAlchemy, jsonschema, lark, protobuf, ..."""
_COMPARED = expression(
    r"First (?:differing|list|sequence|tuple|has)|Second (?:list|sequence|tuple|has)|[-+?] |[-+]$|Mismatched |Max |Arrays |Items in "
)
_JAVA = expression(r": |Caused by: |Driver stacktrace:|[A-Z]\w*(?:Error|Exception|Interrupt)(?:: |$)")
_ANNOUNCES = expression(r"(?:below|follows|following|[Tt]raceback|[Ss]tack ?trace)\.?$")
_OPEN_ENDED = (":", "(", "[", "{", ",", "\\", '"""', "'''", "=")
_RAISING = ("raise ", "assert ")
_MIN_QUOTED = 3

_MAX_BLANKS = 2
_MAX_AFTER = 4
_MAX_DOUBTFUL = 24


class MessageTail:
    """Judges the lines below an exception line, one after the other."""

    def __init__(self, text: str = "", message: str = "", source: str = "") -> None:
        """Start below the exception line ``text``; ``source`` is what was printed of the code that raised it."""
        self.lines = 0
        """Further lines taken so far."""
        self.has_blank = False
        """Whether a blank line came since the last line taken."""
        self.is_open_ended = message.endswith(_OPEN_ENDED) or (not message and text.endswith(":"))
        self._has_text = bool(message)
        self._source = source
        self._promised = _promised_lines(source)
        self._is_unfinished = _is_unfinished(source)
        self._was_indented = False
        self._pending = 0
        self._blanks = 0
        self._margin = 0
        self._held = 0
        self._is_doubtful = False
        self._is_interrupted = False
        self._has_java = False

    def taken(self, text: str) -> None:
        """Note that ``text`` belongs to the message, and with it all that was held."""
        self.lines += 1
        self.has_blank = self._is_doubtful = False
        self._promised -= 1 + self._pending
        self._blanks = self._margin = self._held = self._pending = 0
        self._was_indented = text[:1] in (" ", "\t")
        self.is_open_ended = text.rstrip().endswith(_OPEN_ENDED) or _ANNOUNCES.search(text.rstrip()) is not None

    def blank(self) -> Verdict:
        """Judge a blank line."""
        self.has_blank = True
        self._blanks += 1
        self._pending += 1
        return Verdict.HOLD if self._blanks <= _MAX_BLANKS and self._hold() else Verdict.CLOSE

    def judge(self, text: str, part: Part) -> Verdict:
        """Judge a line that is none of the report's own: TAKE makes it a line of the message of ``part``."""
        self._blanks = 0
        if is_logged(text):
            self._is_interrupted = True
            self._margin += 1
            return Verdict.SKIP if self._margin < _MAX_AFTER else Verdict.CLOSE
        if self._is_interrupted and self._promised <= self._pending:
            return Verdict.CLOSE
        if OTHERS_FRAME.match(text) or (OTHERS_HEAD.match(text) and not self.is_open_ended):
            return Verdict.CLOSE
        if _LIBRARY.match(text):
            return Verdict.TAKE
        if text[0] in " \t":
            return self._indented()
        return self._at_margin(text, part)

    def _indented(self) -> Verdict:
        if self._is_doubtful:
            return self._doubt()
        if self.has_blank and not (self._has_text or self.lines):
            return Verdict.CLOSE
        return Verdict.TAKE

    def _at_margin(self, text: str, part: Part) -> Verdict:
        if self._is_doubtful:
            return self._doubt()
        if self.has_blank:
            if self._goes_on_behind_blank(text, part):
                return Verdict.TAKE
            self._margin += 2
        elif _CONTINUED.match(text) or self.is_open_ended or self._is_promised(text) or _is_table(text, part):
            return Verdict.TAKE
        else:
            self._margin += 1
        if self._margin >= _MAX_AFTER:
            return self._doubt()
        return Verdict.HOLD if self._hold() else Verdict.CLOSE

    def _is_promised(self, text: str) -> bool:
        """Whether the source that raised shows that the message goes on with ``text``."""
        return self._promised > 0 or self._is_quoted(text) or (self._is_unfinished and self._was_indented)

    def _is_quoted(self, text: str) -> bool:
        """Whether the source that raised holds the line."""
        text = text.strip()
        return len(text) >= _MIN_QUOTED and any(mark + text in self._source for mark in ("\\n", "\n", '"', "'"))

    def _goes_on_behind_blank(self, text: str, part: Part) -> bool:
        """A message goes on behind a blank line where it began with one, or where it is a comparison."""
        starts_empty = part.message[:1] in ([], [""]) and not self.lines and self.is_open_ended
        is_comparison = part.type == "AssertionError" and _COMPARED.match(text) is not None
        is_paragraph = text[0].isupper() or text.endswith((".", ":"))
        is_shown = self._promised > 1 or (self._is_unfinished and is_paragraph) or self._is_quoted(text)
        return starts_empty or is_comparison or is_shown

    def embeds_java(self, text: str) -> bool:
        """Whether ``text`` is of the JVM's report that Spark's Python errors hold in their message, behind a colon."""
        if not self.lines and text.startswith(": ") and not self.has_blank:
            self._has_java = True
        return self._has_java and (text[0] in " \t" or _JAVA.match(text) is not None)

    def _doubt(self) -> Verdict:
        """The message is probably over; only a chain line can still show that it was not."""
        self._is_doubtful = True
        return Verdict.HOLD if self._hold() else Verdict.CLOSE

    def _hold(self) -> bool:
        self._held += 1
        return self._held <= _MAX_DOUBTFUL


def _is_table(text: str, part: Part) -> bool:
    return text[0] in "+|" and "".join(part.message[:1]).startswith(("+", "|"))


def _raises(source: str) -> bool:
    return any(source.startswith(word) or f" {word}" in source for word in _RAISING)


def _is_unfinished(source: str) -> bool:
    """Whether only the first line of a statement was printed, and with it only the beginning of what it raises."""
    if not _raises(source):
        return False
    is_quoted = source.count('"""') % 2 == 1 or source.count("'''") % 2 == 1
    return is_quoted or (source.count("(") > source.count(")") and source.endswith(('"', "'", "(", ",")))


def _promised_lines(source: str) -> int:
    """How many line feeds stand in the text that ``source`` raises; those of a join say nothing."""
    if not _raises(source):
        return 0
    return source.count("\\n") - source.count('\\n".join') - source.count("\\n'.join")

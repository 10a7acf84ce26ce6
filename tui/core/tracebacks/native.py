"""Reports of native programs: sanitizers, Valgrind, the C++ runtime and the C library.

Sanitizers frame their report by a rule of ``=``, a head ``==PID==ERROR: AddressSanitizer: KIND on ...``,
stacks of ``#N 0x.. in f file:line``, a ``SUMMARY:`` and, when they abort, shadow bytes and ``==PID==ABORTING``.
Valgrind puts ``==PID== `` before every line and an empty one of these after every report.

It is long because sanitizers, Valgrind and the C++ runtime are kept together: they interrupt each other.
"""

from __future__ import annotations

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Family, Machine, Opening, Recent, Verdict
from tui.core.tracebacks.model import Frame, LineRole
from tui.core.tracebacks.prefix import EMPTY, MAX_PREFIX, Prefix
from tui.core.tracebacks.text import is_logged

_RULE = expression(r"={10,}$")
_SANITIZER = expression(
    r"(?:==\d+==\s?)?(?:ERROR|WARNING|FATAL): (Address|Thread|Memory|Leak|UndefinedBehavior|HWAddress)Sanitizer:? (.*)$"
)
_DEADLY = expression(r"(?:Address|Memory|UndefinedBehavior|HWAddress)Sanitizer:\s?DEADLYSIGNAL$")
_UNDEFINED = expression(r"([^\s:]{1,300}):(\d{1,9}):(\d{1,9}): runtime error: (.*)$")
_FRAME = expression(r"\s*#(\d{1,6}) (?:0x[0-9a-f]+ (?:in )?)?(\S.*)$")
_CUT_FRAME = expression(r"    (?=#\d{1,6} (?:0x[0-9a-f]{6,} in \S|\S.{0,500} \(\S+\+0x[0-9a-f]+\)$))")
_LOCATED = expression(r"(.*?) ((?:/|\.\.?/|<null>|[\w.+-]+[./])[^\s()]*?):(\d{1,9})(?::\d{1,9})?(?: \(.*\))?$")
_MODULE = expression(r"(.*?) \(([^()]*\+0x[0-9a-f]+)\)(?: \(BuildId: \w+\))?$|(.*?)  ?\((?:BuildId|[^()]*\+0x).*$")
_KIND = expression(
    r"(?:attempting )?(.+?)(?: on (?:unknown )?address.*| on 0x.*| \(pid=\d+\)| in thread .*| \(pc 0x.*|: .*|$)"
)
_POINTED_AT = expression(r"0x[0-9a-f]+: note: pointer points here$| [0-9a-f ]{8,}$|\s+\^$")
"""The memory UndefinedBehaviorSanitizer shows below its head."""
_SECTION = expression(
    r"0x[0-9a-f]+ is located |(?:previously |freed |allocated )|(?:READ|WRITE) of size |\s|$|==\d+==|Address 0x|Thread T\d"
)
"""Lines between the stacks of a report."""
_SUMMARISED = expression(r"SUMMARY: \w+Sanitizer: (.+?)(?: (?:/|\.\.?/|<|\S+:\d|\(\S*\+0x).*)?$")
_ABORTING = expression(r"==\d+==ABORTING$")
_AFTERWARDS = expression(r"==\d+==(?:HINT|Register values|CORRUPTED)")
_SECTION_LIMIT = 4_000


class SanitizerMachine(Machine):
    """Reads one report of Address-, Thread-, Memory-, Leak- or UndefinedBehaviorSanitizer."""

    language = "native"
    kind = "sanitizer"

    def __init__(self, *, is_cut: bool = False) -> None:
        super().__init__()
        self._is_cut = is_cut
        self._tool = ""
        self._summary = False
        self._has_rule = False
        self._lines = 0
        self._blanks = 0

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        text = text.rstrip()
        if self.part.type is None and not self._is_cut:
            return self._head(text, index)
        if _RULE.match(text):
            is_last = self._tool == "Thread" and (self._has_rule or (self._is_cut and self._summary))
            return Verdict.DONE if is_last else Verdict.CLOSE
        if _SANITIZER.match(text) or self._lines > _SECTION_LIMIT:
            return Verdict.CLOSE
        self._lines += 1
        if _ABORTING.match(text):
            return Verdict.DONE
        frame = _FRAME.match(text)
        if frame and not self._summary:
            self._blanks = 0
            self.add_frame(_frame(frame.group(2), index))
            return Verdict.TAKE
        if text.startswith("SUMMARY: "):
            self._summary = True
            if self.part.type is None:
                self._tool = text[len("SUMMARY: ") :].partition("Sanitizer: ")[0]
                kind = _SUMMARISED.match(text)
                self.part.type = kind.group(1) if kind else None
            self._blanks = 0
            self.mark(index, LineRole.NOTE)
            return Verdict.TAKE
        if self._summary:
            return self._after_summary(text)
        if not text:
            self._blanks += 1
            return Verdict.HOLD if self._blanks <= 2 else Verdict.CLOSE
        if self._tool == "UndefinedBehavior":
            return Verdict.TAKE if text.startswith("    ") or _POINTED_AT.match(text) else Verdict.CLOSE
        if is_logged(text) and not text.startswith(("WARNING", "ERROR")):
            return Verdict.SKIP
        self._blanks = 0
        return Verdict.TAKE

    def continues(self, text: str) -> bool:
        """See ``Machine.continues``."""
        return text.startswith("    #0 ") and _FRAME.match(text) is not None

    def is_report(self) -> bool:
        """A head is enough; without one, two frames."""
        return self.part.type is not None or len(self.frames) >= 2

    def finish(self) -> None:
        """See ``Machine.finish``."""
        self.is_truncated = self._is_cut

    def _head(self, text: str, index: int) -> Verdict:
        self.mark(index, LineRole.HEADER)
        if _RULE.search(text):
            self._has_rule = True
            return Verdict.TAKE
        if _DEADLY.search(text):
            return Verdict.TAKE
        match = _SANITIZER.match(text)
        if match:
            self._tool = match.group(1)
            kind = _KIND.match(match.group(2))
            self.part.type = kind.group(1) if kind else match.group(2)
            self.part.add_text(match.group(2))
            return Verdict.TAKE
        undefined = _UNDEFINED.match(text)
        if undefined:
            self._tool = "UndefinedBehavior"
            self.part.type = "runtime error"
            self.part.add_text(undefined.group(4))
            return Verdict.TAKE
        return Verdict.CLOSE

    def _after_summary(self, text: str) -> Verdict:
        """Shadow bytes and their legend."""
        if (
            text.startswith(("Shadow bytes", "Shadow byte legend", "=>", "  ", "HINT:", "    "))
            or "provide additional" in text
            or _AFTERWARDS.match(text)
        ):
            return Verdict.TAKE
        if not text:
            return Verdict.CLOSE
        return Verdict.HOLD if self._lines < 4 else Verdict.CLOSE


def _frame(body: str, index: int) -> Frame:
    located = _LOCATED.match(body)
    if located:
        return Frame(located.group(2), int(located.group(3)), located.group(1), index=index)
    module = _MODULE.match(body)
    if module:
        return Frame(None, None, module.group(1) or module.group(3), index=index)
    return Frame(None, None, body, index=index)


_GRIND = expression(r"==\d+== ?")
_GRIND_HEAD = expression(
    r"(?:Invalid (?:read|write|free)|Conditional jump|Use of uninitialised|Syscall param|Mismatched free|"
    r"Process terminating with|Jump to the invalid|Source and destination overlap|Argument |Thread #\d+|"
    r"Possible data race|Stack overflow|Unaddressable|[\d,]+ (?:\([^)]*\) )?bytes in [\d,]+ blocks are (?:definitely|indirectly|possibly) lost)"
)
_GRIND_FRAME = expression(
    r"\s+(?:at|by) 0x[0-9A-Fa-f]+: (.+?) \((?:in (.+)|([^():]+):(\d{1,9}))\)$|\s+(?:at|by) 0x[0-9A-Fa-f]+: (.+)$"
)


class ValgrindMachine(Machine):
    """Reads one report of Valgrind, its lines given with their ``==PID==``."""

    language = "native"
    kind = "valgrind"

    def __init__(self, *, is_cut: bool = False) -> None:
        super().__init__()
        self._is_cut = is_cut

    def is_report(self) -> bool:
        """A head with a frame, or two frames."""
        return len(self.frames) >= (2 if self._is_cut else 1)

    def finish(self) -> None:
        """See ``Machine.finish``."""
        self.is_truncated = self._is_cut

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        mark = _GRIND.match(text)
        if mark is None:
            return Verdict.SKIP
        body = text[mark.end() :].rstrip()
        if self.part.type is None and not self._is_cut:
            self.part.type = _grind_type(body)
            self.part.add_text(body)
            self.mark(index, LineRole.EXCEPTION)
            return Verdict.TAKE
        match = _GRIND_FRAME.match(body)
        if match:
            self.add_frame(
                Frame(
                    match.group(3),
                    int(match.group(4)) if match.group(4) else None,
                    match.group(1) or match.group(5),
                    index=index,
                )
            )
            return Verdict.TAKE
        if not body or not body.startswith(" "):
            return Verdict.CLOSE
        return Verdict.TAKE

    def continues(self, text: str) -> bool:
        """See ``Machine.continues``."""
        return _GRIND.match(text) is not None


def _grind_type(body: str) -> str:
    if "blocks are" in body:
        return body[body.find("blocks are") + len("blocks are ") :].partition(" in loss record")[0]
    for end in (" of size", " depends on", ": ", " points to", " ("):
        body = body.partition(end)[0]
    return body.strip()


_TERMINATE = expression(
    r"terminate called (?:after throwing an instance of '(.+)'|without an active exception|recursively)$"
)
_LIBCXX = expression(
    r"libc\+\+abi(?:\.dylib)?: terminating (?:due to|with) uncaught exception(?: of type ([^:]+))?(?:: (.*))?$"
)
_ASSERTION = expression(r"(\S{1,100}): (\S{1,300}):(\d{1,9}): (.{1,300}): Assertion [`'](.*)' failed\.$")
_LIBC = expression(
    r"\*\*\* (?:stack smashing detected|buffer overflow detected).*|double free or corruption.*"
    r"|corrupted (?:size vs\. prev_size|double-linked list).*"
    r"|(?:free|malloc|realloc|calloc|_int_malloc|malloc_consolidate|munmap_chunk|mremap_chunk|unlink_chunk)\(\): "
    r".{0,60}?\b(?:invalid|double|corrupted|corruption|unaligned|chunks|unsorted|mismatching)\b.*"
)


class AbortMachine(Machine):
    """Reads the few lines the C++ runtime or the C library prints before it aborts."""

    language = "native"
    kind = "abort"

    def __init__(self) -> None:
        super().__init__()
        self._lines = 0

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        text = text.rstrip()
        self._lines += 1
        if self._lines == 1:
            return self._head(text, index)
        if text.startswith("  what():"):
            self.part.add_text(text[len("  what():") :].strip())
            self.mark(index, LineRole.EXCEPTION)
            return Verdict.TAKE
        return Verdict.CLOSE

    def is_report(self) -> bool:
        """A head is enough."""
        return self.part.type is not None

    def _head(self, text: str, index: int) -> Verdict:
        self.mark(index, LineRole.EXCEPTION)
        terminate = _TERMINATE.match(text)
        library = _LIBCXX.match(text)
        assertion = _ASSERTION.match(text)
        if terminate:
            self.part.type = terminate.group(1) or "terminate"
            return Verdict.TAKE
        if library:
            self.part.type = library.group(1) or "terminate"
            self.part.add_text(library.group(2) or "")
            return Verdict.DONE
        if assertion:
            self.part.type = "Assertion failed"
            self.part.add_text(f"Assertion `{assertion.group(5)}' failed.")
            self.add_frame(Frame(assertion.group(2), int(assertion.group(3)), assertion.group(4), index=index))
            return Verdict.DONE
        self.part.type = "Aborted"
        self.part.add_text(text)
        return Verdict.DONE


def _open(text: str, index: int, recent: Recent) -> Opening | None:
    stripped = text.rstrip()
    for pattern in (_SANITIZER, _UNDEFINED):
        match = pattern.search(stripped)
        if match and match.start() <= MAX_PREFIX:
            return _open_sanitizer(stripped, match.start(), recent)
    match = _GRIND.search(stripped)
    if match and _GRIND_HEAD.match(stripped, match.end()):
        return Opening(ValgrindMachine(), Prefix(stripped[: match.start()]))
    if match and _GRIND_FRAME.match(stripped, match.end()):
        prefix = Prefix(stripped[: match.start()])
        above = next(recent.before(prefix, 1), None)
        mark = _GRIND.match(above[1]) if above else None
        if above and mark and _GRIND_HEAD.match(above[1], mark.end()):
            return Opening(ValgrindMachine(), prefix, (above[0],))
        return Opening(ValgrindMachine(is_cut=True), prefix, is_headless=True)
    cut = _CUT_FRAME.search(stripped)
    if cut and cut.start() <= MAX_PREFIX:
        lead = stripped[: cut.start()]
        return _open_at_frame(Prefix(lead) if lead.strip() else EMPTY, recent)
    for pattern in (_TERMINATE, _LIBCXX, _ASSERTION, _LIBC):
        match = pattern.search(stripped)
        if match and match.start() <= MAX_PREFIX and (match.start() == 0 or stripped[match.start() - 1] in " \t|]"):
            lead = text[: match.start()]
            return Opening(AbortMachine(), Prefix(lead), opens_mid_line=bool(lead.strip()))
    return None


def _open_at_frame(prefix: Prefix, recent: Recent) -> Opening:
    """A sanitizer's frame; the head is looked for above it, else it was cut off."""
    passed: list[int] = []
    lines = list(recent.before(prefix, 12))
    for count, (_, above) in enumerate(lines, start=1):
        if _SANITIZER.match(above) or _UNDEFINED.match(above):
            while count < len(lines) and (
                _RULE.match(lines[count][1].rstrip()) or _DEADLY.match(lines[count][1].rstrip())
            ):
                count += 1
            passed = [number for number, _ in reversed(lines[:count])]
            return Opening(SanitizerMachine(), prefix, tuple(passed))
        if is_logged(above):
            break
    remains: tuple[int, ...] = ()
    if lines and lines[-1][0] == 0 and all(_SECTION.match(above) for number, above in lines if number):
        remains = tuple(number for number, _ in reversed(lines))
    return Opening(SanitizerMachine(is_cut=True), prefix, is_headless=True, remains=remains)


def _open_sanitizer(text: str, at: int, recent: Recent) -> Opening:
    # The rule and the signal line stand before the head; the prefix is what precedes the head's ==PID==.
    prefix = Prefix(text[:at])
    earlier: list[int] = []
    for index, above in recent.before(prefix, 2):
        bare = above.rstrip()
        if not (_RULE.search(bare) or _DEADLY.search(bare)):
            break
        earlier.insert(0, index)
    return Opening(SanitizerMachine(), prefix, tuple(earlier), opens_mid_line=bool(prefix))


GRAMMAR = Family(
    hints=(
        "Sanitizer: ",
        ": runtime error: ",
        "terminate called ",
        "libc++abi",
        ": Assertion ",
        "*** ",
        "free",
        "malloc",
        "corrupt",
        "==",
        "    #",
    ),
    opener=_open,
)

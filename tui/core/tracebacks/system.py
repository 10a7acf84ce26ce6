"""What the shell and the kernel say of a process that died: one line each."""

from __future__ import annotations

from tui.core.tracebacks.expressions import expression
from tui.core.tracebacks.grammar import Family, Machine, Opening, Recent, Verdict
from tui.core.tracebacks.model import LineRole
from tui.core.tracebacks.prefix import MAX_PREFIX, Prefix

_DEATH = r"Segmentation fault|Aborted|Bus error|Illegal instruction|Floating point exception|Killed|Trace/breakpoint trap|Bad system call"
_SHELL = expression(rf"(\S{{1,300}}): line (\d{{1,9}}): +\d+ ({_DEATH})(?: +\(core dumped\))?(?: +.*)?$")
_BARE = expression(rf"({_DEATH}) \(core dumped\)$|(Segmentation fault)$")
_KERNEL_FAULT = expression(
    r"(\S{1,100})\[(\d{1,9})\]:? (segfault|trap \w+|general protection fault)\b.*?(?: at | ip[: ]).*$"
)
_KERNEL_OOM = expression(
    r"(?:Memory cgroup out of memory|Out of memory): Kill(?:ed)? process (\d{1,9}) \((.{1,60}?)\).*$|oom-kill:constraint=.*$"
)
_INVOKED = expression(r"\S{1,100} invoked oom-killer: .*$")


class LineMachine(Machine):
    """A report of a single line."""

    def __init__(self, language: str, kind: str, name: str, message: str) -> None:
        super().__init__()
        self.language = language
        self.kind = kind
        self.part.type = name
        if message:
            self.part.add_text(message)

    def take(self, text: str, index: int) -> Verdict:
        """See ``Machine.take``."""
        self.mark(index, LineRole.EXCEPTION)
        return Verdict.DONE

    def is_report(self) -> bool:
        """Always."""
        return True


def _open(text: str, index: int, recent: Recent) -> Opening | None:
    stripped = text.rstrip()
    shell = _SHELL.search(stripped)
    if shell and shell.start() <= MAX_PREFIX:
        machine = LineMachine("shell", "shell", shell.group(3), "")
        return Opening(machine, Prefix(stripped[: shell.start()]))
    bare = _BARE.match(stripped)
    if bare:
        return Opening(LineMachine("shell", "shell", bare.group(1) or bare.group(2), ""))
    fault = _KERNEL_FAULT.search(stripped)
    if fault and fault.start() <= MAX_PREFIX:
        machine = LineMachine("kernel", "kernel-fault", fault.group(3), stripped[fault.start() :])
        return Opening(machine, Prefix(stripped[: fault.start()]))
    oom = _KERNEL_OOM.search(stripped)
    if oom and oom.start() <= MAX_PREFIX and oom.group(1):
        machine = LineMachine("kernel", "kernel-oom", "Out of memory", stripped[oom.start() :])
        return Opening(machine, Prefix(stripped[: oom.start()]))
    return None


GRAMMAR = Family(
    hints=(
        ": line ",
        "Segmentation fault",
        "(core dumped)",
        "]: segfault",
        "] trap ",
        "]: trap ",
        "]: general protection",
        "] general protection",
        "ut of memory: Kill",
    ),
    opener=_open,
)

"""Which word of a command line is a command, and which is something to watch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from tui.core.errors import UsageError

COMMANDS = ("ps", "logs", "errors", "why", "profiles", "demo", "run", "serve")
_WITH_VALUE = ("-p", "--profile", "--sandbox", "--url", "--token-file", "--api-key-env")
"""Options before a command that take a value."""
_ALIKE = 0.85
"""How alike a word and a command are where a letter is missing, too many, or another one."""


def first_word(argv: Sequence[str]) -> str | None:
    """The first argument that is neither an option nor the value of one."""
    is_value = False
    for argument in argv:
        if not is_value and not argument.startswith("-"):
            return argument
        is_value = not is_value and argument in _WITH_VALUE
    return None


def refuse_misplaced(targets: Iterable[str]) -> None:
    """Raise UsageError for a command among what is to be watched."""
    for target in targets:
        if target in COMMANDS:
            raise UsageError(f"'{target}' is a command, and a command comes first", f"try: boxscope {target} ...")


def refuse_slip(target: str, *, known: Collection[str]) -> None:
    """Raise UsageError where the first target looks like a command that was mistyped; ``known`` profiles do not."""
    import difflib

    near = difflib.get_close_matches(target, COMMANDS, n=1, cutoff=_ALIKE) if target.isalpha() else []
    if near and target not in known:
        raise UsageError(
            f"there is no command '{target}'; did you mean '{near[0]}'?",
            f"to watch a sandbox of that name: boxscope --sandbox {target}",
        )

"""How editors are told to open a file at a line, and whether they take the terminal while they are open.

Sources of the line syntax are the manual pages of the editors. An editor that is not known is given the file alone,
or what a template of the user says.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from tui.core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class EditorCommand:
    """What to start for one file."""

    argv: tuple[str, ...]
    takes_terminal: bool
    """It draws on the terminal until it ends. Editors that are not known are taken to do so."""
    waits: bool
    """It ends when the user has done with the file, so that a copy may be removed then."""
    knows_line: bool = True
    """It was told the line."""


@dataclass(frozen=True, slots=True)
class _Syntax:
    place: tuple[str, ...]
    """Words that stand for the file; ``{file}`` and ``{line}`` are replaced."""
    view: tuple[str, ...] = ()
    """Options for a file that is not to be changed, and whose own settings are not to be trusted."""
    wait: tuple[str, ...] = ()
    """For those with a window of their own: options that make them end when the file is closed."""
    has_window: bool = False


_PLUS = ("+{line}", "{file}")
_COLON = ("{file}:{line}",)
_VIM = _Syntax(_PLUS, ("-R", "--cmd", "set nomodeline"))
_GOTO = _Syntax(("--goto", "{file}:{line}"), wait=("--wait", "-w"), has_window=True)
_JETBRAINS = _Syntax(("--line", "{line}", "{file}"), wait=("--wait",), has_window=True)
_SYNTAX: dict[str, _Syntax] = {
    **dict.fromkeys(("vim", "nvim", "view", "vimx"), _VIM),
    **dict.fromkeys(("gvim", "mvim"), _Syntax(_PLUS, _VIM.view, ("-f", "--nofork"), has_window=True)),
    **dict.fromkeys(("vi", "nvi", "vis", "elvis"), _Syntax(_PLUS, ("-R",))),
    "nano": _Syntax(_PLUS, ("--view",)),
    "micro": _Syntax(_PLUS, ("-readonly", "true")),
    "kak": _Syntax(_PLUS, ("-ro",)),
    **dict.fromkeys(("pico", "emacs", "emacsclient", "joe", "jed", "jove", "mg", "ne", "mcedit"), _Syntax(_PLUS)),
    **dict.fromkeys(("less", "more", "most", "lv"), _Syntax(_PLUS)),
    "bat": _Syntax(("--paging=always", "--highlight-line={line}", "{file}")),
    **dict.fromkeys(("hx", "helix"), _Syntax(_COLON)),
    **dict.fromkeys(("subl", "zed", "zeditor", "atom"), _Syntax(_COLON, (), ("--wait", "-w"), has_window=True)),
    **dict.fromkeys(("code", "codium", "vscodium", "cursor", "windsurf", "positron"), _GOTO),
    **dict.fromkeys(("idea", "pycharm", "goland", "webstorm", "clion", "rubymine", "phpstorm", "rider"), _JETBRAINS),
    **dict.fromkeys(("gedit", "geany", "pluma", "xed", "bbedit"), _Syntax(_PLUS, (), ("--wait",), has_window=True)),
    **dict.fromkeys(("mate", "kate"), _Syntax(("-l", "{line}", "{file}"), (), ("-w", "--block", "-b"), True)),
    "notepad++": _Syntax(("-n{line}", "{file}"), has_window=True),
    **dict.fromkeys(("notepad", "open", "xdg-open", "mousepad"), _Syntax(("{file}",), has_window=True)),
}
_ENDS_AT_ONCE = {"emacsclient": ("-n", "--no-wait")}
_VARIANT = re.compile(r"[.\d-].*")
"""What follows the name in ``vim.basic``, ``emacs-nox``, ``code-insiders`` and ``nvim.exe``."""


def words_of(setting: str, *, source: str) -> tuple[str, ...]:
    """A setting such as ``$EDITOR`` as words. Raises ConfigError where its quotes do not match; ``source`` names it."""
    try:
        return tuple(shlex.split(setting))
    except ValueError as error:
        raise ConfigError(f"{source} cannot be read as a command: {error}", "check its quotes") from None


def editor_command(words: Sequence[str], file: str, line: int | None, *, is_copy: bool) -> EditorCommand:
    """The command for an editor that the user names with ``words``; ``is_copy``: changes to the file would be lost.

    Words that hold ``{file}`` or ``{line}`` are a template, and nothing is added to it.
    """
    name, syntax = _known(words)
    takes_terminal = syntax is None or not syntax.has_window
    waits = syntax is not None and _waits(name, syntax, words)
    at = str(line or 1)
    if any("{file}" in word for word in words):
        argv = tuple(_filled(word, file, at) for word in words)
        return EditorCommand(argv, takes_terminal, waits, any("{line}" in word for word in words))
    if syntax is None:
        return EditorCommand((*words, file), takes_terminal, waits, knows_line=False)
    view = syntax.view if is_copy else ()
    place = syntax.place if line is not None else ("{file}",)
    argv = (*words, *view, *(_filled(word, file, at) for word in place))
    return EditorCommand(argv, takes_terminal, waits, line is not None and "{line}" in "".join(place))


def _filled(word: str, file: str, line: str) -> str:
    # The file last: its name is not ours, and may hold braces itself.
    return file.join(part.replace("{line}", line) for part in word.split("{file}"))


def _known(words: Sequence[str]) -> tuple[str, _Syntax | None]:
    """Name and syntax of the first word that is an editor: it may stand behind ``env`` and the like."""
    for word in words:
        name = re.split(r"[\\/]", word)[-1].lower()
        for candidate in (name, _VARIANT.sub("", name)):
            if candidate in _SYNTAX:
                return candidate, _SYNTAX[candidate]
    return "", None


def _waits(name: str, syntax: _Syntax, words: Sequence[str]) -> bool:
    if syntax.has_window:
        return any(option in words for option in syntax.wait)
    return not any(option in words for option in _ENDS_AT_ONCE.get(name, ()))

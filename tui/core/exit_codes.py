"""What exit codes and signals mean: by convention of shells, and by what runtimes do with an uncaught exception."""

from __future__ import annotations

SIGKILL = 9
TIMED_OUT = 124
"""What the command ``timeout`` of GNU coreutils gives when it ended its command."""
CRASH_SIGNALS = frozenset((4, 5, 6, 7, 8, 11, 31))
"""Signals that a program brings upon itself: ILL, TRAP, ABRT, BUS, FPE, SEGV, SYS."""
MEANINGS = {
    TIMED_OUT: "the command 'timeout' gives it when the time was up",
    126: "shells give it where a command was found and could not be executed",
    127: "shells give it where a command was not found",
    129: "shells give it for a command ended by SIGHUP",
    130: "shells give it for a command ended by SIGINT",
    134: "shells give it for a command ended by SIGABRT",
    137: "shells give it for a command ended by SIGKILL, whoever sent that",
    139: "shells give it for a command ended by SIGSEGV",
    143: "shells give it for a command ended by SIGTERM",
}
"""What exit codes mean by convention; a program may give any of them for reasons of its own."""
UNCAUGHT_CODES = {
    "python": (1,), "javascript": (1, 7), "java": (1,), "ruby": (1,), "go": (2,), "rust": (101,), "php": (255,),
    "perl": (255, 1, 2, 9, 13, 22, 29), "csharp": (134,), "lua": (1,), "elixir": (1,), "erlang": (1, 127), "r": (1,),
    "haskell": (1,), "dart": (255,), "native": (1, 134, 139), "ocaml": (2,), "julia": (1,),
}  # fmt: skip
"""Exit codes that runtimes end with after an exception that nobody caught."""

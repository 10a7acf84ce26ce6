"""The table of runtime families. A new runtime is one file with a grammar, and one line here.

Order matters only where two grammars could open at the same line: the first that does wins.
"""

from __future__ import annotations

from tui.core.tracebacks import dotnet, javascript, jvm, python
from tui.core.tracebacks.grammar import Grammar

FAMILIES: tuple[Grammar, ...] = (
    python.GRAMMAR,
    jvm.GRAMMAR,
    javascript.GRAMMAR,
    dotnet.GRAMMAR,
)

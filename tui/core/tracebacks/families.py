"""The table of runtime families. A new runtime is one file with a grammar, and one line here.

Order matters only where two grammars could open at the same line: the first that does wins.
"""

from __future__ import annotations

from tui.core.tracebacks import (
    beam,
    brief_layouts,
    clojure,
    compiled,
    dotnet,
    faulthandler,
    golang,
    javascript,
    jruby,
    jvm,
    native,
    notebooks,
    perl,
    php,
    pytest_sections,
    python_opening,
    rich_boxes,
    ruby,
    rust,
    scripting,
    system,
    thrown_values,
)
from tui.core.tracebacks.grammar import Grammar

FAMILIES: tuple[Grammar, ...] = (
    python_opening.GRAMMAR,
    faulthandler.GRAMMAR,
    rich_boxes.GRAMMAR,
    notebooks.GRAMMAR,
    pytest_sections.GRAMMAR,
    brief_layouts.GRAMMAR,
    jvm.GRAMMAR,
    javascript.GRAMMAR,
    dotnet.GRAMMAR,
    compiled.ZIG,
    golang.GRAMMAR,
    rust.GRAMMAR,
    ruby.GRAMMAR,
    jruby.GRAMMAR,
    clojure.GRAMMAR,
    php.GRAMMAR,
    beam.GRAMMAR,
    native.GRAMMAR,
    perl.GRAMMAR,
    scripting.LUA,
    scripting.R,
    scripting.HASKELL,
    scripting.TCL,
    compiled.OCAML,
    compiled.DART,
    compiled.SWIFT,
    compiled.CRYSTAL,
    compiled.NIM,
    compiled.D,
    system.GRAMMAR,
    thrown_values.GRAMMAR,
)

"""Source code in colours: each line of a few that were read, by the language that the name of its file tells.

Pygments is imported when there is something to colour and not before: the program starts without it. What is coloured
went through ``core.text`` already, and a name decides which grammar is used, never the text.
"""

from __future__ import annotations

from functools import lru_cache

from textual.content import Content, Span

_BY_SUFFIX = {
    "py": "python", "pyw": "python", "pyi": "python", "js": "javascript", "mjs": "javascript", "cjs": "javascript",
    "jsx": "jsx", "ts": "typescript", "mts": "typescript", "cts": "typescript", "tsx": "tsx", "go": "go", "rs": "rust",
    "java": "java", "kt": "kotlin", "kts": "kotlin", "scala": "scala", "cs": "csharp", "fs": "fsharp", "vb": "vbnet",
    "rb": "ruby", "php": "php", "pl": "perl", "pm": "perl", "ex": "elixir", "exs": "elixir", "erl": "erlang", "r": "r",
    "lua": "lua", "hs": "haskell", "dart": "dart", "swift": "swift", "c": "c", "h": "c", "cc": "cpp", "cpp": "cpp",
    "cxx": "cpp", "hpp": "cpp", "hh": "cpp", "sh": "bash", "bash": "bash", "zsh": "bash", "jl": "julia", "ml": "ocaml",
    "nim": "nim", "clj": "clojure", "groovy": "groovy", "zig": "zig", "cr": "crystal",
}  # fmt: skip
_STYLES = {
    "Comment": "$text-muted italic",
    "Keyword": "$text-accent",
    "Operator.Word": "$text-accent",
    "Literal.String": "$text-success",
    "Literal.Number": "$text-success",
    "Name.Decorator": "$text-muted",
    "Name.Function": "bold",
    "Name.Class": "bold",
}
"""Few styles, by the dotted name of a kind of token; what is not listed looks as the kind that it belongs to."""


def language_of(path: str) -> str:
    """The grammar for a file, by its name; empty where the name tells none."""
    _, dot, suffix = path.rpartition("/")[2].rpartition(".")
    return _BY_SUFFIX.get(suffix.lower(), "") if dot else ""


@lru_cache(maxsize=64)
def highlighted(lines: tuple[str, ...], language: str) -> tuple[Content, ...]:
    """``lines``, which are fit to be drawn and hold no line end, in the colours of ``language`` (empty: in none)."""
    spans = _spans("\n".join(lines), language) if language else []
    found: list[Content] = []
    start = at = 0
    for line in lines:
        end = start + len(line)
        while at < len(spans) and spans[at].end <= start:
            at += 1
        own: list[Span] = []
        for span in spans[at:]:
            if span.start >= end:
                break
            own.append(Span(max(span.start, start) - start, min(span.end, end) - start, span.style))
        found.append(Content(line, spans=own))
        start = end + 1
    return tuple(found)


def _spans(code: str, language: str) -> list[Span]:
    from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]
    from pygments.util import ClassNotFound  # type: ignore[import-untyped]

    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False, tabsize=0)
    except ClassNotFound:
        return []
    spans: list[Span] = []
    for at, kind, text in lexer.get_tokens_unprocessed(code + "\n"):
        if style := _style(tuple(kind)):
            spans.append(Span(at, at + len(text), style))
    return spans


@lru_cache(maxsize=256)
def _style(kind: tuple[str, ...]) -> str:
    """The style of a kind of token, or of the nearest kind above it that has one."""
    for length in range(len(kind), 0, -1):
        if style := _STYLES.get(".".join(kind[:length])):
            return style
    return ""

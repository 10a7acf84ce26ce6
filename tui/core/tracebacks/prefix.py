"""What stands before a report on every line: time, level, container, worker.

The prefix of a block is what precedes its head. It is also the only key by which the lines of two
processes writing to one stream can be told apart, so digits matter: those of a time change from line to
line, those of a name (``worker-3``) do not.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tui.core.tracebacks.expressions import expression

MAX_PREFIX = 300
"""Longer text before a head is taken for the rest of another line, not for a prefix."""

_TOKENS = expression(r"\d+|[^\d]+")
_DIGITS = expression(r"\d+")
_TIMES = expression(
    r"\d{4}[-/.]\d\d[-/.]\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,:]\d+)?)?)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|\d{1,2}:\d\d:\d\d(?:[.,:]\d+)?|\d{1,2}:\d\d\.\d+"
    r"|\d\d/[A-Z][a-z]{2}/\d{4}|\b[A-Z][a-z]{2} +\d{1,2}(?= )|\[\s*\d+[.,]\d+\]|\b\d{10,}\b|\b\d{8}[T-]\d{6}"
    r"|\+?\d+(?:\.\d+)?(?:ms|us|ns|s)\b|\d+\.\d{2,}|\b[IWEF]\d{4}\b|\b\d{4}(?= \d\d:)"
)


@dataclass(slots=True, eq=False)
class Prefix:
    """The text before a head, able to cut itself off other lines of the same stream."""

    text: str
    loose: bool = False
    """Whether digits outside times may differ too, as in a counter of lines."""
    _tokens: list[tuple[str, bool]] = field(default_factory=list)
    _is_fixed: bool = False
    _is_tokenised: bool = False

    def __bool__(self) -> bool:
        return bool(self.text)

    def cut(self, line: str) -> str | None:
        """``line`` without the prefix; None where it does not have it."""
        text = self.text
        if line.startswith(text):
            return line[len(text) :]
        if line == text.rstrip():
            return ""
        if not self._is_tokenised:
            self._prepare()
        if (self._is_fixed and not self.loose) or not line.startswith(self._lead()):
            return None
        pos = 0
        last = len(self._tokens) - 1
        for number, (token, is_varying) in enumerate(self._tokens):
            if token[0].isdigit():
                end = _after_digits(line, pos, token, is_free=is_varying or self.loose)
            else:
                end = _after_words(line, pos, token, is_last=number == last)
            if end is None:
                return None
            pos = end
        return line[pos:]

    def _prepare(self) -> None:
        """Find the tokens once, with the first line that does not have the prefix to the letter."""
        if not self._is_tokenised:
            self._is_tokenised = True
            if _DIGITS.search(self.text) is not None or self.loose:
                self._tokens = _tokenise(self.text)
            self._is_fixed = not any(is_varying for _, is_varying in self._tokens)

    def _lead(self) -> str:
        """What stands before the first number; padding before it may shrink."""
        first = self._tokens[0][0]
        return "" if first[0].isdigit() else first.rstrip(" ")

    def counts_on_from(self, line: str) -> bool:
        """Whether ``line``, the one above, has the same prefix but for numbers that have since grown by one."""
        self._prepare()
        cut = self.loosened().cut(line) if self._tokens else None
        if cut is None:
            return False
        before = _DIGITS.findall(line[: len(line) - len(cut)])
        numbers = [token for token in self._tokens if token[0][0].isdigit()]
        return len(before) == len(numbers) and all(
            is_varying or token == number or (len(token) < 10 and int(token) == int(number) + 1)
            for (token, is_varying), number in zip(numbers, before, strict=True)
        )

    def loosened(self) -> Prefix:
        """The same prefix with all digits free."""
        self._prepare()
        return Prefix(self.text, True, self._tokens, self._is_fixed, bool(self._tokens))


EMPTY = Prefix("")


def _tokenise(text: str) -> list[tuple[str, bool]]:
    varying = [span.span() for span in _TIMES.finditer(text)]
    tokens: list[tuple[str, bool]] = []
    at = 0
    for token in _TOKENS.finditer(text):
        start = token.start()
        while at < len(varying) and varying[at][1] <= start:
            at += 1
        is_time = at < len(varying) and varying[at][0] <= start < varying[at][1]
        tokens.append((token.group(), is_time and token.group().isdigit()))
    return tokens


def _after_digits(line: str, pos: int, token: str, *, is_free: bool) -> int | None:
    """Where the number at ``pos`` ends; None where none is there or not the expected one."""
    digits = _DIGITS.match(line, pos)
    if digits is None or not (is_free or digits.group() == token):
        return None
    return digits.end()


def _after_words(line: str, pos: int, token: str, *, is_last: bool) -> int | None:
    """Where the text ``token`` at ``pos`` ends. Padding beside a number may differ; the last blank may be lost."""
    if line.startswith(token, pos):
        return pos + len(token)
    stem = token.strip(" ")
    begin = _after_blanks(line, pos) if token[0] == " " or not stem else pos
    if not line.startswith(stem, begin):
        return None
    pos = begin + len(stem)
    if not is_last:
        return _after_blanks(line, pos)
    if not token.endswith(" ") or pos == len(line):
        return pos
    if token.endswith("  "):
        # A report is indented behind its prefix: what is indented less stands outside of it.
        return pos if not line[pos:].strip() else None
    return pos + 1 if stem and line[pos] == " " else None


def _after_blanks(line: str, pos: int) -> int:
    while pos < len(line) and line[pos] == " ":
        pos += 1
    return pos


def split_margin(text: str) -> tuple[str, int | None]:
    """Prefix and column of the exception group's margin in the text before a frame or a header.

    ``"    | "`` is a margin at column 4; ``"api | "`` is a prefix without a margin.
    """
    if not text.endswith("| "):
        return text, None
    bar = len(text) - 2
    start = len(text[:bar].rstrip(" "))
    width = bar - start
    if width < 2:
        return text, None
    if start == 0:
        return ("", width) if width % 2 == 0 else (text, None)
    if text[start - 1] in "|]:>":
        return text[: start + 1], width - 1
    return text, None

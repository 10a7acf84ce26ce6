"""Regular expressions that are compiled when they are first used.

The grammars hold some two hundred of them, of which an output needs a few. Compiling all of them would be a tenth of the
time that the program needs to start.
"""

from __future__ import annotations

import re
from typing import Any, cast


class _Expression:
    """Stands for a compiled pattern; after its first use its methods are those of the pattern itself."""

    def __init__(self, source: str, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        compiled = re.compile(self._source, self._flags)
        for method in ("match", "search", "fullmatch", "finditer", "findall", "sub", "split"):
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)

    def __deepcopy__(self, _: object) -> _Expression:
        return self


def expression(source: str, flags: int = 0) -> re.Pattern[str]:
    """As ``re.compile``, later. ``source`` must be valid: a mistake in it shows at its first use, in the tests."""
    return cast("re.Pattern[str]", _Expression(source, flags))

"""Fingerprints as a user writes them into a profile, to mute errors: ``E-3f9a`` or ``v1:3f9a41…``.

Apart from ``core.fingerprint``, so that reading a profile needs nothing of what makes fingerprints.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

VERSION = "v1"
"""Of the recipe that fingerprints are made by."""
SHORT_DIGITS = 4
_TEXT = re.compile(rf"(?:E-|(v\d+):)([0-9a-f]{{{SHORT_DIGITS},16}})", re.IGNORECASE)


def is_fingerprint(text: str) -> bool:
    """Whether ``text`` can name an error. One of another version of the recipe can, and matches nothing."""
    return _TEXT.fullmatch(text) is not None


def is_named(digest: str, text: str) -> bool:
    """Whether ``text`` names the fingerprint with this digest: by a beginning of its digits."""
    found = _TEXT.fullmatch(text)
    return found is not None and found[1] in (None, VERSION) and digest.startswith(found[2].lower())


def without(texts: Iterable[str], digests: Iterable[str]) -> tuple[str, ...]:
    """``texts`` without those that name one of these fingerprints."""
    known = tuple(digests)
    return tuple(text for text in texts if not any(is_named(digest, text) for digest in known))

"""aiohttp and httpx, imported without what they only load for others. Take both from here.

That is half of their import, which a user waits for before seeing the first process:

- httpx imports its own command line wherever click is installed, and with it parts of rich and Pygments. It copes
  with their absence, so the module is said to be missing.
- aiohttp makes two TLS contexts and reads all certificate authorities of the machine for each of them. Every TLS
  connection here is given ``aiohttp_transport.shared_ssl_context`` instead. The two trust nobody, so a connection
  that was to use one by mistake would fail.
"""

from __future__ import annotations

import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_COMMAND_LINE: Final = "httpx._main"


@contextmanager
def _leanly() -> Iterator[None]:
    """While it lasts, httpx has no command line and new TLS contexts know no authority."""
    modules: dict[str, object] = sys.modules  # type: ignore[assignment]  # None: there is no such module
    kept = modules.setdefault(_COMMAND_LINE, None)
    # A method of the C class above, so it appears again with the end of this one.
    ssl.SSLContext.set_default_verify_paths = lambda self: None  # type: ignore[method-assign]
    try:
        yield
    finally:
        del ssl.SSLContext.set_default_verify_paths
        if kept is None:
            del modules[_COMMAND_LINE]


with _leanly():
    import aiohttp
    import httpx

__all__ = ["aiohttp", "httpx"]

"""Which server plays which role, and which servers a credential may be sent to."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

DEFAULT_API_URL = "https://api.tensorlake.ai"
_DEFAULT_PORTS = {"http": 80, "https": 443}


def origin(url: str) -> str:
    """Scheme, host and port of ``url`` in one spelling: lower case, no default port, no path.

    Two URLs name the same server exactly when their origins are equal. Raises ValueError where ``url`` is no URL.
    """
    parts = urlsplit(url)
    host, port, scheme = parts.hostname, parts.port, parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not host:
        raise ValueError(f"not an http or https URL: {url!r}")
    shown = f"[{host}]" if ":" in host else host.rstrip(".")
    return f"{scheme}://{shown}" + (f":{port}" if port and port != _DEFAULT_PORTS[scheme] else "")


def canonical(url: str) -> str:
    """``url`` as the ``tl`` command files logins under it: origin and path, no trailing slash, query or fragment."""
    return origin(url) + urlsplit(url).path.rstrip("/")


def host_of(url: str) -> str:
    """The host of ``url`` in lower case, without brackets; empty where there is none."""
    return urlsplit(url).hostname or ""


def sandbox_origin(api_url: str) -> str | None:
    """The ``sandbox.X`` origin that goes with ``api.X``; None for any other host."""
    host = host_of(api_url)
    if not host.startswith("api."):
        return None
    scheme, _, rest = origin(api_url).partition("://")
    return f"{scheme}://sandbox.{rest.removeprefix('api.')}"


def control_base(api_url: str, namespace: str) -> str:
    """The URL that ``/sandboxes`` is appended to.

    ``api.X`` is served by ``sandbox.X`` without a namespace; every other host is taken to be a self-hosted server with
    the namespaced form, and never replaced by the public service.
    """
    return sandbox_origin(api_url) or f"{api_url.rstrip('/')}/v1/namespaces/{quote(namespace or 'default', safe='')}"


@dataclass(frozen=True, slots=True)
class KeyScope:
    """The servers that one credential may be sent to.

    ``origins`` are compared whole; ``parents`` are origins whose sub-domains are admitted too (each sandbox has one).
    """

    origins: frozenset[str] = frozenset()
    parents: frozenset[str] = frozenset()

    @classmethod
    def of_api(cls, api_url: str) -> KeyScope:
        """The family of one control plane: itself, and ``sandbox.X`` with its sub-domains for ``api.X``."""
        sandbox = sandbox_origin(api_url)
        if sandbox is None:
            return cls(frozenset({origin(api_url)}))
        return cls(frozenset({origin(api_url), sandbox}), frozenset({sandbox}))

    @classmethod
    def of_origin(cls, url: str) -> KeyScope:
        """One server only."""
        return cls(frozenset({origin(url)}))

    def with_origin(self, url: str) -> KeyScope:
        """This scope and one more server, which a server of the scope itself has named."""
        return KeyScope(self.origins | {origin(url)}, self.parents)

    def admits(self, url: str) -> bool:
        """True when the credential may be sent to ``url``."""
        try:
            asked = origin(url)
        except ValueError:
            return False
        if asked in self.origins:
            return True
        scheme, _, rest = asked.partition("://")
        return any(f"{scheme}://{rest.partition('.')[2]}" == parent for parent in self.parents)

"""From a profile to what it connects to: which servers, which credential, which headers.

Wire facts: the order of the ways to a sandbox and the headers that select it, of the API's section on routing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tui.core.errors import ConfigError, NotRunning, ProfileError, ProtocolError
from tui.core.models import Sandbox
from tui.core.ports import ControlPlane, SandboxApi
from tui.core.profile import Profile, checked_url
from tui.io.control_plane import HttpControlPlane
from tui.io.credentials import Credential, CredentialSources, Target
from tui.io.hosts import control_base, host_of, origin
from tui.io.sandbox_api import HttpSandboxApi
from tui.io.transport import HttpClient

_SELECTABLE: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,250}[A-Za-z0-9])?")


class HttpConnector:
    """Implements ``core.ports.Connector``. ``token`` is a credential that the caller has read itself."""

    def __init__(self, environ: Mapping[str, str], home: Path, cwd: Path, token: str | None = None) -> None:
        self._environ = environ
        self._home = home
        self._cwd = cwd
        self._token = token

    def connect(self, profile: Profile) -> HttpConnection:
        """A connection for ``profile``; no request is sent. Raises ConfigError, or AuthError without a credential."""
        sources = CredentialSources(self._environ, self._home, self._cwd)
        target = sources.target(profile)
        if self._token is not None:
            credential: Credential | None = sources.handed_over(self._token.strip(), profile, target)
        else:
            credential = sources.find(profile, target)
        return HttpConnection(profile, target, credential, self._environ)

    def credential_report(self) -> Mapping[str, str]:
        """Where credentials were looked for and what was there; never a value."""
        report = CredentialSources(self._environ, self._home, self._cwd).report()
        return report if self._token is None else {"token handed over": "set", **report}


class HttpConnection:
    """Implements ``core.ports.Connection``: one HTTP client, shared by the control plane and all sandboxes."""

    def __init__(
        self, profile: Profile, target: Target, credential: Credential | None, environ: Mapping[str, str]
    ) -> None:
        self._profile = profile
        self._credential = credential
        self._proxy_url = environ.get("TENSORLAKE_SANDBOX_PROXY_URL", "").strip()
        self._http = HttpClient(credential, environ)
        self._control: ControlPlane | None = None
        if not profile.sandbox_url:
            self._control = HttpControlPlane(self._http, control_base(target.api_url, target.namespace))
        elif credential is not None and not credential.scope.admits(profile.sandbox_url):
            raise ConfigError(f"the credential from {credential.source_text} may not go to {profile.sandbox_url}")

    @property
    def profile(self) -> Profile:
        """The profile it was made from."""
        return self._profile

    @property
    def control(self) -> ControlPlane | None:
        """The control plane; None where the profile names a sandbox's URL."""
        return self._control

    @property
    def credential_source(self) -> str:
        """Where the credential came from, in words."""
        return self._credential.source_text if self._credential else "none"

    def sandbox_api(self, sandbox: Sandbox) -> SandboxApi:
        """The API of ``sandbox``. Raises NotRunning where there is no way to it, ProtocolError for an unsafe one."""
        base = self._route(sandbox)
        if base is None:
            raise NotRunning(
                f"sandbox {sandbox.label} cannot be reached: the control plane gives no address while it is"
                f" {sandbox.status}",
                "its address comes with the status 'running'",
                status=503,
            )
        local = host_of(base) in ("localhost", "127.0.0.1")
        if not local:
            # A path is no part of an address elsewhere; the sandbox is selected by header.
            base = origin(base)
        return HttpSandboxApi(self._http, sandbox.id, base, self._headers(sandbox, local=local))

    def direct_sandbox(self) -> Sandbox:
        """The sandbox of a profile with ``sandbox_url``. Raises ConfigError for a profile without."""
        url = self._profile.sandbox_url
        if not url:
            raise ConfigError(f"profile '{self._profile.name}' names no sandbox_url")
        return Sandbox(
            id=self._profile.sandbox or _filed_under(url), status="running", name=self._profile.sandbox, sandbox_url=url
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    def _route(self, sandbox: Sandbox) -> str | None:
        """Where the API of ``sandbox`` is: the profile's word, the server's, the environment's, the region's."""
        if self._profile.sandbox_url:
            return self._profile.sandbox_url
        given = sandbox.sandbox_url or self._proxy_url
        if not given and sandbox.ingress_endpoint:
            scheme, _, rest = sandbox.ingress_endpoint.partition("://")
            given = f"{scheme}://{_selectable(sandbox.id)}.{rest}" if rest else sandbox.ingress_endpoint
        if not given:
            return None
        try:
            url = checked_url(given, key="the address of the sandbox") if self._http.has_credential else given
            origin(url)
        except (ProfileError, ValueError) as error:
            raise ProtocolError(f"sandbox {sandbox.label}: {error}", where="sandbox_url") from None
        self._http.admit(url)
        return url

    def _headers(self, sandbox: Sandbox, *, local: bool) -> dict[str, str]:
        """What selects the sandbox on a server that has many."""
        headers: dict[str, str] = {}
        if not self._profile.sandbox_url or self._profile.sandbox:
            identity = _selectable(sandbox.id)
            headers = {"Host": f"{identity}.local"} if local else {"X-Tensorlake-Sandbox-Id": identity}
        hint = sandbox.routing_hint
        if hint:
            if not hint.isascii() or not hint.isprintable():
                raise ProtocolError(f"sandbox {sandbox.label}: its routing hint is no header", where="routing_hint")
            headers["X-Tensorlake-Route-Hint"] = hint
        return headers


def _selectable(identity: str) -> str:
    """``identity`` where it can stand in a header and a host name. Raises ProtocolError."""
    if not _SELECTABLE.fullmatch(identity):
        raise ProtocolError(f"'{identity}' cannot be the id of a sandbox", where="id")
    return identity


def _filed_under(url: str) -> str:
    """An id for the records of a sandbox that is known by its URL only: its name in the cloud, else host and port."""
    name, _, rest = host_of(url).partition(".")
    if rest.startswith("sandbox."):
        return name
    return re.sub(r"[^A-Za-z0-9._]+", "-", origin(url).partition("://")[2]).strip("-")

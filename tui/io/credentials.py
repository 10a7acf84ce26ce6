"""Where a credential comes from. Sources are read and never written; none is copied into a file of ours.

Sources, in this order: the variable that the profile names, the environment, the login of the ``tl`` command (its
credentials file, then its configuration), the project file ``.tensorlake/config.toml``. A stored credential belongs to
the API URL that it is filed under, and one from the environment to the servers that the user configured: neither is
sent anywhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from tui.core.errors import AuthError, ConfigError, ProfileError
from tui.core.profile import KeySource, Profile, checked_url, is_loopback
from tui.io.hosts import KeyScope, canonical, host_of, origin
from tui.io.login_files import LoginFiles

API_KEY = "TENSORLAKE_API_KEY"
PAT = "TENSORLAKE_PAT"
SERVE_TOKEN = "BOXSCOPE_SERVE_TOKEN"  # noqa: S105 - the name of a variable


class CredentialKind(Enum):
    """An API key belongs to one project; a personal access token needs organisation and project beside it."""

    API_KEY = "api_key"
    PAT = "pat"


@dataclass(frozen=True, slots=True)
class Credential:
    """One credential, in use for one control plane or one sandbox."""

    token: str = field(repr=False)
    kind: CredentialKind
    organization: str
    project: str
    api_url: str
    namespace: str
    source_text: str
    """Where it came from, in words."""
    scope: KeyScope
    """The servers that it may be sent to."""

    def __post_init__(self) -> None:
        if not self.token.isascii() or not self.token.isprintable() or " " in self.token:
            raise ConfigError(f"the credential from {self.source_text} holds characters that no header may hold")

    def headers(self) -> dict[str, str]:
        """``Authorization``, and the organisation and project pair of a personal access token."""
        headers = {"Authorization": f"Bearer {self.token}"}
        if self.kind is CredentialKind.PAT and self.organization and self.project:
            headers["X-Forwarded-Organization-Id"] = self.organization
            headers["X-Forwarded-Project-Id"] = self.project
        return headers


@dataclass(frozen=True, slots=True)
class Target:
    """What a profile talks to, as far as it is known without asking a server."""

    api_url: str
    namespace: str
    api_url_is_ours: bool
    """False where the API URL came from a project file, which whoever wrote the project chose."""


class CredentialSources:
    """Everything that may hold a credential on this machine. Files are read when they are needed, once."""

    def __init__(self, environ: Mapping[str, str], home: Path, cwd: Path) -> None:
        self._environ = environ
        self._files = LoginFiles(home, cwd)

    def target(self, profile: Profile) -> Target:
        """API URL and namespace: profile, environment, project file, global file, default. Raises ConfigError."""
        from_user = profile.api_url or self._environ.get("TENSORLAKE_API_URL", "").strip()
        from_project = "" if from_user else self._files.project.api_url
        api_url = from_user or from_project or self._files.configured.api_url or self._files.default_api_url
        namespace = (
            profile.namespace
            or self._environ.get("INDEXIFY_NAMESPACE", "").strip()
            or self._files.project.namespace
            or self._files.configured.namespace
            or "default"
        )
        try:
            return Target(checked_url(api_url, key="the API URL"), namespace, not from_project)
        except ProfileError as error:
            raise ConfigError(error.message, error.hint) from None

    def find(self, profile: Profile, target: Target) -> Credential | None:
        """The credential for ``profile``; None where it wants none, or where a server on this machine needs none.

        Raises AuthError where one is needed and not found, ConfigError for a broken file.
        """
        if profile.key_source is KeySource.NONE:
            return None
        found = self._from_environment(profile, target)
        if found is None and profile.key_source in (KeySource.AUTO, KeySource.LOGIN):
            found = self._stored(profile, target)
        if found is None and not is_loopback(host_of(profile.sandbox_url or target.api_url)):
            raise self._nothing_found(profile, target)
        return found

    def handed_over(self, token: str, profile: Profile, target: Target) -> Credential:
        """A credential that the caller has read itself; it goes to the server that the profile names and no other.

        Raises AuthError where no server was named by the user.
        """
        scope = KeyScope.of_origin(profile.sandbox_url) if profile.sandbox_url else self._scope(profile, target)
        if not scope.origins:
            raise self._nothing_found(profile, target)
        return self._credential(token, profile, target, "the token handed over", scope)

    def report(self) -> dict[str, str]:
        """What each source holds: "set", "not set", "found", "not found" or what is wrong with it; never a value."""
        said = {name: "set" if self._environ.get(name, "").strip() else "not set" for name in (API_KEY, PAT)}
        return said | self._files.report()

    def _from_environment(self, profile: Profile, target: Target) -> Credential | None:
        if profile.key_source not in (KeySource.AUTO, KeySource.ENV):
            return None
        explicit = bool(profile.api_key_env) or profile.key_source is KeySource.ENV
        if profile.api_key_env:
            token = self._environ.get(profile.api_key_env, "").strip()
            if not token:
                raise AuthError(
                    f"the environment variable {profile.api_key_env} is not set",
                    f"profile '{profile.name}' takes its key from there",
                    status=401,
                )
            scope = self._scope(profile, target, explicit=True)
            if not scope.origins:
                raise self._nothing_found(profile, target)
            return self._credential(token, profile, target, _variable(profile.api_key_env), scope)
        token = self._environ.get(SERVE_TOKEN, "").strip()
        local = profile.sandbox_url or target.api_url
        if token and is_loopback(host_of(local)):
            scope = KeyScope.of_origin(local)
            return self._credential(token, profile, target, _variable(SERVE_TOKEN), scope)
        scope = self._scope(profile, target, explicit=explicit)
        for name, kind in ((API_KEY, CredentialKind.API_KEY), (PAT, CredentialKind.PAT)):
            token = self._environ.get(name, "").strip()
            if token and scope.origins:
                return self._credential(token, profile, target, _variable(name), scope, kind)
        return None

    def _scope(self, profile: Profile, target: Target, *, explicit: bool = False) -> KeyScope:
        """Where a key that is filed under no URL may go: to servers that the user named, and to the public service.

        Nowhere for a foreign sandbox URL without an explicit source, and nowhere for an API URL of a project file.
        """
        family = KeyScope.of_api(target.api_url)
        if profile.sandbox_url and not family.admits(profile.sandbox_url):
            return KeyScope.of_origin(profile.sandbox_url) if explicit else KeyScope()
        return family if target.api_url_is_ours or self._is_public(target) else KeyScope()

    def _stored(self, profile: Profile, target: Target) -> Credential | None:
        scope = KeyScope.of_api(target.api_url)
        if profile.sandbox_url and not scope.admits(profile.sandbox_url):
            return None
        login = self._files.login_for(target.api_url)
        if login is not None:
            return self._credential(
                login.token,
                profile,
                target,
                login.source_text,
                scope,
                CredentialKind.PAT,
                login.organization,
                login.project,
            )
        sources = [self._files.configured]
        if profile.key_source is KeySource.AUTO:
            sources.append(self._files.project)
        for source in sources:
            filed_under = source.api_url or self._files.default_api_url
            if source.api_key and _same(filed_under, target.api_url):
                kind = CredentialKind.API_KEY
                return self._credential(source.api_key, profile, target, source.source_text, scope, kind)
        return None

    def _credential(
        self,
        token: str,
        profile: Profile,
        target: Target,
        source_text: str,
        scope: KeyScope,
        kind: CredentialKind | None = None,
        organization: str = "",
        project: str = "",
    ) -> Credential:
        """The credential with the organisation and project that go with it."""
        environ = self._environ
        organization = profile.organization or environ.get("TENSORLAKE_ORGANIZATION_ID", "").strip() or organization
        project = profile.project or environ.get("TENSORLAKE_PROJECT_ID", "").strip() or project
        if kind is CredentialKind.PAT and not (organization and project):
            organization = organization or self._files.project.organization
            project = project or self._files.project.project
        if kind is None:
            is_key = token.lower().startswith("tl_apikey_") or not (organization and project)
            kind = CredentialKind.API_KEY if is_key else CredentialKind.PAT
        return Credential(token, kind, organization, project, target.api_url, target.namespace, source_text, scope)

    def _is_public(self, target: Target) -> bool:
        return host_of(target.api_url).endswith(".tensorlake.ai")

    def _nothing_found(self, profile: Profile, target: Target) -> AuthError:
        """Why no credential is there, in the words that help most."""
        family = KeyScope.of_api(target.api_url)
        foreign = profile.sandbox_url and not family.admits(profile.sandbox_url)
        if foreign and profile.key_source is KeySource.AUTO:
            return AuthError(
                f"no credential is sent to {origin(profile.sandbox_url)}: it does not belong to {target.api_url}",
                "name the variable with its key in api_key_env, or set key_source to 'none'",
                status=401,
            )
        if not target.api_url_is_ours and not self._is_public(target):
            return AuthError(
                f"no credential is sent to {target.api_url}, which {self._files.project.source_text} names",
                "set api_url in a profile if you trust it",
                status=401,
            )
        others = self._files.other_logins(target.api_url)
        if others and profile.key_source is not KeySource.ENV:
            return AuthError(
                f"no credential for {target.api_url}",
                f"the login of the tl command is for {', '.join(others)}; run 'tl login' for this one",
                status=401,
            )
        return AuthError(f"no credential for {target.api_url}", f"set {API_KEY} or run 'tl login'", status=401)


def _variable(name: str) -> str:
    return f"environment variable {name}"


def _same(one: str, other: str) -> bool:
    try:
        return canonical(one) == canonical(other)
    except ValueError:
        return False

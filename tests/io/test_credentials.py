from __future__ import annotations

from pathlib import Path

import pytest

from tui.core.errors import AuthError, ConfigError
from tui.core.profile import KeySource, Profile
from tui.io.credentials import Credential, CredentialKind, CredentialSources

KEY, TOKEN, OTHER = "tl_apiKey_env_secret", "pat-secret-token", "other-secret"
PUBLIC = "https://api.tensorlake.ai"


def profile(**fields: object) -> Profile:
    return Profile(name="p", **fields)  # type: ignore[arg-type]


class Machine:
    """A home and a project folder, and what the sources make of them."""

    def __init__(self, tmp_path: Path) -> None:
        self.home, self.cwd = tmp_path / "home", tmp_path / "work" / "deep"
        self.folder = self.home / ".config" / "tensorlake"
        self.folder.mkdir(parents=True)
        self.cwd.mkdir(parents=True)
        self.environ: dict[str, str] = {}

    def login(self, text: str) -> None:
        (self.folder / "credentials.toml").write_text(text)

    def configured(self, text: str) -> None:
        (self.folder / ".tensorlake_config").write_text(text)

    def project(self, text: str) -> None:
        folder = self.cwd.parent / ".tensorlake"
        folder.mkdir(exist_ok=True)
        (folder / "config.toml").write_text(text)

    @property
    def sources(self) -> CredentialSources:
        return CredentialSources(self.environ, self.home, self.cwd)

    def find(self, **fields: object) -> Credential | None:
        one = profile(**fields)
        sources = self.sources
        return sources.find(one, sources.target(one))

    def found(self, **fields: object) -> Credential:
        found = self.find(**fields)
        assert found is not None
        return found


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_order_of_the_sources(machine: Machine) -> None:
    machine.project(f'[tensorlake]\napikey = "{OTHER}-project"\n')
    assert machine.found().token == f"{OTHER}-project"
    machine.configured(f'[tensorlake]\napikey = "{OTHER}-global"\n')
    assert machine.found().token == f"{OTHER}-global"
    machine.login(f'["{PUBLIC}"]\ntoken = "{TOKEN}"\norganization = "o"\nproject = "p"\n')
    assert machine.found().token == TOKEN
    machine.environ["TENSORLAKE_PAT"] = f"{TOKEN}-env"
    assert (machine.found().token, machine.found().kind) == (f"{TOKEN}-env", CredentialKind.PAT)
    machine.environ["TENSORLAKE_API_KEY"] = KEY
    assert (machine.found().token, machine.found().kind) == (KEY, CredentialKind.API_KEY)
    machine.environ["MINE"] = "mine"
    assert machine.found(api_key_env="MINE").token == "mine"


def test_key_sources_restrict_the_search(machine: Machine) -> None:
    machine.environ["TENSORLAKE_API_KEY"] = KEY
    machine.login(f'token = "{TOKEN}"\n')
    assert machine.found(key_source=KeySource.ENV).token == KEY
    assert machine.found(key_source=KeySource.LOGIN).token == TOKEN
    assert machine.find(key_source=KeySource.NONE) is None
    machine.environ.clear()
    with pytest.raises(AuthError, match="no credential"):
        machine.find(key_source=KeySource.ENV)


def test_a_named_variable_that_is_not_set_is_no_reason_to_take_another(machine: Machine) -> None:
    machine.environ["TENSORLAKE_API_KEY"] = KEY
    with pytest.raises(AuthError, match="MINE is not set"):
        machine.find(api_key_env="MINE")


def test_a_login_belongs_to_the_url_it_is_filed_under(machine: Machine) -> None:
    machine.login(
        f'["https://API.tensorlake.ai:443/"]\ntoken = "{TOKEN}"\n["https://api.eu.tensorlake.ai"]\ntoken = "eu"\n'
    )
    assert machine.found().token == TOKEN
    assert machine.found(api_url="https://api.eu.tensorlake.ai").token == "eu"
    with pytest.raises(AuthError) as caught:
        machine.find(api_url="https://other.example")
    assert "https://api.eu.tensorlake.ai" in caught.value.hint
    assert TOKEN not in caught.value.hint


@pytest.mark.parametrize("text", [f'token = "{TOKEN}"\n', f'["{PUBLIC}"]\ntoken = "{TOKEN}"\n'])
@pytest.mark.parametrize("url", ["https://self-hosted.example", "https://api.elsewhere.example"])
def test_no_stored_token_goes_to_another_server(machine: Machine, text: str, url: str) -> None:
    machine.login(text)
    with pytest.raises(AuthError):
        machine.find(api_url=url)
    with pytest.raises(AuthError):
        machine.find(sandbox_url="https://elsewhere.example")


@pytest.mark.parametrize("file", ["configured", "project"])
def test_a_stored_key_goes_where_its_file_says(machine: Machine, file: str) -> None:
    getattr(machine, file)(f'[tensorlake]\napi_url = "https://mine.example"\napikey = "{OTHER}"\n')
    found = machine.found()
    assert (found.token, found.api_url, found.kind) == (OTHER, "https://mine.example", CredentialKind.API_KEY)
    with pytest.raises(AuthError):
        machine.find(api_url=PUBLIC)


def test_a_project_file_cannot_lead_the_key_of_the_environment_away(machine: Machine) -> None:
    machine.environ["TENSORLAKE_API_KEY"] = KEY
    machine.project('[tensorlake]\napi_url = "https://evil.example"\n')
    with pytest.raises(AuthError) as caught:
        machine.find()
    assert "evil.example" in str(caught.value)
    assert KEY not in f"{caught.value}{caught.value.hint}"
    for fields in ({"key_source": KeySource.ENV}, {"api_key_env": "TENSORLAKE_API_KEY"}):
        with pytest.raises(AuthError):
            machine.find(**fields)
    with pytest.raises(AuthError):
        machine.sources.handed_over("t", profile(), machine.sources.target(profile()))
    assert machine.found(api_url="https://evil.example").token == KEY
    machine.project('[tensorlake]\napi_url = "https://api.eu.tensorlake.ai"\n')
    assert machine.found().token == KEY


def test_a_foreign_sandbox_url_gets_no_key_unless_it_is_named(machine: Machine) -> None:
    machine.environ["TENSORLAKE_API_KEY"] = KEY
    machine.login(f'token = "{TOKEN}"\n')
    with pytest.raises(AuthError) as caught:
        machine.find(sandbox_url="https://elsewhere.example")
    assert "api_key_env" in caught.value.hint
    for fields in ({"key_source": KeySource.ENV}, {"api_key_env": "TENSORLAKE_API_KEY"}):
        found = machine.found(sandbox_url="https://elsewhere.example", **fields)
        assert found.token == KEY
        assert found.scope.admits("https://elsewhere.example/x")
        assert not found.scope.admits(PUBLIC)
    own = machine.found(sandbox_url="https://box.sandbox.tensorlake.ai")
    assert own.token == KEY
    assert own.scope.admits("https://box.sandbox.tensorlake.ai")


def test_a_server_on_this_machine_needs_no_key_and_gets_none_by_accident(machine: Machine) -> None:
    machine.login(f'token = "{TOKEN}"\n')
    machine.environ["TENSORLAKE_API_KEY"] = KEY
    assert machine.find(sandbox_url="http://127.0.0.1:9000") is None
    machine.environ["BOXSCOPE_SERVE_TOKEN"] = "serve-secret"
    for fields in ({"sandbox_url": "http://127.0.0.1:9000"}, {"api_url": "http://127.0.0.1:9000"}):
        found = machine.found(**fields)
        assert found.token == "serve-secret"
        assert found.scope.admits("http://127.0.0.1:9000")
        assert not found.scope.admits("http://127.0.0.1:9001")
        assert not found.scope.admits(PUBLIC)
    assert machine.found().token == KEY


def test_a_token_that_was_handed_over_goes_to_that_profile_only(machine: Machine) -> None:
    sources = machine.sources
    one = profile(sandbox_url="http://127.0.0.1:9000")
    found = sources.handed_over("t", one, sources.target(one))
    assert found.scope.admits("http://127.0.0.1:9000/api")
    assert not found.scope.admits(PUBLIC)


def test_organisation_and_project(machine: Machine) -> None:
    machine.login(f'["{PUBLIC}"]\ntoken = "{TOKEN}"\norganization = "o-login"\nproject = "p-login"\n')
    found = machine.found()
    assert (found.organization, found.project) == ("o-login", "p-login")
    assert found.headers()["X-Forwarded-Project-Id"] == "p-login"
    machine.environ |= {"TENSORLAKE_ORGANIZATION_ID": "o-env", "TENSORLAKE_PROJECT_ID": "p-env"}
    assert machine.found().organization == "o-env"
    assert machine.found(organization="o-profile", project="p-profile").project == "p-profile"
    machine.environ["TENSORLAKE_API_KEY"] = KEY
    assert machine.found().headers() == {"Authorization": f"Bearer {KEY}"}


def test_half_a_pair_is_no_pair(machine: Machine) -> None:
    machine.login(f'["{PUBLIC}"]\ntoken = "{TOKEN}"\norganization = "o-login"\n')
    assert machine.found().headers() == {"Authorization": f"Bearer {TOKEN}"}
    machine.project('organization = "o-file"\nproject = "p-file"\n')
    assert machine.found().project == "p-file"


def test_api_url_and_namespace(machine: Machine) -> None:
    target = machine.sources.target(profile())
    assert (target.api_url, target.namespace) == (PUBLIC, "default")
    machine.configured('[tensorlake]\napi_url = "https://global.example"\n[indexify]\nnamespace = "ns-global"\n')
    assert machine.sources.target(profile()).api_url == "https://global.example"
    machine.project('[tensorlake]\napi_url = "https://project.example"\n[indexify]\nnamespace = "ns-project"\n')
    target = machine.sources.target(profile())
    assert (target.api_url, target.namespace, target.api_url_is_ours) == (
        "https://project.example",
        "ns-project",
        False,
    )
    machine.environ |= {"TENSORLAKE_API_URL": "http://localhost:8900/", "INDEXIFY_NAMESPACE": "ns-env"}
    target = machine.sources.target(profile())
    assert (target.api_url, target.namespace, target.api_url_is_ours) == ("http://localhost:8900", "ns-env", True)
    assert machine.sources.target(profile(api_url="https://x.example", namespace="n")).namespace == "n"


@pytest.mark.parametrize("url", ["http://api.tensorlake.ai", "ftp://x", "nonsense", "https://u:p@x.example"])
def test_an_unsafe_api_url_is_refused(machine: Machine, url: str) -> None:
    machine.environ["TENSORLAKE_API_URL"] = url
    with pytest.raises(ConfigError):
        machine.sources.target(profile())


def test_a_broken_file_is_named_with_its_line_and_without_its_content(machine: Machine) -> None:
    machine.login(f'a = 1\ntoken = "{TOKEN}\n')
    with pytest.raises(ConfigError) as caught:
        machine.find()
    assert "credentials.toml" in str(caught.value)
    assert "line 2" in str(caught.value)
    assert TOKEN not in f"{caught.value!r} {caught.value.__cause__!r}"
    (machine.folder / "credentials.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        machine.find()


def test_a_broken_file_that_is_not_needed_does_not_matter(machine: Machine) -> None:
    machine.login("= broken")
    machine.environ["TENSORLAKE_API_KEY"] = KEY
    assert machine.found().token == KEY


@pytest.mark.parametrize(
    "text", ["token = 5", 'token = ""', "[tensorlake]\ntoken = {}", '["not a url"]\ntoken = "x"', ""]
)
def test_odd_login_files_hold_no_credential(machine: Machine, text: str) -> None:
    machine.login(text)
    with pytest.raises(AuthError):
        machine.find()


def test_nothing_is_written(machine: Machine) -> None:
    machine.login(f'token = "{TOKEN}"\n')
    before = {path: path.stat().st_mtime_ns for path in machine.home.rglob("*")}
    machine.found()
    machine.sources.report()
    assert {path: path.stat().st_mtime_ns for path in machine.home.rglob("*")} == before


@pytest.mark.parametrize("token", ["two words", "line\nfeed", "é", "tab\tbed", "esc\x1b"])
def test_what_cannot_be_a_header_is_refused_without_showing_it(machine: Machine, token: str) -> None:
    machine.environ["TENSORLAKE_API_KEY"] = token
    with pytest.raises(ConfigError) as caught:
        machine.find()
    assert token not in str(caught.value)


def test_no_repr_shows_a_token(machine: Machine) -> None:
    machine.login(f'token = "{TOKEN}"\n')
    machine.configured(f'[tensorlake]\napikey = "{OTHER}"\n')
    sources = machine.sources
    found = sources.find(profile(), sources.target(profile()))
    files = sources._files
    shown = f"{found!r} {found} {files.login_for(PUBLIC)!r} {files.configured!r} {sources!r}"
    assert "the login of the tl command" in shown
    assert TOKEN not in shown
    assert OTHER not in shown


def test_the_report_names_sources_and_never_a_value(machine: Machine) -> None:
    assert set(machine.sources.report().values()) == {"not set", "not found"}
    machine.environ["TENSORLAKE_API_KEY"] = KEY
    machine.login(f'token = "{TOKEN}"\n')
    machine.project("= broken")
    report = machine.sources.report()
    assert report["TENSORLAKE_API_KEY"] == "set"
    assert report["TENSORLAKE_PAT"] == "not set"
    assert report["tl login (credentials file)"] == "found"
    assert "line 1" in report["project file (.tensorlake/config.toml)"]
    assert KEY not in str(report)
    assert TOKEN not in str(report)

from __future__ import annotations

import pytest

from tui.io.hosts import KeyScope, canonical, control_base, origin, sandbox_origin


@pytest.mark.parametrize(
    ("url", "one_spelling"),
    [
        ("https://API.Tensorlake.ai:443/", "https://api.tensorlake.ai"),
        ("http://127.0.0.1:80/x?y", "http://127.0.0.1"),
        ("http://[::1]:8095/a", "http://[::1]:8095"),
        ("https://a.b.", "https://a.b"),
    ],
)
def test_one_spelling_per_server(url: str, one_spelling: str) -> None:
    assert origin(url) == one_spelling


@pytest.mark.parametrize("url", ["", "api.tensorlake.ai", "ftp://x", "https://", "https://a:99999"])
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - three sources of one kind
        origin(url)


def test_logins_are_filed_without_slash_query_and_default_port() -> None:
    assert canonical("https://api.tensorlake.ai:443/?a#b") == "https://api.tensorlake.ai"
    assert canonical("https://x.y/base/") == "https://x.y/base"


@pytest.mark.parametrize(
    ("api_url", "base"),
    [
        ("https://api.tensorlake.ai", "https://sandbox.tensorlake.ai"),
        ("https://api.eu.tensorlake.ai", "https://sandbox.eu.tensorlake.ai"),
        ("https://api.corp.example:8443", "https://sandbox.corp.example:8443"),
        ("http://localhost:8900", "http://localhost:8900/v1/namespaces/my%20ns"),
        ("http://127.0.0.1:8900", "http://127.0.0.1:8900/v1/namespaces/my%20ns"),
        ("http://[::1]:8900", "http://[::1]:8900/v1/namespaces/my%20ns"),
        ("https://tensorlake.lan", "https://tensorlake.lan/v1/namespaces/my%20ns"),
    ],
)
def test_an_unknown_server_is_never_replaced_by_the_public_one(api_url: str, base: str) -> None:
    assert control_base(api_url, "my ns") == base


def test_the_default_namespace() -> None:
    assert control_base("http://localhost:1", "") == "http://localhost:1/v1/namespaces/default"


def test_only_api_hosts_have_a_sandbox_host() -> None:
    assert sandbox_origin("https://apiary.example") is None


@pytest.mark.parametrize(
    ("url", "admitted"),
    [
        ("https://api.tensorlake.ai/x", True),
        ("https://sandbox.tensorlake.ai", True),
        ("https://box-1.sandbox.tensorlake.ai/api/v1", True),
        ("https://BOX.sandbox.tensorlake.ai:443", True),
        ("http://box.sandbox.tensorlake.ai", False),
        ("https://box.sandbox.tensorlake.ai:9443", False),
        ("https://a.b.sandbox.tensorlake.ai", False),
        ("https://sandbox.tensorlake.ai.evil.example", False),
        ("https://evilsandbox.tensorlake.ai", False),
        ("https://tensorlake.ai", False),
        ("https://evil.example/sandbox.tensorlake.ai", False),
        ("https://user@api.tensorlake.ai@evil.example", False),
        ("nonsense", False),
    ],
)
def test_the_family_of_an_api(url: str, admitted: bool) -> None:
    assert KeyScope.of_api("https://api.tensorlake.ai").admits(url) is admitted


def test_another_port_of_this_machine_is_another_server() -> None:
    scope = KeyScope.of_api("http://127.0.0.1:8900")
    assert scope.admits("http://127.0.0.1:8900/v1")
    assert not scope.admits("http://127.0.0.1:8901")
    assert scope.with_origin("http://127.0.0.1:8901/x").admits("http://127.0.0.1:8901")

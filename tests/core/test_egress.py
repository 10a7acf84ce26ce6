"""Where a sandbox may connect to, and which host an error is about."""

from __future__ import annotations

import pytest

from tui.core.egress import failed_host, refusal
from tui.core.models import NetworkPolicy

ONE_HOST = NetworkPolicy(allow_out=("api.example.com",))
NETWORKS = NetworkPolicy(allow_out=("10.0.0.0/8", "8.8.8.8"))


@pytest.mark.parametrize(
    ("policy", "host", "words"),
    [
        (NetworkPolicy(), "example.com", ""),
        (NetworkPolicy(allow_internet_access=False), "example.com", "allows no internet access"),
        (NetworkPolicy(allow_internet_access=False), "localhost", ""),
        (NetworkPolicy(allow_internet_access=False), "127.0.0.1", ""),
        (NetworkPolicy(allow_internet_access=False), "::1", ""),
        (ONE_HOST, "api.example.com", ""),
        (ONE_HOST, "other.example.com", "allows api.example.com only"),
        # Which address the allowed name has is not known.
        (ONE_HOST, "93.184.216.34", ""),
        (NetworkPolicy(allow_out=("*.example.com",)), "api.example.com", ""),
        (NetworkPolicy(allow_out=("*.example.com",)), "example.org", "allows *.example.com only"),
        (NETWORKS, "10.1.2.3", ""),
        (NETWORKS, "8.8.4.4", "allows 10.0.0.0/8, 8.8.8.8 only"),
        (NETWORKS, "example.com", ""),
        (NetworkPolicy(deny_out=("192.168.0.0/16",)), "192.168.3.4", "denies 192.168.0.0/16"),
        (NetworkPolicy(allow_out=("a.example",), deny_out=("a.example",)), "a.example", "denies a.example"),
        (NetworkPolicy(allow_out=tuple("abcde")), "example.com", "allows a, b, c and 2 more only"),
        (NetworkPolicy(allow_out=("2001:db8::/32",)), "2001:db8::1", ""),
    ],
)
def test_what_the_policy_says(policy: NetworkPolicy, host: str, words: str) -> None:
    said = refusal(policy, host)
    assert said == (f"its network policy {words}" if words else "")


@pytest.mark.parametrize(
    ("text", "host"),
    [
        (
            "requests.exceptions.ConnectionError: Pool(host='api.example.com', port=443): Max",
            "api.example.com",
        ),
        ("httpx.ConnectError: [Errno 111] Connection refused while GET https://api.example.com/v1", "api.example.com"),
        ("Error: getaddrinfo ENOTFOUND api.example.com", "api.example.com"),
        ("Error: connect ECONNREFUSED 93.184.216.34:443", "93.184.216.34"),
        ("ConnectionRefusedError: [Errno 111] Connect call failed ('10.0.0.5', 5432)", "10.0.0.5"),
        ("dial tcp: lookup api.example.com: no such host", "api.example.com"),
        ("dial tcp 10.0.0.5:5432: i/o timeout", "10.0.0.5"),
        ("java.net.UnknownHostException: api.example.com", "api.example.com"),
        ("curl: (6) Could not resolve host: API.example.com", "api.example.com"),
        ("urllib3.exceptions.NameResolutionError: Failed to resolve 'api.example.com' ([Errno -2])", "api.example.com"),
        ("ConnectionError: http://user:secret@api.example.com:8080/", "api.example.com"),
        ("ConnectionResetError: [Errno 104] Connection reset by peer", ""),
        ("KeyError: 'https://api.example.com'", ""),
        ("ValueError: nothing", ""),
    ],
)
def test_the_host_that_could_not_be_reached(text: str, host: str) -> None:
    assert failed_host(text) == host

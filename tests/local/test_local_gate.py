"""Who may talk to the embedded sandbox: nobody without the token, and no web page."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import httpx
import pytest

from tui.core.errors import ApiError, LocalServerError
from tui.local.server import LocalSandbox

if TYPE_CHECKING:
    from pathlib import Path

    from local_client import Client

PATHS = ["/api/v1/health", "/api/v1/processes", "/sandboxes", "/v1/namespaces/default/sandboxes", "/", "/nothing"]


WRONG = ["", "Bearer", "Bearer wrong", "Basic {token}", "{token}", "bearer  {token}", "Bearer \xe9"]


def test_every_path_demands_the_token(client: Client) -> None:
    for path in PATHS:
        for value in [None, *WRONG]:
            token = client.sandbox.token
            given = {} if value is None else {"Authorization": value.format(token=token).encode("latin-1")}
            answer = httpx.get(client.sandbox.url + path, headers=given, trust_env=False)
            assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
            assert answer.headers["www-authenticate"] == "Bearer"
            assert client.sandbox.token not in answer.text


def test_two_tokens_are_none(client: Client) -> None:
    token = f"Bearer {client.sandbox.token}"
    headers = [("Authorization", token), ("Authorization", token)]
    assert httpx.get(f"{client.sandbox.url}/api/v1/health", headers=headers, trust_env=False).status_code == 401


def test_hosts(client: Client) -> None:
    sandbox = client.sandbox
    port = sandbox.port
    good = [f"127.0.0.1:{port}", f"localhost:{port}", f"LOCALHOST:{port}", f"{sandbox.sandbox_id}.local", "local.local"]
    for host in [*good, f"local.local:{port}"]:
        assert client.http.get("/api/v1/health", headers={"Host": host}).status_code == 200
    for host in [
        "evil.example",
        f"evil.example:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "",
        "other.local",
        f"[::1]:{port}",
    ]:
        answer = client.http.get("/api/v1/health", headers={"Host": host})
        assert (answer.status_code, answer.json()["code"]) == (421, "HOST_REFUSED")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1"])
def test_requests_of_web_pages_are_refused(client: Client, origin: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        answer = client.http.request(method, "/api/v1/processes", headers={"Origin": origin})
        assert (answer.status_code, answer.json()["code"]) == (403, "ORIGIN_REFUSED")
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_there_are_no_cors_headers(client: Client) -> None:
    answer = client.http.get("/api/v1/processes")
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/api/v1/processes", "/api/v1/processes/run"])
def test_bodies_are_bounded(client: Client, path: str) -> None:
    def chunks():
        for _ in range(3):
            yield bytes(1024 * 1024)

    headers = {"Content-Type": "application/json"}
    for content in (bytes(2 * 1024 * 1024 + 1), chunks()):
        answer = client.http.post(path, content=content, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")


def test_only_loopback_listens(client: Client) -> None:
    addresses = {
        info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET, socket.SOCK_STREAM)
    }
    for address in addresses:
        if not address.startswith("127."):
            with pytest.raises(OSError):  # noqa: PT011 - refused, unreachable or filtered
                socket.create_connection((address, client.sandbox.port), timeout=2)


def test_answers_do_not_wait_for_acknowledgements(client: Client) -> None:
    client.http.get("/api/v1/health")
    connections = list(client.sandbox._server.server_state.connections)
    assert connections
    for connection in connections:
        transport_socket = connection.transport.get_extra_info("socket")
        assert transport_socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_tokens_differ_from_run_to_run_and_stay_out_of_sight() -> None:
    first, second = LocalSandbox(), LocalSandbox()
    assert first.token != second.token
    assert len(first.token) >= 40
    assert first.token not in repr(first)


def test_the_token_file_is_private_and_replaces_what_was_there(tmp_path: Path) -> None:
    sandbox = LocalSandbox(token="secret-token")
    target = tmp_path / "token"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("untouched")
    target.symlink_to(elsewhere)
    mask = os.umask(0)
    try:
        sandbox.write_token_file(target)
    finally:
        os.umask(mask)
    assert not target.is_symlink()
    assert target.read_text() == "secret-token\n"
    assert target.stat().st_mode & 0o777 == 0o600
    assert elsewhere.read_text() == "untouched"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere", "token"]
    with pytest.raises(LocalServerError) as caught:
        sandbox.write_token_file(tmp_path / "missing" / "token")
    assert "secret-token" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "a/b", "A", "a b", "é", "x" * 64, "a.b"])
def test_names_that_no_host_can_have(name: str) -> None:
    with pytest.raises(LocalServerError):
        LocalSandbox(name)


@pytest.mark.parametrize("token", ["with space", "é", "a\nb"])
def test_tokens_that_no_header_can_carry(token: str) -> None:
    with pytest.raises(LocalServerError):
        LocalSandbox(token=token)


def test_a_port_in_use_is_named(client: Client) -> None:
    other = LocalSandbox(port=client.sandbox.port)
    with pytest.raises(LocalServerError, match=str(client.sandbox.port)):
        other.start()
    other.stop()


def test_processes_can_be_started_without_http(client: Client) -> None:
    record = client.sandbox.start_process({"command": "echo", "args": ["hello"]})
    assert client.first_lines(record["pid"], 1) == ["hello"]
    with pytest.raises(ApiError) as caught:
        client.sandbox.start_process({"args": []})
    assert (caught.value.status, caught.value.code) == (422, "INVALID_REQUEST")
    with pytest.raises(LocalServerError):
        LocalSandbox().start_process({"command": "true"})


def test_the_control_plane_knows_one_sandbox(client: Client) -> None:
    for base in ("/sandboxes", "/v1/namespaces/default/sandboxes", "/v1/namespaces/other/sandboxes"):
        (sandbox,) = client.http.get(base).json()["sandboxes"]
        assert sandbox["id"] == client.sandbox.sandbox_id
        assert sandbox["name"] == "local"
        assert sandbox["status"] == "running"
        assert sandbox["sandbox_url"] == client.sandbox.url
        assert sandbox["namespace"] == ("other" if "other" in base else "default")
        assert sandbox["resources"]["cpus"] > 0
        assert sandbox["resources"]["memory_mb"] > 0
        assert sandbox["resources"]["disk_mb"] > 0
        for key in (sandbox["id"], "local"):
            assert client.http.get(f"{base}/{key}").json() == sandbox
        assert client.http.get(base, params={"status": "terminated"}).json()["sandboxes"] == []
        answer = client.http.get(f"{base}/unknown")
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")

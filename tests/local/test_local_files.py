"""Files over HTTP: whole reads, listings, and refusals with their documented codes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    import httpx
    from local_client import Client


def call(client: Client, path: object, suffix: str = "", method: str = "GET", **options: object) -> httpx.Response:
    return client.http.request(method, f"/api/v1/files{suffix}", params={"path": str(path)}, **options)  # type: ignore[arg-type]


def test_a_file_is_read_whole(client: Client, tmp_path: Path) -> None:
    content = os.urandom(700_000)
    path = tmp_path / "a b" / "ü+&.bin"
    path.parent.mkdir()
    path.write_bytes(content)
    answer = call(client, path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/octet-stream")
    assert answer.content == content
    plus = client.http.get(f"/api/v1/files?path={str(path).replace('+', '%2B').replace(' ', '+').replace('&', '%26')}")
    assert plus.content == content


def test_asking_for_the_head_keeps_no_file_open(client: Client, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert call(client, tmp_path / "file", method="HEAD").status_code == 200
    before = len(os.listdir("/dev/fd"))  # noqa: PTH208
    for _ in range(20):
        assert call(client, tmp_path / "file", method="HEAD").content == b""
    assert len(os.listdir("/dev/fd")) <= before + 1  # noqa: PTH208


def test_an_empty_file_and_procfs(client: Client, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert call(client, tmp_path / "empty").content == b""
    if os.path.exists("/proc/self/status"):  # noqa: PTH110
        assert call(client, "/proc/self/status").text.startswith("Name:")


def test_a_directory_is_listed(client: Client, tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("four")
    (tmp_path / "a.txt").touch()
    (tmp_path / "z").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "z")
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    answer = call(client, tmp_path, "/list").json()
    assert answer["path"] == str(tmp_path)
    entries = {entry["name"]: entry for entry in answer["entries"]}
    assert [entry["name"] for entry in answer["entries"]] == ["z", "a.txt", "b.txt", "broken", "link"]
    assert (entries["z"]["is_dir"], entries["z"]["size"]) == (True, None)
    assert (entries["b.txt"]["is_dir"], entries["b.txt"]["size"]) == (False, 4)
    assert entries["link"]["is_dir"] is False
    assert entries["b.txt"]["modified_at"] == int((tmp_path / "b.txt").stat().st_mtime * 1000)


def test_names_that_are_no_text_can_be_listed(client: Client, tmp_path: Path) -> None:
    try:
        os.close(os.open(os.fsencode(tmp_path) + b"/\xff", os.O_CREAT))
    except OSError:
        pytest.skip("this file system takes text only")
    assert [entry["name"] for entry in call(client, tmp_path, "/list").json()["entries"]] == ["\ufffd"]


def test_a_file_is_written_and_deleted(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    answer = call(client, path, method="PUT", content=b"content")
    assert (answer.status_code, answer.content) == (204, b"")
    assert path.read_bytes() == b"content"
    assert call(client, path, method="PUT", content=bytes(2 * 1024 * 1024 + 1)).status_code == 413
    assert path.read_bytes() == b"content"
    assert call(client, path, method="DELETE").status_code == 204
    assert not path.exists()


@pytest.mark.parametrize(
    ("path", "suffix", "method", "status", "code"),
    [
        ("{home}/missing", "", "GET", 404, "NOT_FOUND"),
        ("{home}/missing", "/list", "GET", 404, "NOT_FOUND"),
        ("{home}/missing", "", "DELETE", 404, "NOT_FOUND"),
        ("{home}", "", "GET", 400, "IS_DIRECTORY"),
        ("{home}", "", "DELETE", 400, "IS_DIRECTORY"),
        ("{home}", "", "PUT", 400, "IS_DIRECTORY"),
        ("{home}/file", "/list", "GET", 400, "NOT_A_DIRECTORY"),
        ("{home}/file/below", "", "GET", 400, "NOT_A_DIRECTORY"),
        ("{home}/pipe", "", "GET", 400, "NOT_A_FILE"),
        ("/dev/zero", "", "GET", 400, "NOT_A_FILE"),
        ("{home}/../x", "", "GET", 403, "PATH_TRAVERSAL"),
        ("..", "/list", "GET", 403, "PATH_TRAVERSAL"),
        ("{home}/../x", "", "PUT", 403, "PATH_TRAVERSAL"),
        ("{home}/../x", "", "DELETE", 403, "PATH_TRAVERSAL"),
        ("a\0b", "", "GET", 400, "INVALID_PATH"),
        ("", "", "GET", 400, "INVALID_PATH"),
        ("x" * 5000, "", "GET", 400, "INVALID_PATH"),
    ],
)
def test_refusals(client: Client, tmp_path: Path, path: str, suffix: str, method: str, status: int, code: str) -> None:
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    answer = call(client, path.replace("{home}", str(tmp_path)), suffix, method)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["error"]


def test_a_missing_parameter(client: Client) -> None:
    answer = client.http.get("/api/v1/files")
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_PATH")

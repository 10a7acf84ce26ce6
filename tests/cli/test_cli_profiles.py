"""``boxscope profiles``: files written, shown and refused, as a script sees it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cli_support import Boxscope


@pytest.fixture
def folder(clean_environment: Path) -> Path:
    return clean_environment / ".config" / "boxscope" / "profiles"


def test_a_profile_is_saved_listed_shown_chosen_and_removed(boxscope: Boxscope, folder: Path) -> None:
    added = boxscope(
        "profiles", "add", "prod", "--sandbox", "run-7", "--api-key-env", "ACME_KEY", "--refresh-interval", "5",
        "--success-exit-codes", "0,130", "--read-only",
    )  # fmt: skip
    assert (added.code, added.out) == (0, "")
    assert str(folder / "prod.toml") in added.err
    assert stat.S_IMODE((folder / "prod.toml").stat().st_mode) == 0o600
    assert boxscope("profiles", "use", "prod").code == 0

    listed = boxscope("profiles", "ls")
    assert listed.out.splitlines()[0].split() == ["NAME", "WATCHES", "KEY"]
    assert listed.out.splitlines()[1].split() == ["*", "prod", "run-7", "auto"]

    [entry] = boxscope("profiles", "ls", "--json").json["profiles"]
    assert entry["name"] == "prod"
    assert entry["is_default"] is True
    assert entry["sandbox"] == "run-7"
    assert entry["success_exit_codes"] == [0, 130]

    removed = boxscope("profiles", "rm", "prod")
    assert removed.code == 0
    assert not (folder / "prod.toml").exists()
    assert boxscope("profiles", "ls", "--json").json == {
        "schema_version": 1, "default": None, "profiles": [], "broken": [],
    }  # fmt: skip


def test_show_tells_where_each_value_comes_from(boxscope: Boxscope, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "p.toml").write_text('# mine\nsandbox = "a"\n\nown_paths = ["/w", "/x"]\n')
    shown = boxscope("profiles", "show", "p")
    assert shown.code == 0
    lines = {line.partition(" ")[0]: line for line in shown.out.splitlines()}
    assert lines["sandbox"].split("  #")[0].strip() == 'sandbox = "a"'
    assert lines["sandbox"].endswith("# line 2")
    assert lines["own_paths"].startswith('own_paths = ["/w", "/x"]')
    assert lines["own_paths"].endswith("# line 4")
    assert lines["refresh_interval"].endswith("# default")

    document = boxscope("profiles", "show", "p", "--json").json
    assert document["values"]["sandbox"] == "a"
    assert document["origins"]["sandbox"] == {"source": "file", "line": 2}
    assert document["origins"]["watch"] == {"source": "default"}


def test_what_show_prints_is_a_profile_again(boxscope: Boxscope, folder: Path) -> None:
    assert boxscope("profiles", "add", "a", "--filter", 'with "quotes" and \\', "--watch", "on-select").code == 0
    (folder / "b.toml").write_text(boxscope("profiles", "show", "a").out)
    first, second = boxscope("profiles", "ls", "--json").json["profiles"]
    assert {**first, "name": "b"} == second


def test_add_does_not_overwrite_unless_told(boxscope: Boxscope, folder: Path) -> None:
    assert boxscope("profiles", "add", "p", "--sandbox", "a").code == 0
    refused = boxscope("profiles", "add", "p", "--sandbox", "b")
    assert refused.code == 2
    assert '"a"' in (folder / "p.toml").read_text()
    assert boxscope("profiles", "add", "p", "--sandbox", "b", "--replace").code == 0
    assert '"b"' in (folder / "p.toml").read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--sandbox", "tl_apiKey_abcdef0123456789"), "looks like a secret"),
        (("--api-url", "http://api.example.com"), "unencrypted"),
        (("--refresh-interval", "0"), "refresh_interval"),
        (("--transport", "pigeon"), "auto, follow, poll"),
        (("--api-key-env", "not a name"), "environment variable"),
    ],
)
def test_values_that_profiles_may_not_hold(
    boxscope: Boxscope, folder: Path, options: tuple[str, ...], message: str
) -> None:
    refused = boxscope("profiles", "add", "p", *options)
    assert refused.code == 2
    assert message in refused.err
    assert "abcdef0123456789" not in refused.err
    assert not (folder / "p.toml").exists()


def test_a_broken_file_is_reported_and_left_alone(boxscope: Boxscope, folder: Path) -> None:
    folder.mkdir(parents=True)
    broken = b'sandbox = "a\n# keep me\n'
    (folder / "bad.toml").write_bytes(broken)
    listed = boxscope("profiles", "ls")
    assert (listed.code, listed.out) == (0, "")
    assert "line 1" in listed.err
    for action in (("show", "bad"), ("use", "bad"), ("add", "bad", "--replace")):
        done = boxscope("profiles", *action)
        assert done.code == 2, action
        assert "line 1" in done.err
    assert (folder / "bad.toml").read_bytes() == broken
    [entry] = boxscope("profiles", "ls", "--json").json["broken"]
    assert entry["name"] == "bad"
    assert boxscope("profiles", "rm", "bad").code == 0


def test_an_unknown_key_is_an_error_with_a_suggestion(boxscope: Boxscope, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "p.toml").write_text('sandbx = "a"\n')
    shown = boxscope("profiles", "show", "p", "--json")
    assert shown.code == 2
    assert shown.error["hint"] == "did you mean 'sandbox'?"


@pytest.mark.parametrize("action", ["show", "rm", "use"])
def test_an_unknown_profile_is_not_found(boxscope: Boxscope, action: str) -> None:
    done = boxscope("profiles", action, "nobody")
    assert done.code == 4
    assert "there is no profile 'nobody'" in done.err


@pytest.mark.parametrize("name", ["../evil", ".hidden", "a/b", ""])
def test_names_stay_inside_the_folder(boxscope: Boxscope, folder: Path, name: str) -> None:
    assert boxscope("profiles", "add", name).code == 2
    assert not folder.exists() or not list(folder.iterdir())


def test_no_profiles_is_said_on_stderr_only(boxscope: Boxscope) -> None:
    done = boxscope("profiles", "ls")
    assert (done.code, done.out) == (0, "")
    assert "no profiles yet" in done.err

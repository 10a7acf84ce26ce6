"""What may stand in a profile, and what is said about the rest."""

from __future__ import annotations

import pytest

from tui.core.errors import ProfileError
from tui.core.profile import DESCRIPTIONS, KEYS, KeySource, Profile, Transport, Watch, checked_name, profile_from


def test_every_key_is_described() -> None:
    assert set(DESCRIPTIONS) == set(KEYS)


def test_values_are_read_by_their_types() -> None:
    table = {
        "sandbox": " box ",
        "sandbox_url": "https://box.example.com/",
        "key_source": "env",
        "transport": "poll",
        "watch": "on-select",
        "refresh_interval": 1,
        "read_only": True,
        "success_exit_codes": [0, 130],
        "own_paths": ["/workspace"],
    }
    assert profile_from("p", table) == Profile(
        "p",
        sandbox="box",
        sandbox_url="https://box.example.com",
        key_source=KeySource.ENV,
        transport=Transport.POLL,
        watch=Watch.ON_SELECT,
        refresh_interval=1.0,
        read_only=True,
        success_exit_codes=(0, 130),
        own_paths=("/workspace",),
    )


@pytest.mark.parametrize(
    ("table", "message", "hint"),
    [
        ({"refresh_intervall": 2}, "unknown key 'refresh_intervall'", "did you mean 'refresh_interval'?"),
        ({"api_key": "x"}, "unknown key 'api_key'", "profiles hold no secrets"),
        ({"zzz": 1}, "unknown key 'zzz'", "known keys: "),
        ({"transport": "carrier-pigeon"}, "'transport' is 'carrier-pigeon'", "auto, follow, poll"),
        ({"refresh_interval": 0}, "'refresh_interval' is 0", "from 0.2 to 3600"),
        ({"refresh_interval": True}, "'refresh_interval' is True", "from 0.2 to 3600"),
        ({"refresh_interval": "2"}, "'refresh_interval' is '2'", "from 0.2 to 3600"),
        ({"read_only": "yes"}, "'read_only' must be true or false", ""),
        ({"sandbox": 7}, "'sandbox' must be text", ""),
        ({"success_exit_codes": ["0"]}, "must be a list of whole numbers", ""),
        ({"own_paths": "x"}, "must be a list of texts", ""),
        ({"api_key_env": "MY KEY"}, "not the name of an environment variable", ""),
        ({"api_key_env": "tl_apiKey_abc"}, "looks like a secret", "environment variable"),
        ({"sandbox": "Bearer abc"}, "looks like a secret", ""),
        ({"api_url": "ftp://x"}, "is not a URL", "https://"),
        ({"api_url": "http://example.com"}, "unencrypted", "https://"),
        ({"api_url": "https://user:pw@example.com"}, "may hold no user", ""),
        ({"api_url": "https://example.com:99999"}, "is not a URL", ""),
    ],
)
def test_what_is_wrong_is_named(table: dict[str, object], message: str, hint: str) -> None:
    with pytest.raises(ProfileError) as caught:
        profile_from("p", table, where="p.toml")
    assert message in caught.value.message
    assert caught.value.message.startswith("p.toml: ")
    assert hint in caught.value.hint


def test_a_secret_is_not_repeated_in_the_error() -> None:
    with pytest.raises(ProfileError) as caught:
        profile_from("p", {"api_key_env": "tl_apiKey_very_secret"})
    assert "very_secret" not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize("url", ["http://127.0.0.1:8900", "http://localhost:1", "http://[::1]:80", "https://a.b"])
def test_loopback_may_be_plain(url: str) -> None:
    assert profile_from("p", {"api_url": url}).api_url == url


@pytest.mark.parametrize("name", ["prod", "a.b-c_1", "9"])
def test_names(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "..", "-x", "a b", "x" * 65, "é"])
def test_names_that_could_leave_the_folder_are_refused(name: str) -> None:
    with pytest.raises(ProfileError):
        checked_name(name)


def test_fingerprints_to_ignore_are_checked() -> None:
    assert profile_from("p", {"ignore": ["E-3f9a", "v1:3f9a41"]}).ignore == ("E-3f9a", "v1:3f9a41")
    with pytest.raises(ProfileError, match="'KeyError' is no fingerprint"):
        profile_from("p", {"ignore": ["KeyError"]})


def test_the_path_map_is_checked() -> None:
    assert profile_from("p", {"path_map": {"/w": "~/src"}}).path_map == (("/w", "~/src"),)
    with pytest.raises(ProfileError, match="f: 'path_map': 'src' is no absolute path"):
        profile_from("p", {"path_map": {"/w": "src"}}, where="f")

"""What the dashboard is asked to watch: from the words of a command line to profiles."""

from __future__ import annotations

import pytest

from tui.__main__ import main
from tui.cli.arguments import parse
from tui.cli.dashboard import _profiles
from tui.core.errors import UsageError
from tui.core.profile import KeySource, Profile


@pytest.fixture(autouse=True)
def saved(capsys: pytest.CaptureFixture[str]) -> None:
    """Two profiles, one of which names no sandbox."""
    assert main(["profiles", "add", "stage", "--sandbox", "box", "--api-url", "https://stage.example"]) == 0
    assert main(["profiles", "add", "open", "--api-key-env", "MY_KEY"]) == 0
    capsys.readouterr()


def watched(line: str) -> list[Profile]:
    return _profiles(parse(line.split()))


def test_a_target_is_a_profile_or_a_sandbox() -> None:
    stage, other = watched("stage run-7")
    assert (stage.name, stage.sandbox, stage.api_url) == ("stage", "box", "https://stage.example")
    assert (other.name, other.sandbox, other.api_url) == ("", "run-7", "")


def test_sandboxes_are_reached_through_the_chosen_profile() -> None:
    assert [(each.name, each.sandbox, each.api_key_env) for each in watched("-p open run-7 run-6 run-7")] == [
        ("open", "run-7", "MY_KEY"),
        ("open", "run-6", "MY_KEY"),
    ]


def test_the_options_hold_for_all_of_them() -> None:
    profiles = watched("stage run-7 --api-key-env OTHER_KEY")
    assert [(each.api_key_env, each.key_source) for each in profiles] == 2 * [("OTHER_KEY", KeySource.ENV)]


def test_one_profile_without_a_sandbox_lets_the_user_choose() -> None:
    (profile,) = watched("open")
    assert (profile.name, profile.sandbox) == ("open", "")
    with pytest.raises(UsageError, match="which sandbox"):
        watched("stage open")


@pytest.mark.parametrize("option", ["--url http://127.0.0.1:9", "--sandbox box"])
def test_what_is_said_twice_is_refused(option: str) -> None:
    with pytest.raises(UsageError, match="'run-7' is too much"):
        watched(f"{option} run-7")


def test_without_a_word_it_is_the_default_profile() -> None:
    assert watched("") == []
    assert main(["profiles", "use", "stage"]) == 0
    assert [each.name for each in watched("")] == ["stage"]
    assert [each.sandbox for each in watched("--sandbox other")] == ["other"]

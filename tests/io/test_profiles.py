from __future__ import annotations

import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.errors import ProfileError
from tui.core.profile import KeySource, Profile, Transport
from tui.io.profiles import ProfileFiles

BROKEN = b'sandbox = "a"\nfilter = "never closed\n# \xc3\xa9\r\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "boxscope"


@pytest.fixture
def files(folder: Path) -> ProfileFiles:
    return ProfileFiles(folder)


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / "profiles" / f"{name}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


FULL = Profile(
    name="full",
    sandbox="run-7",
    sandbox_url="https://run-7.sandbox.tensorlake.ai",
    organization="acme",
    key_source=KeySource.ENV,
    api_key_env="ACME_KEY",
    refresh_interval=0.5,
    transport=Transport.POLL,
    read_only=True,
    success_exit_codes=(0, 130),
    own_paths=("/workspace", "/a b"),
)


def test_what_was_saved_is_loaded(files: ProfileFiles, folder: Path) -> None:
    for profile in (FULL, Profile(name="empty")):
        path = Path(files.save(profile, replace=False))
        assert path == folder / "profiles" / f"{profile.name}.toml"
        assert files.load(profile.name) == profile
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


printable = st.text(st.characters(blacklist_categories=("Cs",)), max_size=20)


@given(st.lists(printable, max_size=4), printable)
def test_any_text_survives(tmp_path_factory: pytest.TempPathFactory, paths: list[str], text: str) -> None:
    files = ProfileFiles(tmp_path_factory.mktemp("profiles"))
    profile = Profile(name="p", own_paths=tuple(paths), filter=text.strip())
    files.save(profile, replace=False)
    assert files.load("p") == profile


def test_no_folder_means_no_profiles(files: ProfileFiles) -> None:
    listing = files.listing()
    assert (listing.profiles, listing.broken, listing.default) == ((), {}, "")
    with pytest.raises(ProfileError, match="no profile 'x'"):
        files.load("x")


def test_comments_order_and_layout_survive_an_edit(files: ProfileFiles, folder: Path) -> None:
    text = (
        "# my profile\n\nread_only   = true # keep it safe\nsandbox = 'old'  # which\n"
        "refresh_interval = 2.0 # as by default\n\n# the end\n"
    )
    path = write(folder, "p", text.encode())
    files.save(Profile(name="p", sandbox="new", read_only=True), replace=True)
    after = path.read_text()
    assert after.replace('"new"', "'old'") == text
    assert files.load("p").sandbox == "new"


def test_a_key_that_is_taken_back_leaves_the_file(files: ProfileFiles, folder: Path) -> None:
    path = write(folder, "p", b"# top\nread_only = true\nfilter = 'x'\n")
    files.save(Profile(name="p", filter="x"), replace=True)
    assert files.load("p") == Profile(name="p", filter="x")
    assert "# top" in path.read_text()


def test_replacing_has_to_be_asked_for(files: ProfileFiles, folder: Path) -> None:
    path = write(folder, "p", b"filter = 'x'\n")
    with pytest.raises(ProfileError, match="already"):
        files.save(Profile(name="p"), replace=False)
    assert path.read_bytes() == b"filter = 'x'\n"


def test_a_broken_file_is_told_with_its_place_and_left_byte_for_byte(files: ProfileFiles, folder: Path) -> None:
    path = write(folder, "bad", BROKEN)
    files.save(Profile(name="good"), replace=False)
    listing = files.listing()
    assert [profile.name for profile in listing.profiles] == ["good"]
    assert f"{path}, line 2, column " in listing.broken["bad"]
    for call in (
        lambda: files.load("bad"),
        lambda: files.use("bad"),
        lambda: files.save(Profile(name="bad"), replace=True),
        lambda: files.save(Profile(name="bad"), replace=False),
    ):
        with pytest.raises(ProfileError, match="line 2"):
            call()
        assert path.read_bytes() == BROKEN
    files.remove("good")
    assert path.read_bytes() == BROKEN
    files.remove("bad")
    assert not path.exists()


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        (b"sandbx = 'a'\n", "unknown key 'sandbx'", "did you mean 'sandbox'"),
        (b"api_key = 'x'\n", "unknown key 'api_key'", "no secrets"),
        (b"filter = 'tl_apiKey_abc'\n", "looks like a secret", "no secrets"),
        (b"refresh_interval = 'fast'\n", "refresh_interval", "seconds"),
        (b"sandbox_url = 'http://far.example'\n", "unencrypted", "https"),
        (b"\xff\xfe", "not UTF-8", ""),
        (b"a = 1\na = 2\n", "a", ""),
        (b"[filter]\nx = 1\n", "filter", ""),
    ],
)
def test_what_a_profile_may_not_hold(
    files: ProfileFiles, folder: Path, content: bytes, message: str, hint: str
) -> None:
    path = write(folder, "p", content)
    with pytest.raises(ProfileError) as caught:
        files.load("p")
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert str(path) in caught.value.message
    assert "tl_apiKey_abc" not in f"{caught.value.message}{caught.value.hint}"
    with pytest.raises(ProfileError):
        files.save(Profile(name="p"), replace=True)
    assert path.read_bytes() == content


def test_a_secret_is_not_written(files: ProfileFiles, folder: Path) -> None:
    with pytest.raises(ProfileError, match="secret"):
        files.save(Profile(name="p", filter="tl_apiKey_abc"), replace=False)
    assert not (folder / "profiles").exists()


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", ".hidden", "a" * 65, "é", "a\n", "a\x00b"])
def test_names_stay_inside_the_folder(files: ProfileFiles, tmp_path: Path, name: str) -> None:
    for call in (
        lambda: files.load(name),
        lambda: files.remove(name),
        lambda: files.use(name),
        lambda: files.save(Profile(name=name), replace=True),
    ):
        with pytest.raises(ProfileError, match="cannot name a profile"):
            call()
    assert list(tmp_path.rglob("*.toml")) == []


def test_a_file_with_an_impossible_name_is_reported(files: ProfileFiles, folder: Path) -> None:
    write(folder, "not a name", b"")
    write(folder, ".hidden", b"")
    assert list(files.listing().broken) == ["not a name"]


def test_the_default_profile(files: ProfileFiles, folder: Path) -> None:
    config = folder / "config.toml"
    for name in ("a", "b"):
        files.save(Profile(name=name), replace=False)
    files.use("a")
    assert files.listing().default == "a"
    config.write_text("# mine\ntheme = 'dark'\ndefault_profile = 'a' # the usual\n\n[keys]\nquit = 'q'\n")
    files.use("b")
    assert files.listing().default == "b"
    assert config.read_text() == ("# mine\ntheme = 'dark'\ndefault_profile = \"b\" # the usual\n\n[keys]\nquit = 'q'\n")
    files.remove("a")
    assert files.listing().default == "b"
    files.remove("b")
    assert files.listing().default == ""
    assert config.read_text().startswith("# mine\ntheme = 'dark'\n")
    with pytest.raises(ProfileError, match="no profile 'b'"):
        files.use("b")


def test_the_default_is_written_before_the_first_table(files: ProfileFiles, folder: Path) -> None:
    files.save(Profile(name="a"), replace=False)
    (folder / "config.toml").write_text("# note\n[keys]\nquit = 'q'\n")
    files.use("a")
    assert files.listing().default == "a"
    assert "# note\n[keys]\nquit = 'q'\n" in (folder / "config.toml").read_text()


def test_a_broken_config_file_is_left_alone(files: ProfileFiles, folder: Path) -> None:
    files.save(Profile(name="a"), replace=False)
    config = folder / "config.toml"
    config.write_bytes(b"= broken")
    for call in (lambda: files.use("a"), lambda: files.remove("a"), files.listing):
        with pytest.raises(ProfileError, match=r"config\.toml, line 1"):
            call()
    assert files.load("a") == Profile(name="a")
    assert config.read_bytes() == b"= broken"


def test_links_are_not_written_through(files: ProfileFiles, folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere.toml"
    target.write_text("filter = 'x'\n")
    (folder / "profiles").mkdir(parents=True)
    link = folder / "profiles" / "p.toml"
    link.symlink_to(target)
    assert files.load("p").filter == "x"
    with pytest.raises(ProfileError, match="symbolic link"):
        files.save(Profile(name="p", filter="y"), replace=True)
    assert target.read_text() == "filter = 'x'\n"
    files.remove("p")
    assert target.exists()
    assert not link.is_symlink()


@pytest.mark.parametrize(
    "written",
    [
        'path_map = { "/w" = "~/src" }  # mine\n',
        'path_map = ["/w=~/src"]  # mine\n',
        '[path_map]  # mine\n"/w" = "~/src"\n',
    ],
)
def test_a_path_map_is_left_as_it_was_written(tmp_path: Path, written: str) -> None:
    files = ProfileFiles(tmp_path)
    path = tmp_path / "profiles" / "p.toml"
    path.parent.mkdir(parents=True)
    path.write_text(f'# a comment\nsandbox = "box"\n{written}')
    profile = files.load("p")
    assert profile.path_map == (("/w", "~/src"),)
    files.save(replace(profile, ignore=("E-3f9a",)), replace=True)
    assert written in path.read_text()
    assert "# a comment" in path.read_text()
    assert files.load("p") == replace(profile, ignore=("E-3f9a",))


def test_a_new_path_map_is_written_on_one_line(tmp_path: Path) -> None:
    files = ProfileFiles(tmp_path)
    path = Path(files.save(Profile("p", path_map=(("/w", "~/src"),), ignore=("E-3f9a",)), replace=False))
    assert 'path_map = {"/w" = "~/src"}' in path.read_text()
    assert files.load("p").ignore == ("E-3f9a",)


def test_without_a_file_no_parser_of_files_is_loaded(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from tui.io.profiles import ProfileFiles\n"
        "print(ProfileFiles(Path(sys.argv[1])).listing().profiles, 'tomlkit' in sys.modules)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["()", "False"]

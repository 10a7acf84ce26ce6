"""What may be written on the command line, and what is said where it may not."""

from __future__ import annotations

import json

import pytest

from tui import __version__
from tui.__main__ import main
from tui.cli.arguments import build_parser, parse
from tui.cli.command_words import COMMANDS
from tui.core.errors import UsageError
from tui.core.profile import KEYS


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", {"command": "dashboard", "profile": None, "url": None}),
        ("-p prod", {"command": "dashboard", "profile": "prod", "targets": []}),
        ("run-7 run-6", {"command": "dashboard", "targets": ["run-7", "run-6"], "profile": None}),
        ("-p prod run-7 --read-only run-6", {"targets": ["run-7", "run-6"], "profile": "prod", "read_only": True}),
        ("--token-file ps box", {"command": "dashboard", "targets": ["box"], "token_file": "ps"}),
        ("--sandbox logs", {"command": "dashboard", "targets": [], "sandbox": "logs"}),
        ("--url http://127.0.0.1:1", {"command": "dashboard", "url": "http://127.0.0.1:1"}),
        ("-p prod ps", {"command": "ps", "profile": "prod", "target": None}),
        ("ps -p prod", {"command": "ps", "profile": "prod", "target": None}),
        ("ps box --json", {"command": "ps", "target": "box", "json": True}),
        ("logs box/412 -f", {"command": "logs", "target": "box/412", "follow": True, "stream": "stderr", "tail": None}),
        ("logs 412 -n 5 --stream both", {"target": "412", "tail": 5, "stream": "both"}),
        ("serve --port 8123 --name x", {"command": "serve", "port": 8123, "name": "x", "faithful_faults": False}),
        ("profiles ls", {"command": "profiles", "action": "ls", "json": False}),
        ("profiles add p --success-exit-codes 0,130", {"key_success_exit_codes": [0, 130], "replace": False}),
        ("profiles add p --own-paths /a --own-paths /b", {"key_own_paths": ["/a", "/b"]}),
        ("profiles add p --read-only", {"key_read_only": True, "key_sandbox": None}),
        ("run -- python -c 1 --json", {"command": "run", "command_line": ["python", "-c", "1", "--json"]}),
        ("run -- a -- b", {"command_line": ["a", "--", "b"]}),
    ],
)
def test_lines_that_are_understood(line: str, expected: dict[str, object]) -> None:
    arguments = vars(parse(line.split()))
    assert {key: arguments[key] for key in expected} == expected


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_is_alone_in_the_parser_is_what_it_is_among_all(command: str) -> None:
    rest = {"logs": ["a/1", "-f"], "why": ["a/1"], "errors": ["a"], "profiles": ["ls"]}.get(command, [])
    alone, among = (build_parser(only=only).parse_args([command, *rest]) for only in (command, None))
    assert alone == among
    assert alone.command == command


@pytest.mark.parametrize("line", ["--help", "-h", "--read-only -h", "-h ps", "--help run"])
def test_the_help_of_the_program_names_every_command(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(line.split())
    shown = capsys.readouterr().out
    assert [command for command in COMMANDS if f"\n    {command} " not in shown] == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("prod ps", "'ps' is a command, and a command comes first"),
        ("box --follow", "unrecognized arguments: --follow"),
        ("box -- x", "dashboard takes nothing behind '--'"),
        ("--profil", "unrecognized arguments"),
        ("ps a b", "unrecognized arguments: b"),
        ("logs", "required: TARGET/PROC"),
        ("logs a/1 --stream x", "invalid choice"),
        ("logs a/1 -n -3", "-3 is not a number of lines"),
        ("logs a/1 -n x", "x is not a number of lines"),
        ("ps --timeout 0", "0 is not a number of seconds"),
        ("serve --port 70000", "70000 is not a port"),
        ("profiles", "required: ACTION"),
        ("profiles add", "required: NAME"),
        ("profiles add p --success-exit-codes 0,x", "0,x is not a list of numbers"),
        ("run", "run needs a command"),
        ("run python x.py", "unrecognized arguments"),
        ("ps -- x", "ps takes nothing behind '--'"),
        ("--token abc", "a key on the command line"),
        ("ps --api-key=abc", "a key on the command line"),
    ],
)
def test_lines_that_are_refused(line: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        parse(line.split())
    assert caught.value.hint
    assert main(line.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("boxscope: ")
    assert err.splitlines()[1].startswith("  ")
    assert "abc" not in err


def test_every_key_of_a_profile_has_an_option() -> None:
    arguments = vars(parse(["profiles", "add", "p"]))
    assert {name.removeprefix("key_") for name in arguments if name.startswith("key_")} == set(KEYS)


def test_errors_are_json_where_json_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ps", "--json", "--nonsense"]) == 2
    error = json.loads(capsys.readouterr().err)
    assert error["schema_version"] == 1
    assert error["code"] == "usage_error"
    assert error["exit_code"] == 2
    assert error["message"]
    assert error["hint"]


def test_json_behind_the_separator_is_not_ours(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--nonsense", "--", "x", "--json"]) == 2
    assert capsys.readouterr().err.startswith("boxscope: ")


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_version(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([flag]) == 0
    assert capsys.readouterr().out == f"boxscope {__version__}\n"


@pytest.mark.parametrize(
    "line", ["--help", "ps --help", "logs -h", "serve -h", "profiles -h", "profiles add -h", "run -h"]
)
def test_help_fits_a_terminal(line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as left:
        main(line.split())
    assert left.value.code == 0
    out = capsys.readouterr().out
    assert out.startswith("usage: boxscope")


@pytest.mark.parametrize("line", ["", "demo", "run -- true", "--url http://127.0.0.1:9", "run-7 run-6"])
def test_the_dashboard_needs_a_terminal(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(line.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "needs a terminal" in err
    assert "boxscope ps" in err


def test_a_command_that_was_mistyped_is_no_sandbox(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["error", "box"]) == 2
    assert "there is no command 'error'; did you mean 'errors'?" in capsys.readouterr().err
    # What is a profile is one, and what is only a little like a command is a sandbox.
    assert main(["profiles", "add", "error", "--sandbox", "box"]) == 0
    capsys.readouterr()
    for word in ("error", "seven", "run-7", "demo1"):
        assert main([word]) == 2
        assert "needs a terminal" in capsys.readouterr().err

"""The command line as it may be written. Nothing but argparse is imported, so that ``--help`` is quick.

Longer than other files, because options that are to be alike everywhere stay together.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from typing import NoReturn

from tui.cli.command_words import COMMANDS, first_word, refuse_misplaced
from tui.core.errors import UsageError

EPILOG = """\
exit codes: 0 done, 1 other error, 2 usage or configuration, 3 not authorised, 4 not found,
            6 service or network error, 13 cannot tell, 130 interrupted, 143 terminated

Keys are never given on the command line: boxscope reads TENSORLAKE_API_KEY, the login of the
tl command, a file (--token-file) or a variable that you name (--api-key-env).
"""


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are ours: one line, a hint, exit code 2."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, f"see: {self.prog} --help")


def before_separator(argv: list[str]) -> list[str]:
    """The arguments that are ours: those before ``--``."""
    return argv[: argv.index("--")] if "--" in argv else argv


def parse(argv: list[str]) -> argparse.Namespace:
    """The arguments as a namespace with ``command`` and that command's options. Raises UsageError.

    Words that are no command are what the dashboard is to watch: ``targets``. ``--help`` prints and exits.
    """
    ours = before_separator(argv)
    _refuse_secrets(ours)
    word = first_word(ours)
    if word is None or word in COMMANDS:
        # Help may be about everything.
        only = None if any(_asks_for_help(argument) for argument in ours) else word or ""
        parser = build_parser(only=only, with_profile_keys="profiles" in ours and "add" in ours)
        arguments = parser.parse_args(ours)
        arguments.command = arguments.command or "dashboard"
        arguments.targets = getattr(arguments, "targets", [])
    else:
        arguments = _target_parser().parse_intermixed_args(ours)
        arguments.command = "dashboard"
        refuse_misplaced(arguments.targets)
    rest = argv[len(ours) + 1 :]
    if arguments.command == "run":
        if not rest:
            raise UsageError("run needs a command", "write it behind two dashes: boxscope run -- python train.py")
        arguments.command_line = rest
    elif rest:
        raise UsageError(f"{arguments.command} takes nothing behind '--'", "see: boxscope --help")
    return arguments


def _asks_for_help(argument: str) -> bool:
    """True also for letters in one word (``-fh``)."""
    return argument == "--help" or (argument.startswith("-") and not argument.startswith("--") and "h" in argument)


def _refuse_secrets(argv: list[str]) -> None:
    for argument in argv:
        if argument.partition("=")[0] in ("--token", "--api-key", "--key", "--pat"):
            raise UsageError(
                "a key on the command line could be read by everyone on this machine, so there is no such option",
                "use --token-file PATH, or --api-key-env NAME with the name of an environment variable",
            )


def build_parser(*, only: str | None = None, with_profile_keys: bool = True) -> argparse.ArgumentParser:
    """The parser. For a quick start without what is not asked for.

    ``only`` names the one command that is known, or none with ""; without ``with_profile_keys`` the options of
    ``profiles add`` are left out.
    """
    parser = _top_parser()
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", title="commands", parser_class=_Parser, prog="boxscope"
    )
    added: dict[str, Callable[[_Commands[_Parser]], None]] = {
        "ps": _add_ps,
        "logs": _add_logs,
        "errors": _add_errors,
        "why": _add_why,
        "profiles": partial(_add_profiles, with_keys=with_profile_keys),
        "demo": _add_demo,
        "run": _add_run,
        "serve": _add_serve,
    }
    for name, add in added.items():
        if only is None or only == name:
            add(commands)
    return parser


def _top_parser() -> _Parser:
    """The options that stand before a command, or beside the targets of the dashboard."""
    parser = _Parser(
        prog="boxscope",
        usage="boxscope [OPTIONS] [TARGET ...]\n       boxscope [OPTIONS] COMMAND ...",
        description=(
            "See what failed in your Tensorlake sandboxes, where and why. Without a command: the\n"
            "dashboard, on every TARGET at once; each is a profile, or the id or name of a sandbox."
        ),
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("-V", "--version", action=_Version, help="print the version")
    _add_connection(parser, default=None)
    parser.add_argument("--read-only", action="store_true", help="offer no action that changes anything")
    return parser


def _target_parser() -> _Parser:
    """The parser for the dashboard on targets that are named."""
    parser = _top_parser()
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    return parser


class _Version(argparse.Action):
    """Prints the version wherever it stands in the command line."""

    def __init__(self, option_strings: list[str], dest: str, help: str | None = None) -> None:  # noqa: A002 - argparse's word
        super().__init__(option_strings, dest=argparse.SUPPRESS, default=argparse.SUPPRESS, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from tui import __version__

        parser.exit(message=f"boxscope {__version__}\n")


_Commands = argparse._SubParsersAction  # noqa: SLF001 - the only name that argparse has for what add_subparsers gives


def _command(commands: _Commands[_Parser], name: str, summary: str) -> _Parser:
    return commands.add_parser(name, help=summary, description=summary, allow_abbrev=False)


def _add_connection(parser: argparse.ArgumentParser, *, default: object = argparse.SUPPRESS) -> None:
    """Options that say what to connect to. Subcommands leave out the default, so that theirs does not hide ours."""
    group = parser.add_argument_group("what to watch")
    group.add_argument("-p", "--profile", metavar="NAME", default=default, help="use this profile")
    group.add_argument("--sandbox", metavar="ID_OR_NAME", default=default, help="watch this sandbox")
    group.add_argument("--url", default=default, help="a sandbox's own URL, without asking the control plane")
    group.add_argument("--token-file", metavar="PATH", default=default, help="file that holds the key")
    group.add_argument(
        "--api-key-env", metavar="NAME", default=default, help="name of the environment variable that holds the key"
    )


def _add_printing(parser: argparse.ArgumentParser, what: str) -> None:
    group = parser.add_argument_group("output")
    group.add_argument("--json", action="store_true", help=what)
    group.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="colours (default: auto)")
    group.add_argument(
        "--timeout", type=_seconds, default=20.0, metavar="SECONDS", help="how long to wait for answers (default: 20)"
    )


def _add_process(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "target",
        metavar="TARGET/PROC",
        help="profile or sandbox, and pid or name of a process; PROC alone with --url, --profile or --sandbox",
    )


def _add_demo(commands: _Commands[_Parser]) -> None:
    _command(commands, "demo", "the dashboard on the embedded sandbox, with demo processes that fail in many ways")


def _add_run(commands: _Commands[_Parser]) -> None:
    run = _command(commands, "run", "start a command in the embedded sandbox and watch it: boxscope run -- CMD ARGS...")
    run.usage = "boxscope run -- CMD ARGS..."


def _add_ps(commands: _Commands[_Parser]) -> None:
    ps = _command(commands, "ps", "list the processes of a sandbox, failures first")
    ps.add_argument("target", nargs="?", metavar="TARGET", help="profile, or id or name of a sandbox")
    _add_connection(ps)
    _add_printing(ps, "print one JSON document")


def _add_logs(commands: _Commands[_Parser]) -> None:
    logs = _command(commands, "logs", "print the output of a process")
    _add_process(logs)
    logs.add_argument("-f", "--follow", action="store_true", help="go on until the process ends")
    logs.add_argument(
        "--stream", choices=("stderr", "stdout", "both"), default="stderr", help="which output (default: stderr)"
    )
    logs.add_argument("-n", "--tail", type=_lines, metavar="N", help="begin with the last N lines")
    logs.add_argument("--timestamps", action="store_true", help="when each line came, UTC; '-' where that is unknown")
    logs.add_argument("--raw", action="store_true", help="write lines as they are, control sequences included")
    _add_connection(logs)
    _add_printing(logs, "print JSON lines, ended by a summary")


def _add_errors(commands: _Commands[_Parser]) -> None:
    errors = _command(commands, "errors", "group equal errors of sandboxes, or find the tracebacks in a file")
    errors.add_argument("targets", nargs="*", metavar="TARGET", help="profile, or id or name of a sandbox")
    errors.add_argument(
        "--file",
        metavar="PATH",
        help="find the tracebacks in a log file ('-': stdin) and print each when it is complete",
    )
    errors.add_argument(
        "--own-paths",
        action="append",
        metavar="PATH",
        help="with --file: root of your own code in the log's paths, as in a profile (may be repeated)",
    )
    errors.add_argument(
        "--level",
        choices=("fine", "normal", "coarse"),
        default="normal",
        help="how finely errors are told apart (default: normal)",
    )
    _add_connection(errors)
    _add_printing(errors, "print one JSON document; with --file, one JSON object a line")


def _add_why(commands: _Commands[_Parser]) -> None:
    why = _command(commands, "why", "say why a process failed, and what the evidence is")
    _add_process(why)
    _add_connection(why)
    _add_printing(why, "print one JSON document")


def _add_serve(commands: _Commands[_Parser]) -> None:
    serve = _command(commands, "serve", "run only the embedded sandbox; print where it is as one JSON line")
    serve.description = (
        "Serve the embedded sandbox on 127.0.0.1 until a signal comes (exit code 0). When it is ready, one JSON line "
        "tells url, sandbox, token_file and pid. BOXSCOPE_SERVE_TOKEN presets the token."
    )
    serve.add_argument("--port", type=_port, default=0, help="port to listen on (default: a free one)")
    serve.add_argument("--name", default="local", help="name of the sandbox (default: local)")
    serve.add_argument(
        "--faithful-faults", action="store_true", help="misbehave as servers in the field do, to test clients"
    )


def _add_profiles(commands: _Commands[_Parser], *, with_keys: bool) -> None:
    profiles = _command(commands, "profiles", "list, show, add, remove and choose profiles")
    actions = profiles.add_subparsers(dest="action", metavar="ACTION", title="actions", parser_class=_Parser)
    actions.required = True
    ls = _command(actions, "ls", "list the profiles")
    ls.add_argument("--json", action="store_true", help="print one JSON document")
    show = _command(actions, "show", "print a profile, and where each value comes from")
    show.add_argument("name", metavar="NAME")
    show.add_argument("--json", action="store_true", help="print one JSON document")
    add = _command(actions, "add", "save a profile")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--replace", action="store_true", help="replace the profile if there is one of this name")
    if with_keys:
        _add_profile_keys(add)
    for name, summary in (("rm", "delete a profile"), ("use", "make a profile the default")):
        _command(actions, name, summary).add_argument("name", metavar="NAME")


_LISTS = {"own_paths": "PATH", "path_map": "REMOTE=LOCAL", "ignore": "FINGERPRINT"}


def _add_profile_keys(add: argparse.ArgumentParser) -> None:
    """One option for each key that a profile has."""
    from tui.core.profile import DESCRIPTIONS

    for key, description in DESCRIPTIONS.items():
        option = f"--{key.replace('_', '-')}"
        if key == "read_only":
            add.add_argument(option, dest=f"key_{key}", action="store_true", default=None, help=description)
        elif key == "refresh_interval":
            add.add_argument(option, dest=f"key_{key}", type=float, metavar="SECONDS", help=description)
        elif key == "success_exit_codes":
            add.add_argument(option, dest=f"key_{key}", type=_codes, metavar="N,N...", help=description)
        elif key in _LISTS:
            add.add_argument(
                option, dest=f"key_{key}", action="append", metavar=_LISTS[key], help=f"{description}; may be repeated"
            )
        else:
            add.add_argument(option, dest=f"key_{key}", metavar="TEXT", help=description)


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= 86_400:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds from 0 to 86400")
    return value


def _lines(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is not a number of lines")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text} is not a port from 0 to 65535")
    return int(text)


def _codes(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a list of numbers such as 0,130") from None

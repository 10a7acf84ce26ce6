"""What "failing" means: one table for the process list, the headless commands and the exit codes.

================  ======  ==============================================================================
state             letter  rule
================  ======  ==============================================================================
failed            ``x``   ended with a code outside the profile's ``success_exit_codes``
killed            ``x``   ended by a signal
out of memory     ``x``   the platform says ``oom_killed``; never inferred from SIGKILL alone
did not start     ``x``   the sandbox reports ``managed.last_error`` and no run that lasts
restart loop      ``~``   managed and backing off, or three restarts within ten minutes
unhealthy         ``~``   running, and its health check fails
suspect           ``!``   an uncaught exception was printed; it runs on, or exited with a success code
unknown           ``?``   contact is too old, the exit status is unknown, or the status is a new word
quiet             ``*``   running, and silent for longer than the limit (a hint only)
running           ``*``
ended ok          ``.``
================  ======  ==============================================================================

Rows are sorted in this order; within a state, the latest change comes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tui.core.format import duration, signal_name
from tui.core.models import Process

RESTARTS_FOR_A_LOOP = 3
RESTART_WINDOW_MS = 10 * 60 * 1000


class State(Enum):
    """Our judgement of a process; the value is the word that JSON carries."""

    FAILED = "failed", "x"
    KILLED = "killed", "x"
    OUT_OF_MEMORY = "out_of_memory", "x"
    DID_NOT_START = "did_not_start", "x"
    RESTART_LOOP = "restart_loop", "~"
    UNHEALTHY = "unhealthy", "~"
    SUSPECT = "suspect", "!"
    UNKNOWN = "unknown", "?"
    QUIET = "quiet", "*"
    RUNNING = "running", "*"
    OK = "ok", "."

    letter: str
    """The letter of the class, which works without colour and without Unicode."""
    rank: int
    """Order of the class in lists, worst first."""

    def __new__(cls, word: str, letter: str) -> State:
        """A member with its word as value. Plain attributes, because lists of thousands are sorted by them."""
        member = object.__new__(cls)
        member._value_ = word
        member.letter = letter
        member.rank = "x~!?*.".index(letter)
        return member

    @property
    def is_failing(self) -> bool:
        """True for the classes that count as failing (``x`` and ``~``)."""
        return self.letter in "x~"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a process beside its record."""

    uncaught: int = 0
    """Uncaught-exception reports found in its output."""
    recent_restarts: int = 0
    """Restarts seen within :data:`RESTART_WINDOW_MS`."""
    silent_ms: int | None = None
    """How long it has written nothing; None: not watched."""
    quiet_after_ms: int = 90_000
    """From when on silence is worth a hint."""
    contact_lost: bool = False
    """The last answer about it is older than the limit."""
    signal_sent: int | None = None
    """A signal that we sent to it, with the server's receipt."""


NO_EVIDENCE = Evidence()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state of a process, and the words for it."""

    state: State
    word: str
    """Short, for the state column: ``exit 1``, ``SIGKILL``, ``backing off``, ``running``."""
    reason: str
    """One clause that names the evidence."""

    @property
    def letter(self) -> str:
        """The letter of the state's class."""
        return self.state.letter


def judge(process: Process, evidence: Evidence = NO_EVIDENCE, *, success_exit_codes: tuple[int, ...] = (0,)) -> Verdict:
    """The verdict on one process, by the table above; the first rule that fits decides."""
    if evidence.contact_lost:
        word = f"{process.status}?" if process.status else "unknown"
        return Verdict(State.UNKNOWN, word, "no contact; this is its last known state")
    managed = process.managed
    if managed and managed.status == "backing_off":
        return Verdict(State.RESTART_LOOP, "backing off", f"it {_ended(process)}; the sandbox will restart it")
    if process.is_finished:
        return _judge_ended(process, evidence, success_exit_codes)
    if managed and managed.last_error and managed.status != "running":
        return Verdict(State.DID_NOT_START, "not started", managed.last_error)
    if not process.is_running:
        return Verdict(State.UNKNOWN, process.status or "unknown", "the sandbox gives a status that we do not know")
    return _judge_running(process, evidence)


def _judge_ended(process: Process, evidence: Evidence, success_exit_codes: tuple[int, ...]) -> Verdict:
    if process.oom_killed or process.status == "oom_killed":
        return Verdict(State.OUT_OF_MEMORY, "OOM-killed", "the platform reports an out-of-memory kill")
    if process.signal is not None:
        name = signal_name(process.signal)
        ours = " that was sent from here" if evidence.signal_sent == process.signal else ""
        return Verdict(State.KILLED, name, f"ended by {name}{ours}")
    if process.exit_code is None or process.exit_code == -1:
        return Verdict(State.UNKNOWN, "ended ?", "it ended; the sandbox could not learn its exit status")
    word = f"exit {process.exit_code}"
    if process.exit_code not in success_exit_codes:
        return Verdict(State.FAILED, word, f"ended with exit code {process.exit_code}")
    if evidence.uncaught:
        return Verdict(State.SUSPECT, word, "an exception was printed, yet it reported success")
    return Verdict(State.OK, word, f"ended with exit code {process.exit_code}")


def _judge_running(process: Process, evidence: Evidence) -> Verdict:
    if evidence.recent_restarts >= RESTARTS_FOR_A_LOOP:
        return Verdict(State.RESTART_LOOP, "restarting", f"restarted {evidence.recent_restarts} times in ten minutes")
    if process.managed and process.managed.health_status == "unhealthy":
        failures = process.managed.consecutive_health_failures
        return Verdict(State.UNHEALTHY, "unhealthy", f"its health check failed {failures} times in a row")
    if evidence.uncaught:
        return Verdict(State.SUSPECT, "running", "an exception was printed; it runs on")
    if evidence.silent_ms is not None and evidence.silent_ms >= evidence.quiet_after_ms:
        return Verdict(State.QUIET, "running", f"quiet for {duration(evidence.silent_ms)}")
    return Verdict(State.RUNNING, "running", "running")


def _ended(process: Process) -> str:
    """How the run ended, as a clause without a subject."""
    if process.oom_killed:
        return "ran out of memory"
    if process.signal is not None:
        return f"was ended by {signal_name(process.signal)}"
    if process.exit_code is None or process.exit_code == -1:
        return "ended with an unknown status"
    return f"ended with exit code {process.exit_code}"

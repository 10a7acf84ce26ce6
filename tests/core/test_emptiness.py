"""Nothing written, unknown, not read yet and not reachable are four different things."""

from __future__ import annotations

from tests.fakes import process
from tui.core.contact import Contact, ContactState
from tui.core.emptiness import of_contact, of_output, of_processes
from tui.core.models import Sandbox, Stream
from tui.core.streamstate import StreamState

LIVE = Contact(ContactState.LIVE, 1)
RUNNING = process(1)
ENDED = process(1, status="exited", exit_code=0, ended_at=5)


def heading(
    state: StreamState, contact: Contact = LIVE, *, confirmed: bool = False, ended: bool = False, error: str = ""
) -> str:
    subject = ENDED if ended else RUNNING
    said = of_output(subject, Stream.STDERR, state, contact, now_ms=9, confirmed=confirmed, error=error)
    assert said.heading
    return said.heading


def test_each_kind_of_nothing_has_its_own_words() -> None:
    lost = Contact(ContactState.OFFLINE, 1, "connection refused")
    words = [
        heading(StreamState.FOLLOWING),
        heading(StreamState.FOLLOWING, confirmed=True),
        heading(StreamState.UNKNOWN_PROCESS),
        heading(StreamState.FAILED, error="refused"),
        heading(StreamState.WAITING, lost),
        heading(StreamState.WAITING, Contact(ContactState.RELEASED)),
        heading(StreamState.WAITING, Contact()),
        of_output(None, Stream.STDERR, StreamState.WAITING, LIVE, now_ms=9, confirmed=False).heading,
    ]
    assert len(set(words)) == len(words)


def test_silence_is_claimed_only_when_a_snapshot_agreed() -> None:
    assert heading(StreamState.FOLLOWING) == "Reading stderr …"
    assert heading(StreamState.FOLLOWING, confirmed=True) == "Nothing on stderr"
    assert heading(StreamState.ENDED, confirmed=True, ended=True) == "Nothing on stderr"


def test_the_other_stream_is_offered_with_its_lines() -> None:
    said = of_output(RUNNING, Stream.STDERR, StreamState.FOLLOWING, LIVE, now_ms=9, confirmed=True, other_lines=812)
    assert said.keys == (("s", "show stdout (812 lines)"),)
    assert any("discarded" in line for line in said.lines)


def test_an_empty_list_says_why() -> None:
    box = Sandbox("b", "running", name="box")
    assert of_processes(box, LIVE, has_listed=True, hidden=0, filter_text="").heading == "No processes"
    assert of_processes(box, LIVE, has_listed=True, hidden=3, filter_text="x").heading == "No process matches"
    assert of_processes(box, LIVE, has_listed=True, hidden=3, filter_text="").heading == "Nothing is failing"
    assert of_processes(box, LIVE, has_listed=False, hidden=0, filter_text="").heading == "Reading the process list …"


def test_every_contact_state_has_words() -> None:
    box = Sandbox("b", "suspended", name="box")
    said = {state: of_contact(box, Contact(state)) for state in ContactState}
    assert len({words.heading for words in said.values()}) == len(ContactState)
    assert any("box is suspended" in line for line in said[ContactState.ASLEEP].lines)

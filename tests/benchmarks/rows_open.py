"""G1, G2, G8 and their part of G17: a large log opened, a burst behind it, and the memory that this takes."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks import peers
from tests.benchmarks.generated_log import log_lines, marker, marker_line, write_log
from tests.benchmarks.programs import Drawn, NotDrawn, SourceProcess, dashboard, embedded, home
from tests.benchmarks.report import Row, missing, row
from tests.benchmarks.scale import Scale

NO_FILE = "boxscope has no way to open a file or an earlier spool; only servers are opened"


@dataclass
class Samples:
    """Of one program: seconds to open, seconds of a burst, MB resident."""

    opened: list[float] = field(default_factory=list)
    burst: list[float] = field(default_factory=list)
    merged: list[float] = field(default_factory=list)
    resident: list[float] = field(default_factory=list)
    anonymous: list[float] = field(default_factory=list)


def rows(scale: Scale) -> Iterator[Row]:
    """All of them, from one session of each program per run."""
    ours, other = Samples(), Samples()
    toolong, lnav = Samples(), Samples()
    path = home() / "service.log"
    first, second = marker(1), marker(2)
    wrong = ""
    for _ in range(scale.long_runs):
        wrong = _measure_ours(scale, ours, first, second) or wrong
        _measure_embedded(scale, other, path, first)
        if peers.installed("lnav"):
            _measure_file(scale, lnav, [peers.installed("lnav"), str(path)], path, first, second)
        if peers.toolong():
            _measure_file(scale, toolong, [peers.toolong(), str(path)], path, first, second)
    less = _measure_less(scale, path, first)
    path.unlink(missing_ok=True)
    yield from _open_rows(scale, ours, other, lnav, toolong, less)
    yield from _burst_rows(scale, ours, lnav, toolong)
    yield from _memory_rows(scale, ours, lnav, toolong)
    yield row(
        "G17",
        "lines that the dashboard counts wrong (open, burst)",
        [1.0 if wrong else 0.0],
        None,
        0,
        unit="runs",
        note=wrong or "its own line count against what was sent",
    )


def _ms(samples: list[float]) -> list[float]:
    return [1000 * value for value in samples]


def _open_rows(
    scale: Scale, ours: Samples, other: Samples, lnav: Samples, toolong: Samples, less: list[float]
) -> Iterator[Row]:
    note = f"{scale.lines:.0e} lines over loopback, follow stream, against a local file"
    for name, found, limit in (("lnav", lnav, 1.0), ("toolong", toolong, 0.75)):
        if found.opened:
            yield row(
                "G1", f"open, last line shown; {name}", _ms(ours.opened), (name, _ms(found.opened)), limit, note=note
            )
        else:
            yield missing("G1", f"open, last line shown; {name}", peers.missing(name))
    if lnav.opened:
        note = "as above, from `boxscope serve` and a process that runs cat"
        yield row(
            "G1", "open from the embedded sandbox; lnav", _ms(other.opened), ("lnav", _ms(lnav.opened)), 1.0, note=note
        )
    yield missing("G1", "open from the spool; lnav", NO_FILE)
    if less:
        yield row(
            "G1",
            "open; less +G, which counts no lines",
            _ms(ours.opened),
            ("less", _ms(less)),
            None,
            note="for scale, no goal",
        )


def _burst_rows(scale: Scale, ours: Samples, lnav: Samples, toolong: Samples) -> Iterator[Row]:
    for how, samples in (("a chunk each", ours.burst), ("merged chunks", ours.merged)):
        for name, found, limit in (("lnav", lnav, 0.6), ("toolong", toolong, 0.03)):
            title = f"burst, {how}, last line shown; {name}"
            if found.burst:
                note = f"{scale.burst} lines, against the same appended to the file"
                yield row("G2", title, _ms(samples), (name, _ms(found.burst)), limit, note=note)
            else:
                yield missing("G2", title, peers.missing(name))


def _memory_rows(scale: Scale, ours: Samples, lnav: Samples, toolong: Samples) -> Iterator[Row]:
    for name, found, limit in (("lnav", lnav, 0.65), ("toolong", toolong, None)):
        if found.resident:
            note = f"anonymous: ours {ours.anonymous[-1]:.0f} MB, {name} {found.anonymous[-1]:.0f} MB"
            yield row(
                "G8",
                f"resident with the log; {name}",
                ours.resident,
                (name, found.resident),
                limit,
                unit="MB",
                note=note,
            )
        else:
            yield missing("G8", f"resident with the log; {name}", peers.missing(name))
    grown = Samples()
    _measure_growth(scale, grown)
    yield row(
        "G8",
        f"growth, {scale.lines * 10:.0e} against {scale.lines:.0e} lines",
        grown.resident,
        ("boxscope", ours.resident),
        1.3,
        unit="MB",
        note="the oldest lines are dropped at 1 GiB",
    )


def _measure_ours(scale: Scale, into: Samples, first: str, second: str) -> str:
    """One session of the dashboard on the source; says what was counted wrong."""
    with SourceProcess() as source:
        source.do("log", count=scale.lines, marker=first)
        with Drawn(*dashboard(source.url)) as shown:
            into.opened.append(shown.when(first, scale.patience) - shown.began)
            _note_memory(shown, into)
            into.burst.append(_burst(source, shown, second, scale.burst))
            shown.drain(0.5)
            into.merged.append(_burst(source, shown, marker(3), scale.burst, merged=True))
            return _count_shown(shown, scale.lines + 2 * scale.burst)


def _burst(source: SourceProcess, shown: Drawn, second: str, count: int, *, merged: bool = False) -> float:
    source.begin("burst", count=count, marker=second, merged=merged)
    moment = shown.when(second)
    return moment - float(source.finish()["began"])


def _count_shown(shown: Drawn, expected: int) -> str:
    """Waits for the dashboard to say that it holds ``expected`` lines."""
    try:
        shown.when(f"{expected:,} lines", 20)
    except NotDrawn as error:
        counts = re.findall(r"[\d,]+ lines", str(error))
        return f"it does not say that it holds {expected} lines but {counts[-1:]}"
    return ""


def _note_memory(shown: Drawn, into: Samples) -> None:
    shown.drain(1.0)
    resident, anonymous = shown.memory()
    into.resident.append(resident)
    into.anonymous.append(anonymous)


def _measure_embedded(scale: Scale, into: Samples, path: Path, first: str) -> None:
    write_log(path, scale.lines, first)
    script = f"cat {path} >&2; exec sleep 600"
    with embedded(["sh", "-c", script]) as (url, token, _):
        # The server has taken in the whole log before it is opened.
        with Drawn(*dashboard(url, token=token)) as shown:
            shown.when(first, scale.patience)
        with Drawn(*dashboard(url, token=token)) as shown:
            into.opened.append(shown.when(first, scale.patience) - shown.began)


def _measure_file(scale: Scale, into: Samples, command: list[str], path: Path, first: str, second: str) -> None:
    write_log(path, scale.lines, first)
    more = "\n".join([*log_lines(scale.burst - 1), marker_line(second)]) + "\n"
    with Drawn(*command) as shown:
        into.opened.append(shown.when(first, scale.patience) - shown.began)
        _note_memory(shown, into)
        with path.open("a", encoding="utf-8") as file:
            began = time.monotonic()
            file.write(more)
        into.burst.append(shown.when(second, scale.patience) - began)


def _measure_less(scale: Scale, path: Path, first: str) -> list[float]:
    program = peers.installed("less")
    samples: list[float] = []
    for _ in range(5 if program else 0):
        write_log(path, scale.lines, first) if not samples else None
        with Drawn(program, "+G", str(path)) as shown, contextlib.suppress(NotDrawn):
            samples.append(shown.when(first, 10) - shown.began)
    return samples


def _measure_growth(scale: Scale, into: Samples) -> None:
    with SourceProcess() as source:
        source.do("log", count=scale.lines * 10, marker=marker(3))
        with Drawn(*dashboard(source.url)) as shown:
            shown.when(marker(3), scale.patience * 10)
            _note_memory(shown, into)

"""G3, G4, G5, G7 and their part of G17: a live stream under load, and the way of a single line to the screen."""

from __future__ import annotations

import contextlib
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import peers
from tests.benchmarks.generated_log import log_lines, marker, marker_line, write_log
from tests.benchmarks.programs import (
    Drawn,
    NotDrawn,
    SourceProcess,
    clean_environment,
    dashboard,
    embedded,
    home,
    token_file,
)
from tests.benchmarks.report import Row, missing, row
from tests.benchmarks.scale import Scale

FIRST, LAST = marker(11), marker(12)
PROBE_GAP = 0.04


def flood_rows(scale: Scale) -> Iterator[Row]:
    """G3 and G4."""
    base = scale.flood_rates[0]
    for rate in scale.flood_rates:
        runs = scale.long_runs if rate == base else min(2, scale.long_runs)
        ours, curl = _floods(scale, dashboard, rate, runs), []
        limit = 1.05 if rate == base else 0.4
        name = f"{rate // 1000}k lines/s, until the last is shown; curl"
        note = f"{scale.flood_seconds:g} s, a chunk each, on the same terminal; 1 is the source's own time"
        if peers.installed("curl"):
            curl = _floods(scale, _curl, rate, runs)
            yield row(
                "G3",
                name,
                [took for took, _ in ours],
                ("curl -N", [took for took, _ in curl]),
                limit,
                unit="x",
                note=note,
            )
        else:
            yield missing("G3", name, peers.missing("curl"))
        if rate == base:
            yield from _processor_rows(scale, ours, curl, rate)


def _processor_rows(
    scale: Scale, ours: list[tuple[float, float]], curl: list[tuple[float, float]], rate: int
) -> Iterator[Row]:
    folder = peers.httpx_sse()
    mine = [cpu for _, cpu in ours]
    name = "processor in it; same app with httpx-sse"
    if folder:
        reference = _floods(scale, _reference, rate, 1, {"PYTHONPATH": f"{Path.cwd()}:{folder}"})
        note = f"until the last line is shown; it takes {reference[0][0]:.2f}x the source's time, we {ours[0][0]:.2f}x"
        yield row("G4", name, mine, ("httpx-sse", [cpu for _, cpu in reference]), 0.4, unit="s", note=note)
    else:
        yield missing("G4", name, peers.missing("httpx-sse"))


def _curl(url: str) -> list[str]:
    return [peers.installed("curl"), "-sN", f"{url}/api/v1/processes/1/stderr/follow"]


def _reference(url: str) -> list[str]:
    return dashboard(url, module="tests.benchmarks.reference")


def _floods(scale: Scale, command, rate: int, runs: int, environment=None) -> list[tuple[float, float]]:  # type: ignore[no-untyped-def]
    """For each run: the time until the last line was shown over that of the source, and seconds of processor."""
    found = []
    for _ in range(runs):
        with SourceProcess() as source:
            source.do("log", count=1, marker=FIRST)
            with Drawn(*command(source.url), environment=environment) as shown:
                shown.when(FIRST)
                source.wait_followers(1)
                shown.drain(0.5)
                cpu = shown.cpu()
                source.begin("flood", rate=rate, seconds=scale.flood_seconds, marker=LAST)
                moment = shown.when(LAST, scale.patience)
                answer = source.finish()
                shown.drain(0.1)
                found.append(((moment - answer["began"]) / scale.flood_seconds, shown.cpu() - cpu))
    return found


def heartbeat_rows(scale: Scale) -> Iterator[Row]:
    """G5."""
    rate, file = scale.flood_rates[0], home() / "beats"
    ours = [_beats(scale, rate, file) for _ in range(scale.long_runs)]
    python = [sys.executable, "-m", "tests.benchmarks.peer_apps"]
    log = _fed([*python, "log", str(rate), str(scale.flood_seconds), str(file)], file, scale)
    note = f"at {rate // 1000}k lines/s; Log is fed 60 batches a second in its own process, without network"
    yield row("G5", "longest freeze; Log", [beat[0] for beat in ours], ("Log", [log[0]]), 0.25, note=note)
    yield row("G5", "99 of 100 beats; Log", [beat[1] for beat in ours], ("Log", [log[1]]), 0.1, note=note)
    yield row("G5", "longest freeze", [max(beat[0] for beat in ours)], None, 33, note=f"the worst of {len(ours)} runs")
    rich = _fed([*python, "richlog", "2000", "2", str(file)], file, scale)
    area = _fed([*python, "textarea", "2000", "2", str(file)], file, scale)
    for name, other in (("RichLog", rich), ("TextArea", area)):
        note = f"for scale: {name} at 2k lines/s takes {other[2] / 2:.1f}x the time of its feed; no goal"
        yield row("G5", f"longest freeze; {name}", [beat[0] for beat in ours], (name, [other[0]]), None, note=note)


def _beats(scale: Scale, rate: int, file: Path) -> tuple[float, ...]:
    file.unlink(missing_ok=True)
    with SourceProcess() as source:
        source.do("log", count=1, marker=FIRST)
        command = dashboard(source.url, module="tests.benchmarks.observed")
        command.insert(3, str(file))
        with Drawn(*command) as shown:
            shown.when(FIRST)
            source.wait_followers(1)
            shown.drain(2.0)
            os.kill(shown.pid, signal.SIGUSR1)
            source.begin("flood", rate=rate, seconds=scale.flood_seconds, marker=LAST)
            shown.when(LAST, scale.patience)
            source.finish()
            os.kill(shown.pid, signal.SIGUSR1)
            deadline = time.monotonic() + 20
            while not (file.exists() and file.read_text()):
                shown.drain(0.05)
                if time.monotonic() > deadline:
                    raise NotDrawn("no beats were written")
    return tuple(map(float, file.read_text().split()))


def _fed(command: list[str], file: Path, scale: Scale) -> tuple[float, ...]:
    file.unlink(missing_ok=True)
    with Drawn(*command) as shown:
        shown.ended(scale.patience)
    return tuple(map(float, file.read_text().split()))


def latency_rows(scale: Scale) -> Iterator[Row]:
    """G7."""
    names = [marker(100 + at) for at in range(scale.probes)]
    ours = [_latencies(dashboard, names) for _ in range(3)]
    toolong = _toolong_latencies(names) if peers.toolong() else []
    curl = [_latencies(_curl, names) for _ in range(3)] if peers.installed("curl") else []
    note = f"{scale.probes} single lines"
    for of, other, middle, late in (("curl -N", curl, 8.0, None), ("toolong", toolong, 0.1, 0.15)):
        for part, limit in ((50, middle), (99, late)):
            if limit is None:
                continue
            name = f"line to terminal, p{part}; {of}"
            if other:
                mine, theirs = ([_percentile(run, part) for run in runs] for runs in (ours, other))
                yield row("G7", name, mine, (of, theirs), limit, note=note)
            else:
                yield missing("G7", name, peers.missing(of.partition(" ")[0]))


def _percentile(samples: list[float], part: int) -> float:
    return statistics.quantiles(samples, n=100)[part - 1]


def _latencies(command, names: list[str]) -> list[float]:  # type: ignore[no-untyped-def]
    """Milliseconds from the sending of each line to its drawing."""
    with SourceProcess(1000) as source:
        source.do("log", count=200, marker=FIRST)
        with Drawn(*command(source.url)) as shown:
            shown.when(FIRST)
            source.wait_followers(1)
            shown.drain(1.0)
            source.begin("probes", markers=names, gap=PROBE_GAP)
            drawn = [shown.when(name, 10) for name in names]
            sent = source.finish()["sent"]
    return [1000 * (after - before) for before, after in zip(sent, drawn, strict=True)]


def _toolong_latencies(names: list[str]) -> list[list[float]]:
    path = home() / "tailed.log"
    found = []
    for _ in range(2):
        write_log(path, 200, FIRST)
        with Drawn(peers.toolong(), str(path)) as shown, path.open("a", encoding="utf-8", buffering=1) as file:
            shown.when(FIRST)
            shown.drain(1.0)
            run = []
            for number, name in enumerate(names[:60]):
                shown.drain(PROBE_GAP + number * 7 % 13 / 1000)
                sent = time.monotonic()
                file.write(marker_line(name) + "\n")
                with contextlib.suppress(NotDrawn):
                    run.append(1000 * (shown.when(name, 3) - sent))
            if run:
                found.append(run)
    path.unlink()
    return found


def exactness_rows(scale: Scale) -> Iterator[Row]:
    """G17: what the headless twin prints, byte for byte, against what was written."""
    expected = "\n".join([*log_lines(100_000), ""]).encode()
    with SourceProcess() as source:
        source.do("log", count=1, marker=FIRST)
        command = [sys.executable, "-m", "tui", "logs", "-f", "1", "--raw", "--url", source.url]
        path = home() / "printed"
        with path.open("wb") as file:
            printing = subprocess.Popen(
                [*command, "--token-file", token_file()],
                stdout=file,
                stderr=subprocess.DEVNULL,
                env=clean_environment(),
            )
            try:
                source.wait_followers(1)
                answer = source.do("flood", rate=scale.flood_rates[0], seconds=scale.flood_seconds, marker=LAST)
                whole = _flooded(expected, answer["lines"] - 1)
                _until_size(path, len(whole))
            finally:
                printing.kill()
                printing.wait()
        printed = path.read_bytes()
        path.unlink()
    differing = _differing(printed, whole)
    yield row(
        "G17",
        "lines that differ: logs --follow in the flood",
        [differing],
        None,
        0,
        unit="lines",
        note=f"{answer['lines'] + 1} lines, {len(whole) / 1e6:.0f} MB, byte for byte",
    )


def sdk_rows(scale: Scale) -> Iterator[Row]:
    """A whole log printed, beside the official SDK; part of G3 without a goal of its own."""
    name, python = "a whole log printed; official SDK", peers.sdk_python()
    if not python:
        yield missing("G3", name, "the official SDK is not installed (make sdk)")
        return
    path = home() / "printed.log"
    write_log(path, scale.burst, LAST)
    ours, sdk, differing = [], [], 0.0
    with embedded(["sh", "-c", f"cat {path} >&2"]) as (url, token, pid):
        ours_command = [sys.executable, "-m", "tui", "logs", "-f", pid, "--raw", "--url", url, "--token-file", token]
        reader = str(Path(__file__).with_name("sdk_reader.py"))
        access = {"TENSORLAKE_API_KEY": Path(token).read_text().strip(), "PYTHONPATH": ""}
        for _ in range(scale.long_runs):
            took, printed = _printed(ours_command, {})
            differing += _differing(printed, path.read_bytes())
            ours.append(took)
            sdk.append(_printed([python, reader, url, "local", pid], access)[0])
    path.unlink()
    note = f"{scale.burst} lines from the embedded sandbox, to their end, start of the program included"
    yield row("G3", name, ours, ("SDK", sdk), None, note=note)
    yield row("G17", "lines that differ: logs of an ended process", [differing], None, 0, unit="lines", note=note)


def _printed(command: list[str], environment: dict[str, str]) -> tuple[float, bytes]:
    """Milliseconds that a command takes, and what it prints."""
    began = time.monotonic()
    done = subprocess.run(command, env=clean_environment(environment), check=True, capture_output=True, timeout=120)
    return 1000 * (time.monotonic() - began), done.stdout


def _flooded(corpus: bytes, count: int) -> bytes:
    """What was sent: the first mark, ``count`` lines of the corpus taken round and round, the last mark."""
    lines = corpus.count(b"\n")
    times, rest = divmod(count, lines)
    tail = b"".join(line + b"\n" for line in corpus.split(b"\n")[:rest])
    return f"{marker_line(FIRST)}\n".encode() + corpus * times + tail + f"{marker_line(LAST)}\n".encode()


def _until_size(path: Path, size: int) -> None:
    deadline = time.monotonic() + 60
    while path.stat().st_size < size and time.monotonic() < deadline:
        time.sleep(0.05)


def _differing(one: bytes, other: bytes) -> float:
    """Number of lines that are not the same in the same place."""
    if one == other:
        return 0.0
    left, right = one.split(b"\n"), other.split(b"\n")
    return float(sum(a != b for a, b in zip(left, right, strict=False)) + abs(len(left) - len(right)))

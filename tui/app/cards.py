"""The cause card and the reasons of a group as names and values, for a dialog."""

from __future__ import annotations

from datetime import tzinfo

from tui.core.cards import CauseCard, Certainty, Claim, Evidence
from tui.core.fingerprint import explain
from tui.core.format import clock, count
from tui.core.groups import ErrorGroup
from tui.core.text import one_line


def card_facts(card: CauseCard, zone: tzinfo | None) -> list[tuple[str, str]]:
    """What, why, where, the lines before, and everything that was looked at, each with its source."""
    facts = [("what", _claim(card.what)), ("why", _claim(card.why))]
    for name, claim in (("where", card.where), ("same as", card.same_as), ("first seen", card.first_seen)):
        if claim is not None:
            facts.append((name, _claim(claim)))
    for number, line in card.lines_before:
        facts.append(("before" if number == card.lines_before[0][0] else "", f"{number:>6}  {one_line(line, 300)}"))
    for number, evidence in enumerate(card.evidence):
        facts.append(("evidence" if number == 0 else "", _evidence(evidence, zone)))
    return facts


def _claim(claim: Claim) -> str:
    return claim.text if claim.certainty is Certainty.KNOWN else f"{claim.certainty.value}: {claim.text}"


def _evidence(evidence: Evidence, zone: tzinfo | None) -> str:
    when = f" at {clock(evidence.at, zone)}" if evidence.at else ""
    return f"{evidence.fact}  ({evidence.source}{when})"


def group_facts(group: ErrorGroup, zone: tzinfo | None) -> list[tuple[str, str]]:
    """Why these are one group, and its latest members."""
    facts = [("error", group.headline), ("where", group.where or "unknown"), ("fingerprint", group.fingerprint.text)]
    facts.extend(
        ("equal in" if not n else "", f"{part[0]}: {part[1]}") for n, part in enumerate(explain(group.fingerprint))
    )
    for number, member in enumerate(group.members[:12]):
        when = f" at {clock(member.moment.at, zone)} ({member.moment.source.value})" if member.moment.at else ""
        line = f" line {member.line + 1}" if member.line is not None else ""
        text = f"{member.sandbox} pid {member.process.pid}{line}{when}"
        facts.append(("members" if number == 0 else "", one_line(text, 200)))
    rest = group.count - min(len(group.members), 12)
    if rest > 0:
        facts.append(("", f"and {count(rest)} more"))
    return facts

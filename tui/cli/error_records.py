"""Error groups and cause cards as JSON tells of them."""

from __future__ import annotations

from tui.cli.records import identity
from tui.core.cards import CauseCard, Claim, Evidence
from tui.core.fingerprint import explain
from tui.core.format import iso
from tui.core.group_members import Member, Moment
from tui.core.groups import ErrorGroup


def group_record(group: ErrorGroup) -> dict[str, object]:
    """A group, its members included as far as they are listed."""
    return {
        "fingerprint": group.fingerprint.text,
        "short_id": group.short_id,
        "headline": group.headline,
        "where": group.where or None,
        "count": group.count,
        "handled": group.handled,
        "exit_only": group.is_exit_only,
        "muted": group.is_muted,
        "first_seen": moment_record(group.first),
        "last_seen": moment_record(group.last),
        "sandboxes": dict(group.by_sandbox),
        "why_equal": [{"fact": fact, "value": value} for fact, value in explain(group.fingerprint)],
        "members": [member_record(member) for member in group.members],
        "members_beyond": group.beyond,
    }


def member_record(member: Member) -> dict[str, object]:
    """One occurrence; lines are 0-based as in the records of ``errors --file``."""
    return {
        **identity(member.process),
        "sandbox": member.sandbox,
        "stream": member.stream.value if member.stream else None,
        "start": member.line,
        "end": member.end,
        "headline": member.headline,
        "where": member.where or None,
        "handled": member.handled,
        "seen": moment_record(member.moment),
    }


def moment_record(moment: Moment) -> dict[str, object]:
    """When something was seen, and what tells so."""
    return {"at": iso(moment.at), "source": moment.source.value}


def card_record(card: CauseCard) -> dict[str, object]:
    """A cause card."""
    return {
        "what": claim_record(card.what),
        "why": claim_record(card.why),
        "where": claim_record(card.where),
        "same_as": claim_record(card.same_as),
        "first_seen": claim_record(card.first_seen),
        "lines_before": [{"number": number, "text": text} for number, text in card.lines_before],
        "evidence": [evidence_record(evidence) for evidence in card.evidence],
    }


def claim_record(claim: Claim | None) -> dict[str, object] | None:
    """One claim with how sure it is and what it rests on."""
    if claim is None:
        return None
    return {
        "text": claim.text,
        "certainty": claim.certainty.value,
        "evidence": [evidence_record(evidence) for evidence in claim.evidence],
    }


def evidence_record(evidence: Evidence) -> dict[str, object]:
    """One piece of evidence."""
    return {"fact": evidence.fact, "source": evidence.source, "at": iso(evidence.at)}

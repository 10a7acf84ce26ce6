"""What is said of a group of errors: its label at a traceback, and why it is one, as names and values for a dialog."""

from __future__ import annotations

from datetime import tzinfo

from tui.core.fingerprint import explain
from tui.core.format import clock, count
from tui.core.groups import ErrorGroup
from tui.core.text import one_line


def group_label(group: ErrorGroup | None) -> str:
    """The group of a traceback, for its folded head: ``E-3f9a  ×5``; empty where none is known."""
    if group is None:
        return ""
    return f"{group.short_id}  ×{count(group.count)}" + ("  muted" if group.is_muted else "")


def sandbox_counts(group: ErrorGroup) -> str:
    """How often it was seen in which sandbox, most often first: ``run-7 ×3  run-6 ×2``."""
    by_count = sorted(group.by_sandbox.items(), key=lambda item: (-item[1], item[0]))
    return "  ".join(f"{one_line(label, 40)} ×{count(number)}" for label, number in by_count)


def group_facts(group: ErrorGroup, zone: tzinfo | None) -> list[tuple[str, str]]:
    """Why these are one group, and its latest members."""
    facts = [("error", group.headline), ("where", group.where or "unknown"), ("fingerprint", group.fingerprint.text)]
    if len(group.by_sandbox) > 1:
        facts.append(("in", sandbox_counts(group)))
    if group.is_muted:
        facts.append(("muted", "by the profile, or in this session; it stays in the counts"))
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

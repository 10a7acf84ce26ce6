"""The sandboxes that could be watched too: those that the control planes of the watched ones list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tui.app.watched import Watched
from tui.core.errors import BoxscopeError
from tui.core.models import Sandbox
from tui.core.ports import ControlPlane
from tui.core.profile import Profile
from tui.core.text import one_line


@dataclass(frozen=True, slots=True)
class Offer:
    """A sandbox that is not watched, and the profile to watch it with."""

    sandbox: Sandbox
    profile: Profile


@dataclass(frozen=True, slots=True)
class Offers:
    """What there is to watch; ``problems`` says of whom it is not known."""

    offers: tuple[Offer, ...] = ()
    problems: tuple[str, ...] = ()


def has_offers(watched: Iterable[Watched]) -> bool:
    """Whether there is a control plane to ask."""
    return any(each.connection.control is not None for each in watched)


async def offers(watched: Sequence[Watched]) -> Offers:
    """Ask each control plane once. That contacts no sandbox: it neither wakes one nor keeps one awake."""
    asked: dict[tuple[str, ...], tuple[ControlPlane, Profile]] = {}
    for each in watched:
        if each.connection.control is not None:
            asked.setdefault(_place(each.profile), (each.connection.control, each.profile))
    found: dict[str, Offer] = {}
    problems: list[str] = []
    for control, profile in asked.values():
        try:
            listing = await control.sandboxes()
        except BoxscopeError as error:
            problems.append(one_line(error.message, 200))
            continue
        if listing.truncated:
            problems.append("not all are listed: there are too many")
        for sandbox in in_order(listing.sandboxes):
            found.setdefault(sandbox.id, Offer(sandbox, replace(profile, sandbox=sandbox.id, sandbox_url="")))
    return Offers(tuple(found.values()), tuple(problems))


def in_order(sandboxes: Iterable[Sandbox]) -> list[Sandbox]:
    """Those that can be watched now first, then by age, the newest first."""
    return sorted(
        sandboxes, key=lambda s: (not s.state.may_be_contacted, s.state.is_over, -(s.created_at or 0), s.label)
    )


def _place(profile: Profile) -> tuple[str, ...]:
    """What a listing depends on."""
    return (
        profile.api_url,
        profile.namespace,
        profile.organization,
        profile.project,
        profile.key_source.value,
        profile.api_key_env,
    )

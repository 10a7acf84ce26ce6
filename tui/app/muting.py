"""Mutes groups of errors: they are counted on, and step back. The profile remembers it where it is a saved one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from tui.core.errors import BoxscopeError
from tui.core.groups import ErrorGroup, ErrorGroups
from tui.core.mutes import without
from tui.core.ports import Profiles
from tui.core.profile import Profile

_Change = Callable[[tuple[str, ...]], tuple[str, ...]]


class Muting:
    """The muted groups of one session: what the profiles of its sandboxes ignore, and what the user muted since."""

    def __init__(self, groups: ErrorGroups, profiles: Profiles, used: Iterable[Profile]) -> None:
        self._groups, self._profiles = groups, profiles
        self._texts: tuple[str, ...] = ()
        self._used: list[Profile] = []
        for profile in used:
            self.take(profile)

    def take(self, profile: Profile) -> None:
        """A sandbox is watched with ``profile`` from now on."""
        if all(_place(profile) != _place(used) for used in self._used):
            self._used.append(profile)
        if not set(profile.ignore) <= set(self._texts):
            self._texts = tuple(dict.fromkeys((*self._texts, *profile.ignore)))
            self._groups.mute(self._texts)

    def toggle(self, group: ErrorGroup) -> str:
        """Mute ``group``, or no longer; returns what was done, in words. Never raises what can be expected."""
        done = f"{group.short_id} is no longer muted" if group.is_muted else f"{group.short_id} is muted"
        change = _unmuting(group) if group.is_muted else _muting(group)
        self._texts = change(self._texts)
        self._groups.mute(self._texts)
        return f"{done}\n{self._remember(change)}"

    def _remember(self, change: _Change) -> str:
        """Change the saved profiles: those of the files, which options of the command line have not changed."""
        remembered, problems = [], []
        for used in self._used:
            try:
                saved = next((known for known in self._profiles.listing().profiles if known.name == used.name), None)
                if saved is not None and _place(saved) == _place(used):
                    self._profiles.save(replace(saved, ignore=change(saved.ignore)), replace=True)
                    remembered.append(saved.name)
            except BoxscopeError as error:
                problems.append(f"for this session only: {error.message}")
        if remembered:
            profiles = "profile" if len(remembered) == 1 else "profiles"
            problems.append(f"remembered in the {profiles} {', '.join(remembered)}")
        return "\n".join(problems) or "for this session, because no saved profile is in use"


def _place(profile: Profile) -> tuple[str, str, str]:
    """What tells a profile from one that only happens to be called the same, such as that of the demo."""
    return (profile.name, profile.api_url, profile.sandbox_url)


def _muting(group: ErrorGroup) -> _Change:
    return lambda texts: tuple(dict.fromkeys((*texts, group.fingerprint.text)))


def _unmuting(group: ErrorGroup) -> _Change:
    """A group is muted by its own fingerprint or by one of another level that its members share: all of them go."""
    marks = {mark.digest for member in group.members for mark in member.fingerprints.values()}
    marks.add(group.fingerprint.digest)
    return lambda texts: without(texts, marks)

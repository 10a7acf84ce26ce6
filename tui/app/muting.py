"""Mutes groups of errors: they are counted on, and step back. The profile remembers it where it is a saved one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tui.core.errors import BoxscopeError
from tui.core.groups import ErrorGroup, ErrorGroups
from tui.core.mutes import without
from tui.core.ports import Profiles
from tui.core.profile import Profile

_Change = Callable[[tuple[str, ...]], tuple[str, ...]]


class Muting:
    """The muted groups of one session."""

    def __init__(self, groups: ErrorGroups, profile: Profile, profiles: Profiles) -> None:
        self._groups, self._profile, self._profiles = groups, profile, profiles
        self._texts = profile.ignore

    def toggle(self, group: ErrorGroup) -> str:
        """Mute ``group``, or no longer; returns what was done, in words. Never raises what can be expected."""
        done = f"{group.short_id} is no longer muted" if group.is_muted else f"{group.short_id} is muted"
        change = _unmuting(group) if group.is_muted else _muting(group)
        self._texts = change(self._texts)
        self._groups.mute(self._texts)
        return f"{done}\n{self._remember(change)}"

    def _remember(self, change: _Change) -> str:
        """Change the saved profile: that of the file, which options of the command line have not changed."""
        name = self._profile.name
        try:
            saved = next((known for known in self._profiles.listing().profiles if known.name == name), None)
            if saved is None or not _is_same_place(saved, self._profile):
                return "for this session, because no saved profile is in use"
            self._profiles.save(replace(saved, ignore=change(saved.ignore)), replace=True)
        except BoxscopeError as error:
            return f"for this session only: {error.message}"
        return f"remembered in the profile {name}"


def _is_same_place(saved: Profile, used: Profile) -> bool:
    """False for a profile that only happens to be called the same, such as that of the demo."""
    return (saved.api_url, saved.sandbox_url) == (used.api_url, used.sandbox_url)


def _muting(group: ErrorGroup) -> _Change:
    return lambda texts: tuple(dict.fromkeys((*texts, group.fingerprint.text)))


def _unmuting(group: ErrorGroup) -> _Change:
    """A group is muted by its own fingerprint or by one of another level that its members share: all of them go."""
    marks = {mark.digest for member in group.members for mark in member.fingerprints.values()}
    marks.add(group.fingerprint.digest)
    return lambda texts: without(texts, marks)

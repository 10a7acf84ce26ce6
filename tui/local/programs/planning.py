"""Turns what the model says into steps of a plan."""

from __future__ import annotations

import json
from dataclasses import dataclass


class PlanError(Exception):
    """The model's reply holds no plan."""


@dataclass(frozen=True)
class Step:
    """One step: a tool and what to give it."""

    tool: str
    argument: str


def parse_reply(reply: str, attempt: int) -> list[Step]:
    """Read the steps from a reply. Raises PlanError."""
    try:
        document = json.loads(reply)
        return [Step(step["tool"], step["argument"]) for step in document["steps"]]
    except (json.JSONDecodeError, KeyError) as error:
        raise PlanError(f"reply {attempt} is not a plan ({len(reply)} characters)") from error


def next_plan(goal: str, replies: list[str]) -> list[Step]:
    """The first plan among several replies."""
    for attempt, reply in enumerate(replies, start=1):
        steps = parse_reply(reply, attempt)
        if steps:
            return steps
    raise PlanError(f"no plan for {goal!r}")

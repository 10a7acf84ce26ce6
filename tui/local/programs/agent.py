"""An agent that plans, acts, and trips over a reply that was cut off. It is restarted each time."""

from __future__ import annotations

import json
import logging
import random
import sys
import time

from planning import Step, next_plan  # type: ignore[import-not-found] # a neighbour, once copied

GOALS = ("summarise the incident", "order the open tickets", "compare the two releases")
TOOLS = ("search", "read", "write", "ask")
LOG = logging.getLogger("agent")


def ask_model(goal: str, *, cut_off: bool) -> str:
    """What a model would answer, or the beginning of it."""
    steps = [{"tool": random.choice(TOOLS), "argument": f"{goal}, part {part}"} for part in range(1, 4)]  # noqa: S311
    reply = json.dumps({"goal": goal, "steps": steps})
    return reply[: len(reply) * 2 // 3] if cut_off else reply


def act(step: Step) -> None:
    """Carry out one step."""
    LOG.info("step %s: %s", step.tool, step.argument)
    time.sleep(0.3)


def work_on(goal: str, *, cut_off: bool) -> None:
    """Plan and act until the goal is reached."""
    LOG.info("goal: %s", goal)
    for step in next_plan(goal, [ask_model(goal, cut_off=cut_off)]):
        act(step)


def main() -> None:
    """Work on the goals; the last one does not end well."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for number, goal in enumerate(GOALS, start=1):
        work_on(goal, cut_off=number == len(GOALS))


if __name__ == "__main__":
    main()

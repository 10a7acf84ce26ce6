"""A worker that talks a lot: levels, colours, a progress bar, and an error that it survives."""

from __future__ import annotations

import itertools
import logging
import sys
import time

LOG = logging.getLogger("worker")
COLOURS = {"WARNING": "\x1b[33m", "ERROR": "\x1b[31m"}


class ColouredFormatter(logging.Formatter):
    """Colours warnings and errors."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line, in colour where it deserves one."""
        text = super().format(record)
        colour = COLOURS.get(record.levelname)
        return f"{colour}{text}\x1b[0m" if colour and not record.exc_info else text


def price(item: dict[str, float]) -> float:
    """Price of an item per unit."""
    return item["amount"] / item["units"]


def handle(number: int) -> float:
    """Handle one job; every so often one comes without units."""
    units = 0.0 if number % 40 == 39 else float(number % 7 + 1)
    return price({"amount": 120.0, "units": units})


def show_progress(number: int) -> None:
    """Draw a progress bar over itself, as interactive programs do."""
    for done in range(0, 101, 20):
        sys.stderr.write(f"\rbatch {number // 20}: {'#' * (done // 5):20} {done:3}%")
        sys.stderr.flush()
        time.sleep(0.02)
    sys.stderr.write("\n")


def main() -> None:
    """Work for ever."""
    output = logging.StreamHandler(sys.stderr)
    output.setFormatter(ColouredFormatter("%(asctime)s %(levelname)-7s [%(name)s] %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[output])
    for number in itertools.count():
        try:
            result = handle(number)
        except ZeroDivisionError:
            LOG.exception("job %d failed, going on", number)
        else:
            LOG.info("job %d done: %.2f", number, result)
        if number % 9 == 8:
            LOG.warning("queue is %d long", number % 50)
        if number % 20 == 19:
            show_progress(number)
        print(f"job {number}", flush=True)
        time.sleep(0.15)


if __name__ == "__main__":
    main()

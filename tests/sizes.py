"""How much a property is tried: little with every change, much when it is to be proved."""

import os

FULL = os.environ.get("KEMPT_TEST_SIZE") == "full"


def examples(small: int, full: int) -> int:
    """How many examples Hypothesis makes: the first number in `make test`, the second in `make prove`."""
    return full if FULL else small

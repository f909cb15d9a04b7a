"""How much a test tries: little in `make test`, as much as a proof asks for in `make prove`."""

import os


def size(small: int) -> int:
    """`small`, or the size that tests/prove.py set for the target that runs this test."""
    return int(os.environ.get("KEMPT_TEST_SIZE", small))


def seed() -> int:
    """The seed of generated data; Hypothesis is given the same one."""
    return int(os.environ.get("KEMPT_TEST_SEED", "7"))

"""The life of a proposal: which step may follow which.

proposed -> validated -> queued -> approved | rejected | expired | superseded -> applied -> published -> confirmed, or
compensated. The queue has two states: `pending`, and `deferred` until a day. What policy decides never queues.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from kempt.errors import StopRun

State = Literal[
    "proposed", "validated", "pending", "deferred", "approved", "rejected", "expired", "superseded",
    "applied", "published", "confirmed", "compensated",
]  # fmt: skip
STATES: tuple[State, ...] = get_args(State)
START: State = "proposed"

LEGAL: Mapping[State, frozenset[State]] = {
    "proposed": frozenset({"validated"}),
    # Policy decides at once, or sends to the queue; a question may answer itself before.
    "validated": frozenset({"approved", "rejected", "pending", "superseded"}),
    # Straight to applied: policy came to apply by itself what waited.
    "pending": frozenset({"deferred", "approved", "rejected", "expired", "superseded", "applied"}),
    "deferred": frozenset({"pending", "approved", "rejected", "expired", "superseded", "applied"}),
    # Back to the queue: the evidence moved, the signature did not hold, or whoever decided took it back.
    "approved": frozenset({"applied", "pending"}),
    "rejected": frozenset({"pending"}),
    "expired": frozenset({"pending"}),
    "superseded": frozenset({"pending"}),
    "applied": frozenset({"published", "compensated"}),
    "published": frozenset({"confirmed", "compensated"}),
    "confirmed": frozenset({"compensated"}),
    "compensated": frozenset(),
}

QUEUE: frozenset[State] = frozenset({"pending", "deferred", "approved", "rejected", "expired", "superseded", "applied"})
"""The states that the review table knows; the database takes the steps between them and no others."""
UNDECIDED: frozenset[State] = frozenset({"pending", "deferred"})


def follow(before: State, after: State) -> State:
    """The next state; a step that is not legal is refused."""
    if after not in LEGAL[before]:
        allowed = ", ".join(sorted(LEGAL[before])) or "nothing"
        raise StopRun(f"a proposal that is {before} cannot become {after}. It may become: {allowed}.")
    return after


def walk(states: Sequence[State]) -> State:
    """Where a life leads; refused unless it begins at its beginning and takes legal steps alone."""
    if not states or states[0] != START:
        raise StopRun(f"a proposal begins as {START}.")
    for before, after in zip(states, states[1:], strict=False):
        follow(before, after)
    return states[-1]

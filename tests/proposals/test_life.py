"""A proposal takes legal steps alone, and every life can come to an end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kempt.errors import StopRun
from kempt.proposals.life import LEGAL, QUEUE, START, STATES, UNDECIDED, follow, walk


@given(st.data())
def test_a_walk_is_refused_at_its_first_illegal_step_and_nowhere_else(data: st.DataObject) -> None:
    steps = [START, *data.draw(st.lists(st.sampled_from(STATES), max_size=12))]
    legal = all(after in LEGAL[before] for before, after in zip(steps, steps[1:], strict=False))

    if legal:
        assert walk(steps) == steps[-1]
    else:
        with pytest.raises(StopRun, match="cannot become"):
            walk(steps)


@given(st.data())
def test_what_took_effect_was_approved_or_waited_and_never_returns_to_the_queue(data: st.DataObject) -> None:
    lived = [START]
    for _ in range(data.draw(st.integers(0, 15))):
        if LEGAL[lived[-1]]:
            lived.append(data.draw(st.sampled_from(sorted(LEGAL[lived[-1]]))))
    assert walk(lived) == lived[-1]

    if "applied" in lived:
        at = lived.index("applied")
        assert lived[at - 1] in {"approved", *UNDECIDED}
        assert not {*lived[at + 1 :]} & {*UNDECIDED, "approved", "rejected"}
    assert lived.count("validated") <= 1


def test_every_state_is_reached_and_every_one_leads_to_an_end() -> None:
    reached, frontier = {START}, [START]
    while frontier:
        frontier = [after for before in frontier for after in LEGAL[before] if after not in reached]
        reached |= {*frontier}
    ends = {state for state in STATES if not LEGAL[state]}

    assert reached == {*STATES} == {*LEGAL}
    assert ends == {"compensated"}
    assert {*STATES} > QUEUE


def test_a_life_begins_at_its_beginning() -> None:
    for states in ([], ["approved"], ["pending", "approved"]):
        with pytest.raises(StopRun, match="begins as proposed"):
            walk(states)  # type: ignore[arg-type]
    with pytest.raises(StopRun, match="rejected cannot become applied"):
        follow("rejected", "applied")

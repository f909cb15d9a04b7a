"""Clusters of a signed graph, against a plain reference."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.matching.kernel.clusters import connect, contract
from tests.sizes import size

UNKNOWN, CUT = -20, 0
GRAPHS = st.integers(2, 9).flatmap(
    lambda records: st.tuples(
        st.just(records),
        st.dictionaries(
            st.tuples(st.integers(0, records - 1), st.integers(0, records - 1)).filter(lambda pair: pair[0] < pair[1]),
            st.tuples(st.integers(-60, 60), st.booleans()),
            max_size=30,
        ),
    )
)


def contracted(records, pairs, order=None):
    chosen = [list(pairs)[at] for at in order] if order is not None else list(pairs)
    left, right = (np.array([pair[side] for pair in chosen], np.int32) for side in (0, 1))
    bits = np.array([pairs[pair][0] for pair in chosen], np.int64)
    forbidden = np.array([pairs[pair][1] for pair in chosen], np.uint8)
    return contract(records, left, right, bits, unknown=UNKNOWN, cut=CUT, forbidden=forbidden).tolist()


def reference(records, pairs):
    """Join the two clusters of the highest mean, the smallest first, until none is above the cut."""
    clusters = {record: [record] for record in range(records)}

    def between(one, other):
        crossing = [(min(a, b), max(a, b)) for a in clusters[one] for b in clusters[other]]
        if not any(pair in pairs for pair in crossing) or any(pairs.get(pair, (0, False))[1] for pair in crossing):
            return None
        return sum(pairs.get(pair, (UNKNOWN, False))[0] for pair in crossing) // len(crossing)

    while True:
        names = sorted(clusters)
        offers = [
            (-mean, one, other)
            for at, one in enumerate(names)
            for other in names[at + 1 :]
            if (mean := between(one, other)) is not None and mean > CUT
        ]
        if not offers:
            break
        _, one, other = min(offers)
        clusters[one] += clusters.pop(other)
    return [next(name for name, members in clusters.items() if record in members) for record in range(records)]


@given(GRAPHS)
@settings(max_examples=size(100), deadline=None)
def test_the_compiled_contraction_agrees_with_the_plain_one(graph):
    records, pairs = graph

    assert contracted(records, pairs) == reference(records, pairs)


@given(GRAPHS, st.randoms())
@settings(max_examples=size(50), deadline=None)
def test_the_order_of_pairs_makes_no_difference(graph, random):
    records, pairs = graph
    order = list(range(len(pairs)))
    random.shuffle(order)

    assert contracted(records, pairs, order) == contracted(records, pairs)


@given(GRAPHS)
@settings(max_examples=size(50), deadline=None)
def test_a_forbidden_pair_is_never_in_one_cluster(graph):
    records, pairs = graph
    clusters = contracted(records, pairs)

    assert not [pair for pair, (_, forbidden) in pairs.items() if forbidden and clusters[pair[0]] == clusters[pair[1]]]


def test_a_chain_of_good_pairs_breaks_where_its_ends_disagree():
    assert contracted(3, {(0, 1): (10, False), (1, 2): (9, False), (0, 2): (-50, False)}) == [0, 0, 2]


@given(GRAPHS)
@settings(max_examples=size(50), deadline=None)
def test_components_are_what_pairs_connect(graph):
    records, pairs = graph
    left, right = (np.array([pair[side] for pair in pairs], np.int32) for side in (0, 1))
    component = connect(records, left, right).tolist()

    assert all(component[one] == component[other] for one, other in pairs)
    assert all(component[name] == name for name in component)
    reached = {name: {name} for name in set(component)}
    for _ in range(records):
        for one, other in pairs:
            for members in reached.values():
                if members & {one, other}:
                    members |= {one, other}
    assert all(record in reached[component[record]] for record in range(records))


def test_a_hub_of_thousands_is_settled_at_once():
    spokes = np.arange(1, 20_000, dtype=np.int32)
    clusters = contract(20_000, np.zeros_like(spokes), spokes, np.full(len(spokes), 5), unknown=-40, cut=0)

    assert np.bincount(clusters).max() == 2


@pytest.mark.parametrize("records", [0, 1, 5])
def test_without_pairs_every_record_is_alone(records):
    nothing = np.zeros(0, np.int32)

    assert contract(records, nothing, nothing, nothing, unknown=0, cut=0).tolist() == list(range(records))


@given(st.integers(2, 9), st.data())
@settings(max_examples=size(40), deadline=None)
def test_records_all_of_whose_pairs_are_likely_are_one_cluster(records, data):
    # Training and clustering rely on it, and do not ask.
    pairs = {
        (one, other): (data.draw(st.integers(CUT + 1, 60)), False)
        for one in range(records)
        for other in range(one + 1, records)
    }

    assert contracted(records, pairs) == [0] * records

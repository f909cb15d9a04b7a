"""However a plan is cut and whoever gets which share: every pair is compared once, as on one machine."""

from collections import Counter, defaultdict
from itertools import combinations, product

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.matching.engine import Plan
from kempt.matching.engines.duckdb import DuckDbEngine
from kempt.matching.kernel.clusters import connect
from kempt.matching.kernel.runs import Scored
from kempt.matching.kernel.weights import NO_CUT
from kempt.matching.shares import cut as cut_module
from kempt.matching.shares.answers import pairs_told
from kempt.matching.shares.cut import ALL, EARLIER, LATER, Places, pair_rows, record_rows
from kempt.matching.shares.recipe import Recipe
from kempt.matching.shares.work import Worker
from tests.matching.plans import MICRO, plan_of
from tests.sizes import size


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cut_module, "LARGE", 5)
    monkeypatch.setattr(cut_module, "GIVEN", 40)


def people(records: int = 120) -> Plan:
    """A hub that is cut, smaller blocks, and pairs that several rules make."""
    chance = np.random.default_rng(5)
    names = ["ann", "anna", "anne", "bo", "bob", "boo", "mia", None]
    texts = {
        "given": [names[at] for at in chance.integers(0, 8, records)],
        "family": [names[at] for at in chance.integers(0, 8, records)],
        "code": [str(at) for at in chance.integers(0, 30, records)],
        "hub": ["hub" if at % 3 else None for at in range(records)],
    }
    comparisons = [
        [{"given": "exact"}, {"given": "jaro_winkler >= 0.8"}, {"given": "swapped with family"}, {}],
        [{"code": "missing"}, {"code": "exact", "family": "exact"}, {}],
    ]
    rules = {"family": 12, "hub": 100, "given family": 100, "code": 4}
    return plan_of(texts, rules, comparisons, [{"code": "differs", "family": "unshared"}])


def rows_of(plan: Plan, places: Places) -> pa.Table:
    """A row per place, as a worker gets them."""
    sent = pa.concat_tables(record_rows(plan, Recipe.of(plan), places, at_once=17))
    lists = sent["places"].combine_chunks()
    placed = sent.drop_columns("places").take(lists.value_parent_indices())
    for name, values in zip(("share", "rule", "side"), lists.flatten().flatten(), strict=True):
        placed = placed.append_column(name, values)
    return placed


def asked(worker: Worker, rows: pa.Table, partitions: int) -> pa.Table:
    """What workers say, each of some shares, whose rows come in small batches and in no order."""
    chance = np.random.default_rng(partitions)
    rows = rows.take(chance.permutation(len(rows)))
    goes_to = rows["share"].to_numpy() * 7 % partitions
    answers = []
    for partition in range(partitions):
        answers += worker.answers(rows.filter(pa.array(goes_to == partition)).to_batches(max_chunksize=11))
    return pa.Table.from_batches(answers)


def met(scored: Scored) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    """The pairs that were met; how many texts were measured depends on the values that a worker has."""
    return scored.met.pairs, scored.met.by_rule, scored.met.alone


@settings(max_examples=size(50), deadline=None)
@given(st.lists(st.integers(1, 24), min_size=1, max_size=6))
def test_every_two_of_a_block_meet_in_one_share_and_no_share_is_large(sizes: list[int]) -> None:
    hubs = [f"hub {at}" for at, count in enumerate(sizes) for _ in range(count)]
    plan = plan_of({"hub": hubs}, {"hub": 20}, [[{"hub": "exact"}, {}]])

    places = Places.of_blocks(plan.blocks)

    shares: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for record, share, side in zip(places.record.tolist(), places.share.tolist(), places.side.tolist(), strict=True):
        shares[share][side].append(record)
    pairs = Counter[tuple[int, int]]()
    for sides in shares.values():
        pairs.update(combinations(sorted(sides[ALL]), 2))
        pairs.update(product(sides[EARLIER], sides[LATER]))
        assert sum(map(len, sides.values())) <= 2 * cut_module.LARGE
    kept = {f"hub {at}" for at, count in enumerate(sizes) if count <= 20}
    assert pairs == Counter(
        pair
        for pair in combinations(range(len(hubs)), 2)
        if len({hubs[r] for r in pair} & kept) == 1 and hubs[pair[0]] == hubs[pair[1]]
    )
    assert places.pairs == pairs.total()


@pytest.mark.parametrize("partitions", [1, 3, 40])
@pytest.mark.parametrize("cut", [NO_CUT, -2 * MICRO])
def test_who_gets_which_share_in_which_order_changes_nothing(partitions: int, cut: int) -> None:
    plan = people()
    expected = DuckDbEngine().score(plan, cut)

    told = asked(Worker(recipe=Recipe.of(plan), cut=cut), rows_of(plan, Places.of_blocks(plan.blocks)), partitions)
    found = pairs_told(told, len(plan.rules))

    assert len(found.left) > 200
    assert plan.blocks.rules[0].blocks_left_out > 0
    for name in ("left", "right", "pattern", "bits", "rules", "broken"):
        assert getattr(found, name).tolist() == getattr(expected, name).tolist()
        assert getattr(found, name).dtype == getattr(expected, name).dtype
    assert met(found) == met(expected)


@pytest.mark.parametrize("partitions", [1, 7])
def test_given_pairs_are_told_in_the_order_in_which_they_were_given(partitions: int) -> None:
    plan = people()
    left, right = np.random.default_rng(3).integers(0, 120, (2, 500)).astype(np.int32)
    expected = DuckDbEngine().score_pairs(plan, left, right)

    pairs, places = pair_rows(left, right)
    rows = pa.concat_tables([rows_of(plan, places), pairs], promote_options="default")
    found = pairs_told(asked(Worker(recipe=Recipe.of(plan), cut=NO_CUT), rows, partitions), 0)

    assert (found.left.tolist(), found.right.tolist()) == (left.tolist(), right.tolist())
    assert (found.pattern.tolist(), found.bits.tolist()) == (expected.pattern.tolist(), expected.bits.tolist())
    assert met(found) == met(expected)


def test_a_forest_says_what_hangs_together_in_fewer_rows_than_there_are_records() -> None:
    plan = people()
    pairs = DuckDbEngine().score(plan, -MICRO)
    worker = Worker(recipe=Recipe.of(plan), cut=-MICRO, forest=True)

    told = asked(worker, rows_of(plan, Places.of_blocks(plan.blocks)), 1)

    edges = told.select(["left", "right"]).drop_null()
    expected = connect(120, pairs.left, pairs.right)
    assert connect(120, edges["left"].to_numpy(), edges["right"].to_numpy()).tolist() == expected.tolist()
    assert len(edges) == 120 - len(np.unique(expected)) < len(pairs.left)


def test_texts_travel_only_where_a_comparator_reads_them() -> None:
    plan = people()

    (sent,) = record_rows(plan, Recipe.of(plan), Places.of_blocks(plan.blocks), at_once=1000)

    types = dict(zip(plan.columns.columns, (sent.schema.field(f"c{at}").type for at in range(4)), strict=True))
    assert types == {"given": pa.string(), "family": pa.string(), "code": pa.int32(), "hub": pa.int32()}


def test_who_meets_nobody_does_not_travel() -> None:
    plan = plan_of({"one": ["a", "b", "a", None, "c", "c"]}, {"one": 2}, [[{"one": "exact"}, {}]])

    (sent,) = record_rows(plan, Recipe.of(plan), Places.of_blocks(plan.blocks), at_once=1000)

    assert sent["record"].to_pylist() == [0, 2, 4, 5]

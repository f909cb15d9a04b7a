"""Records are compared on the engine that the policy of their entity type names."""

from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from kempt.errors import StopRun
from kempt.usecases import match
from tests.matching.factory import SPEC, person, relation, spec
from tests.policies.test_matching_policies import COMPANY

SERVER = "sc://spark.example"


def compared(monkeypatch: pytest.MonkeyPatch, engine: str) -> tuple[list[Any], list[Any]]:
    """The engines that were asked for, each with the server it was told of, and the scored pairs of a few people."""
    asked = []
    chosen = match.engine_named
    # Which files a table of the warehouse lies in is nothing to a database in memory.
    monkeypatch.setattr(match, "gather", lambda lake, names, only="": None)
    monkeypatch.setattr(match, "TableFeed", lambda lake, name: None)
    monkeypatch.setattr(match, "engine_named", lambda name, url: asked.append((name, url)) or chosen(name, url))
    specs = {"person": spec(SPEC.replace("engine: duckdb", f"engine: {engine}")), "company": COMPANY}
    tenant: Any = SimpleNamespace(policies=SimpleNamespace(matching=specs), spark_url=SERVER)
    shared = {"email_canonical": "m@mail.example"}
    rows = [person(f"r{n}", given, "stone", **shared) for n, given in enumerate(("ann", "anna", "bo", None))]
    with duckdb.connect() as lake:
        relation(lake, rows, name="person_features")
        relation(lake, [], entity_type="company", name="company_features")
        match.score_pairs(tenant, lake)
        pairs = lake.execute("select * from person_pair order by left_id, right_id").fetchall()
    monkeypatch.undo()
    return sorted(asked), pairs


def test_each_entity_type_is_compared_on_the_engine_that_its_policy_names(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, pairs = compared(monkeypatch, "recordlinkage")

    assert asked == [("duckdb", SERVER), ("recordlinkage", SERVER)]
    assert len(pairs) == 6
    assert pairs == compared(monkeypatch, "duckdb")[1]


def test_spark_runs_on_the_server_of_the_settings() -> None:
    engine = match.engine_named("spark", "sc://127.0.0.1:1")

    with pytest.raises(StopRun, match=r"no Spark Connect server answers at 127\.0\.0\.1:1 "):
        engine.session  # noqa: B018, opens it

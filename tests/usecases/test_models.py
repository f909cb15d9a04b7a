"""A new model of a tenant waits until somebody approves it."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from kempt.errors import StopRun
from kempt.matching.artifact import Artifact
from kempt.matching.engines.duckdb import DuckDbEngine
from kempt.matching.rescore import Rescored, rescore
from kempt.usecases import models
from kempt.usecases.models import (
    approve_model,
    compare_models,
    learn_candidates,
    list_models,
    model_artifact,
    reject_model,
    waiting_model,
)
from tests.matching.factory import SPEC, person, relation, spec

OF = spec()
SPECS: models.Specs = {"person": OF}
FEATURES = "person_features"


@pytest.fixture
def lake() -> Iterator[duckdb.DuckDBPyConnection]:
    """Records whose model is a day old: a telephone number has since come under three names."""
    with duckdb.connect(config={"threads": 1}) as opened:
        rows = [person(f"r{n}", f"name{n}", f"stone{n}", phone=f"+1555010{n % 7}") for n in range(12)]
        relation(opened, rows, name=FEATURES)
        run(opened)
        more = [person(f"s{n}", "bo", f"hill{n}", phone="+15550100") for n in range(3)]
        relation(opened, [*rows, *more], name=FEATURES)
        yield opened


def run(lake: duckdb.DuckDBPyConnection, of: Any = OF) -> Rescored:
    return rescore(lake, of, FEATURES, DuckDbEngine())


def states(lake: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    return {each.state: each for each in list_models(lake)}


def candidate(lake: duckdb.DuckDBPyConnection) -> str:
    learn_candidates(SPECS, lake)
    return str(states(lake)["candidate"].version)


def test_a_candidate_is_used_by_nobody(lake: duckdb.DuckDBPyConnection) -> None:
    new = candidate(lake)

    used = run(lake).model

    assert used == states(lake)["in force"].version != new
    assert states(lake)["candidate"].generic_values == states(lake)["in force"].generic_values + 1


def test_what_a_candidate_counted_otherwise_is_told_without_values(lake: duckdb.DuckDBPyConnection) -> None:
    differs = {row["of_column"]: row for row in compare_models(lake, candidate(lake)[:12])}

    assert (differs["phone"]["more_generic"], differs["phone"]["less_generic"]) == (1, 0)
    assert (differs["family_key"]["new_values"], differs["family_key"]["lost_values"]) == (3, 0)


def test_an_approved_candidate_is_what_the_next_run_compares_by(lake: duckdb.DuckDBPyConnection) -> None:
    new = candidate(lake)
    waiting = waiting_model(lake, OF)

    found = approve_model(SPECS, lake, new[:10])

    assert waiting is not None
    assert (found.state, found.version, waiting.version) == ("in force", new, new)
    assert list(states(lake)) == ["in force"]
    compared = run(lake)
    assert (compared.scope, compared.model) == ("everything", new)
    assert run(lake).scope == "nothing"
    with pytest.raises(StopRun, match="in force already"):
        approve_model(SPECS, lake, new)


def test_a_rejected_candidate_is_gone_and_the_model_in_force_stays(lake: duckdb.DuckDBPyConnection) -> None:
    before, new = states(lake)["in force"], candidate(lake)

    reject_model(lake, new)

    assert states(lake) == {"in force": before}
    with pytest.raises(StopRun, match="there is no one model"):
        approve_model(SPECS, lake, new)
    with pytest.raises(StopRun, match="cannot be rejected"):
        reject_model(lake, before.version)


def test_a_model_that_fails_is_refused_with_the_reason(
    lake: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = states(lake)["in force"]
    monkeypatch.setattr(models, "LEAST_SHARE", 5.0)
    monkeypatch.setattr(models, "FEW", 1)

    learn_candidates(SPECS, lake)

    refused = states(lake)["refused"]
    assert "records seem to be missing" in refused.refused[0]
    assert "of the records with phone have a value that it takes for generic" in refused.refused[1]
    with pytest.raises(StopRun, match="was refused: it counted"):
        approve_model(SPECS, lake, refused.version)
    assert states(lake)["in force"] == before
    assert waiting_model(lake, OF) is None


def test_a_candidate_of_yesterdays_policy_cannot_be_approved(lake: duckdb.DuckDBPyConnection) -> None:
    new = candidate(lake)
    today = spec(SPEC.replace("more_than: 2", "more_than: 3"))

    assert waiting_model(lake, today) is None
    with pytest.raises(StopRun, match="learned by another policy"):
        approve_model({"person": today}, lake, new)


def test_learning_again_what_is_in_force_offers_nothing(lake: duckdb.DuckDBPyConnection) -> None:
    approve_model(SPECS, lake, candidate(lake))

    learn_candidates(SPECS, lake)

    assert states(lake)["refused"].refused == ("it is the same as the model in force",)


def test_without_a_first_run_there_is_no_model(tmp_path: Any) -> None:
    with duckdb.connect() as empty:
        assert list(list_models(empty)) == []
        with pytest.raises(StopRun, match="`kempt run` learns the first"):
            learn_candidates(SPECS, empty)


def test_a_model_is_a_file_like_any_other(lake: duckdb.DuckDBPyConnection, tmp_path: Any) -> None:
    new = candidate(lake)

    model_artifact(SPECS, lake, new).write(tmp_path / "model.json")

    found = Artifact.read(tmp_path / "model.json")
    assert (found.kind, found.report["model"], found.report["state"]) == ("person", new, "candidate")
    assert found.content["spec"]["entity_type"] == "person"
    assert set(found.table.column("what").to_pylist()) == {"generic", "value"}

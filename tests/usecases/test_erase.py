"""A record that is erased is gone from everywhere, does not come back, and everything still adds up."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from kempt.agents.actors import Actor, Unmasking
from kempt.errors import SkipRecord, StopRun
from kempt.extracts.landed import read_manifest
from kempt.ledger.verify import verify
from kempt.usecases.erase import Erasure, erase_record, plan_erasure
from kempt.usecases.review import review_item
from kempt.usecases.values import show
from kempt.warehouse.connection import open_lake
from tests.factory import CRM, LENE, MONDAY, SHOP, TUESDAY, WEDNESDAY, Desk, Run, person

MARIE, OTTO = "c1", "c2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """A desk on which Marie's and Otto's records of the CRM were erased on Tuesday; on Wednesday both came again."""

    desk: Desk
    planned: Erasure
    done: dict[str, Erasure]
    records: dict[str, str]
    question: str
    """The proposal on the two Ottos."""
    counts: dict[str, dict[str, int]]
    """How the CRM's extracts add up: before, and after."""
    again: Run
    landed_again: dict[str, int]


@pytest.fixture(scope="module")
def erased(open_desk: Callable[[], Desk]) -> Erased:
    desk = open_desk()
    desk.drop("crm", MONDAY, CRM)
    desk.drop("shop", MONDAY, SHOP)
    desk.land(MONDAY)
    desk.run()
    desk.drop("crm", TUESDAY, [CRM[0] | {"title": "Head"}, *CRM[1:], person("", given="Nobody")])
    desk.land(TUESDAY)
    (question,) = desk.questions().values()
    records = {key: desk.lake("select record_id from contact where source_key = ?", key)[0][0] for key in (MARIE, OTTO)}
    before = counts(desk)
    with open_lake(desk.tenant.lake) as lake:
        planned = plan_erasure(desk.tenant, lake, records[MARIE][:8], now=desk.tick())
        done = {
            key: erase_record(desk.tenant, lake, record, by="ines", reason="asked us to", now=desk.tick())
            for key, record in records.items()
        }
    after = counts(desk)
    desk.drop("crm", WEDNESDAY, CRM)
    landed = desk.land(WEDNESDAY)["crm"].counts
    return Erased(
        desk=desk, planned=planned, done=done, records=records, question=question,
        counts={"before": before, "after": after}, again=desk.run(), landed_again=dict(landed),
    )  # fmt: skip


def counts(desk: Desk) -> dict[str, int]:
    """By day: rows, new, changed, unchanged, quarantined, erased."""
    rows = desk.sql(
        "select day::text, array[rows, new, changed, unchanged, quarantined, erased] from kempt.extract "
        "where source = 'crm' order by day"
    )
    return dict(rows)


def test_a_plan_says_what_lies_where_and_takes_nothing(erased: Erased) -> None:
    raw = erased.planned.held["raw"]

    assert erased.planned.held == erased.done[MARIE].held
    assert [Path(name).parts[:3] for name in raw] == [(erased.desk.name, "crm", day) for day in (MONDAY, TUESDAY)]
    assert {"standardized_contact", "person_features", "person_cell", "person_pair"} <= erased.planned.held[
        "lake"
    ].keys()
    assert erased.planned.held["vault"] == {"kempt.record_version": 1, "kempt.record_key": 1}
    assert erased.planned.left == {"drop": {f"crm/{day}/people.csv": 1 for day in (MONDAY, TUESDAY)}}


def test_every_row_of_an_extract_is_accounted_for(erased: Erased) -> None:
    assert erased.counts["before"] == {MONDAY: [4, 4, 0, 0, 0, 0], TUESDAY: [5, 0, 1, 3, 1, 0]}
    assert erased.counts["after"] == {MONDAY: [4, 2, 0, 0, 0, 2], TUESDAY: [5, 0, 0, 2, 1, 2]}
    manifests = [read_manifest(path) for path in sorted((erased.desk.settings.raw / erased.desk.name).rglob("*.json"))]
    assert [each.counts.erased for each in manifests if each and each.source == "crm"] == [2, 2, 2]


def test_a_record_that_comes_again_is_left_out_and_counted(erased: Erased) -> None:
    assert {name: erased.landed_again[name] for name in ("rows", "unchanged", "erased")} == {
        "rows": 4, "unchanged": 2, "erased": 2,
    }  # fmt: skip
    assert erased.desk.lake("select source_key from contact where source = 'crm' order by 1") == [("c3",), ("c4",)]
    assert erased.desk.status().raw == erased.desk.status().canonical + erased.desk.status().quarantined


def test_nothing_of_it_is_left_in_any_file_or_table(erased: Erased) -> None:
    with open_lake(erased.desk.tenant.lake) as lake:
        for key, record in erased.records.items():
            tables = lake.execute(
                "select distinct table_name from duckdb_columns() where database_name = 'lake' "
                "and column_name in ('record_id', 'left_id', 'right_id')"
            ).fetchall()
            for (table,) in tables:
                query = f'select count(*) from "{table}" t where t::varchar like ?'
                assert lake.execute(query, [f"%{record}%"]).fetchall() == [(0,)], (key, table)
        with pytest.raises(StopRun, match="erased already"):
            plan_erasure(erased.desk.tenant, lake, erased.records[MARIE], now=erased.desk.tick())


def test_the_other_record_of_the_person_stays_as_it_was(erased: Erased) -> None:
    golden = erased.desk.golden("shop", "s1")

    assert golden["full_name"] == "Marie Quendel"
    assert {
        cell.record_id
        for cell in show(erased.desk.tenant, erased.desk.entity_of("shop", "s1"), now=erased.desk.tick()).cells
    } == {erased.desk.lake("select record_id from contact where source_key = 's1'")[0][0]}


def test_evidence_about_it_never_opens_again_and_the_question_is_taken_back(erased: Erased) -> None:
    with pytest.raises(SkipRecord, match="erased"):
        review_item(erased.desk.tenant, erased.question, now=erased.desk.tick())
    assert dict(erased.desk.state()["review"])[erased.question] == "superseded"
    with pytest.raises(StopRun, match="no entity or record|erased"):
        show(erased.desk.tenant, erased.records[MARIE], now=erased.desk.tick())


def test_the_ledger_says_what_was_done_in_counts_alone(erased: Erased) -> None:
    rows = erased.desk.sql("select type, body::jsonb from ledger.event where type like 'record_eras%%' order by seq")
    told = [(kind, body["rows"], body.get("left")) for kind, body in rows if body["record_id"] == erased.records[MARIE]]

    assert told == [
        ("record_erasure_requested.v1", erased.planned.rows, None),
        ("record_erased.v1", erased.planned.rows, {"drop": 2}),
    ]
    assert "asked us to" not in str(rows)
    with erased.desk.tenant.database.transaction(erased.desk.name) as connection:
        assert verify(connection, erased.desk.name).ok


def test_an_erasure_needs_a_reason(erased: Erased) -> None:
    with open_lake(erased.desk.tenant.lake) as lake, pytest.raises(StopRun, match="Why"):
        erase_record(erased.desk.tenant, lake, "c", by="ines", reason=" ", now=erased.desk.tick())


def test_values_are_masked_until_somebody_says_why(erased: Erased) -> None:
    desk, entity = erased.desk, erased.desk.entity_of("crm", "c3")
    unmask = Unmasking(by=Actor(name="ines", role="steward"), purpose="she called us")

    masked = {cell.attribute: cell.value for cell in show(desk.tenant, entity, now=desk.tick()).cells}
    whole = {cell.attribute: cell.value for cell in show(desk.tenant, entity, now=desk.tick(), unmask=unmask).cells}

    assert masked["email"] == "l•••@h••••••••.e••••••"
    assert whole == desk.golden("crm", "c3")
    ((body,),) = desk.sql("select body::jsonb from ledger.event where type = 'values_unmasked.v1'")
    assert (body["by"], body["role"], body["purpose"], body["fields"]) == (
        "ines", "steward", "she called us", sorted(whole),
    )  # fmt: skip
    assert LENE["mail"] not in str(body)


@pytest.mark.parametrize(("role", "purpose"), [("analyst", "why not"), ("steward", " ")])
def test_who_has_no_role_or_no_purpose_sees_nothing(role: str, purpose: str) -> None:
    with pytest.raises(StopRun):
        Unmasking(by=Actor(name="ines", role=role), purpose=purpose)  # type: ignore[arg-type]

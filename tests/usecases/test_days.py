"""One tenant, day by day: what arrives is accounted for, what did not change changes nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from kempt.usecases.apply_decided import Applied
from kempt.usecases.land import SourceOutcome
from kempt.usecases.review import carry_to_review, review_item
from kempt.usecases.status import Status
from tests.factory import ARNE, CRM, LENE, MARIE, MONDAY, SHOP, THURSDAY, TUESDAY, UNMASK, WEDNESDAY, Desk, Run, person


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """How everything stood at the end of a run."""

    landed: dict[str, SourceOutcome]
    run: Run
    status: Status
    state: dict[str, list[tuple[Any, ...]]]

    def entities(self) -> dict[str, str]:
        return dict(self.state["memberships"])

    def digests(self) -> dict[str, str]:
        return dict(self.state["golden"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """A week of runs, and the desk as the last one left it."""

    desk: Desk
    monday: Day
    landed_again: dict[str, SourceOutcome]
    tuesday: Day
    wednesday: Day
    thursday: Day
    records: dict[str, str]
    """Record ids by source key, as of Monday."""


@pytest.fixture(scope="module")
def days(open_desk: Callable[[], Desk]) -> Days:
    """Tuesday repeats Monday; Wednesday changes two rows, one badly; Thursday mends it and makes Marie a Knut."""
    desk = open_desk()
    changed = (
        *CRM[:2],
        person("c3", **LENE | {"title": "Head of Purchasing"}),
        person("c4", **ARNE, born="31.12.2099"),
    )
    mended = (*changed[:3], person("c4", **ARNE, born="31.12.1979"))
    monday = _day(desk, MONDAY, CRM, whole=True)
    records = dict(desk.lake("select source_key, record_id from contact"))
    return Days(
        desk=desk, monday=monday, records=records, landed_again=desk.land(MONDAY),
        tuesday=_day(desk, TUESDAY, CRM, whole=True), wednesday=_day(desk, WEDNESDAY, changed),
        thursday=_day(desk, THURSDAY, mended, shop=(person("s1", **MARIE | {"given": "Knut"}), SHOP[1])),
    )  # fmt: skip


def _day(
    desk: Desk,
    day: str,
    crm: tuple[dict[str, str], ...],
    *,
    shop: tuple[dict[str, str], ...] = SHOP,
    whole: bool = False,
) -> Day:
    desk.drop("crm", day, crm)
    desk.drop("shop", day, shop)
    return Day(landed=desk.land(day), run=desk.run(whole=whole), status=desk.status(), state=desk.state())


def test_every_row_of_a_landing_is_accounted_for(days: Days) -> None:
    for day in (days.monday, days.tuesday, days.wednesday, days.thursday):
        for outcome in day.landed.values():
            counts = outcome.counts
            parts = ("new", "changed", "unchanged", "quarantined")

            assert outcome.status == "landed"
            assert counts["rows"] == sum(counts[part] for part in parts) > 0

    assert days.monday.landed["crm"].counts["new"] == 4
    assert days.tuesday.landed["crm"].counts["unchanged"] == 4
    assert days.wednesday.landed["crm"].counts["changed"] == 2


def test_the_same_file_again_lands_nothing(days: Days) -> None:
    assert [outcome.known for outcome in days.landed_again.values()] == [True, True]
    assert len(days.monday.state["extracts"]) == 2
    assert len(days.tuesday.state["extracts"]) == 4


def test_the_first_run_makes_one_entity_of_a_sure_pair_and_a_question_of_a_doubtful_one(days: Days) -> None:
    run, status = days.monday.run, days.monday.status

    assert (run.clustered.records, run.clustered.merges, run.clustered.questions) == (6, 1, {"doubt": 1})
    assert (run.identified.minted, run.composed.golden_records) == (5, 5)
    assert (status.entities, status.clusters, status.duplicates, status.pending_review) == (5, 1, 1, 1)


def test_every_record_is_somewhere_on_its_way(days: Days) -> None:
    monday, wednesday = days.monday.status.dedup, days.wednesday.status.dedup

    # Marie is merged, the two Ottos are asked about; on Wednesday Arne waits in quarantine.
    expected = {"raw": 0, "quarantined": 0, "normalized": 2, "candidate_merged": 2, "merged": 2, "erased": 0}
    assert monday == expected
    assert wednesday == expected | {"quarantined": 1, "normalized": 1}


def test_a_run_on_unchanged_rows_changes_nothing(days: Days) -> None:
    run = days.tuesday.run

    assert _without_extracts(days.tuesday) == _without_extracts(days.monday)
    assert days.tuesday.status.events == days.monday.status.events
    assert (run.composed.changed, run.identified.proposals_by_verdict) == (0, {})
    assert run.applied == Applied(values=0, flags=0, merges=0, golden_records_changed=0)


def _without_extracts(day: Day) -> dict[str, list[tuple[Any, ...]]]:
    return {name: rows for name, rows in day.state.items() if name != "extracts"}


def test_a_changed_row_changes_its_own_golden_record_only(days: Days) -> None:
    before, after = days.tuesday.digests(), days.wednesday.digests()
    lene, arne = (days.tuesday.entities()[days.records[key]] for key in ("c3", "c4"))

    assert {name for name in before if after.get(name) != before[name]} == {lene, arne}
    assert after.keys() == before.keys() - {arne}
    assert days.desk.golden("crm", "c3")["job_title"] == "Head of Purchasing"


def test_a_bad_row_is_kept_out_and_comes_back_mended_as_who_it_was(days: Days) -> None:
    arne = days.records["c4"]

    assert days.wednesday.run.gated.quarantined_by_rule == {"birth_date_possible": 1}
    assert days.wednesday.status.quarantined == 1
    assert arne not in days.wednesday.entities()
    assert days.thursday.status.quarantined == 0
    assert days.thursday.entities()[arne] == days.monday.entities()[arne]
    assert days.thursday.run.identified.revived == 1


def test_a_merge_that_became_doubtful_is_asked_with_its_records_side_by_side(days: Days) -> None:
    marie, knut = days.records["c1"], days.records["s1"]
    shown = review_item(
        days.desk.tenant, days.desk.questions()[frozenset({"c1", "s1"})], now=days.desk.tick(), unmask=UNMASK
    )
    names = next(row for row in shown["evidence"].get("records", ()) if row["field"] == "full_name")

    assert days.wednesday.entities()[marie] == days.wednesday.entities()[knut]
    assert days.thursday.entities()[marie] != days.thursday.entities()[knut]
    assert {names["left"], names["right"]} == {"Marie Quendel", "Knut Quendel"}


def test_raw_is_canonical_and_quarantined_on_every_day(days: Days) -> None:
    for day in (days.monday, days.tuesday, days.wednesday, days.thursday):
        status = day.status

        assert status.raw == status.canonical + status.quarantined == 6
        assert status.canonical == status.entities + status.duplicates
        assert status.ledger_ok


def test_carrying_again_carries_nothing(days: Days) -> None:
    before = days.desk.state()

    assert carry_to_review(days.desk.tenant, now=days.desk.tick()) == 0
    assert days.desk.state() == before


def test_no_event_holds_a_value_of_a_person(days: Days) -> None:
    values = {value for row in (*CRM, *SHOP) for value in row.values() if len(value) > 2}
    bodies = [body for (body,) in days.desk.sql("select body from ledger.event")]

    assert len(bodies) > 10
    assert not [value for value in values for body in bodies if value.casefold() in body.casefold()]


def test_no_table_of_the_database_shows_a_value_of_a_person(days: Days) -> None:
    values = ("quendel", "zirbelwald", "haferkorn", "distelfink", "lindengasse", "23125001")
    tables = ("proposal", "decision", "review_item", "golden_record", "claim", "extract", "command", "entity")

    for table in tables:
        rows = " ".join(text for (text,) in days.desk.sql(f"select t::text from kempt.{table} as t")).casefold()
        assert not [value for value in values if value in rows], table


def test_features_are_those_of_all_records_though_those_of_changed_ones_were_written(days: Days) -> None:
    columns = "record_id, source, given_key, family_key, phone, email_canonical, birth_date, job_title, postal_code"
    people = f"select {columns} from contact union all select {columns} from lead"
    files = "select file_count from ducklake_table_info('lake') where table_name = 'person_features'"

    assert days.desk.lake(f"select {columns} from person_features order by all") == days.desk.lake(
        f"from ({people}) order by all"
    )
    assert days.desk.lake(files)[0][0] > 1

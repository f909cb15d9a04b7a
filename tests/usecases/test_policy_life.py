"""A policy version is published, tried, activated and taken back; and what is applied alone can be stopped."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kempt.errors import Retry, StopRun
from kempt.ids import digest
from kempt.ledger.verify import verify
from kempt.usecases import policy_life
from kempt.usecases.assign_identity import assign_identity
from kempt.usecases.cluster import cluster_records
from kempt.usecases.compose import compose_golden
from kempt.usecases.match import score_pairs
from kempt.usecases.policy_audit import audits, budget_state, label_audit
from kempt.usecases.policy_backtest import backtest
from kempt.usecases.policy_drift import check_drift
from kempt.usecases.policy_explain import explain_decision, repeat_decisions
from kempt.usecases.policy_life import By
from kempt.usecases.policy_named import policies_named
from kempt.usecases.policy_shadow import shadow_report
from kempt.usecases.policy_switch import switch
from kempt.usecases.policy_versions import history, in_force, versions
from kempt.usecases.review import carry_to_review, review_items
from kempt.usecases.tenancy import Tenants
from kempt.warehouse.connection import open_lake
from tests.factory import CRM, MARIE, MONDAY, ROOT, SHOP, Desk, person
from tests.sizes import size

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CAUTIOUS = (
    "min_confidence: 0.97, max_cluster_size: 8}",
    "min_confidence: 0.97, max_cluster_size: 8, same_source: true}",
)
SUPPRESSED = (
    "unusable:\n",
    "unusable:\n  - columns: [email_canonical, email_local, phone]\n"
    "    values: [marie.quendel@quendel.example, marie.quendel, '+493023125001']\n"
    "    why: A mailbox and a number of the tests that say nothing.\n",
)
SLOPPY = ("min_confidence: 0.97, max_cluster_size: 8}", "min_confidence: 0.9, max_cluster_size: 8}")
# Every change is drawn for audit, and one fault is enough, so that few records show what many would.
LOOKED_AT = ("audit_applied: 0.02", "audit_applied: 1.0"), ("wrong: 3", "wrong: 1")


def by(minute: int = 0, author: str = "ada", reason: str = "asked for by the stewards") -> By:
    return By(author=author, reason=reason, now=NOW + timedelta(minutes=minute))


@pytest.fixture(scope="module")
def desk(open_desk: Callable[[], Desk]) -> Desk:
    """A tenant with a day behind it. It was stopped meanwhile, so that Marie's two records were not merged."""
    desk = open_desk()
    own(desk, "budget.yaml", *LOOKED_AT)
    desk.drop("crm", MONDAY, [person("c1", **MARIE, title="Buyer"), *CRM[1:]])
    desk.drop("shop", MONDAY, [person("s1", **MARIE, title="Head of Purchasing"), *SHOP[1:]])
    switch(desk.tenant, by(), stop=True)
    desk.land(MONDAY)
    desk.canonical()
    desk.identify()
    return desk


def tenants(desk: Desk) -> Tenants:
    return Tenants(desk.settings)


def own(desk: Desk, file: str, *edits: tuple[str, str], folder: Path | None = None) -> Path:
    """The tenant's own file: the project's with some words replaced."""
    folder = folder or desk.settings.home / "policies" / desk.name
    text = (ROOT / "policies" / file).read_text()
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(text)
    return folder


@pytest.fixture
def cautious(desk: Desk, tmp_path: Path) -> Path:
    """Policies that merge people of one source alone; the cases follow."""
    own(desk, "budget.yaml", *LOOKED_AT, folder=tmp_path)
    cases = (
        (
            "confidence: 0.97, cluster_size: 2, same_source: false",
            "confidence: 0.97, cluster_size: 2, same_source: true",
        ),
    )
    own(desk, "tests/autonomy.yaml", *cases, folder=tmp_path)
    return own(desk, "autonomy.yaml", CAUTIOUS, folder=tmp_path)


BOUNDED = "    consistency: bounded\n    within_days: 365\n"


def digests(desk: Desk) -> dict[str, str]:
    """Every table of the tenant's database, by the digest of its rows."""
    with desk.tenant.database.transaction(desk.name) as connection:
        tables = connection.execute(
            "select schemaname || '.' || tablename from pg_tables where schemaname in ('kempt', 'ledger') "
            "and has_table_privilege(schemaname || '.' || tablename, 'select') order by 1"
        ).fetchall()
        return {
            name: digest(str(connection.execute(f"select t::text from {name} t order by 1").fetchall()))
            for (name,) in tables
        }


def written_by_a_run(desk: Desk) -> set[str]:
    """The tables that differ after identity was assigned once more."""
    before = digests(desk)
    with open_lake(desk.tenant.lake) as lake:
        assign_identity(desk.tenant, lake, now=NOW)
    after = digests(desk)
    return {name for name in before if before[name] != after[name]}


def test_a_stopped_tenant_merges_nothing_and_parts_nothing_and_goes_on_when_resumed(desk: Desk) -> None:
    assert not switch(desk.tenant, by(1), stop=True).changed
    assert desk.entity_of("crm", "c1") != desk.entity_of("shop", "s1")
    assert desk.sql("select reasons from kempt.decision where 'budget-stopped' = any(reasons)") == [
        (["clustering-policy", "budget-stopped"],)
    ]

    switch(desk.tenant, by(2), stop=False)
    with open_lake(desk.tenant.lake) as lake:
        cluster_records(desk.tenant, lake)
        switch(desk.tenant, by(3), stop=True)
        with pytest.raises(Retry, match="applying was stopped while this run clustered"):
            assign_identity(desk.tenant, lake, now=desk.tick())
        switch(desk.tenant, by(4), stop=False)
        assign_identity(desk.tenant, lake, now=desk.tick())
        merged = desk.entity_of("crm", "c1")
        assert desk.entity_of("shop", "s1") == merged

        switch(desk.tenant, by(5), stop=True)
        lake.execute("update match_state set settled_by = null")
        cluster_records(desk.tenant, lake)
        assign_identity(desk.tenant, lake, now=desk.tick())
        compose_golden(desk.tenant, lake, now=desk.tick())
    switch(desk.tenant, by(6), stop=False)
    assert desk.entity_of("shop", "s1") == desk.entity_of("crm", "c1") == merged


def test_without_an_activation_the_files_decide_and_the_state_says_so(desk: Desk) -> None:
    with desk.tenant.database.transaction(desk.name) as connection:
        assert in_force(connection).active is None
        assert {row["state"] for row in versions(connection)} == {"files"}


def test_a_decision_says_what_fired_what_lost_and_comes_out_the_same_again(desk: Desk) -> None:
    ((merge,),) = desk.sql("select proposal_id::text from kempt.decision where verdict = 'apply'")

    told = explain_decision(desk.tenant, merge)

    assert told["reasons"] == ["merge-near-certain-people"]
    assert (told["agent"], told["again"]) == ("matcher", True)
    assert all(told[name] for name in ("policy_set", "protection", "model", "code", "input_digest", "segment"))
    count, otherwise = repeat_decisions(desk.tenant, size(1000))
    assert (count >= 2, otherwise) == (True, [])


def test_what_is_refused_at_publish_says_where_and_why(desk: Desk, tmp_path: Path) -> None:
    folder = own(desk, "autonomy.yaml", SLOPPY, folder=tmp_path)

    with pytest.raises(
        StopRun, match=r"autonomy\.yaml:8: rule 'merge-near-certain-people' is looser than the guard-rail"
    ):
        policy_life.publish(tenants(desk), desk.name, folder, by())

    with desk.tenant.database.transaction(desk.name) as connection:
        assert {row["state"] for row in versions(connection)} == {"files"}


def test_a_shadow_decides_along_and_writes_to_its_own_tables_alone(desk: Desk, cautious: Path) -> None:
    published = policy_life.publish(tenants(desk), desk.name, cautious, by(11))
    assert (published.state, published.sections) == ("draft", ("autonomy",))

    alone = written_by_a_run(desk)
    policy_life.shadow(tenants(desk), desk.name, published.version[:10], by(12))
    beside = written_by_a_run(desk)

    assert alone == {"kempt.identity_run"}
    assert beside - alone == {"kempt.shadow_decision", "kempt.shadow_seen"}
    with desk.tenant.database.transaction(desk.name) as connection:
        report, runs = shadow_report(connection, published.version, desk.tenant.policies.version)
    assert (runs, report.merges_lost, dict(report.verdicts)) == (1, 1, {"merge: apply -> review": 1})
    assert report.by_rule["merge-near-certain-people"] == {"no longer apply": 1}


def test_a_backtest_tells_the_difference_and_writes_nothing(desk: Desk, cautious: Path) -> None:
    own(
        desk,
        "survivorship/person.yaml",
        (
            f"[override, recency, source_trust]\n{BOUNDED}    why: Titles",
            f"[override, longest]\n{BOUNDED}    why: Titles",
        ),
        folder=cautious,
    )
    candidate = policies_named(tenants(desk), desk.tenant, str(cautious))
    before = digests(desk)

    report = backtest(desk.tenant, candidate)

    assert digests(desk) == before
    assert (report.merges_lost, report.merges_gained) == (1, 0)
    assert len(report.cases["merge-near-certain-people"]) == 1
    assert report.review_load == report.review_load_before + 1
    assert report.values["person.job_title"] == {"changed": 1, "entities": [desk.entity_of("crm", "c1")]}
    assert report.values["changed"] == 1 < report.values["cells"]
    assert backtest(desk.tenant, candidate, since=datetime.now(UTC) + timedelta(days=1)).looked_at == 0


def test_what_changes_too_much_needs_force_and_a_name_and_can_be_taken_back(desk: Desk, cautious: Path) -> None:
    version = policy_life.publish(tenants(desk), desk.name, cautious, by(13)).version
    with pytest.raises(StopRun, match=r"(?s)not activated.*verdicts_changed.*shadow: "):
        policy_life.activate(tenants(desk), desk.name, version, by(14))
    began = desk.tenant

    forced = policy_life.activate(tenants(desk), desk.name, version, by(15), force=True)

    assert forced.forced_over
    assert desk.tenant.policies.version == version
    assert began.policies.version != version, "a run keeps what it began with"
    with desk.tenant.database.transaction(desk.name) as connection:
        assert [(row["state"], row["forced"]) for row in history(connection, version)][-1] == ("active", True)
    policy_life.rollback(tenants(desk), desk.name, by(16))
    assert desk.tenant.policies.version == began.policies.version
    assert verify_ledger(desk) == 10
    with pytest.raises(StopRun, match="name and a reason"):
        by(reason="")


def test_a_canary_decides_for_its_share_alone(desk: Desk, cautious: Path) -> None:
    version = policy_life.publish(tenants(desk), desk.name, cautious, by(17)).version
    policy_life.activate(tenants(desk), desk.name, version, by(18), share=0.3, force=True)
    decides = desk.tenant.decides

    subjects = [f"record-{n}" for n in range(2000)]
    assert decides.canary is not None
    candidate = decides.canary.policies
    tried = [decides.policies_of([subject, "z"]) is candidate for subject in subjects]

    assert 0.25 < sum(tried) / len(tried) < 0.35
    assert tried == [decides.policies_of(["z", subject]) is candidate for subject in subjects]
    assert candidate.version == version
    policy_life.rollback(tenants(desk), desk.name, by(19))
    assert desk.tenant.decides.canary is None


def test_a_faulty_segment_stops_itself_and_audits_change_nothing_else(desk: Desk) -> None:
    drawn = [row for row in audits(desk.tenant) if row["kind"] == "merge"]
    before = desk.state()

    done = label_audit(desk.tenant, drawn[0]["proposal_id"], "wrong", steward="ines", now=desk.tick())

    assert done.stopped
    assert desk.state() == before
    (state,) = (row for row in budget_state(desk.tenant, now=desk.tick()) if row["segment"] == drawn[0]["segment"])
    assert (state["wrong"], state["audited"], state["may_apply"]) == (1, 1, 0)
    assert state["bound_by"] == "budget-stopped"
    with pytest.raises(StopRun, match="audited already"):
        label_audit(desk.tenant, drawn[0]["proposal_id"], "right", steward="ines", now=desk.tick())


def recluster(desk: Desk) -> None:
    """What a run does with the same records under the policy of now."""
    with open_lake(desk.tenant.lake) as lake:
        score_pairs(desk.tenant, lake)
        cluster_records(desk.tenant, lake)
        assign_identity(desk.tenant, lake, now=desk.tick())
    carry_to_review(desk.tenant, now=desk.tick())


def asked_whether_it_stands(desk: Desk, keys: frozenset[str]) -> str:
    """The question about a merge that only stands; it says so, and comes out the same again."""
    proposal = desk.questions()[keys]
    (item,) = (each for each in review_items(desk.tenant, kind="merge") if each["proposal_id"] == proposal)
    assert item["reasons"][0] == "clustering-stands"
    assert explain_decision(desk.tenant, proposal)["again"]
    return proposal


def test_a_suppressed_value_parts_nothing_before_a_steward_says_so(desk: Desk, tmp_path: Path) -> None:
    """What Marie's records have in common is worth nothing for a while."""
    merged, marie = desk.entity_of("crm", "c1"), frozenset({"c1", "s1"})
    own(desk, "budget.yaml", *LOOKED_AT, folder=tmp_path)
    plain = policy_life.publish(tenants(desk), desk.name, tmp_path, by(22)).version
    own(desk, "matching/person.yaml", SUPPRESSED, folder=tmp_path)
    suppressing = policy_life.publish(tenants(desk), desk.name, tmp_path, by(23)).version

    def activate(version: str, minute: int) -> None:
        policy_life.activate(tenants(desk), desk.name, version, by(minute), force=True)
        recluster(desk)

    activate(plain, 24)
    assert marie not in desk.questions()
    activate(suppressing, 25)
    recluster(desk)
    assert desk.entity_of("shop", "s1") == desk.entity_of("crm", "c1") == merged
    asked_whether_it_stands(desk, marie)

    policy_life.rollback(tenants(desk), desk.name, by(26))
    recluster(desk)
    assert marie not in desk.questions()
    assert desk.entity_of("shop", "s1") == merged


def test_a_tightened_rule_parts_nothing_before_a_steward_says_so(desk: Desk, cautious: Path) -> None:
    version = policy_life.publish(tenants(desk), desk.name, cautious, by(20)).version
    policy_life.activate(tenants(desk), desk.name, version, by(21), force=True)
    merged, marie = desk.entity_of("crm", "c1"), frozenset({"c1", "s1"})
    assert marie not in desk.questions()

    for _ in range(2):
        recluster(desk)
        assert desk.entity_of("shop", "s1") == desk.entity_of("crm", "c1") == merged

    proposal = asked_whether_it_stands(desk, marie)
    desk.decide(proposal, "reject", note="a namesake")
    recluster(desk)
    assert desk.entity_of("shop", "s1") != desk.entity_of("crm", "c1")


def test_a_decision_that_drifts_stops_the_tenant(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_drift(tenants(desk), desk.name, now=NOW).changed == ()
    assert check_drift(tenants(desk), desk.name, now=NOW).changed == ()
    monkeypatch.setattr("kempt.policy.autonomy.STRICTNESS", ("reject", "review", "apply"))

    drift = check_drift(tenants(desk), desk.name, now=NOW)

    assert drift.changed
    with desk.tenant.database.transaction(desk.name) as connection:
        assert connection.execute("select author from kempt.policy_stopped where segment = 'all'").fetchone() == (
            "drift check",
        )


def verify_ledger(desk: Desk) -> int:
    with desk.tenant.database.transaction(desk.name) as connection:
        assert verify(connection, desk.name).ok
        found: Any = connection.execute("select count(*) from ledger.event where type like 'policy_%'").fetchone()
        return int(found[0])

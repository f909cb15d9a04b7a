"""The demo, as a newcomer meets it: the account adds up, and running it again changes nothing."""

import pandas as pd

from kempt.ids import record_id
from tests.e2e.homes import RECORDS
from tests.postgres import superuser


def test_every_figure_of_every_tenant_has_something_to_show(demo_home):
    tenants = demo_home.status()

    assert sorted(tenants) == ["blauwal", "northpeak"]
    for name, figures in tenants.items():
        assert figures["raw"] == figures["canonical"] + figures["quarantined"], name
        assert figures["duplicates"] == figures["canonical"] - figures["entities"], name
        for key in ("quarantined", "duplicates", "pending_review", "events", "clusters"):
            assert figures[key] > 0, (name, key)
        assert figures["proposals"]["apply"] > 0, name
        assert figures["ledger_ok"] is True, name
        assert 0 < figures["health_before"] < figures["health"] <= 100, name


def test_raw_records_are_the_source_keys_of_the_truth(demo_home):
    for name, figures in demo_home.status().items():
        truth = pd.read_parquet(demo_home.settings.home / "sample" / "truth" / f"{name}.parquet")

        keyed = truth["record_key"].dropna().nunique()

        # A row without a key counts by itself, in the newest extract that holds it.
        assert keyed <= figures["raw"] <= keyed + truth["record_key"].isna().sum(), name


def test_no_two_people_or_companies_were_merged(demo_home):
    import psycopg

    with psycopg.connect(superuser(demo_home.settings).conninfo()) as connection:
        members = dict(
            connection.execute(
                "select record_id::text, entity_id from kempt.membership where to_seq is null"
            ).fetchall()
        )
    joined = wrong = 0
    for name in ("northpeak", "blauwal"):
        truth = pd.read_parquet(demo_home.settings.home / "sample" / "truth" / f"{name}.parquet")
        truth = truth[truth["record_key"].notna() & truth["cluster_id"].notna() & (truth["kind"] != "malformed")]
        ids = [record_id(name, row.system, row.object, row.source_key) for row in truth.itertuples()]
        known = truth.assign(entity=[members.get(each) for each in ids]).dropna(subset=["entity"])
        for _, group in known.groupby("entity"):
            sizes = group["cluster_id"].value_counts()
            pairs = len(group) * (len(group) - 1) // 2
            joined += pairs
            wrong += pairs - sum(size * (size - 1) // 2 for size in sizes)

    assert joined > 20
    assert wrong / joined <= 0.02


def test_running_it_again_changes_nothing(demo_home):
    before, figures = demo_home.state(), demo_home.status()

    printed = demo_home.kempt("demo", "--records", RECORDS)

    assert printed.count("nothing new") == 6
    assert demo_home.state() == before
    assert demo_home.status() == figures
    for words in (
        "records read",
        "quarantined:",
        "duplicates found",
        "changes applied",
        "waiting for a steward",
        "health",
        "Next:",
    ):
        assert words in printed

"""Everything that holds values of records finds them, gives them up, and keeps those of others."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

from kempt.errors import StopRun
from kempt.stores.port import Store, Subject
from kempt.usecases.erase import request_erasure, stores_of
from kempt.usecases.review import review_items
from kempt.warehouse.connection import open_lake
from tests.factory import ARNE, LENE, MONDAY, OTTO, TUESDAY, Desk, person

VENDOR = f"email,phone,job_title,observed_on\n{LENE['mail']},+49 30 23125077,Buyer,2025-03-01\n"
CRM = [person("c2", **OTTO, mail="otto.z@holzkontor.example"), person("c3", **LENE), person("c4", **ARNE)]
SHOP = [person("s2", **OTTO, mail="ozirbel@freigeist.example")]
STORES = {"raw": "c4", "lake": "c4", "vault": "c3", "search": "c3", "claims": "c3", "evidence": "c2",
          "answers": "c3", "drop": "c3"}  # fmt: skip
"""Each store with a record of which it holds something."""


class TakenBack(Exception):
    """Rolls a test's transaction back."""


@pytest.fixture(scope="module")
def desk(open_desk: Callable[[], Desk]) -> Desk:
    """Two days of two sources; a provider's answer became a claim, and a question waits."""
    desk = open_desk()
    for day in (MONDAY, TUESDAY):
        desk.drop("crm", day, [*CRM[:2], CRM[2] | {"changed": f"{day} 08:00:00"}])
        desk.drop("shop", day, SHOP)
        desk.land(day)
    vendor = desk.settings.drop / desk.name / "enrichment" / "vendor.csv"
    vendor.parent.mkdir(parents=True)
    vendor.write_text(VENDOR)
    desk.run(whole=True)
    (phone,) = (item["proposal_id"] for item in review_items(desk.tenant, kind="field_change"))
    desk.decide(phone, "approve")
    desk.apply()
    return desk


@pytest.fixture(scope="module")
def lake(desk: Desk) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_lake(desk.tenant.lake) as lake:
        yield lake


def subject(lake: duckdb.DuckDBPyConnection, key: str) -> Subject:
    source = "shop" if key.startswith("s") else "crm"
    ((record,),) = lake.execute("select record_id from contact where source_key = ?", [key]).fetchall()
    return Subject(record_id=record, system=source, object_type="contact", source_key=key)


@pytest.fixture(scope="module")
def subjects(lake: duckdb.DuckDBPyConnection) -> dict[str, Subject]:
    return {key: subject(lake, key) for key in ("c2", "c3", "c4", "s2")}


@pytest.fixture
def stores(desk: Desk, lake: duckdb.DuckDBPyConnection, subjects: dict[str, Subject]) -> Iterator[dict[str, Store]]:
    """Every store; what a test changes in Postgres is taken back, the rest is not."""
    for each in subjects.values():
        request_erasure(desk.tenant, each, {}, by="ines", reason="a test", now=desk.tick())
    with suppress(TakenBack), stores_of(desk.tenant, lake, now=desk.tick()) as found:
        yield {store.name: store for store in found}
        raise TakenBack


def test_no_store_is_without_its_test(stores: dict[str, Store]) -> None:
    assert stores.keys() == STORES.keys()


@pytest.mark.parametrize("name", STORES)
def test_what_is_found_is_erased_and_nothing_else(
    stores: dict[str, Store], subjects: dict[str, Subject], name: str
) -> None:
    store, record = stores[name], subjects[STORES[name]]
    held = store.find(record)
    others = {key: store.find(each) for key, each in subjects.items() if each not in (record, subjects["s2"])}
    assert sum(held.values()) > 0

    if not store.ours:
        with pytest.raises(StopRun, match="delete them"):
            store.erase(record)
        assert store.find(record) == held
        return
    assert store.erase(record) == held

    assert store.find(record) == {}
    assert {key: store.find(subjects[key]) for key in others} == others
    assert store.erase(record) == {}


def test_no_earlier_state_of_the_lake_is_left(
    desk: Desk, lake: duckdb.DuckDBPyConnection, stores: dict[str, Store], subjects: dict[str, Subject]
) -> None:
    stores["lake"].erase(subjects["c2"])

    tables = [name for (name,) in lake.execute("select table_name from ducklake_table_info('lake')").fetchall()]
    listed = {
        Path(file).name
        for table in tables
        for row in lake.execute("select data_file, delete_file from ducklake_list_files('lake', ?)", [table]).fetchall()
        for file in row
        if file
    }
    assert {path.name for path in desk.tenant.lake.data_path.rglob("*.parquet")} == listed
    assert lake.execute("select count(*) from ducklake_snapshots('lake')").fetchall() == [(1,)]
    assert lake.execute("select sum(delete_file_count) from ducklake_table_info('lake')").fetchall() == [(0,)]

"""No value of a person lies readable on the disk, and whoever reads does not stop whoever writes."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from kempt.ledger.connect import connect
from kempt.warehouse.connection import open_lake
from tests.factory import CRM, MONDAY, SHOP, Desk
from tests.postgres import superuser

CANARIES = (b"quendel", b"zirbelwald", b"haferkorn", b"distelfink", b"Lindengasse")


@pytest.fixture(scope="module")
def desk(open_desk: Callable[[], Desk]) -> Desk:
    """Canonical records, and a table that holds them as a model would."""
    desk = open_desk()
    desk.drop("crm", MONDAY, CRM)
    desk.drop("shop", MONDAY, SHOP)
    desk.land(MONDAY)
    desk.canonical()
    return desk


def files_of(desk: Desk) -> list[Path]:
    """Everything the tenant has on the disk, but for the files that people dropped."""
    folders = (desk.settings.raw / desk.name, desk.settings.tenants / desk.name)
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def test_every_parquet_file_is_encrypted(desk: Desk) -> None:
    parquet = [path for path in files_of(desk) if path.suffix == ".parquet"]

    assert {path.relative_to(desk.settings.home).parts[0] for path in parquet} == {"raw", "tenants"}
    assert {path.read_bytes()[:4] for path in parquet} == {b"PARE"}
    for path in parquet:
        with pytest.raises(duckdb.Error), duckdb.connect() as connection:
            connection.execute("select * from read_parquet(?)", [str(path)]).fetchall()


def test_no_value_of_a_person_is_readable_in_any_file(desk: Desk) -> None:
    content = {path: path.read_bytes().lower() for path in files_of(desk)}

    assert len(content) > 10
    assert not [path for path, held in content.items() for canary in CANARIES if canary.lower() in held]


def test_a_reader_sees_the_last_finished_state_while_another_writes(desk: Desk) -> None:
    tenant = desk.tenant
    with open_lake(tenant.lake) as writer, open_lake(tenant.lake) as reader:
        writer.execute("create or replace table work as select 1 as n")
        writer.execute("begin")
        writer.execute("insert into work values (2)")

        during = reader.execute("select count(*) from work").fetchone()
        writer.execute("commit")

        assert during == (1,)
        assert reader.execute("select count(*) from work").fetchone() == (2,)
        assert reader.execute("select count(*) from contact").fetchone() == (len(CRM) + len(SHOP),)


def test_another_tenant_s_extracts_do_not_open(desk: Desk, open_desk: Callable[[], Desk]) -> None:
    theirs = min((desk.settings.raw / desk.name / "crm" / MONDAY).glob("*.parquet"))

    with pytest.raises(duckdb.Error, match=r"(?i)decrypt|key"):
        open_desk().lake("select * from read_parquet(?, encryption_config = {footer_key: 'kempt'})", str(theirs))


def test_the_catalog_keeps_no_smallest_and_largest_values(desk: Desk) -> None:
    desk.lake("create or replace table work as select 'a canary' as said, date '1985-03-12' as born")

    with connect(superuser(desk.settings, "kempt_lake")) as connection:
        for table in ("ducklake_file_column_stats", "ducklake_table_column_stats"):
            query = f"select count(*) > 0, count(min_value), count(max_value) from lake_{desk.name}.{table}"
            assert connection.execute(query).fetchall() == [(True, 0, 0)]  # type: ignore[call-overload]
    assert desk.lake("select said from work where said >= 'a c' and born < date '1990-01-01'") == [("a canary",)]

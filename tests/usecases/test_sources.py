"""A source whose columns, volume or values changed stops alone, until somebody accepts the change."""

from collections.abc import Callable

import pytest

from kempt.errors import StopRun
from kempt.usecases.approve_source import approve_source, sources_of
from kempt.usecases.outstanding import extracts_to_settle, files_not_landed
from kempt.usecases.tenancy import Tenants
from tests.factory import CRM, MONDAY, SHOP, TUESDAY, WEDNESDAY, Desk, person


@pytest.fixture
def desk(open_desk: Callable[[], Desk]) -> Desk:
    """Monday has landed."""
    desk = open_desk()
    desk.drop("crm", MONDAY, CRM)
    desk.drop("shop", MONDAY, SHOP)
    desk.land(MONDAY)
    return desk


def test_changed_columns_block_their_source_alone_and_approval_releases_it(desk: Desk) -> None:
    desk.drop("crm", TUESDAY, [{**row, "loyalty": "gold"} for row in CRM])
    desk.drop("shop", TUESDAY, SHOP)

    landed = desk.land(TUESDAY)

    assert {name: each.status for name, each in landed.items()} == {"crm": "blocked", "shop": "landed"}
    assert "loyalty" in landed["crm"].problem
    assert "kempt source approve crm" in landed["crm"].problem
    assert {each["source"]: each["status"] for each in sources_of(desk.tenant)} == {"crm": "blocked", "shop": "landed"}

    approve_source(desk.tenant, "crm", by="ines", now=desk.tick())

    assert desk.sql("select count(*) from kempt.extract where status = 'blocked'") == [(0,)]
    desk.drop("crm", WEDNESDAY, [{**row, "loyalty": "silver"} for row in CRM])
    assert desk.land(WEDNESDAY)["crm"].status == "landed"


def test_an_approval_names_who_and_what_in_the_ledger(desk: Desk) -> None:
    desk.drop("crm", TUESDAY, [{**row, "loyalty": "gold"} for row in CRM])
    desk.land(TUESDAY)

    approve_source(desk.tenant, "crm", by="ines", now=desk.tick())

    ((body,),) = desk.sql("select body::jsonb from ledger.event where type = 'source_change_approved.v1'")
    assert (body["source"], body["approved_by"]) == ("crm", "ines")


def test_only_a_blocked_source_can_be_approved(desk: Desk) -> None:
    with pytest.raises(StopRun, match="crm is not blocked"):
        approve_source(desk.tenant, "crm", by="ines", now=desk.tick())
    with pytest.raises(StopRun, match="no source 'till'"):
        approve_source(desk.tenant, "till", by="ines", now=desk.tick())


def test_a_snapshot_that_lost_most_of_its_rows_waits_for_approval(desk: Desk) -> None:
    desk.drop("crm", TUESDAY, CRM[:1])

    landed = desk.land(TUESDAY)

    assert landed["crm"].status == "blocked"
    assert "volume" in landed["crm"].problem
    assert landed["shop"].status == "nothing to read"


def test_a_batch_unlike_its_own_history_waits_for_approval(open_desk: Callable[[], Desk]) -> None:
    desk = open_desk()
    rows = [person(f"c{n}", "Nele", f"Haselstrauch{n}", f"nele{n}@hasel.example") for n in range(120)]
    desk.drop("crm", MONDAY, rows)
    desk.drop("crm", TUESDAY, [{**row, "mail": ""} for row in rows])

    assert desk.land(MONDAY)["crm"].status == "landed"
    assert "email: null_rate_jump" in desk.land(TUESDAY)["crm"].problem


def test_a_source_that_cannot_be_read_stops_alone(desk: Desk) -> None:
    desk.put("crm", TUESDAY, "people.csv", b'"never closed\n' * 3)
    desk.drop("shop", TUESDAY, SHOP)

    landed = desk.land(TUESDAY)

    assert landed["crm"].status == "refused"
    assert landed["shop"].status == "landed"


def test_what_landed_waits_for_a_run_and_a_dropped_file_for_its_landing(desk: Desk) -> None:
    desk.drop("crm", TUESDAY, CRM)

    tenants = Tenants(desk.settings)

    assert desk.name in dict(extracts_to_settle(tenants))
    assert [each[:3] for each in files_not_landed(tenants) if each[0] == desk.name] == [(desk.name, "crm", TUESDAY)]
    desk.land(TUESDAY)
    assert not [each for each in files_not_landed(tenants) if each[0] == desk.name]

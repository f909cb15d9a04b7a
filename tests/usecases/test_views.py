"""What is known of an entity, of a record and of one cell, from Postgres alone and masked."""

import dataclasses
from collections.abc import Iterator

import pytest

from kempt.errors import Unknown
from kempt.ledger.database import Database
from kempt.settings import Settings
from kempt.usecases.cell_history import cell_history
from kempt.usecases.constraint_rows import Said
from kempt.usecases.constraints import add_constraint, withdraw_constraint
from kempt.usecases.entity_view import view_entity
from kempt.usecases.fill_vault import fill_vault
from kempt.usecases.record_view import view_record
from tests.conftest import NUMBERS
from tests.factory import UNMASK
from tests.usecases.world import Row, World, new_world, record

ADA, SHOP = Row(name="Ada Quendel", mail="ada@quendel.example"), Row(name="Ada Quendel", mail="a@rast.example")


@pytest.fixture(scope="module")
def world(database: Database, postgres_home: Settings) -> Iterator[World]:
    """Ada's two records were said to be one, and it was taken back; then she took another name and a title."""
    with new_world(database, postgres_home, f"view_{next(NUMBERS)}") as opened:
        opened.put(a=ADA, b=dataclasses.replace(SHOP, source="shop"))
        opened.run()
        said = Said(kind="must_link", left=record("a"), right=record("b"), authority="ines", reason="known")
        name = add_constraint(opened.tenant, said, now=opened.tick())
        opened.run()
        withdraw_constraint(opened.tenant, name, authority="ines", reason="not so", now=opened.tick())
        add_constraint(opened.tenant, dataclasses.replace(said, kind="cannot_link"), now=opened.tick())
        opened.run()
        opened.override("a", "job_title", "Buyer")
        opened.put(a=dataclasses.replace(ADA, name="Ada Holm", day=1))
        opened.run()
        yield opened


def test_an_entity_is_seen_with_its_cells_records_and_past(world: World) -> None:
    view = view_entity(world.tenant, world.entity_of("a"), now=world.now)

    cells = {cell.attribute: cell for cell in view.cells}
    assert (view.state, cells["full_name"].value, cells["full_name"].record_id) == ("active", "A•• H•••", record("a"))
    assert (cells["job_title"].value, cells["job_title"].origin) == ("B••••", "override")
    (shown,) = view.records
    assert (shown.record_id, shown.source, shown.version) == (record("a"), "crm", 2)
    assert shown.fields["email"] == "a••@q••••••.e••••••"
    assert [(each.kind, each.authority) for each in view.constraints] == [("cannot_link", "ines")]
    ours = [stay for stay in view.stays if stay.record_id == record("a")]
    assert ours[-1].to_seq is None
    assert [each.kind for each in view.proposals if each.open] == []
    assert "Holm" not in str(dataclasses.asdict(view))


def test_a_record_that_left_stays_in_the_entity_s_past_and_so_does_the_redirect(world: World) -> None:
    views = [view_entity(world.tenant, world.entity_of(letter), now=world.now) for letter in "ab"]

    (survivor,) = (view for view in views if len({stay.record_id for stay in view.stays}) == 2)
    (left,) = (stay for stay in survivor.stays if stay.to_seq is not None)
    assert left.ended is not None
    assert left.began < left.ended
    assert {(each[0], each[1]) for view in views for each in view.redirects} == {
        (view.entity_id, survivor.entity_id) for view in views if view is not survivor
    }
    assert all(each[3] is not None for view in views for each in view.redirects)


def test_the_timeline_tells_who_did_what_without_values(world: World) -> None:
    moments = view_entity(world.tenant, world.entity_of("a"), now=world.now).timeline

    assert [each.seq for each in moments] == sorted({each.seq for each in moments}, reverse=True)
    told = {each.kind: each for each in moments}
    assert {"entity_minted", "golden_record_changed", "constraint_added", "proposal_approved", "claim_recorded"} <= {
        *told
    }
    assert (told["constraint_withdrawn"].by, told["proposal_approved"].by) == ("ines", "ines")
    assert told["claim_recorded"].says == f"A value of job_title from vendor was recorded for {record('a')}."
    assert "full_name" in told["golden_record_changed"].says
    assert told["proposal_approved"].proposal_id


def test_a_record_tells_what_it_said_and_where_it_belonged(world: World) -> None:
    view = view_record(world.tenant, record("a"), now=world.now)

    assert [(each.version, each.differs) for each in view.versions] == [(2, ("full_name",)), (1, ())]
    assert [each.fields["full_name"] for each in view.versions] == ["A•• H•••", "A•• Q••••••"]
    assert view.versions[0].since > view.versions[1].since
    assert (view.entity_id, view.source, view.erased) == (world.entity_of("a"), "crm", False)
    assert view.stays[-1].entity_id == world.entity_of("a")
    (proposed,) = (each for each in view.proposals if each.kind == "field_change")
    assert (proposed.state, proposed.open) == ("applied", False)


def test_a_cell_tells_every_value_it_had(world: World) -> None:
    told = cell_history(world.tenant, world.entity_of("a"), "full_name", now=world.now)

    assert [each.value for each in told][:2] == ["A•• H•••", "A•• Q••••••"]
    assert [each.since for each in told] == sorted((each.since for each in told), reverse=True)
    assert cell_history(world.tenant, world.entity_of("a"), "phone", now=world.now) == ()


def test_what_others_say_stands_beside_a_cell(database: Database, postgres_home: Settings) -> None:
    with new_world(database, postgres_home, f"view_{next(NUMBERS)}") as world:
        world.put(a=ADA, b=dataclasses.replace(ADA, source="shop", title="Owner"), c=ADA)
        world.run()
        world.lake.execute("update contact set job_title = 'Buyer' where record_id = ?", [record("a")])
        fill_vault(world.tenant, world.lake, now=world.tick())
        view = view_entity(world.tenant, world.entity_of("a"), now=world.now)

    cell = next(cell for cell in view.cells if cell.attribute == "job_title")
    assert (cell.value, dict(cell.others)) == ("O••••", {record("a"): "B••••"})
    assert len(view.records) == 3


def test_who_was_erased_is_a_record_without_values(world: World) -> None:
    with world.tenant.database.transaction(world.tenant.name) as connection:
        connection.execute(
            "insert into kempt.erasure (tenant, record_id, key_digest, requested_by, reason_cipher, requested_seq) "
            "values (kempt.tenant(), %s, 'd', 'ines', '', 1)",
            [record("b")],
        )
        connection.execute("select kempt.forget(%s)", [record("b")])
    view = view_record(world.tenant, record("b"), now=world.now)

    assert (view.erased, view.versions, view.source) == (True, (), None)
    assert view.stays
    entity = view_entity(world.tenant, world.entity_of("b"), now=world.now)
    assert {cell.value for cell in entity.cells} == {None}
    assert [each.source for each in entity.records] == [None]


def test_an_id_that_nobody_had_is_refused_and_so_is_another_tenant_s(
    world: World, database: Database, postgres_home: Settings
) -> None:
    with new_world(database, postgres_home, f"view_{next(NUMBERS)}") as other:
        for name in ("per_nobody", world.entity_of("a")):
            with pytest.raises(Unknown, match=f"{name}: no entity has or had this id"):
                view_entity(other.tenant, name, now=world.now)
        for name in (record("a"), "a' or true"):
            with pytest.raises(Unknown, match="no record has or had this id"):
                view_record(other.tenant, name, now=world.now)


def test_an_unmasked_look_goes_on_record(world: World) -> None:
    entity = world.entity_of("a")
    looked = (
        "select body::jsonb ->> 'subject', body::jsonb ->> 'by' from ledger.event where type like 'values_unmasked%%'"
    )

    seen = [
        str(dataclasses.asdict(view_entity(world.tenant, entity, now=world.tick(), unmask=UNMASK))),
        str(dataclasses.asdict(view_record(world.tenant, record("a"), now=world.tick(), unmask=UNMASK))),
        str(cell_history(world.tenant, entity, "full_name", now=world.tick(), unmask=UNMASK)),
    ]

    assert all("Ada Holm" in text for text in seen)
    assert world.sql(looked) == [(entity, "ines"), (record("a"), "ines"), (entity, "ines")]

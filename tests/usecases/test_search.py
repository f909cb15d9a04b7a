"""What is in the vault is found by what people remember of it, for as long as it says so and is there."""

import dataclasses
from collections.abc import Iterator
from unittest.mock import patch

import psycopg
import pytest

from kempt.ids import record_id
from kempt.ledger.database import Database
from kempt.records.mapping import load_declaration
from kempt.settings import Settings
from kempt.usecases.fill_vault import fill_vault
from kempt.usecases.index_records import Indexing
from kempt.usecases.rotate_keys import rotate_vault
from kempt.usecases.search import Found, search
from tests.conftest import NUMBERS
from tests.factory import DECLARATION
from tests.usecases.world import Row, World, new_world, record

ADA = Row(name="Ada Quendel", mail="ada@quendel.example")
BILL = Row(name="William Rast", mail="bill@rast.example")


@pytest.fixture
def world(database: Database, postgres_home: Settings) -> Iterator[World]:
    """Ada twice and one entity; Bill."""
    with new_world(database, postgres_home, f"search_{next(NUMBERS)}") as opened:
        opened.put(a=ADA, b=dataclasses.replace(ADA, source="shop"), c=BILL)
        opened.run()
        yield opened


def entities(found: Found) -> list[str | None]:
    return [hit.entity_id for hit in found.hits]


def tokens(world: World) -> dict[object, object]:
    return dict(world.sql("select record_id::text, tokens from kempt.search_record"))  # type: ignore[arg-type]


@pytest.mark.parametrize("query", ["ada quendel", "QUENDEL", "ada@quendel.example", "quendel.example", " Ada "])
def test_an_entity_is_found_with_its_records_and_no_value_in_the_clear(world: World, query: str) -> None:
    (hit,) = search(world.tenant, query).hits

    assert hit.entity_id == world.entity_of("a")
    assert {each.record_id for each in hit.records} == {record("a"), record("b")}
    assert {each.source for each in hit.records} == {"crm", "shop"}
    assert hit.fields["full_name"] == "A•• Q••••••"
    assert "uendel" not in str(dataclasses.asdict(hit))


def test_ids_lead_to_the_entity_also_one_that_was_merged_away(world: World) -> None:
    entity = world.entity_of("a")

    assert entities(search(world.tenant, record("a"))) == [entity]
    assert entities(search(world.tenant, record("a")[:9].upper())) == [entity]
    assert entities(search(world.tenant, entity)) == entities(search(world.tenant, entity[:12])) == [entity]
    assert search(world.tenant, "per_nobody' or true").hits == ()
    before = world.entity_of("c")
    world.put(c=dataclasses.replace(BILL, mail=ADA.mail))
    world.run()
    world.put(c=dataclasses.replace(BILL, mail=ADA.mail, name=ADA.name))
    world.run()
    after = world.entity_of("a")
    assert world.entity_of("c") == after
    gone = {before, entity} - {after}
    assert [entities(search(world.tenant, each)) for each in gone] == [[after]] * len(gone)


def test_a_source_s_key_leads_to_its_record(world: World) -> None:
    told = {"source": "crm", "system": "crm", "file": "f.csv", "format": "csv", "mode": "snapshot", "version": 1}
    declaration = load_declaration(DECLARATION.format(trust=1, empty="", **told), world.tenant.name, name="crm.yaml")
    tenant = dataclasses.replace(world.tenant, declarations=(declaration,))
    name = record_id(tenant.name, "crm", "contact", "C-77")
    world.lake.execute("update contact set record_id = ? where record_id = ?", [name, record("c")])
    fill_vault(tenant, world.lake, now=world.tick())

    (hit,) = search(tenant, "C-77").hits
    assert (hit.found_by, hit.entity_id, [each.record_id for each in hit.records]) == ("key", None, [name])
    assert search(tenant, "c-77").hits == ()


def test_a_record_is_found_by_what_it_says_now(world: World) -> None:
    world.put(c=Row(name="William Holm", mail="bill@rast.example", day=1))
    world.run()

    assert search(world.tenant, "rast").hits == ()
    assert entities(search(world.tenant, "bill holm")) == [world.entity_of("c")]


def test_a_number_is_found_however_it_is_typed_and_no_other_one(world: World) -> None:
    world.lake.execute("update contact set phone = '+493023125077' where record_id = ?", [record("a")])
    world.lake.execute("update contact set phone = '+494023125077' where record_id = ?", [record("c")])
    fill_vault(world.tenant, world.lake, now=world.tick())

    one, other = world.entity_of("a"), world.entity_of("c")
    assert entities(search(world.tenant, "030 23125077")) == entities(search(world.tenant, "+49 30 23125077")) == [one]
    assert {*entities(search(world.tenant, "23125077"))} == {one, other}
    assert search(world.tenant, "23125077").hits[0].found_by == "phone"


def test_pages_hold_everything_once_in_one_order(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kempt.usecases.search.PAGE", 3)
    world.put(**{f"n{n}": Row(name="Tove Holm", mail=f"tove{n}@holm.example") for n in range(7)})
    world.run()

    found = [search(world.tenant, "holm tove", page=page) for page in (1, 2, 3, 4)]

    assert [each.total for each in found] == [7] * 4
    listed = [name for each in found[:3] for name in entities(each)]
    assert listed == sorted(world.entity_of(f"n{n}") for n in range(7))
    assert entities(found[3]) == entities(found[2])
    monkeypatch.setattr("kempt.usecases.search.MOST", 4)
    few = search(world.tenant, "holm")
    assert (few.total, few.more) == (4, True)


def test_an_installation_from_before_the_index_gets_one_with_its_next_run(
    world: World, as_superuser: psycopg.Connection
) -> None:
    before = tokens(world)
    as_superuser.execute("delete from kempt.search_record where tenant = %s", [world.tenant.name])
    world.lake.execute("delete from contact where record_id = ?", [record("c")])
    assert search(world.tenant, "quendel").hits == ()

    filled = fill_vault(world.tenant, world.lake, now=world.tick())

    assert (filled.new, filled.changed) == (0, 0)
    assert tokens(world) == before


def test_only_what_changed_is_indexed_again(world: World) -> None:
    world.put(c=dataclasses.replace(BILL, title="Buyer"))
    world.match()
    with patch.object(Indexing, "stage", autospec=True) as stage:
        fill_vault(world.tenant, world.lake, now=world.tick())

    assert [name for call in stage.call_args_list for name, _ in call.args[1]] == [record("c")]


def test_a_new_vault_key_makes_every_token_anew_and_finds_the_same(world: World, postgres_home: Settings) -> None:
    before, found = tokens(world), search(world.tenant, "ada quendel")

    rotate_vault(postgres_home, world.tenant)

    after = tokens(world)
    assert before.keys() == after.keys()
    assert not {token for each in before.values() for token in each} & {  # type: ignore[attr-defined]
        token
        for each in after.values()
        for token in each  # type: ignore[attr-defined]
    }
    assert search(world.tenant, "ada quendel") == found


def test_two_tenants_tokens_of_one_value_have_nothing_in_common(
    world: World, database: Database, postgres_home: Settings
) -> None:
    with new_world(database, postgres_home, f"search_{next(NUMBERS)}") as other:
        other.put(a=ADA)
        other.run()

        ours = {token for each in tokens(world).values() for token in each}  # type: ignore[attr-defined]
        assert not ours & {token for each in tokens(other).values() for token in each}  # type: ignore[attr-defined]
        assert entities(search(other.tenant, "ada quendel")) == [other.entity_of("a")]
        assert search(other.tenant, world.entity_of("a")).hits == ()
        assert search(other.tenant, record("b")).hits == ()


def test_tokens_go_with_the_key_of_their_record_and_do_not_come_back(world: World) -> None:
    world.sql(
        "insert into kempt.erasure (tenant, record_id, key_digest, requested_by, reason_cipher, requested_seq) "
        "values (kempt.tenant(), %s, 'd', 'ines', '', 1) returning 1",
        record("c"),
    )
    world.sql("select kempt.forget(%s)", record("c"))
    assert tokens(world).keys() == {record("a"), record("b")}

    fill_vault(world.tenant, world.lake, now=world.tick())
    assert tokens(world).keys() == {record("a"), record("b")}
    assert search(world.tenant, "rast").hits == ()


def test_another_tenant_s_tokens_and_proposals_are_out_of_reach_of_the_functions_that_read_over_the_walls(
    world: World, database: Database, postgres_home: Settings
) -> None:
    world.wonder("a", "c")
    ours = tokens(world)[record("a")]
    look = (
        "select (select count(*) from kempt.having_tokens(%s::bigint[], 9)), count(*) "
        "from kempt.proposals_about(%s::uuid[])"
    )
    with new_world(database, postgres_home, f"search_{next(NUMBERS)}") as other:
        assert other.sql(look, ours, [record("a")]) == [(0, 0)]
        assert world.sql(look, ours, [record("a")]) == [(2, 2)]

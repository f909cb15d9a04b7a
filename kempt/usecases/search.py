"""Finds records and entities by what somebody typed, through the blind index; answers are masked."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from psycopg import Connection

from kempt.ids import record_id
from kempt.ledger.search_index import having_tokens, tokenizer
from kempt.ledger.vault import Said
from kempt.records.masking import shown_of
from kempt.records.search_terms import FoundBy, digits_of, readings
from kempt.usecases.id_starts import entities_from, records_from
from kempt.usecases.tenancy import Tenant
from kempt.usecases.values import cells_of_all, values_of

MOST = 500
"""So many records are ranked at most; who finds more is asked for another word."""
PAGE = 25
RECORDS_SHOWN = 5
_SHORTEST_RECORD_ID = 6
_SHOWN = ("full_name", "company_name", "job_title", "email", "phone", "domain", "city", "country")

Way = Literal["id", "key"] | FoundBy
_RANK: Mapping[Way, int] = {"id": 0, "mail": 1, "phone": 2, "key": 3, "domain": 4, "words": 5}


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRecord:
    """A record that was found, masked. None as source: its values were erased."""

    record_id: str
    source: str | None
    object_type: str | None
    fields: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An entity with those of its records that were found, or a record that belongs to none now."""

    entity_id: str | None
    entity_type: str | None
    state: str
    found_by: Way
    fields: Mapping[str, str] = field(repr=False)
    """Of the golden record, masked; of the record, when it belongs to none."""
    records: tuple[FoundRecord, ...]
    further: int
    """Records of it that were found as well and are not listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of what was found."""

    query: str
    hits: tuple[Hit, ...]
    total: int
    page: int
    pages: int
    more: bool
    """More records match than are ranked."""


@dataclass(slots=True)
class _Group:
    rank: int
    way: Way
    entity: str | None
    records: list[str]

    @property
    def order(self) -> tuple[bool, int, int, str]:
        """Entities before records, the most exact way first, then whoever has most of what was found; ids part ties."""
        return self.entity is None, self.rank, -len(self.records), self.entity or self.records[0]


def search(tenant: Tenant, query: str, *, page: int = 1) -> Found:
    """What an id or its start, an e-mail, a telephone number, a domain, a source's key or words of a name lead to.

    Several words have to be in one record, all of them. Writes nothing.
    """
    with tenant.database.transaction(tenant.name) as connection:
        found, more = _found(connection, tenant, query.strip())
        groups = sorted(_grouped(connection, found), key=lambda group: group.order)
        pages = max(1, -(-len(groups) // PAGE))
        page = min(max(page, 1), pages)
        shown = groups[(page - 1) * PAGE : page * PAGE]
        hits = tuple(_hits(connection, tenant, shown))
    return Found(query=query, hits=hits, total=len(groups), page=page, pages=pages, more=more)


def _found(connection: Connection[Any], tenant: Tenant, query: str) -> tuple[dict[str, Way], bool]:
    """Each entity or record with the most exact way to it, and whether there are more than were looked at."""
    ways = [*_by_id(connection, tenant, query)]
    more = False
    for reading in readings(query):
        tokens = tokenizer(connection, tenant.vault).tokens(set(reading.terms))
        records = having_tokens(connection, tokens, MOST + 1)
        more, records = more or len(records) > MOST, records[:MOST]
        if reading.digits:
            records = _ending(values_of(connection, tenant, records), reading.digits)
        ways += [(record, reading.found_by) for record in records]
    found: dict[str, Way] = {}
    for name, way in sorted(ways, key=lambda each: _RANK[each[1]]):
        found.setdefault(name, way)
    return found, more


def _by_id(connection: Connection[Any], tenant: Tenant, query: str) -> Iterator[tuple[str, Way]]:
    start = query.lower()
    yield from ((entity, "id") for entity in entities_from(connection, start, PAGE))
    if len(start) >= _SHORTEST_RECORD_ID:
        yield from ((record, "id") for record in records_from(connection, start, PAGE))
    if query:
        keys = {record_id(tenant.name, each.system, each.object, query) for each in tenant.declarations}
        known = connection.execute(
            "select record_id::text from kempt.record_key where record_id = any(%s::uuid[])", [sorted(keys)]
        )
        yield from ((record, "key") for (record,) in known)


def _ending(said: Mapping[str, Said], digits: str) -> list[str]:
    """Those whose number ends as the query does, or the query as the number: a country may be told on one side only."""
    numbers = {record: digits_of(each.values.get("phone", "")) for record, each in said.items()}
    return [record for record, number in numbers.items() if number.endswith(digits) or digits.endswith(number)]


def _grouped(connection: Connection[Any], found: Mapping[str, Way]) -> list[_Group]:
    entities = [name for name in found if name.startswith(("per_", "com_"))]
    member_of = dict(
        connection.execute(
            "select record_id::text, entity_id from kempt.membership "
            "where to_seq is null and record_id = any(%s::uuid[])",
            [sorted(found.keys() - set(entities))],
        ).fetchall()
    )
    led_to = dict(
        connection.execute(
            "select asked, resolved.entity_id from unnest(%s::text[]) asked, kempt.resolve(asked) as resolved",
            [entities],
        ).fetchall()
    )
    groups: dict[str, _Group] = {}
    for name, way in found.items():
        entity = led_to.get(name) or member_of.get(name)
        group = groups.setdefault(entity or name, _Group(_RANK[way], way, entity, []))
        if _RANK[way] < group.rank:
            group.rank, group.way = _RANK[way], way
        if name not in led_to:
            group.records.append(name)
    for group in groups.values():
        group.records.sort()
    return list(groups.values())


def _hits(connection: Connection[Any], tenant: Tenant, groups: Sequence[_Group]) -> Iterator[Hit]:
    entities = {
        name: (kind, state, golden)
        for name, kind, state, golden in connection.execute(
            "select entity_id, entity.entity_type, state, coalesce(cells, '{}') from kempt.entity "
            "left join kempt.golden_record using (tenant, entity_id) where entity_id = any(%s)",
            [[group.entity for group in groups]],
        ).fetchall()
    }
    golden = cells_of_all(connection, tenant, {name: cells for name, (_, _, cells) in entities.items()})
    said = values_of(connection, tenant, (name for group in groups for name in group.records[:RECORDS_SHOWN]))
    titles: dict[str, dict[str, str]] = defaultdict(dict)
    for name, cells in golden.items():
        titles[name] = _masked({cell.attribute: cell.value for cell in cells if cell.value is not None})
    for group in groups:
        records = tuple(_record(name, said.get(name)) for name in group.records[:RECORDS_SHOWN])
        kind, state, _ = entities[group.entity] if group.entity else (None, "alone", None)
        yield Hit(
            entity_id=group.entity,
            entity_type=kind,
            state=state,
            found_by=group.way,
            fields=titles[group.entity] if group.entity else records[0].fields,
            records=records,
            further=len(group.records) - len(records),
        )


def _record(name: str, said: Said | None) -> FoundRecord:
    return FoundRecord(
        record_id=name,
        source=said.values.get("source") if said else None,
        object_type=said.object_type if said else None,
        fields=_masked(said.values) if said else {},
    )


def _masked(values: Mapping[str, str]) -> dict[str, str]:
    return {name: shown_of(name, values[name]) for name in _SHOWN if values.get(name)}

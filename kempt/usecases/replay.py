"""Every projection, made again from the ledger alone and held against what stands."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from kempt.ids import canonical_json, digest
from kempt.ledger.database import copy_in
from kempt.projections.identity import Identity
from kempt.projections.state import State
from kempt.projections.state_hash import StateHash, hash_of, state_hash
from kempt.usecases.identity_rows import ledger_head
from kempt.usecases.ledger_folds import everything
from kempt.usecases.tenancy import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What replaying came to: rows by table, those that differ from what stands, and both digests."""

    events: int
    rows: dict[str, int]
    differing: dict[str, int]
    replayed: StateHash
    standing: StateHash

    @property
    def same(self) -> bool:
        """Whether nothing differs, neither a row nor a digest."""
        return not any(self.differing.values()) and self.replayed == self.standing


def replay(tenant: Tenant) -> Replayed:
    """Folds all events into fresh tables and compares them with those that stand. Writes nothing that stays."""
    with tenant.database.transaction(tenant.name) as connection:
        # Nothing is appended meanwhile, and nothing changes without an event: events and tables are of one moment.
        connection.execute("select pg_advisory_xact_lock(hashtextextended('kempt.ledger ' || %s, 0))", [tenant.name])
        folded = everything(connection, tenant.name)
        rows, differing = {}, {}
        for table, columns, told in _tables(folded):
            rows[table], differing[table] = _held_against(connection, table, columns, told)
        return Replayed(
            events=ledger_head(connection),
            rows=rows,
            differing=differing,
            replayed=hash_of(folded),
            standing=standing(connection),
        )


def identity_hash(tenant: Tenant) -> StateHash:
    """The digest of a tenant's state as it stands."""
    with tenant.database.transaction(tenant.name) as connection:
        return standing(connection)


def standing(connection: Connection[Any]) -> StateHash:
    """The digest of what the tables of the tenant in context hold."""
    return state_hash(
        memberships=_rows(connection, "select record_id::text, entity_id from kempt.membership where to_seq is null"),
        redirects=_rows(connection, "select from_id, to_id from kempt.redirect where to_seq is null"),
        golden=_rows(connection, "select entity_id, digest from kempt.golden_record"),
        constraints=_rows(
            connection,
            "select kind, left_record::text, right_record::text, "
            f"coalesce({_MOMENT}, '') from kempt.record_constraint where superseded_by is null",
        ),
        claims=_rows(
            connection,
            "select record_id::text, attribute, kind, origin, coalesce(author, ''), value_digest, "
            f"coalesce({_MOMENT}, '') from kempt.claim where withdrawn_seq is null",
        ),
        routing=_rows(connection, "select entity_id, owner_digest, reason from kempt.routing"),
    )


# As Python spells a moment in an event.
_MOMENT = """
to_char(expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
    || case when date_part('microseconds', expires_at)::bigint % 1000000 = 0 then ''
        else to_char(expires_at at time zone 'UTC', '.US') end
    || '+00:00'
"""


def _rows(connection: Connection[Any], query: str) -> list[tuple[str, ...]]:
    return connection.execute(query).fetchall()


_Table = tuple[str, tuple[str, ...], Iterable[Sequence[Any]]]
_CLAIM = ("record_id", "attribute", "value_digest", "kind", "origin", "decision_id", "created_seq", "author",
          "expires_at", "is_empty", "withdrawn_seq", "ended_by")  # fmt: skip
_ROUTING = ("entity_type", "owner_digest", "reason", "policy_version", "seq")


def _tables(folded: State) -> Iterator[_Table]:
    """Every projected table with the columns that events tell, and its rows."""
    yield from _identity_tables(folded.identity)
    yield (
        "claim",
        ("claim_id", *_CLAIM, "basis"),
        (
            (name, *(getattr(row, column) for column in _CLAIM), list(row.basis))
            for name, row in folded.claims.rows.items()
        ),
    )
    yield (
        "routing",
        ("entity_id", *_ROUTING),
        ((name, *(getattr(row, column) for column in _ROUTING)) for name, row in folded.routing.rows.items()),
    )


def _identity_tables(folded: Identity) -> Iterator[_Table]:
    yield (
        "entity",
        ("entity_id", "entity_type", "anchor_record", "incarnation", "born_seq", "state"),
        (
            (name, row.entity_type, row.anchor_record, row.incarnation, row.born_seq, row.state)
            for name, row in folded.entities.items()
        ),
    )
    yield (
        "membership",
        ("record_id", "entity_id", "from_seq", "to_seq"),
        (
            (record, stay.entity_id, stay.from_seq, stay.to_seq)
            for record, stays in folded.stays.items()
            for stay in stays
        ),
    )
    yield (
        "redirect",
        ("from_id", "to_id", "from_seq", "to_seq"),
        ((name, led.to_id, led.from_seq, led.to_seq) for name, ways in folded.redirects.items() for led in ways),
    )
    # The reason is a person's words, which no event holds.
    yield (
        "record_constraint",
        ("constraint_id", "kind", "left_record", "right_record", "authority", "created_seq", "expires_at",
         "superseded_by"),
        (
            (name, row.kind, row.left_record, row.right_record, row.authority, row.created_seq, row.expires_at,
             row.superseded_by)
            for name, row in folded.constraints.items()
        ),
    )  # fmt: skip
    yield "golden_record", ("entity_id", "entity_type", "cells", "digest", "policy_version", "seq"), (
        (name, row.entity_type, Jsonb(row.cells) if row.cells is not None else None, row.digest, row.policy_version,
         row.seq)
        for name, row in folded.golden.items()
        if row.cells is None or digest(canonical_json(row.cells)) == row.digest
    )  # fmt: skip


def _held_against(
    connection: Connection[Any], table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> tuple[int, int]:
    """The number of rows that were made again, and of rows that only one of both sides has."""
    names, fresh = ", ".join(columns), f"replayed_{table}"
    connection.execute(f"create temp table {fresh} on commit drop as select {names} from kempt.{table} with no data")
    copy_in(connection, fresh, columns, rows)
    # Cells that an event of the first version did not tell are held against nothing; their digest is.
    stands = f"select {names} from kempt.{table}"
    if "cells" in columns:
        told = f"case when exists (select from {fresh} f where f.entity_id = t.entity_id and f.cells is null) then null"
        stands = f"select {names.replace('cells', f'{told} else cells end as cells')} from kempt.{table} t"
    ((count, differing),) = connection.execute(
        f"""
        with fresh as (select {names} from {fresh}), stands as ({stands})
        select (select count(*) from fresh), count(*) from (
            (table fresh except all table stands) union all (table stands except all table fresh)
        ) as lonely
        """
    ).fetchall()
    connection.execute(f"drop table {fresh}")
    return int(count), int(differing)

"""Erases a record: its values leave every place that Kempt keeps them in, and do not come back with the next export."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
from psycopg import Connection

from kempt.errors import StopRun
from kempt.ids import keyed_digest, record_id, stable_id
from kempt.ledger.append import Event, append
from kempt.records.model import OBJECT_TYPES
from kempt.stores.drop_folder import DropFolder
from kempt.stores.lake_tables import LakeTables
from kempt.stores.port import Held, Store, Subject
from kempt.stores.raw_extracts import RawExtracts
from kempt.stores.sealed_rows import PLACES, SealedRows
from kempt.usecases.assign_identity import assign_identity
from kempt.usecases.cluster import cluster_records
from kempt.usecases.compose import compose_golden
from kempt.usecases.match import score_pairs
from kempt.usecases.tenancy import Tenant
from kempt.usecases.values import values_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What is held of a record where, store by store; `left` is what others must delete."""

    record_id: str
    held: Mapping[str, Held]
    left: Mapping[str, Held]

    @property
    def rows(self) -> dict[str, int]:
        """How many rows each store of ours holds, or held."""
        return {name: sum(held.values()) for name, held in self.held.items()}


def plan_erasure(tenant: Tenant, lake: duckdb.DuckDBPyConnection, record: str, *, now: datetime) -> Erasure:
    """What an erasure would take away, and what it would leave to others. Writes nothing."""
    subject = subject_of(tenant, lake, record)
    with stores_of(tenant, lake, now=now) as stores:
        found = [(store, store.find(subject)) for store in stores]
        return Erasure(
            record_id=subject.record_id,
            held={store.name: held for store, held in found if store.ours},
            left={store.name: held for store, held in found if held and not store.ours},
        )


def erase_record(
    tenant: Tenant, lake: duckdb.DuckDBPyConnection, record: str, *, by: str, reason: str, now: datetime
) -> Erasure:
    """Carries an erasure out; whoever is killed in between finishes it by asking again.

    From the first step on, the record's row is left out of whatever lands. Under the tenant's lease only: identity
    and golden records are worked out again. Afterwards the key table is to be vacuumed, and the vault key rotated.
    """
    if not reason.strip():
        raise StopRun("Why is it erased? Give a reason: it is kept sealed with the erasure.")
    subject, plan = subject_of(tenant, lake, record), plan_erasure(tenant, lake, record, now=now)
    request_erasure(tenant, subject, plan.rows, by=by, reason=reason, now=now)
    with stores_of(tenant, lake, now=now) as stores:
        for store in stores:
            if store.ours and store.name not in PLACES:
                store.erase(subject)
    with tenant.database.transaction(tenant.name) as connection:
        for store in _sealed(connection):
            store.erase(subject)
        _conclude(connection, tenant, subject, plan, by=by, now=now)
    return plan


def subject_of(tenant: Tenant, lake: duckdb.DuckDBPyConnection, record: str) -> Subject:
    """Who a record id, or the start of one, names at its source: from the vault, the lake, or what was landed."""
    start = record.lower()
    found = _kept(tenant, start) or _standardized(lake, start)
    found = found or {subject for subject in _landed(tenant, lake) if subject.record_id.startswith(start)}
    if len(found) == 1:
        return found.pop()
    with tenant.database.transaction(tenant.name) as connection:
        query = "select from kempt.erasure where starts_with(record_id::text, %s) and erased_seq is not null"
        erased = connection.execute(query, [start]).fetchall()
    if erased and not found:
        raise StopRun(f"{record} was erased already; nothing of it is held.")
    raise StopRun(f"{record}: {'more than one record' if found else 'no record'} of {tenant.name} starts so.")


def _kept(tenant: Tenant, start: str) -> set[Subject]:
    with tenant.database.transaction(tenant.name) as connection:
        query = "select record_id::text from kempt.record_key where starts_with(record_id::text, %s) limit 2"
        versions = values_of(connection, tenant, (name for (name,) in connection.execute(query, [start]).fetchall()))
    found = ((name, each.values, tenant.declaration(each.values["source"])) for name, each in versions.items())
    return {
        Subject(record_id=name, system=source.system, object_type=source.object, source_key=values["source_key"])
        for name, values, source in found
    }


def _standardized(lake: duckdb.DuckDBPyConnection, start: str) -> set[Subject]:
    query = "select table_name from duckdb_tables() where database_name = 'lake' and list_contains(?, table_name)"
    tables = [f"standardized_{kind}" for kind in OBJECT_TYPES]
    named = " union all ".join(
        f"select record_id, system, object_type, source_key from {table}"
        for (table,) in lake.execute(query, [tables]).fetchall()
    )
    rows = lake.execute(f"from ({named}) where starts_with(record_id, ?)", [start]).fetchall() if named else []
    return {Subject(record_id=row[0], system=row[1], object_type=row[2], source_key=row[3]) for row in rows}


def _landed(tenant: Tenant, lake: duckdb.DuckDBPyConnection) -> Iterator[Subject]:
    for source in tenant.declarations:
        files = [str(path) for path in (tenant.raw / tenant.name / source.source).rglob("*.parquet")]
        if files:
            query = "select distinct _source_key from read_parquet(?, encryption_config = {footer_key: 'kempt'})"
            for key in (key for (key,) in lake.execute(query, [files]).fetchall() if key is not None):
                name = record_id(tenant.name, source.system, source.object, key)
                yield Subject(record_id=name, system=source.system, object_type=source.object, source_key=key)


@contextmanager
def stores_of(tenant: Tenant, lake: duckdb.DuckDBPyConnection, *, now: datetime) -> Iterator[Sequence[Store]]:
    """Everything that holds values of the tenant's records, in the order in which it is erased."""

    def follow() -> None:
        score_pairs(tenant, lake)
        cluster_records(tenant, lake)
        assign_identity(tenant, lake, now=now)
        compose_golden(tenant, lake, now=now)

    with tenant.database.transaction(tenant.name) as connection:
        raw = RawExtracts(
            raw=tenant.raw,
            tenant=tenant.name,
            systems={each.source: each.system for each in tenant.declarations},
            lake=lake,
            connection=connection,
            suppression_key=tenant.keys.suppression_key(),
        )
        drop = DropFolder(drop=tenant.drop, declarations=tenant.declarations, lake=lake)
        yield (LakeTables(lake=lake, follow=follow), raw, *_sealed(connection), drop)


def _sealed(connection: Connection[Any]) -> list[SealedRows]:
    return [SealedRows(name=name, connection=connection) for name in PLACES]


def request_erasure(
    tenant: Tenant, subject: Subject, rows: Mapping[str, int], *, by: str, reason: str, now: datetime
) -> None:
    """Puts an erasure on record before anything is taken away; one that is there already stays as it was asked for."""
    with tenant.database.transaction(tenant.name) as connection:
        if connection.execute("select from kempt.erasure where record_id = %s", [subject.record_id]).fetchall():
            return
        event = Event(
            event_id=stable_id("erasure requested", tenant.name, subject.record_id),
            type="record_erasure_requested.v1",
            body={"record_id": subject.record_id, "by": by, "rows": dict(rows)},
        )
        seq = append(connection, [event], at=now).first
        connection.execute(
            "insert into kempt.erasure (tenant, record_id, key_digest, requested_by, reason_cipher, requested_seq) "
            "values (%s, %s, %s, %s, %s, %s)",
            [
                tenant.name,
                subject.record_id,
                keyed_digest(tenant.keys.suppression_key(), subject.name),
                by,
                tenant.keys.seal(reason.strip().encode(), aad=f"reason to erase {subject.record_id}"),
                seq,
            ],
        )


def _conclude(
    connection: Connection[Any], tenant: Tenant, subject: Subject, plan: Erasure, *, by: str, now: datetime
) -> None:
    """Claims on the record are withdrawn, questions about it are taken back, and what was done goes on record."""
    event = Event(
        event_id=stable_id("record erased", tenant.name, subject.record_id, now.isoformat()),
        type="record_erased.v1",
        body={
            "record_id": subject.record_id,
            "by": by,
            "rows": plan.rows,
            "left": {name: len(held) for name, held in plan.left.items()},
        },
    )
    seq = append(connection, [event], at=now).first
    bound = {"id": subject.record_id, "seq": seq, "now": now}
    connection.execute("update kempt.erasure set erased_seq = %(seq)s where record_id = %(id)s", bound)
    connection.execute(
        "update kempt.claim set withdrawn_seq = %(seq)s where record_id = %(id)s and withdrawn_seq is null", bound
    )
    connection.execute(
        "update kempt.review_item item set state = 'superseded', changed_at = %(now)s from kempt.proposal "
        "where proposal.proposal_id = item.proposal_id and subjects @> array[%(id)s::uuid] "
        "and state in ('pending', 'deferred', 'approved')",
        bound,
    )

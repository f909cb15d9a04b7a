"""The vault follows the canonical records: what a record says is kept, and found, whenever it says something else."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
from psycopg import Connection

from kempt.ids import stable_id
from kempt.ledger.append import Event, append
from kempt.ledger.vault import Content, keep_versions, newest_digests, stage_versions
from kempt.records.keyed_sql import keyed_digest_sql, pads
from kempt.records.model import ENTITY_OF, OBJECT_TYPES, ObjectType, fields_of
from kempt.survivorship.candidates import columns_of, quoted
from kempt.survivorship.units import UNITS
from kempt.usecases.index_records import Indexing, index_missing
from kempt.usecases.tenancy import Tenant

BATCH = 10_000

# A JSON object of what is not empty, its keys in one order: the same values always give the same text.
_SAID = f"""
with said as (
    select record_id, '{{kind}}' as object_type, observed_on, '{{{{' || concat_ws(',', {{fields}}) || '}}}}' as text
    from {{kind}}
),
digested as (select *, {keyed_digest_sql("object_type || text")} as digest from said)
select record_id, coalesce(version, 0) + 1 as version, object_type, observed_on, digested.digest, text
from digested left join vault_known as known using (record_id)
where known.digest is null or known.digest <> digested.digest
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """Canonical records, and those of them that said something for the first time or something else."""

    records: int
    new: int
    changed: int


def fill_vault(tenant: Tenant, lake: duckdb.DuckDBPyConnection, *, now: datetime) -> Filled:
    """Keeps what canonical records say now. Running it again writes nothing; older versions stay for the past."""
    records = new = changed = 0
    with tenant.database.transaction(tenant.name) as connection:
        _load_known(lake, connection)
        indexing = Indexing(connection, tenant)
        for kind in OBJECT_TYPES:
            for batch in _arriving(lake, kind, tenant.keys.digest_key()):
                stage_versions(connection, tenant.vault, batch)
                indexing.stage((each.record_id, json.loads(each.text)) for each in batch)
                first = sum(each.version == 1 for each in batch)
                new, changed = new + first, changed + len(batch) - first
            ((count,),) = lake.execute(f"select count(*) from {kind}").fetchall()
            records += count
        if new + changed:
            keep_versions(connection, _told(connection, tenant.name, new, changed, now))
        indexing.keep()
        index_missing(connection, tenant)
    return Filled(records=records, new=new, changed=changed)


def _load_known(lake: duckdb.DuckDBPyConnection, connection: Connection[Any]) -> None:
    known = [*zip(*newest_digests(connection), strict=True)] or [(), (), ()]
    kinds = (pa.string(), pa.int32(), pa.string())
    columns = [pa.array(column, kind) for column, kind in zip(known, kinds, strict=True)]
    loaded = pa.table(columns, names=["record_id", "version", "digest"])  # noqa: F841, read by DuckDB below
    lake.execute("create or replace temp table vault_known as from loaded")


def _arriving(lake: duckdb.DuckDBPyConnection, kind: ObjectType, key: bytes) -> Iterator[list[Content]]:
    names = sorted(kept_fields(kind) & columns_of(lake, kind))
    fields = ", ".join(f"""'"{name}":' || to_json(nullif(cast({quoted(name)} as varchar), ''))""" for name in names)
    cursor = lake.execute(_SAID.format(kind=kind, fields=fields), pads(key))
    while rows := cursor.fetchmany(BATCH):
        yield [
            Content(record_id=record, version=version, object_type=of, observed_on=on, digest=digest, text=text)
            for record, version, of, on, digest, text in rows
        ]


def kept_fields(kind: ObjectType) -> frozenset[str]:
    """What the vault keeps of a record: its canonical fields, all that golden records draw on, and who it is there."""
    drawn_on = (part for unit in UNITS[ENTITY_OF[kind]] for part in unit.parts)
    return frozenset({"source", "source_key", *(field.name for field in fields_of(kind)), *drawn_on})


def _told(connection: Connection[Any], tenant: str, new: int, changed: int, now: datetime) -> int:
    """Where the event of this filling lies in the ledger: what was kept was said from there on."""
    event = Event(
        event_id=stable_id("vault filled", tenant, now.isoformat()),
        type="record_versions_kept.v1",
        body={"new": new, "changed": changed},
    )
    return append(connection, [event], at=now).first

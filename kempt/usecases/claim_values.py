"""Values that did not come from a source, opened: overrides and what providers said."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
from psycopg import Connection

from kempt.usecases.tenancy import Tenant


def claim_place(claim_id: str) -> str:
    """What a claim's value is sealed for; it opens nowhere else."""
    return f"claim {claim_id}"


def load_claims(
    lake: duckdb.DuckDBPyConnection,
    connection: Connection[Any],
    tenant: Tenant,
    *,
    now: datetime | None = None,
    records: Iterable[str] | None = None,
) -> None:
    """What did not come from a source and is in force, its values opened for this connection alone.

    In force at `now`, or by the database's clock; of these records, or of all.
    """
    rows = connection.execute(
        """
        select record_id::text, attribute, value_cipher, kind, origin, confidence, observed_at, claim_id::text,
            created_seq, is_empty
        from kempt.claim
        where withdrawn_seq is null and (expires_at is null or expires_at > coalesce(%(now)s, now()))
            and (%(records)s::uuid[] is null or record_id = any(%(records)s::uuid[]))
        """,
        {"now": now, "records": None if records is None else sorted(set(records))},
    ).fetchall()
    keys = tenant.vault.of(connection, (row[0] for row in rows))
    values = [None if row[9] else keys.open([row[0]], bytes(row[2]), claim_place(row[7])).decode() for row in rows]
    opened = pa.table(  # noqa: F841, read by DuckDB below
        {
            "record_id": pa.array([row[0] for row in rows], pa.string()),
            "attribute": pa.array([row[1] for row in rows], pa.string()),
            "value": pa.array(values, pa.string()),
            "origin": pa.array([row[3] for row in rows], pa.string()),
            "source": pa.array([row[4] for row in rows], pa.string()),
            "confidence": pa.array([row[5] for row in rows], pa.float64()),
            "observed_at": pa.array([row[6].replace(tzinfo=None) for row in rows], pa.timestamp("us")),
            "claim_id": pa.array([row[7] for row in rows], pa.string()),
            "spoken": pa.array([row[8] for row in rows], pa.int64()),
        }
    )
    lake.execute("create or replace temp table claim_in_force as from opened")


def claim_values(
    connection: Connection[Any], tenant: Tenant, records: Iterable[str], *, ended: bool = False
) -> dict[tuple[str, str], list[str]]:
    """The values claimed for (record, attribute), the newest first; none of a record that was erased.

    Those that nobody withdrew, or with `ended` all that ever were.
    """
    rows = connection.execute(
        "select claim_id::text, record_id::text, attribute, value_cipher from kempt.claim "
        "where (%s or withdrawn_seq is null) and not is_empty and record_id = any(%s::uuid[]) "
        "order by created_seq desc, claim_id",
        [ended, sorted(set(records))],
    ).fetchall()
    keys = tenant.vault.of(connection, (row[1] for row in rows))
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for claim, record, attribute, sealed in rows:
        if record in keys.by_record:
            found[record, attribute].append(keys.open([record], bytes(sealed), claim_place(claim)).decode())
    return dict(found)

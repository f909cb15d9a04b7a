"""What the sources are, how they stand, and the approval that lets a changed one go on."""

from datetime import datetime
from typing import Any

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from kempt.errors import StopRun
from kempt.extracts.schema import check_schema
from kempt.ids import stable_id
from kempt.ledger.append import Event, append
from kempt.usecases.tenancy import Tenant

NEWEST = """
select distinct on (source) source, extract_id::text, day, rows, status, reason
from kempt.extract order by source, day desc, seq desc
"""

BLOCKED = """
select extract_id::text, day, columns, schema_fingerprint from kempt.extract
where source = %s and status = 'blocked' order by day desc, seq desc limit 1
"""


def sources_of(tenant: Tenant) -> list[dict[str, Any]]:
    """Every declared source with its newest extract."""
    with tenant.database.transaction(tenant.name) as connection:
        newest = {row["source"]: row for row in connection.cursor(row_factory=dict_row).execute(NEWEST)}
    return [
        {"source": each.source, "object": each.object}
        | {name: newest.get(each.source, {}).get(name) for name in ("day", "rows", "status", "reason")}
        for each in tenant.declarations
    ]


def approve_source(tenant: Tenant, source: str, *, by: str, now: datetime) -> str:
    """Accepts the newest blocked extract of a source, its columns included; says what was accepted."""
    declaration = tenant.declaration(source)
    with tenant.database.transaction(tenant.name) as connection:
        row = connection.cursor(row_factory=dict_row).execute(BLOCKED, [source]).fetchone()
        if row is None:
            raise StopRun(
                f"{source} is not blocked; there is nothing to approve. `kempt source list` shows how each one stands."
            )
        drift = check_schema(row["columns"], None, needed=declaration.needed_columns)
        if drift is not None:
            raise StopRun(
                f"{source}: {drift}. Correct its mapping first, or those fields would be emptied; "
                "then land the day again with `kempt run --day DAY`."
            )
        event = Event(
            event_id=stable_id("approve source", tenant.name, row["extract_id"]),
            type="source_change_approved.v1",
            body={
                "source": source,
                "extract_id": row["extract_id"],
                "approved_by": by,
                "schema_fingerprint": row["schema_fingerprint"],
            },
        )
        append(connection, [event], at=now)
        connection.execute(
            "insert into kempt.schema_approval values (%s, %s, %s, %s, %s, %s) "
            "on conflict (tenant, source, fingerprint) do nothing",
            [tenant.name, source, row["schema_fingerprint"], Jsonb(row["columns"]), by, now],
        )
        connection.execute(
            "update kempt.extract set status = 'landed', reason = null where extract_id = %s::uuid", [row["extract_id"]]
        )
    return f"the extract of {row['day']}"

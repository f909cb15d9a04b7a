"""Who belongs to which entity now, as a table that DuckDB can join."""

from collections.abc import Sequence
from typing import Any

import duckdb
import pyarrow as pa
from psycopg import Connection

from kempt.records.model import EntityType

PEOPLE = "person_record"
RECORDS: dict[EntityType, str] = {"person": PEOPLE, "company": "company"}


def load_members(
    lake: duckdb.DuckDBPyConnection,
    connection: Connection[Any],
    entity_type: EntityType,
    *,
    table: str,
    only: Sequence[str] | None = None,
) -> list[str]:
    """Writes (record_id, entity_id) of every live entity of one type into a temporary table; the records.

    Of these entities alone, where they are named.
    """
    # Right after a first load PostgreSQL knows nothing of these tables' sizes, and nested loops over them take minutes.
    connection.execute("set local enable_nestloop = off")
    rows = connection.execute(
        """
        select membership.record_id::text, membership.entity_id
        from kempt.membership join kempt.entity using (tenant, entity_id)
        where membership.to_seq is null and entity.entity_type = %(type)s
            and (%(only)s::text[] is null or membership.entity_id = any(%(only)s))
        """,
        {"type": entity_type, "only": None if only is None else list(only)},
    ).fetchall()
    connection.execute("set local enable_nestloop = on")
    members = pa.table(  # noqa: F841, read by DuckDB below
        {
            "record_id": pa.array([row[0] for row in rows], pa.string()),
            "entity_id": pa.array([row[1] for row in rows], pa.string()),
        }
    )
    lake.execute(f"create or replace temp table {table} as select * from members")
    return [row[0] for row in rows]


def view_people(lake: duckdb.DuckDBPyConnection) -> None:
    """Contacts and leads as one relation: both describe persons."""
    lake.execute(f"create or replace temp view {PEOPLE} as select * from contact union all by name select * from lead")

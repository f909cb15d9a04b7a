"""Values that did not come from a source, opened: overrides and what providers said."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from psycopg import Connection

from kempt.usecases.tenancy import Tenant


def claim_place(claim_id: str) -> str:
    """What a claim's value is sealed for; it opens nowhere else."""
    return f"claim {claim_id}"


def claim_values(
    connection: Connection[Any], tenant: Tenant, records: Iterable[str]
) -> dict[tuple[str, str], list[str]]:
    """The values claimed for (record, attribute) and in force, the newest first; none of a record that was erased."""
    rows = connection.execute(
        "select claim_id::text, record_id::text, attribute, value_cipher from kempt.claim "
        "where withdrawn_seq is null and record_id = any(%s::uuid[]) order by created_seq desc, claim_id",
        [sorted(set(records))],
    ).fetchall()
    keys = tenant.vault.of(connection, (row[1] for row in rows))
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for claim, record, attribute, sealed in rows:
        if record in keys.by_record:
            found[record, attribute].append(keys.open([record], bytes(sealed), claim_place(claim)).decode())
    return dict(found)

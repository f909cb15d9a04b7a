"""Values of golden cells as they were, from vault and claims: a cell names its record, and its digest the value."""

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Connection

from kempt.ids import keyed_digest
from kempt.ledger.vault import said_ever
from kempt.usecases.claim_values import claim_values
from kempt.usecases.tenancy import Tenant

Named = tuple[str, str, str]
"""A record, an attribute and the keyed digest of a value."""


def past_values(
    connection: Connection[Any], tenant: Tenant, cells: Iterable[tuple[str, Sequence[Any]]]
) -> dict[Named, str]:
    """Plain values by record, attribute and digest, for cells of any time as the ledger tells them.

    One is left out when its record was erased, and only then. Of a cell that is empty on purpose it is the empty text.
    """
    wanted = {(cell[0], attribute, cell[5]) for attribute, cell in cells}
    named = {(record, attribute) for record, attribute, _ in wanted}
    records = {record for record, _ in named}
    candidates = [
        (each.record_id, attribute, value)
        for each in said_ever(connection, tenant.vault, records)
        for attribute, value in each.values.items()
        if (each.record_id, attribute) in named
    ]
    claimed = claim_values(connection, tenant, records, ended=True)
    candidates += [(*name, value) for name, values in claimed.items() if name in named for value in values]
    # No claim and no version holds it where it is empty on purpose.
    candidates += [(record, attribute, "") for record, attribute in named]
    key = tenant.keys.digest_key()
    told = {
        (record, attribute, keyed_digest(key, value)): value for record, attribute, value in dict.fromkeys(candidates)
    }
    return {name: value for name, value in told.items() if name in wanted}

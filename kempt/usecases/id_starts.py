"""Ids that start as somebody typed: ranges, which keys answer, and not patterns, which every row is held against."""

from typing import Any
from uuid import UUID

from psycopg import Connection

ENTITY_ID_LENGTH = len("per_") + 24
_HEX = frozenset("0123456789abcdef")


def entities_from(connection: Connection[Any], start: str, limit: int = 2) -> list[str]:
    """Entities whose id starts so, whatever became of them, in the order of their ids."""
    if not start.startswith(("per_", "com_")) or len(start) > ENTITY_ID_LENGTH:
        return []
    # Ids are lower-case letters and digits, which every collation puts in this order.
    rows = connection.execute(
        "select entity_id from kempt.entity where entity_id between %s and %s and starts_with(entity_id, %s) "
        "order by entity_id limit %s",
        [start, start.ljust(ENTITY_ID_LENGTH, "z"), start, limit],
    )
    return [entity for (entity,) in rows]


def is_record_id(name: str) -> bool:
    """Whether a text is a whole record id, as Kempt writes them."""
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


def records_from(connection: Connection[Any], start: str, limit: int = 2) -> list[str]:
    """Records whose id starts so, in their order: of those with values, and those that ever had an entity."""
    digits = start.replace("-", "")
    if not digits or len(digits) > 32 or not _HEX.issuperset(digits):
        return []
    rows = connection.execute(
        """
        (select record_id::text from kempt.record_key where record_id between %(low)s and %(high)s
         order by record_id limit %(limit)s)
        union
        (select distinct record_id::text from kempt.membership where record_id between %(low)s and %(high)s
         order by record_id limit %(limit)s)
        order by record_id limit %(limit)s
        """,
        {"low": UUID(digits.ljust(32, "0")), "high": UUID(digits.ljust(32, "f")), "limit": limit},
    )
    return [record for (record,) in rows]

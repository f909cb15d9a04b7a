"""The day a tenant's records speak of: the newest day of its landed extracts, never the clock."""

from datetime import date
from typing import Any

from psycopg import Connection


def today_of(connection: Connection[Any]) -> date:
    """So that a replay of old extracts judges them as their own day did (ADR 0008)."""
    row = connection.execute("select max(day) from kempt.extract where status = 'landed'").fetchone()
    return row[0] if row and row[0] else date.min

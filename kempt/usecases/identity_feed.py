"""What became of ids, for those who keep ids of ours."""

from dataclasses import dataclass
from typing import Any

from psycopg.rows import dict_row

from kempt.usecases.ledger_folds import position
from kempt.usecases.tenancy import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """Where an id led at a position, or leads now."""

    asked: str
    entity_id: str | None
    """None for an id that nobody had."""
    state: str
    """active, redirected, retired or unknown."""
    redirects: int


def identity_changes(tenant: Tenant, *, since: int = 0, limit: int = 100) -> list[dict[str, Any]]:
    """Changes told after a position, oldest first; the last one's position asks for the next page."""
    with tenant.database.transaction(tenant.name) as connection:
        return connection.cursor(row_factory=dict_row).execute(
            """
            select seq, at, change, entity_id, entity_type, redirect_to, joined, "left"
            from kempt.identity_change where tenant = (select kempt.tenant()) and seq > %s order by seq limit %s
            """,
            [since, limit],
        ).fetchall()  # fmt: skip


def resolve_id(tenant: Tenant, entity: str, *, at: str | None = None) -> Resolved:
    """Where an id leads, at a position or moment or now; it never fails."""
    with tenant.database.transaction(tenant.name) as connection:
        seq = position(connection, at) if at is not None else None
        ((found, state, steps),) = connection.execute(
            "select entity_id, state, steps from kempt.resolve(%s, %s)", [entity, seq]
        ).fetchall()
    return Resolved(asked=entity, entity_id=found, state=state, redirects=steps)

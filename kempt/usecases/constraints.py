"""What stewards say of two records: said, listed, and taken back. Identity is worked out again from it."""

from datetime import datetime
from typing import Any

import duckdb
from psycopg import Connection
from psycopg.rows import dict_row

from kempt.errors import StopRun
from kempt.identity.model import Changes
from kempt.matching.evidence import StewardLinks
from kempt.records.model import EntityType
from kempt.usecases.cluster import steward_links
from kempt.usecases.constraint_rows import Said, end_constraints, write_constraints
from kempt.usecases.foresee import foresee
from kempt.usecases.tenancy import Tenant


def list_constraints(tenant: Tenant, *, every: bool = False, now: datetime) -> list[dict[str, Any]]:
    """The constraints in force, or every one with what became of it."""
    with tenant.database.transaction(tenant.name) as connection:
        return connection.cursor(row_factory=dict_row).execute(
            """
            select constraint_id::text, kind, entity_type, left_record::text, right_record::text, authority, reason,
                expires_at, created_seq,
                case when superseded_by is not null then 'withdrawn' when expires_at <= %(now)s then 'expired'
                    else 'in force' end as state
            from kempt.record_constraint
            left join lateral (
                select entity_type from kempt.membership join kempt.entity using (tenant, entity_id)
                where record_id = left_record order by from_seq desc limit 1
            ) as scope on true
            where %(every)s or superseded_by is null and (expires_at is null or expires_at > %(now)s)
            order by created_seq, constraint_id
            """,
            {"every": every, "now": now},
        ).fetchall()  # fmt: skip


def add_constraint(tenant: Tenant, said: Said, *, now: datetime) -> str:
    """Says it; from the next run on it holds. The constraint's id."""
    with tenant.database.transaction(tenant.name) as connection:
        _scope(connection, said.pair)
        if (other := _in_force(connection, said.pair, now)) and other[0][1] != said.kind:
            raise StopRun(
                f"{other[0][0]} says the opposite of these records. Withdraw it first: "
                f"`kempt constraint withdraw {other[0][0]}`."
            )
        (name,) = write_constraints(connection, tenant, [said], now=now)
    return name


def foresee_constraint(tenant: Tenant, lake: duckdb.DuckDBPyConnection, said: Said) -> Changes:
    """What saying it would change in who is who. Writes nothing."""
    with tenant.database.transaction(tenant.name) as connection:
        kind = _scope(connection, said.pair)
        links = steward_links(connection)
        must, cannot = set(links.must), set(links.cannot)
        (must if said.kind == "must_link" else cannot).add(said.pair)
        return foresee(
            tenant, lake, connection, kind, said.pair, StewardLinks(must=frozenset(must), cannot=frozenset(cannot))
        ).changes


def withdraw_constraint(tenant: Tenant, name: str, *, authority: str, reason: str, now: datetime) -> None:
    """Takes it back; from the next run on the records are judged without it."""
    with tenant.database.transaction(tenant.name) as connection:
        end_constraints(connection, tenant, [full_id(connection, name)], authority=authority, reason=reason, now=now)


def foresee_withdrawal(tenant: Tenant, lake: duckdb.DuckDBPyConnection, name: str) -> Changes:
    """What taking it back would change in who is who. Writes nothing."""
    with tenant.database.transaction(tenant.name) as connection:
        ((kind, left, right),) = connection.execute(
            "select kind, left_record::text, right_record::text from kempt.record_constraint where constraint_id = %s",
            [full_id(connection, name)],
        ).fetchall()
        links = steward_links(connection)
        must, cannot = set(links.must), set(links.cannot)
        (must if kind == "must_link" else cannot).discard((left, right))
        left_links = StewardLinks(must=frozenset(must), cannot=frozenset(cannot))
        scope = _scope(connection, (left, right))
        return foresee(tenant, lake, connection, scope, (left, right), left_links).changes


def full_id(connection: Connection[Any], prefix: str) -> str:
    """The constraint whose id starts so."""
    rows = connection.execute(
        "select constraint_id::text from kempt.record_constraint where starts_with(constraint_id::text, %s) limit 2",
        [prefix.lower()],
    ).fetchall()
    if len(rows) != 1:
        raise StopRun(
            f"{prefix}: {'no constraint' if not rows else 'more than one constraint'} starts so. "
            "`kempt constraint list` shows ids."
        )
    return str(rows[0][0])


def _in_force(connection: Connection[Any], pair: tuple[str, str], now: datetime) -> list[tuple[str, str]]:
    return connection.execute(
        "select constraint_id::text, kind from kempt.record_constraint where left_record = %s and right_record = %s "
        "and superseded_by is null and (expires_at is null or expires_at > %s)",
        [*pair, now],
    ).fetchall()


def _scope(connection: Connection[Any], pair: tuple[str, str]) -> EntityType:
    """The entity type that both records are of; a constraint holds within it and its tenant."""
    rows = connection.execute(
        """
        select record_id::text, max(entity_type) from kempt.membership join kempt.entity using (tenant, entity_id)
        where record_id::text = any(%s) group by record_id
        """,
        [list(pair)],
    ).fetchall()
    kinds = dict(rows)
    if missing := [record for record in pair if record not in kinds]:
        raise StopRun(f"{missing[0]}: no record of {connection_tenant(connection)} that was ever matched has this id.")
    if len(set(kinds.values())) > 1:
        raise StopRun("one of these records is a person, the other a company. A constraint is on two of one type.")
    kind: EntityType = next(iter(kinds.values()))
    return kind


def connection_tenant(connection: Connection[Any]) -> str:
    """The tenant in context."""
    ((name,),) = connection.execute("select kempt.tenant()").fetchall()
    return str(name)

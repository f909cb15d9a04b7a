"""From a golden cell back to the row it came from, with the decisions on the way; values are masked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
from psycopg import Connection
from psycopg.rows import dict_row

from kempt.errors import StopRun
from kempt.records.mapping import SourceDeclaration
from kempt.records.masking import mask
from kempt.records.model import EntityType
from kempt.survivorship.units import UNITS
from kempt.usecases.membership import RECORDS, view_people
from kempt.usecases.tenancy import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One step back: golden_cell, claim, canonical_row or raw_row, and what it says of itself."""

    what: str
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The way of one value, the newest step first, and who decided what on it."""

    entity_id: str
    attribute: str
    hops: tuple[Hop, ...]
    decisions: tuple[Mapping[str, Any], ...]


def trace(tenant: Tenant, lake: duckdb.DuckDBPyConnection, entity: str, attribute: str) -> Trace:
    """Golden cell -> claim, if it is one -> canonical row -> raw row: at most four hops."""
    with tenant.database.transaction(tenant.name) as connection:
        found, kind = _resolved(connection, entity)
        cell = _cell(lake, found, kind, attribute)
        hops = [Hop(what="golden_cell", said=_masked(cell))]
        claim = _claim(connection, tenant, cell) if cell["origin"] != "record" else None
        if claim is not None:
            hops.append(Hop(what="claim", said=claim))
        row = _canonical(lake, kind, cell["record_id"], attribute)
        if row is not None:
            hops.append(Hop(what="canonical_row", said=_masked(row)))
            if (raw := _raw(connection, tenant, lake, row, attribute)) is not None:
                hops.append(Hop(what="raw_row", said=raw))
        decisions = _decisions(connection, found, claim)
    return Trace(entity_id=found, attribute=attribute, hops=tuple(hops), decisions=decisions)


def _resolved(connection: Connection[Any], entity: str) -> tuple[str, EntityType]:
    row = connection.execute(
        "select resolved.entity_id, entity_type from kempt.resolve(%s) as resolved join kempt.entity using (entity_id)",
        [entity],
    ).fetchone()
    if row is None:
        raise StopRun(f"{entity}: no entity has or had this id. `kempt identity changes` lists them.")
    return row[0], row[1]


def _cell(lake: duckdb.DuckDBPyConnection, entity: str, kind: EntityType, attribute: str) -> dict[str, Any]:
    known = sorted(part for unit in UNITS[kind] for part in unit.parts)
    if attribute not in known:
        raise StopRun(f"a {kind} has no field {attribute!r}. It has: {', '.join(known)}.")
    rows = _rows(
        lake,
        "select attribute, value, record_id, origin, source, confidence, cast(observed_at as varchar) as observed_at, "
        f"rule, strategy, losers, conflict from {kind}_cell where entity_id = ? and attribute = ?",
        [entity, attribute],
    )
    if not rows:
        raise StopRun(f"the golden record of {entity} holds no {attribute}.")
    return rows[0]


def _claim(connection: Connection[Any], tenant: Tenant, cell: Mapping[str, Any]) -> dict[str, Any] | None:
    """The claim in force that the cell shows: the same record, attribute and value."""
    keys = tenant.vault.of(connection, [cell["record_id"]])
    if cell["record_id"] not in keys.by_record:
        return None
    digest = keys.digest(cell["record_id"], cell["value"] or "")
    return connection.cursor(row_factory=dict_row).execute(
        """
        select claim_id::text, record_id::text, attribute, kind, origin, confidence, observed_at,
            created_seq, decision_id::text, author, expires_at, is_empty
        from kempt.claim where withdrawn_seq is null and record_id = %s and attribute = %s and value_digest = %s
        order by created_seq desc, claim_id limit 1
        """,
        [cell["record_id"], cell["attribute"], digest],
    ).fetchone()  # fmt: skip


def _canonical(lake: duckdb.DuckDBPyConnection, kind: EntityType, record: str, attribute: str) -> dict[str, Any] | None:
    view_people(lake)
    relation = RECORDS[kind]
    held = {name for name, *_ in lake.execute(f"describe {relation}").fetchall()}
    value = f'cast("{attribute}" as varchar)' if attribute in held else "null"
    flag = f'"{attribute}_flag"' if f"{attribute}_flag" in held else "null"
    rows = _rows(
        lake,
        f"select record_id, object_type, source, system, source_key, extract_id, row_number, "
        f"cast(observed_on as varchar) as observed_on, {value} as value, {flag} as flag "
        f"from {relation} where record_id = ?",
        [record],
    )
    return rows[0] if rows else None


def _raw(
    connection: Connection[Any],
    tenant: Tenant,
    lake: duckdb.DuckDBPyConnection,
    row: Mapping[str, Any],
    attribute: str,
) -> dict[str, Any] | None:
    """The row as it came: which extract, file and line, and the columns that the mapping read for this field."""
    found = connection.execute(
        "select day::text, files ->> 'rows', input_digest, mapping_version from kempt.extract where extract_id = %s",
        [row["extract_id"]],
    ).fetchone()
    if found is None:
        return None
    day, file, input_digest, mapping = found
    declaration = next((each for each in tenant.declarations if each.source == row["source"]), None)
    columns = _columns_of(declaration, attribute) if declaration is not None else []
    path = tenant.raw / file
    values: dict[str, str] = {}
    if path.exists():
        held = lake.execute(
            "select _payload from read_parquet(?, encryption_config = {footer_key: 'kempt'}) where _row_number = ?",
            [str(path), row["row_number"]],
        ).fetchone()
        payload = held[0] if held is not None else {}
        values = {name: mask(payload[name]) for name in columns if payload.get(name)}
    return {
        "source": row["source"],
        "day": day,
        "extract_id": row["extract_id"],
        "file": file,
        "row_number": row["row_number"],
        "input_digest": input_digest,
        "mapping_version": mapping,
        "columns": values,
    }


# What a field of a golden record is made of when no column of that name is mapped.
_MADE_OF = {
    "full_name": ("full_name", "given_name", "family_name"),
    "given_name": ("given_name", "full_name"),
    "family_name": ("family_name", "full_name"),
    "suffix": ("full_name", "family_name"),
    "domain": ("website", "email"),
}


def _columns_of(declaration: SourceDeclaration, attribute: str) -> list[str]:
    """The source's columns behind a field, in the order of the mapping."""
    columns: list[str] = []
    for field in _MADE_OF.get(attribute, (attribute,)):
        rule = declaration.field_rules.get(field)
        columns += rule.get("join", []) if isinstance(rule, dict) else [rule] if isinstance(rule, str) else []
    return list(dict.fromkeys(columns))


def _decisions(
    connection: Connection[Any], entity: str, claim: Mapping[str, Any] | None
) -> tuple[Mapping[str, Any], ...]:
    """Decisions that brought the value here: on the claim, and on merges between records of the entity."""
    return tuple(
        connection.cursor(row_factory=dict_row)
        .execute(
            """
            with ours as (select record_id from kempt.membership where entity_id = %(entity)s and to_seq is null)
            select decision.decision_id::text, decision.proposal_id::text, proposal.kind, decision.verdict,
                decider_type, decider, reasons, policy_version, decided_at
            from kempt.decision_in_force as decision join kempt.proposal using (tenant, proposal_id)
            where decision.decision_id = %(decision)s::uuid
                or proposal.kind = 'merge' and subjects <@ array(select record_id from ours)
            order by decided_at, decision_id
            """,
            {"entity": entity, "decision": claim["decision_id"] if claim is not None else None},
        )
        .fetchall()
    )


def _masked(said: Mapping[str, Any]) -> dict[str, Any]:
    """With the value hidden but for its shape."""
    return {**said, "value": mask(str(said["value"])) if said.get("value") is not None else None}


def _rows(lake: duckdb.DuckDBPyConnection, query: str, parameters: list[Any]) -> list[dict[str, Any]]:
    cursor = lake.execute(query, parameters)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

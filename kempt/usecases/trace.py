"""From a golden cell back to the row it came from, with the decisions on the way; values are masked."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import duckdb
from psycopg import Connection
from psycopg.rows import dict_row

from kempt.errors import StopRun
from kempt.ledger.vault import Said
from kempt.records.masking import shown_of
from kempt.records.model import EntityType
from kempt.survivorship.units import UNITS
from kempt.usecases.compose import contenders_of
from kempt.usecases.past_values import past_values
from kempt.usecases.raw_rows import raw_row
from kempt.usecases.tenancy import Tenant
from kempt.usecases.values import values_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One step back: golden_cell, claim, record_version or raw_row, and what it says of itself."""

    what: str
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The way of one value, the newest step first, and who decided what on it."""

    entity_id: str
    attribute: str
    hops: tuple[Hop, ...]
    decisions: tuple[Mapping[str, Any], ...]
    contenders: tuple[Mapping[str, Any], ...]
    """Everybody who spoke about the field, the first by the rules first; the others with the strategy they lost by."""


def trace(tenant: Tenant, entity: str, attribute: str, *, lake: duckdb.DuckDBPyConnection | None = None) -> Trace:
    """Golden cell -> claim, if it is one -> what its record says -> with a lake, the raw row: at most four hops.

    With a lake, also who else spoke.
    """
    with tenant.database.transaction(tenant.name) as connection:
        found, kind, golden = _golden(connection, entity)
        cell = _cell(found, kind, golden, attribute)
        value = past_values(connection, tenant, [(attribute, cell)]).get((cell[0], attribute, cell[5]))
        hops = [Hop(what="golden_cell", said=_told(cell, attribute, value))]
        claim = _claim(connection, tenant, attribute, cell, value) if cell[1] != "record" else None
        if claim is not None:
            hops.append(Hop(what="claim", said=claim))
        if (said := values_of(connection, tenant, [cell[0]]).get(cell[0])) is not None:
            hops.append(Hop(what="record_version", said=_version(said, attribute)))
            if lake is not None and (raw := raw_row(connection, tenant, lake, said, attribute)) is not None:
                hops.append(Hop(what="raw_row", said=raw))
        decisions = _decisions(connection, found, claim)
        spoke = () if lake is None else contenders_of(connection, tenant, lake, kind, found, attribute)
    told = tuple(
        {**asdict(each), "value": each.value and shown_of(attribute, each.value),
         "observed_at": each.observed_at.isoformat()}
        for each in spoke
    )  # fmt: skip
    return Trace(entity_id=found, attribute=attribute, hops=tuple(hops), decisions=decisions, contenders=told)


def _golden(connection: Connection[Any], entity: str) -> tuple[str, EntityType, Mapping[str, Any]]:
    row = connection.execute(
        "select resolved.entity_id, entity.entity_type, coalesce(cells, '{}') from kempt.resolve(%s) as resolved "
        "join kempt.entity using (entity_id) left join kempt.golden_record using (tenant, entity_id)",
        [entity],
    ).fetchone()
    if row is None:
        raise StopRun(f"{entity}: no entity has or had this id. `kempt identity changes` lists them.")
    return row[0], row[1], row[2]


def _cell(entity: str, kind: EntityType, golden: Mapping[str, Any], attribute: str) -> Sequence[Any]:
    known = sorted(part for unit in UNITS[kind] for part in unit.parts)
    if attribute not in known:
        raise StopRun(f"a {kind} has no field {attribute!r}. It has: {', '.join(known)}.")
    if attribute not in golden:
        raise StopRun(f"the golden record of {entity} holds no {attribute}.")
    cell: Sequence[Any] = golden[attribute]
    return cell


def _told(cell: Sequence[Any], attribute: str, value: str | None) -> dict[str, Any]:
    record, origin, rule, confidence, observed_at, _ = cell
    return {
        "value": None if value is None else shown_of(attribute, value),
        "record_id": record,
        "origin": origin,
        "rule": rule,
        "confidence": confidence,
        "observed_at": observed_at,
    }


def _claim(
    connection: Connection[Any], tenant: Tenant, attribute: str, cell: Sequence[Any], value: str | None
) -> dict[str, Any] | None:
    """The claim in force that the cell shows: the same record, attribute and value."""
    keys = tenant.vault.of(connection, [cell[0]])
    if value is None or cell[0] not in keys.by_record:
        return None
    return connection.cursor(row_factory=dict_row).execute(
        """
        select claim_id::text, record_id::text, attribute, kind, origin, confidence, observed_at,
            created_seq, decision_id::text, author, expires_at, is_empty
        from kempt.claim where withdrawn_seq is null and record_id = %s and attribute = %s and value_digest = %s
        order by created_seq desc, claim_id limit 1
        """,
        [cell[0], attribute, keys.digest(cell[0], value)],
    ).fetchone()  # fmt: skip


def _version(said: Said, attribute: str) -> dict[str, Any]:
    value = said.values.get(attribute)
    return {
        "value": None if value is None else shown_of(attribute, value),
        "record_id": said.record_id,
        "object_type": said.object_type,
        "source": said.values.get("source"),
        "version": said.version,
        "since": said.seq,
        "observed_on": said.observed_on.isoformat(),
    }


def _decisions(
    connection: Connection[Any], entity: str, claim: Mapping[str, Any] | None
) -> tuple[Mapping[str, Any], ...]:
    """Decisions that brought the value here: on the claim, and on merges between records of the entity."""
    return tuple(
        connection.cursor(row_factory=dict_row)
        .execute(
            """
            with ours as (
                select array_agg(record_id) as records from kempt.membership
                where entity_id = %(entity)s and to_seq is null
            ),
            about as (select about as proposal_id from ours, kempt.proposals_about(records) as about)
            select decision.decision_id::text, decision.proposal_id::text, proposal.kind, decision.verdict,
                decider_type, decider, reasons, policy_version, decided_at
            from kempt.decision_in_force as decision join kempt.proposal using (tenant, proposal_id), ours
            where decision.proposal_id in (select proposal_id from about)
                and (decision.decision_id = %(decision)s::uuid or proposal.kind = 'merge' and subjects <@ records)
            order by decided_at, decision_id
            """,
            {"entity": entity, "decision": claim["decision_id"] if claim is not None else None},
        )
        .fetchall()
    )

"""Approvals that must not be carried out: what they rest on has moved since, or they cannot be proved.

An approval is bound to what was seen. Before it takes effect, what its evidence showed is read again: of a merge the
two records, of a value the one that stands, of a flag the value that is flagged.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, get_args

import duckdb
from psycopg import Connection
from psycopg.rows import dict_row

from kempt.agents.registry import ADJUDICATOR
from kempt.ledger.vault_keys import RecordKeys
from kempt.proposals.model import KINDS, ProposalKind
from kempt.records.model import EntityType
from kempt.usecases.agent_batches import unproven
from kempt.usecases.membership import view_people
from kempt.usecases.merge_proposals import record_values, side_by_side
from kempt.usecases.review import evidence_place
from kempt.usecases.tenancy import Tenant
from kempt.usecases.withdraw import Sealed, withdraw

Row = dict[str, Any]
MOVED = "what it rests on moved"
UNSEEN = frozenset({"updated_at"})
"""A touched time stamp alone says nothing about who somebody is."""

# Approved and without effect yet: after a crash in between, what took effect has changed what stands.
APPROVED = """
select item.proposal_id::text, proposal.kind, proposal.entity_type, proposal.attribute,
    proposal.subjects::text[] as records, item.decision_id::text, shown.evidence_cipher, shown.basis, d.seen,
    proposal.batch_id::text as proposed_in, d.batch_id::text as decided_in
from kempt.review_item item
join kempt.proposal using (tenant, proposal_id)
join kempt.review_basis shown using (tenant, proposal_id)
join kempt.decision d on d.tenant = item.tenant and d.decision_id = item.decision_id
where item.state = 'approved' and proposal.kind = any(%s)
    and (proposal.kind <> 'field_change' or not exists (
        select from kempt.claim c where c.decision_id = item.decision_id and c.attribute = proposal.attribute
    ))
    and not exists (select from kempt.stale_flag f where f.decision_id = item.decision_id)
    and not exists (select from kempt.erasure e where e.record_id = any(proposal.subjects))
order by item.proposal_id
for update of item
"""


def reopen_unsound(
    tenant: Tenant,
    lake: duckdb.DuckDBPyConnection,
    connection: Connection[Any],
    *,
    kinds: Sequence[ProposalKind] = KINDS,
    now: datetime,
) -> int:
    """Queues approvals again that moved or cannot be proved, with the reason; how many."""
    rows = connection.cursor(row_factory=dict_row).execute(APPROVED, [list(kinds)]).fetchall()
    if not rows:
        return 0
    false = unproven(connection, tenant.keys, rows)
    keys = tenant.vault.of(connection, (record for row in rows for record in row["records"]))
    shown = {row["proposal_id"]: _opened(keys, row) for row in rows}
    proved = [row for row in rows if row["proposal_id"] not in false]
    current = dict(_current(lake, connection, proved, shown))
    reopened = 0
    for row in rows:
        name = row["proposal_id"]
        evidence = {**shown[name], **current.get(name, {})}
        moved = row["basis"] != row["seen"] or _seen(evidence) != _seen(shown[name])
        if why := false.get(name) or (MOVED if moved else None):
            withdraw(
                connection, tenant, name, row["decision_id"], by=ADJUDICATOR, why=why, now=now,
                evidence=_sealed(keys, row, evidence) if moved else None,
            )  # fmt: skip
            reopened += 1
    return reopened


def _seen(evidence: Mapping[str, Any]) -> tuple[Any, ...]:
    """What of the evidence a person decides by."""
    sides = [row for row in evidence.get("records", ()) if row["field"] not in UNSEEN]
    return sides, evidence.get("stands"), evidence.get("value")


def _current(
    lake: duckdb.DuckDBPyConnection, connection: Connection[Any], rows: Sequence[Row], shown: Mapping[str, Row]
) -> Iterator[tuple[str, Row]]:
    """What the evidence of each would show now, where it can differ."""
    for entity_type in get_args(EntityType):
        ours = [row for row in rows if row["entity_type"] == entity_type]
        yield from _records_now(lake, entity_type, [row for row in ours if "records" in shown[row["proposal_id"]]])
        yield from _values_now(lake, connection, entity_type, [row for row in ours if row["kind"] == "field_change"])
        yield from _flagged_now(lake, entity_type, [row for row in ours if row["kind"] == "stale_flag"])


def _records_now(lake: duckdb.DuckDBPyConnection, kind: EntityType, rows: Sequence[Row]) -> Iterator[tuple[str, Row]]:
    if rows:
        view_people(lake)
        values = record_values(lake, kind, {record for row in rows for record in row["records"]})
        for row in rows:
            left, right = row["records"]
            sides = side_by_side(kind, values.get(left, {}), values.get(right, {}))
            yield row["proposal_id"], {"records": json.loads(_text(sides))}


def _values_now(
    lake: duckdb.DuckDBPyConnection, connection: Connection[Any], kind: EntityType, rows: Sequence[Row]
) -> Iterator[tuple[str, Row]]:
    if not rows:
        return
    entities = dict(
        connection.execute(
            "select record_id::text, entity_id from kempt.membership "
            "where to_seq is null and record_id = any(%s::uuid[])",
            [[row["records"][0] for row in rows]],
        ).fetchall()
    )
    cells = lake.execute(
        f"select entity_id, attribute, value from {kind}_cell where list_contains(?::varchar[], entity_id)",
        [sorted(set(entities.values()))],
    ).fetchall()
    standing = {(entity, attribute): value for entity, attribute, value in cells}
    for row in rows:
        entity = entities.get(row["records"][0])
        yield row["proposal_id"], {"stands": standing.get((entity, row["attribute"]))}


def _flagged_now(lake: duckdb.DuckDBPyConnection, kind: EntityType, rows: Sequence[Row]) -> Iterator[tuple[str, Row]]:
    if not rows:
        return
    cells = lake.execute(
        f"select record_id, attribute, value from {kind}_cell where list_contains(?::varchar[], record_id)",
        [sorted(row["records"][0] for row in rows)],
    ).fetchall()
    standing = {(record, attribute): value for record, attribute, value in cells}
    for row in rows:
        yield row["proposal_id"], {"value": standing.get((row["records"][0], row["attribute"]))}


def _opened(keys: RecordKeys, row: Row) -> Row:
    text = keys.open(row["records"], bytes(row["evidence_cipher"]), evidence_place(row["proposal_id"]))
    return dict(json.loads(text))


def _sealed(keys: RecordKeys, row: Row, evidence: Row) -> Sealed:
    text = _text(evidence).encode("utf-8", "replace")
    return Sealed(cipher=keys.seal(row["records"], text, evidence_place(row["proposal_id"])))


def _text(value: Any) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)

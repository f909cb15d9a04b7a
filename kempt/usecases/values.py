"""What records and entities say, from Postgres alone: vault and claims. Masked, unless somebody says why not."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from psycopg import Connection

from kempt.agents.actors import Unmasking
from kempt.errors import StopRun
from kempt.ids import keyed_digest, stable_id
from kempt.ledger.append import Event, append
from kempt.ledger.vault import Said, said
from kempt.records.masking import shown_of
from kempt.usecases.claim_values import claim_values
from kempt.usecases.id_starts import entities_from, records_from
from kempt.usecases.tenancy import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One value, masked or not, and where it comes from. None as value: it was erased, or waits for the next run.

    The empty text as value: somebody said that nothing is there.
    """

    attribute: str
    value: str | None = field(repr=False)
    record_id: str
    origin: Literal["record", "override", "enrichment"]
    confidence: float
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What somebody is shown of an entity or a record."""

    subject: str
    kind: str
    records: tuple[str, ...]
    masked: bool
    cells: tuple[Cell, ...]


def values_of(
    connection: Connection[Any], tenant: Tenant, records: Iterable[str], *, at: int | None = None
) -> dict[str, Said]:
    """What records say, or said at a position of the ledger, plain: for verbs that mask and record on their own."""
    return said(connection, tenant.vault, records, at=at)


def show(tenant: Tenant, subject: str, *, now: datetime, unmask: Unmasking | None = None) -> Shown:
    """An entity with its golden cells, or a record with its fields; masked unless `unmask` says for whom and why."""
    with tenant.database.transaction(tenant.name) as connection:
        name = full_id(connection, subject)
        if name.startswith(("per_", "com_")):
            found = _entity(connection, tenant, name)
        else:
            found = _record(connection, tenant, name)
        if unmask is not None:
            tell_unmasked(connection, tenant, found.subject, found.records, [cell.attribute for cell in found.cells],
                          unmask, now)  # fmt: skip
            return found
    return _masked(found)


def _masked(found: Shown) -> Shown:
    cells = tuple(
        Cell(
            attribute=cell.attribute,
            value=cell.value and shown_of(cell.attribute, cell.value),
            record_id=cell.record_id, origin=cell.origin, confidence=cell.confidence, rule=cell.rule,
        )
        for cell in found.cells
    )  # fmt: skip
    return Shown(subject=found.subject, kind=found.kind, records=found.records, masked=True, cells=cells)


def tell_unmasked(
    connection: Connection[Any],
    tenant: Tenant,
    subject: str,
    records: Iterable[str],
    fields: Iterable[str],
    unmask: Unmasking,
    now: datetime,
) -> None:
    """Puts on record who sees which fields of whom and for what, before she does."""
    event = Event(
        event_id=stable_id("unmasked", tenant.name, subject, unmask.by.name, now.isoformat()),
        type="values_unmasked.v1",
        body={
            "subject": subject,
            "records": sorted(records),
            "fields": sorted(set(fields)),
            "by": unmask.by.name,
            "role": unmask.by.role,
            "purpose": unmask.purpose.strip(),
        },
    )
    append(connection, [event], at=now)


def full_id(connection: Connection[Any], prefix: str) -> str:
    """The entity or record whose id starts so; an entity that was merged away is followed to where it went."""
    start = prefix.lower()
    found = [*entities_from(connection, start), *records_from(connection, start)]
    if len(found) != 1:
        raise StopRun(f"{prefix}: {'no entity or record' if not found else 'more than one id'} starts so.")
    return found[0]


def _record(connection: Connection[Any], tenant: Tenant, record: str) -> Shown:
    versions = values_of(connection, tenant, [record])
    if record not in versions:
        erased = connection.execute("select from kempt.erasure where record_id = %s", [record]).fetchall()
        raise StopRun(f"{record}: {'its values were erased' if erased else 'the vault holds nothing of it'}.")
    one = versions[record]
    cells = tuple(
        Cell(
            attribute=name,
            value=value,
            record_id=record,
            origin="record",
            confidence=1.0,
            rule=f"version {one.version}",
        )
        for name, value in sorted(one.values.items())
    )
    return Shown(subject=record, kind=one.object_type, records=(record,), masked=False, cells=cells)


def _entity(connection: Connection[Any], tenant: Tenant, entity: str) -> Shown:
    followed = connection.execute(
        """
        with recursive way (entity_id) as (
            select %s::text
            union select r.to_id from way join kempt.redirect r on r.from_id = way.entity_id and r.to_seq is null
        )
        select entity_id, entity_type, cells from way join kempt.golden_record using (entity_id)
        """,
        [entity],
    ).fetchone()
    if followed is None:
        raise StopRun(f"{entity} has no golden record: none of its records is left, or the next run composes it.")
    name, kind, golden = followed
    return Shown(
        subject=name, kind=kind, records=tuple(sorted({cell[0] for cell in golden.values()})), masked=False,
        cells=cells_of(connection, tenant, golden),
    )  # fmt: skip


def cells_of(connection: Connection[Any], tenant: Tenant, golden: Mapping[str, Any]) -> tuple[Cell, ...]:
    """The cells of a golden record with their values."""
    return cells_of_all(connection, tenant, {"": golden})[""]


def cells_of_all(
    connection: Connection[Any], tenant: Tenant, golden: Mapping[str, Mapping[str, Any]]
) -> dict[str, tuple[Cell, ...]]:
    """The cells of golden records with their values, by entity.

    A golden cell names its record; the vault's newest version of it has the value, or a claim on it. The digest in
    the cell says whether it is the one that was composed: between a change and the next run it is not.
    """
    every = [cell for cells in golden.values() for cell in cells.values()]
    told = values_of(connection, tenant, (cell[0] for cell in every))
    claimed = claim_values(connection, tenant, {cell[0] for cell in every if cell[1] != "record"})
    key = tenant.keys.digest_key()

    def opened(attribute: str, cell: list[Any]) -> Cell:
        record, origin, rule, confidence, _, digest = cell
        said_here = [told[record].values.get(attribute)] if record in told else []
        candidates = said_here if origin == "record" else claimed.get((record, attribute), [])
        # A cell that is empty on purpose has the digest of the empty text.
        held = (each for each in (*candidates, "") if each is not None)
        value = next((each for each in held if keyed_digest(key, each) == digest), None)
        return Cell(attribute=attribute, value=value, record_id=record, origin=origin, confidence=confidence, rule=rule)

    return {
        entity: tuple(opened(attribute, cell) for attribute, cell in sorted(cells.items()))
        for entity, cells in golden.items()
    }


def masked_evidence(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """The evidence of a proposal with every value masked; what is not known to be free of values counts as one."""
    attribute = str(evidence.get("attribute", ""))
    return {name: _masked_part(name, part, attribute) for name, part in evidence.items()}


NO_VALUES = frozenset(
    {"attribute", "because", "bits", "comparisons", "confidence", "found", "gap", "observed_on", "prior_bits"}
    | {"provider", "seen_on", "sentences", "source", "stands_from", "stands_since", "what_would_flip_it", "why"}
)
"""Parts of evidence that hold ids, days, rules and weights only."""


def _masked_part(name: str, part: Any, attribute: str) -> Any:
    if name in NO_VALUES or part is None:
        return part
    if name == "records":
        return [
            row
            | {
                side: None if row[side] is None else shown_of(row["field"], str(row[side]))
                for side in ("left", "right")
            }
            for row in part
        ]
    return shown_of(attribute, part if isinstance(part, str) else json.dumps(part, default=str))


def fields_in(evidence: Mapping[str, Any]) -> list[str]:
    """The fields whose values a proposal's evidence holds."""
    return [row["field"] for row in evidence.get("records", ())] or [str(evidence.get("attribute", ""))]

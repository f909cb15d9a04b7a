"""The plan of an unmerge: ids, golden records and everything that happened since, as they would be. Writes nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import duckdb
import pyarrow as pa
from psycopg import Connection

from kempt.identity.model import Changes
from kempt.identity.unmerge import GoldenAfter, Handover, Plan
from kempt.matching.evidence import StewardLinks
from kempt.records.model import EntityType
from kempt.survivorship.compose import compose
from kempt.survivorship.golden import golden_rows
from kempt.usecases.claim_values import load_claims
from kempt.usecases.cluster import steward_links
from kempt.usecases.compose import ingredients_of
from kempt.usecases.foresee import Foreseen, foresee
from kempt.usecases.ledger_folds import around
from kempt.usecases.membership import view_people
from kempt.usecases.tenancy import Tenant
from kempt.usecases.unmerge_items import items_since
from kempt.usecases.unmerge_sides import Merge, find_merge

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreknown:
    """A plan with what carrying it out needs besides."""

    plan: Plan
    changes: Changes
    parted: tuple[Pair, ...]
    """Every two records of different sides: they get a cannot-link."""


def plan_unmerge(
    connection: Connection[Any],
    tenant: Tenant,
    lake: duckdb.DuckDBPyConnection,
    named: str,
    *,
    records: tuple[str, ...] = (),
    given: Mapping[str, str] | None = None,
) -> Foreknown:
    """What taking back a merge would do; `given` says of claims, by id, to which record a person gave each."""
    merge = find_merge(connection, named, records)
    parted = _across(merge)
    withdrawn, links = _links(connection, parted)
    restore = {side.entity_id: side.records for side in merge.sides if side.entity_id is not None}
    foreseen = foresee(tenant, lake, connection, merge.entity_type, merge.members, links, restore)
    items, handovers = items_since(connection, tenant, lake, merge, foreseen.changes, withdrawn, given or {})
    golden = _golden(connection, tenant, lake, merge, foreseen, handovers)
    changes = foreseen.changes
    plan = Plan(
        entity_id=merge.entity_id,
        entity_type=merge.entity_type,
        merged_at=merge.merged_at,
        after=merge.after,
        sides=merge.sides,
        entity_of={move.record_id: move.to_id for move in changes.moves if move.to_id is not None},
        revived=changes.revived,
        minted=tuple(sorted(each.entity_id for each in changes.minted)),
        withdrawn=tuple(sorted(withdrawn)),
        handovers=handovers,
        golden=golden,
        items=items,
    )
    return Foreknown(plan=plan, changes=changes, parted=parted)


def _across(merge: Merge) -> tuple[Pair, ...]:
    return tuple(
        sorted(
            (min(left, right), max(left, right))
            for one, other in combinations(merge.sides, 2)
            for left in one.records
            for right in other.records
        )
    )


def _links(connection: Connection[Any], parted: tuple[Pair, ...]) -> tuple[dict[str, Pair], StewardLinks]:
    """The must-links between the sides, by id, and all links without them and with the sides held apart."""
    rows = connection.execute(
        "select constraint_id::text, left_record::text, right_record::text from kempt.record_constraint "
        "where kind = 'must_link' and superseded_by is null "
        "and left_record = any(%(records)s::uuid[]) and right_record = any(%(records)s::uuid[]) order by constraint_id",
        {"records": sorted({record for pair in parted for record in pair})},
    ).fetchall()
    apart = set(parted)
    withdrawn = {name: (left, right) for name, left, right in rows if (left, right) in apart}
    known = steward_links(connection)
    return withdrawn, StewardLinks(must=known.must - apart, cannot=known.cannot | apart)


def _golden(
    connection: Connection[Any],
    tenant: Tenant,
    lake: duckdb.DuckDBPyConnection,
    merge: Merge,
    foreseen: Foreseen,
    handovers: tuple[Handover, ...],
) -> tuple[GoldenAfter, ...]:
    """The golden records of every entity that the merge's records would be in, against those before the merge."""
    members: dict[str, list[str]] = {}
    for record, entity in foreseen.changes.entity_of.items():
        members.setdefault(entity, []).append(record)
    ours = sorted({foreseen.changes.entity_of[record] for record in merge.members})
    ours_now = {name: members[name] for name in ours}
    composed = compose_foreseen(tenant, lake, connection, merge.entity_type, ours_now, handovers)
    before = {} if merge.after is None else around(connection, tenant.name, ours, until=merge.after).golden
    told = []
    for name in ours:
        cells, digest = composed.get(name, ({}, None))
        was = before.get(name)
        cells_before = (was.cells or {}) if was is not None else {}
        returned = {attribute for attribute, cell in cells.items() if cells_before.get(attribute) == cell}
        told.append(
            GoldenAfter(
                entity_id=name,
                records=tuple(sorted(members[name])),
                digest=digest,
                before=was.digest if was is not None else None,
                returned=tuple(sorted(returned)),
                recomposed=tuple(sorted((cells.keys() | cells_before.keys()) - returned)),
            )
        )
    return tuple(told)


def compose_foreseen(
    tenant: Tenant,
    lake: duckdb.DuckDBPyConnection,
    connection: Connection[Any],
    kind: EntityType,
    members: Mapping[str, list[str]],
    handovers: tuple[Handover, ...] = (),
) -> dict[str, tuple[dict[str, Any], str]]:
    """Cells and digest of each golden record that these members would have, composed beside what stands.

    `foreseen_cell` holds the cells with their values afterwards, for this connection alone.
    """
    view_people(lake)
    load_claims(lake, connection, tenant)
    for each in handovers:
        lake.execute("update claim_in_force set record_id = ? where claim_id = ?", [each.to_record, each.claim_id])
    rows = [(record, entity) for entity, records in members.items() for record in records]
    placed = pa.table(  # noqa: F841, read by DuckDB below
        {
            "record_id": pa.array([record for record, _ in rows], pa.string()),
            "entity_id": pa.array([entity for _, entity in rows], pa.string()),
        }
    )
    lake.execute("create or replace temp table foreseen_member as from placed")
    compose(lake, ingredients_of(tenant, kind, members="foreseen_member"), target="foreseen_cell")
    golden_rows(lake, cells="foreseen_cell", target="foreseen_golden", key=tenant.keys.digest_key())
    found = lake.execute("select entity_id, cells, digest from foreseen_golden").fetchall()
    return {name: (json.loads(cells), digest) for name, cells, digest in found}

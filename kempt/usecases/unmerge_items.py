"""What happened since a merge, thing by thing, and what an unmerge makes of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
from psycopg import Connection
from psycopg.rows import dict_row

from kempt.errors import StopRun
from kempt.identity.model import Changes
from kempt.identity.unmerge import Handover, Item, supported_by
from kempt.records.model import EntityType
from kempt.usecases.ledger_folds import around
from kempt.usecases.membership import RECORDS, view_people
from kempt.usecases.tenancy import Tenant
from kempt.usecases.unmerge_sides import Merge

# What a provider is told, or a steward looks at, to know who is meant.
IDENTIFYING: Mapping[EntityType, tuple[str, ...]] = {
    "person": ("email", "phone"),
    "company": ("domain", "registry_id", "phone", "email"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """Where the things are looked for."""

    connection: Connection[Any]
    tenant: Tenant
    merge: Merge
    changes: Changes
    side_of: Mapping[str, int]

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Rows of a query about the merge's records, since the merge."""
        told = {"records": list(self.merge.members), "since": self.merge.merged_at or 0, "entity": self.merge.entity_id}
        return self.connection.cursor(row_factory=dict_row).execute(query, told).fetchall()


def items_since(
    connection: Connection[Any],
    tenant: Tenant,
    lake: duckdb.DuckDBPyConnection,
    merge: Merge,
    changes: Changes,
    withdrawn: Mapping[str, tuple[str, str]],
    given: Mapping[str, str],
) -> tuple[tuple[Item, ...], tuple[Handover, ...]]:
    """Everything since the merge with its class, and the claims that change their record."""
    side_of = {record: n for n, side in enumerate(merge.sides) for record in side.records}
    scene = _Scene(connection=connection, tenant=tenant, merge=merge, changes=changes, side_of=side_of)
    claims = list(_claims(scene, given))
    handovers = tuple(handover for _, handover in claims if handover is not None)
    items = [
        *_source_updates(scene, lake),
        *(item for item, _ in claims),
        *_flags(scene),
        *_further_merges(scene),
        *_questions(scene),
        *(_item("must_link", name, None, "independent", "withdrawn: the unmerge says otherwise") for name in withdrawn),
        *(_item("record_gone", record, None, "independent", "left by itself since") for record in merge.left_since),
        *_publications(scene, lake),
    ]  # fmt: skip
    return tuple(items), handovers


def _item(what: str, subject: str, attribute: str | None, class_: Any, why: str) -> Item:
    return Item(what=what, subject=subject, attribute=attribute, class_=class_, why=why)


def _source_updates(scene: _Scene, lake: duckdb.DuckDBPyConnection) -> Iterator[Item]:
    landed = scene.rows(
        "select extract_id::text from kempt.extract "
        "where landed_at > (select at from ledger.event where tenant = (select kempt.tenant()) and seq = %(since)s)"
    )
    view_people(lake)
    changed = lake.execute(
        f"select record_id from {RECORDS[scene.merge.entity_type]} "
        "where list_contains(?::varchar[], record_id) and list_contains(?::varchar[], extract_id) order by record_id",
        [list(scene.merge.members), [row["extract_id"] for row in landed]],
    ).fetchall()
    for (record,) in changed if scene.merge.merged_at is not None else ():
        yield _item("source_update", record, None, "independent", "what its source said since follows the record")


_CLAIMS = """
select claim_id::text, record_id::text, attribute, kind, created_seq, basis::text[] from kempt.claim
where withdrawn_seq is null and record_id = any(%(records)s::uuid[]) order by created_seq, claim_id
"""


def _claims(scene: _Scene, given: Mapping[str, str]) -> Iterator[tuple[Item, Handover | None]]:
    """A claim stands on a record; the question is whether it was found out about that record or about the other."""
    rows = scene.rows(_CLAIMS)
    if unknown := set(given) - {row["claim_id"] for row in rows}:
        raise StopRun(f"{min(unknown)} is no claim on a record of {scene.merge.entity_id}. The plan lists them.")
    for row in rows:
        yield _claim(scene, row, given.get(row["claim_id"]))


def _claim(scene: _Scene, row: Mapping[str, Any], chosen: str | None) -> tuple[Item, Handover | None]:
    claim, record, attribute, kind = (row[name] for name in ("claim_id", "record_id", "attribute", "kind"))
    if chosen is not None:
        if chosen not in scene.side_of:
            raise StopRun(f"{chosen} is on neither side, so claim {claim} cannot be given to it.")
        if chosen == record:
            return _item("claim", claim, attribute, "independent", f"{kind}: a person left it where it is"), None
        handover = Handover(claim_id=claim, from_record=record, to_record=chosen)
        return _item("claim", claim, attribute, "re-attributable", f"{kind}: a person gave it to {chosen}"), handover
    merged_at = scene.merge.merged_at
    # Whoever approved the merge with a value looked at both sides, although the value is older than the merge.
    before = merged_at is None or row["created_seq"] < merged_at
    if record not in scene.side_of or (before and not row["basis"]):
        return _item("claim", claim, attribute, "independent", f"{kind}: it follows its record"), None
    support = _support(scene, row)
    sides = [scene.side_of[each] for each in support]
    if not sides or sides == [scene.side_of[record]]:
        return _item("claim", claim, attribute, "independent", f"{kind}: it was found out about its own side"), None
    if len(sides) == 1:
        handover = Handover(claim_id=claim, from_record=record, to_record=support[0])
        why = f"{kind}: what it was found by came from {support[0]}, on the other side; it goes there"
        return _item("claim", claim, attribute, "re-attributable", why), handover
    why = f"{kind}: what it was found by came from both sides; say whose it is with --give {claim}=RECORD"
    return _item("claim", claim, attribute, "needs a human", why), None


def _support(scene: _Scene, row: Mapping[str, Any]) -> tuple[str, ...]:
    """The records that a claim was found by, one for each side: those that a person named, else who was meant."""
    basis = dict(enumerate(row["basis"])) or _basis(scene, row["created_seq"])
    return supported_by({str(name): record for name, record in basis.items()}, scene.side_of)


def _basis(scene: _Scene, seq: int) -> dict[str, str]:
    """The records that named the merged entity just before a claim was made."""
    then = around(scene.connection, scene.tenant.name, [scene.merge.entity_id], until=seq - 1)
    golden = then.golden.get(then.leads_to(scene.merge.entity_id))
    cells = (golden.cells or {}) if golden is not None else {}
    return {name: cells[name][0] for name in IDENTIFYING[scene.merge.entity_type] if name in cells}


def _flags(scene: _Scene) -> Iterator[Item]:
    for row in scene.rows(
        "select record_id::text, attribute from kempt.stale_flag "
        "where cleared_at is null and record_id = any(%(records)s::uuid[]) order by record_id, attribute"
    ):
        yield _item("stale_flag", row["record_id"], row["attribute"], "independent", "it follows its record")


def _further_merges(scene: _Scene) -> Iterator[Item]:
    """What came to the entity since goes where the evidence says, with the sides held apart."""
    if scene.merge.merged_at is None:
        return
    came = scene.rows(
        """
        select record_id::text, (
            select from_id from kempt.redirect r
            where r.to_id = %(entity)s and r.from_seq > %(since)s and exists (
                select from kempt.membership m where m.entity_id = r.from_id and m.record_id = membership.record_id
            ) order by from_seq desc limit 1
        ) as from_id
        from kempt.membership where entity_id = %(entity)s and to_seq is null and from_seq > %(since)s order by 1
        """
    )
    for row in came:
        record = row["record_id"]
        if record in scene.side_of:
            continue
        goes = scene.changes.entity_of[record]
        with_side = {scene.side_of[each] for each, at in scene.changes.entity_of.items()
                     if at == goes and each in scene.side_of}  # fmt: skip
        beside = scene.merge.sides[min(with_side)].entity_id if with_side else None
        where = f"with {beside or 'the records named'}" if with_side else "back on its own"
        class_ = "independent" if goes == scene.merge.entity_id else "re-attributable"
        told = f"of {row['from_id']}, " if row["from_id"] else ""
        yield _item("further_merge", record, None, class_, f"{told}came since; decided again, it goes {where}: {goes}")


def _questions(scene: _Scene) -> Iterator[Item]:
    waiting = scene.rows(
        """
        select proposal_id::text, proposal.kind, proposal.attribute, subjects::text[] as records
        from kempt.review_item join kempt.proposal using (tenant, proposal_id)
        where state in ('pending', 'deferred', 'approved') and subjects && %(records)s::uuid[] order by proposal_id
        """
    )
    for row in waiting:
        sides = {scene.side_of.get(record) for record in row["records"]}
        if row["kind"] == "merge" and len(sides) > 1 and None not in sides:
            why = "answered by the unmerge: its records are on different sides"
        else:
            why = "it stays, on the record that it is about"
        yield _item("question", row["proposal_id"], row["attribute"], "independent", why)


def _publications(scene: _Scene, lake: duckdb.DuckDBPyConnection) -> Iterator[Item]:
    if scene.merge.merged_at is not None:
        why = f"told in the feed of identity changes at {scene.merge.merged_at}; a later entry corrects it"
        yield _item("publication", "identity_change", None, "cannot be undone", why)
    mart = f"golden_{scene.merge.entity_type}"
    if lake.execute("select 1 from duckdb_tables() where table_name = ?", [mart]).fetchall():
        why = "published as one; the next run publishes it parted, what was read from it stays read"
        yield _item("publication", mart, None, "cannot be undone", why)

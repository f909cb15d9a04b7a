"""The golden record that an approved merge would make, composed as the next run would and kept nowhere."""

from dataclasses import dataclass, field

import duckdb

from kempt.errors import StopRun
from kempt.matching.evidence import StewardLinks
from kempt.records.masking import shown_of
from kempt.usecases.cluster import steward_links
from kempt.usecases.foresee import foresee
from kempt.usecases.review import full_id
from kempt.usecases.tenancy import Tenant
from kempt.usecases.unmerge_plan import compose_foreseen


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewCell:
    """One field as it would be, masked, and why it would win."""

    attribute: str
    value: str = field(repr=False)
    record_id: str
    source: str
    strategy: str
    losers: int
    conflict: bool
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """An entity as it would be."""

    entity_id: str
    records: tuple[str, ...]
    retired: tuple[str, ...]
    """Ids that would lead there."""
    kept_apart: bool
    """The two would not be one all the same: something that weighs more holds them apart."""
    cells: tuple[PreviewCell, ...]


def preview_merge(tenant: Tenant, lake: duckdb.DuckDBPyConnection, proposal: str) -> Preview:
    """What approving a merge would lead to, everything else being as it is. Writes nothing."""
    with tenant.database.transaction(tenant.name) as connection:
        found = connection.execute(
            "select kind, entity_type, subjects::text[] from kempt.proposal where proposal_id = %s",
            [full_id(connection, proposal)],
        ).fetchone()
        if found is None or found[0] != "merge":
            raise StopRun("Only a merge makes another golden record; here one value changes.")
        _, kind, pair = found
        links = steward_links(connection)
        left, right = sorted(pair)
        said = StewardLinks(must=links.must | {(left, right)}, cannot=links.cannot - {(left, right)})
        changes = foresee(tenant, lake, connection, kind, pair, said).changes
        entity, other = changes.entity_of[left], changes.entity_of[right]
        members = sorted(record for record, name in changes.entity_of.items() if name == entity)
        compose_foreseen(tenant, lake, connection, kind, {entity: members})
        rows = lake.execute(
            "select attribute, value, record_id, source, strategy, losers, conflict, confidence from foreseen_cell "
            "order by attribute"
        ).fetchall()
        held = connection.execute(
            "select distinct entity_id from kempt.membership where to_seq is null and record_id = any(%s::uuid[])",
            [members],
        ).fetchall()
    return Preview(
        entity_id=entity,
        records=tuple(members),
        retired=tuple(sorted(name for (name,) in held if name != entity)),
        kept_apart=entity != other,
        cells=tuple(
            PreviewCell(attribute=row[0], value=shown_of(row[0], row[1]), record_id=row[2], source=row[3],
                        strategy=row[4], losers=row[5], conflict=row[6], confidence=row[7])
            for row in rows
        ),
    )  # fmt: skip

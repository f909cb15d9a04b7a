"""What was found or decided about any two records of a cluster, as the edges of a graph."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from kempt.usecases.side_by_side import Column


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Two records, by their numbers, and what was found or decided about them."""

    left: int
    right: int
    proposal_id: str | None
    confidence: float | None
    said: str


_EDGES = """
select p.proposal_id::text, p.subjects::text[] as records, p.confidence, item.state, d.verdict, d.decider_type
from kempt.proposal p
left join kempt.review_item item using (tenant, proposal_id)
left join lateral (
    select verdict, decider_type from kempt.decision_in_force f where f.proposal_id = p.proposal_id
) d on true
-- By the function, for behind the wall of tenants the planner would hold every proposal against the records.
where p.proposal_id = any(array(select kempt.proposals_about(%(records)s::uuid[])))
    and p.kind = 'merge' and p.subjects <@ %(records)s::uuid[]
"""
_CONSTRAINTS = """
select kind, left_record::text, right_record::text, authority from kempt.record_constraint
where superseded_by is null and (expires_at is null or expires_at > now())
    and left_record = any(%(records)s::uuid[]) and right_record = any(%(records)s::uuid[])
order by created_seq
"""


def edges_between(connection: Connection[Any], columns: Sequence[Column]) -> tuple[Edge, ...]:
    """The edges between records that stand side by side: what a constraint says counts more than what was found."""
    number = {column.record_id: column.number for column in columns}
    bound = {"records": list(number)}
    found: dict[tuple[int, int], Edge] = {}
    for row in connection.cursor(row_factory=dict_row).execute(_EDGES, bound).fetchall():
        left, right = sorted(number[record] for record in row["records"])
        said = {"apply": "linked", "reject": "rejected"}.get(row["verdict"], "asked")
        by = " by a steward" if row["decider_type"] == "steward" and said != "asked" else ""
        found[left, right] = Edge(left=left, right=right, proposal_id=row["proposal_id"],
                                  confidence=row["confidence"], said=said + by)  # fmt: skip
    for kind, one, other, authority in connection.execute(_CONSTRAINTS, bound).fetchall():
        left, right = sorted((number[one], number[other]))
        said = "held together" if kind == "must_link" else "held apart"
        before = found.get((left, right))
        found[left, right] = Edge(
            left=left, right=right, proposal_id=before.proposal_id if before else None,
            confidence=before.confidence if before else None, said=f"{said} by {authority}",
        )  # fmt: skip
    return tuple(found[key] for key in sorted(found))

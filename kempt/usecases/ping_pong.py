"""Two sources that overrule each other for ever: found in what golden records went through, and stopped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
from psycopg import Connection

from kempt.agents.registry import RECONCILER
from kempt.ids import keyed_digest
from kempt.ledger.history import history
from kempt.policy.autonomy import Decision, Verdict
from kempt.projections.cells import unpack
from kempt.proposals.model import Features, make_proposal
from kempt.records.model import EntityType
from kempt.survivorship.compose import Contender
from kempt.usecases.compose import compose_entities, contenders_of, lock_golden
from kempt.usecases.decision_rows import Decided
from kempt.usecases.override_rows import Override, place_of, seen_of, write_override
from kempt.usecases.pin_policies import pin_policies
from kempt.usecases.record_proposals import record_proposals
from kempt.usecases.tenancy import Tenant

TURNS = 4
"""A value that goes A, B, A, B between two records comes back a second time: no correction does that."""
REASON = "ping_pong"


@dataclass(frozen=True, slots=True, kw_only=True)
class PingPong:
    """A field that two records take from each other again and again."""

    entity_id: str
    entity_type: EntityType
    attribute: str
    record_id: str
    """Whose value stands."""
    rival: str
    """Whose value stood before, and before that."""
    turns: int


def find_ping_pong(connection: Connection[Any]) -> tuple[PingPong, ...]:
    """Fields whose last changes went to and fro between two values of two records."""
    rows = connection.execute(
        """
        select body::jsonb ->> 'entity_id' as entity_id from ledger.event
        where tenant = (select kempt.tenant()) and type = 'golden_record_changed.v2'
        group by 1 having count(*) >= %s order by 1
        """,
        [TURNS],
    ).fetchall()
    live = dict(
        connection.execute(
            "select entity_id, entity_type from kempt.golden_record where entity_id = any(%s)",
            [[entity for (entity,) in rows]],
        ).fetchall()
    )
    return tuple(each for entity, kind in live.items() for each in _in_entity(connection, entity, kind))


def hold(
    connection: Connection[Any], tenant: Tenant, lake: duckdb.DuckDBPyConnection, found: PingPong, *, now: datetime
) -> bool:
    """Keeps what stands and asks a steward for the other value; False when nobody says the other value any more.

    What is kept is an override of the reconciler: a person may end or replace it alone, and approving replaces it.
    """
    lock_golden(connection, tenant.name)
    spoke = contenders_of(connection, tenant, lake, found.entity_type, found.entity_id, found.attribute)
    stands = next((each for each in spoke if each.record_id == found.record_id), None)
    rival = next((each for each in spoke if each.record_id == found.rival), None)
    if stands is None or rival is None or not stands.value or not rival.value or stands.value == rival.value:
        return False
    place = place_of(connection, found.entity_id)
    kept = Override(
        entity=found.entity_id, attribute=found.attribute, value=stands.value, by=RECONCILER, reason=REASON,
        record=found.record_id, seen=seen_of(place.cells.get(found.attribute)),
    )  # fmt: skip
    pin_policies(connection, tenant.policies)
    record_proposals(connection, tenant, [_question(tenant, found, stands, rival)], now=now)
    write_override(connection, tenant, place, kept, now=now)
    compose_entities(connection, tenant, lake, found.entity_type, [found.entity_id], now=now)
    return True


def _in_entity(connection: Connection[Any], entity: str, kind: EntityType) -> list[PingPong]:
    told: dict[str, list[Sequence[Any]]] = {}
    for entry in history(connection, entity):
        body: Any = entry.body
        if entry.type == "golden_record_changed.v2" and body["entity_id"] == entity:
            for attribute, cell in unpack(body["cells"]).items():
                seen = told.setdefault(attribute, [])
                # What changed beside the value, as the moment it was seen, is no turn.
                if not seen or seen[-1][5] != cell[5]:
                    seen.append(cell)
                else:
                    seen[-1] = cell
    return [
        PingPong(
            entity_id=entity, entity_type=kind, attribute=attribute, record_id=cells[-1][0], rival=cells[-2][0],
            turns=_turns(cells),
        )
        for attribute, cells in sorted(told.items()) if _turns(cells) >= TURNS
    ]  # fmt: skip


def _turns(cells: Sequence[Sequence[Any]]) -> int:
    """How many of the last changes went to and fro between two sources' records; 0 once something else stands."""
    if not cells or any(cell[1] != "record" for cell in cells[-2:]) or len({cell[0] for cell in cells[-2:]}) < 2:
        return 0
    expected = [(cell[0], cell[5]) for cell in cells[-2:]]
    count = 0
    for back, cell in enumerate(reversed(cells)):
        if (cell[0], cell[5]) != expected[(back + 1) % 2]:
            break
        count += 1
    return count


def _question(tenant: Tenant, found: PingPong, stands: Contender, rival: Contender) -> Decided:
    assert rival.value is not None
    proposal = make_proposal(
        tenant.name,
        [found.rival],
        Features(
            kind="field_change",
            entity_type=found.entity_type,
            agent=RECONCILER,
            confidence=0.5,
            attribute=found.attribute,
            origin=rival.source,
            fills_empty=False,
        ),
        evidence={
            "attribute": found.attribute,
            "value": rival.value,
            "stands": stands.value,
            "stands_from": stands.source,
            "stands_since": stands.observed_at.date(),
            "provider": rival.source,
            "observed_on": rival.observed_at.date(),
            "because": REASON,
        },
        value_digest=keyed_digest(tenant.keys.digest_key(), rival.value),
    )
    decision = Decision(
        verdict=Verdict.REVIEW,
        reasons=(REASON,),
        policy_version=tenant.policies.survivorship[found.entity_type].version,
    )
    return Decided(proposal, decision)

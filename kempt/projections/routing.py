"""Whom policy made the owner of an entity about which there is something to decide, as a fold over events."""

from dataclasses import dataclass, field

from kempt.ledger.history import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingRow:
    """The row of `kempt.routing`; the owner's name itself is in the lake."""

    entity_type: str
    owner_digest: str
    reason: str
    policy_version: str
    seq: int


@dataclass(slots=True)
class Routing:
    """Every entity whose owner was decided, by id."""

    rows: dict[str, RoutingRow] = field(default_factory=dict)

    def take(self, entry: Entry) -> None:
        """Takes one event in, in the order of positions."""
        if entry.type != "owner_routed.v1":
            return
        body = {name: str(value) for name, value in entry.body.items() if value is not None}
        entity = body["entity_id"]
        if "owner_digest" not in body:
            # Nothing is left to decide.
            self.rows.pop(entity, None)
            return
        told = ("entity_type", "owner_digest", "reason", "policy_version")
        self.rows[entity] = RoutingRow(**{name: body[name] for name in told}, seq=entry.seq)

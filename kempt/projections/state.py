"""All that events tell, folded at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from kempt.ledger.history import Entry
from kempt.projections.claims import Claims
from kempt.projections.identity import Identity
from kempt.projections.routing import Routing


@dataclass(slots=True)
class State:
    """A tenant's state after the events that were folded in, each once and in the order of their positions."""

    tenant: str
    identity: Identity = field(init=False)
    claims: Claims = field(default_factory=Claims)
    routing: Routing = field(default_factory=Routing)

    def __post_init__(self) -> None:
        self.identity = Identity(tenant=self.tenant)

    def fold(self, entries: Iterable[Entry]) -> "State":
        """Takes events in and answers itself."""
        for entry in entries:
            for part in (self.identity, self.claims, self.routing):
                part.take(entry)
        return self

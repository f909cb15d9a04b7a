"""The registered agents. An agent that is not listed here proposes nothing, and none can delete."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from kempt.errors import StopRun

Act = Literal["propose", "decide"]
"""What an agent may put its name to: proposals, or decisions (policy's, and those that people make here)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One identity, what it does, the kinds it may propose, whether it signs decisions, for whom, and how much."""

    name: str
    does: str
    may_propose: frozenset[str] = frozenset()
    decides: bool = False
    tenants: frozenset[str] | None = None
    """The tenants it works for; None for all."""
    most_in_a_day: int = 100_000
    """Proposals or decisions of one tenant in 24 hours. More is refused: something is wrong with whoever makes them."""

    def may(self, act: Act) -> bool:
        """Whether it may do so at all."""
        return bool(self.may_propose) if act == "propose" else self.decides


STEWARD = "steward"
RECONCILER = "reconciler"
ADJUDICATOR = "adjudicator"
MOST = 10_000_000
"""For what follows the number of records: every one may be a duplicate of another."""

_REGISTERED = (
    Agent(
        name="scanner", does="looks for values that are wrong", may_propose=frozenset({"stale_flag", "field_change"})
    ),
    Agent(name="standardizer", does="brings values to one form", may_propose=frozenset({"field_change"})),
    Agent(
        name="matcher",
        does="finds and clusters records of one entity",
        may_propose=frozenset({"merge"}),
        most_in_a_day=MOST,
    ),
    Agent(name="enricher", does="asks providers for what is missing or old", may_propose=frozenset({"field_change"})),
    Agent(
        name="staleness",
        does="looks for values that are old or refuted",
        may_propose=frozenset({"stale_flag"}),
        most_in_a_day=MOST,
    ),
    Agent(name="relationship", does="finds out who works where", may_propose=frozenset({"field_change"})),
    Agent(
        name=ADJUDICATOR,
        does="decides by policy, and keeps what people decided",
        decides=True,
        most_in_a_day=MOST,
    ),
    Agent(name=RECONCILER, does="brings systems that disagree together", may_propose=frozenset({"field_change"})),
    Agent(name="privacy", does="watches over consent and what may be kept", may_propose=frozenset({"stale_flag"})),
    Agent(name="publisher", does="publishes what was applied; proposes and decides nothing"),
    Agent(
        name=STEWARD,
        does="a person who looks after the data",
        may_propose=frozenset({"merge", "field_change", "stale_flag"}),
    ),
)

AGENTS: Mapping[str, Agent] = MappingProxyType({agent.name: agent for agent in _REGISTERED})


def agent_named(name: str) -> Agent:
    """The agent of that name."""
    if name not in AGENTS:
        raise StopRun(f"no agent '{name}' is registered. Registered: {', '.join(AGENTS)}. Add it to the registry.")
    return AGENTS[name]


def refuse_unauthorized(agent: str, kind: str) -> None:
    """Refuse a proposal that its agent may not make."""
    allowed = agent_named(agent).may_propose
    if kind not in allowed:
        raise StopRun(
            f"agent '{agent}' may not propose '{kind}'. It may propose: {', '.join(sorted(allowed)) or 'nothing'}. "
            "Let another agent propose it, or extend the registry."
        )

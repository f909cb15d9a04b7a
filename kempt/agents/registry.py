"""The registered agents. An agent that is not listed here proposes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kempt.errors import StopRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One identity under which proposals are made, what it does, and the kinds it may propose."""

    name: str
    does: str
    may_propose: frozenset[str]


_REGISTERED = (
    Agent(
        name="scanner",
        does="looks for values that are old, refuted or wrong",
        may_propose=frozenset({"stale_flag", "field_change"}),
    ),
    Agent(name="matcher", does="finds records of one entity", may_propose=frozenset({"merge"})),
    Agent(name="enricher", does="asks providers for what is missing or old", may_propose=frozenset({"field_change"})),
    Agent(
        name="steward",
        does="a person who looks after the data",
        may_propose=frozenset({"merge", "field_change", "stale_flag"}),
    ),
)

AGENTS: Mapping[str, Agent] = MappingProxyType({agent.name: agent for agent in _REGISTERED})


def refuse_unauthorized(agent: str, kind: str) -> None:
    """Refuse a proposal that its agent may not make."""
    if agent not in AGENTS:
        raise StopRun(f"no agent '{agent}' is registered. Registered: {', '.join(AGENTS)}. Add it to the registry.")
    allowed = AGENTS[agent].may_propose
    if kind not in allowed:
        raise StopRun(
            f"agent '{agent}' may not propose '{kind}'. It may propose: {', '.join(sorted(allowed))}. "
            "Let another agent propose it, or extend the registry."
        )

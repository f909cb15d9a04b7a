"""Proposals of every kind, and the features that policy judges them by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from kempt.agents.registry import AGENTS, refuse_unauthorized
from kempt.errors import StopRun
from kempt.ids import stable_id
from kempt.records.model import EntityType, ObjectType

ProposalKind = Literal["merge", "field_change", "stale_flag"]
KINDS: tuple[ProposalKind, ...] = get_args(ProposalKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What policy may know of a proposal: never a value, only what kind of change it is and how sure we are.

    What a kind does not have is None or empty: only merges have a cluster size and sources, only the others an
    attribute.
    """

    kind: ProposalKind
    entity_type: EntityType
    agent: str
    confidence: float
    """Of a merge: the match probability of the deciding pair."""
    objects: tuple[ObjectType, ...] = ()
    cluster_size: int | None = None
    """Of a merge: the number of records in the cluster it would make."""
    same_source: bool | None = None
    """Of a merge: whether both sides hold a record of one source."""
    attribute: str | None = None
    origin: str | None = None
    """Of a field change: the provider or rule the value comes from."""
    fills_empty: bool | None = None
    """Of a field change: whether nothing usable stands there now."""
    overrides_human: bool = False
    """Whether the change would replace what a person entered."""

    def __post_init__(self) -> None:
        needed = _NEEDED[self.kind]
        missing = sorted(name for name in needed if getattr(self, name) is None)
        surplus = sorted(name for name in _OPTIONAL - needed if getattr(self, name) is not None)
        if self.kind == "field_change" and "origin" in surplus:
            surplus.remove("origin")
        if missing or surplus or not 0 <= self.confidence <= 1:
            raise StopRun(
                f"features of a {self.kind}: missing {missing}, not expected {surplus}, confidence within 0 and 1. "
                "Correct whatever made the proposal."
            )


_NEEDED: Mapping[ProposalKind, frozenset[str]] = {
    "merge": frozenset({"cluster_size", "same_source"}),
    "field_change": frozenset({"attribute", "fills_empty"}),
    "stale_flag": frozenset({"attribute"}),
}
_OPTIONAL = frozenset({"cluster_size", "same_source", "attribute", "origin", "fills_empty"})


def proposers(kind: ProposalKind) -> tuple[str, ...]:
    """The agents that may propose changes of a kind."""
    return tuple(name for name, agent in AGENTS.items() if kind in agent.may_propose)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change we would make to some records, who proposes it, and what speaks for it.

    `evidence` may hold personal values: it is not printed, and whoever stores it encrypts it.
    """

    proposal_id: str
    tenant: str
    subjects: tuple[str, ...]
    features: Features
    evidence: Mapping[str, Any] = field(repr=False)

    @property
    def about(self) -> tuple[Features, tuple[str, ...]]:
        """What policy decides by: the features, and which records they are of."""
        return self.features, self.subjects


def make_proposal(
    tenant: str,
    subjects: Sequence[str],
    features: Features,
    *,
    evidence: Mapping[str, Any],
    value_digest: str | None = None,
) -> Proposal:
    """A proposal about records; `value_digest` is the keyed digest of the value to set, or of the one that is stale.

    The id follows from what would change and from nothing else: not from policy, agent, confidence or cluster ids.
    So a proposal that is found again is the same one, and what a steward rejected never returns under another id.
    """
    refuse_unauthorized(features.agent, features.kind)
    records = tuple(sorted(set(subjects)))
    if features.kind == "merge" and len(records) != 2:
        raise StopRun(f"a merge is proposed for 2 records, not for {len(records)}. Propose each pair.")
    if not records or (features.kind == "merge") == (value_digest is not None):
        raise StopRun(f"a {features.kind} needs records, and a value digest unless it is a merge. Correct the caller.")
    proposal_id = stable_id(
        *("proposal", tenant, features.kind, str(len(records)), *records),
        *(features.attribute or "", value_digest or ""),
    )
    return Proposal(proposal_id=proposal_id, tenant=tenant, subjects=records, features=features, evidence=evidence)

"""What decides for a tenant: the policy in force, a canary for its share of the entities, and the guard-rails."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kempt.ids import canonical_json, digest
from kempt.policy.authority import Bounds
from kempt.policy.autonomy import Decision, decider
from kempt.policy.budget import Segments
from kempt.policy.drawn import drawn
from kempt.policy.load import Policies
from kempt.proposals.model import Features


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A version that is being tried: with a share as a canary, without one as a shadow."""

    version: str
    policies: Policies
    share: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    policies: Policies
    decide: Callable[[Features], Decision]
    segment: Segments


class Decides:
    """Decides proposals under the policy in force; of some entities under the canary's.

    An entity is known by the smallest of the records that a proposal is about, so that a repeated proposal is decided
    by the same policy.
    """

    def __init__(
        self, policies: Policies, *, canary: Candidate | None = None, key: bytes = b"", tenant: str = ""
    ) -> None:
        self.canary, self.key, self.tenant = canary, key, tenant
        self.active = _bench(policies)
        self.tried = _bench(canary.policies) if canary is not None else None

    @property
    def version(self) -> str:
        """Equal for two that decide every proposal alike."""
        floors = self.active.policies.protection.version
        tried = [] if self.canary is None else [self.canary.version, self.canary.share]
        active = self.active.policies
        return digest(canonical_json([active.autonomy.version, active.authority.version, floors, *tried]))

    def policies_of(self, subjects: Sequence[str]) -> Policies:
        """The policies that decide about these records."""
        return self._bench_of(subjects).policies

    def decide(self, features: Features, subjects: Sequence[str]) -> Decision:
        """The decision on a proposal about these records."""
        bench = self._bench_of(subjects)
        return Bounds(bench.policies.authority, self.tenant).restrain(features, bench.decide(features))

    def segment(self, features: Features, subjects: Sequence[str], decision: Decision) -> str:
        """The segment that a decision counts for."""
        return self._bench_of(subjects).segment(features, decision)

    def _bench_of(self, subjects: Sequence[str]) -> _Bench:
        if self.tried is None or self.canary is None:
            return self.active
        tried = drawn(self.key, f"canary {self.canary.version}", min(subjects), self.canary.share)
        return self.tried if tried else self.active


def _bench(policies: Policies) -> _Bench:
    return _Bench(
        policies=policies,
        decide=decider(policies.autonomy, policies.protection.floors),
        segment=Segments(policies.autonomy),
    )

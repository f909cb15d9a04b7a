"""Two clusters at a time: what is known between them, and whether they may become one."""

from dataclasses import dataclass, field
from typing import Literal

from kempt.matching.evidence import Tie
from kempt.matching.spec import MatchSpec
from kempt.matching.weights import MICRO, bits_of

Hurdle = Literal["apart", "doubt", "size", "mean", "weakest", "ambiguous"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The thresholds and gates of a spec, in millionths of a bit."""

    link: int
    review: int
    mean: int
    weakest: int
    ambiguous_within: int
    max_size: int
    complete_up_to: int


def limits_of(spec: MatchSpec) -> Limits:
    """The limits that a spec sets."""
    link, review, mean, weakest = (
        round(bits_of(probability) * MICRO)
        for probability in (spec.link, spec.review, spec.gates.mean, spec.gates.weakest)
    )
    return Limits(
        link=link,
        review=review,
        mean=mean,
        weakest=weakest,
        ambiguous_within=round(spec.gates.ambiguous_within * MICRO),
        max_size=spec.gates.max_size,
        complete_up_to=spec.gates.complete_up_to,
    )


@dataclass(slots=True)
class Between:
    """What is known of the pairs between two clusters; a pair that was never compared says nothing."""

    compared: int = 0
    total: int = 0
    weakest: int = 0
    apart: bool = False
    ask: bool = False

    def add(self, micro_bits: int, tie: Tie | None) -> None:
        """One more compared pair."""
        self.weakest = min(self.weakest, micro_bits) if self.compared else micro_bits
        self.compared += 1
        self.total += micro_bits
        self.apart |= tie == "apart"
        self.ask |= tie == "ask"

    def absorb(self, other: "Between") -> None:
        """All that is known of further pairs."""
        if other.compared:
            self.weakest = min(self.weakest, other.weakest) if self.compared else other.weakest
        self.compared += other.compared
        self.total += other.total
        self.apart |= other.apart
        self.ask |= other.ask


@dataclass(slots=True)
class Contraction:
    """The clusters of one component while they grow."""

    limits: Limits
    cluster_of: dict[int, int] = field(default_factory=dict)
    members: dict[int, list[int]] = field(default_factory=dict)
    between: dict[int, dict[int, Between]] = field(default_factory=dict)
    likely: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    """Of each record, the weight and other end of every pair in the link zone."""
    ambiguous: set[int] = field(default_factory=set)

    def start(self, record: int) -> None:
        """A record by itself."""
        self.cluster_of[record], self.members[record], self.between[record] = record, [record], {}

    def know(self, left: int, right: int, micro_bits: int, tie: Tie | None) -> None:
        """Take note of a compared pair of records that are still by themselves."""
        self._pair(left, right).add(micro_bits, tie)
        if micro_bits >= self.limits.link and tie is None:
            self.likely.setdefault(left, []).append((micro_bits, right))
            self.likely.setdefault(right, []).append((micro_bits, left))

    def forbid(self, left: int, right: int) -> None:
        """Take note that a steward keeps two records apart."""
        self._pair(left, right).apart = True

    def known(self, one: int, other: int) -> Between:
        """What is known between two clusters."""
        return self.between[one].get(other) or Between()

    def hurdle(self, left: int, right: int, micro_bits: int) -> Hurdle | None:
        """What keeps the clusters of a pair from becoming one, if anything does."""
        one, other = self.cluster_of[left], self.cluster_of[right]
        known, limits = self.known(one, other), self.limits
        if known.apart:
            return "apart"
        if known.ask:
            return "doubt"
        if len(self.members[one]) + len(self.members[other]) > limits.max_size:
            return "size"
        if known.total < limits.mean * known.compared:
            return "mean"
        if known.weakest < limits.weakest:
            return "weakest"
        undecided = self._undecided(left, right, micro_bits), self._undecided(right, left, micro_bits)
        return "ambiguous" if any(undecided) else None

    def join(self, one: int, other: int) -> None:
        """Make two clusters one; it is named by its smallest record."""
        keep, gone = min(one, other), max(one, other)
        for record in self.members[gone]:
            self.cluster_of[record] = keep
        self.members[keep] += self.members.pop(gone)
        self.between[keep].pop(gone, None)
        for third, known in self.between.pop(gone).items():
            if third == keep:
                continue
            del self.between[third][gone]
            if third in self.between[keep]:
                self.between[keep][third].absorb(known)
            else:
                self.between[keep][third] = self.between[third][keep] = known

    def _pair(self, left: int, right: int) -> Between:
        if right not in self.between[left]:
            self.between[left][right] = self.between[right][left] = Between()
        return self.between[left][right]

    def _undecided(self, record: int, partner: int, micro_bits: int) -> bool:
        """Whether a record by itself fits another cluster as well, one that its partner's cannot be part of."""
        if record in self.ambiguous:
            return True
        if len(self.members[self.cluster_of[record]]) > 1:
            return False
        here = self.cluster_of[partner]
        for weight, rival in self.likely.get(record, ()):
            there = self.cluster_of[rival]
            close = abs(micro_bits - weight) <= self.limits.ambiguous_within
            # A cluster that the record itself is kept from is none that it fits.
            fits = there != here and close and not self.known(self.cluster_of[record], there).apart
            if fits and ((known := self.known(here, there)).apart or known.ask):
                self.ambiguous.add(record)
                return True
        return False

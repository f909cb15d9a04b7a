"""What a candidate would decide otherwise than the policy in force, proposal by proposal and rule by rule."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from kempt.policy.autonomy import AutonomyPolicy, Decision, decider, restrained, restraints_of
from kempt.policy.budget import Promotion
from kempt.policy.protection import Floor
from kempt.proposals.model import Features

CASES = 20
"""How many ids a report names for each rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A proposal as it was decided: features, and what clustering said to it besides policy."""

    proposal_id: str
    features: Features
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One proposal that is decided otherwise."""

    proposal_id: str
    kind: str
    entity_type: str
    before: Decision
    after: Decision


@dataclass(slots=True, kw_only=True)
class Report:
    """What a candidate would change. Shares are of `looked_at`; `cases` names proposals by rule."""

    looked_at: int = 0
    changed: int = 0
    newly_applied: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    """How many, by kind, verdict now and verdict then: `merge: apply -> review`."""
    by_rule: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    cases: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    merges_gained: int = 0
    merges_lost: int = 0
    fields_gained: int = 0
    fields_lost: int = 0
    review_load: int = 0
    review_load_before: int = 0
    clusters: dict[str, Any] = field(default_factory=dict)
    """Where the match spec differs: records, and how many would move, by entity type."""
    values: dict[str, Any] = field(default_factory=dict)
    """Where survivorship differs: values that would differ by attribute, with entities."""
    owners: dict[str, Any] = field(default_factory=dict)
    """Where survivorship differs: entities whose owner would be another one, with both, by entity type."""
    campaigns: dict[str, Any] = field(default_factory=dict)
    """Entities for which another campaign would count as the first touch."""
    not_covered: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        counted = {
            "verdicts": dict(self.verdicts),
            "by_rule": {rule: dict(each) for rule, each in self.by_rule.items()},
        }
        return {each.name: getattr(self, each.name) for each in fields(self)} | counted | {"cases": dict(self.cases)}


def doubts_of(reasons: Iterable[str]) -> tuple[str, ...]:
    """What clustering held a merge back for; the risk budget is no part of a policy's comparison."""
    return tuple(reason for reason in restraints_of(reasons) if reason.startswith("clustering-"))


def differences(
    seen: Iterable[Seen], before: AutonomyPolicy, after: AutonomyPolicy, floors: Sequence[Floor], report: Report
) -> Iterator[Difference]:
    """Proposals that the two decide otherwise, rules that fired included; counts all of them in the report."""
    now, then = decider(before, floors), decider(after, floors)
    for each in seen:
        one, other = _held(now(each.features), each), _held(then(each.features), each)
        report.looked_at += 1
        report.review_load_before += one.verdict == "review"
        report.review_load += other.verdict == "review"
        if (one.verdict, one.reasons) != (other.verdict, other.reasons):
            yield Difference(
                proposal_id=each.proposal_id,
                kind=each.features.kind,
                entity_type=each.features.entity_type,
                before=one,
                after=other,
            )


def count(report: Report, found: Iterable[Difference]) -> None:
    """Adds up what changes: verdicts, and for each rule what it gains and loses."""
    for each in found:
        before, after = each.before, each.after
        if before.verdict is after.verdict:
            continue
        report.changed += 1
        report.verdicts[f"{each.kind}: {before.verdict} -> {after.verdict}"] += 1
        gained, lost = after.verdict == "apply", before.verdict == "apply"
        report.newly_applied += gained
        if each.kind == "merge":
            report.merges_gained += gained
            report.merges_lost += lost
        elif each.kind == "field_change":
            report.fields_gained += gained
            report.fields_lost += lost
        for what, rules in (("no longer", before.reasons), ("now", after.reasons)):
            for rule in rules:
                report.by_rule[rule][f"{what} {before.verdict if what == 'no longer' else after.verdict}"] += 1
                if len(report.cases[rule]) < CASES:
                    report.cases[rule].append(each.proposal_id)


def beyond(report: Report, limits: Promotion) -> list[str]:
    """Where a candidate differs by more than may be promoted without a name to it."""
    moved = sum(each["records_moved"] for each in report.clusters.values())
    records = sum(each["records"] for each in report.clusters.values())
    changed, cells = report.values.get("changed", 0), report.values.get("cells", 0)
    shares = (
        ("verdicts_changed", report.changed, report.looked_at, "proposals are decided otherwise"),
        ("newly_applied", report.newly_applied, report.looked_at, "proposals would be applied and are not now"),
        ("records_moved", moved, records, "records would belong to another entity"),
        ("values_changed", changed, cells, "values of golden records would differ"),
    )
    return [
        f"{number:,} of {of:,} {told} ({number / of:.1%}); `{name}` allows {getattr(limits, name):.1%}"
        for name, number, of, told in shares
        if of and number / of > getattr(limits, name)
    ]


def _held(decision: Decision, seen: Seen) -> Decision:
    for doubt in reversed(seen.doubts):
        decision = restrained(decision, doubt)
    return decision

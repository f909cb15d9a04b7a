"""What is refused before a policy is published, although each of its files can be read: with file, line and reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kempt.errors import StopRun
from kempt.matching.spec import MatchSpec
from kempt.policy.autonomy import STRICTNESS, Rule, Verdict
from kempt.policy.boxes import Space, common, remains, spaces, uncovered
from kempt.policy.cases import check_cases, load_cases
from kempt.policy.load import Folders, Policies, load_policies
from kempt.proposals.model import Features
from kempt.records.model import EntityType
from kempt.strict_yaml import load


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Why a policy is refused, and where it says so."""

    where: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.where}:{self.line}: {self.message}"


def lint(folder: Path, own: Path | None = None) -> tuple[Policies | None, tuple[str, ...]]:
    """The policies of a folder with all that speaks against publishing them; no policies when a file cannot be read."""
    try:
        policies, cases = load_policies(folder, own), load_cases(folder, own)
    except StopRun as refused:
        return None, tuple(str(refused).splitlines())
    files = Folders(base=folder, own=own)
    found = [*_autonomy(policies, files), *_matching(policies, files), *_budget(policies, files)]
    wrong = [each.message for each in check_cases(policies, cases) if not each.ok]
    return policies, (*map(str, sorted(found, key=lambda each: (each.where, each.line))), *wrong)


def _autonomy(policies: Policies, files: Folders) -> Iterator[Finding]:
    rules, floors = policies.autonomy.rules, policies.protection.floors
    path = files.file("autonomy.yaml")
    tree = load(path)
    cut = spaces([*(rule.when for rule in rules), *(each for f in floors for each in (f.when, f.needs))])
    for at, rule in enumerate(rules):
        for message in (*_unreachable(rule, rules, cut), *_looser(rule, policies, cut), *_below_link(rule, policies)):
            yield Finding(where=str(path), line=tree.line_of(("rules", at, "id")), message=message)


def _unreachable(rule: Rule, rules: tuple[Rule, ...], cut: tuple[Space, ...]) -> Iterator[str]:
    """A rule that is never a reason: it holds for nothing, or stricter ones hold wherever it does."""
    met, shadows = False, set()
    for space in cut:
        if (box := space.box(rule.when)) is None:
            continue
        met = True
        stricter = {each.id: other for each in _stricter(rule, rules) if (other := space.box(each.when)) is not None}
        if uncovered(box, stricter.values()) is not None:
            return
        shadows |= {name for name, other in stricter.items() if common(box, other) is not None}
    if not met:
        yield f"rule '{rule.id}' holds for no proposal: no kind of change has all that it asks for. Correct its `when`."
    else:
        named = ", ".join(f"'{name}'" for name in sorted(shadows))
        yield (
            f"rule '{rule.id}' is never reached: wherever it holds, {named} holds too and is stricter. "
            "Narrow the stricter one, or remove this one."
        )


def _looser(rule: Rule, policies: Policies, cut: tuple[Space, ...]) -> Iterator[str]:
    """Every floor below which a rule would apply something that no stricter rule holds back."""
    if rule.verdict is not Verdict.APPLY:
        return
    for floor in policies.protection.floors:
        if (sample := _applied_below(rule, policies, floor.id, cut)) is not None:
            yield (
                f"rule '{rule.id}' is looser than the guard-rail '{floor.id}' of protection.yaml: it would apply "
                f"{_told(sample)}. Ask for more in its `when`."
            )


def _applied_below(rule: Rule, policies: Policies, name: str, cut: tuple[Space, ...]) -> Features | None:
    floor = next(each for each in policies.protection.floors if each.id == name)
    for space in cut:
        box, guarded = space.box(rule.when), space.box(floor.when)
        if box is None or guarded is None or (inside := common(box, guarded)) is None:
            continue
        stricter = [other for each in _stricter(rule, policies.autonomy.rules) if (other := space.box(each.when))]
        needed = space.box(floor.needs)
        human = {name: frozenset(values) for name, values in space.values.items()} | {
            "overrides_human": frozenset({True})
        }
        for part in remains(inside, [*stricter, human, *([needed] if needed is not None else [])]):
            return space.example(part)
    return None


def _below_link(rule: Rule, policies: Policies) -> Iterator[str]:
    """Merges below the threshold of the match spec are never links, so such a rule says what cannot be."""
    when = rule.when
    if rule.verdict is not Verdict.APPLY or "merge" not in (when.kind or ("merge",)):
        return
    if when.kind is None or when.attribute or when.origin or when.fills_empty is not None:
        return
    for kind in when.entity_type or tuple(policies.matching):
        link = policies.matching[kind].link
        if (when.min_confidence or 0.0) < link:
            yield (
                f"rule '{rule.id}' applies merges from {when.min_confidence or 0.0}, below `link: {link}` of "
                f"matching/{kind}.yaml, where records are not linked. Raise min_confidence, or lower link."
            )


def _matching(policies: Policies, files: Folders) -> Iterator[Finding]:
    for kind, spec in policies.matching.items():
        path = files.file(f"matching/{kind}.yaml")
        tree = load(path)
        for place, message in (*_levels(spec), *_gates(spec, kind)):
            yield Finding(where=str(path), line=tree.line_of(place), message=message)


def _levels(spec: MatchSpec) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Levels that an earlier one always takes: the first whose conditions hold is the outcome."""
    for at, comparison in enumerate(spec.comparisons):
        for position, level in enumerate(comparison.levels):
            for earlier in comparison.levels[:position]:
                if earlier.when.items() <= level.when.items():
                    yield (
                        ("comparisons", at, "levels", position, "id"),
                        f"level '{level.id}' of '{comparison.name}' is never reached: '{earlier.id}' comes first and "
                        "asks for no more. Put the narrower one first.",
                    )
                    break


def _gates(spec: MatchSpec, kind: EntityType) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if spec.gates.weakest > spec.gates.mean:
        yield (
            ("gates", "weakest"),
            f"gates of {kind}: weakest {spec.gates.weakest} is above mean {spec.gates.mean}, so that the mean never "
            "decides. Lower weakest.",
        )


def _budget(policies: Policies, files: Folders) -> Iterator[Finding]:
    path, floor = files.file("budget.yaml"), policies.protection
    tree = load(path)
    for at, limit in enumerate(policies.budget.limits):
        crossed = (
            ("target_precision", limit.target_precision < (least := floor.min_target_precision[limit.kind]), least),
            ("audit_applied", limit.audit_applied < floor.min_audit_share, floor.min_audit_share),
            ("per_day", limit.per_day > floor.max_per_day, floor.max_per_day),
            ("trial_allowance", limit.trial_allowance > floor.max_trial_allowance, floor.max_trial_allowance),
        )
        for name, is_crossed, bound in crossed:
            if is_crossed:
                yield Finding(
                    where=str(path),
                    line=tree.line_of(("limits", at, name)),
                    message=f"{name} of {limit.kind} is {getattr(limit, name)}; the guard-rail of protection.yaml is "
                    f"{bound}. A tenant may be stricter, never looser.",
                )


def _stricter(rule: Rule, rules: tuple[Rule, ...]) -> Iterator[Rule]:
    bar = STRICTNESS.index(rule.verdict)
    return (each for each in rules if STRICTNESS.index(each.verdict) > bar)


def _told(sample: Features) -> str:
    """A proposal in the words of a case."""
    names = ("kind", "entity_type", "confidence", "cluster_size", "attribute", "fills_empty")
    return ", ".join(f"{name} {value}" for name in names if (value := getattr(sample, name)) is not None)

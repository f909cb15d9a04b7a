"""Why two records match, or do not: bits that sum to the total, in words, and what would change the outcome."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import duckdb

from kempt.errors import StopRun
from kempt.matching.columns import quoted
from kempt.matching.spec import Comparison, MatchSpec
from kempt.matching.weights import Zone, probability_of

_OUTCOME: dict[Zone, str] = {
    "link": "they would be linked",
    "review": "a steward would be asked",
    "apart": "they would stay apart",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredPair:
    """One compared pair as it was stored: for each comparison of the spec the level found and its bits."""

    left: str
    right: str
    levels: tuple[int, ...]
    bits: tuple[Decimal, ...]
    conflict: str | None
    doubt: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one comparison found and what that weighs."""

    comparison: str
    label: str
    level: str
    says: str
    bits: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The prior and the contributions, which sum to the total; the constraint that holds, and what would flip it."""

    prior_bits: float
    contributions: tuple[Contribution, ...]
    bits: float
    probability: float
    zone: Zone
    constraint: str | None
    sentences: tuple[str, ...]
    flips: tuple[str, ...]


def read_scored(
    connection: duckdb.DuckDBPyConnection, relation: str, spec: MatchSpec, pairs: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], ScoredPair]:
    """The stored outcome of each of these pairs (left id before right id) that was compared."""
    wanted = sorted(set(pairs))
    names = [comparison.name for comparison in spec.comparisons]
    columns = [quoted(f"{part}_{name}") for part in ("level", "bits") for name in names]
    rows = connection.execute(
        f"""
        with wanted as (select unnest(?::varchar[]) as left_id, unnest(?::varchar[]) as right_id)
        select left_id, right_id, conflict, doubt, {", ".join(columns)}
        from {quoted(relation)} join wanted using (left_id, right_id)
        """,
        [[left for left, _ in wanted], [right for _, right in wanted]],
    ).fetchall()
    middle = 4 + len(names)
    return {
        (row[0], row[1]): ScoredPair(
            left=row[0], right=row[1], conflict=row[2], doubt=row[3], levels=row[4:middle], bits=row[middle:]
        )
        for row in rows
    }


def explain(spec: MatchSpec, pair: ScoredPair) -> Explanation:
    """What speaks for and against a pair, computed from what was stored, with the spec that it was compared by."""
    if len(pair.levels) != len(spec.comparisons):
        raise StopRun("this pair was compared by another match spec. Explain it with the version it was compared by.")
    contributions = tuple(
        Contribution(
            comparison=comparison.name,
            label=comparison.label,
            level=comparison.levels[level].id,
            says=comparison.levels[level].says,
            bits=float(bits),
        )
        for comparison, level, bits in zip(spec.comparisons, pair.levels, pair.bits, strict=True)
    )
    total = float(Decimal(repr(spec.prior_bits)) + sum(pair.bits, Decimal(0)))
    constraint = next((each.says for each in spec.constraints if each.id in (pair.conflict, pair.doubt)), None)
    return Explanation(
        prior_bits=spec.prior_bits,
        contributions=contributions,
        bits=total,
        probability=probability_of(total),
        zone=_zone(spec, pair, total),
        constraint=constraint,
        sentences=tuple(_sentences(contributions, constraint)),
        flips=tuple(_flips(spec, pair, contributions, total)),
    )


def _zone(spec: MatchSpec, pair: ScoredPair, bits: float) -> Zone:
    """The zone of the weight, lowered by the constraints that hold."""
    if pair.conflict is not None:
        return "apart"
    zone = spec.zone(bits)
    return "review" if pair.doubt is not None and zone == "link" else zone


def _sentences(contributions: tuple[Contribution, ...], constraint: str | None) -> Iterator[str]:
    for sense, verb in ((1, "For it"), (-1, "Against it")):
        told = sorted((each for each in contributions if each.bits * sense > 0), key=lambda each: -each.bits * sense)
        if told:
            yield f"{verb}: {'; '.join(f'{each.says} ({each.bits:+.1f} bits)' for each in told)}."
    silent = [each.label for each in contributions if each.bits == 0]
    if silent:
        yield f"No evidence: {', '.join(silent)}."
    if constraint:
        yield f"Whatever they weigh: {constraint}."


def _flips(spec: MatchSpec, pair: ScoredPair, contributions: tuple[Contribution, ...], total: float) -> Iterator[str]:
    """What one comparison would have to be for another outcome, in the order of the spec."""
    now = _zone(spec, pair, total)
    for comparison, contribution in zip(spec.comparisons, contributions, strict=True):
        rest = total - contribution.bits
        if (without := _zone(spec, pair, rest)) != now:
            yield f"Without the {contribution.label}, {_OUTCOME[without]}."
            continue
        best = rest + _most(comparison)
        if (agreed := _zone(spec, pair, best)) != now and best > total:
            yield f"If the {contribution.label} agreed, {_OUTCOME[agreed]}."


def _most(comparison: Comparison) -> float:
    """The bits of full agreement, on a rare value where rarity counts."""
    return max(level.weight if level.at_most is None else level.at_most for level in comparison.levels)

"""Whether a whole batch of one source looks like the batches before it.

A batch is judged by its profile (counts and shares, no values of persons) against the source's own history.
Compare like with like: full extracts with full extracts, changes with changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from expectations.gate import GateResult, Rule, failures, judge, outcomes

_BATCH = "batch"
# Shares name values, so they are kept only for fields that say nothing about a person, and only while they are few.
_CATEGORICAL = frozenset({"country", "channel", "industry", "source_status"})
_MOST_CATEGORIES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProfile:
    """What one field of a batch looks like."""

    null_rate: float
    distinct_share: float
    categories: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchProfile:
    """What one batch looks like: how many rows, and each mapped field."""

    rows: int
    fields: Mapping[str, FieldProfile]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far a batch may differ from its history; below `min_rows` only the volume is judged."""

    smallest_volume: float = 0.5
    largest_volume: float = 10.0
    null_rate_jump: float = 0.2
    distinct_share_change: float = 0.4
    category_shift: float = 0.3
    min_rows: int = 100


def profile_of(frame: Any, fields: Sequence[str]) -> BatchProfile:
    """The profile of a frame's mapped fields."""
    return BatchProfile(rows=len(frame), fields={name: _field_profile(name, frame[name]) for name in fields})


def evaluate_batch(profile: BatchProfile, history: Sequence[BatchProfile], limits: Limits | None = None) -> GateResult:
    """What is unlike the history; any failure blocks the batch. Without history everything is accepted."""
    import pandas as pd

    limits = limits or Limits()
    rules = _rules(limits)
    facts = [_volume_fact(profile, history), *_field_facts(profile, history, limits)]
    frame = pd.DataFrame(facts, columns=["field", *(rule.field for rule in rules)]).astype(
        {rule.field: "float64" for rule in rules}
    )
    failed = judge(frame, rules, id_column="field")
    return GateResult(
        evaluated=profile.rows,
        failures=failures(rules, failed),
        expectations=outcomes(rules, failed),
        blocking=any(failed.values()),
    )


def _rules(limits: Limits) -> tuple[Rule, ...]:
    """One rule per measure; a measure without a baseline is null, and null passes."""
    import great_expectations.expectations as gxe

    ranges = {
        "volume": (limits.smallest_volume, limits.largest_volume, "rows, as a multiple of the usual number"),
        "null_rate_jump": (None, limits.null_rate_jump, "more empty values than usual"),
        "distinct_share_change": (None, limits.distinct_share_change, "another share of distinct values than usual"),
        "category_shift": (None, limits.category_shift, "other categories, or the same in other shares, than usual"),
    }
    return tuple(
        Rule(
            name=name,
            field=name,
            reason=f"{text}; the limit is {' to '.join(str(bound) for bound in (low, high) if bound is not None)}",
            expectation=gxe.ExpectColumnValuesToBeBetween(column=name, min_value=low, max_value=high),
        )
        for name, (low, high, text) in ranges.items()
    )


def _volume_fact(profile: BatchProfile, history: Sequence[BatchProfile]) -> dict[str, object]:
    usual = median(past.rows for past in history) if history else 0
    return {"field": _BATCH, "volume": profile.rows / usual if usual else None}


def _field_facts(profile: BatchProfile, history: Sequence[BatchProfile], limits: Limits) -> list[dict[str, object]]:
    if profile.rows < limits.min_rows:
        return []
    past = [batch for batch in history if batch.rows >= limits.min_rows]
    return [
        _field_fact(name, now, [batch.fields[name] for batch in past if name in batch.fields])
        for name, now in profile.fields.items()
    ]


def _field_fact(name: str, now: FieldProfile, past: Sequence[FieldProfile]) -> dict[str, object]:
    if not past:
        return {"field": name}
    return {
        "field": name,
        "null_rate_jump": now.null_rate - median(before.null_rate for before in past),
        "distinct_share_change": abs(now.distinct_share - median(before.distinct_share for before in past)),
        "category_shift": _shift(now.categories, past[-1].categories),
    }


def _shift(now: Mapping[str, float], before: Mapping[str, float]) -> float | None:
    """Total variation distance: the share of rows that changed category, between 0 and 1."""
    if not now or not before:
        return None
    return sum(abs(now.get(name, 0.0) - before.get(name, 0.0)) for name in sorted({*now, *before})) / 2


def _field_profile(name: str, values: Any) -> FieldProfile:
    present = values[values.notna() & (values.astype("string") != "")]
    if len(present) == 0:
        return FieldProfile(null_rate=1.0 if len(values) else 0.0, distinct_share=0.0)
    return FieldProfile(
        null_rate=1 - len(present) / len(values),
        distinct_share=present.nunique() / len(present),
        categories=_categories(present) if name in _CATEGORICAL else {},
    )


def _categories(present: Any) -> dict[str, float]:
    shares = present.astype("string").value_counts(normalize=True)
    return {str(name): float(share) for name, share in shares.items()} if len(shares) <= _MOST_CATEGORIES else {}
